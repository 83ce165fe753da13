"""Remarketing by SOAP, for auctions: the models, the rules and the answers are those of REST (R12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing_exchange import AuctionExchange, PutRemarketing
from drawbar.jobs.remarketing_told import NotificationTold, RemarketingForAuction
from drawbar.middleware.server import soap
from drawbar.middleware.server.soap.contract import Contract
from drawbar.middleware.server.soap.service import ContractService, Gate, Operation

CONTRACT: Final = Path(soap.__path__[0]) / "remarketing_service.wsdl"


class WhichRemarketing(BaseModel):
    """Names a request by its number or the auction's own; without a number all of the caller's are meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str | None = Field(None, min_length=1, max_length=80)
    only_current: bool = False


class NamedPut(PutRemarketing):
    """What an auction tells of a request, with the id under which it is known if it comes again."""

    number: str = Field(min_length=1, max_length=80)
    request_id: str | None = Field(None, min_length=1, max_length=200)


class Nothing(BaseModel):
    """Asks for all that there is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SeveralTold(BaseModel):
    """Requests of the caller."""

    remarketing: list[RemarketingForAuction]


class OneTold(BaseModel):
    """A request of the caller."""

    remarketing: RemarketingForAuction


class NotificationsTold(BaseModel):
    """Messages to the caller."""

    notification: list[NotificationTold]


@dataclass(frozen=True, slots=True)
class RemarketingOperations:
    """Hands calls over to what REST uses."""

    exchange: AuctionExchange

    def get(self, asked: WhichRemarketing, caller: str, _now: datetime) -> SeveralTold:
        """Give one request, or all of the caller's."""
        if asked.number is None:
            return SeveralTold(remarketing=self.exchange.listed(caller, only_current=asked.only_current))
        return SeveralTold(remarketing=[self.exchange.get(caller, asked.number)])

    def put(self, asked: NamedPut, caller: str, _now: datetime) -> OneTold:
        """Take what the caller tells; raises Conflict for an id that was used for something else."""
        put = PutRemarketing(**asked.model_dump(exclude={"number", "request_id"}))
        return OneTold(remarketing=self.exchange.put(caller, asked.number, put, asked.request_id))

    def waiting(self, _asked: Nothing, caller: str, _now: datetime) -> NotificationsTold:
        return NotificationsTold(notification=self.exchange.waiting(caller))


def remarketing_service(hub: Hub, gate: Gate[str]) -> ContractService[str]:
    """Give the service."""
    operations = RemarketingOperations(AuctionExchange(hub))
    return ContractService(
        Contract.read(CONTRACT), gate,
        {
            "GetRemarketing": Operation(WhichRemarketing, operations.get),
            "PutRemarketing": Operation(NamedPut, operations.put),
            "GetNotifications": Operation(Nothing, operations.waiting),
        },
    )  # fmt: skip
