"""A client of a local org that calls its application directly, and writes and reads its rows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.values import Source, Stored
from drawbar.sandbox.writing.results import Operation, RowResult, WriteContext

ROOT = "/services/data/v67.0"


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True)
class Reply:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def call_app(
    app: ASGIApp,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    client: str = "127.0.0.1",
) -> Reply:
    """Make one call and wait for the whole answer."""
    path, _, query = target.partition("?")
    given = {"host": "localhost", **{name.lower(): value for name, value in (headers or {}).items()}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": (client, 50000),
        "server": ("localhost", 443),
    }
    sent: list[Message] = []

    async def run() -> None:
        incoming = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(run())
    names = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], names, b"".join(each.get("body", b"") for each in sent[1:]))


class OrgClient:
    """Calls the REST API as the integration user; `rows` and `write` go to the store directly."""

    def __init__(self, local: LocalOrg) -> None:
        self.local = local
        self.token = local.sessions.start(INTEGRATION_USER_ID)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Call below `/services/data/v67.0`; a body that is not bytes is sent as JSON."""
        target = path if path.startswith("/services") else ROOT + path
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})}
        return call_app(self.local.app, method, f"{target}?{urlencode(query or {})}", content, given)

    def get(self, path: str, **query: str) -> Reply:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: object, **headers: str) -> Reply:
        return self.call("POST", path, body, headers={name.replace("_", "-"): each for name, each in headers.items()})

    def patch(self, path: str, body: object, **query: str) -> Reply:
        return self.call("PATCH", path, body, query=query)

    def delete(self, path: str, **query: str) -> Reply:
        return self.call("DELETE", path, query=query)

    def sobject(self, name: str) -> SObject:
        found = self.local.org.schema.get(name)
        assert found is not None
        return found

    def write(
        self,
        operation: Operation,
        object_name: str,
        *rows: Mapping[str, object],
        external_id: str | None = None,
        all_or_none: bool = False,
        auto_assign: bool = False,
        source: Source = "json",
    ) -> list[RowResult]:
        context = WriteContext(INTEGRATION_USER_ID, auto_assign=auto_assign, source=source)
        return self.local.org.write(
            operation, object_name, rows, external_id=external_id, all_or_none=all_or_none, context=context
        )

    def create(self, object_name: str, **row: object) -> str:
        """Create a record that must be accepted, and give its id."""
        (result,) = self.write("create", object_name, row)
        assert result.success, result.errors
        assert result.id is not None
        return result.id

    def lease(self, number: str = "L1", **row: object) -> str:
        """Create a lease."""
        return self.create("Lease__c", **{"Number__c": number, "Portfolio__c": "main", **row})

    def refusals(self, object_name: str, **row: object) -> tuple[SalesforceError, ...]:
        """Try to create a record that must be refused, and give the errors."""
        (result,) = self.write("create", object_name, row)
        assert not result.success
        return result.errors

    def row(self, object_name: str, record_id: str, *, deleted: bool = False) -> dict[str, Stored]:
        """Give a record as columns."""
        found = self.local.org.record(self.sobject(object_name), record_id, deleted=deleted)
        assert found is not None
        return found

    def count(self, object_name: str) -> int:
        where = ' WHERE "IsDeleted" = 0' if self.sobject(object_name).field("IsDeleted") else ""
        return int(str(self.local.org.read(f'SELECT COUNT(*) FROM "{object_name}"{where}')[0][0]))
