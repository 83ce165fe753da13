"""Who gets what of the proceeds of a repossessed vehicle, in the order of the law; pure (P23).

Source: Uniform Commercial Code 9-615(a) and (d), as enacted alike in the states (read 2026-11): first the reasonable
expenses of retaking, holding, preparing and disposing of the collateral, and attorney's fees where the agreement has
them; then the debt; then subordinate liens whose holders demanded it in time; what is left is the debtor's. The
debtor owes what expenses, fees and debt come to beyond the proceeds; a junior lienholder's loss is no debt to us.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, get_args

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.units import whole_cents

Rank = Literal["expenses", "attorney fees", "debt", "junior liens"]
RANKS: Final[tuple[Rank, ...]] = get_args(Rank)
"""The order in which claims are paid: one rank gets nothing before the one in front of it is paid in full."""

_OURS: Final = frozenset({"expenses", "attorney fees", "debt"})
NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is to be paid out of the proceeds; `amount` in US dollars, nothing or more."""

    rank: Rank
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What a claim gets."""

    claim: Claim
    paid: Decimal

    @property
    def unpaid(self) -> Decimal:
        return self.claim.amount - self.paid


@dataclass(frozen=True, slots=True)
class Distribution:
    """The proceeds as they are shared out; shares and surplus together are the proceeds, to the cent."""

    proceeds: Decimal
    shares: tuple[Share, ...]
    surplus: Decimal

    @property
    def deficiency(self) -> Decimal:
        """What the debtor still owes: all that is unpaid but junior liens."""
        return sum((each.unpaid for each in self.shares if each.claim.rank in _OURS), NOTHING)

    def claimed(self, rank: Rank) -> Decimal:
        """Sum up what was claimed in a rank."""
        return sum((each.claim.amount for each in self.shares if each.claim.rank == rank), NOTHING)

    def paid(self, rank: Rank) -> Decimal:
        """Sum up what a rank gets."""
        return sum((each.paid for each in self.shares if each.claim.rank == rank), NOTHING)

    def unpaid(self, rank: Rank) -> Decimal:
        """Sum up what a rank goes without."""
        return self.claimed(rank) - self.paid(rank)


def distribute(proceeds: Decimal, claims: Iterable[Claim], *, record: str = "") -> Distribution:
    """Share proceeds out, in whole cents; claims of one rank are paid in the order in which they are given.

    Raises RecordRejected for an amount below zero, or with a fraction of a cent.
    """
    left = _amount(proceeds, "proceeds", record)
    shares: list[Share] = []
    for claim in sorted(claims, key=lambda each: RANKS.index(each.rank)):
        amount = _amount(claim.amount, claim.name, record)
        paid = min(amount, left)
        left -= paid
        shares.append(Share(Claim(claim.rank, claim.name, amount), paid))
    return Distribution(whole_cents(proceeds), tuple(shares), left)


def _amount(amount: Decimal, name: str, record: str) -> Decimal:
    try:
        cents = whole_cents(amount)
    except ValueError as error:
        raise _wrong(name, str(error), record) from None
    if cents < 0:
        raise _wrong(name, f"is {cents}, below zero", record)
    return cents


def _wrong(name: str, message: str, record: str) -> RecordRejected:
    return RecordRejected(
        f"{name} {message}", record=record, field=name, remedy="Correct the amount where it comes from.", code="AMOUNT"
    )
