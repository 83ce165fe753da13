"""What one vehicle brought: sales, expense, refunds, net, gain or loss, and how much of the debt it paid (R14, R15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from drawbar.middleware.auctions.invoices import NOTHING
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.units import CENT, whole_cents

_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Expense:
    """What was paid for one service on the vehicle, in US dollars."""

    service: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Something that is paid back to the lessee after a sale; recorded alone: people settle it by hand (R15)."""

    number: str
    vehicle: str
    kind: str
    amount: Decimal
    entered_by: str
    at: datetime
    note: str = ""

    @property
    def record(self) -> str:
        return f"refund {self.number}"


@dataclass(frozen=True, slots=True)
class Proceeds:
    """The proceeds of one vehicle, in US dollars; `balance` is the payoff quote when the payment was posted."""

    gross: Decimal
    expenses: tuple[Expense, ...]
    refunds: tuple[Refund, ...]
    balance: Decimal

    @property
    def expense(self) -> Decimal:
        return sum((each.amount for each in self.expenses), NOTHING)

    @property
    def refunded(self) -> Decimal:
        return sum((each.amount for each in self.refunds), NOTHING)

    @property
    def net(self) -> Decimal:
        """Gross less expense and refunds; the operator is ours, its source has lost it."""
        return self.gross - (self.expense + self.refunded)

    @property
    def gain(self) -> Decimal:
        """Net proceeds less the balance; below zero it is a loss."""
        return self.net - self.balance

    @property
    def recovery(self) -> Decimal | None:
        """The gain in percent of the balance, to two decimals; None where there was no balance."""
        if self.balance == 0:
            return None
        return (self.gain / self.balance * _HUNDRED).quantize(CENT, rounding=ROUND_HALF_EVEN)


def check_refund(refund: Refund, kinds: Sequence[str]) -> None:
    """Raise RecordRejected, by field, for a refund that cannot be recorded."""
    if not refund.vehicle:
        raise _refused(refund, "names no vehicle", "Vehicle__c", "Name it.", "NO_VEHICLE")
    if refund.kind not in kinds:
        raise _refused(
            refund, f"{refund.kind or 'nothing'} is no type of refund", "Type__c",
            f"It is one of {', '.join(kinds)}; auction_invoices.refund_types lists them.", "REFUND_TYPE",
        )  # fmt: skip
    try:
        whole_cents(refund.amount)
    except ValueError as error:
        raise _refused(refund, str(error), "Amount__c", "Give US dollars and cents.", "AMOUNT") from None
    if refund.amount <= 0:
        raise _refused(refund, f"{refund.amount} is no refund", "Amount__c", "Give more than nothing.", "AMOUNT")


def _refused(refund: Refund, message: str, field: str, remedy: str, code: str) -> RecordRejected:
    return RecordRejected(message, record=refund.record, field=field, remedy=remedy, code=code)
