"""Sync requests: a caller asks that one record is brought into step now, and how that went."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Final, Literal

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, Engine, select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.server.callers import SYNC_REQUESTS
from drawbar.middleware.server.direct import DirectRoute
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.problems import PROBLEM_RESPONSES
from drawbar.middleware.sync.inbox import LONGEST_NAME, Inbox, InboxEntry, Message, Stored
from drawbar.middleware.sync.inbox_writer import InboxWriter, ProofLapsed
from drawbar.middleware.sync.tables import delivery, outbox

KIND: Final = "sync-request"
_PATH: Final = "/v1/sync-requests"
_KEY: Final = "Idempotency-Key"
_TAGS: Final[list[str | Enum]] = ["sync requests"]
_SECURITY: Final = (Security(HTTPBearer(auto_error=False)),)
Progress = Literal["waiting", "queued", "delivered", "refused", "failed"]


class SyncRequest(BaseModel):
    """The record that shall be brought into step, by its object in the target and its key there."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    object: str = Field(min_length=1, max_length=80, examples=["Lease_Account__c"])
    key: str = Field(min_length=1, max_length=255, examples=["LW00001234"])

    def message(self, sender: str, message_id: str) -> Message:
        """Give the message that the request becomes in the inbox."""
        return Message(sender, message_id, KIND, self.model_dump_json().encode())


class SyncProgress(BaseModel):
    """How a sync request stands.

    `waiting`: it will be handled; `queued`: the record waits to be written; `delivered`, `refused`: what the target
    said; `failed`: it could not be handled, and `error` says why.
    """

    id: str
    object: str
    key: str
    state: Progress
    error: str = ""
    received_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SyncRequests:
    """Takes requests for records of these objects, and tells each caller of its own."""

    engine: Engine
    target: str
    objects: Sequence[str]
    inbox: InboxWriter

    async def ask(
        self, request: SyncRequest, sender: str, message_id: str, proof: Hashable | None = None
    ) -> SyncProgress:
        """Store a request and tell how it stands; raises RecordRejected, Conflict, InboxUnavailable or ProofLapsed."""
        stored = await asyncio.wrap_future(self.submit(request, sender, message_id, proof))
        if stored.duplicate:
            return await run_in_threadpool(self.progress, stored.id, sender)
        return _new(request, stored)

    def ask_and_wait(self, request: SyncRequest, sender: str, message_id: str) -> SyncProgress:
        """Do as `ask` does, on a thread that may wait."""
        stored = self.submit(request, sender, message_id).result()
        return self.progress(stored.id, sender) if stored.duplicate else _new(request, stored)

    def submit(
        self, request: SyncRequest, sender: str, message_id: str, proof: Hashable | None = None
    ) -> Future[Stored]:
        """Have a request stored; this and what it gives raise as `ask` does."""
        if request.object not in self.objects:
            raise RecordRejected(
                f"{request.object!r} is no object that the hub keeps in step", field="object",
                remedy=f"It is one of {', '.join(self.objects)}.", code="UNKNOWN_OBJECT",
            )  # fmt: skip
        return self.inbox.submit(request.message(sender, message_id), proof)

    def progress(self, request_id: str, sender: str) -> SyncProgress:
        """Tell how a request of this sender stands; raises NotThere when it has none of that id."""
        with reading(self.engine) as connection:
            entry = Inbox(connection).get(request_id, sender=sender, kind=KIND)
            request = SyncRequest.model_validate_json(entry.message.body)
            state, error = _STATES[entry.state], entry.error
            if entry.state == "handled" and not self._waits(connection, request):
                state, error = self._outcome(connection, request, entry)
        return SyncProgress(
            id=entry.id, object=request.object, key=request.key, state=state, error=error,
            received_at=entry.received_at, ended_at=entry.ended_at,
        )  # fmt: skip

    def _waits(self, connection: Connection, request: SyncRequest) -> bool:
        place = outbox.c.target == self.target, outbox.c.object == request.object, outbox.c.key == request.key
        return connection.execute(select(outbox.c.id).where(*place).limit(1)).first() is not None

    def _outcome(self, connection: Connection, request: SyncRequest, entry: InboxEntry) -> tuple[Progress, str]:
        """Give what the target said of the record last, since the request was handled."""
        place = delivery.c.target == self.target, delivery.c.object == request.object, delivery.c.key == request.key
        statement = select(delivery.c.status, delivery.c.message).where(*place, delivery.c.at >= entry.ended_at)
        row = connection.execute(statement.order_by(delivery.c.id.desc()).limit(1)).first()
        if row is None:
            return "queued", ""
        return ("refused", row.message) if row.status == "refused" else ("delivered", "")


def _new(request: SyncRequest, stored: Stored) -> SyncProgress:
    """Tell of a request that has just come; nobody needs to ask the database for it."""
    return SyncProgress(
        id=stored.id, object=request.object, key=request.key, state="waiting", received_at=stored.received_at
    )


_STATES: Final[Mapping[str, Progress]] = {"waiting": "waiting", "handled": "queued", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class SyncRequestRoutes:
    """REST for sync requests."""

    requests: SyncRequests
    gate: Gate

    def route(self) -> DirectRoute:
        """Give the route that takes requests."""
        key = {"name": _KEY, "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}}
        body = {"required": True, "content": {"application/json": {"schema": SyncRequest.model_json_schema()}}}
        return DirectRoute(
            _PATH, self._ask, methods=["POST"], status_code=HTTPStatus.ACCEPTED, response_model=SyncProgress,
            summary="Bring a record into step now", tags=_TAGS, responses=PROBLEM_RESPONSES, dependencies=_SECURITY,
            openapi_extra={"parameters": [key], "requestBody": body},
        )  # fmt: skip

    def routes(self) -> APIRouter:
        """Give the routes that tell of requests."""
        router = APIRouter(
            prefix=_PATH, tags=_TAGS, responses=PROBLEM_RESPONSES,
            dependencies=[*_SECURITY, Depends(self.gate.needs(SYNC_REQUESTS))],
        )  # fmt: skip
        router.add_api_route("/{request_id}", self._tell, methods=["GET"], summary="How a request stands")
        return router

    async def _ask(self, request: Request) -> Response:
        """Store the request and answer; a repeated one with the same `Idempotency-Key` is the first one."""
        caller = await self.gate.admit_sender(request, SYNC_REQUESTS)
        asked = await _asked(request)
        try:
            progress = await self.requests.ask(asked, caller.name, _message_id(request), proof=caller)
        except ProofLapsed:
            raise self.gate.lapsed(request) from None
        headers = {"Location": f"{_PATH}/{progress.id}"}
        return Response(progress.model_dump_json(), HTTPStatus.ACCEPTED, headers, "application/json")

    def _tell(self, request_id: str, request: Request) -> SyncProgress:
        """Only who asked is told."""
        return self.requests.progress(request_id, str(request.state.caller))


async def _asked(request: Request) -> SyncRequest:
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
    try:
        return SyncRequest.model_validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_input=False, include_url=False)]
        ) from None


def _message_id(request: Request) -> str:
    """Give the key under which the caller may repeat its request; one that nobody else has when it names none."""
    key = request.headers.get(_KEY)
    if key is None:
        return secrets.token_hex(16)
    if not 1 <= len(key) <= LONGEST_NAME:
        raise RecordRejected(
            f"must have 1 to {LONGEST_NAME} characters", field=_KEY, code="INVALID",
            remedy="Send such a one, or none.",
        )  # fmt: skip
    return key
