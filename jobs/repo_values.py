"""Takes market values in from a CSV file that an appraiser or a price guide gave (P13)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from drawbar.jobs.hub import Hub
from drawbar.middleware.errors import RecordRejected, StopRun
from drawbar.middleware.repossession.facts import Valuation
from drawbar.middleware.repossession.values import ImportedValues
from drawbar.middleware.units import Usd
from drawbar.middleware.vendor_answers import understood

COLUMNS: Final = ("asset_number", "market_value", "valued_on", "source")


def _amount(cell: object) -> object:
    return str(cell).strip().lstrip("$").replace(",", "")


class ValueRow(BaseModel):
    """A row: the vehicle, what it would bring in US dollars, the day (ISO) of the valuation, and whose it is."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    asset_number: str = Field(min_length=1, max_length=20)
    market_value: Annotated[Usd, BeforeValidator(_amount), Field(ge=0, lt=100_000_000)]
    valued_on: date
    source: str = Field(min_length=1, max_length=120)


@dataclass(slots=True)
class ValuesTaken:
    """What a file came to: rows read, values that are newer than what was known, and the rows that were refused."""

    read: int = 0
    taken: int = 0
    refused: list[str] = field(default_factory=list)


def import_values(hub: Hub, path: Path, *, dry_run: bool) -> ValuesTaken:
    """Keep the values of a file; wrong rows do not keep the others out. Open repossessions show them when next read."""
    told = ValuesTaken()
    found: list[Valuation] = []
    for number, cells in enumerate(_rows(path), start=1):
        told.read += 1
        try:
            row = understood(ValueRow, dict(cells), record=f"{path.name} row {number}", vendor=path.name)
            found.append(Valuation(row.asset_number, row.market_value, row.valued_on, row.source))
        except RecordRejected as error:
            told.refused.append(str(error))
    with hub.engine.connect() as connection:
        told.taken = ImportedValues(connection).take(found, hub.clock())
        connection.rollback() if dry_run else connection.commit()
    return told


def _rows(path: Path) -> Iterator[Mapping[str, object]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise StopRun(
                    f"has no column {', '.join(missing)}", record=path.name,
                    remedy=f"Its first line names {', '.join(COLUMNS)}.",
                )  # fmt: skip
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StopRun(
            f"cannot be read ({type(error).__name__})", record=path.name, remedy="Save it as CSV (UTF-8)."
        ) from None
