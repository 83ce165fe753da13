"""Posts to QuickBooks: entries of the accounting rules are queued once and delivered once (P21, P24)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.records import GlPosting
from drawbar.connectors.quickbooks_online.records import ORDER
from drawbar.connectors.quickbooks_online.settings import SYSTEM as BOOKS
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.mappings.accounting_quickbooks import to_quickbooks
from drawbar.middleware.accounting.gl import GlLine, GlRefusal, gl_entries
from drawbar.middleware.accounting.records import Entry
from drawbar.middleware.accounting.rules import AccountingRules, load_rules
from drawbar.middleware.engine import JobContext
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.tables import landed_row

GL_PLACE: Final = "accounting.gl_summary"
GL_OBJECT: Final = "GL Summary"


@dataclass(slots=True)
class Queued:
    """What was queued for QuickBooks, in entries; an entry that stands there as it is counts as unchanged."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[GlRefusal] = field(default_factory=list)

    def as_json(self) -> Json:
        """Give the counts, and why groups were refused."""
        refused = [{"key": each.key, "reason": str(each.error)} for each in self.refused]
        return {"created": self.created, "changed": self.changed, "unchanged": self.unchanged, "refused": refused}


def queue(connection: Connection, entries: Sequence[Entry], *, run_id: str, now: datetime) -> Queued:
    """Queue entries, inside the caller's transaction; what was queued before and is the same is not queued again."""
    remembered = DerivedRecords(connection, BOOKS, {})
    conclusions = [Conclusion(to_quickbooks(each), each.event, f"{each.event} {each.key}") for each in entries]
    counted = Queued()
    for counts in remembered.conclude(conclusions, run_id=run_id, now=now).values():
        counted.created += counts.created
        counted.changed += counts.changed
        counted.unchanged += counts.unchanged
    return counted


def gl_of(connection: Connection, rules: AccountingRules, begin: date, end: date) -> list[Entry | GlRefusal]:
    """Give the entries of the general ledger summaries of business dates, from the first to the last of them."""
    return list(gl_entries(rules, [line for line in _gl_lines(connection) if begin <= line.on <= end]))


def _gl_lines(connection: Connection) -> Iterator[GlLine]:
    mine = select(landed_row.c.record).where(landed_row.c.system == SYSTEM, landed_row.c.entity == "gl_summary")
    for text in connection.execute(mine.order_by(landed_row.c.key)).scalars():
        posting = GlPosting.model_validate_json(text)
        yield GlLine(
            number=posting.posting_number, on=posting.posted_on, company=posting.company, portfolio=posting.portfolio,
            account=posting.gl_account, description=posting.description, debit=posting.debit, credit=posting.credit,
        )  # fmt: skip


def queue_gl(hub: Hub, connection: Connection, begin: date, end: date, *, run_id: str, now: datetime) -> Queued:
    """Queue the general ledger summaries of business dates; what cannot be posted becomes a failure that people see."""
    found = gl_of(connection, load_rules(hub.accounting.rules_file), begin, end)
    entries = [each for each in found if isinstance(each, Entry)]
    queued = queue(connection, entries, run_id=run_id, now=now)
    queued.refused = [each for each in found if isinstance(each, GlRefusal)]
    desk = FailureDesk(connection, TARGET, hub.reporter)
    desk.fail([_failure(each) for each in queued.refused], run_id=run_id, now=now)
    right = DeadLetters(connection).open_of(GL_OBJECT, [each.key for each in entries])
    desk.end(right, "resolved", by="drawbar", why="balanced and known now", run_id=run_id, now=now)
    return queued


def _failure(refusal: GlRefusal) -> Failure:
    error = refusal.error
    return Failure(
        kind="row", place=GL_PLACE, object=GL_OBJECT, key=refusal.key, row_number=0,
        source=f"general ledger summary {refusal.key}", code=error.code, field=error.field, message=str(error),
        remedy=error.remedy, payload="",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostingsJob:
    """Queues the general ledger summaries that are due, and delivers what waits for QuickBooks."""

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = RunSteps.begin(self.hub, context)
        summary: Json = {}
        try:
            if self.hub.accounting.gl_from is not None:
                begin = self.hub.accounting.gl_from
                summary["gl_summary"] = steps.guarded("queue general ledger", lambda: self._queue(begin, steps))
            summary["delivered"] = steps.send("entries", lambda: self.hub.books().target, ORDER)
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        refused = any(tally["refused"] for tally in summary["delivered"]["objects"].values())
        refused = refused or bool(summary.get("gl_summary", {}).get("refused"))
        steps.finish("incomplete" if refused else "succeeded", summary, "")

    def _queue(self, begin: date, steps: RunSteps) -> Json:
        today = steps.now.astimezone(self.hub.zone).date()
        run_id = steps.context.run_id
        with self.hub.engine.begin() as connection:
            return queue_gl(self.hub, connection, begin, today, run_id=run_id, now=steps.now).as_json()
