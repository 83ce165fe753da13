"""The server of a hub, served on a free port of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from fastapi import APIRouter
from requests import Response
from sqlalchemy import Engine
from standardwebhooks import Webhook

from drawbar.middleware.database.engine import open_database, reading
from drawbar.middleware.database.migrate import require_current, upgrade
from drawbar.middleware.server.app import ServerParts, open_app
from drawbar.middleware.server.callers import SYNC_REQUESTS, Callers, lapsed_callers
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.known_records import KnownRecordRoutes, KnownRecords, Masking
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.server.serving import Place, listen, uvicorn_server
from drawbar.middleware.server.settings import ServerSettings
from drawbar.middleware.server.sync_requests import SyncRequestRoutes, SyncRequests
from drawbar.middleware.server.tokens import Tokens, token_key
from drawbar.middleware.server.webhooks import StandardWebhooks, Webhooks, WebhookSource
from drawbar.middleware.sync.inbox_writer import InboxWriter

OBJECTS = ("Account", "Case")
BODY = b'{"type": "record.changed", "data": {"object": "Account", "key": "A1"}}'
YARD_KEYS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FtcGxlIGtleSB0aGF0IGlzIGxvbmcgZW5vdWdo")
BLOTTED = Masking(
    lambda _object, field, value: "***" if field == "Name" else value, lambda message, _field: message[:8]
)


Routers = tuple[APIRouter, ...]


class Hand:
    """A clock that stands until a test turns it."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.time

    def turn(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Served:
    """A server at `url`, and what a test does with it; `clock` is the hub's."""

    url: str
    engine: Engine
    clock: Hand
    app: Any
    stop: Callable[[], None]
    keys: dict[str, str] = field(default_factory=dict)

    def key(self, name: str, *scopes: str) -> str:
        """Give the key of a client, which is added when it is not there."""
        if name not in self.keys:
            with self.engine.begin() as connection:
                self.keys[name] = Callers(connection).add(name, scopes or [SYNC_REQUESTS], self.clock())
        return self.keys[name]

    def call(self, method: str, path: str, *, key: str = "", **options: Any) -> Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return requests.request(
            method, self.url + path, headers=headers | options.pop("headers", {}), timeout=30, **options
        )

    def ask(self, record_key: str, *, name: str = "yard", headers: Mapping[str, str] | None = None) -> Response:
        """Ask that an account is brought into step."""
        asked = {"object": "Account", "key": record_key}
        return self.call("POST", "/v1/sync-requests", key=self.key(name), json=asked, headers=headers or {})


def prepared(path: Path) -> Engine:
    """Give a SQLite database with all tables."""
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    return engine


@contextmanager
def served(engine: Engine, folder: Path, *routers: APIRouter, **changes: Any) -> Iterator[Served]:
    """Serve until the block ends; `changes` are settings, `routers` further routes."""
    settings = ServerSettings(port=0, **changes)
    clock = Hand()
    writer = InboxWriter(engine, clock, lapsed=lapsed_callers)
    app = open_app(_parts(engine, folder, settings, clock, writer, routers))
    listening = listen(settings.address, settings.port)
    server = uvicorn_server(app, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="test-server")

    def stop() -> None:
        server.should_exit = True
        thread.join()

    writer.start()
    thread.start()
    try:
        yield Served(Place(listening, tls=settings.tls_certificate is not None).url, engine, clock, app, stop)
    finally:
        stop()
        writer.close()
        listening.close()


def _parts(
    engine: Engine,
    folder: Path,
    settings: ServerSettings,
    clock: Hand,
    writer: InboxWriter,
    routers: tuple[APIRouter, ...],
) -> ServerParts:
    quotas = Quotas(settings.calls_per_minute)
    gate = Gate(engine, Tokens(token_key(None, folder / "token.key"), settings.token_seconds), quotas, clock)
    sources = {"yard": WebhookSource(StandardWebhooks(YARD_KEYS), "record.changed")}
    asking = SyncRequestRoutes(SyncRequests(engine, "salesforce", OBJECTS, writer), gate)
    return ServerParts(
        gate=gate, ready=lambda: require_current(engine), body_limit=settings.body_limit,
        request_seconds=settings.request_seconds,
        direct=[Webhooks(sources, writer, quotas, clock).route(), asking.route()],
        routers=[
            asking.routes(), KnownRecordRoutes(KnownRecords(engine, "salesforce", OBJECTS, BLOTTED), gate).routes(),
            *routers,
        ],
    )  # fmt: skip


def problem(response: Response) -> dict[str, Any]:
    """Give the problem that an answer tells of."""
    assert response.headers["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(response.content)
    assert (told["status"], told["type"]) == (response.status_code, "about:blank")
    return told


def rows(engine: Engine, statement: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(statement))


def signed(message_id: str, at: datetime, body: bytes = BODY, key: str = YARD_KEYS[0]) -> dict[str, str]:
    """Sign a webhook with the library of those who made the scheme."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(message_id, at, body.decode()),
    }
