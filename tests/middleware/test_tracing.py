from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import responses
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from drawbar.middleware.http import HttpOptions, TimedAdapter, open_session
from drawbar.middleware.observe import (
    CallActivity,
    CallRetried,
    ChunkActivity,
    ChunkTaken,
    Observers,
    RecordsSettled,
    RunActivity,
    RunEnded,
    StepActivity,
)
from drawbar.middleware.tracing import Traces, check, open_traces, trace_id_of
from tests.monitoring.collector import TraceCollector, attributes, running_collector

RUN = RunActivity("accounts-20260302T060000-1f3a", "accounts")


@pytest.fixture
def collector() -> Iterator[TraceCollector]:
    with running_collector() as collector:
        yield collector


@pytest.fixture
def traces(collector: TraceCollector) -> Traces:
    return open_traces(collector.url)


def the(spans: list[Span]) -> Span:
    (span,) = spans
    return span


def test_run_step_chunk_and_call_stand_one_in_the_other(collector: TraceCollector, traces: Traces) -> None:
    step, chunk = StepActivity(RUN.run_id, "accounts", "deliver what waits"), ChunkActivity("call", "Case", 7)
    call = CallActivity("salesforce", "PATCH", "https://org.example:8443/services/Case?token=canary")
    with traces.during(RUN), traces.during(step), traces.during(chunk), traces.during(call):
        call.status, chunk.outcomes, step.calls = 200, {"created": 5, "retry": 2}, 1
    traces.close()

    spans = [the(collector.named(name)) for name in ("run accounts", "step deliver", "call Case", "PATCH")]
    assert [span.parent_span_id for span in spans] == [b"", *(span.span_id for span in spans[:3])]
    assert {span.trace_id for span in spans} == {trace_id_of(RUN.run_id).to_bytes(16)}
    assert [attributes(span.attributes) for span in spans] == [
        {"drawbar.run_id": RUN.run_id, "drawbar.job": "accounts"},
        {
            "drawbar.run_id": RUN.run_id, "drawbar.job": "accounts", "drawbar.step": "deliver what waits",
            "drawbar.calls": 1, "drawbar.state": "ok",
        },
        {
            "drawbar.run_id": RUN.run_id, "drawbar.object": "Case", "drawbar.records": 7, "drawbar.created": 5,
            "drawbar.retry": 2,
        },
        {
            "drawbar.run_id": RUN.run_id, "drawbar.system": "salesforce", "http.request.method": "PATCH",
            "server.address": "org.example", "url.path": "/services/Case", "http.response.status_code": 200,
        },
    ]  # fmt: skip
    assert collector.paths == ["/v1/traces"]


def test_a_run_that_another_process_goes_on_with_is_one_trace(collector: TraceCollector, traces: Traces) -> None:
    other = open_traces(collector.url)
    for each in (traces, other):
        with each.during(RUN):
            pass
    with other.during(RunActivity("accounts-20260303T060000-77aa", "accounts")):
        pass
    traces.close()
    other.close()

    ids = [span.trace_id for span in collector.named("run accounts")]
    assert len(set(ids)) == 2
    assert sorted(map(ids.count, set(ids))) == [1, 2]


def test_what_happens_outside_of_a_run_leaves_no_span(collector: TraceCollector, traces: Traces) -> None:
    with traces.during(CallActivity("salesforce", "GET", "https://org.example/")):
        traces.happened(ChunkTaken("accounts", 500, 0.1))
        traces.happened(RunEnded("r", "accounts", "failed"))
    traces.close()

    assert collector.spans == []


def test_a_chunk_that_was_taken_in_is_told_with_the_time_that_it_took(
    collector: TraceCollector, traces: Traces
) -> None:
    with traces.during(RUN), traces.during(StepActivity(RUN.run_id, "accounts", "take accounts of LW-20260302-001")):
        traces.happened(ChunkTaken("accounts", 500, 0.25))
    traces.close()

    chunk = the(collector.named("take chunk"))
    assert chunk.parent_span_id == the(collector.named("step take")).span_id
    assert chunk.end_time_unix_nano - chunk.start_time_unix_nano == 250_000_000
    told = {"drawbar.run_id": RUN.run_id, "drawbar.entity": "accounts", "drawbar.rows": 500}
    assert attributes(chunk.attributes) == told


