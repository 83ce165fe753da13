"""What a data set is: columns with type, meaning and source, what is summed, and by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from drawbar.middleware.units import whole_cents

Cell = str | int | Decimal | date | datetime | None
Row = Mapping[str, Cell]
"""One row of a data set: every column of it by name."""

NONE: Final = "(none)"
"""What a group is called whose value is empty."""


class Kind(Enum):
    """What a column holds, and how it is written in CSV."""

    TEXT = "text"
    DATE = "date, YYYY-MM-DD"
    INSTANT = "time in UTC, YYYY-MM-DDTHH:MM:SSZ"
    COUNT = "whole number"
    MONEY = "US dollars, two decimals"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `source` says where its value comes from; `length` is the longest text.

    `key` columns tell the rows of one business date apart. A `personal` column names or reaches somebody, and is
    blotted out for people who need not know who.
    """

    name: str
    kind: Kind
    meaning: str
    source: str
    length: int = 0
    key: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set that Orion is given: its name (`repo-log`), what a row is, its columns, and its totals.

    Rows are counted, and the `totals` summed, by every value of `group_by` and in all. With `snapshot` it shows how
    things stand when it is made, otherwise what happened on the days that it covers. `screen` names the columns that
    fit on a terminal.
    """

    name: str
    title: str
    one_row: str
    columns: tuple[Column, ...]
    group_by: tuple[str, ...]
    totals: tuple[str, ...]
    screen: tuple[str, ...]
    snapshot: bool = False

    @property
    def file(self) -> str:
        """The name of its file in a delivery."""
        return f"{self._plain}.csv"

    @property
    def table(self) -> str:
        """The name of its table."""
        return f"orion_{self._plain}"

    @property
    def _plain(self) -> str:
        return self.name.replace("-", "_")

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.columns)

    def column(self, name: str) -> Column:
        return next(each for each in self.columns if each.name == name)


def written(value: Cell) -> str:
    """Write a value as machines read it back, exactly."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, date) else str(value)


def read(kind: Kind, text: str) -> Cell:
    """Read a value that was written; raises ValueError for what is none of its kind."""
    if not text:
        return None if kind is not Kind.TEXT else ""
    match kind:
        case Kind.DATE:
            return date.fromisoformat(text)
        case Kind.INSTANT:
            return datetime.fromisoformat(text)
        case Kind.COUNT:
            return int(text)
        case Kind.MONEY:
            return whole_cents(Decimal(text))
    return text
