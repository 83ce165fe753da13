"""Writes QuickBooks' query language: names are checked, values are quoted, nothing is joined from raw text elsewhere.

Source: Intuit developer documentation, "Query operations and syntax" (2026-11): a quote inside a value is escaped by
a backslash, at most 1,000 rows come at a time, counted from STARTPOSITION 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PAGE: Final = 1_000
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z.]*")


def quoted(value: str) -> str:
    """Write a value as text of the query language."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def select(entity: str, field: str = "", values: Sequence[str] = (), *, start: int = 1) -> str:
    """Ask for all of an entity, or for those whose `field` is one of the values; a page from row `start` on."""
    wanted = f" WHERE {_name(field)} IN ({', '.join(map(quoted, values))})" if field else ""
    return f"SELECT * FROM {_name(entity)}{wanted}{_page(start)}"  # noqa: S608  (checked and quoted)


def select_changed(entity: str, since: datetime, until: datetime, *, start: int = 1) -> str:
    """Ask for what was last changed from an instant on and before another, oldest first."""
    begin, end = (quoted(each.isoformat(timespec="milliseconds")) for each in (since, until))
    wanted = f"MetaData.LastUpdatedTime >= {begin} AND MetaData.LastUpdatedTime < {end}"
    order = " ORDERBY MetaData.LastUpdatedTime"
    return f"SELECT * FROM {_name(entity)} WHERE {wanted}{order}{_page(start)}"  # noqa: S608  (checked and quoted)


def _page(start: int) -> str:
    return f" STARTPOSITION {start} MAXRESULTS {PAGE}"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of the query language")
    return name
