"""Stores messages for many at once: what comes while a transaction is committed shares the next one (group commit)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from drawbar.middleware.database.outages import is_outage
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.sync.inbox import Inbox, Message, Stored

_AT_ONCE: Final = 200
_WAITING: Final = 2_000
_TRY_AGAIN_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)
_Pending = tuple[Message, "Future[Stored]"]


class InboxUnavailable(RetryLater):
    """The inbox cannot store anything now, so nothing was acknowledged: the sender has to send it again."""


class InboxWriter:
    """Stores messages on a thread of its own; callers, however many, wait each for its own.

    `stored` is called after each commit that stored something new, on that thread.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], stored: Callable[[], None] = lambda: None
    ) -> None:
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

    def submit(self, message: Message) -> Future[Stored]:
        """Have a message stored; the future ends when it is on the disk.

        It raises Conflict, or InboxUnavailable when it could not be stored. Raises InboxUnavailable at once when too
        many wait already.
        """
        pending: Future[Stored] = Future()
        try:
            self._queue.put_nowait((message, pending))
        except queue.Full:
            raise _unavailable("more messages wait to be stored than the hub can hold") from None
        return pending

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
            pending = [each for each in batch if each is not None and each[1].set_running_or_notify_cancel()]
            if pending:
                self._store(pending)

    def _store(self, pending: Sequence[_Pending]) -> None:
        try:
            judged = self._committed([message for message, _ in pending])
        except Exception as error:  # noqa: BLE001  (whoever waits for it gets it, and this thread has to go on)
            if len(pending) > 1 and not is_outage(error):
                for each in pending:  # so that one which the database cannot hold does not keep the others out
                    self._store([each])
                return
            judged = [self._excuse(error, len(pending))] * len(pending)
        for (_, future), outcome in zip(pending, judged, strict=True):
            if isinstance(outcome, Stored):
                future.set_result(outcome)
            else:
                future.set_exception(outcome)

    def _committed(self, messages: Sequence[Message]) -> Sequence[Stored | Exception]:
        with self._engine.begin() as connection:
            judged = Inbox(connection).store(messages, self._clock())
        if any(isinstance(each, Stored) and not each.duplicate for each in judged):
            self._stored()
        return judged

    def _excuse(self, error: Exception, count: int) -> Exception:
        if not isinstance(error, DBAPIError):
            return error
        _log.error("messages not stored", count=count, error_type=type(error.orig).__name__)
        return _unavailable("the message could not be stored")


def _unavailable(reason: str) -> InboxUnavailable:
    return InboxUnavailable(reason, after_seconds=_TRY_AGAIN_SECONDS, remedy="Send it again in a few seconds.")
