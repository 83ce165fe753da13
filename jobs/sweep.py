"""Finds what people changed in Salesforce where no outbound message told it, by SystemModstamp."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.outbound_message import KIND
from drawbar.connectors.salesforce.settings import SYSTEM
from drawbar.jobs.edit_sight import Sight, sight
from drawbar.jobs.edits import edit_rules
from drawbar.jobs.inbox import INBOX_JOB
from drawbar.jobs.polling import PollingJob, Reading
from drawbar.jobs.steps import Json, RunSteps
from drawbar.middleware.database.engine import reading
from drawbar.middleware.ports import FoundRecord
from drawbar.middleware.sync.edit_log import EditLog
from drawbar.middleware.sync.inbox import Inbox, Message, Stored
from drawbar.middleware.sync.polled import PolledFeed, PolledResult, PolledRun
from drawbar.middleware.sync.runs import Runs

OVERLAP: Final = timedelta(minutes=10)
"""What changed so long before the last record that was read is read again: a transaction of Salesforce shows its
records when it ends, and their SystemModstamp is from before that."""

FIRST_LOOK: Final = timedelta(days=1)
"""How far the first sweep looks back: as long as Salesforce keeps an outbound message."""


@dataclass(frozen=True, slots=True)
class EditsJob(PollingJob):
    """Sweeps each object that a rule looks at; a run of `inbox` handles what was found."""

    def readings(self, now: datetime) -> Sequence[Reading]:
        del now  # every reading has the time of its run
        rules = edit_rules(self.hub)
        objects = dict.fromkeys(rule.object for rule in rules)
        return [Reading(name, Sweep(self, sight(name, rules)).take) for name in objects]

    def hand_on(self, steps: RunSteps) -> Json:
        """Let what was found be handled, unless nothing waits."""
        run_id = steps.guarded("see what follows", lambda: self._follow(steps))
        if run_id:
            steps.context.submit(run_id, INBOX_JOB, {})
        return {"follows": run_id}

    def _follow(self, steps: RunSteps) -> str:
        with reading(self.hub.engine) as connection:
            if not Inbox(connection).is_any_due(self.hub.clock()):
                return ""
        run_id = f"{INBOX_JOB}-after-{steps.context.run_id}"
        with self.hub.engine.begin() as connection:
            Runs(connection).queue(run_id, INBOX_JOB, {}, by=steps.context.run_id, now=self.hub.clock())
        return run_id


@dataclass(frozen=True, slots=True)
class Sweep:
    """The sweep of one object: what changed since the last one, an overlap before that, deleted records too."""

    job: EditsJob
    sight: Sight

    def take(self, run: PolledRun) -> PolledResult:
        """Put what is news to the rules into the inbox, under a name that a second sweep would give it too."""
        feed = f"{SYSTEM}.edits.{self.sight.object}"
        former = run.cursor(feed)
        run.commit()  # no transaction stays open while Salesforce is waited for
        last = datetime.fromisoformat(former) if former else None
        since = run.now - FIRST_LOOK if last is None else last - OVERLAP
        newest, found = [last or since], 0

        def absorb(connection: Connection, records: Sequence[FoundRecord]) -> None:
            nonlocal found
            found += self._store(connection, records, run.now)
            newest.extend(record.modified_at for record in records[-1:])

        polled: PolledFeed[FoundRecord] = PolledFeed(
            name=feed, concerns=self.sight.object, key_of=lambda record: record.key or record.id,
            to_targets=lambda _record, _now: (), own=frozenset(), absorb=absorb,
        )  # fmt: skip
        records = self.job.hub.changes().changed_since(self.sight.object, self.sight.fields, since)
        source = f"Salesforce since {since:%Y-%m-%d %H:%M} UTC"
        result = run.take(polled, records, source=source, cursor=lambda: max(newest).isoformat())
        result.changed, result.unchanged = found, result.read - found
        return result

    def _store(self, connection: Connection, records: Sequence[FoundRecord], now: datetime) -> int:
        seen = EditLog(connection).seen(self.sight.object, [each.id for each in records])
        own = self.job.hub.changes().own_user()
        news = [each for each in records if self.sight.of(each) and self.sight.is_news(each, seen.get(each.id), own)]
        stored = Inbox(connection).store([_message(each, self.sight.digest(each)) for each in news], now)
        return sum(1 for each in stored if isinstance(each, Stored) and not each.duplicate)


def _message(record: FoundRecord, digest: str) -> Message:
    """Give the message that an outbound message of the same change would be; a second edit in one second is another."""
    body = json.dumps({"object": record.object, "id": record.id}).encode()
    name = f"swept {record.object} {record.id} {record.modified_at:%Y%m%dT%H%M%S} {digest[:12]}"
    return Message(SYSTEM, name, KIND, body)
