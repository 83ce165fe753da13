"""Reads a simulated business day row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from drawbar.sandbox.leaseworks.book import BusinessDay
from drawbar.sandbox.leaseworks.layout import Value

Row = dict[str, Value]


def rows_of(day: BusinessDay, entity: str) -> list[Row]:
    table = day.table(entity)
    return [dict(zip(table.entity.header, row, strict=True)) for row in table.rows()]


def by_key(day: BusinessDay, entity: str) -> dict[str, Row]:
    table = day.table(entity)
    return {text(row, table.entity.key): row for row in rows_of(day, entity)}


def number(row: Row, column: str) -> int:
    value = row[column]
    assert isinstance(value, int), f"{column} of {row}"
    return value


def text(row: Row, column: str) -> str:
    value = row[column]
    assert isinstance(value, str), f"{column} of {row}"
    return value


def ordinal(day: BusinessDay) -> int:
    return day.business_date.toordinal()


def successive(
    days: Sequence[BusinessDay], entity: str
) -> Iterator[tuple[BusinessDay, dict[str, Row], dict[str, Row]]]:
    """Give each day with its rows by key, and those of the day before."""
    keyed = [(day, by_key(day, entity)) for day in days]
    for (_, before), (day, now) in pairwise(keyed):
        yield day, before, now
