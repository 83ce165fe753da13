"""The book of invoices gives back what it keeps, and keeps an invoice once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import AuctionInvoice
from drawbar.middleware.auctions.kept import InvoiceDecision, PostedDocument, Posting
from drawbar.middleware.auctions.proceeds import Refund
from drawbar.middleware.auctions.rules import Taken, judge
from drawbar.middleware.auctions.settings import AuctionInvoiceSettings
from drawbar.middleware.errors import NotThere
from tests.middleware.auctions.samples import Order, invoice

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Placed(Order):
    """A work order with the place where it belongs."""

    request: str = "VH1-M001"
    vehicle: str = "VH1"
    account: str = "LW1"


def keep(book: InvoiceBook, made: AuctionInvoice, *, by: str = "auction") -> bool:
    orders = {each: Placed(each) for each in made.work_orders}
    judgement = judge(made, orders, book.taken(made.work_orders), AuctionInvoiceSettings())
    return book.keep(made, judgement, orders, by=by, now=AT)


@pytest.mark.spec("R16", "R17", "R18", "R21")
def test_an_invoice_is_kept_once_with_lines_rulings_decision_and_postings(hub_engine: Engine) -> None:
    made = invoice()
    posting = Posting(
        key="AS-1", kind="sale", line=0, state="FAILED", error="no title",
        documents=(PostedDocument("books", "Invoice", "AS-1"),), changed_at=AT,
    )  # fmt: skip
    with hub_engine.begin() as connection:
        book = InvoiceBook(connection)
        assert keep(book, made)
        assert not keep(book, replace(made, auction="another"), by="somebody else")
        book.decide(made.number, "APPROVED", InvoiceDecision("avery", AT, "agreed"))
        for state in ("FAILED", "QUEUED"):
            book.note_posting(made.number, replace(posting, state=state))
        book.set_status(made.number, "IN PROCESS", AT)
    with hub_engine.begin() as connection:
        book = InvoiceBook(connection)
        kept = book.get(made.number)
        taken, under_way = book.taken(["WO-1", "WO-2"]), book.under_way()
        book.note_posting(made.number, replace(posting, state="POSTED"))
        done = book.under_way()

    assert (kept.reference, kept.auction, kept.received_from) == ("INV-9", "AH-2026-11", "auction")
    assert (kept.actual_net, [each.reason for each in kept.rulings][:1]) == (
        Decimal("29600.00"), ["the type is PAYMENT RECEIVED"]
    )  # fmt: skip
    assert [(each.part, each.gross, each.amount, each.vehicle) for each in kept.lines] == [
        ("proceeds", Decimal("30000.00"), None, "VH1"), ("fee", None, Decimal("400.00"), "VH1")
    ]  # fmt: skip
    assert (kept.status, kept.decision) == ("IN PROCESS", InvoiceDecision("avery", AT, "agreed"))
    assert kept.postings == (replace(posting, state="QUEUED"),)
    assert taken == Taken({("WO-1", "TRANSPORT"): made.number}, {"WO-1": made.number})
    assert (under_way, done) == ([kept], [])


@pytest.mark.spec("R17")
def test_a_rejected_invoice_holds_nothing(hub_engine: Engine) -> None:
    with hub_engine.begin() as connection:
        book = InvoiceBook(connection)
        keep(book, invoice(kind="PAYABLE"))
        assert book.taken(["WO-1"]) == Taken({}, {})
        assert [each.status for each in book.listed(vendor="Auction House")] == ["REJECTED"]
        assert book.listed(status="APPROVED") == book.listed(vendor="Other") == []
        with pytest.raises(NotThere, match="there is no auction invoice AI-0"):
            book.get("AI-0")


@pytest.mark.spec("R15")
def test_refunds_are_kept_changed_and_forgotten(hub_engine: Engine) -> None:
    refund = Refund(number="REF-1", vehicle="VH1", kind="OTHER", amount=Decimal("9.00"), entered_by="casey", at=AT)
    with hub_engine.begin() as connection:
        book = InvoiceBook(connection)
        book.keep_refund(refund)
        book.keep_refund(replace(refund, amount=Decimal("8.00")))
        assert book.refunds("VH1") == (replace(refund, amount=Decimal("8.00")),)
        book.forget_refund("REF-1")
        assert (book.refunds("VH1"), book.refund("REF-1")) == ((), None)
