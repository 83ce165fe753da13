"""Posts to QuickBooks: entries of the accounting rules are queued once and delivered once (P21, P24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.records import GlPosting
from drawbar.connectors.quickbooks_online.records import ORDER
from drawbar.jobs.auction_postings import AuctionPostings
from drawbar.jobs.books import Books, Queued
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.middleware.accounting.gl import GlLine, GlRefusal, gl_entries
from drawbar.middleware.accounting.records import Entry
from drawbar.middleware.accounting.rules import AccountingRules, load_rules
from drawbar.middleware.engine import JobContext
from drawbar.middleware.ports import RecordTarget
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.tables import landed_row

GL_PLACE: Final = "accounting.gl_summary"
GL_OBJECT: Final = "GL Summary"


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
    books, made = Books(hub, connection, run_id, now), [each for each in found if isinstance(each, Entry)]
    wrong = books.check(made)
    entries = [each for each in made if each.key not in wrong]
    queued = books.queue(entries)
    queued.refused = [each for each in found if isinstance(each, GlRefusal)]
    queued.refused += [GlRefusal(key, error) for key, error in wrong.items()]
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
            try:
                self._deliver(steps, summary)
            finally:
                look = steps.guarded("look at auction invoices", lambda: self._look(steps))
                summary |= {"auction_invoices": look} if look else {}
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        sent = [summary["delivered"], *summary.get("delivered_further", {}).values()]
        refused = any(tally["refused"] for each in sent for tally in each["objects"].values())
        refused = refused or bool(summary.get("gl_summary", {}).get("refused"))
        steps.finish("incomplete" if refused else "succeeded", summary, "")

    def _deliver(self, steps: RunSteps, summary: Json) -> None:
        """Deliver to each company; one that cannot take everything now does not keep the others from it."""
        ends: list[RunEnded] = []
        for name in ("", *sorted(self.hub.further_books)):
            place = summary.setdefault("delivered_further", {}) if name else summary
            target = partial(self._target, name)
            try:
                place[name or "delivered"] = steps.send(f"entries to {name}" if name else "entries", target, ORDER)
            except RunEnded as end:
                ends.append(end)
        if ends:
            raise ends[0]

    def _look(self, steps: RunSteps) -> int:
        """Note what has become of transactions of auctions' invoices; says how many invoices have changed."""
        with self.hub.engine.begin() as connection:
            return AuctionPostings(self.hub, connection, steps.context.run_id, steps.now).look()

    def _target(self, name: str) -> RecordTarget:
        return self.hub.books(name).target

    def _queue(self, begin: date, steps: RunSteps) -> Json:
        today = steps.now.astimezone(self.hub.zone).date()
        run_id = steps.context.run_id
        with self.hub.engine.begin() as connection:
            return queue_gl(self.hub, connection, begin, today, run_id=run_id, now=steps.now).as_json()
