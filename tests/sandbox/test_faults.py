"""Faults happen to a client exactly as they were armed."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawbar.sandbox.connections import Connections
from drawbar.sandbox.control import control_routes
from drawbar.sandbox.fault_middleware import FaultMiddleware
from drawbar.sandbox.faults import Fault, Faults
from drawbar.sandbox.meter import Meter, MeterMiddleware
from tests.sandbox.local_server import serve

CASE = "/services/data/v67.0/sobjects/Case"
TOKEN = "/services/oauth2/token"


@dataclass
class FaultyOrg:
    """A server with the fault middleware before an endpoint that only remembers its calls."""

    faults: Faults
    meter: Meter
    url: str = ""
    port: int = 0
    committed: list[str] = field(default_factory=list)
    certificate: Path | None = None

    def post(self, path: str = CASE, **options: object) -> requests.Response:
        return requests.post(self.url + path, json={}, timeout=10, verify=str(self.certificate or ""), **options)  # type: ignore[arg-type]

    def arm(self, kind: str, **options: object) -> None:
        self.faults.arm(Fault.model_validate({"kind": kind, **options}))


@pytest.fixture(scope="module", params=["http", "https"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyOrg]:
    org = FaultyOrg(Faults(), Meter())

    async def commit(call: Request) -> Response:
        org.committed.append(call.url.path)
        return JSONResponse({"id": "500000000000001AAA", "success": True, "errors": []}, status_code=201)

    connections = Connections()
    routes = [*control_routes(meter=org.meter, faults=org.faults), Route("/{path:path}", commit, methods=["POST"])]
    app = FaultMiddleware(Starlette(routes=routes), faults=org.faults, connections=connections)
    certificate = _certificate(tmp_path_factory.mktemp("tls")) if request.param == "https" else None
    with serve(MeterMiddleware(app, meter=org.meter), connections, certificate) as org.port:
        org.url = f"{request.param}://127.0.0.1:{org.port}"
        org.certificate = certificate[0] if certificate else None
        yield org


@pytest.fixture
def org(server: FaultyOrg) -> FaultyOrg:
    server.faults.clear()
    server.committed.clear()
    return server


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = (folder / "certificate.pem", folder / "key.pem")
    pem[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("401", 401, "INVALID_SESSION_ID"),
        ("429", 429, "TOO_MANY_REQUESTS"),
        ("500", 500, "UNKNOWN_EXCEPTION"),
        ("503", 503, "SERVER_UNAVAILABLE"),
        ("request-limit", 403, "REQUEST_LIMIT_EXCEEDED"),
    ],
)
def test_an_armed_answer_is_given_instead_of_the_call(org: FaultyOrg, kind: str, status: int, code: str) -> None:
    org.arm(kind)
    answer = org.post()
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)
    assert org.committed == []
    assert org.post().status_code == 201


def test_retry_after_is_sent_only_when_armed(org: FaultyOrg) -> None:
    org.arm("429", retry_after=7)
    org.arm("503")
    assert org.post().headers["Retry-After"] == "7"
    assert "Retry-After" not in org.post().headers


def test_a_reset_before_the_commit_cuts_the_connection_and_writes_nothing(org: FaultyOrg) -> None:
    org.arm("reset-before")
    with pytest.raises(requests.ConnectionError):
        org.post()
    assert org.committed == []
    assert org.post().status_code == 201


def test_a_reset_after_the_commit_loses_only_the_answer(org: FaultyOrg) -> None:
    org.arm("reset-after")
    with pytest.raises(requests.ConnectionError):
        org.post()
    assert org.committed == [CASE]


@pytest.mark.parametrize("kind", ["reset-before", "reset-after"])
def test_a_reset_sends_no_byte_of_an_answer_and_no_end_of_tls(org: FaultyOrg, kind: str) -> None:
    org.arm(kind)
    with _connected(org) as connection:
        connection.sendall(f"POST {CASE} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
            connection.recv(1)


def _connected(org: FaultyOrg) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", org.port))
    if org.certificate is None:
        return plain
    trust = ssl.create_default_context(cafile=str(org.certificate))
    return trust.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False)


def test_a_truncated_answer_promises_more_than_it_brings(org: FaultyOrg) -> None:
    org.arm("truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        org.post()
    assert org.committed == [CASE]


def test_a_malformed_answer_is_a_web_page_that_says_all_is_well(org: FaultyOrg) -> None:
    org.arm("malformed")
    answer = org.post()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert org.committed == [CASE]


def test_latency_delays_the_call_and_then_lets_it_through(org: FaultyOrg) -> None:
    org.arm("latency", seconds=0.15)
    started = time.monotonic()
    assert org.post().status_code == 201
    assert time.monotonic() - started >= 0.15


def test_a_fault_skips_the_first_calls_and_fires_so_many_times(org: FaultyOrg) -> None:
    org.arm("500", skip=1, times=2)
    assert [org.post().status_code for _ in range(4)] == [201, 500, 500, 201]


def test_a_fault_fires_only_on_its_method_path_and_object(org: FaultyOrg) -> None:
    org.arm("500", method="GET", times=None)
    org.arm("500", path="*/composite/*", times=None)
    org.arm("500", object="account", times=None)
    assert org.post().status_code == 201
    assert org.post("/services/data/v67.0/composite/tree").status_code == 500
    assert org.post("/services/data/v67.0/sobjects/Account").status_code == 500
    assert org.post("/services/data/v67.0/composite/sobjects/Account/Id").status_code == 500


def test_log_in_is_spared_unless_the_path_names_it(org: FaultyOrg) -> None:
    org.arm("503", times=None)
    assert org.post(TOKEN).status_code == 201
    org.arm("500", path="/services/oauth2/*")
    assert org.post(TOKEN).status_code == 500


def test_the_control_endpoints_arm_list_and_clear_faults(org: FaultyOrg) -> None:
    armed = requests.post(
        f"{org.url}/sandbox/faults",
        json={"kind": "500", "times": 3, "object": "Case"},
        timeout=10,
        verify=str(org.certificate or ""),
    )
    assert (armed.status_code, armed.json()) == (201, {"number": armed.json()["number"]})
    org.post()
    listed = requests.get(f"{org.url}/sandbox/faults", timeout=10, verify=str(org.certificate or "")).json()
    assert listed == {
        "faults": [
            {
                "number": armed.json()["number"],
                "kind": "500",
                "object": "Case",
                "times": 3,
                "matched": 1,
                "fired": 1,
                "spent": False,
            }
        ]
    }
    cleared = requests.delete(
        f"{org.url}/sandbox/faults/{armed.json()['number']}", timeout=10, verify=str(org.certificate or "")
    )
    assert cleared.json() == {"cleared": 1}
    assert org.post().status_code == 201


def test_a_fault_that_makes_no_sense_is_refused_with_the_reason(org: FaultyOrg) -> None:
    refused = requests.post(
        f"{org.url}/sandbox/faults", json={"kind": "latency"}, timeout=10, verify=str(org.certificate or "")
    )
    assert refused.status_code == 400
    assert "latency needs seconds" in refused.json()["error"]


def test_a_page_in_a_browser_cannot_arm_a_fault(org: FaultyOrg) -> None:
    disguised = requests.post(
        f"{org.url}/sandbox/faults",
        data='{"kind": "500"}',
        headers={"Content-Type": "text/plain"},
        timeout=10,
        verify=str(org.certificate or ""),
    )
    assert disguised.status_code == 415
    assert org.faults.listed() == []


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "500", "seconds": 1},
        {"kind": "401", "retry_after": 1},
        {"kind": "lock-row", "path": "*"},
        {"kind": "latency", "seconds": 1, "keys": ["x"]},
        {"kind": "500", "probability": 0},
        {"kind": "flood"},
        {"kind": "500", "colour": "red"},
    ],
)
def test_an_option_that_does_not_go_with_the_kind_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(options)


def test_a_probability_is_drawn_from_its_seed() -> None:
    def firings(seed: int) -> list[bool]:
        faults = Faults()
        faults.arm(Fault(kind="500", times=None, probability=0.3, seed=seed))
        return [bool(faults.on_call("GET", CASE)) for _ in range(200)]

    assert firings(1) == firings(1)
    assert firings(1) != firings(2)
    assert 30 < sum(firings(1)) < 90


ROWS: list[dict[str, object]] = [{"LeaseWorks_Id__c": f"LW{number}", "Late_Fees__c": 1} for number in range(100)]


def test_chosen_rows_are_locked_once() -> None:
    faults = Faults()
    faults.arm(Fault(kind="lock-row", keys=frozenset({"LW3", "LW5"})))
    assert faults.locked_rows("Case", ROWS[10:]) == frozenset()
    assert faults.locked_rows("Case", ROWS) == {3, 5}
    assert faults.locked_rows("Case", ROWS) == frozenset()


def test_a_share_of_the_rows_is_locked_the_same_way_for_the_same_seed() -> None:
    def locked() -> frozenset[int]:
        faults = Faults()
        faults.arm(Fault(kind="lock-row", share=0.2, seed=4, object="Case"))
        assert faults.locked_rows("Account", ROWS) == frozenset()
        return faults.locked_rows("Case", ROWS)

    assert locked() == locked()
    assert 8 <= len(locked()) <= 35


@pytest.mark.parametrize("ask", [lambda faults: faults.bulk_failure("Case"), lambda faults: faults.bulk_delay("Case")])
def test_a_bulk_fault_is_used_up_by_one_job(ask: Callable[[Faults], object]) -> None:
    faults = Faults()
    faults.arm(Fault(kind="bulk-failed", share=0.25, message="ExceededQuota : ApiBatchItems Limit exceeded."))
    faults.arm(Fault(kind="bulk-slow", seconds=3))
    assert ask(faults)
    assert not ask(faults)
