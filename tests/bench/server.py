"""A bare counting server: just enough of Salesforce for Drawbar and for simple-salesforce, and it keeps nothing.

It checks no record, so that hardly any of the time is its own; each API call is answered 80 ms late, as a distant org
would. Run as `python -m tests.bench.server FOLDER`: it writes its address, and the authority to trust, to
`FOLDER/address.json`, and runs until it is terminated.
"""

from __future__ import annotations

import json
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from drawbar.sandbox.certificate import open_certificate
from tests.bench.bulk_jobs import BulkJob
from tests.bench.counts import LOG_IN, Counts

LATENCY = 0.08
_DAILY_CALLS = 1_000_000
_VERSION = r"/services/data/v\d+\.0"
_JOB = rf"{_VERSION}/jobs/ingest/(?P<job>\w+)"


class Org:
    """What all connections share: the jobs, and what was counted since it was last asked for."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.lock = threading.Lock()
        self.counts = Counts()
        self._jobs: dict[str, BulkJob] = {}

    def new_job(self, object_name: str) -> BulkJob:
        with self.lock:
            number = len(self._jobs) + 1
            job = BulkJob(number, object_name, self.folder / f"upload-{number}.csv")
            self._jobs[job.id] = job
        return job

    def job(self, job_id: str) -> BulkJob:
        return self._jobs[job_id]

    def take_counts(self) -> Counts:
        """Give what was counted and count from zero; uploads of before are forgotten."""
        with self.lock:
            counts, self.counts = self.counts, Counts()
            for job in self._jobs.values():
                job.path.unlink(missing_ok=True)
        return counts


class Connection(BaseHTTPRequestHandler):
    """Answers the calls of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: CountingServer

    def _answer(self) -> None:
        path = urlsplit(self.path).path.rstrip("/")
        for method, pattern, kind, answer in _ROUTES:
            found = re.fullmatch(pattern, path)
            if method == self.command and found:
                self._note(kind)
                answer(self, **found.groupdict())
                return
        self.body()
        self.send_json([{"errorCode": "NOT_FOUND", "message": f"{self.command} {path} is not served"}], status=404)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    @property
    def org(self) -> Org:
        return self.server.org

    def _note(self, kind: str) -> None:
        if not kind:
            return
        time.sleep(LATENCY)
        with self.org.lock:
            self.org.counts.note_call(kind)
            self.org.counts.late += LATENCY
            self.org.counts.bytes_in += int(self.headers.get("Content-Length") or 0)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send_json(self, content: object, status: int = 200) -> None:
        self.send(json.dumps(content).encode(), "application/json", status)

    def send(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_parts([content], len(content), kind, status)

    def send_parts(self, parts: Iterable[bytes], size: int, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind};charset=UTF-8")
        self.send_header("Content-Length", str(size))
        self.send_header("Sforce-Limit-Info", f"api-usage={self.org.counts.api_calls}/{_DAILY_CALLS}")
        self.end_headers()
        for part in parts:
            self.wfile.write(part)
        with self.org.lock:
            self.org.counts.bytes_out += size

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name in the base class)
        """Say nothing: what is of interest is counted."""


def _log_in(call: Connection) -> None:
    call.body()
    call.send_json({"access_token": "counted", "instance_url": call.org.address, "token_type": "Bearer"})


def _upsert(call: Connection, name: str) -> None:
    call.send_json(_saved(call, name, json.loads(call.body())["records"]))


def _upsert_parts(call: Connection) -> None:
    parts: list[Mapping[str, Any]] = json.loads(call.body())["compositeRequest"]
    answers = [
        {
            "referenceId": part["referenceId"],
            "httpStatusCode": 200,
            "body": _saved(call, part["url"].split("/")[-2], part["body"]["records"]),
        }
        for part in parts
    ]
    call.send_json({"compositeResponse": answers})


def _saved(call: Connection, name: str, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    with call.org.lock:
        call.org.counts.note_records(name, "calls", len(records))
    return [
        {"id": f"a0C{number:012d}AAA", "success": True, "created": False, "errors": []}
        for number in range(len(records))
    ]


def _create_job(call: Connection) -> None:
    call.send_json(call.org.new_job(json.loads(call.body())["object"]).as_json())


def _upload(call: Connection, job: str) -> None:
    known, size = call.org.job(job), int(call.headers["Content-Length"])
    known.receive(call.rfile, size)
    with call.org.lock:
        call.org.counts.note_records(known.object, "Bulk", known.rows)
    call.send(b"", "text/plain", status=201)


def _close_job(call: Connection, job: str) -> None:
    known = call.org.job(job)
    wanted = json.loads(call.body())["state"]
    call.send_json({**known.as_json(), "state": wanted})
    known.state = "JobComplete" if wanted == "UploadComplete" else wanted
    known.begun = time.monotonic()


def _ask_job(call: Connection, job: str) -> None:
    known = call.org.job(job)
    if known.state == "JobComplete" and not known.told:
        known.told = True
        with call.org.lock:
            call.org.counts.waited += time.monotonic() - known.begun - LATENCY
    call.send_json(known.as_json())


def _written(call: Connection, job: str) -> None:
    known = call.org.job(job)
    call.send_parts(known.written(), known.written_size(), "text/csv")


def _refused(call: Connection, job: str) -> None:
    call.send(call.org.job(job).refused(), "text/csv")


def _unprocessed(call: Connection, job: str) -> None:
    call.send(call.org.job(job).unprocessed(), "text/csv")


def _take_counts(call: Connection) -> None:
    call.body()
    call.send_json(call.org.take_counts().as_json())


_ROUTES: tuple[tuple[str, str, str, Callable[..., None]], ...] = (
    ("POST", "/services/oauth2/token", LOG_IN, _log_in),
    ("PATCH", rf"{_VERSION}/composite/sobjects/(?P<name>\w+)/\w+", "collections", _upsert),
    ("POST", rf"{_VERSION}/composite", "composite", _upsert_parts),
    ("POST", rf"{_VERSION}/jobs/ingest", "bulk: create", _create_job),
    ("PUT", rf"{_JOB}/batches", "bulk: upload", _upload),
    ("PATCH", _JOB, "bulk: begin", _close_job),
    ("GET", _JOB, "bulk: ask", _ask_job),
    ("GET", rf"{_JOB}/successfulResults", "bulk: results", _written),
    ("GET", rf"{_JOB}/failedResults", "bulk: results", _refused),
    ("GET", rf"{_JOB}/unprocessed[Rr]ecords", "bulk: results", _unprocessed),
    ("POST", "/take-counts", "", _take_counts),
)
"""Method, path, what the call is counted as ("" for the benchmark's own question), and what answers it."""


class CountingServer(ThreadingHTTPServer):
    """Serves over TLS on a free port of this machine."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        certificate = open_certificate(folder / "tls", datetime.now(UTC))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.org = Org(folder, f"https://localhost:{self.server_port}")
        self.authority = certificate.authority


def serve(folder: Path) -> None:
    """Serve until the process is terminated."""
    server = CountingServer(folder)
    address = {"url": server.org.address, "ca_file": str(server.authority)}
    partial = folder / "address.part"
    partial.write_text(json.dumps(address), encoding="utf-8")
    partial.replace(folder / "address.json")
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
