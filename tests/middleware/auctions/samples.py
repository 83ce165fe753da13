"""Invoices of auctions, by hand and by hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from drawbar.middleware.auctions.invoices import NOTHING, AuctionInvoice, FeeLine, ProceedsLine

TODAY = date(2026, 3, 20)
cents = st.integers(1, 9_000_000).map(lambda each: Decimal(each).scaleb(-2))


@dataclass(frozen=True)
class Order:
    """A work order as the rules see it."""

    number: str
    kind: str = "RE SALE"
    status: str = "OPEN"
    state: str = "OK"


def invoice(*lines: ProceedsLine | FeeLine, **changes: Any) -> AuctionInvoice:
    """Give an invoice of some lines, one truck's by default, whose totals are right."""
    lines = lines or (sold("WO-1", "30000.00", "29600.00"), fee("WO-1", "TRANSPORT", "400.00"))
    proceeds = tuple(each for each in lines if isinstance(each, ProceedsLine))
    fees = tuple(each for each in lines if isinstance(each, FeeLine))
    made = AuctionInvoice(
        vendor="Auction House", reference="INV-9", kind="PAYMENT RECEIVED", auction="AH-2026-11",
        auctioned_on=date(2026, 3, 13), funds_received_on=date(2026, 3, 16),
        total_gross=sum((each.gross for each in proceeds), NOTHING),
        total_net=sum((each.net for each in proceeds), NOTHING),
        total_expense=sum((each.amount for each in fees), NOTHING), proceeds=proceeds, fees=fees,
    )  # fmt: skip
    return replace(made, **changes)


def sold(order: str, gross: str, net: str) -> ProceedsLine:
    return ProceedsLine(work_order=order, gross=Decimal(gross), net=Decimal(net))


def fee(order: str, service: str, amount: str) -> FeeLine:
    return FeeLine(work_order=order, service=service, amount=Decimal(amount))


@st.composite
def invoices(draw: st.DrawFn) -> AuctionInvoice:
    """Invoices of up to four trucks, whose proceeds pay their fees or do not."""
    lines: list[ProceedsLine | FeeLine] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        order = f"WO-{number}"
        asked = draw(st.dictionaries(st.sampled_from(["TRANSPORT", "SALE FEE", "DETAIL"]), cents))
        lines += [FeeLine(work_order=order, service=service, amount=amount) for service, amount in asked.items()]
        gross = sum(asked.values(), draw(cents))
        off = draw(st.sampled_from([NOTHING, NOTHING, Decimal("-0.01"), *([Decimal("0.01")] if asked else [])]))
        net = gross - sum(asked.values(), NOTHING) + off
        lines.append(ProceedsLine(work_order=order, gross=gross, net=net))
    return invoice(*lines)
