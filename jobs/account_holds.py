"""Holds as everything asks them that would do something to an account: what people set, and how the account stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.records import AccountStatus
from drawbar.jobs.hub import Hub
from drawbar.middleware.collections.records import CaseStatus
from drawbar.middleware.collections.tables import account_standing, delinquency_case
from drawbar.middleware.repossession.holds import HoldAction, Holds

_SETTLED: Final = frozenset({AccountStatus.PAID_OFF.value, AccountStatus.TERMINATED.value})
"""Ways to leave the book after which nothing is owed; a charged-off truck is still to be found."""


@dataclass(frozen=True, slots=True)
class AccountStands:
    """Says whether an account gives no occasion for an action: nobody knows it, it has left, nothing is overdue."""

    connection: Connection

    def reason(self, account: str, action: HoldAction) -> str:
        if action is HoldAction.MESSAGE:
            return ""
        statement = select(account_standing).where(account_standing.c.account_number == account)
        standing = self.connection.execute(statement).first() if account else None
        if standing is None:
            return "the hub knows no account that the truck is leased on"
        if not standing.serviced:
            gone = action is HoldAction.STARTER or standing.left_as in _SETTLED
            return f"the account has left the book ({standing.left_as or 'gone from LeaseWorks'})" if gone else ""
        return "" if self._has_open_case(account) else "the account is not delinquent"

    def _has_open_case(self, account: str) -> bool:
        statement = select(delinquency_case.c.sequence).where(
            delinquency_case.c.account_number == account, delinquency_case.c.status == CaseStatus.OPEN
        )
        return self.connection.execute(statement).first() is not None


def account_holds(hub: Hub, connection: Connection) -> Holds:
    """Give the holds, inside the caller's transaction."""
    return Holds(connection, AccountStands(connection).reason, hub.zone)


@dataclass(frozen=True, slots=True)
class StarterHolds:
    """Implements `HoldPolicy` of starter commands: whatever holds the account, at the hub's time."""

    hub: Hub
    connection: Connection
    now: datetime

    def reason(self, account_number: str) -> str:
        """Give every reason why a truck of the account must not be kept from starting, "" when there is none."""
        holds = account_holds(self.hub, self.connection)
        return "; ".join(holds.reasons(account_number, HoldAction.STARTER, self.now))


@dataclass(frozen=True, slots=True)
class SaleHolds:
    """Implements `HoldPolicy` of sales: whatever holds the account, at the hub's time."""

    hub: Hub
    connection: Connection
    now: datetime

    def reason(self, account_number: str) -> str:
        """Give every reason why a truck of the account must not be sold, "" when there is none."""
        holds = account_holds(self.hub, self.connection)
        return "; ".join(holds.reasons(account_number, HoldAction.SALE, self.now))
