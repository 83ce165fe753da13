"""What auctions get and put, by REST and by SOAP: each of its own requests alone, and each thing once (R10 to R13)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing import RemarketingOffice
from drawbar.jobs.remarketing_told import Attribute, NotificationTold, RemarketingForAuction, for_auction, notification
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.remarketing.asked import Act, AuctionNews
from drawbar.middleware.remarketing.desk import RemarketingDesk
from drawbar.middleware.remarketing.requests import RemarketingRequest
from drawbar.middleware.remarketing.statuses import known_status
from drawbar.middleware.server.problems import Forbidden
from drawbar.middleware.sync.runs import new_run_id

SOURCE = "auction"
AT_ONCE = 100
"""The most messages that are given in one answer."""


class PutRemarketing(BaseModel):
    """What an auction tells of a request; each part may be left out.

    `ack` is the number of the last message that the auction has; `status` one that auctions set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    status: str | None = Field(None, max_length=40, examples=["AUCTION ACCEPTED"])
    external_reference: str = Field("", max_length=80)
    comment: str = Field("", max_length=4_000)
    attributes: Annotated[list[Attribute], Field(max_length=100)] = []
    ack: int | None = Field(None, ge=1)


@dataclass(frozen=True, slots=True)
class AuctionExchange:
    """Answers a client of the server for the vendors that it acts for."""

    hub: Hub

    def vendors(self, client: str) -> frozenset[str]:
        """Name the vendors; raises Forbidden for a client that acts for none."""
        vendors = self.hub.remarketing.vendors_of(client)
        if not vendors:
            raise Forbidden(
                f"{client} acts for no vendor of remarketing",
                remedy="Ask the hub's operator, who sets client in [remarketing.vendors].",
            )
        return vendors

    def listed(self, client: str, *, only_current: bool) -> list[RemarketingForAuction]:
        """Give the requests of a client, oldest first."""
        vendors = self.vendors(client)
        with reading(self.hub.engine) as connection:
            desk = RemarketingDesk(connection, self.hub.remarketing, self.hub.clock())
            return [_told(desk, each) for each in desk.book.listed(vendors=vendors, only_current=only_current)]

    def get(self, client: str, name: str) -> RemarketingForAuction:
        """Give a request by its number or the auction's own; raises NotThere when it is not the client's."""
        vendors = self.vendors(client)
        with reading(self.hub.engine) as connection:
            desk = RemarketingDesk(connection, self.hub.remarketing, self.hub.clock())
            return _told(desk, desk.of_auction(vendors, name=name))

    def put(self, client: str, name: str, put: PutRemarketing, request_id: str | None) -> RemarketingForAuction:
        """Take what a client tells, once for each id of a request; gives the request as it is then."""
        vendors, now = self.vendors(client), self.hub.clock()
        record = f"remarketing request {name}"
        news = AuctionNews(
            status=None if put.status is None else known_status(put.status, record=record),
            external_reference=put.external_reference, comment=put.comment, ack=put.ack,
            attributes=_once_each(put.attributes, record),
        )  # fmt: skip
        asked_as = hashlib.sha256(f"{name} {put.model_dump_json()}".encode()).hexdigest()
        act = Act(SOURCE, f"{client} {request_id or secrets.token_hex(16)}", client, asked_as)
        with self.hub.engine.begin() as connection:
            office = RemarketingOffice(self.hub, connection, now, new_run_id("auction", now))
            moved = office.told(office.desk.of_auction(vendors, name=name), news, act)
            return _told(office.desk, moved.request)

    def waiting(self, client: str) -> list[NotificationTold]:
        """Give the messages that a client has not acknowledged, oldest first, at most a hundred."""
        vendors = self.vendors(client)
        with reading(self.hub.engine) as connection:
            desk = RemarketingDesk(connection, self.hub.remarketing, self.hub.clock())
            return [notification(each) for each in desk.notifications.waiting(vendors, AT_ONCE)]


def _told(desk: RemarketingDesk, request: RemarketingRequest) -> RemarketingForAuction:
    return for_auction(request, desk.attributes(request.number))


def _once_each(attributes: list[Attribute], record: str) -> dict[str, str]:
    values = {each.name: each.value for each in attributes}
    if len(values) < len(attributes):
        raise RecordRejected(
            "an attribute comes twice", record=record, field="attributes", remedy="Send each once.", code="TWICE"
        )
    return values
