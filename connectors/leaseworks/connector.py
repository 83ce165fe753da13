"""LeaseWorks as the rest of Drawbar sees it: deliveries to fetch, views to read, and whether all is well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from drawbar.connectors.leaseworks.delivery import Delivery, DeliveryName, Judge, parse_name
from drawbar.connectors.leaseworks.fetched import FetchedDelivery, fetch_delivery, reopen_delivery
from drawbar.connectors.leaseworks.folder import FolderTransport
from drawbar.connectors.leaseworks.pgp import PgpBox
from drawbar.connectors.leaseworks.records import ENTITIES, LeaseWorksRecord
from drawbar.connectors.leaseworks.settings import FolderSettings, LeaseWorksSettings, SftpSettings
from drawbar.connectors.leaseworks.sql import SqlCursor, SqlView
from drawbar.connectors.leaseworks.transport import SYSTEM, Transport
from drawbar.connectors.leaseworks.views import open_views, sql_checks
from drawbar.middleware.errors import ConfigError, DrawbarError, StopRun
from drawbar.middleware.ports import Check


class LeaseWorks:
    """The LeaseWorks connector; holds no connection open between calls (the SQL surface keeps a pool)."""

    def __init__(self, settings: LeaseWorksSettings) -> None:
        self._settings = settings
        self._judge = Judge(settings.layouts, settings.required_entities, settings.delivery_name)
        self._pgp = PgpBox(settings.pgp) if settings.pgp else None
        self._engine = open_views(settings.sql) if settings.surface == "sql" and settings.sql else None

    def close(self) -> None:
        """Close the pool of the SQL surface."""
        if self._engine is not None:
            self._engine.dispose()

    @property
    def description(self) -> str:
        return self._transport().description if self._engine is None else f"views of {self._engine.url!r}"

    @property
    def view_entities(self) -> tuple[str, ...]:
        """The entities that are read from views, parents before children; none when deliveries are fetched."""
        views = self._settings.sql.views if self._engine is not None and self._settings.sql else {}
        return tuple(entity for entity in ENTITIES if entity in views)

    def deliveries(self, after: DeliveryName | None) -> list[Delivery]:
        """All deliveries that wait, in order, each with its status; `after` is the last one processed in full."""
        waiting = self._transport().waiting(self._judge.is_delivery)
        return self._judge.pending(waiting, after)

    def archived(self) -> list[DeliveryName]:
        """The deliveries in the archive folder, in order."""
        names = (self.delivery_name(name) for name in self._transport().archived())
        return sorted(name for name in names if name is not None)

    def delivery_name(self, text: str) -> DeliveryName | None:
        """Understand a delivery's name, for instance a stored one; None when it is not one."""
        return parse_name(text, self._settings.delivery_name)

    def fetch(self, delivery: Delivery, into: Path) -> FetchedDelivery:
        """Copy a delivery to a folder below `into` and verify it; what an earlier call copied is used again.

        Raises StopRun for one that is not ready or proves damaged, RetryLater when the transfer breaks off.
        """
        if delivery.status != "ready":
            raise StopRun(f"{delivery.problem}.", record=delivery.name.text, remedy=delivery.remedy)
        return fetch_delivery(self._transport(), delivery, into, self._settings.layouts, self._pgp)

    def fetch_archived(self, name: DeliveryName, into: Path) -> FetchedDelivery | None:
        """Copy a delivery from the archive and verify it, as `fetch` does; None when it is not there under its name."""
        transport = self._transport(from_archive=True)
        for delivery in self._judge.pending(transport.waiting(lambda each: each == name.text), None):
            if delivery.status == "ready":
                return fetch_delivery(transport, delivery, into, self._settings.layouts, self._pgp)
        return None

    def kept(self, name: DeliveryName, folder: Path, *, as_taken: bool = False) -> FetchedDelivery | None:
        """Open a delivery that `fetch` brought to `folder` and verified; None when it is not there any more.

        It is read by the layout as it is now, or by the one by which it was taken.
        """
        return reopen_delivery(name, folder, self._settings.layouts, as_taken=as_taken)

    def archive(self, delivery: DeliveryName) -> None:
        """Move a processed delivery to the archive; does nothing when it is there already."""
        self._transport().archive(delivery.text)

    def sql_source(self, entity: str, cursor: SqlCursor | None) -> SqlView[LeaseWorksRecord]:
        """The rows of an entity's view that changed since the cursor (None: all)."""
        settings = self._settings.sql
        if self._engine is None or settings is None or entity not in settings.views:
            raise ConfigError(
                f"there is no view for {entity}.", remedy=f"Set {entity} under [leaseworks.sql.views], surface = sql."
            )
        return SqlView(self._engine, settings, self._settings.layouts[entity], ENTITIES[entity], cursor)

    def checks(self, now: datetime) -> Iterator[Check]:
        """Whether LeaseWorks can be reached and its newest delivery is recent, for `drawbar doctor`."""
        if self._engine is not None and self._settings.sql is not None:
            yield from sql_checks(self._engine, self._settings.sql, self._settings.layouts)
            return
        reachable = True
        for check in self._transport().checks():
            reachable = reachable and check.ok
            yield check
        if reachable:
            yield self._newest(now)
        if self._pgp is not None:
            yield self._pgp.check()

    def _newest(self, now: datetime) -> Check:
        try:
            names = [*self.archived(), *(delivery.name for delivery in self.deliveries(None))]
        except DrawbarError as error:
            return Check(SYSTEM, "newest delivery", ok=False, detail=error.message, remedy=error.remedy)
        if not names:
            return Check(SYSTEM, "newest delivery", ok=False, detail="there is none", remedy="Ask LeaseWorks for one.")
        newest = max(names)
        hours = (now.date() - newest.date).days * 24
        fresh = hours <= self._settings.stale_after_hours
        remedy = "" if fresh else "Ask LeaseWorks why no newer delivery has come."
        return Check(SYSTEM, "newest delivery", fresh, f"{newest} of {newest.date.isoformat()}", remedy)

    def _transport(self, *, from_archive: bool = False) -> Transport:
        """Open the way to the deliveries; with `from_archive` those of the archive are the ones that wait."""
        settings = self._settings
        if settings.surface == "sftp" and settings.sftp is not None:
            from drawbar.connectors.leaseworks.sftp import SftpTransport  # noqa: PLC0415  (a fifth of a second)

            return SftpTransport(_turned_to_archive(settings.sftp) if from_archive else settings.sftp)
        if settings.surface == "folder" and settings.folder is not None:
            return FolderTransport(_turned_to_archive(settings.folder) if from_archive else settings.folder)
        raise ConfigError(
            "the SQL surface has no deliveries.", remedy="Set surface = sftp or folder, or run the views."
        )


FoldersT = TypeVar("FoldersT", FolderSettings, SftpSettings)


def _turned_to_archive(settings: FoldersT) -> FoldersT:
    return settings.model_copy(update={"outbound": settings.archive})
