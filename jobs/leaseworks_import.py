"""Tells LeaseWorks what people changed in Salesforce, by import files, and takes in what it answers (P03, P05)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.leaseworks.import_answers import WHOLE, RowAnswer
from drawbar.connectors.leaseworks.import_layout import row_of
from drawbar.connectors.leaseworks.import_records import ImportRow
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.import_promises import take_promises
from drawbar.jobs.leaseworks_edits import KINDS
from drawbar.jobs.polling import Progress
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import JobContext
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.manifest import MANIFEST_FILE, sha256_of_bytes
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.handover import Handover, Handovers, Reply
from drawbar.middleware.sync.outbox import Waiting
from drawbar.middleware.sync.polled import PolledResult

PREFIX: Final = "SFIMP"
"""Begins the names of imports."""

IMPORT: Final = "LeaseWorks Import"
"""What failures of whole imports are shown as."""

PLACE: Final = f"{SYSTEM}.imports"


@dataclass(frozen=True, slots=True)
class LeaseWorksImportJob:
    """Takes answers in, sends what waits as one import, and tells of imports that nobody answers.

    An import whose sending was cut off is sent again under its name and with the same bytes, before another is made.
    """

    hub: Hub

    def rehearse(self, run_id: str, _progress: Progress) -> Json:
        """Say what the next import would hold, and which answers wait; changes nothing."""
        now, answers = self.hub.clock(), self.hub.leaseworks_imports().answers()
        with self.hub.engine.connect() as connection:
            try:
                book = Handovers(connection, SYSTEM)
                made = book.make(PREFIX, now.astimezone(self.hub.zone).date(), run_id=run_id, now=now)
                rows = _rows(book.rows(made.name)) if made is not None else {}
            finally:
                connection.rollback()
        notices = [f"{name} was answered" for name in answers]
        results = {
            kind: PolledResult(f"{PLACE}.{kind}", "Salesforce", read=len(some), changed=len(some), notices=notices)
            for kind, some in rows.items()
        }
        return {"read": {kind: asdict(each) for kind, each in results.items()}, "samples": [], "refusals": []}

    def __call__(self, context: JobContext) -> None:
        steps = ImportSteps.begin(self.hub, context)
        summary: Json = {}
        try:
            summary["answers"] = steps.guarded("take answers in", steps.take_answers)
            summary["promises"] = steps.guarded("take promises", steps.take_promises)
            summary["imports"] = [steps.sent(name) for name in steps.guarded("make import", steps.make)]
            summary["unanswered"] = steps.guarded("look for unanswered imports", steps.tell_unanswered)
            summary["delivered"] = steps.deliver("what follows")
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        left = any(each["rejected"] or each["problem"] for each in summary["answers"]) or bool(summary["unanswered"])
        steps.finish("incomplete" if left else "succeeded", summary, "")


class ImportSteps(RunSteps):
    """The steps of one run, each of them safe to repeat."""

    def take_answers(self) -> list[Json]:
        """Take in every answer that is there, and put it away; one that cannot be understood becomes a failure."""
        imports = self.hub.leaseworks_imports()
        found, taken = imports.answers(), []
        with reading(self.hub.engine) as connection:
            known = {each.name: each for each in Handovers(connection, SYSTEM).named(found)}
        for name, content in found.items():
            if name not in known:
                continue
            try:
                answers = imports.understood(name, content)
            except RecordRejected as error:
                taken.append(self._not_understood(name, error))
                continue
            if answers is not None:
                taken.append(self._settled(known[name], answers))
                imports.put_away(name)
        return taken

    def _settled(self, handed: Handover, answers: Sequence[RowAnswer]) -> Json:
        with self.hub.engine.begin() as connection:
            book = Handovers(connection, SYSTEM)
            replies = _replies(self.hub, book.rows(handed.name), answers)
            book.settle(handed.name, replies, self._desk(connection), run_id=self.context.run_id, now=self.now)
            self._end_failure(connection, handed.name)
            done = book.get(handed.name)
        again = handed.answered_at is not None
        return {
            "name": handed.name,
            "accepted": done.accepted,
            "rejected": done.rejected,
            "again": again,
            "problem": "",
        }

    def _not_understood(self, name: str, error: RecordRejected) -> Json:
        with self.hub.engine.begin() as connection:
            failure = _failure(name, error.code, str(error.message), error.remedy, error.field)
            self._desk(connection).fail([failure], run_id=self.context.run_id, now=self.now)
        return {"name": name, "accepted": 0, "rejected": 0, "again": False, "problem": str(error)}

    def take_promises(self) -> int:
        """Give the promises that people took to the rules of collections; says how many those were."""
        return take_promises(self.hub, run_id=self.context.run_id, now=self.now, progress=self.progress)

    def make(self) -> list[str]:
        """Name the imports to send: one that was made and not sent, else what waits, as a new one."""
        today = self.now.astimezone(self.hub.zone).date()
        with self.hub.engine.begin() as connection:
            book = Handovers(connection, SYSTEM)
            unsent = [each.name for each in book.unsent()]
            made = None if unsent else book.make(PREFIX, today, run_id=self.context.run_id, now=self.now)
        return unsent if made is None else [made.name]

    def sent(self, name: str) -> Json:
        """Send an import, unless it was sent; gives its name and its rows by kind."""
        return self.guarded(f"send {name}", lambda: self._leave(name))

    def _leave(self, name: str) -> Json:
        imports = self.hub.leaseworks_imports()
        with reading(self.hub.engine) as connection:
            rows = _rows(Handovers(connection, SYSTEM).rows(name))
        files = imports.files(rows)
        imports.send(name, files)
        with self.hub.engine.begin() as connection:
            Handovers(connection, SYSTEM).note_sent(name, sha256_of_bytes(files[MANIFEST_FILE]), self.hub.clock())
        return {"name": name, "rows": {kind: len(some) for kind, some in rows.items()}}

    def tell_unanswered(self) -> list[str]:
        """Make a failure of each import that has waited too long for its answer; names them."""
        patience = timedelta(hours=self.hub.leaseworks_imports().settings.answer_within_hours)
        with self.hub.engine.begin() as connection:
            waiting = Handovers(connection, SYSTEM).unanswered()
            late = [each for each in waiting if each.sent_at is not None and each.sent_at + patience <= self.now]
            failures = [_late(each) for each in late]
            self._desk(connection).fail(failures, run_id=self.context.run_id, now=self.now)
        return [each.name for each in late]

    def _end_failure(self, connection: Connection, name: str) -> None:
        letters = DeadLetters(connection).open_of(IMPORT, [name])
        self._desk(connection).end(
            letters, "resolved", by="drawbar", why="it was answered", run_id=self.context.run_id, now=self.now
        )

    def _desk(self, connection: Connection) -> FailureDesk:
        return FailureDesk(connection, TARGET, self.hub.reporter)


def _rows(waiting: Sequence[Waiting]) -> dict[str, list[ImportRow]]:
    """Give the rows of an import by kind, always in the same order."""
    rows: dict[str, list[ImportRow]] = {kind: [] for kind in KINDS.values()}
    for each in waiting:
        kind = KINDS[each.object]
        rows[kind].append(row_of(kind, each.record.fields))
    return rows


def _replies(hub: Hub, waiting: Sequence[Waiting], answers: Sequence[RowAnswer]) -> list[Reply]:
    """Say of each row what LeaseWorks answered; what it rejected as a whole, it rejected row by row."""
    whole = next((each for each in answers if each.file == WHOLE), None)
    if whole is not None:
        return [Reply(each.object, each.key, whole.verdict, whole.reason) for each in waiting]
    layout = hub.leaseworks_imports().settings.layout
    objects = {(KINDS[each.object], each.key): each.object for each in waiting}
    named = [(each, objects.get((layout.kind_of(each.file), each.key))) for each in answers]
    return [
        Reply(name, each.key, each.verdict, "" if each.verdict == "accepted" else each.reason)
        for each, name in named
        if name
    ]


def _late(handed: Handover) -> Failure:
    return _failure(
        handed.name, "NOT_ANSWERED", f"LeaseWorks has not answered the import of {handed.sent_at:%Y-%m-%d %H:%M} UTC",
        f"Ask LeaseWorks for it. If it never came there: drawbar leaseworks resend {handed.name}", "",
    )  # fmt: skip


def _failure(name: str, code: str, message: str, remedy: str, field: str) -> Failure:
    return Failure(
        kind="row", place=PLACE, object=IMPORT, key=name, row_number=0, source=f"import {name}", code=code,
        field=field, message=message, remedy=remedy, payload="",
    )  # fmt: skip
