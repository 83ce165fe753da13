"""The mappings of auctions' invoices pass the mapping contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from drawbar.connectors.salesforce.records.sobject import SalesforceRecord
from drawbar.mappings import auction_invoice, auction_invoice_line, auction_refund, resale_proceeds
from drawbar.mappings.auction_invoice_line import LineOfInvoice
from drawbar.mappings.resale_proceeds import SoldProceeds
from drawbar.middleware.auctions.kept import InvoiceDecision, KeptInvoice, KeptLine, Posting
from drawbar.middleware.auctions.proceeds import Expense, Proceeds, Refund
from drawbar.middleware.auctions.rules import Ruling
from drawbar.middleware.auctions.settings import STATUSES, VERDICTS
from tests.contracts.mapping import MappingContract

instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(2020, 1, 1), date(2035, 1, 1))
money = st.integers(0, 9_999_999_999).map(lambda each: Decimal(each).scaleb(-2))
keys = st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,11}", fullmatch=True)
names = st.text("abcÄ<&\n\t\x01 9", min_size=1, max_size=80).map(lambda each: f"x{each}")
texts = st.text(max_size=3_000)
verdicts = st.sampled_from(VERDICTS)


def _line(place: int, part: str) -> st.SearchStrategy[KeptLine]:
    amounts: dict[str, Any] = {"gross": money, "net": money} if part == "proceeds" else {"amount": money}
    return st.builds(
        KeptLine, place=st.just(place), part=st.just(part), work_order=keys, request=keys, vehicle=keys, account=keys,
        service=names if part == "fee" else st.just(""), buyer=st.text(max_size=90), estimate=st.none() | money,
        collectible=st.booleans(), verdict=verdicts, reason=texts, **amounts,
    )  # fmt: skip


_lines = st.tuples(_line(0, "proceeds"), _line(1, "fee"), _line(2, "fee"))
_postings = st.tuples(
    *(
        st.builds(
            Posting, key=keys, kind=st.just(kind), line=st.just(line), state=st.sampled_from(["QUEUED", "FAILED"]),
            error=texts, documents=st.just(()), changed_at=instants,
        )
        for line, kind in enumerate(("sale", "expense"))
    )
)  # fmt: skip
invoices = st.builds(
    KeptInvoice, number=keys, vendor=names, reference=keys, hash=keys,
    kind=st.sampled_from(["PAYABLE", "PAYMENT RECEIVED"]), auction=keys, auctioned_on=days,
    funds_received_on=st.none() | days, total_gross=money, total_net=money, total_expense=money,
    status=st.sampled_from(STATUSES), received_at=instants, received_from=keys, changed_at=instants,
    decision=st.none() | st.builds(InvoiceDecision, keys, instants, texts), posted_by=keys,
    posted_at=st.none() | instants, lines=_lines,
    rulings=st.lists(st.builds(Ruling, keys, names, verdicts, texts), min_size=1, max_size=9).map(tuple),
    postings=_postings,
)  # fmt: skip
refunds = st.builds(
    Refund, number=keys, vehicle=keys, kind=keys, amount=money, entered_by=keys, at=instants, note=texts
)  # fmt: skip


@pytest.mark.spec("R16", "R18", "R21")
class TestInvoice(MappingContract):
    module, owner = auction_invoice, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return invoices


@pytest.mark.spec("R16", "R18", "R21")
class TestLine(MappingContract):
    module, owner = auction_invoice_line, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return invoices.flatmap(lambda kept: st.sampled_from([LineOfInvoice(kept, each) for each in kept.lines]))


@pytest.mark.spec("R14")
class TestProceeds(MappingContract):
    module, owner = resale_proceeds, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        expenses = st.lists(st.builds(Expense, names, money), max_size=90).map(tuple)
        proceeds = st.builds(Proceeds, money, expenses, st.lists(refunds, max_size=9).map(tuple), money)
        return st.builds(SoldProceeds, keys, proceeds)


@pytest.mark.spec("R15")
class TestRefund(MappingContract):
    module, owner = auction_refund, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return refunds

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        assert isinstance(source, Refund)
        return auction_refund.to_salesforce(source, "Salesforce", now=now)
