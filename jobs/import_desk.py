"""What people see of imports to LeaseWorks, and what they may do about one that is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.leaseworks_import import IMPORT
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.handover import Handover, Handovers
from drawbar.middleware.sync.tables import dead_letter, outbox


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """Imports as people see them, inside the caller's transaction."""

    connection: Connection

    def latest(self, limit: int) -> list[Handover]:
        """Give the latest imports, newest first."""
        return Handovers(self.connection, SYSTEM).latest(limit)

    def waiting(self) -> Mapping[str, int]:
        """Count what waits for the next import, by object."""
        statement = (
            select(outbox.c.object, func.count())
            .where(outbox.c.target == SYSTEM, outbox.c.claim == "")
            .group_by(outbox.c.object)
            .order_by(outbox.c.object)
        )
        return {name: count for name, count in self.connection.execute(statement)}  # noqa: C416  (a row is no pair)

    def rejections(self, name: str) -> list[dict[str, str]]:
        """Give the rows of an import that LeaseWorks rejected, with its reasons; ended failures too."""
        columns = dead_letter.c.object, dead_letter.c.key, dead_letter.c.message, dead_letter.c.state
        mine = dead_letter.c.place == SYSTEM, dead_letter.c.source == f"import {name}"
        return [
            {"object": row.object, "key": row.key, "reason": row.message, "failure": row.state}
            for row in self.connection.execute(select(*columns).where(*mine).order_by(dead_letter.c.id))
        ]

    def resend(self, name: str, hub: Hub, *, actor: str, now: datetime) -> int:
        """Let the rows of an import that was never answered wait for the next one; gives how many those are.

        Raises NotThere for an import that is not known, RecordRejected for one that was answered.
        """
        book = Handovers(self.connection, SYSTEM)
        handed = book.get(name)
        if handed.state != "sent":
            raise RecordRejected(
                "was answered" if handed.state == "answered" else "was not sent yet", record=name,
                remedy="Only an import that was sent and not answered can be lost.",
            )  # fmt: skip
        rows = book.give_back(name, now)
        letters = DeadLetters(self.connection).open_of(IMPORT, [name])
        desk = FailureDesk(self.connection, TARGET, hub.reporter)
        desk.end(letters, "resolved", by=actor, why="sent again", run_id=f"resend {name}", now=now)
        Audit(self.connection).note(actor=actor, action="resend import", subject=name, detail={"rows": rows}, now=now)
        return rows
