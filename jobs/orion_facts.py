"""What the rows of several data sets need: the days that they cover, and how accounts stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.orion.shape import Row
from drawbar.jobs.hub import Hub
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.delinquency import days_past_due
from drawbar.middleware.collections.records import AccountStanding
from drawbar.middleware.collections.rows import STANDING
from drawbar.middleware.collections.tables import account_standing
from drawbar.middleware.ports import Within

ACCOUNT: Final = "Lease_Account__r.LeaseWorks_Id__c"
"""The path from a child of a lease account to the account's number."""

_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a data set covers, both included, in the lender's zone; the last one is its business date."""

    first: date
    last: date

    def within(self, field: str, zone: tzinfo) -> Within:
        """Give the condition that an instant lies in the period, whose days are meant in a zone."""
        start = datetime.combine(self.first, time.min, zone).astimezone(UTC)
        end = datetime.combine(self.last + timedelta(days=1), time.min, zone).astimezone(UTC)
        return Within(field, start, end)

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


def standings(connection: Connection, accounts: Collection[str]) -> dict[str, AccountStanding]:
    """Read how accounts stand, by number; those that the hub does not know are left out."""
    found: dict[str, AccountStanding] = {}
    for chunk in in_chunks(accounts, _CHUNK):
        query = select(*STANDING.columns).where(account_standing.c.account_number.in_(chunk))
        found |= {row[0]: STANDING.value(row) for row in connection.execute(query)}
    return found


def days_late(hub: Hub, standing: AccountStanding | None, day: date) -> int | None:
    """Count the days past due on a day; none for an account that the hub does not know."""
    if standing is None:
        return None
    rules = hub.collections.rules_for(standing.portfolio)
    return days_past_due(standing.past_due_since, day, rules.day_count) if standing.serviced else 0


def of_account(period: Period, account: str, standing: AccountStanding | None) -> Row:
    """Give the columns that tell of which business date and account a row is."""
    return {
        "business_date": period.last, "account_number": account,
        "lessee_number": standing.lessee_number if standing else "",
        "portfolio": standing.portfolio if standing else "",
    }  # fmt: skip
