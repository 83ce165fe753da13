"""Starter commands of PassTime: under no hold, and sent once two people agreed on them (P10, P31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from drawbar.jobs.account_holds import StarterHolds
from drawbar.jobs.gps_hand import passtime_of
from drawbar.jobs.hub import Hub
from drawbar.middleware.errors import DrawbarError, RetryLater
from drawbar.middleware.gps.starter import StarterAction, StarterDesk, StarterRequest


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
            made = self._desk(connection, now).request(
                serial, action, reason, by=self.actor, now=now, good_for=good_for
            )
            connection.rollback() if dry_run else connection.commit()
        return made

    def approve(self, number: int, now: datetime, *, dry_run: bool) -> StarterRequest:
        """Approve a request and send it, once; or see whether it could be approved.

        The approval is committed before PassTime is called, so that a command is never sent twice. A call whose
        outcome is not known leaves the request as `sending`, for a person to look at the truck.
        """
        with self.hub.engine.connect() as connection:
            approved = self._desk(connection, now).approve(number, by=self.actor, now=now)
            connection.rollback() if dry_run else connection.commit()
        if not dry_run:
            self._send(approved, now)
        with self.hub.engine.connect() as connection:
            return self._desk(connection, now).get(number)

    def listed(self, limit: int) -> list[StarterRequest]:
        with self.hub.engine.connect() as connection:
            return self._desk(connection, self.hub.clock()).listed(limit)

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
            self._desk(connection, now).settle(number, "done" if done else "failed", outcome, by=self.actor, now=now)

    def _desk(self, connection: Connection, now: datetime) -> StarterDesk:
        holds = StarterHolds(self.hub, connection, now)
        return StarterDesk(connection, holds, passtime_of(self.hub).settings.starter_interrupt)
