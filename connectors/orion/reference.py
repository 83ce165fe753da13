"""`docs/data-sets.md`: every data set with its columns and totals, from the same table as the data sets themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.connectors.orion.shape import Column, DataSet

_HEAD: Final = """\
# Orion's data sets

Generated from `connectors/orion/data_sets.py` (`make docs`). [connectors/orion.md](connectors/orion.md) says how they
are delivered and reconciled, [reports.md](reports.md) how people see them.

Every file is CSV in UTF-8 with a header, commas, and quotes where they are needed; an empty cell is no value. Tables
have the same columns. **K** marks the columns that tell the rows of a business date apart, **P** those that name
somebody and are blotted out in reports.
"""


def data_set_reference() -> str:
    """Give the whole reference as Markdown."""
    return "\n".join([_HEAD, *(line for each in DATA_SETS.values() for line in _described(each))]).rstrip() + "\n"


def _described(data_set: DataSet) -> Iterator[str]:
    yield f"## {data_set.title}: `{data_set.name}`"
    yield ""
    yield f"File `{data_set.file}`, table `{data_set.table}`. One row: {data_set.one_row}."
    when = "How things stood when the delivery was made." if data_set.snapshot else "What happened on the days covered."
    sums = f" and the sums of {_listed(data_set.totals)}" if data_set.totals else ""
    yield f"{when} Figures: the number of rows{sums}, by {_listed(data_set.group_by)}, and in all."
    yield ""
    yield "| Column | | Type | Meaning | Source |"
    yield "|---|---|---|---|---|"
    yield from map(_row, data_set.columns)
    yield ""


def _row(column: Column) -> str:
    marks = " ".join(mark for mark, there in (("K", column.key), ("P", column.personal)) if there)
    kind = f"text, at most {column.length}" if column.length else column.kind.value
    return f"| `{column.name}` | {marks} | {kind} | {column.meaning} | {column.source} |"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
