"""An auction's invoice: what it paid for vehicles, and what it kept for its work on them (R16); pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, get_args

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.units import whole_cents

InvoiceType = Literal["PAYABLE", "PAYMENT RECEIVED"]
INVOICE_TYPES: Final[tuple[InvoiceType, ...]] = get_args(InvoiceType)
CURRENCY: Final = "USD"
NOTHING: Final = Decimal("0.00")
MOST: Final = Decimal("99999999.99")
"""The most that one line may come to, in US dollars."""

_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProceedsLine:
    """What one vehicle brought, by its work order: `gross` is the hammer price, `net` what the auction paid out of it.

    `buyer` is who bought it, as far as the auction says so.
    """

    work_order: str
    gross: Decimal
    net: Decimal
    buyer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeLine:
    """What the auction asks for one service on the vehicle of a work order, in US dollars."""

    work_order: str
    service: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionInvoice:
    """One invoice of one auction; `reference` is the auction's own number for it, and never stands for another."""

    vendor: str
    reference: str
    kind: InvoiceType
    auction: str
    auctioned_on: date
    funds_received_on: date | None
    total_gross: Decimal
    total_net: Decimal
    total_expense: Decimal
    proceeds: tuple[ProceedsLine, ...]
    fees: tuple[FeeLine, ...]

    @property
    def number(self) -> str:
        """The hub's number for it: the same reference of the same vendor always has the same."""
        return number_of(self.vendor, self.reference)

    @property
    def record(self) -> str:
        return f"auction invoice {self.reference} of {self.vendor}"

    @property
    def actual_net(self) -> Decimal:
        """What the gross leaves after the expense."""
        return self.total_gross - self.total_expense

    @property
    def work_orders(self) -> tuple[str, ...]:
        """The work orders that it names, each once, in their order."""
        sold, asked = (each.work_order for each in self.proceeds), (each.work_order for each in self.fees)
        return tuple(dict.fromkeys([*sold, *asked]))

    def fees_of(self, work_order: str) -> Decimal:
        """Sum up what is asked for a work order."""
        return sum((each.amount for each in self.fees if each.work_order == work_order), NOTHING)


def number_of(vendor: str, reference: str) -> str:
    """Give the hub's number for a vendor's invoice."""
    return f"AI-{short_hash(vendor, reference)}"


def short_hash(*parts: str) -> str:
    """Give 12 characters that stand for some texts; different texts have different ones."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def check_invoice(invoice: AuctionInvoice, today: date) -> None:
    """Raise RecordRejected, by field, for an invoice that says not what it has to, or does not add up to the cent."""
    for name in ("vendor", "reference", "auction"):
        if not getattr(invoice, name).strip():
            raise refused(invoice, f"has no {name}", name, "Name it.", "INCOMPLETE")
    if not invoice.proceeds and not invoice.fees:
        raise refused(invoice, "has no lines", "proceeds", "Give what was sold, or what is asked for.", "INCOMPLETE")
    if invoice.auctioned_on > today:
        raise refused(invoice, f"{invoice.auctioned_on} is still to come", "auctioned_on", "Send it then.", "FUTURE")
    _check_funds(invoice, today)
    _check_amounts(invoice)
    _check_once(invoice)
    _check_totals(invoice)


def _check_funds(invoice: AuctionInvoice, today: date) -> None:
    received = invoice.funds_received_on
    if invoice.kind == "PAYMENT RECEIVED" and received is None:
        raise refused(
            invoice, "says not when the funds were received", "funds_received_on",
            "Give the day: the sale is posted with it.", "INCOMPLETE",
        )  # fmt: skip
    if received is not None and received > today:
        raise refused(invoice, f"{received} is still to come", "funds_received_on", "Send it then.", "FUTURE")


def _check_amounts(invoice: AuctionInvoice) -> None:
    for name, amount, least, most in _amounts(invoice):
        try:
            whole_cents(amount)
        except ValueError as error:
            raise refused(invoice, str(error), name, "Give US dollars and cents.", "AMOUNT") from None
        if not least <= amount <= most:
            raise refused(
                invoice, f"{amount} does not lie from {least} to {most}", name,
                "What an auction asks for beyond the gross is billed apart.", "AMOUNT",
            )  # fmt: skip


def _amounts(invoice: AuctionInvoice) -> Iterator[tuple[str, Decimal, Decimal, Decimal]]:
    """Give every amount with its place, the least and the most that it may be."""
    for at, sold in enumerate(invoice.proceeds):
        yield f"proceeds.{at}.gross", sold.gross, _CENT, MOST
        yield f"proceeds.{at}.net", sold.net, NOTHING, sold.gross
    for at, fee in enumerate(invoice.fees):
        yield f"fees.{at}.amount", fee.amount, _CENT, MOST


def _check_once(invoice: AuctionInvoice) -> None:
    sold = Counter(each.work_order for each in invoice.proceeds)
    asked = Counter((each.work_order, each.service) for each in invoice.fees)
    twice = [order for order, count in sold.items() if count > 1]
    if twice:
        raise refused(invoice, f"has proceeds of work order {twice[0]} twice", "proceeds", "Give one line.", "TWICE")
    again = [place for place, count in asked.items() if count > 1]
    if again:
        order, service = again[0]
        raise refused(
            invoice, f"asks for {service} on work order {order} twice", "fees", "Give one line with the sum.", "TWICE"
        )


def _check_totals(invoice: AuctionInvoice) -> None:
    sums = {
        "total_gross": sum((each.gross for each in invoice.proceeds), NOTHING),
        "total_net": sum((each.net for each in invoice.proceeds), NOTHING),
        "total_expense": sum((each.amount for each in invoice.fees), NOTHING),
    }  # fmt: skip
    for name, comes_to in sums.items():
        if getattr(invoice, name) != comes_to:
            raise refused(
                invoice, f"says {getattr(invoice, name)}, and its lines come to {comes_to}", name,
                "Correct the total or the lines, and send it again.", "TOTALS",
            )  # fmt: skip


def refused(invoice: AuctionInvoice, message: str, field: str, remedy: str, code: str) -> RecordRejected:
    """Give the error that names the invoice."""
    return RecordRejected(message, record=invoice.record, field=field, remedy=remedy, code=code)
