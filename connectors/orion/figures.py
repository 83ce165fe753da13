"""Figures of data sets: rows counted and money summed, by group and in all; and how two sets of them differ."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.connectors.orion.shape import NONE, DataSet, Row, written
from drawbar.middleware.errors import StopRun

ROWS: Final = "rows"
ALL: Final = "all"
FIGURES_HEADER: Final = ("business_date", "data_set", "group", "figure", "value")


@dataclass(frozen=True, order=True, slots=True)
class FigureKey:
    """Names a figure: the data set, the group (`collector=JDOE; channel=Phone`, or `all`), and `rows` or a column."""

    data_set: str
    group: str
    figure: str


Figures = Mapping[FigureKey, Decimal]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one group: its values in the order of `group_by`, how many rows, and the sum of every total."""

    values: tuple[str, ...]
    rows: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that was delivered otherwise than Orion has it; None where one side has none."""

    key: FigureKey
    delivered: Decimal | None
    orion: Decimal | None

    @property
    def by(self) -> Decimal:
        """How much more Orion has."""
        return (self.orion or Decimal(0)) - (self.delivered or Decimal(0))


def grouped(data_set: DataSet, rows: Iterable[Row], by: Sequence[str] = ()) -> list[Group]:
    """Count and sum rows by the values of some columns (those of the data set unless others are given), in order."""
    counts: Counter[tuple[str, ...]] = Counter()
    sums: defaultdict[tuple[str, ...], dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys(data_set.totals, Decimal("0.00"))
    )
    for row in rows:
        values = tuple(written(row[name]) or NONE for name in by or data_set.group_by)
        counts[values] += 1
        for name in data_set.totals:
            amount = row[name]
            sums[values][name] += amount if isinstance(amount, Decimal) else Decimal(0)
    return [Group(values, counts[values], sums[values]) for values in sorted(counts)]


def whole(data_set: DataSet, groups: Iterable[Group]) -> Group:
    """Add groups up."""
    listed = list(groups)
    sums = {name: sum((each.sums[name] for each in listed), Decimal("0.00")) for name in data_set.totals}
    return Group((), sum(each.rows for each in listed), sums)


def figures(data_set: DataSet, groups: Sequence[Group]) -> dict[FigureKey, Decimal]:
    """Give the figures of a data set that was grouped by its own columns: those of every group, and those in all."""
    found: dict[FigureKey, Decimal] = {}
    for each in (*groups, whole(data_set, groups)):
        pairs = zip(data_set.group_by, each.values, strict=False)
        name = "; ".join(f"{column}={value}" for column, value in pairs) or ALL
        found[FigureKey(data_set.name, name, ROWS)] = Decimal(each.rows)
        found |= {FigureKey(data_set.name, name, total): amount for total, amount in each.sums.items()}
    return found


def differences(delivered: Figures, orion: Figures) -> list[Difference]:
    """Compare figures, to the cent; a group that one side does not have is a difference, unless it is zero."""
    return [
        Difference(key, delivered.get(key), orion.get(key))
        for key in sorted(delivered.keys() | orion.keys())
        if (delivered.get(key) or 0) != (orion.get(key) or 0)
    ]


def figures_text(business_date: date, found: Figures) -> str:
    """Write figures as CSV, in order."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(FIGURES_HEADER)
    table.writerows((business_date, key.data_set, key.group, key.figure, found[key]) for key in sorted(found))
    return text.getvalue()


def read_figures(path: Path, business_date: date) -> dict[FigureKey, Decimal]:
    """Read the figures of one business date from a CSV file with the columns of `FIGURES_HEADER`.

    Raises StopRun for a file that is none, and for a line that names no figure of ours, with the line's number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return dict(_figure_lines(csv.reader(file, strict=True), path, business_date))
    except (UnicodeDecodeError, csv.Error) as error:
        raise StopRun(f"is not CSV in UTF-8 ({error})", record=path.name, remedy="Export it again.") from None


def _figure_lines(lines: Iterable[list[str]], path: Path, day: date) -> Iterator[tuple[FigureKey, Decimal]]:
    seen: set[FigureKey] = set()
    for number, line in enumerate(lines, 1):
        if number == 1:
            if tuple(line) != FIGURES_HEADER:
                wanted = ",".join(FIGURES_HEADER)
                raise StopRun(f"does not begin with {wanted}", record=path.name, remedy="Export it in that form.")
            continue
        told_day, key, value = _figure_line(line, f"{path.name} line {number}")
        if told_day == day:
            if key in seen:
                raise StopRun(
                    "repeats a figure", record=f"{path.name} line {number}", field="figure", remedy="Remove one."
                )
            seen.add(key)
            yield key, value


def _figure_line(line: list[str], place: str) -> tuple[date, FigureKey, Decimal]:
    remedy = "Correct it, or ask who made the file."
    if len(line) != len(FIGURES_HEADER):
        raise StopRun(f"has {len(line)} columns, not {len(FIGURES_HEADER)}", record=place, remedy=remedy)
    day, name, group, figure, value = line
    data_set = DATA_SETS.get(name)
    if data_set is None:
        known = ", ".join(DATA_SETS)
        raise StopRun(f"{name!r} is none of {known}", record=place, field="data_set", remedy=remedy)
    if figure not in (ROWS, *data_set.totals):
        raise StopRun(f"{figure!r} is no figure of {name}", record=place, field="figure", remedy=remedy)
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise StopRun(f"{value!r} is no number", record=place, field="value", remedy=remedy) from None
    if not amount.is_finite():
        raise StopRun(f"{value!r} is no number", record=place, field="value", remedy=remedy)
    try:
        return date.fromisoformat(day), FigureKey(name, group, figure), amount
    except ValueError:
        raise StopRun(f"{day!r} is no date YYYY-MM-DD", record=place, field="business_date", remedy=remedy) from None
