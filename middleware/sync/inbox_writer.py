"""Stores messages for many at once: what comes while a transaction is committed shares the next one (group commit)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from drawbar.middleware.database.outages import is_outage
from drawbar.middleware.errors import DrawbarError, RetryLater
from drawbar.middleware.sync.inbox import Inbox, Message, Stored

_AT_ONCE: Final = 200
_WAITING: Final = 2_000
_TRY_AGAIN_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)


class InboxUnavailable(RetryLater):
    """The inbox cannot store anything now, so nothing was acknowledged: the sender has to send it again."""


class ProofLapsed(DrawbarError):
    """Who sent the message was let in a moment ago, and may not send any more: nothing was stored."""


Lapsed = Callable[[Connection, Collection[Hashable], datetime], Collection[Hashable]]
"""Gives those of some proofs that are not good any more, within the transaction that stores."""


def _none_lapsed(_connection: Connection, _proofs: Collection[Hashable], _now: datetime) -> Collection[Hashable]:
    return ()


@dataclass(frozen=True, slots=True)
class _Pending:
    """A message that waits to be stored, what proves its sender, and who waits for it."""

    message: Message
    proof: Hashable | None
    future: Future[Stored] = field(default_factory=Future)


class InboxWriter:
    """Stores messages on a thread of its own; callers, however many, wait each for its own.

    `stored` is called after each commit that stored something new, on that thread. `lapsed` judges the proofs that
    messages are submitted with: what a sender is allowed is looked up once for all messages of a transaction.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        stored: Callable[[], None] = lambda: None,
        lapsed: Lapsed = _none_lapsed,
    ) -> None:
        self._lapsed = lapsed
        self._engine = engine
        self._clock = clock
        self._stored = stored
        self._queue: queue.Queue[_Pending | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._work, name="drawbar-inbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Store what was submitted before, and end."""
        self._queue.put(None)
        self._thread.join()

    def submit(self, message: Message, proof: Hashable | None = None) -> Future[Stored]:
        """Have a message stored; the future ends when it is on the disk.

        It raises Conflict, InboxUnavailable when it could not be stored, or ProofLapsed. Raises InboxUnavailable at
        once when too many wait already.
        """
        pending = _Pending(message, proof)
        try:
            self._queue.put_nowait(pending)
        except queue.Full:
            raise _unavailable("more messages wait to be stored than the hub can hold") from None
        return pending.future

    def store(self, message: Message) -> Stored:
        """Have a message stored, and wait for it; raises as `submit` and its future do."""
        return self.submit(message).result()

    def _work(self) -> None:
        ended = False
        while not ended:
            batch = [self._queue.get()]
            while len(batch) < _AT_ONCE and not self._queue.empty():
                batch.append(self._queue.get())
            ended = None in batch
            # Who gave up waiting, and was told nothing, is left out.
            pending = [each for each in batch if each is not None and each.future.set_running_or_notify_cancel()]
            if pending:
                self._store(pending)

    def _store(self, pending: Sequence[_Pending]) -> None:
        try:
            judged = self._committed(pending)
        except Exception as error:  # noqa: BLE001  (whoever waits for it gets it, and this thread has to go on)
            if len(pending) > 1 and not is_outage(error):
                for each in pending:  # so that one which the database cannot hold does not keep the others out
                    self._store([each])
                return
            judged = [self._excuse(error, len(pending))] * len(pending)
        for each, outcome in zip(pending, judged, strict=True):
            if isinstance(outcome, Stored):
                each.future.set_result(outcome)
            else:
                each.future.set_exception(outcome)

    def _committed(self, pending: Sequence[_Pending]) -> Sequence[Stored | Exception]:
        now = self._clock()
        with self._engine.begin() as connection:
            proofs = {each.proof for each in pending if each.proof is not None}
            lapsed = self._lapsed(connection, proofs, now) if proofs else ()
            judged = iter(Inbox(connection).store([each.message for each in pending if each.proof not in lapsed], now))
        outcomes = [_lapse() if each.proof in lapsed else next(judged) for each in pending]
        if any(isinstance(each, Stored) and not each.duplicate for each in outcomes):
            self._stored()
        return outcomes

    def _excuse(self, error: Exception, count: int) -> Exception:
        if not isinstance(error, DBAPIError):
            return error
        _log.error("messages not stored", count=count, error_type=type(error.orig).__name__)
        return _unavailable("the message could not be stored")


def _lapse() -> ProofLapsed:
    return ProofLapsed("who sent the message may not send any more")


def _unavailable(reason: str) -> InboxUnavailable:
    return InboxUnavailable(reason, after_seconds=_TRY_AGAIN_SECONDS, remedy="Send it again in a few seconds.")
