"""A desk with a vehicle, and the words that tests speak to it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import Connection

from drawbar.middleware.repossession.cases import RepoCase, RepoCases
from drawbar.middleware.repossession.desk import Moved, RepoDesk
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.facts import RepoFacts
from drawbar.middleware.repossession.holds import Hold, HoldAction, HoldKind, Holds
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.states import RepoEvent
from drawbar.middleware.repossession.tables import (
    account_hold,
    repo_case,
    repo_event,
    repo_order,
    repo_step,
    vehicle_value,
)
from drawbar.middleware.sync.tables import audit

TABLES = [repo_case, repo_event, repo_step, repo_order, account_hold, vehicle_value, audit]
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
ACCOUNT, TRUCK = "LW00000001", "VH00000001"
CASE = f"{TRUCK}-R001"
GOOD = RepoFacts(
    account=ACCOUNT, asset=TRUCK, lessee="LS00000001", vehicle="2022 Freightliner Cascadia", vin="1FUJGLDR5CLBP8834",
    payments_made=24, days_past_due=45, past_due=Decimal("2400.00"), market_value=Decimal("40000.00"),
)  # fmt: skip


@dataclass
class Desk:
    """A desk at which time goes on by a minute with every act; `paid` is why the account gives no occasion."""

    connection: Connection
    settings: RepossessionSettings = field(default_factory=RepossessionSettings)
    paid: str = ""
    now: datetime = NOW
    numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def holds(self) -> Holds:
        return Holds(self.connection, self._standing, UTC)

    def _standing(self, _account: str, action: HoldAction) -> str:
        return "" if action is HoldAction.MESSAGE else self.paid

    @property
    def desk(self) -> RepoDesk:
        return RepoDesk(self.holds, self.settings, self.now)

    @property
    def case(self) -> RepoCase:
        return RepoCases(self.connection).get(CASE)

    @property
    def state(self) -> str:
        return self.case.course.state.value

    def request(self, facts: RepoFacts = GOOD, *, source: str = "salesforce", event_id: str = "") -> Moved:
        self.now += timedelta(minutes=1)
        asked = CaseEvent(source, event_id or f"r{next(self.numbers)}", RepoEvent.REQUEST, self.now, "Ann")
        return self.desk.request(facts, asked, "admin")

    def step(self, kind: RepoEvent, reason: str = "because", *, role: Role | None = "admin", **details: str) -> Moved:
        self.now += timedelta(minutes=1)
        event = CaseEvent(
            "command line", f"s{next(self.numbers)}", kind, self.now, "Ann", reason, details=details,
            order=self.case.next_order if kind is RepoEvent.ORDER else "",
        )  # fmt: skip
        return self.desk.step(CASE, event, role)

    def ordered(self, order_type: str = "IRP") -> str:
        """Request, approve and order; gives the order's number."""
        self.request()
        self.step(RepoEvent.APPROVE)
        return self.order(order_type)

    def order(self, order_type: str = "IRP") -> str:
        return self.step(RepoEvent.ORDER, order_type=order_type, channel="rdn").case.course.order

    def hold(self, kind: HoldKind, until: date | None = None) -> Hold:
        held = Hold(self.holds.next_reference(ACCOUNT), ACCOUNT, kind, TODAY, until, "court", "Ann", self.now)
        self.holds.set(held)
        return held

    def told(self, kind: str, minutes: int, *, event_id: str = "", order: str = "", **details: str) -> Moved:
        """Let an agent tell of something that happened minutes after noon."""
        at = NOW + timedelta(hours=9, minutes=minutes)
        number = order or self.case.course.order
        return self.desk.told(AgentEvent("rdn", event_id or f"{kind} {minutes}", number, kind, at, details))
