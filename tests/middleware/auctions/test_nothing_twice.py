"""Whatever auctions send, in whatever order and however often: nothing is kept or owed twice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from drawbar.jobs.auction_postings import transactions_of
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import AuctionInvoice
from drawbar.middleware.auctions.sent import SentInvoice, body_hash
from drawbar.middleware.database.migrate import upgrade
from tests.middleware.auctions.samples import invoices
from tests.middleware.auctions.test_invoice_book import keep

many = st.lists(
    st.builds(lambda made, name: replace(made, reference=name), invoices(), st.sampled_from("ABC")), max_size=5
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = create_engine("sqlite://")
    upgrade(engine)
    return engine


@pytest.mark.spec("R17", "R20")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=many)
def test_a_service_and_a_sale_stand_in_one_invoice_and_each_transaction_has_a_key_of_its_own(
    made: list[AuctionInvoice], engine: Engine
) -> None:
    with engine.connect() as connection:
        book = InvoiceBook(connection)
        for each in (*made, *made):
            keep(book, each)
        kept = book.listed()
        connection.rollback()

    assert len(kept) == len({each.reference for each in made})
    held = [(line.part, line.work_order, line.service) for each in kept if each.status != "REJECTED"
            for line in each.lines]  # fmt: skip
    assert len(held) == len(set(held))
    collectible = [replace(each, lines=tuple(replace(line, collectible=True) for line in each.lines)) for each in kept]
    keys = [transaction.key for each in collectible for transaction in transactions_of(each)]
    assert len(keys) == len(set(keys)) == sum(len(each.lines) for each in kept)


@pytest.mark.spec("R16", "R17")
@given(made=invoices())
def test_an_invoice_is_the_same_after_a_journey_as_json(made: AuctionInvoice) -> None:
    body = {
        "external_reference": made.reference, "type": made.kind, "auction": made.auction,
        "auctioned_on": made.auctioned_on, "funds_received_on": made.funds_received_on,
        "total_gross": made.total_gross, "total_net": made.total_net, "total_expense": made.total_expense,
        "proceeds": [{"work_order": each.work_order, "gross": each.gross, "net": each.net} for each in made.proceeds],
        "fees": [
            {"work_order": each.work_order, "service": each.service, "amount": each.amount} for each in made.fees
        ],
    }  # fmt: skip
    read = SentInvoice.model_validate_json(json.dumps(body, default=str)).invoice(made.vendor)

    assert (read, read.number, body_hash(read)) == (made, made.number, body_hash(made))