@pytest.mark.parametrize(("state", "shown"), [("succeeded", ""), ("paused", ""), ("stopped", "stopped")])
def test_the_state_in_which_a_run_ended_shows(
    collector: TraceCollector, traces: Traces, state: str, shown: str
) -> None:
    with traces.during(RUN):
        traces.happened(RunEnded(RUN.run_id, "accounts", state))
    traces.close()

    run = the(collector.named("run"))
    assert attributes(run.attributes)["drawbar.state"] == state
    assert (run.status.code == Status.STATUS_CODE_ERROR, run.status.message) == (bool(shown), shown)


def test_an_error_is_told_by_its_type_and_not_by_its_message(collector: TraceCollector, traces: Traces) -> None:
    call = CallActivity("salesforce", "GET", "https://org.example/x")
    with pytest.raises(ValueError), traces.during(RUN), traces.during(call):
        raise ValueError("no such lessee: Quentin Canary")
    traces.close()

    for span in collector.spans:
        assert (span.status.code, span.status.message) == (Status.STATUS_CODE_ERROR, "ValueError")
    assert "Canary" not in collector.texts()


@pytest.mark.parametrize(("status", "shown"), [(0, ""), (200, ""), (404, "404"), (503, "503")])
def test_an_answer_that_refuses_shows(collector: TraceCollector, traces: Traces, status: int, shown: str) -> None:
    with traces.during(RUN), traces.during(CallActivity("salesforce", "GET", "https://org.example/x", status)):
        pass
    traces.close()
    assert the(collector.named("GET")).status.message == shown


def test_texts_are_masked_as_in_a_log(collector: TraceCollector, traces: Traces) -> None:
    path = "/account/LW00001234/503-555-0142/joe@example.com/078-05-1120"
    with traces.during(RUN), traces.during(CallActivity("vendor", "GET", f"https://u:secret@v.example{path}?q=canary")):
        traces.happened(RecordsSettled("call +1 503 555 0142", {"created": 1}))
    traces.close()

    told = collector.texts()
    assert "/account/LW****1234/[phone]/[email]/[ssn]" in told
    for canary in ("00001234", "555-0142", "joe@", "078-05", "secret", "canary"):
        assert canary not in told


def test_retries_show_where_they_happened(collector: TraceCollector, traces: Traces) -> None:
    with traces.during(RUN), traces.during(ChunkActivity("call", "Case", 1)):
        traces.happened(CallRetried("salesforce", 2.5))
    traces.close()

    (event,) = the(collector.named("call Case")).events
    assert (event.name, attributes(event.attributes)) == (
        "retry", {"drawbar.system": "salesforce", "drawbar.seconds": 2.5},
    )  # fmt: skip


@responses.activate(assert_all_requests_are_fired=True)
def test_nothing_of_the_trace_is_sent_to_the_system_that_is_called() -> None:
    traces = Traces(InMemorySpanExporter())
    session = open_session(TimedAdapter(HttpOptions(), system="vendor", observer=traces))
    responses.get("https://vendor.example/x", body="ok")
    with traces.during(RUN):
        session.get("https://vendor.example/x")
    traces.close()

    sent = {name.lower() for name in responses.calls[0].request.headers}
    assert sent & {"traceparent", "tracestate", "baggage", "b3"} == set()


def test_the_collector_learns_who_sends(collector: TraceCollector, traces: Traces) -> None:
    with traces.during(RUN):
        pass
    traces.close()
    assert re.search(r'key: "service.name"\s+value \{\s+string_value: "drawbar"', collector.texts())


def test_the_address_may_name_the_whole_path(collector: TraceCollector) -> None:
    traces = open_traces(f"{collector.url}/otlp/v1/traces")
    with traces.during(RUN):
        pass
    traces.close()
    assert collector.paths == ["/otlp/v1/traces"]


def test_a_collector_that_is_not_there_keeps_no_run_from_going_on(observers: Observers) -> None:
    traces = open_traces("http://127.0.0.1:9")
    observers.join(traces)
    with observers.during(RUN):
        pass
    traces.close()


@pytest.fixture
def observers() -> Observers:
    return Observers()


def test_doctor_learns_whether_the_collector_answers(collector: TraceCollector) -> None:
    there, missing = check(collector.url), check("http://127.0.0.1:9")
    assert (there.ok, there.detail) == (True, f"{collector.url}/v1/traces")
    assert (missing.ok, "tracing.endpoint" in missing.remedy) == (False, True)
    assert collector.spans == []
