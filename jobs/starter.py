"""Starter commands of PassTime: what the hub knows of holds, and the sending of what two people agreed on (P10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from drawbar.jobs.gps_hand import passtime_of
from drawbar.jobs.hub import Hub
from drawbar.middleware.collections.records import CaseStatus
from drawbar.middleware.collections.tables import account_standing, delinquency_case
from drawbar.middleware.errors import DrawbarError, RetryLater
from drawbar.middleware.gps.starter import StarterAction, StarterDesk, StarterRequest


@dataclass(frozen=True, slots=True)
class KnownHolds:
    """Implements `HoldPolicy` with what the hub knows today: how LeaseWorks says that an account stands.

    Bankruptcy, SCRA, cure letters and cease-contact are in no source that the hub reads yet; people have to look.
    """

    connection: Connection

    def reason(self, account_number: str) -> str:
        """Give why nothing may be done to a truck of the account: nobody knows it, it has left, it is not late."""
        statement = select(account_standing).where(account_standing.c.account_number == account_number)
        standing = self.connection.execute(statement).first() if account_number else None
        if standing is None:
            return "the hub knows no account that the truck is leased on"
        if not standing.serviced:
            return f"the account has left the book ({standing.left_as or 'gone from LeaseWorks'})"
        return "" if self._has_open_case(account_number) else "the account is not delinquent"

    def _has_open_case(self, account_number: str) -> bool:
        statement = select(delinquency_case.c.sequence).where(
            delinquency_case.c.account_number == account_number, delinquency_case.c.status == CaseStatus.OPEN
        )
        return self.connection.execute(statement).first() is not None


@dataclass(frozen=True, slots=True)
class StarterCommands:
    """What `drawbar passtime starter` does, each act in a transaction of its own."""

    hub: Hub
    actor: str

    def request(
        self, serial: str, action: StarterAction, reason: str, now: datetime, *, dry_run: bool
    ) -> StarterRequest:
        """Ask for a command, or see whether it could be asked for."""
        good_for = timedelta(hours=passtime_of(self.hub).settings.starter_approval_hours)
        with self.hub.engine.connect() as connection:
            made = self._desk(connection).request(serial, action, reason, by=self.actor, now=now, good_for=good_for)
            connection.rollback() if dry_run else connection.commit()
        return made

    def approve(self, number: int, now: datetime, *, dry_run: bool) -> StarterRequest:
        """Approve a request and send it, once; or see whether it could be approved.

        The approval is committed before PassTime is called, so that a command is never sent twice. A call whose
        outcome is not known leaves the request as `sending`, for a person to look at the truck.
        """
        with self.hub.engine.connect() as connection:
            approved = self._desk(connection).approve(number, by=self.actor, now=now)
            connection.rollback() if dry_run else connection.commit()
        if not dry_run:
            self._send(approved, now)
        with self.hub.engine.connect() as connection:
            return self._desk(connection).get(number)

    def listed(self, limit: int) -> list[StarterRequest]:
        with self.hub.engine.connect() as connection:
            return self._desk(connection).listed(limit)

    def _send(self, request: StarterRequest, now: datetime) -> None:
        try:
            passtime_of(self.hub).client.set_starter(request.serial, enabled=request.action == "enable")
        except RetryLater:
            raise  # PassTime may have done it: the request stays as `sending`
        except DrawbarError as error:
            self._settle(request.id, done=False, outcome=error.message, now=now)
            raise
        self._settle(request.id, done=True, outcome="PassTime confirms", now=now)

    def _settle(self, number: int, *, done: bool, outcome: str, now: datetime) -> None:
        with self.hub.engine.begin() as connection:
            self._desk(connection).settle(number, "done" if done else "failed", outcome, by=self.actor, now=now)

    def _desk(self, connection: Connection) -> StarterDesk:
        return StarterDesk(connection, KnownHolds(connection), passtime_of(self.hub).settings.starter_interrupt)
