"""Orion as the rest of Drawbar sees it: bundles are sent to it, and its figures are read back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from drawbar.connectors.orion.bundle import Bundle
from drawbar.connectors.orion.figures import FigureKey
from drawbar.connectors.orion.settings import OrionSettings
from drawbar.connectors.orion.sql import SqlInbox
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.ports import Check

Way = Literal["sftp", "sql"]


class Orion:
    """The Orion connector; holds no connection open between calls."""

    def __init__(self, settings: OrionSettings) -> None:
        self._settings = settings
        self._sql = SqlInbox(settings.sql) if settings.sql else None

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways by which deliveries go, in order."""
        sftp: tuple[Way, ...] = ("sftp",) if self._settings.sftp else ()
        return (*sftp, "sql") if self._sql is not None else sftp

    def send(self, way: Way, bundle: Bundle, at: datetime) -> None:
        """Send a bundle one way; sending it twice is the same as sending it once."""
        if way == "sql":
            self._database.send(bundle, at)
        elif self._settings.sftp is not None:
            from drawbar.connectors.orion.sftp import SftpInbox  # noqa: PLC0415  (a fifth of a second)

            SftpInbox(self._settings.sftp).send(bundle)

    def figures(self, business_date: date) -> dict[FigureKey, Decimal]:
        """Read the figures of a business date from Orion's database; ConfigError without [orion.sql]."""
        return self._database.figures(business_date)

    def checks(self, now: datetime) -> Iterator[Check]:  # noqa: ARG002  (what is checked has no age)
        """Whether Orion can be reached by every way, for `drawbar doctor`."""
        if self._settings.sftp is not None:
            from drawbar.connectors.orion.sftp import SftpInbox  # noqa: PLC0415

            yield from SftpInbox(self._settings.sftp).checks()
        if self._sql is not None:
            yield from self._sql.checks()

    @property
    def _database(self) -> SqlInbox:
        if self._sql is None:
            raise ConfigError("Orion has no database", remedy="Set url under [orion.sql], or give a file of figures.")
        return self._sql
