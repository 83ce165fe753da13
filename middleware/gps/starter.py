"""Starter commands: asked for by one person, approved by another, each kept and audited (P10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Row, insert, select, update

from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import ConfigError, NotThere, StopRun
from drawbar.middleware.gps.device_tables import starter_request
from drawbar.middleware.gps.devices import GpsDevices
from drawbar.middleware.gps.holds import HoldPolicy

StarterAction = Literal["disable", "enable"]
"""`disable` keeps the truck from starting, `enable` lets it start again."""

StarterState = Literal["waiting", "sending", "done", "failed", "expired"]
"""`sending` that lasts: the process ended before PassTime's answer was kept; whether it was done is not known."""


class StarterRefused(StopRun):
    """A starter command must not be sent."""


@dataclass(frozen=True, slots=True)
class StarterRequest:
    """A starter command, and what became of it."""

    id: int
    serial: str
    vin: str
    account: str
    action: StarterAction
    reason: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    state: StarterState
    decided_by: str
    decided_at: datetime | None
    outcome: str

    def state_at(self, now: datetime) -> StarterState:
        """Give the state, `expired` once nobody has approved in time."""
        return "expired" if self.state == "waiting" and now >= self.expires_at else self.state


@dataclass(frozen=True, slots=True)
class StarterDesk:
    """Takes requests and approvals, inside the caller's transaction.

    `allowed` is the setting that is off by default. Keeping a truck from starting is refused under any hold, when it
    is asked for and again when it is approved; letting it start never is.
    """

    connection: Connection
    holds: HoldPolicy
    allowed: bool

    def request(
        self, serial: str, action: StarterAction, reason: str, *, by: str, now: datetime, good_for: timedelta
    ) -> StarterRequest:
        """Ask for a command; raises ConfigError, NotThere or StarterRefused."""
        self._require_allowed()
        known = GpsDevices(self.connection).find("PassTime", serial)
        if known is None:
            raise NotThere(f"the hub knows no PassTime device {serial}", remedy="Map it: drawbar passtime map FILE")
        self._refuse_hold(action, known.device.account, serial)
        values = {
            "serial": serial, "vin": known.device.vin, "account_number": known.device.account, "action": action,
            "reason": reason, "requested_by": by, "requested_at": now, "expires_at": now + good_for, "state": "waiting",
        }  # fmt: skip
        number = self.connection.execute(insert(starter_request).values(values).returning(starter_request.c.id))
        made = self.get(int(number.scalar_one()))
        self._note("starter requested", made, by, reason, now)
        return made

    def approve(self, number: int, *, by: str, now: datetime) -> StarterRequest:
        """Approve a request, which is then to be sent at once; raises NotThere or StarterRefused.

        Of two people who approve at the same time one is refused.
        """
        self._require_allowed()
        found = self.get(number)
        self._refuse_approval(found, by, now)
        self._refuse_hold(found.action, found.account, found.serial)
        statement = update(starter_request).where(starter_request.c.id == number, starter_request.c.state == "waiting")
        taken = self.connection.execute(statement.values(state="sending", decided_by=by, decided_at=now))
        if taken.rowcount != 1:
            raise StarterRefused(
                f"request {number} is not waiting any more", remedy="See: drawbar passtime starter list"
            )
        self._note("starter approved", found, by, found.reason, now)
        return self.get(number)

    def settle(self, number: int, state: Literal["done", "failed"], outcome: str, *, by: str, now: datetime) -> None:
        """Keep what became of a command that was sent."""
        statement = update(starter_request).where(starter_request.c.id == number)
        self.connection.execute(statement.values(state=state, outcome=outcome))
        self._note(f"starter {state}", self.get(number), by, outcome, now)

    def get(self, number: int) -> StarterRequest:
        """Give a request; raises NotThere."""
        row = self.connection.execute(select(starter_request).where(starter_request.c.id == number)).first()
        if row is None:
            raise NotThere(f"there is no starter request {number}", remedy="See: drawbar passtime starter list")
        return _request(row)

    def listed(self, limit: int) -> list[StarterRequest]:
        """Give the latest requests, newest first."""
        statement = select(starter_request).order_by(starter_request.c.id.desc()).limit(limit)
        return [_request(row) for row in self.connection.execute(statement)]

    def _require_allowed(self) -> None:
        if not self.allowed:
            raise ConfigError(
                "starter commands are off", remedy="Set passtime.starter_interrupt when your counsel agrees to them."
            )

    def _refuse_approval(self, found: StarterRequest, by: str, now: datetime) -> None:
        state = found.state_at(now)
        if state != "waiting":
            raise StarterRefused(f"request {found.id} is {state}", remedy="Ask for the command anew.")
        if by == found.requested_by:
            raise StarterRefused(
                f"request {found.id} was made by {by}", remedy="Another person has to approve it, logged in as himself."
            )

    def _refuse_hold(self, action: StarterAction, account: str, serial: str) -> None:
        reason = self.holds.reason(account) if action == "disable" else ""
        if reason:
            raise StarterRefused(
                f"the truck must not be kept from starting: {reason}",
                record=f"device {serial}, account {account or 'unknown'}",
                remedy="Nothing is sent while that is so.",
            )

    def _note(self, action: str, request: StarterRequest, by: str, reason: str, now: datetime) -> None:
        detail = {"request": request.id, "action": request.action, "account": request.account, "reason": reason}
        Audit(self.connection).note(
            actor=by, action=action, subject=f"PassTime device {request.serial}", detail=detail, now=now
        )


def _request(row: Row[tuple[object, ...]]) -> StarterRequest:
    return StarterRequest(
        row.id, row.serial, row.vin, row.account_number, row.action, row.reason, row.requested_by, row.requested_at,
        row.expires_at, row.state, row.decided_by, row.decided_at, row.outcome,
    )  # fmt: skip
