"""Remarketing as all sides ask for it: the rules, and what Salesforce and the repossession are told (R04 to R13).

What is asked of Salesforce is read before the transaction; everything that is written is in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.remarketing import REMARKETING
from drawbar.connectors.salesforce.records.remarketing_status import REMARKETING_STATUS
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing_assets import VehicleRead, asset_now, read_vehicle
from drawbar.jobs.repossessions import RepoOffice
from drawbar.mappings import remarketing_request, remarketing_status
from drawbar.mappings.remarketing_request import StandingRequest
from drawbar.mappings.remarketing_status import SALESFORCE
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.remarketing.allocation import Offer, offer
from drawbar.middleware.remarketing.asked import Act, Asset, AuctionNews, Moved, NewRequest
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.remarketing.desk import TO_AUCTION, RemarketingDesk
from drawbar.middleware.remarketing.requests import RemarketingRequest
from drawbar.middleware.remarketing.statuses import RemarketingStatus
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.roles import Role, refuse_unless_allowed
from drawbar.middleware.repossession.states import RepoEvent, RepoState

PART: Final = "remarketing"
REQUESTS: Final = REMARKETING.api_name
STATUSES: Final = REMARKETING_STATUS.api_name


def vehicle_for(hub: Hub, number: str, status: RemarketingStatus) -> VehicleRead | None:
    """Read the vehicle of a request where a status asks how it stands, None for the other statuses."""
    if status not in TO_AUCTION:
        return None
    with reading(hub.engine) as connection:
        request = RemarketingBook(connection).get(number)
    return read_vehicle(hub, request.collateral.asset)


@dataclass(frozen=True, slots=True)
class RemarketingOffice:
    """Makes and moves requests and tells of them, inside the caller's transaction; `run_id` is the run's."""

    hub: Hub
    connection: Connection
    now: datetime
    run_id: str

    @property
    def desk(self) -> RemarketingDesk:
        return RemarketingDesk(self.connection, self.hub.remarketing, self.now)

    @property
    def book(self) -> RemarketingBook:
        return RemarketingBook(self.connection)

    def request(self, read: VehicleRead, asked: NewRequest, act: Act, role: Role | None) -> Moved:
        """Make the vehicle's current request and its work order (R04, R06)."""
        self._allow(role, act, f"vehicle {read.collateral.asset}")
        asset = asset_now(self.hub, self.connection, read, self.now)
        return self._tell(self.desk.request(asset, asked, act))

    def step(
        self, number: str, status: RemarketingStatus, act: Act, role: Role | None, *, comment: str = "",
        reference: str = "", read: VehicleRead | None,
    ) -> Moved:  # fmt: skip
        """Set a status as staff do; a vehicle of the inventory that goes to an auction is in remarketing from then."""
        self._allow(role, act, f"remarketing request {number}")

        def asset(request: RemarketingRequest) -> Asset:
            if read is None:
                raise RecordRejected(
                    "nobody has looked how the vehicle stands", record=request.record, field="vehicle",
                    remedy="Ask again.", code="NOT_READ",
                )  # fmt: skip
            return asset_now(self.hub, self.connection, read, self.now)

        moved = self.desk.step(number, status, act, comment=comment, reference=reference, asset=asset)
        if moved.new and moved.request.status is RemarketingStatus.SEND_TO_AUCTION:
            self._offer_for_sale(moved.request, act, role)
        return self._tell(moved)

    def comment(self, number: str, comment: str, act: Act, role: Role | None) -> Moved:
        self._allow(role, act, f"remarketing request {number}")
        return self._tell(self.desk.comment(number, comment, act))

    def assign(self, number: str, vendor: str, reason: str, act: Act, role: Role | None) -> Moved:
        """Give the work order to another vendor (R06)."""
        self._allow(role, act, f"remarketing request {number}")
        return self._tell(self.desk.assign(number, vendor, reason, act))

    def edit(self, number: str, values: Mapping[str, str], act: Act, role: Role | None) -> Moved:
        """Change priority, collector, or the storage place."""
        self._allow(role, act, f"remarketing request {number}")
        return self._tell(self.desk.edit(number, act, **values))

    def track(self, number: str, values: Mapping[str, str], act: Act, role: Role | None) -> Moved:
        """Set tracking attributes (R13)."""
        self._allow(role, act, f"remarketing request {number}")
        return self._tell(self.desk.track(number, values, act))

    def told(self, request: RemarketingRequest, news: AuctionNews, act: Act) -> Moved:
        """Take what the auction tells of a request of its own (R11, R12)."""
        return self._tell(self.desk.told(request, news, act))

    def follow(self, number: str, status: RemarketingStatus, act: Act, *, comment: str = "") -> Moved:
        """Set a status that follows from the auction's invoice."""
        return self._tell(self.desk.follow(number, status, act, comment=comment))

    def offers(self, request: RemarketingRequest) -> Offer:
        """Give the vendors that are offered for a request."""
        return offer(request.collateral, request.storage, self.hub.remarketing)

    def standing(self, request: RemarketingRequest) -> StandingRequest:
        """Give a request as people are shown it."""
        made_in = self.book.history(request.number)[0].source
        return StandingRequest(
            request, self.offers(request).vendors, self.desk.attributes(request.number),
            "Salesforce" if made_in == SALESFORCE else "Drawbar",
        )  # fmt: skip

    def name(self, object_name: str, record_id: str, key: str) -> None:
        """Give a record that a person made in Salesforce its key."""
        Concluding(self.connection, self.run_id, self.now).name(object_name, record_id, key)

    def _allow(self, role: Role | None, act: Act, record: str) -> None:
        refuse_unless_allowed(role, "follow", who=act.who, record=record)

    def _offer_for_sale(self, request: RemarketingRequest, act: Act, role: Role | None) -> None:
        """Have the repossession of a vehicle of the inventory go to Remarketing, under its own rules."""
        case = RepoCases(self.connection).open_of(request.collateral.asset)
        if case is None or case.course.state is not RepoState.INVENTORY:
            return
        reason = f"{request.number} goes to {request.order.vendor}"
        event = CaseEvent(act.source, f"{act.act_id} offer", RepoEvent.OFFER, self.now, act.who, reason)
        RepoOffice(self.hub, self.connection, self.now, self.run_id).step(case.key, event, role)

    def _tell(self, moved: Moved) -> Moved:
        if not moved.new:
            return moved
        for request in filter(None, (moved.before, moved.request)):
            self._show(request)
        return moved

    def _show(self, request: RemarketingRequest) -> None:
        concluding = Concluding(self.connection, self.run_id, self.now)
        standing, why = self.standing(request), f"{request.number} is {request.status}"
        record = remarketing_request.to_salesforce(standing, now=self.now)
        concluding.show(record, PART, why, own=standing.system == "Drawbar")
        for change in self.book.history(request.number):
            mapped = remarketing_status.to_salesforce(request.number, change, now=self.now)
            made_there = change.source == SALESFORCE and change.before is not None
            concluding.show(mapped, PART, why, own=not made_there)
