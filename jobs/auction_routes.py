"""REST for auctions' invoices: auctions hand them in, accountants decide and post them (R12, R17, R19, R20)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from drawbar.jobs.auction_acts import AuctionActs
from drawbar.jobs.auction_counter import HandedInvoice, InvoiceAnswer, InvoiceAsked, InvoiceCounter, answer
from drawbar.jobs.auction_proceeds import ProceedsDesk
from drawbar.jobs.auction_told import InvoiceTold, VehicleProceedsTold, proceeds_told, told
from drawbar.jobs.hub import Hub
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.proceeds import Refund
from drawbar.middleware.auctions.settings import InvoiceStatus
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.server.callers import AUCTION_ACCOUNTING, AUCTION_INVOICES
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.problems import PROBLEM_RESPONSES
from drawbar.middleware.sync.runs import new_run_id
from drawbar.middleware.units import Usd

_WANTED: Final[Mapping[str, InvoiceStatus]] = {"accept": "APPROVED", "reject": "REJECTED"}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class DecisionBody(_Body):
    """Accepts or rejects an invoice; `confirm` repeats its number."""

    decision: Literal["accept", "reject"]
    reason: str = Field("", max_length=255)
    confirm: str = Field(max_length=80, description="the number of the invoice once more: yes, it is meant")


class RefundBody(_Body):
    """Records a refund."""

    vehicle: str = Field(min_length=1, max_length=20)
    type: str = Field(min_length=1, max_length=80)
    amount: Annotated[Usd, Field(gt=0, le=Decimal(99_999_999))]
    currency: Literal["USD"] = "USD"
    note: str = Field("", max_length=255)


@dataclass(frozen=True, slots=True)
class AuctionInvoiceRoutes:
    """Routes for auctions: each sees its own invoices, and hands in invoices about its own work orders."""

    hub: Hub
    gate: Gate

    def routes(self) -> APIRouter:
        router = APIRouter(
            prefix="/v1/auction/invoices", tags=["auctions"], responses=PROBLEM_RESPONSES,
            dependencies=[Security(HTTPBearer(auto_error=False)), Depends(self.gate.needs(AUCTION_INVOICES))],
        )  # fmt: skip
        router.add_api_route(
            "", self._post, methods=["POST"], status_code=HTTPStatus.CREATED, summary="Hand in an invoice"
        )
        router.add_api_route("", self._get, methods=["GET"], summary="An invoice by number or external reference")
        return router

    def _post(self, body: HandedInvoice, request: Request, response: Response) -> InvoiceAnswer:
        received = InvoiceCounter(self.hub).hand_in(body, str(request.state.caller))
        if received.again:
            response.status_code = HTTPStatus.OK
        return answer(received.invoice)

    def _get(
        self, request: Request, number: Annotated[str, Query(max_length=80)] = "",
        external_reference: Annotated[str, Query(max_length=80)] = "",
    ) -> InvoiceAnswer:  # fmt: skip
        asked = InvoiceAsked(number=number, external_reference=external_reference)
        return answer(InvoiceCounter(self.hub).invoice(asked, str(request.state.caller)))


@dataclass(frozen=True, slots=True)
class AuctionAccountingRoutes:
    """Routes for the lender's own programs: all invoices, decisions, postings, proceeds and refunds."""

    hub: Hub
    gate: Gate

    def routes(self) -> APIRouter:
        router = APIRouter(
            prefix="/v1/auction-accounting", tags=["auctions"], responses=PROBLEM_RESPONSES,
            dependencies=[Security(HTTPBearer(auto_error=False)), Depends(self.gate.needs(AUCTION_ACCOUNTING))],
        )  # fmt: skip
        router.add_api_route("/invoices", self._list, methods=["GET"], summary="List invoices of auctions")
        router.add_api_route("/invoices/{number}", self._show, methods=["GET"], summary="All that is known of one")
        router.add_api_route(
            "/invoices/{number}/decision", self._decide, methods=["POST"], summary="Accept or reject one"
        )
        router.add_api_route("/invoices/{number}/postings", self._post, methods=["POST"], summary="Post what is due")
        router.add_api_route("/proceeds/{vehicle}", self._proceeds, methods=["GET"], summary="What a vehicle brought")
        router.add_api_route(
            "/refunds", self._refund, methods=["POST"], status_code=HTTPStatus.CREATED, summary="Record a refund"
        )
        return router

    def _list(
        self, status: InvoiceStatus | None = None, vendor: Annotated[str, Query(max_length=80)] = ""
    ) -> list[InvoiceTold]:
        with reading(self.hub.engine) as connection:
            return [told(each) for each in InvoiceBook(connection).listed(status=status, vendor=vendor)]

    def _show(self, number: str) -> InvoiceTold:
        with reading(self.hub.engine) as connection:
            return told(InvoiceBook(connection).get(number))

    def _decide(self, number: str, body: DecisionBody, request: Request) -> InvoiceTold:
        if body.confirm != number:
            raise RecordRejected(
                "is not confirmed", record=f"auction invoice {number}", field="confirm", code="NOT_CONFIRMED",
                remedy="Repeat its number in confirm, if that is meant.",
            )  # fmt: skip
        caller = str(request.state.caller)
        return told(self._acts(caller).decide(number, _WANTED[body.decision], caller, body.reason).invoice)

    def _post(self, number: str, request: Request) -> InvoiceTold:
        caller = str(request.state.caller)
        return told(self._acts(caller).post(number, caller))

    def _proceeds(self, vehicle: str) -> VehicleProceedsTold:
        with reading(self.hub.engine) as connection:
            return proceeds_told(vehicle, ProceedsDesk(connection, "", self.hub.clock()).of(vehicle))

    def _refund(self, body: RefundBody, request: Request) -> dict[str, str]:
        caller = str(request.state.caller)
        acts = self._acts(caller)
        refund = Refund(
            number=f"RF-{secrets.token_hex(6)}", vehicle=body.vehicle, kind=body.type, amount=body.amount,
            entered_by=caller, at=acts.now, note=body.note,
        )  # fmt: skip
        acts.refund(refund)
        return {"number": refund.number}

    def _acts(self, caller: str) -> AuctionActs:
        now = self.hub.clock()
        return AuctionActs(self.hub, new_run_id("auction", now), now, f"{caller} (REST)")
