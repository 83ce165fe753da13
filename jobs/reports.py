"""Orion's data sets for people: rows of chosen days, counted and summed as they like, with names blotted out (P06)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.connectors.orion.figures import Group, grouped, whole
from drawbar.connectors.orion.shape import NONE, Cell, DataSet, Row, written
from drawbar.jobs.hub import Hub
from drawbar.jobs.masking import blotted
from drawbar.jobs.open_work_orders import OPEN_WORK_ORDERS, open_work_orders
from drawbar.jobs.orion_due import taken_dates
from drawbar.jobs.orion_facts import Period
from drawbar.jobs.orion_rows import rows_of
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere

REPORTS: Final = {**DATA_SETS, OPEN_WORK_ORDERS.name: OPEN_WORK_ORDERS}
"""What people can see: the data sets of Orion, and what is of no interest to it."""

BARS = 15
"""Bars of a chart; what is smaller is added up in one more."""


@dataclass(frozen=True, slots=True)
class Report:
    """A data set over a period: its rows, and their counts and sums by the columns `by`; made at an instant."""

    data_set: DataSet
    period: Period
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    made_at: datetime
    masked: bool = False

    @property
    def measures(self) -> tuple[str, ...]:
        """What stands beside each group: the number of rows, then every sum."""
        return ("rows", *self.data_set.totals)

    @property
    def groups(self) -> list[Group]:
        """The counts and sums; people who share a first letter stay apart although their names are blotted out."""
        hidden = [self.masked and self.data_set.column(name).personal for name in self.by]
        return [
            replace(
                each,
                values=tuple(
                    blotted(value) if hide and value != NONE else value
                    for value, hide in zip(each.values, hidden, strict=True)
                ),
            )
            for each in grouped(self.data_set, self.rows, self.by)
        ]

    @property
    def total(self) -> Group:
        return whole(self.data_set, grouped(self.data_set, self.rows, self.by))

    @property
    def title(self) -> str:
        """What it shows, of which days."""
        if self.data_set.snapshot:
            return f"{self.data_set.title}, {self.made_at:%Y-%m-%d %H:%M} UTC"
        return f"{self.data_set.title}, {days(self.period)}"

    def shown_rows(self, names: Sequence[str] = ()) -> Iterator[tuple[Cell, ...]]:
        """Give the cells of some columns (all, in their order, when none are named) as the reader may see them."""
        columns = [self.data_set.column(name) for name in names or self.data_set.header]
        for row in self.rows:
            yield tuple(
                blotted(written(row[each.name])) if self.masked and each.personal else row[each.name]
                for each in columns
            )


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: what it stands for, its value, and its length in percent of the longest."""

    label: str
    value: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Chart:
    """A measure by one column, longest bar first."""

    measure: str
    by: str
    bars: tuple[Bar, ...]


def days(period: Period) -> str:
    """Name the days of a period."""
    return f"{period.first}" if period.first == period.last else f"{period.first} to {period.last}"


def make_report(
    hub: Hub, data_set: DataSet, first: date | None, last: date | None, by: Sequence[str], now: datetime
) -> Report:
    """Make a report of the days from `first` to `last`; without `last` up to the newest business date that was taken,
    without `first` of one day.

    Raises NotThere when nothing was taken from LeaseWorks yet.
    """
    if data_set.name == OPEN_WORK_ORDERS.name:
        today = Period(now.date(), now.date())
        return Report(data_set, today, tuple(by) or data_set.group_by, tuple(open_work_orders(hub, now)), now)
    end = last or max(_newest(hub), first or date.min)
    period = Period(first or end, end)
    return Report(data_set, period, tuple(by) or data_set.group_by, tuple(rows_of(hub, data_set, period, now)), now)


def charts(report: Report) -> list[Chart]:
    """Give a chart of the rows and of the first sum by every column that the report is grouped by."""
    groups = report.groups
    return [
        Chart(measure, name, _bars(groups, place, measure))
        for place, name in enumerate(report.by)
        for measure in report.measures[:2]
        if groups
    ]


def _bars(groups: Sequence[Group], place: int, measure: str) -> tuple[Bar, ...]:
    values: dict[str, Decimal] = {}
    for each in groups:
        value = Decimal(each.rows) if measure == "rows" else each.sums[measure]
        values[each.values[place]] = values.get(each.values[place], Decimal(0)) + value
    ordered = sorted(values.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    shown, rest = ordered[:BARS], ordered[BARS:]
    if rest:
        shown.append((f"{len(rest)} others", sum((value for _, value in rest), Decimal(0))))
    longest = max(abs(value) for _, value in shown) or Decimal(1)
    return tuple(Bar(label, value, (abs(value) * 100 / longest).quantize(Decimal("0.1"))) for label, value in shown)


def _newest(hub: Hub) -> date:
    with reading(hub.engine) as connection:
        taken = taken_dates(connection)
    if not taken:
        raise NotThere("no LeaseWorks delivery was taken yet", remedy="Run: drawbar run accounts")
    return taken[-1]
