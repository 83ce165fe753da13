"""Metrics in Prometheus' format: what this process counts, and what is read from the hub when somebody asks.

The only module that imports prometheus_client. Every registry is made here and handed out; none is global.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client import disable_created_metrics as leave_out_created
from prometheus_client import start_http_server as start_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.metric_catalogue import METRICS, Sample
from drawbar.middleware.observe import (
    Activity,
    CallActivity,
    CallRetried,
    EntityTaken,
    Event,
    LoggedIn,
    RecordsSettled,
    RunActivity,
    StepActivity,
    ToldToWait,
)

_log = structlog.get_logger(__name__)


class HubMetrics(Collector):
    """Reads the hub whenever metrics are asked for, so that every process and the command line tell the same."""

    def __init__(self, read: Callable[[], Iterable[Sample]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give what the hub tells; only that its database is down when that does not answer."""
        try:
            samples = [Sample("drawbar_database_up", (), 1), *self._read()]
        except DBAPIError as error:
            _log.warning("metrics without database", error_type=type(error).__name__)
            samples = [Sample("drawbar_database_up", (), 0)]
        for each in METRICS.values():
            family = GaugeMetricFamily(each.name, each.help, labels=each.labels)
            for sample in samples:
                if sample.name == each.name:
                    family.add_metric(sample.labels, sample.value)
            if family.samples:
                yield family


class ProcessMetrics:
    """Counts what this process hears of its work."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ours = [each for each in METRICS.values() if each.source == "process"]
        self._gauges = {
            each.name: Gauge(each.name, each.help, each.labels, registry=registry)
            for each in ours
            if each.kind == "gauge"
        }
        self._counters = {
            each.name: Counter(each.name, each.help, each.labels, registry=registry)
            for each in ours
            if each.kind == "counter"
        }
        self._histograms = {
            each.name: Histogram(each.name, each.help, each.labels, registry=registry, buckets=each.buckets)
            for each in ours
            if each.kind == "histogram"
        }

    @contextmanager
    def during(self, activity: Activity) -> Iterator[None]:
        self._begun(activity)
        started, failed = time.monotonic(), True
        try:
            yield
            failed = False
        finally:
            self._ended(activity, time.monotonic() - started, failed=failed)

    def _begun(self, activity: Activity) -> None:
        if isinstance(activity, RunActivity):
            self._gauges["drawbar_runs_in_progress"].labels(activity.job).inc()

    def _ended(self, activity: Activity, seconds: float, *, failed: bool) -> None:
        match activity:
            case RunActivity(job=job):
                self._gauges["drawbar_runs_in_progress"].labels(job).dec()
            case StepActivity(job=job, verb=verb, end=end):
                end = "failed" if failed else end or "ok"
                self._histograms["drawbar_step_duration_seconds"].labels(job, verb, end).observe(seconds)
            case CallActivity(system=system, method=method, status=status):
                place = (system, method, str(status))
                self._histograms["drawbar_http_request_duration_seconds"].labels(*place).observe(seconds)
            case _:
                pass

    def happened(self, event: Event) -> None:
        match event:
            case EntityTaken(entity, rows):
                self._add("drawbar_rows_total", entity, rows)
            case RecordsSettled(name, outcomes):
                self._add("drawbar_records_total", name, outcomes)
            case CallRetried(system):
                self._counters["drawbar_http_retries_total"].labels(system).inc()
            case ToldToWait(system, seconds):
                self._counters["drawbar_http_retry_after_total"].labels(system).inc()
                self._counters["drawbar_http_retry_after_seconds_total"].labels(system).inc(seconds)
            case LoggedIn(system, result):
                self._counters["drawbar_logins_total"].labels(system, result).inc()
            case _:
                pass

    def _add(self, name: str, about: str, numbers: Mapping[str, int]) -> None:
        for what, number in numbers.items():
            self._counters[name].labels(about, what).inc(number)


class MetricsPage:
    """The metrics of a process: what `read` tells of the hub and, once somebody listens, what the process counts."""

    def __init__(self, read: Callable[[], Iterable[Sample]]) -> None:
        leave_out_created()  # type: ignore[no-untyped-call]  # they would appear as metrics that nobody described
        self._registry = CollectorRegistry()
        self._registry.register(HubMetrics(read))

    def listener(self) -> ProcessMetrics:
        """Give who counts what this process does; what the operating system knows of it is told too from now on."""
        ProcessCollector(registry=self._registry)
        return ProcessMetrics(self._registry)

    def text(self) -> str:
        """Give all metrics in Prometheus' text format."""
        return generate_latest(self._registry).decode()

    def samples(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """Give name, labels and value of each sample."""
        for family in self._registry.collect():
            yield from ((each.name, each.labels, each.value) for each in family.samples)

    def write(self, path: Path) -> None:
        """Write the text so that a reader finds the old one or the new one, whole; everybody may read it."""
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.write_text(self.text(), encoding="utf-8")
        unfinished.chmod(0o644)
        unfinished.replace(path)

    def serve(self, address: str, port: int) -> WSGIServer:
        """Answer `/metrics` from a thread of its own; ConfigError when the port cannot be had."""
        try:
            server, _ = start_server(port, address, self._registry)
        except OSError as error:
            raise ConfigError(
                f"metrics cannot be served at {address} port {port} ({error.strerror or error})",
                remedy="Choose another with --metrics-port or under [metrics].",
            ) from None
        return server
