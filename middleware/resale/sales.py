"""The sale of a repossessed vehicle: what has to be so before it counts (P19, P20, P31); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, get_args

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.resale.notices import KeptNotice
from drawbar.middleware.resale.titles import KeptTitle

SaleChannel = Literal["Auction", "Dealer", "Private", "Online"]
CHANNELS: Final[tuple[SaleChannel, ...]] = get_args(SaleChannel)
SALEABLE: Final = frozenset({"REPOSSESSED", "IN STORAGE", "IN REPAIR", "INVENTORY", "REMARKETING"})
"""Dispositions of a vehicle that the lender has and has not sold."""

NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale as a person entered it; `price` and `fee` (what the buyer pays beside it) in US dollars."""

    number: str
    vehicle: str
    account: str
    vin: str
    buyer: str
    channel: SaleChannel
    price: Decimal | None
    fee: Decimal
    sold_on: date | None
    company: str = ""
    portfolio: str = ""

    @property
    def record(self) -> str:
        return f"sale {self.number}"


@dataclass(frozen=True, slots=True)
class SaleCase:
    """What is known of the vehicle when it is sold; None for what it has not.

    `other` is the number of the sale by which it was sold before, `hold` why the account may not be touched, `payoff`
    what the account owes.
    """

    disposition: str
    title: KeptTitle | None
    notice: KeptNotice | None
    other: str
    hold: str
    payoff: Decimal | None


@dataclass(frozen=True, slots=True)
class KeptSale:
    """A sale that counts: accepted from whom and when, and what the account owed then."""

    sale: Sale
    payoff: Decimal
    entered_by: str
    accepted_at: datetime


def check_sale(sale: Sale, case: SaleCase, today: date) -> None:
    """Raise RecordRejected, by field, with the first reason why a sale does not count."""
    _check_entered(sale, today)
    if case.other:
        raise _refused(sale, f"the vehicle was sold by {case.other}", "Vehicle__c", "Delete this sale.", "SOLD")
    if case.disposition not in SALEABLE:
        raise _refused(
            sale, f"the vehicle is {case.disposition or 'without disposition'}", "Vehicle__c",
            f"It has to be one of {', '.join(sorted(SALEABLE))}.", "NOT_OURS_TO_SELL",
        )  # fmt: skip
    if case.hold:
        raise _refused(sale, f"the account is on hold: {case.hold}", "Vehicle__c", "Wait until it ends.", "HOLD")
    if case.title is None or not case.title.clear:
        status = case.title.title.status if case.title else ""
        raise _refused(
            sale, f"the title is {status or 'not requested'}, not clear", "Vehicle__c",
            "Bring the title to Clear on the vehicle, then submit again.", "TITLE_NOT_CLEAR",
        )  # fmt: skip
    _check_notice(sale, case.notice)
    if case.payoff is None:
        raise _refused(
            sale, f"LeaseWorks quotes no payoff for account {sale.account}", "Vehicle__c",
            "Have LeaseWorks quote it, then submit again.", "NO_PAYOFF",
        )  # fmt: skip


def _check_entered(sale: Sale, today: date) -> None:
    missing = [
        (field, word)
        for field, word, value in (
            ("Vehicle__c", "vehicle", sale.vehicle), ("Buyer__c", "buyer", sale.buyer),
            ("Price__c", "price", sale.price), ("Sale_Date__c", "day of the sale", sale.sold_on),
        )
        if not value
    ]  # fmt: skip
    if missing:
        raise _refused(sale, f"has no {missing[0][1]}", missing[0][0], "Enter it, then submit again.", "INCOMPLETE")
    for field, amount in (("Price__c", sale.price or NOTHING), ("Fee__c", sale.fee)):
        if amount < 0:
            raise _refused(sale, f"{amount} is below zero", field, "Enter what the buyer pays.", "AMOUNT")
    if sale.sold_on is not None and sale.sold_on > today:
        raise _refused(sale, f"{sale.sold_on} is still to come", "Sale_Date__c", "Submit it on that day.", "FUTURE")


def _check_notice(sale: Sale, notice: KeptNotice | None) -> None:
    if notice is None or notice.sent_on is None:
        raise _refused(
            sale, "no notice of disposition was sent", "Vehicle__c",
            "Make it with drawbar resale notices make, send it, and note the day.", "NO_NOTICE",
        )  # fmt: skip
    if sale.sold_on is not None and sale.sold_on < notice.earliest_sale_on:
        raise _refused(
            sale, f"the notice of {notice.sent_on} lets it be sold from {notice.earliest_sale_on} on", "Sale_Date__c",
            "Wait until that day.", "NOTICE_PERIOD",
        )  # fmt: skip


def _refused(sale: Sale, message: str, field: str, remedy: str, code: str) -> RecordRejected:
    return RecordRejected(message, record=sale.record, field=field, remedy=remedy, code=code)
