"""What a vehicle brought, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.middleware.auctions.proceeds import Expense, Proceeds, Refund, check_refund
from drawbar.middleware.errors import RecordRejected
from tests.middleware.auctions.samples import cents

KINDS = ("EXTENDED WARRANTY", "INSURANCE")


def refund(amount: Decimal = Decimal("120.00")) -> Refund:
    return Refund(
        number="REF-1", vehicle="VH1", kind="INSURANCE", amount=amount, entered_by="casey",
        at=datetime(2026, 3, 20, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.spec("R14")
@given(gross=cents, expenses=st.lists(cents), refunds=st.lists(cents), balance=st.one_of(cents, st.just(Decimal(0))))
def test_what_comes_in_goes_out_to_the_cent_and_no_balance_gives_no_percentage(
    gross: Decimal, expenses: list[Decimal], refunds: list[Decimal], balance: Decimal
) -> None:
    found = Proceeds(
        gross, tuple(Expense("S", each) for each in expenses), tuple(map(refund, refunds)), balance
    )  # fmt: skip

    assert found.net + sum(expenses) + sum(refunds) == gross
    assert found.gain + balance == found.net
    assert (found.recovery is None) == (balance == 0)
    if found.recovery is not None:
        assert abs(found.recovery - found.gain / balance * 100) <= Decimal("0.005")


@pytest.mark.spec("R14", "R15")
def test_the_figures_of_one_truck() -> None:
    found = Proceeds(
        Decimal("30000.00"), (Expense("TRANSPORT", Decimal("400.00")),), (refund(),), Decimal("41000.00")
    )  # fmt: skip

    assert (found.expense, found.refunded, found.net) == (Decimal("400.00"), Decimal("120.00"), Decimal("29480.00"))
    assert (found.gain, found.recovery) == (Decimal("-11520.00"), Decimal("-28.10"))


@pytest.mark.spec("R15")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"vehicle": ""}, "Vehicle__c"),
        ({"kind": "GIFT"}, "Type__c"),
        ({"amount": Decimal(0)}, "Amount__c"),
        ({"amount": Decimal("0.001")}, "Amount__c"),
    ],
)
def test_a_refund_that_cannot_be_recorded_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    check_refund(refund(), KINDS)
    with pytest.raises(RecordRejected) as refused:
        check_refund(replace(refund(), **changes), KINDS)  # type: ignore[arg-type]
    assert refused.value.field == field
