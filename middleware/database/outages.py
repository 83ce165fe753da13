"""When the database is away for a while: what may be done again is done again once it is back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential

Answer = TypeVar("Answer")

PATIENCE_SECONDS: Final = 60.0
_PASSING: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN})

_log = structlog.get_logger(__name__)


def is_outage(error: BaseException) -> bool:
    """Say whether an error comes from a database that is away, full or restarting, and may work again in a while."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _PASSING
    return isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)


def through_outages(action: Callable[[], Answer], *, patience: float = PATIENCE_SECONDS) -> Answer:
    """Do something that is safe to repeat, again and again for so many seconds while the database is away.

    Waits 0.25, 0.5, 1, 2, 4, 5, 5 ... seconds between; raises the last error when patience ends.
    """
    retrying = Retrying(
        retry=retry_if_exception(is_outage), stop=stop_after_delay(patience),
        wait=wait_exponential(multiplier=0.25, max=5), before_sleep=_tell, reraise=True,
    )  # fmt: skip
    return retrying(action)


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    _log.warning("database away", attempts=state.attempt_number, error_type=type(error).__name__)
