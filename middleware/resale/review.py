"""The final review of an account whose vehicles were sold: what it cost, brought, and leaves (P23); pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, get_args

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.resale.proceeds import NOTHING, Claim, Distribution, distribute
from drawbar.middleware.resale.work_orders import KINDS, KeptWorkOrder

ReviewEnd = Literal["Write Off", "Collect", "Pay Surplus", "Close"]
ENDS: Final[tuple[ReviewEnd, ...]] = get_args(ReviewEnd)
COST_NAMES: Final = {
    "Agent": "Retaking: recovery agent", "Transport": "Transport", "Storage": "Holding: storage",
    "Repair": "Preparing: repairs", "Auction": "Selling: auction",
}  # fmt: skip
"""What work orders of each kind are among the expenses that the law names."""


@dataclass(frozen=True, slots=True)
class Sold:
    """A vehicle of the account that was sold: what it brought, and what the account owed when it was."""

    sale: str
    vehicle: str
    sold_on: date
    price: Decimal
    payoff: Decimal


@dataclass(frozen=True, slots=True)
class Entered:
    """What people enter: attorney's fees that the lease provides for, junior liens that were demanded, and refunds.

    `refunds` are premiums and the like that came back and lower the debt.
    """

    attorney_fees: Decimal = NOTHING
    junior_liens: Decimal = NOTHING
    refunds: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class AccountReview:
    """The whole computation for an account; `open_orders` are work orders whose cost is not settled yet."""

    account: str
    sales: tuple[Sold, ...]
    entered: Entered
    distribution: Distribution
    open_orders: tuple[str, ...]

    @property
    def payoff(self) -> Decimal:
        """What the account owed before the first sale."""
        return self.sales[0].payoff

    @property
    def ends(self) -> tuple[ReviewEnd, ...]:
        """How this review may end."""
        if self.distribution.deficiency:
            return ("Write Off", "Collect")
        return ("Pay Surplus",) if self.distribution.surplus else ("Close",)


@dataclass(frozen=True, slots=True)
class SignOff:
    """How a review ended: by user name, and when."""

    end: ReviewEnd
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MadeOf:
    """The numbers of the sales and work orders that a review was signed off with: later ones do not change it.

    Times would not tell: what people decide counts from Salesforce's clock, and may be heard after the sign-off.
    """

    sales: frozenset[str]
    orders: frozenset[str]


def review_account(
    account: str, sales: Sequence[Sold], orders: Sequence[KeptWorkOrder], entered: Entered
) -> AccountReview:
    """Work out what the sales of an account's vehicles leave.

    Expenses are the approved work orders by kind, in the order of the law's words; the debt is the payoff before the
    first sale less refunds. Raises RecordRejected when nothing was sold, or refunds exceed the payoff.
    """
    record = f"account {account}"
    if not sales:
        raise RecordRejected(
            "no vehicle of it has been sold through Drawbar", record=record, code="NOT_SOLD",
            remedy="Enter the sale in Salesforce and submit it.",
        )  # fmt: skip
    in_order = tuple(sorted(sales, key=lambda each: (each.sold_on, each.sale)))
    debt = in_order[0].payoff - entered.refunds
    if debt < 0:
        raise RecordRejected(
            f"refunds of {entered.refunds} exceed the payoff of {in_order[0].payoff}", record=record,
            field="Refunds__c", remedy="Correct the refunds on the account review.", code="AMOUNT",
        )  # fmt: skip
    claims = [
        *_costs(orders), Claim("attorney fees", "Attorney's fees", entered.attorney_fees),
        Claim("debt", "Payoff less refunds", debt), Claim("junior liens", "Junior liens", entered.junior_liens),
    ]  # fmt: skip
    proceeds = sum((each.price for each in sales), NOTHING)
    waiting = tuple(each.order.number for each in orders if each.status == "Open")
    return AccountReview(account, in_order, entered, distribute(proceeds, claims, record=record), waiting)


def _costs(orders: Sequence[KeptWorkOrder]) -> Iterator[Claim]:
    for kind in sorted(KINDS, key=list(COST_NAMES).index):
        approved = [
            each.order.amount or NOTHING for each in orders if each.order.kind == kind and each.status == "Approved"
        ]
        if approved:
            yield Claim("expenses", COST_NAMES[kind], sum(approved, NOTHING))


def check_end(review: AccountReview, end: ReviewEnd) -> None:
    """Raise RecordRejected when a review may not end so, or not yet."""
    record = f"account {review.account}"
    if review.open_orders:
        raise RecordRejected(
            f"work orders are still open: {', '.join(review.open_orders)}", record=record, code="OPEN_COSTS",
            remedy="Approve or reject them first.",
        )  # fmt: skip
    if end not in review.ends:
        left = f"deficiency {review.distribution.deficiency}, surplus {review.distribution.surplus}"
        raise RecordRejected(
            f"the review leaves {left}, so it does not end with {end}", record=record, field="Decision__c",
            remedy=f"Choose {' or '.join(review.ends)}.", code="WRONG_END",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line of the computation as people read it: what was claimed, what of it is paid, what is not."""

    name: str
    claimed: Decimal
    paid: Decimal

    @property
    def unpaid(self) -> Decimal:
        return self.claimed - self.paid


def review_lines(review: AccountReview) -> tuple[ReviewLine, ...]:
    """Give the claims in the order in which they are paid; those of nothing are left out."""
    return tuple(
        ReviewLine(each.claim.name, each.claim.amount, each.paid)
        for each in review.distribution.shares
        if each.claim.amount
    )


def computation(review: AccountReview) -> str:
    """Write the whole computation as text, to the cent."""
    shared = review.distribution
    sales = [f"{each.sold_on}  {each.vehicle} by {each.sale}: {each.price:,}" for each in review.sales]
    lines = [f"{each.name}: {each.claimed:,}, paid {each.paid:,}" for each in review_lines(review)]
    refunds = [f"Refunds, which lower the debt: {review.entered.refunds:,}"] if review.entered.refunds else []
    return "\n".join(
        [
            *sales, f"Proceeds: {shared.proceeds:,}", f"Payoff before the first sale: {review.payoff:,}", *refunds,
            "Paid out of the proceeds, in the order of the law:", *lines,
            f"Deficiency: {shared.deficiency:,}", f"Surplus: {shared.surplus:,}",
        ]
    )  # fmt: skip
