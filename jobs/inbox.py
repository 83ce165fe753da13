"""Handles what others have sent to the hub, and lets what comes of it be delivered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import select

from drawbar.jobs.handlers import inbox_handlers
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import JobContext
from drawbar.middleware.sync.inbox import Inbox
from drawbar.middleware.sync.inbox_handling import InboxHandling
from drawbar.middleware.sync.runs import Runs
from drawbar.middleware.sync.tables import outbox

INBOX_JOB = "inbox"
DELIVER_JOB = "deliver"


@dataclass(frozen=True, slots=True)
class InboxJob:
    """Handles every message that is due; a run of `deliver` follows when something waits because of it.

    It does not deliver itself, since it runs beside jobs that do.
    """

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = InboxSteps.begin(self.hub, context)
        summary: Json = {}
        try:
            summary["messages"] = steps.guarded("handle messages", steps.handle)
            summary["follows"] = steps.guarded("see what follows", steps.follow)
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        if summary["follows"]:
            context.submit(summary["follows"], DELIVER_JOB, {})
        steps.finish("incomplete" if summary["messages"]["failed"] else "succeeded", summary, "")


class InboxSteps(RunSteps):
    """The steps of one run, each of them safe to repeat."""

    def handle(self) -> Json:
        """Handle messages, and forget those that were handled long ago."""
        sync, hub = self.hub.sync, self.hub
        handling = InboxHandling(
            engine=hub.engine, handlers=inbox_handlers(hub), target=TARGET, reporter=hub.reporter,
            max_attempts=sync.max_attempts, run_id=self.context.run_id, clock=hub.clock,
            progress=lambda done: self.progress("handling messages", done, 0),
        )  # fmt: skip
        counts = asdict(handling.handle_due())
        with hub.engine.begin() as connection:
            Inbox(connection).forget_handled(self.now - timedelta(days=sync.keep_days))
        return counts

    def follow(self) -> str:
        """Note the run that delivers what this one has queued, and give its id; "" when there is nothing to deliver."""
        mine = select(outbox.c.id).where(outbox.c.target == TARGET, outbox.c.run_id == self.context.run_id).limit(1)
        with reading(self.hub.engine) as connection:
            if connection.execute(mine).first() is None:
                return ""
        run_id = f"{DELIVER_JOB}-after-{self.context.run_id}"
        with self.hub.engine.begin() as connection:
            Runs(connection).queue(run_id, DELIVER_JOB, {}, by=self.context.run_id, now=self.hub.clock())
        return run_id
