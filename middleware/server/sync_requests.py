"""Sync requests: a caller asks that one record is brought into step now, and how that went."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Header, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine, select
from starlette.concurrency import run_in_threadpool

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.server.callers import SYNC_REQUESTS
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.problems import PROBLEM_RESPONSES
from drawbar.middleware.sync.inbox import Inbox, InboxEntry, Message, Stored
from drawbar.middleware.sync.inbox_writer import InboxWriter
from drawbar.middleware.sync.tables import delivery, outbox

KIND: Final = "sync-request"
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

    async def ask(self, request: SyncRequest, sender: str, message_id: str) -> SyncProgress:
        """Store a request and tell how it stands; raises RecordRejected, Conflict or InboxUnavailable."""
        stored = await asyncio.wrap_future(self.submit(request, sender, message_id))
        if stored.duplicate:
            return await run_in_threadpool(self.progress, stored.id, sender)
        return _new(request, stored)

    def ask_and_wait(self, request: SyncRequest, sender: str, message_id: str) -> SyncProgress:
        """Do as `ask` does, on a thread that may wait."""
        stored = self.submit(request, sender, message_id).result()
        return self.progress(stored.id, sender) if stored.duplicate else _new(request, stored)

    def submit(self, request: SyncRequest, sender: str, message_id: str) -> Future[Stored]:
        """Have a request stored; this and what it gives raise as `ask` does."""
        if request.object not in self.objects:
            raise RecordRejected(
                f"{request.object!r} is no object that the hub keeps in step", field="object",
                remedy=f"It is one of {', '.join(self.objects)}.", code="UNKNOWN_OBJECT",
            )  # fmt: skip
        return self.inbox.submit(request.message(sender, message_id))

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

    def routes(self) -> APIRouter:
        router = APIRouter(
            prefix="/v1/sync-requests", tags=["sync requests"], responses=PROBLEM_RESPONSES,
            dependencies=[Security(HTTPBearer(auto_error=False)), Depends(self.gate.needs(SYNC_REQUESTS))],
        )  # fmt: skip
        router.add_api_route(
            "", self._ask, methods=["POST"], status_code=HTTPStatus.ACCEPTED,
            summary="Bring a record into step now",
        )  # fmt: skip
        router.add_api_route("/{request_id}", self._tell, methods=["GET"], summary="How a request stands")
        return router

    async def _ask(
        self,
        asked: SyncRequest,
        request: Request,
        response: Response,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> SyncProgress:
        """Store the request and answer; a repeated one with the same `Idempotency-Key` is the first one."""
        caller = str(request.state.caller)
        progress = await self.requests.ask(asked, caller, idempotency_key or secrets.token_hex(16))
        response.headers["Location"] = f"/v1/sync-requests/{progress.id}"
        return progress

    def _tell(self, request_id: str, request: Request) -> SyncProgress:
        """Only who asked is told."""
        return self.requests.progress(request_id, str(request.state.caller))
