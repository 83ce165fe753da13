"""REST for remarketing: the lender's own programs, each scope in one role, and auctions with requests of their own."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing import RemarketingOffice
from drawbar.jobs.remarketing_acts import Change, RemarketingActs, named, shown
from drawbar.jobs.remarketing_exchange import AuctionExchange, PutRemarketing
from drawbar.jobs.remarketing_told import NotificationTold, RemarketingForAuction, RemarketingTold
from drawbar.jobs.repo_acts import Person
from drawbar.middleware.database.engine import reading
from drawbar.middleware.remarketing.asked import NewRequest
from drawbar.middleware.remarketing.requests import Priority
from drawbar.middleware.remarketing.statuses import RemarketingStatus
from drawbar.middleware.repossession.roles import MAY
from drawbar.middleware.server.callers import AUCTION, REPOSSESSION_ROLES
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.problems import PROBLEM_RESPONSES, Forbidden
from drawbar.middleware.sync.runs import new_run_id

_SOURCE: Final = "rest"
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class StorageBody(_Body):
    """Where the vehicle is stored; what is left out is as the vehicle has it."""

    address: str = Field("", max_length=255)
    zip_code: str = Field("", max_length=20)
    state: str = Field("", max_length=20)
    country: str = Field("", max_length=40)
    contact: str = Field("", max_length=120)
    phone: str = Field("", max_length=40)
    fax: str = Field("", max_length=40)

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in self.model_dump().items() if value}


class RequestBody(_Body):
    """Asks for the remarketing of a vehicle; without a vendor the preselected one gets the work order."""

    vehicle: str = Field(min_length=1, max_length=20)
    vendor: str = Field("", max_length=80)
    override_reason: str = Field("", max_length=255)
    priority: Priority = "NORMAL"
    comment: str = Field("", max_length=4_000)
    collector: str = Field("", max_length=80)
    storage: StorageBody = StorageBody()


class StepBody(_Body):
    """Sets a status, one of those that staff set."""

    status: RemarketingStatus
    comment: str = Field("", max_length=4_000)


class ChangeBody(_Body):
    """Changes what is said on a request; what is left out stays."""

    vendor: str = Field("", max_length=80)
    override_reason: str = Field("", max_length=255)
    priority: Priority | None = None
    comment: str = Field("", max_length=4_000)
    collector: str = Field("", max_length=80)
    storage: StorageBody = StorageBody()
    attributes: dict[str, Annotated[str, Field(max_length=255)]] = Field({}, max_length=100)

    @property
    def change(self) -> Change:
        own = {"priority": self.priority or "", "collector": self.collector}
        values = {name: value for name, value in own.items() if value} | self.storage.given
        return Change(
            vendor=self.vendor, override_reason=self.override_reason, comment=self.comment, values=values,
            attributes=self.attributes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RemarketingRoutes:
    """Asks the gate who calls; lets the lender's programs do what their role may, and auctions what is theirs."""

    hub: Hub
    gate: Gate

    def routes(self) -> APIRouter:
        router = APIRouter(responses=PROBLEM_RESPONSES, dependencies=[Security(HTTPBearer(auto_error=False))])
        router.include_router(self._of_staff())
        router.include_router(self._of_auctions())
        return router

    def _of_staff(self) -> APIRouter:
        admitted = [Depends(self._admitted)]
        router = APIRouter(prefix="/v1/remarketing", tags=["remarketing"], dependencies=admitted)
        made = HTTPStatus.CREATED
        router.add_api_route("", self._list, methods=["GET"], summary="List remarketing requests")
        router.add_api_route("", self._request, methods=["POST"], status_code=made, summary="Ask for a remarketing")
        router.add_api_route("/{number}", self._show, methods=["GET"], summary="One request with its history")
        router.add_api_route("/{number}", self._change, methods=["PATCH"], summary="Change what is said on a request")
        router.add_api_route("/{number}/steps", self._step, methods=["POST"], summary="Set the status of a request")
        return router

    def _of_auctions(self) -> APIRouter:
        admitted = [Depends(self.gate.needs(AUCTION))]
        router = APIRouter(prefix="/v1/auction", tags=["auctions"], dependencies=admitted)
        router.add_api_route("/remarketing", self._own, methods=["GET"], summary="The auction's own requests")
        router.add_api_route("/remarketing/{number}", self._get, methods=["GET"], summary="Get remarketing")
        router.add_api_route("/remarketing/{number}", self._put, methods=["PUT"], summary="Put remarketing")
        router.add_api_route(
            "/notifications", self._waiting, methods=["GET"], summary="Messages that were not acknowledged yet"
        )
        return router

    async def _admitted(self, request: Request) -> None:
        caller = await self.gate.admit(request, None)
        roles = [role for scope, role in REPOSSESSION_ROLES.items() if scope in caller.scopes]
        if not roles:
            raise Forbidden(
                f"{caller.name} may not do this: its key has no scope of repossessions",
                remedy="Ask the hub's operator.",
            )
        request.state.role = next((role for role in roles if "follow" in MAY[role]), roles[0])

    def _list(
        self,
        status: Annotated[list[RemarketingStatus] | None, Query()] = None,
        vehicle: Annotated[str, Query(max_length=20)] = "",
        current: bool = False,
    ) -> list[RemarketingTold]:
        """List requests, oldest first: of some statuses, of a vehicle, only current ones."""
        with reading(self.hub.engine) as connection:
            office = RemarketingOffice(self.hub, connection, self.hub.clock(), "")
            found = office.book.listed(asset=vehicle, only_current=current, statuses=status or ())
            return [shown(office, each) for each in found]

    def _show(self, number: str) -> RemarketingTold:
        """Name the request by its number, or by its vehicle for the current one."""
        with reading(self.hub.engine) as connection:
            office = RemarketingOffice(self.hub, connection, self.hub.clock(), "")
            return shown(office, named(connection, number))

    def _request(self, body: RequestBody, request: Request, idempotency_key: IdempotencyKey = None) -> RemarketingTold:
        asked = NewRequest(
            vendor=body.vendor, override_reason=body.override_reason, priority=body.priority, comment=body.comment,
            collector=body.collector, storage=body.storage.given,
        )  # fmt: skip
        act_id = _act_id(request, idempotency_key)
        return self._acts(request).request(body.vehicle, asked, act_id, _hash(request, body))

    def _step(
        self, number: str, body: StepBody, request: Request, idempotency_key: IdempotencyKey = None
    ) -> RemarketingTold:
        act_id = _act_id(request, idempotency_key)
        return self._acts(request).step(number, body.status, body.comment, act_id, _hash(request, body))

    def _change(
        self, number: str, body: ChangeBody, request: Request, idempotency_key: IdempotencyKey = None
    ) -> RemarketingTold:
        return self._acts(request).change(number, body.change, _act_id(request, idempotency_key), _hash(request, body))

    def _own(self, request: Request, current: bool = False) -> list[RemarketingForAuction]:
        """Give the requests of the vendors that the caller acts for, oldest first."""
        return AuctionExchange(self.hub).listed(request.state.caller, only_current=current)

    def _get(self, number: str, request: Request) -> RemarketingForAuction:
        """Name the request by its number, or by the auction's own once it has accepted."""
        return AuctionExchange(self.hub).get(request.state.caller, number)

    def _put(
        self, number: str, put: PutRemarketing, request: Request, idempotency_key: IdempotencyKey = None
    ) -> RemarketingForAuction:
        """Tell of a request: acknowledge messages, set a status, give the auction's number, comment, attributes."""
        return AuctionExchange(self.hub).put(request.state.caller, number, put, idempotency_key)

    def _waiting(self, request: Request) -> list[NotificationTold]:
        """Give what staff have set since, in order; each is given again until it is acknowledged."""
        return AuctionExchange(self.hub).waiting(request.state.caller)

    def _acts(self, request: Request) -> RemarketingActs:
        now = self.hub.clock()
        person = Person(str(request.state.caller), _SOURCE, request.state.role)
        return RemarketingActs(self.hub, person, now, new_run_id("remarketing", now))


def _act_id(request: Request, key: str | None) -> str:
    """Name an act: a repeated one with the same `Idempotency-Key` of the same caller is the first one."""
    return f"{request.state.caller} {key or secrets.token_hex(16)}"


def _hash(request: Request, body: BaseModel) -> str:
    """Hash what is asked for, so that a key cannot stand for two requests."""
    return hashlib.sha256(f"{request.method} {request.url.path} {body.model_dump_json()}".encode()).hexdigest()
