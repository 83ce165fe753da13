"""The order of the law, to the cent."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.resale.proceeds import RANKS, Claim, distribute

amounts = st.decimals("0.00", "200000.00", places=2)
claims = st.lists(st.builds(Claim, st.sampled_from(RANKS), st.just("claim"), amounts), max_size=8)
some = settings(max_examples=60, deadline=None)


@pytest.mark.spec("P23")
@some
@given(amounts, claims)
def test_what_is_paid_and_the_surplus_are_the_proceeds_to_the_cent(
    proceeds: Decimal, given_claims: list[Claim]
) -> None:
    shared = distribute(proceeds, given_claims)

    assert sum((each.paid for each in shared.shares), shared.surplus) == proceeds
    assert shared.surplus >= 0
    assert sorted(each.claim.amount for each in shared.shares) == sorted(each.amount for each in given_claims)
    assert all(0 <= each.paid <= each.claim.amount for each in shared.shares)


@pytest.mark.spec("P23")
@some
@given(amounts, claims)
def test_a_rank_gets_nothing_before_the_one_in_front_of_it_is_paid(
    proceeds: Decimal, given_claims: list[Claim]
) -> None:
    shared = distribute(proceeds, given_claims)

    for earlier, later in pairwise(RANKS):
        assert not shared.unpaid(earlier) or not shared.paid(later)
    assert not shared.surplus or not any(each.unpaid for each in shared.shares)
    assert not (shared.surplus and shared.deficiency)


@pytest.mark.spec("P23")
@some
@given(amounts, claims)
def test_the_debtor_owes_what_ours_comes_to_beyond_the_proceeds(proceeds: Decimal, given_claims: list[Claim]) -> None:
    shared = distribute(proceeds, given_claims)
    ours = sum((each.amount for each in given_claims if each.rank != "junior liens"), Decimal(0))

    assert shared.deficiency == max(ours - proceeds, Decimal(0))


@pytest.mark.spec("P23")
def test_expenses_come_first_then_fees_then_the_debt_then_junior_liens() -> None:
    shared = distribute(
        Decimal("30000.00"),
        [
            Claim("junior liens", "second lien", Decimal("5000.00")),
            Claim("debt", "payoff", Decimal("28000.00")),
            Claim("attorney fees", "counsel", Decimal("500.00")),
            Claim("expenses", "recovery agent", Decimal("400.00")),
        ],
    )

    assert [(each.claim.name, str(each.paid)) for each in shared.shares] == [
        ("recovery agent", "400.00"), ("counsel", "500.00"), ("payoff", "28000.00"), ("second lien", "1100.00"),
    ]  # fmt: skip
    assert shared.surplus == shared.deficiency == 0


@pytest.mark.parametrize("amount", ["-0.01", "1.001", "NaN"])
def test_an_amount_that_is_none_is_refused_by_name(amount: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        distribute(Decimal(100), [Claim("debt", "Payoff", Decimal(amount))], record="account LW1")

    assert (refused.value.field, refused.value.record) == ("Payoff", "account LW1")
