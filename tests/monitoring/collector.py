"""A collector that takes spans by OTLP over HTTP, as the protocol's own messages describe them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class TraceCollector:
    """Keeps all spans that were sent to it; `url` is where it listens."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Span] = []
        self.raw: list[bytes] = []
        self.paths: list[str] = []

    def take(self, path: str, body: bytes) -> None:
        self.paths.append(path)
        self.raw.append(body)
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, beginning: str) -> list[Span]:
        """Give the spans whose name begins so."""
        return [span for span in self.spans if span.name.startswith(beginning)]

    def texts(self) -> str:
        """Give everything that was sent, readable."""
        return "\n".join(str(ExportTraceServiceRequest.FromString(body)) for body in self.raw)


def attributes(pairs: Any) -> dict[str, str | int | float]:
    """Give the attributes of a span, an event or a resource."""
    return {pair.key: _value(pair) for pair in pairs}


def _value(pair: KeyValue) -> str | int | float:
    kind = pair.value.WhichOneof("value")
    assert kind in {"string_value", "int_value", "double_value"}, pair
    value: str | int | float = getattr(pair.value, kind)
    return value


@contextmanager
def running_collector() -> Iterator[TraceCollector]:
    """Run a collector on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/x-protobuf"
            collector.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None: ...  # noqa: A002  (the name of the standard library)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = TraceCollector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
