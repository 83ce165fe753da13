"""REST for repossessions: the same acts as on the command line, each scope in one role (F14 to F20)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from drawbar.jobs.hub import Hub
from drawbar.jobs.repo_acts import Asked, Person, RepoActs, of_a_day, shown
from drawbar.jobs.repo_told import RepossessionTold, told
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.guards import OVERRIDE
from drawbar.middleware.repossession.recording import Recording, failed_attempt
from drawbar.middleware.repossession.roles import ACT_OF, MAY, Role
from drawbar.middleware.repossession.states import PENDING, RepoEvent, RepoState
from drawbar.middleware.server.callers import REPOSSESSION_ROLES
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.problems import PROBLEM_RESPONSES, Forbidden
from drawbar.middleware.sync.runs import new_run_id

_SOURCE: Final = "rest"
_Details = Annotated[dict[str, Annotated[str, Field(max_length=1_000)]], Field(max_length=40)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class RequestBody(_Body):
    """Asks for the repossession of a vehicle, or of all vehicles of the account."""

    account: str = Field(min_length=1, max_length=20)
    vehicle: str = Field("", max_length=20)
    reason: str = Field("", max_length=1_000)


class StepBody(_Body):
    """A step: its event, and what it needs; `override` says why a vehicle is approved that is not worth recovering."""

    event: RepoEvent
    vehicle: str = Field("", max_length=20)
    reason: str = Field("", max_length=1_000)
    day: date | None = None
    override: str = Field("", max_length=1_000)
    details: _Details = Field({}, description="order_type, channel, instructions, storage_place, keys, mileage ...")


class FailedAttemptBody(_Body):
    """An attempt that failed."""

    reason: str = Field(max_length=40, description="customer-not-found, nobody-home, refused ...")
    vehicle: str = Field("", max_length=20)
    comments: str = Field("", max_length=1_000)
    promised_for: date | None = None


class RecordingBody(_Body):
    """A recording: what came back, by vehicle; what is not named is lost."""

    day: date
    staff: str = Field(max_length=120)
    unit_number: str = Field(max_length=60)
    condition: str = Field(max_length=255)
    returned: dict[str, int] = Field(max_length=100)
    details: _Details = {}


IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class RepossessionRoutes:
    """Asks the gate who calls, and lets him do what his role may."""

    hub: Hub
    gate: Gate

    def routes(self) -> APIRouter:
        router = APIRouter(
            prefix="/v1/repossessions", tags=["repossessions"], responses=PROBLEM_RESPONSES,
            dependencies=[Security(HTTPBearer(auto_error=False)), Depends(self._admitted)],
        )  # fmt: skip
        made = HTTPStatus.CREATED
        router.add_api_route("", self._list, methods=["GET"], summary="List repossessions")
        router.add_api_route("", self._request, methods=["POST"], status_code=made, summary="Ask for a repossession")
        router.add_api_route("/{account}", self._show, methods=["GET"], summary="The repossessions of an account")
        router.add_api_route("/{account}/steps", self._step, methods=["POST"], summary="Take a step")
        router.add_api_route(
            "/{account}/failed-attempts", self._failed, methods=["POST"], summary="Record an attempt that failed"
        )
        router.add_api_route("/{account}/recordings", self._record, methods=["POST"], summary="Record a repossession")
        return router

    async def _admitted(self, request: Request) -> None:
        caller = await self.gate.admit(request, None)
        request.state.roles = [role for scope, role in REPOSSESSION_ROLES.items() if scope in caller.scopes]
        if not request.state.roles:
            raise Forbidden(
                f"{caller.name} may not do this: its key has no scope of repossessions",
                remedy="Ask the hub's operator.",
            )

    def _list(
        self,
        state: Annotated[list[RepoState] | None, Query()] = None,
        pending: bool = False,
        office: Annotated[str, Query(max_length=20)] = "",
    ) -> list[RepossessionTold]:
        """List repossessions by the time of their request: of some states, still to be done, of one office."""
        wanted = [*(state or ()), *(PENDING if pending else ())]
        with reading(self.hub.engine) as connection:
            cases = [each for each in RepoCases(connection).listed(wanted) if office in ("", each.facts.office)]
            return [told(each) for each in shown(self.hub, connection, cases, self.hub.clock())]

    def _show(self, account: str) -> list[RepossessionTold]:
        with reading(self.hub.engine) as connection:
            found = shown(self.hub, connection, RepoCases(connection).of_account(account), self.hub.clock())
        if not found:
            raise NotThere(f"account {account} has no repossession", remedy="Ask for one: POST /v1/repossessions")
        return [told(each) for each in found]

    def _request(
        self, body: RequestBody, request: Request, idempotency_key: IdempotencyKey = None
    ) -> list[RepossessionTold]:
        asked = Asked(RepoEvent.REQUEST, _act_id(request, idempotency_key), body.reason, asked_as=_hash(request, body))
        acts = self._acts(request, RepoEvent.REQUEST)
        return [told(each) for each in acts.request(body.account, body.vehicle, asked)]

    def _step(
        self, account: str, body: StepBody, request: Request, idempotency_key: IdempotencyKey = None
    ) -> RepossessionTold:
        details = {**body.details, **({OVERRIDE: body.override} if body.override else {})}
        act_id = _act_id(request, idempotency_key)
        asked = of_a_day(Asked(body.event, act_id, body.reason, details, _hash(request, body)), body.day)
        return told(self._acts(request, body.event).step(account, body.vehicle, asked))

    def _failed(
        self, account: str, body: FailedAttemptBody, request: Request, idempotency_key: IdempotencyKey = None
    ) -> RepossessionTold:
        why, details = failed_attempt(body.reason, body.comments, body.promised_for)
        asked = Asked(RepoEvent.FAILED, _act_id(request, idempotency_key), why, details, _hash(request, body))
        return told(self._acts(request, RepoEvent.FAILED).step(account, body.vehicle, asked))

    def _record(
        self, account: str, body: RecordingBody, request: Request, idempotency_key: IdempotencyKey = None
    ) -> list[RepossessionTold]:
        recording = Recording(body.day, body.staff, body.unit_number, body.condition, body.returned, body.details)
        acts = self._acts(request, RepoEvent.REPOSSESSED)
        act_id = _act_id(request, idempotency_key)
        return [told(each) for each in acts.record(account, recording, act_id, _hash(request, body))]

    def _acts(self, request: Request, event: RepoEvent) -> RepoActs:
        now = self.hub.clock()
        caller = str(request.state.caller)
        person = Person(caller, _SOURCE, _fitting(request.state.roles, event))
        return RepoActs(self.hub, person, now, new_run_id("repo", now))


def _fitting(roles: list[Role], event: RepoEvent) -> Role:
    """Give the role of a caller that may take a step, any other of his when none may."""
    return next((role for role in roles if ACT_OF[event] in MAY[role]), roles[0])


def _act_id(request: Request, key: str | None) -> str:
    """Name an act: a repeated one with the same `Idempotency-Key` of the same caller is the first one."""
    return f"{request.state.caller} {key or secrets.token_hex(16)}"


def _hash(request: Request, body: BaseModel) -> str:
    """Hash what is asked for, so that a key cannot stand for two requests."""
    return hashlib.sha256(f"{request.url.path} {body.model_dump_json()}".encode()).hexdigest()
