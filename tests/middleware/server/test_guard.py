"""What the server lets through: sizes, times, floods; and what it tells of it."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from fastapi import APIRouter
from sqlalchemy import Engine, text

from drawbar.middleware.database.migrate import newest_revision
from tests.middleware.server.served import Served, prepared, problem, served


def odd_routes() -> APIRouter:
    """Routes that break off, and that take their time."""
    router = APIRouter()

    @router.get("/breaks/{name}")
    async def breaks(name: str) -> None:
        raise LookupError(f"nothing of {name}")

    @router.get("/hangs")
    async def hangs() -> None:
        await asyncio.Event().wait()

    return router


@pytest.fixture(scope="module")
def strict(database: Engine, folder: Path) -> Iterator[Served]:
    """A server with tight limits of size and time."""
    with served(database, folder, odd_routes(), body_limit=1_000, request_seconds=0.3) as strict:
        yield strict


@pytest.fixture(scope="module")
def limited(database: Engine, folder: Path) -> Iterator[Served]:
    """A server that each caller may call twenty times a minute."""
    with served(database, folder, calls_per_minute=20) as limited:
        yield limited


def test_a_body_that_is_too_long_is_refused_whether_its_length_is_told_or_not(strict: Served) -> None:
    for body in (b"x" * 1_001, iter([b"x" * 600, b"x" * 600])):
        refused = strict.call("POST", "/webhooks/yard", data=body)
        assert (refused.status_code, problem(refused)["detail"]) == (413, "a request may have 1000 bytes")


def test_a_request_that_never_ends_is_ended(strict: Served) -> None:
    place = urlsplit(strict.url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=30) as slow:
        slow.sendall(b"POST /webhooks/yard HTTP/1.1\r\nHost: hub\r\nContent-Length: 9\r\n\r\nhalf")
        assert slow.recv(1_000).startswith(b"HTTP/1.1 408 ")


def answers(served: Served, sent: bytes) -> list[str]:
    """Send something and wait for what comes until the server closes the connection; give its first and last line."""
    place = urlsplit(served.url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=30) as slow:
        slow.sendall(sent)
        told = b"".join(iter(lambda: slow.recv(10_000), b"")).decode()
    return [told.partition("\r\n")[0], told.rpartition("\r\n")[2]]


def test_headers_that_never_end_are_ended(strict: Served) -> None:
    status, told = answers(strict, b"GET /healthz HTTP/1.1\r\nHost: hub\r\nX-Slow: ")

    assert status == "HTTP/1.1 408 Request Timeout"
    assert json.loads(told)["detail"] == "the headers took more than 0.3 seconds"


def test_the_second_request_of_a_connection_may_not_dawdle_either(strict: Served) -> None:
    status, told = answers(strict, b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\nGET /healthz HTTP/1.1\r\nX-Slow: ")

    assert (status, json.loads(told)["status"]) == ("HTTP/1.1 204 No Content", 408)


def test_who_connects_and_says_nothing_is_let_go(strict: Served) -> None:
    assert answers(strict, b"") == ["", ""]


@pytest.mark.parametrize("line", [b"X-Long: " + b"x" * 100_000, b"X: y\r\n" * 20_000, b"X" * 100_000])
def test_headers_that_are_too_long_are_refused(server: Served, line: bytes) -> None:
    status, told = answers(server, b"GET /healthz HTTP/1.1\r\nHost: hub\r\n" + line)

    assert status == "HTTP/1.1 431 Request Header Fields Too Large"
    assert json.loads(told)["detail"] == "headers may have 65536 bytes"


def test_what_is_no_http_is_told_so_as_a_problem(server: Served) -> None:
    status, told = answers(server, b"\x16\x03\x01 hello\r\n\r\n")

    assert (status, json.loads(told)["status"]) == ("HTTP/1.1 400 Bad Request", 400)


def test_an_answer_that_never_comes_is_given_up(strict: Served) -> None:
    given_up = problem(strict.call("GET", "/hangs"))

    assert (given_up["status"], given_up["detail"]) == (503, "it took more than 0.3 seconds")


def test_what_is_under_way_when_the_server_stops_may_end(database: Engine, folder: Path) -> None:
    asked, may_end = threading.Event(), threading.Event()
    router = APIRouter()

    @router.get("/takes-long")
    def long() -> str:
        asked.set()
        may_end.wait(30)
        return "done"

    with served(database, folder, router) as server, ThreadPoolExecutor(2) as pool:
        under_way = pool.submit(server.call, "GET", "/takes-long")
        asked.wait(30)
        stopping = pool.submit(server.stop)
        while is_listening(server):
            pass
        may_end.set()
        assert (under_way.result().status_code, under_way.result().json()) == (200, "done")
        stopping.result()


def is_listening(server: Served) -> bool:
    """Say whether a new connection is still answered."""
    try:
        return server.call("GET", "/healthz").status_code == HTTPStatus.NO_CONTENT
    except requests.RequestException:
        return False


@pytest.mark.fault(27)
def test_a_caller_that_floods_is_put_off_and_the_others_are_served(limited: Served) -> None:
    keys = {name: limited.key(name) for name in ("flooding", "calm")}

    def call(name: str) -> tuple[str, int]:
        answer = limited.call("GET", "/v1/sync-requests/1", key=keys[name])
        assert answer.status_code != 429 or 1 <= int(answer.headers["Retry-After"]) <= 120
        return name, answer.status_code

    with ThreadPoolExecutor(8) as threads:
        answers = Counter(threads.map(call, ["flooding"] * 50 + ["calm"] * 5 + ["flooding"] * 50))

    assert answers == {("flooding", 404): 20, ("flooding", 429): 80, ("calm", 404): 5}


@pytest.mark.fault(27)
def test_who_tries_keys_is_put_off(limited: Served) -> None:
    statuses = Counter(limited.call("GET", "/openapi.json", key="guess").status_code for _ in range(35))

    assert statuses == {401: 30, 429: 5}


def test_a_request_on_which_drawbar_breaks_off_is_told_in_the_log_without_the_words(
    database: Engine, folder: Path, log: io.StringIO
) -> None:
    with served(database, folder, odd_routes()) as server:
        answer = server.call("GET", "/breaks/canary-8163?q=canary-8163", key="canary-8163")

    assert problem(answer)["detail"] == "Drawbar broke off; its log says where."
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (broke,) = [line for line in lines if line["event"] == "request broke off"]
    (request,) = [line for line in lines if line["event"] == "request"]
    assert (broke["error_type"], broke["request_id"]) == ("LookupError", answer.headers["X-Request-Id"])
    told = {name: request[name] for name in ("method", "path", "status", "bytes", "peer", "request_id")}
    assert told == {
        "method": "GET", "path": "/breaks/{name}", "status": 500, "bytes": 0, "peer": "127.0.0.1",
        "request_id": answer.headers["X-Request-Id"],
    }  # fmt: skip
    assert "canary" not in json.dumps(lines)


def test_the_log_names_who_called(database: Engine, folder: Path, log: io.StringIO) -> None:
    with served(database, folder) as server:
        server.ask("A1", name="logged")

    (line,) = log.getvalue().splitlines()
    assert {"caller": "logged", "path": "/v1/sync-requests", "status": 202}.items() <= json.loads(line).items()


def test_the_process_answers_and_says_when_the_hub_cannot_work(server: Served) -> None:
    assert [server.call("GET", path).status_code for path in ("/healthz", "/readyz")] == [204, 204]
    with server.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    unready, alive = server.call("GET", "/readyz"), server.call("GET", "/healthz")

    with server.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest_revision()})
    assert (unready.status_code, problem(unready)["remedy"], alive.status_code) == (503, "Run: drawbar init", 204)


def test_while_the_database_is_away_callers_are_told_to_come_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    engine = prepared(home / "hub.db")
    with served(engine, tmp_path) as server:
        server.key("yard")
        engine.dispose()
        home.rename(tmp_path / "elsewhere")
        away = [server.ask("A1"), server.call("GET", "/readyz")]
        (tmp_path / "elsewhere").rename(home)
        back = server.ask("A1")
    engine.dispose()

    assert [(each.status_code, bool(each.headers["Retry-After"])) for each in away] == [(503, True)] * 2
    assert problem(away[0])["detail"] == "the hub's database does not answer"
    assert back.status_code == 202


def test_what_is_not_there_or_not_so_asked_for_is_a_problem_too(server: Served) -> None:
    assert problem(server.call("GET", "/nowhere"))["title"] == "Not Found"
    assert problem(server.call("DELETE", "/v1/sync-requests"))["title"] == "Method Not Allowed"
