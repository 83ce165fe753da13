"""An invoice as auctions send it, by REST, SOAP or file: one shape and one reading of it (R16)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from drawbar.middleware.auctions.invoices import CURRENCY, MOST, AuctionInvoice, FeeLine, InvoiceType, ProceedsLine
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.units import Usd

_LINES: Final = 2_000
"""The most lines of each part that an invoice may have."""

_Name = Annotated[str, Field(min_length=1, max_length=80)]
_Amount = Annotated[Usd, Field(ge=0, le=MOST * _LINES)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SentProceeds(_Sent):
    """What one vehicle brought."""

    work_order: _Name = Field(description="number of the RE SALE work order")
    gross: _Amount = Field(description="hammer price, US dollars")
    net: _Amount = Field(description="what was paid out of it, US dollars")
    buyer: str = Field("", max_length=100, description="who bought it")


class SentFee(_Sent):
    """What is asked for one service on one vehicle."""

    work_order: _Name = Field(description="number of the RE SALE work order")
    service: _Name = Field(description="the service, such as TRANSPORT")
    amount: _Amount = Field(description="US dollars")
    currency: Literal["USD"] = Field(CURRENCY, description="USD; no other is taken")


class SentInvoice(_Sent):
    """One invoice of one auction, with all vehicles of it."""

    external_reference: _Name = Field(description="the auction's own number for the invoice; never used for another")
    type: InvoiceType = Field(description="PAYMENT RECEIVED: the auction has paid; PAYABLE is rejected")
    auction: _Name = Field(description="number or name of the auction")
    auctioned_on: date = Field(description="day of the auction")
    funds_received_on: date | None = Field(None, description="day on which the auction's payment came; needed")
    total_gross: _Amount = Field(description="sum of gross")
    total_net: _Amount = Field(description="sum of net")
    total_expense: _Amount = Field(description="sum of the fees")
    proceeds: tuple[SentProceeds, ...] = Field((), max_length=_LINES)
    fees: tuple[SentFee, ...] = Field((), max_length=_LINES)

    def invoice(self, vendor: str) -> AuctionInvoice:
        """Give it as an invoice of a vendor."""
        return AuctionInvoice(
            vendor=vendor, reference=self.external_reference, kind=self.type, auction=self.auction,
            auctioned_on=self.auctioned_on, funds_received_on=self.funds_received_on, total_gross=self.total_gross,
            total_net=self.total_net, total_expense=self.total_expense,
            proceeds=tuple(ProceedsLine(**each.model_dump()) for each in self.proceeds),
            fees=tuple(FeeLine(**each.model_dump(exclude={"currency"})) for each in self.fees),
        )  # fmt: skip


def body_hash(invoice: AuctionInvoice) -> str:
    """Give what tells one invoice from another of the same reference, by whichever way it came."""
    said = json.dumps(asdict(invoice), sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def read_file(path: Path) -> list[SentInvoice]:
    """Read the invoices of a file: JSON (one, or a list), or CSV with a line of the invoice in each row.

    RecordRejected names the file, the invoice or row, and the field that is not understood.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unread(path, "", f"cannot be read ({type(error).__name__})") from None
    return _of_rows(path, text) if path.suffix.lower() == ".csv" else _of_json(path, text)


def _of_json(path: Path, text: str) -> list[SentInvoice]:
    try:
        found = TypeAdapter(list[SentInvoice] | SentInvoice).validate_json(text)
    except ValidationError as error:
        raise _wrong(path, error) from None
    return found if isinstance(found, list) else [found]


HEAD: Final = (
    "external_reference", "type", "auction", "auctioned_on", "funds_received_on", "total_gross", "total_net",
    "total_expense",
)  # fmt: skip
"""Columns of a CSV file that say the same on each row of an invoice."""

_PROCEEDS: Final = ("work_order", "gross", "net", "buyer")
_FEE: Final = ("work_order", "service", "amount", "currency")
LINE: Final = ("line", *dict.fromkeys((*_PROCEEDS, *_FEE)))
"""Columns of a CSV file that say what a row is about: `line` is `proceeds` or `fee`."""


def _of_rows(path: Path, text: str) -> list[SentInvoice]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in (*HEAD, "line", "work_order") if name not in (rows.fieldnames or ())]
    unknown = [name for name in rows.fieldnames or () if name not in (*HEAD, *LINE)]
    if missing or unknown:
        wrong = f"lacks the column {missing[0]}" if missing else f"has an unknown column {unknown[0]}"
        raise _unread(path, (missing or unknown)[0], wrong)
    invoices: dict[str, dict[str, Any]] = {}
    try:
        for number, row in enumerate(rows, 2):
            _add(invoices, row, f"{path.name} row {number}")
    except csv.Error as error:
        raise _unread(path, "", f"is not CSV: {error}") from None
    try:
        return TypeAdapter(list[SentInvoice]).validate_python(list(invoices.values()))
    except ValidationError as error:
        raise _wrong(path, error) from None


def _add(invoices: dict[str, dict[str, Any]], row: Mapping[str, str | None], place: str) -> None:
    head = _filled(row, HEAD)
    invoice = invoices.setdefault(head.get("external_reference", ""), {**head, "proceeds": [], "fees": []})
    for name in HEAD:
        if invoice.get(name) != head.get(name):
            raise RecordRejected(
                "says otherwise than the invoice's first row", record=place, field=name,
                remedy="Let all rows of an invoice say the same.", code="ROWS",
            )  # fmt: skip
    kind = (row.get("line") or "").strip()
    parts = {"proceeds": ("proceeds", _PROCEEDS), "fee": ("fees", _FEE)}
    if kind not in parts:
        raise RecordRejected(
            f"{kind!r} is no line", record=place, field="line", remedy="Write proceeds or fee.", code="ROWS"
        )
    part, names = parts[kind]
    invoice[part].append(_filled(row, names))


def _filled(row: Mapping[str, str | None], names: Iterable[str]) -> dict[str, str]:
    """Give the cells that say something."""
    return {name: text for name in names if (text := (row.get(name) or "").strip())}


def _wrong(path: Path, error: ValidationError) -> RecordRejected:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(each) for each in first["loc"] if not str(each).startswith(("list[", "SentInvoice")))
    return _unread(path, place, first["msg"])


def _unread(path: Path, field: str, message: str) -> RecordRejected:
    return RecordRejected(
        message, record=path.name, field=field, remedy="See docs/auction-invoices.md for what a file holds.",
        code="NOT_UNDERSTOOD",
    )  # fmt: skip
