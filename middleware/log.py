"""Structured logs that say what happened to which run and record, and never whose."""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final

import structlog

from drawbar.middleware.observe import Activity, Event, RunActivity, RunEnded, StepActivity
from drawbar.middleware.settings import LogSettings

_log = structlog.get_logger(__name__)

ALLOWED: Final = frozenset(
    {
        "event", "level", "timestamp", "logger", "exception", "run_id", "job", "phase", "system", "entity", "object",
        "rows", "count", "done", "total", "state", "status", "code", "attempts", "seconds", "calls", "used", "allowed",
        "delivery", "method", "host", "path", "error_type", "detail", "remedy", "executor", "bytes", "account",
        "request_id", "caller", "peer",
    }
)  # fmt: skip
"""Field names that may appear in a log; any other is left out, and its name is noted under `withheld`."""

_PATTERNS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=!-]{8,}"), r"\1 [secret]"),
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), "[ssn]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
    (re.compile(r"(?<![\w-])(?:\+?1[ .-]?)?(?:\(\d{3}\)|\d{3})[ .-]?\d{3}[ .-]?\d{4}(?![\w-])"), "[phone]"),
    (re.compile(r"\b([A-Z]{2})\d{4,}(\d{4})\b"), r"\1****\2"),
)

_TELLTALE: Final = re.compile(r"(?i)\d{4}|@|bearer|basic")
"""What each text holds that one of the patterns fits; most texts of a log hold none of it."""

_OURS: Final = frozenset({"level", "timestamp", "request_id", "status"})
"""Fields whose texts are never made from what others say."""


def mask(text: str) -> str:
    """Blot out credentials, social security numbers, e-mail addresses, phones and the middle of account numbers."""
    if _TELLTALE.search(text) is None:
        return text
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def withhold(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let only allowed fields through, masked."""
    refused = sorted(set(event) - ALLOWED)
    kept: MutableMapping[str, Any] = {
        name: value if name in _OURS else _masked(value) for name, value in event.items() if name in ALLOWED
    }
    if refused:
        kept["withheld"] = refused
    return kept


def _masked(value: object) -> object:
    return value if isinstance(value, (int, float, bool, type(None))) else mask(str(value))


def configure_logging(settings: LogSettings) -> None:
    """Send all logs to standard error: for people on a terminal, as JSON lines otherwise.

    The level is that of Drawbar's own loggers; libraries are heard from warnings on.
    """
    to_people = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    renderer: Any = structlog.dev.ConsoleRenderer() if to_people else structlog.processors.JSONRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        withhold,
    ]
    structlog.configure(
        processors=[*shared[:3], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared[3:], renderer],
            foreign_pre_chain=shared[:3],
        )
    )
    _collect_only_what_is_told()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("drawbar").setLevel(settings.level)


def _collect_only_what_is_told() -> None:
    """Keep the standard library from looking up what no line names: where it was written, on which thread.

    These switches are those of the logging HOWTO (docs.python.org, "Optimization", read 2026-11).
    """
    logging._srcfile = None  # noqa: SLF001  (the name that the HOWTO gives)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class RunLog:
    """Names the run in every line that is logged while it is worked on, and tells how it goes.

    `announce`: beginning and end are told at level INFO, as a worker does to whom nobody listens; else at DEBUG.
    """

    def __init__(self, *, announce: bool) -> None:
        self._level = logging.INFO if announce else logging.DEBUG

    @contextmanager
    def during(self, activity: Activity) -> Iterator[None]:
        started = time.monotonic()
        match activity:
            case RunActivity(run_id, job):
                with structlog.contextvars.bound_contextvars(run_id=run_id, job=job):
                    yield from self._run()
            case StepActivity():
                yield
                seconds = round(time.monotonic() - started, 3)
                _log.debug("step done", phase=activity.name, calls=activity.calls, seconds=seconds)
            case _:
                yield

    def _run(self) -> Iterator[None]:
        _log.log(self._level, "run taken up")
        try:
            yield
        except Exception as error:
            place = "".join(traceback.format_tb(error.__traceback__))  # without the message, which may name people
            _log.error("run broke off", error_type=type(error).__name__, exception=place)
            raise

    def happened(self, event: Event) -> None:
        if isinstance(event, RunEnded):
            _log.log(self._level, "run ended", state=event.state)
