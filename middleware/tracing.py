"""Traces by OpenTelemetry: a span per run, step, chunk and HTTP call, sent to a collector by OTLP over HTTP.

The only module that imports opentelemetry, which is installed on demand (`drawbar[tracing]`). All processes that work
on a run give one trace: its id is made from the run's. Nothing is sent to the systems that are called.
"""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_current_span

from drawbar.middleware.log import mask
from drawbar.middleware.observe import (
    Activity,
    CallActivity,
    CallRetried,
    ChunkActivity,
    ChunkTaken,
    Event,
    LoggedIn,
    RecordsSettled,
    RunActivity,
    RunEnded,
    StepActivity,
    ToldToWait,
)
from drawbar.middleware.ports import Check

Told = Mapping[str, str | int | float]

_EXPORT_SECONDS: Final = 5
_REFUSED_FROM: Final = 400
_LASTING: Final = frozenset({"stopped", "failed"})
"""States of a run that show as an error; a paused one goes on by itself."""


def trace_id_of(run_id: str) -> int:
    """Give the trace id of a run: the same in every process, also after a crash."""
    return int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:16]) or 1


class _IdsOfRuns(RandomIdGenerator):
    """Begins the trace of the run that `run_id` names."""

    def __init__(self) -> None:
        self.run_id: ContextVar[str] = ContextVar("drawbar_run_id")

    def generate_trace_id(self) -> int:
        return trace_id_of(self.run_id.get())


class Traces:
    """Makes spans of what it hears; texts in them are masked as in a log, and keys of records are not told."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._ids = _IdsOfRuns()
        instance = f"{socket.gethostname()}-{os.getpid()}"
        named = {"service.name": "drawbar", "service.version": version("drawbar"), "service.instance.id": instance}
        self._provider = TracerProvider(id_generator=self._ids, resource=Resource.create(named))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("drawbar", version("drawbar"))

    def close(self) -> None:
        """Send what has not been sent; the interpreter's end does so too."""
        self._provider.shutdown()

    @contextmanager
    def during(self, activity: Activity) -> Iterator[None]:
        """Accompany an activity with a span; what happens outside of a run leaves none."""
        if isinstance(activity, RunActivity):
            self._ids.run_id.set(activity.run_id)
        elif not get_current_span().is_recording():
            yield
            return
        with self._tracer.start_as_current_span(
            _name(activity), Context() if isinstance(activity, RunActivity) else None,
            SpanKind.CLIENT if isinstance(activity, CallActivity) else SpanKind.INTERNAL,
            record_exception=False, set_status_on_exception=False,
        ) as span:  # fmt: skip
            try:
                yield
            except BaseException as error:
                _mark(span, type(error).__name__)
                raise
            finally:
                span.set_attributes(self._attributes(_told(activity)))
            if reason := _shortcoming(activity):
                _mark(span, reason)

    def happened(self, event: Event) -> None:
        span = get_current_span()
        match event:
            case RunEnded(state=state):
                span.set_attribute("drawbar.state", state)
                if state in _LASTING:
                    _mark(span, state)
            case ChunkTaken(entity, rows, seconds):
                self._chunk_taken(entity, rows, seconds)
            case RecordsSettled(name, outcomes):
                span.add_event("settled", _masked({"drawbar.object": name, **_counts(outcomes)}))
            case CallRetried(system, seconds):
                span.add_event("retry", {"drawbar.system": system, "drawbar.seconds": seconds})
            case ToldToWait(system, seconds):
                span.add_event("told to wait", {"drawbar.system": system, "drawbar.seconds": seconds})
            case LoggedIn(system, result):
                span.add_event("log-in", {"drawbar.system": system, "drawbar.result": result})
            case _:
                pass

    def _attributes(self, told: Told) -> Told:
        return _masked({"drawbar.run_id": self._ids.run_id.get(), **told})

    def _chunk_taken(self, entity: str, rows: int, seconds: float) -> None:
        if get_current_span().is_recording():
            end = time.time_ns()
            told = self._attributes({"drawbar.entity": entity, "drawbar.rows": rows})
            self._tracer.start_span("take chunk", attributes=told, start_time=end - int(seconds * 1e9)).end(end)


def open_traces(endpoint: str) -> Traces:
    """Send spans to a collector; `endpoint` is its address, to which `/v1/traces` is added where it has no path."""
    return Traces(_exporter(endpoint))


def check(endpoint: str) -> Check:
    """Whether the collector takes spans: none are sent to it."""
    ok = _exporter(endpoint).export(()) is SpanExportResult.SUCCESS
    remedy = "Is that the address at which a collector takes OTLP over HTTP? See tracing.endpoint."
    return Check("Tracing", "collector", ok=ok, detail=traces_url(endpoint), remedy=remedy)


def _exporter(endpoint: str) -> OTLPSpanExporter:
    return OTLPSpanExporter(endpoint=traces_url(endpoint), timeout=_EXPORT_SECONDS)


def traces_url(endpoint: str) -> str:
    """Give the URL that takes spans."""
    return endpoint if urlsplit(endpoint).path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"


def _name(activity: Activity) -> str:
    match activity:
        case RunActivity(job=job):
            return f"run {job}"
        case StepActivity(verb=verb):
            return f"step {verb}"
        case ChunkActivity(way=way, object=name):
            return f"{way} {name}"
        case CallActivity(method=method):
            return method


def _told(activity: Activity) -> Told:
    match activity:
        case RunActivity(_, job):
            return {"drawbar.job": job}
        case StepActivity(_, job, name, end, calls):
            state = end or "ok"
            return {"drawbar.job": job, "drawbar.step": name, "drawbar.calls": calls, "drawbar.state": state}
        case ChunkActivity(_, name, records, outcomes):
            return {"drawbar.object": name, "drawbar.records": records, **_counts(outcomes)}
        case CallActivity(system, method, url, status):
            where = urlsplit(url)
            return {
                "drawbar.system": system, "http.request.method": method, "server.address": where.hostname or "",
                "url.path": where.path, "http.response.status_code": status,
            }  # fmt: skip


def _counts(numbers: Mapping[str, int]) -> dict[str, int]:
    return {f"drawbar.{what}": number for what, number in numbers.items()}


def _masked(told: Told) -> dict[str, str | int | float]:
    return {name: mask(value) if isinstance(value, str) else value for name, value in told.items()}


def _shortcoming(activity: Activity) -> str:
    """Say why an activity that ended without an exception was no success, "" when it was one."""
    match activity:
        case StepActivity(end=end) if end in _LASTING:
            return end
        case CallActivity(status=status) if status >= _REFUSED_FROM:
            return str(status)
        case _:
            return ""


def _mark(span: Span, reason: str) -> None:
    """Show a span as failed. Messages are not told: they may name people."""
    span.set_status(Status(StatusCode.ERROR, reason))
    span.set_attribute("error.type", reason)
