"""Writes export files for the tests, in the default layout unless told otherwise."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.default_layout import DEFAULT_LAYOUT
from drawbar.connectors.leaseworks.layout import EntityLayout, LayoutSettings, effective_layouts
from drawbar.connectors.leaseworks.records import LeaseAccount, LeaseWorksRecord
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.manifest import ManifestEntry, manifest_text, sha256_of
from tests.contracts.row_source import account_row, source_rows

ACCOUNTS = DEFAULT_LAYOUT["accounts"]
DELIVERED_ON = date(2026, 3, 2)

Cells = dict[str, str]


def as_cell(value: object) -> str:
    """A value in our terms as the default layout writes it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.strftime("%m/%d/%Y")
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


def cells(row: Mapping[str, Any], layout: EntityLayout = ACCOUNTS) -> Cells:
    """A row in our terms as their columns and cells."""
    return {column: as_cell(row[field]) for field, column in layout.columns.items()}


def account(number: int, **changed: str) -> Cells:
    """The cells of one good account, some of them (by their column) changed."""
    return cells(account_row(number)) | changed


def csv_bytes(rows: Sequence[Mapping[str, str]], header: Sequence[str] = (), **dialect: Any) -> bytes:
    """A CSV file of these rows; the header is that of the default accounts file unless given."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(header) or list(ACCOUNTS.columns.values()), **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def accounts_file(folder: Path, content: bytes | Sequence[Cells], **changes: Any) -> CsvFile[LeaseAccount]:
    """A source over `accounts.csv` with this content and these changes to the layout."""
    path = folder / "accounts.csv"
    path.write_bytes(content if isinstance(content, bytes) else csv_bytes(content))
    layout = layout_with(**changes)
    return CsvFile(path, layout, LeaseAccount, delivered_on=DELIVERED_ON, delivery="LW-20260302-001")


def layout_with(entity: str = "accounts", **changes: Any) -> EntityLayout:
    """The default layout of an entity with changes."""
    return effective_layouts(DEFAULT_LAYOUT, LayoutSettings.model_validate({entity: changes}))[entity]


def outcome(source: CsvFile[LeaseAccount]) -> list[LeaseAccount | str]:
    """What becomes of each row: the record, or the text of its refusal."""
    results: list[LeaseAccount | str] = []
    for row in source_rows(source):
        try:
            results.append(source.parse(row))
        except RecordRejected as error:
            results.append(str(error))
    return results


def good_and_refused(source: CsvFile[LeaseAccount]) -> tuple[list[str], list[str]]:
    """The numbers of the accounts that were understood, and the texts of the refusals."""
    results = outcome(source)
    good = [record.account_number for record in results if isinstance(record, LeaseWorksRecord)]
    return good, [text for text in results if isinstance(text, str)]


ENTITY_ROWS: dict[str, Cells] = {
    "lessees": {"LESSEE_NO": "LS00000412", "LESSEE_NAME": "Acme Haulage, LLC", "UPDATED_TS": "2026-03-02T05:00:00Z"},
    "accounts": account(1),
    "vehicles": {
        "ASSET_NO": "VH00000001",
        "ACCT_NO": "LW00000001",
        "VIN": "1FUJGLDR5CLBP8834",
        "YEAR": "2012",
        "UPDATED_TS": "2026-03-02T05:00:00Z",
    },
    "payments": {
        "PMT_NO": "P1",
        "ACCT_NO": "LW00000001",
        "EFFECTIVE_DT": "03/01/2026",
        "POSTED_DT": "03/02/2026",
        "AMOUNT": "1234.56",
        "METHOD": "ACH",
        "UPDATED_TS": "2026-03-02T05:00:00Z",
    },
    "notes": {
        "NOTE_NO": "N1",
        "ACCT_NO": "LW00000001",
        "WRITTEN_TS": "2026-03-01T15:00:00Z",
        "CHANNEL": "PH",
        "TEXT": 'Said "Friday",\r\nthen hung up',
        "UPDATED_TS": "2026-03-02T05:00:00Z",
    },
    "promises": {
        "ACCT_NO": "LW00000001",
        "PROMISED_FOR_DT": "03/06/2026",
        "AMOUNT": "500.00",
        "TAKEN_DT": "03/01/2026",
        "CHANNEL": "PH",
        "UPDATED_TS": "2026-03-02T05:00:00Z",
    },
}


def write_delivery(root: Path, name: str, *, manifest: bool = True) -> Path:
    """A small good delivery in `outbound` of the root."""
    folder = root / "outbound" / name
    folder.mkdir(parents=True)
    (root / "archive").mkdir(exist_ok=True)
    for entity, row in ENTITY_ROWS.items():
        layout = DEFAULT_LAYOUT[entity]
        content = csv_bytes([row], list(layout.columns.values()), restval="")
        (folder / layout.file).write_bytes(content)
    if manifest:
        write_manifest_of(folder, dict.fromkeys((f"{entity}.csv" for entity in ENTITY_ROWS), 1))
    return folder


def write_manifest_of(folder: Path, rows: Mapping[str, int]) -> None:
    """A true manifest of the named files, with these row counts."""
    entries = [ManifestEntry(name, count, sha256_of(folder / name)) for name, count in rows.items()]
    (folder / "MANIFEST.csv").write_bytes(manifest_text(entries).encode())
