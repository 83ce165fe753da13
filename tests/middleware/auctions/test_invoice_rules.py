"""What an auction's invoice has to say, and what the rules make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from drawbar.middleware.auctions.invoices import NOTHING, AuctionInvoice, check_invoice
from drawbar.middleware.auctions.rules import Judgement, Ruling, Taken, judge
from drawbar.middleware.auctions.settings import VERDICTS, AuctionInvoiceSettings
from drawbar.middleware.errors import RecordRejected
from tests.middleware.auctions.samples import TODAY, Order, fee, invoice, invoices, sold

NOBODY = Taken({}, {})
SETTINGS = AuctionInvoiceSettings.model_validate(
    {
        "estimates": [
            {"service": "TRANSPORT", "amount": "350.00"},
            {"service": "TRANSPORT", "vendor": "Auction House", "amount": "400.00"},
            {"service": "SALE FEE", "amount": "250.00"},
        ],
        "collectible": [{"service": "TRANSPORT", "states": ["OK", "TX"]}, {"service": "SALE FEE"}],
    }
)


def judged(made: AuctionInvoice, *orders: Order, taken: Taken = NOBODY, settings: Any = SETTINGS) -> Judgement:
    known = {each.number: each for each in orders or (Order("WO-1"),)}
    return judge(made, known, taken, settings)


def rulings(judgement: Judgement, rule: str) -> list[Ruling]:
    return [each for each in judgement.rulings if each.rule.startswith(rule)]


@pytest.mark.spec("R16")
@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"vendor": " "}, "vendor", "INCOMPLETE"),
        ({"proceeds": (), "fees": ()}, "proceeds", "INCOMPLETE"),
        ({"funds_received_on": None}, "funds_received_on", "INCOMPLETE"),
        ({"funds_received_on": date(2026, 3, 21)}, "funds_received_on", "FUTURE"),
        ({"auctioned_on": date(2026, 3, 21)}, "auctioned_on", "FUTURE"),
        ({"total_gross": Decimal("30000.01")}, "total_gross", "TOTALS"),
        ({"total_net": Decimal("29599.99")}, "total_net", "TOTALS"),
        ({"total_expense": Decimal("399.99")}, "total_expense", "TOTALS"),
        ({"fees": (fee("WO-1", "TRANSPORT", "200.00"),) * 2}, "fees", "TWICE"),
        ({"proceeds": (sold("WO-1", "15000.00", "14800.00"),) * 2}, "proceeds", "TWICE"),
        ({"fees": (fee("WO-1", "TRANSPORT", "0.00"),)}, "fees.0.amount", "AMOUNT"),
        ({"proceeds": (sold("WO-1", "0.00", "0.00"),)}, "proceeds.0.gross", "AMOUNT"),
        ({"fees": (fee("WO-1", "TRANSPORT", "0.005"),)}, "fees.0.amount", "AMOUNT"),
    ],
)
def test_an_invoice_that_says_not_all_or_does_not_add_up_is_refused_by_field(
    changes: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(RecordRejected) as refused:
        check_invoice(invoice(**changes), TODAY)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.remedy


@pytest.mark.spec("R16", "R18")
@given(made=invoices())
def test_sums_are_exact_and_an_invoice_is_approved_just_when_proceeds_pay_its_details_to_the_cent(
    made: AuctionInvoice,
) -> None:
    check_invoice(made, TODAY)
    wide = AuctionInvoiceSettings.model_validate(
        {"estimates": [{"service": each.service, "amount": "1E+8"} for each in made.fees]}
    )
    judgement = judged(made, *(Order(each) for each in made.work_orders), settings=wide)

    assert made.actual_net == sum((each.gross for each in made.proceeds), NOTHING) - made.total_expense
    balanced = {each.work_order: each.gross - each.net == made.fees_of(each.work_order) for each in made.proceeds}
    assert {each.line.work_order: each.verdict == "APPROVED" for each in judgement.proceeds} == balanced
    assert (judgement.status == "APPROVED") == all(balanced.values())
    assert judgement.status != "REJECTED"


@pytest.mark.spec("R18")
def test_each_rule_says_in_its_order_what_it_decided_and_why() -> None:
    judgement = judged(invoice())

    assert judgement.status == "APPROVED"
    assert [(each.rule, each.subject, each.verdict, each.reason) for each in judgement.rulings] == [
        ("R16 type", "", "APPROVED", "the type is PAYMENT RECEIVED"),
        ("R18(1) work order", "WO-1", "APPROVED", "the work order is OPEN and RE SALE"),
        ("R18(2) collectible", "TRANSPORT on WO-1", "APPROVED", "is collectible: TRANSPORT, OPEN, OK"),
        ("R18(3) estimate", "TRANSPORT on WO-1", "APPROVED", "400.00 is within the estimate of 400.00"),
        ("R18(4) proceeds", "WO-1", "APPROVED", "gross less net, 400.00, is what the details come to"),
        ("R18(5) together", "", "APPROVED", "details are APPROVED, proceeds are APPROVED"),
    ]


@pytest.mark.spec("R18")
@pytest.mark.parametrize("changes", [{"status": "CLOSED"}, {"kind": "INVOLUNTARY"}])
def test_an_invoice_with_a_work_order_that_is_not_open_or_no_resale_is_rejected_before_all_else(
    changes: dict[str, str],
) -> None:
    judgement = judged(invoice(), replace(Order("WO-1"), **changes))

    assert judgement.status == "REJECTED"
    assert {each.verdict for each in judgement.fees} == {each.verdict for each in judgement.proceeds} == {"REJECTED"}
    assert [each.rule for each in judgement.rulings] == ["R16 type", "R18(1) work order"]


@pytest.mark.spec("R18")
def test_a_detail_is_collectible_by_service_status_and_state_and_never_decides_the_status() -> None:
    made = invoice(
        sold("WO-1", "30000.00", "29350.00"), fee("WO-1", "TRANSPORT", "400.00"), fee("WO-1", "SALE FEE", "250.00")
    )
    at_home, elsewhere = (judged(made, Order("WO-1", state=state)) for state in ("TX", "CA"))

    assert [each.collectible for each in at_home.fees] == [True, True]
    assert [each.collectible for each in elsewhere.fees] == [False, True]
    assert (at_home.status, elsewhere.status) == ("APPROVED", "APPROVED")


@pytest.mark.spec("R18")
@pytest.mark.parametrize(
    ("lines", "rule", "reason"),
    [
        ((sold("WO-1", "900.00", "499.99"), fee("WO-1", "TRANSPORT", "400.01")), "R18(3)", "above the estimate of"),
        ((sold("WO-1", "900.00", "895.00"), fee("WO-1", "KEYS", "5.00")), "R18(3)", "nothing is estimated"),
        ((sold("WO-1", "900.00", "500.01"), fee("WO-1", "TRANSPORT", "400.00")), "R18(4)", "-0.01 is unexplained"),
        ((fee("WO-1", "TRANSPORT", "400.00"),), "R18(4)", "there are no proceeds, and 400.00 is asked for"),
    ],
)
def test_what_is_above_the_estimate_or_does_not_balance_waits_for_a_person(lines: Any, rule: str, reason: str) -> None:
    judgement = judged(invoice(*lines))

    assert judgement.status == "FOR APPROVAL"
    (ruling,) = rulings(judgement, rule)
    assert (ruling.verdict, reason in ruling.reason) == ("FOR APPROVAL", True)


@pytest.mark.spec("R17")
def test_a_service_or_a_sale_that_stands_in_another_invoice_is_rejected_by_name() -> None:
    service = judged(invoice(), taken=Taken({("WO-1", "TRANSPORT"): "AI-1"}, {}))
    sale = judged(invoice(), taken=Taken({("WO-1", "KEYS"): "AI-1"}, {"WO-1": "AI-2"}))

    assert (service.status, sale.status) == ("REJECTED", "REJECTED")
    (first,), (second,) = rulings(service, "R17"), rulings(sale, "R17")
    assert (first.subject, first.reason) == ("TRANSPORT on WO-1", "stands in auction invoice AI-1 already")
    assert second.reason == "its sale stands in auction invoice AI-2 already"


@pytest.mark.spec("R16")
def test_an_invoice_that_is_payable_is_rejected_because_an_auction_pays() -> None:
    judgement = judged(invoice(kind="PAYABLE"))

    assert judgement.status == "REJECTED"
    assert rulings(judgement, "R16")[0].reason == "the type is PAYABLE; an auction's invoice is PAYMENT RECEIVED"


@pytest.mark.spec("R18")
def test_the_default_table_rejects_what_is_rejected_and_approves_only_what_is_approved_twice() -> None:
    for details, proceeds in product(VERDICTS, VERDICTS):
        status = AuctionInvoiceSettings().status_of(details, proceeds)
        if "REJECTED" in (details, proceeds):
            assert status == "REJECTED"
        else:
            assert (status == "APPROVED") == (details == proceeds == "APPROVED")


@pytest.mark.spec("R18", "R19")
def test_an_admin_edits_the_tables_and_one_that_leaves_something_open_is_refused() -> None:
    strict = {"details": "APPROVED", "proceeds": "APPROVED", "invoice": "FOR APPROVAL"}
    every = {"details": "ANY", "proceeds": "ANY", "invoice": "REJECTED"}
    edited = AuctionInvoiceSettings.model_validate({**SETTINGS.model_dump(), "together": [strict, every]})
    never = AuctionInvoiceSettings.model_validate({**SETTINGS.model_dump(), "cycle": {"RECEIVED": ["FOR APPROVAL"]}})

    assert judged(invoice(), settings=edited).status == "FOR APPROVAL"
    cycled = judged(invoice(), settings=never)
    assert (cycled.status, cycled.rulings[-1].rule) == ("REJECTED", "R19 cycle")
    with pytest.raises(ValidationError, match="together says not what follows from APPROVED and FOR APPROVAL"):
        AuctionInvoiceSettings.model_validate({"together": [strict]})
    with pytest.raises(ValidationError, match="cycle knows no status SENT"):
        AuctionInvoiceSettings.model_validate({"cycle": {"SENT": ["APPROVED"]}})
