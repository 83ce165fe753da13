"""The layout of import files: which field goes into which column, and how values are written.

LeaseWorks publishes none (read 2026-11), so this one is ours, and every part of it is configuration
(`[leaseworks.imports.layout.notes]` and so on).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from pydantic import Field, field_validator

from drawbar.connectors.leaseworks.formats import ISO, date_pattern
from drawbar.connectors.leaseworks.import_records import IMPORT_KEYS, IMPORTS, ImportRow
from drawbar.middleware.settings import Section

_PARTS: Final = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "HH": "%H", "MI": "%M", "SS": "%S"}
_PART: Final = re.compile("|".join(_PARTS))

_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "notes": {
        "note_number": "NOTE_NO", "account_number": "ACCT_NO", "written_at": "WRITTEN_TS", "author": "AUTHOR",
        "channel": "CHANNEL", "text": "TEXT",
    },
    "promises": {
        "promise_key": "PROMISE_KEY", "account_number": "ACCT_NO", "promised_for": "PROMISED_FOR_DT",
        "amount": "AMOUNT", "taken_on": "TAKEN_DT", "taken_by": "TAKEN_BY", "channel": "CHANNEL",
    },
    "vehicles": {
        "asset_number": "ASSET_NO", "disposition": "DISPOSITION", "condition": "CONDITION",
        "storage_place": "STORAGE_PLACE", "storage_state": "STORAGE_ST", "market_value": "MARKET_VALUE",
        "odometer": "ODOMETER", "odometer_on": "ODOMETER_DT",
    },
    "sales": {
        "sale_number": "SALE_NO", "account_number": "ACCT_NO", "asset_number": "ASSET_NO", "vin": "VIN",
        "sold_on": "SOLD_DT", "price": "PRICE", "fee": "FEE", "buyer": "BUYER", "channel": "CHANNEL",
    },
    "charges": {
        "charge_number": "CHARGE_NO", "account_number": "ACCT_NO", "asset_number": "ASSET_NO",
        "charged_on": "CHARGED_DT", "service": "SERVICE", "amount": "AMOUNT", "vendor": "VENDOR",
        "reference": "REFERENCE",
    },
}  # fmt: skip

_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "channel": {"Phone": "PH", "Text": "TX", "Email": "EM", "Letter": "LT", "In Person": "IP", "System": "SY"}
}


class ImportFileChange(Section):
    """What `[leaseworks.imports.layout.<kind>]` may change; whatever it leaves out stays as it is."""

    file: str | None = Field(None, pattern=r"^\w[\w.-]*$", description="name of the file in an import")
    columns: dict[str, str] = Field(default_factory=dict, description="our field = their column")
    codes: dict[str, dict[str, str]] = Field(default_factory=dict, description="our field = { our word = their code }")


class ImportLayoutSettings(Section):
    """How import files are written."""

    notes: ImportFileChange = ImportFileChange()
    promises: ImportFileChange = ImportFileChange()
    vehicles: ImportFileChange = ImportFileChange()
    sales: ImportFileChange = ImportFileChange()
    charges: ImportFileChange = ImportFileChange()
    dates: str = Field("MM/DD/YYYY", description="how dates are written")
    timestamps: str = Field(ISO, description="ISO 8601, or a format with HH:MI:SS, in UTC")
    encoding: str = Field("utf-8", description="utf-8, cp1252 or another of Python's codecs")
    delimiter: str = Field(",", min_length=1, max_length=1, description="what separates cells")

    @field_validator("dates", "timestamps")
    @classmethod
    def _writable(cls, text_format: str) -> str:
        if text_format != ISO:
            date_pattern(text_format)
            left = re.search("[A-Za-z]", _PART.sub("", text_format).replace("T", "").replace("Z", ""))
            if left:
                message = f"{text_format!r} has a part that is not written; there are {', '.join(_PARTS)}"
                raise ValueError(message)
        return text_format

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError:
            message = f"encoding {name!r} is not known"
            raise ValueError(message) from None

    @field_validator("notes", "promises", "vehicles", "sales", "charges")
    @classmethod
    def _known_fields(cls, change: ImportFileChange, info: object) -> ImportFileChange:
        kind = str(getattr(info, "field_name", ""))
        unknown = sorted((change.columns.keys() | change.codes.keys()) - IMPORTS[kind].model_fields.keys())
        if unknown:
            message = f"{', '.join(unknown)} is no field of {kind}; there are {', '.join(IMPORTS[kind].model_fields)}"
            raise ValueError(message)
        return change

    def file_of(self, kind: str) -> str:
        """Name the file of a kind of rows."""
        change: ImportFileChange = getattr(self, kind)
        return change.file or f"{kind}.csv"

    def kind_of(self, file: str) -> str:
        """Name the kind of rows that a file holds, "" when none has that name."""
        return next((kind for kind in IMPORTS if self.file_of(kind) == file), "")

    def written(self, kind: str, rows: Iterable[ImportRow]) -> bytes:
        """Write the file of one kind, as RFC 4180 wants it; the same rows always give the same bytes.

        A character that the encoding lacks is written as a question mark.
        """
        change: ImportFileChange = getattr(self, kind)
        columns = {**_COLUMNS[kind], **change.columns}
        codes = {**_CODES, **change.codes}
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow([columns[name] for name in IMPORTS[kind].model_fields])
        writer.writerows(self._cells(row, codes) for row in rows)
        return text.getvalue().encode(self.encoding, "replace")

    def _cells(self, row: ImportRow, codes: Mapping[str, Mapping[str, str]]) -> Sequence[str]:
        return [self._cell(getattr(row, name), codes.get(name, {})) for name in type(row).model_fields]

    def _cell(self, value: object, codes: Mapping[str, str]) -> str:
        if isinstance(value, datetime):
            moment = value.astimezone(UTC)
            return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if self.timestamps == ISO else _in_format(moment, self.timestamps)
        if isinstance(value, date):
            return _in_format(value, self.dates)
        if isinstance(value, Decimal):
            return f"{value:.2f}"
        if isinstance(value, StrEnum):
            return codes.get(value.value, value.value)
        return "" if value is None else codes.get(str(value), str(value))


def _in_format(value: date, text_format: str) -> str:
    return _PART.sub(lambda part: value.strftime(_PARTS[part.group()]), text_format)


def row_of(kind: str, fields: Mapping[str, object]) -> ImportRow:
    """Make a row from its fields; raises pydantic's ValidationError for what LeaseWorks would not take."""
    return IMPORTS[kind].model_validate(dict(fields))


def key_of(kind: str, row: ImportRow) -> str:
    """Give the key by which LeaseWorks names a row in its answer."""
    return str(getattr(row, IMPORT_KEYS[kind]))
