"""Handles what is in the inbox: each message once, by the handler of its kind; what fails becomes a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine

from drawbar.middleware.database.engine import reading
from drawbar.middleware.database.outages import is_outage
from drawbar.middleware.errors import DrawbarError, RecordRejected, RetryLater
from drawbar.middleware.records import Reference
from drawbar.middleware.sync.dead_letters import Failure
from drawbar.middleware.sync.failure_desk import FailureDesk, FailureReporter
from drawbar.middleware.sync.inbox import Inbox, InboxEntry
from drawbar.middleware.sync.intake import row_text
from drawbar.middleware.sync.outbox import backoff

Json = dict[str, Any]


class SubjectRejected(RecordRejected):
    """What a message says of one record is refused: people see the failure on that record, not on the message."""

    def __init__(self, error: RecordRejected, subject: Reference) -> None:
        super().__init__(error.message, record=error.record, field=error.field, remedy=error.remedy, code=error.code)
        self.subject = subject


PLACE: Final = "inbox"
_AT_ONCE: Final = 100

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Handling:
    """The surroundings in which a message is handled: the run that does it, and when that run looked at the clock."""

    run_id: str
    now: datetime


Effect = Callable[[Connection], Json]
"""What a message does, within the transaction that notes it as handled; gives the answer, plain JSON."""

MessageHandler = Callable[[InboxEntry, Handling], Effect]
"""Works out, outside of any transaction, what a message shall do; may take its time there, and must change nothing.

Both may raise RecordRejected (the message becomes a failure) or RetryLater (it waits and is tried again).
"""

Handlers = Mapping[str, MessageHandler]
"""The handlers, by the kind of message."""


@dataclass(slots=True)
class Handled:
    """What became of messages: handled, put off to later, or failed."""

    handled: int = 0
    put_off: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class InboxHandling:
    """Handles all messages that are due, in the order in which they came; those of several senders get mixed.

    A message whose attempt failed for a passing reason waits 1, 2, 4 ... seconds and may be overtaken meanwhile; after
    `max_attempts` it becomes a failure. Several processes may do this at once.
    """

    engine: Engine
    handlers: Handlers
    target: str
    reporter: FailureReporter
    max_attempts: int
    run_id: str
    clock: Callable[[], datetime]
    progress: Callable[[int], None] = lambda _done: None
    counts: Handled = field(default_factory=Handled, init=False)

    def handle_due(self) -> Handled:
        """Handle messages until none is due; gives the counts.

        An error that nobody foresaw makes a failure of its message, and is raised when all others are done.
        """
        defects: list[Exception] = []
        while due := self._due():
            for entry in due:
                self._handle_one(entry, defects)
            self.progress(self.counts.handled + self.counts.failed)
        if defects:
            raise defects[0]
        return self.counts

    def _due(self) -> list[InboxEntry]:
        with reading(self.engine) as connection:
            return Inbox(connection).due(self.clock(), _AT_ONCE)

    def _handle_one(self, entry: InboxEntry, defects: list[Exception]) -> None:
        now = self.clock()
        try:
            self._carry_out(entry, now)
        except RetryLater as error:
            self._put_off_or_fail(entry, error, now)
        except RecordRejected as error:
            self._fail(entry, error, now)
        except Exception as error:
            if is_outage(error) or isinstance(error, DrawbarError):
                raise
            defects.append(error)
            self._fail(entry, _defect(error), now)

    def _carry_out(self, entry: InboxEntry, now: datetime) -> None:
        handler = self.handlers.get(entry.message.kind)
        if handler is None:
            raise RecordRejected(
                f"nothing here handles messages of the kind {entry.message.kind!r}",
                remedy="Configure the system that it is for, and replay it.", code="NO_HANDLER",
            )  # fmt: skip
        effect = handler(entry, Handling(self.run_id, now))
        with self.engine.begin() as connection:
            if Inbox(connection).claim(entry.number):
                Inbox(connection).end(entry.number, "handled", now, answer=effect(connection))
                self.counts.handled += 1

    def _put_off_or_fail(self, entry: InboxEntry, error: RetryLater, now: datetime) -> None:
        attempts = entry.attempts + 1
        if attempts >= self.max_attempts:
            rejected = RecordRejected(error.message, remedy=error.remedy, code="GAVE_UP")
            self._fail(entry, rejected, now)
            return
        with self.engine.begin() as connection:
            if Inbox(connection).claim(entry.number):
                Inbox(connection).put_off(entry.number, now + backoff(attempts), str(error))
                self.counts.put_off += 1

    def _fail(self, entry: InboxEntry, error: RecordRejected, now: datetime) -> None:
        with self.engine.begin() as connection:
            desk = FailureDesk(connection, self.target, self.reporter)
            if Inbox(connection).claim(entry.number):
                Inbox(connection).end(entry.number, "failed", now, error=str(error))
                desk.fail([_failure(entry, error)], run_id=self.run_id, now=now)
                self.counts.failed += 1
        _log.warning("message failed", code=error.code, entity=entry.message.kind)


def _defect(error: Exception) -> RecordRejected:
    """Name an error of Drawbar's own by its type alone: its words may be those of the message."""
    return RecordRejected(
        f"Drawbar broke off with {type(error).__name__}", code="DEFECT",
        remedy="See the log; replay the message with a release that can handle it.",
    )  # fmt: skip


def _failure(entry: InboxEntry, error: RecordRejected) -> Failure:
    message = entry.message
    subject = Reference(message.kind, f"{message.sender} {message.message_id}")
    if isinstance(error, SubjectRejected):
        subject = error.subject
    return Failure(
        kind="message", place=PLACE, object=subject.object, key=subject.key, row_number=0,
        source=entry.id, code=error.code, field=error.field, message=error.message, remedy=error.remedy,
        payload=row_text(message.body), attempts=entry.attempts + 1,
    )  # fmt: skip
