"""Points in time on the command line: ISO 8601, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from drawbar.commands.session import utc_now

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType[datetime]):
    """Takes `2026-03-02`, `2026-03-02T06:00`, `2026-03-02T06:00-05:00` (without zone: UTC), `90m`, `2h`, `3d`."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, context: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        found = moment(value, utc_now())
        if found is None:
            self.fail(
                f"{value!r} is neither a time such as 2026-03-02T06:00 nor a span such as 2h or 3d", param, context
            )
        return found


def moment(text: str, now: datetime) -> datetime | None:
    """Read a time; None when it is none. A time without a zone is UTC, a span counts back from `now`."""
    span = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if span is not None:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
