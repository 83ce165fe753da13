"""Units that live in types: money, days, miles, instants."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import AfterValidator

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Round an amount in US dollars to whole cents, half to even."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def whole_cents(amount: Decimal) -> Decimal:
    """Give the amount with two decimals; raise ValueError when it has a fraction of a cent or is not a number."""
    if amount.same_quantum(CENT):  # already in cents: six times faster than what follows
        return amount
    if not amount.is_finite():
        message = "is not an amount of money"
        raise ValueError(message)
    cents = to_cents(amount)
    if cents != amount:
        message = "has a fraction of a cent"
        raise ValueError(message)
    return cents


def in_utc(instant: datetime) -> datetime:
    """Give the same instant in UTC; raise ValueError when it carries no zone."""
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        message = "has no time zone"
        raise ValueError(message)
    return instant.astimezone(UTC)


Usd = Annotated[Decimal, AfterValidator(whole_cents)]
"""US dollars, a Decimal of whole cents; never a float."""

Days = int
"""Whole calendar days."""

Miles = int
"""Whole statute miles."""

UtcDatetime = Annotated[datetime, AfterValidator(in_utc)]
"""An aware instant, in UTC."""
