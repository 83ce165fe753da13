"""The files of a LeaseWorks delivery: which columns each has, and what kind of value stands in each.

LeaseWorks publishes no layout; this one is the simulation's own, and the connector's default reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole", "money", "date", "timestamp"]

Value = str | int | None
"""One value of a table: text, a whole number, cents, a proleptic ordinal day, seconds since 1970, or none."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an entity."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Entity:
    """One file of a delivery: `key` names the column whose value identifies a row."""

    name: str
    key: str
    columns: tuple[Column, ...]

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one entity on one business day, column by column in the entity's order."""

    entity: Entity
    columns: tuple[Sequence[Value], ...]

    def __len__(self) -> int:
        return len(self.columns[0])

    def rows(self) -> Iterator[tuple[Value, ...]]:
        return zip(*self.columns, strict=True)


def _entity(name: str, columns: str) -> Entity:
    """Build an entity from `NAME:kind` words; a bare name is text, and the first column is the key."""
    parts = [word.partition(":") for word in columns.split()]
    built = tuple(Column(column, _KINDS[kind or "text"]) for column, _, kind in parts)
    return Entity(name, built[0].name, built)


_KINDS: dict[str, Kind] = {
    "text": "text",
    "whole": "whole",
    "money": "money",
    "date": "date",
    "timestamp": "timestamp",
}

LESSEES = _entity(
    "lessees",
    "LESSEE_NO LESSEE_NAME SHORT_NAME PHONE MOBILE EMAIL STREET CITY STATE ZIP UPDATED_TS:timestamp",
)
ACCOUNTS = _entity(
    "accounts",
    "ACCT_NO LESSEE_NO PORTFOLIO COMPANY REGION OFFICE STATUS BOARDED_DT:date MATURITY_DT:date TERM:whole "
    "PMT_AMT:money NEXT_DUE_DT:date OLDEST_UNPAID_DT:date MISSED_PMTS:whole PAST_DUE_AMT:money LATE_FEES:money "
    "NET_OUTST:money GROSS_OUTST:money GROSS_RECV:money PAYOFF_AMT:money PMTS_MADE:whole LAST_PMT_DT:date "
    "LAST_PMT_AMT:money COLLECTOR UPDATED_TS:timestamp",
)
VEHICLES = _entity(
    "vehicles",
    "ASSET_NO ACCT_NO VIN YEAR:whole MAKE MODEL BODY COLOR ODOMETER:whole PLATE PLATE_ST EQUIP_COST:money "
    "UPDATED_TS:timestamp",
)
VEHICLE_STATES = _entity(
    "vehicle_states",
    "ASSET_NO DISPOSITION CONDITION STORAGE_PLACE STORAGE_ST MARKET_VALUE:money UPDATED_TS:timestamp",
)
PAYMENTS = _entity(
    "payments",
    "PMT_NO ACCT_NO EFFECTIVE_DT:date POSTED_DT:date AMOUNT:money METHOD REFERENCE REVERSED_DT:date REVERSAL_REASON "
    "UPDATED_TS:timestamp",
)
NOTES = _entity("notes", "NOTE_NO ACCT_NO WRITTEN_TS:timestamp AUTHOR CHANNEL TEXT UPDATED_TS:timestamp")
PROMISES = _entity(
    "promises",
    "ACCT_NO PROMISED_FOR_DT:date AMOUNT:money TAKEN_DT:date TAKEN_BY CHANNEL UPDATED_TS:timestamp",
)
GL_SUMMARY = _entity(
    "gl_summary",
    "POSTING_NO POSTED_DT:date COMPANY PORTFOLIO GL_ACCT DESCRIPTION DEBIT:money CREDIT:money UPDATED_TS:timestamp",
)

ENTITIES: tuple[Entity, ...] = (LESSEES, ACCOUNTS, VEHICLES, PAYMENTS, NOTES, PROMISES, GL_SUMMARY)
"""Every file of a delivery, in the order in which the manifest lists them.

Once LeaseWorks has taken an import that tells of vehicles, deliveries have the file of VEHICLE_STATES too.
"""
