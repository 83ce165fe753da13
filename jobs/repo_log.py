"""The repo log: every repossession with all that Salesforce shows of it, as rows and as a workbook (P16, P28)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook

from drawbar.connectors.orion.shape import Cell, Kind
from drawbar.connectors.salesforce.fields import Currency, Date, DateTime, Field, Number
from drawbar.connectors.salesforce.records.repossession_case import RepossessionCase
from drawbar.connectors.salesforce.records.sobject import record_fields
from drawbar.jobs.hub import Hub
from drawbar.jobs.repo_acts import shown
from drawbar.jobs.report_files import Cells, add_sheet, whole_file
from drawbar.mappings import repossession_case
from drawbar.middleware.database.engine import reading
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.states import RepoState

_LEFT_OUT: Final = frozenset({"RecordTypeId", "Source_System__c", "Source_Updated__c", "Last_Synced__c"})


@dataclass(frozen=True, slots=True)
class LogColumn:
    """A column of the log: the field's label in Salesforce, its meaning, and where its value stands."""

    name: str
    field: Field

    @property
    def kind(self) -> Kind:
        return next((kind for fields, kind in _KINDS if isinstance(self.field, fields)), Kind.TEXT)


_KINDS: Final[Sequence[tuple[type[Field], Kind]]] = (
    (Currency, Kind.MONEY), (Number, Kind.COUNT), (DateTime, Kind.INSTANT), (Date, Kind.DATE),
)  # fmt: skip


def log_columns() -> list[LogColumn]:
    """Give the columns: every field of a Repossession Case that tells of the repossession."""
    described = record_fields(RepossessionCase).items()
    return [LogColumn(name, field) for name, field in described if field.api_name not in _LEFT_OUT]


def log_rows(hub: Hub, states: Sequence[RepoState], now: datetime) -> Iterator[dict[str, Any]]:
    """Give a row per repossession, by the time of its request; of some states, or of all."""
    columns = log_columns()
    with reading(hub.engine) as connection:
        for seen in shown(hub, connection, list(RepoCases(connection).listed(states)), now):
            record = repossession_case.to_salesforce(seen, now=now)
            yield {each.name: getattr(record, each.name) for each in columns}


def write_log(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the workbook: the log, and what every column means."""
    columns = log_columns()
    book = Workbook(write_only=True)
    add_sheet(book, "Repo log", [each.field.label for each in columns], (_cells(columns, row) for row in rows))
    add_sheet(book, "Columns", ["Column", "Meaning"], map(_meaning, columns))
    with whole_file(path) as part, part.open("wb") as file:
        book.save(file)


def _cells(columns: Sequence[LogColumn], row: dict[str, Any]) -> Cells:
    return [(_shown(row[each.name]), each.kind) for each in columns]


def _meaning(column: LogColumn) -> Cells:
    return [(column.field.label, Kind.TEXT), (column.field.help, Kind.TEXT)]


def _shown(value: Any) -> Cell:
    told: Cell = ("yes" if value else "no") if isinstance(value, bool) else value
    return told
