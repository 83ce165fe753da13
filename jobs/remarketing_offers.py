"""A repossession that goes to Remarketing gets its request to an auction, where one serves the territory (R03, R04)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing import RemarketingOffice
from drawbar.jobs.remarketing_asks import OfferedVehicle
from drawbar.jobs.remarketing_assets import VehicleRead, read_vehicle
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Reference
from drawbar.middleware.remarketing.allocation import offer
from drawbar.middleware.remarketing.asked import Act, NewRequest
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.sync.inbox import InboxEntry
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json, SubjectRejected

SOURCE: Final = "repossession"


@dataclass(frozen=True, slots=True)
class OfferHandler:
    """Handles what `remarketing_asks` has stored."""

    hub: Hub

    def offered(self, entry: InboxEntry, handling: Handling) -> Effect:
        """Make the request, unless the vehicle has one under way, or no auction serves the place where it stands."""
        told = OfferedVehicle.model_validate_json(entry.message.body)
        with reading(self.hub.engine) as connection:
            if self._under_way(connection, told.asset):
                return lambda _connection: {"passed_over": f"{told.asset} has a request under way"}
        read = read_vehicle(self.hub, told.asset)
        offered = offer(read.collateral, read.storage, self.hub.remarketing)
        if not offered.vendors:
            return lambda _connection: {"passed_over": f"no auction is asked: {offered.why}"}

        def act(connection: Connection) -> Json:
            if self._under_way(connection, told.asset):
                return {"passed_over": f"{told.asset} has a request under way"}
            try:
                return self._made(connection, read, Act(SOURCE, entry.message.message_id, told.who), handling)
            except RecordRejected as error:
                raise SubjectRejected(error, Reference(VEHICLE.api_name, told.asset)) from error

        return act

    def _made(self, connection: Connection, read: VehicleRead, act: Act, handling: Handling) -> Json:
        office = RemarketingOffice(self.hub, connection, handling.now, handling.run_id)
        asked = NewRequest(comment="its repossession went to Remarketing")
        made = office.request(read, asked, act, "admin").request
        return {"remarketing": made.number, "vendor": made.order.vendor}

    def _under_way(self, connection: Connection, asset: str) -> bool:
        current = RemarketingBook(connection).current_of(asset)
        return current is not None and current.order.status == "OPEN"
