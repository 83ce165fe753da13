"""The general ledger's summary of a day: every event is a debit and a credit of the same amount."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from drawbar.sandbox.leaseworks.contracts import COMPANIES, PORTFOLIOS
from drawbar.sandbox.leaseworks.days import batch_stamp
from drawbar.sandbox.leaseworks.dice import Longs
from drawbar.sandbox.leaseworks.layout import GL_SUMMARY, Table, Value


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of posting: the account debited, the account credited, and what both lines say."""

    debit: str
    credit: str
    description: str


FUNDED = Event("1200", "2100", "Leases boarded, equipment funded")
INTEREST_BOOKED = Event("1200", "1290", "Leases boarded, unearned income")
RECEIVED = Event("1010", "1200", "Lease payments received")
FEES_RECEIVED = Event("1010", "1210", "Late fees received")
RETURNED = Event("1200", "1010", "Payments returned")
FEES_RETURNED = Event("1210", "1010", "Late fees returned")
FEES_CHARGED = Event("1210", "4210", "Late and NSF fees assessed")
FEES_WAIVED = Event("4210", "1210", "Late fees waived")
REBATED = Event("1290", "1200", "Unearned income rebated on payoff")
CHARGED_OFF = Event("5900", "1200", "Leases charged off")


@dataclass(slots=True)
class Ledger:
    """The postings of one day: cents per event and portfolio."""

    totals: dict[Event, Longs] = field(default_factory=dict)

    def post(self, event: Event, portfolio: Longs, amount: Longs) -> None:
        """Add amounts in cents, each to its portfolio."""
        total = self.totals.setdefault(event, np.zeros(len(PORTFOLIOS), dtype=np.int64))
        np.add.at(total, portfolio, amount)

    def table(self, today: int) -> Table:
        """Give two lines per event and portfolio that had any."""
        lines = [
            (portfolio, event, amount)
            for event, totals in self.totals.items()
            for portfolio, amount in enumerate(totals.tolist())
            if amount
        ]
        rows: list[tuple[Value, ...]] = []
        for portfolio, event, amount in lines:
            for account, debit, credit in ((event.debit, amount, 0), (event.credit, 0, amount)):
                number = f"GL{date.fromordinal(today):%Y%m%d}-{len(rows) + 1:04d}"
                place = (COMPANIES[portfolio], PORTFOLIOS[portfolio], account, event.description)
                rows.append((number, today, *place, debit, credit, _stamp(today)))
        columns = tuple(zip(*rows, strict=True)) if rows else tuple(() for _ in GL_SUMMARY.columns)
        return Table(GL_SUMMARY, columns)


def _stamp(today: int) -> int:
    return int(batch_stamp(np.array([today], dtype=np.int64))[0])
