"""What the hub knows of one record: the values that were last sent, when and why, what waits, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Engine, select

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.records import Reference, Scalar
from drawbar.middleware.server.callers import PERSONAL_RECORDS, RECORDS
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.problems import PROBLEM_RESPONSES
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.delivery_log import attempts
from drawbar.middleware.sync.tables import outbox

Told = str | int | bool | None
_WRITTEN = frozenset({"created", "updated"})


class KnownField(BaseModel):
    """A field as it was last sent: amounts and times as text, a parent by its key; `why` says where it came from."""

    name: str
    value: Told
    sent_at: datetime
    why: str
    run: str


class WaitingField(BaseModel):
    """A field that waits to be sent, since when, and why."""

    name: str
    value: Told
    since: datetime
    why: str


class OpenFailure(BaseModel):
    """What is wrong with the record now; `number` is that of `drawbar failures`."""

    number: int
    code: str
    message: str
    remedy: str
    first_at: datetime
    last_at: datetime


class KnownRecord(BaseModel):
    """One record; `target_id` is its id in the target, "" when it was never written; times are in UTC."""

    object: str = Field(examples=["Lease_Account__c"])
    key: str = Field(examples=["LW00001234"])
    target_id: str
    deleted: bool
    masked: bool
    fields: list[KnownField]
    waiting: list[WaitingField]
    failures: list[OpenFailure]


@dataclass(frozen=True, slots=True)
class Masking:
    """How values and messages are told to callers who need not know whose they are."""

    value: Callable[[str, str, Told], Told]
    message: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class KnownRecords:
    """Looks records of these objects up, in the hub alone: the target is not asked."""

    engine: Engine
    target: str
    objects: Sequence[str]
    masking: Masking

    def tell(self, object_name: str, key: str, *, masked: bool) -> KnownRecord:
        """Tell of a record; raises NotThere when nothing is known of it."""
        with reading(self.engine) as connection:
            found = self._found(connection, object_name, key) if object_name in self.objects else None
        if found is None:
            raise NotThere(
                f"nothing is known of {object_name} {key}",
                remedy=f"Name one of {', '.join(self.objects)}, and a key that was sent.",
            )
        return self._masked(found) if masked else found

    def _found(self, connection: Connection, object_name: str, key: str) -> KnownRecord | None:
        known: dict[str, KnownField] = {}
        target_id, deleted = "", False
        for row in attempts(connection, self.target, object_name, key):
            target_id = row.target_id or target_id
            if row.status == "deleted":
                known.clear()
            if row.status in _WRITTEN:
                fields = decode(row.fields).items()
                known |= {
                    name: KnownField(name=name, value=_plain(value), sent_at=row.at, why=row.why, run=row.run_id)
                    for name, value in fields
                }
            deleted = row.status == "deleted" or (deleted and row.status not in _WRITTEN)
        waiting = list(self._waiting(connection, object_name, key))
        failures = list(_failures(connection, object_name, key))
        if not (known or waiting or failures or deleted):
            return None
        return KnownRecord(
            object=object_name, key=key, target_id=target_id, deleted=deleted, masked=False,
            fields=sorted(known.values(), key=lambda each: each.name), waiting=waiting, failures=failures,
        )  # fmt: skip

    def _waiting(self, connection: Connection, object_name: str, key: str) -> Iterator[WaitingField]:
        place = outbox.c.target == self.target, outbox.c.object == object_name, outbox.c.key == key
        for row in connection.execute(select(outbox).where(*place).order_by(outbox.c.id)):
            for name, value in sorted(decode(row.fields).items()):
                yield WaitingField(name=name, value=_plain(value), since=row.queued_at, why=row.why)

    def _masked(self, found: KnownRecord) -> KnownRecord:
        def blot(each: KnownField | WaitingField) -> dict[str, object]:
            return {"value": self.masking.value(found.object, each.name, each.value)}

        told = self.masking.message
        return found.model_copy(
            update={
                "masked": True,
                "fields": [each.model_copy(update=blot(each)) for each in found.fields],
                "waiting": [each.model_copy(update=blot(each)) for each in found.waiting],
                "failures": [each.model_copy(update={"message": told(each.message, "")}) for each in found.failures],
            }
        )


def _failures(connection: Connection, object_name: str, key: str) -> Iterator[OpenFailure]:
    for letter in DeadLetters(connection).find(object_name=object_name, key=key):
        failure = letter.failure
        yield OpenFailure(
            number=letter.id, code=failure.code, message=failure.message, remedy=failure.remedy,
            first_at=letter.first_at, last_at=letter.last_at,
        )  # fmt: skip


def _plain(value: Scalar | Reference) -> Told:
    if isinstance(value, Reference):
        return value.key
    return value if value is None or isinstance(value, bool | int | str) else str(value)


@dataclass(frozen=True, slots=True)
class KnownRecordRoutes:
    """REST for what is known of records."""

    records: KnownRecords
    gate: Gate

    def routes(self) -> APIRouter:
        router = APIRouter(
            prefix="/v1/records", tags=["records"], responses=PROBLEM_RESPONSES,
            dependencies=[Security(HTTPBearer(auto_error=False)), Depends(self.gate.needs(RECORDS))],
        )  # fmt: skip
        router.add_api_route(
            "/{object}/{key:path}", self._tell, methods=["GET"], summary="What the hub knows of a record"
        )
        return router

    def _tell(
        self,
        request: Request,
        object: Annotated[str, Path(max_length=80)],  # noqa: A002  (the word of the route)
        key: Annotated[str, Path(max_length=255)],
    ) -> KnownRecord:
        """Names, addresses, telephones and free text are blotted out, unless the caller has the scope for them."""
        return self.records.tell(object, key, masked=PERSONAL_RECORDS not in request.state.scopes)
