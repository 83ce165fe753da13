"""Titles, work orders, sales, notices and reviews: which steps are taken, and which are refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.middleware.errors import ConfigError, RecordRejected
from drawbar.middleware.resale.notices import (
    DEFAULT_TEMPLATE,
    KeptNotice,
    Notice,
    Recipient,
    Sender,
    check_notice,
    earliest_sale,
    read_recipients,
    read_template,
    worded,
)
from drawbar.middleware.resale.review import Entered, Sold, check_end, computation, review_account, review_lines
from drawbar.middleware.resale.sales import Sale, SaleCase, check_sale
from drawbar.middleware.resale.settings import ResaleSettings
from drawbar.middleware.resale.titles import STATUSES, STEPS, KeptTitle, Title, TitleStatus, check_step, reminder
from drawbar.middleware.resale.work_orders import (
    Decision,
    KeptWorkOrder,
    WorkOrder,
    check_approver,
    check_complete,
    check_right,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = NOW.date()
TITLE = Title("VH1", "Clear", "T-1", "OK", received_on=date(2026, 2, 1), sent_on=date(2026, 3, 1))
ORDER = WorkOrder(number="WO-1", kind="Agent", vehicle="VH1", vendor="Agency", amount=Decimal("450.00"))
DEBTOR = Recipient("debtor", "Summit Drayage LLC", "1 Dock St\nTulsa, OK 74101")
NOTICE = Notice(
    number="ND-1", vehicle="VH1", account="LW1", vin="1FUJHHDR5LLAA0001", described="2020 Mack Anthem",
    method="private", recipients=(DEBTOR,), made_on=date(2026, 2, 10),
)  # fmt: skip
SALE = Sale(
    number="SALE-1", vehicle="VH1", account="LW1", vin="V", buyer="Auction Buyer", channel="Auction",
    price=Decimal("30000.00"), fee=Decimal("0.00"), sold_on=TODAY,
)  # fmt: skip
CASE = SaleCase(
    "INVENTORY", KeptTitle(TITLE, NOW), KeptNotice(NOTICE, date(2026, 2, 10), date(2026, 2, 20)), "", "",
    Decimal("41000.00"),
)  # fmt: skip


def refusal(action: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    """Give field and code of what is refused."""
    with pytest.raises(RecordRejected) as refused:
        action(*arguments, **named)
    assert refused.value.remedy
    return refused.value.field, refused.value.code


@pytest.mark.spec("P19")
@pytest.mark.parametrize("before", STATUSES)
def test_a_title_takes_the_steps_of_the_machine_and_no_other(before: TitleStatus) -> None:
    for after in STATUSES:
        title = replace(TITLE, status=after)
        if after == before or after in STEPS[before]:
            check_step(before, title, sold=True)
        else:
            assert refusal(check_step, before, title, sold=True) == ("Title_Status__c", "TITLE_STEP")


@pytest.mark.spec("P19")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "Title_Number__c"),
        ({"state": ""}, "Title_State__c"),
        ({"received_on": None}, "Title_Received_Date__c"),
        ({"lienholder": "First Bank"}, "Title_Lienholder__c"),
        ({"status": "Sent to Buyer", "sent_on": None}, "Title_Sent_Date__c"),
    ],
)
def test_a_title_is_not_clear_without_what_makes_it_so(changes: dict[str, Any], field: str) -> None:
    title = replace(TITLE, **changes)
    before: TitleStatus = "Clear" if title.status == "Sent to Buyer" else "Received"
    assert refusal(check_step, before, title, sold=True)[0] == field


@pytest.mark.spec("P19")
def test_a_title_is_sent_only_to_the_buyer_of_a_vehicle_that_was_sold() -> None:
    assert refusal(check_step, "Clear", replace(TITLE, status="Sent to Buyer"), sold=False)[1] == "NOT_SOLD"


@pytest.mark.spec("P19")
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(STATUSES), st.integers(0, 90))
def test_people_are_reminded_of_what_has_waited_too_long_and_of_nothing_else(status: TitleStatus, days: int) -> None:
    text = reminder(KeptTitle(replace(TITLE, status=status), NOW - timedelta(days=days)), NOW, days=30)

    assert bool(text) == (days >= 30 and status not in ("Clear", "Sent to Buyer"))


@pytest.mark.spec("P21")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"vehicle": ""}, "Vehicle__c"),
        ({"vendor": ""}, "Vendor__c"),
        ({"amount": None}, "Amount__c"),
        ({"amount": Decimal("0.00")}, "Amount__c"),
        ({"amount": Decimal("1.001")}, "Amount__c"),
        ({"expenses": Decimal("450.01")}, "Expenses__c"),
    ],
)
def test_an_order_that_lacks_what_accounting_needs_is_refused_by_field(changes: dict[str, Any], field: str) -> None:
    assert refusal(check_complete, replace(ORDER, **changes))[0] == field


@pytest.mark.spec("P21")
def test_only_approvers_approve_and_nobody_a_large_order_of_his_own() -> None:
    rules = ResaleSettings(approvers=("avery", "casey"), own_limit=Decimal("450.00"))
    check_right("avery", rules, "order")
    assert refusal(check_right, "bob", rules, "order")[1] == "NO_RIGHT"
    check_approver(replace(ORDER, made_by="casey"), "casey", rules)
    large = replace(ORDER, made_by="casey", amount=Decimal("450.01"))
    check_approver(large, "avery", rules)
    assert refusal(check_approver, large, "casey", rules)[1] == "OWN_ORDER"


@pytest.mark.spec("P19", "P20", "P31")
@pytest.mark.parametrize(
    ("sale", "case", "code"),
    [
        ({"buyer": ""}, {}, "INCOMPLETE"),
        ({"price": None}, {}, "INCOMPLETE"),
        ({"price": Decimal(-1)}, {}, "AMOUNT"),
        ({"sold_on": date(2026, 3, 3)}, {}, "FUTURE"),
        ({}, {"other": "SALE-0"}, "SOLD"),
        ({}, {"disposition": "ON LEASE"}, "NOT_OURS_TO_SELL"),
        ({}, {"hold": "bankruptcy"}, "HOLD"),
        ({}, {"title": None}, "TITLE_NOT_CLEAR"),
        ({}, {"title": KeptTitle(replace(TITLE, status="At DMV"), NOW)}, "TITLE_NOT_CLEAR"),
        ({}, {"notice": None}, "NO_NOTICE"),
        ({}, {"notice": KeptNotice(NOTICE, None, date(2026, 2, 20))}, "NO_NOTICE"),
        ({}, {"notice": KeptNotice(NOTICE, date(2026, 2, 21), date(2026, 3, 3))}, "NOTICE_PERIOD"),
        ({}, {"payoff": None}, "NO_PAYOFF"),
    ],
)
def test_a_sale_is_refused_with_its_reason(sale: dict[str, Any], case: dict[str, Any], code: str) -> None:
    check_sale(SALE, CASE, TODAY)
    assert refusal(check_sale, replace(SALE, **sale), replace(CASE, **case), TODAY)[1] == code


@pytest.mark.spec("P19")
def test_a_vehicle_may_be_sold_ten_days_after_the_notice_and_on_the_day_of_a_public_sale() -> None:
    assert earliest_sale(NOTICE, date(2026, 2, 10), days=10) == date(2026, 2, 20)
    public = replace(NOTICE, method="public", public_sale_on=date(2026, 2, 25), public_sale_time="10:00", place="Yard")
    check_notice(public)
    assert earliest_sale(public, date(2026, 2, 10), days=10) == date(2026, 2, 25)
    assert refusal(earliest_sale, public, date(2026, 2, 16), days=10)[1] == "TOO_SOON"
    assert refusal(check_notice, replace(public, place=""))[1] == "NO_PLACE"
    assert refusal(check_notice, replace(NOTICE, recipients=()))[1] == "NO_DEBTOR"


@pytest.mark.spec("P19")
def test_recipients_are_one_a_line_and_a_wrong_line_is_named() -> None:
    text = "guarantor; Pat Doe; 2 Elm St, Tulsa OK\n\nLienholder; First Bank; 3 Main St; Suite 4"
    found = read_recipients(text, record="vehicle VH1")
    assert [(each.role, each.name, each.address) for each in found] == [
        ("guarantor", "Pat Doe", "2 Elm St, Tulsa OK"), ("lienholder", "First Bank", "3 Main St; Suite 4"),
    ]  # fmt: skip
    for wrong in ("cousin; Pat; 2 Elm", "guarantor; Pat", "guarantor; ; x"):
        assert refusal(read_recipients, wrong, record="vehicle VH1") == ("Notice_Recipients__c", "RECIPIENTS")


@pytest.mark.spec("P19")
def test_a_notice_says_what_the_law_wants_it_to_say_and_a_template_can_do_nothing_else(tmp_path: Path) -> None:
    sender = Sender("Example Truck Finance", "9 Bank Plaza, Tulsa OK")
    text = worded(NOTICE, DEBTOR, sender, earliest=date(2026, 2, 20), template=DEFAULT_TEMPLATE)
    for part in (DEBTOR.name, sender.name, NOTICE.vin, "private sale some time after 2026-02-19", "no charge"):
        assert part in text

    for wrong in ("{{ nobody }}", "{{ ''.__class__.__mro__ }}", "{% if %}"):
        with pytest.raises(ConfigError, match="cannot be filled in"):
            worded(NOTICE, DEBTOR, sender, earliest=TODAY, template=wrong)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_template(tmp_path / "none.txt")


@pytest.mark.spec("P23")
def test_a_review_takes_approved_costs_by_kind_and_ends_only_as_its_figures_do() -> None:
    def kept(number: str, kind: Any, amount: str, status: Any = "Approved") -> KeptWorkOrder:
        decision = None if status == "Open" else Decision(status, "avery", NOW)
        return KeptWorkOrder(replace(ORDER, number=number, kind=kind, amount=Decimal(amount)), NOW, decision)

    sold = Sold("SALE-1", "VH1", TODAY, Decimal("30000.00"), Decimal("41000.00"))
    orders = [
        kept("1", "Repair", "3000.00"), kept("2", "Agent", "450.00"), kept("3", "Repair", "99.00", "Rejected"),
        kept("4", "Repair", "50.00"),
    ]  # fmt: skip
    entered = Entered(attorney_fees=Decimal("500.00"), refunds=Decimal("1000.00"))

    review = review_account("LW1", [sold], orders, entered)

    assert [(each.name, str(each.claimed), str(each.paid)) for each in review_lines(review)] == [
        ("Retaking: recovery agent", "450.00", "450.00"), ("Preparing: repairs", "3050.00", "3050.00"),
        ("Attorney's fees", "500.00", "500.00"), ("Payoff less refunds", "40000.00", "26000.00"),
    ]  # fmt: skip
    assert review.distribution.deficiency == Decimal("14000.00")
    assert "Deficiency: 14,000.00" in computation(review)
    check_end(review, "Write Off")
    assert refusal(check_end, review, "Pay Surplus")[1] == "WRONG_END"
    open_too = review_account("LW1", [sold], [*orders, kept("5", "Storage", "1.00", "Open")], entered)
    assert refusal(check_end, open_too, "Write Off")[1] == "OPEN_COSTS"
    assert refusal(review_account, "LW1", [], orders, entered)[1] == "NOT_SOLD"
    assert refusal(review_account, "LW1", [sold], orders, Entered(refunds=Decimal(50_000)))[0] == "Refunds__c"
