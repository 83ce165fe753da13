"""What people do with remarketing requests from the command line and by REST, each act in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing import RemarketingOffice, vehicle_for
from drawbar.jobs.remarketing_assets import read_vehicle
from drawbar.jobs.remarketing_told import RemarketingTold, told
from drawbar.jobs.repo_acts import Person
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.remarketing.allocation import Offer, offer
from drawbar.middleware.remarketing.asked import Act, NewRequest
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.remarketing.requests import RemarketingRequest
from drawbar.middleware.remarketing.statuses import RemarketingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What shall be otherwise on a request; what is left empty stays."""

    vendor: str = ""
    override_reason: str = ""
    comment: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """Priority, collector, and parts of the storage place, by name."""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemarketingActs:
    """Acts of one person; with `dry_run` everything is tried, and undone."""

    hub: Hub
    person: Person
    now: datetime
    run_id: str
    dry_run: bool = False

    def request(self, vehicle: str, asked: NewRequest, act_id: str, asked_as: str = "") -> RemarketingTold:
        """Ask for the remarketing of a vehicle (R04)."""
        read = read_vehicle(self.hub, vehicle)
        act = self._act(act_id, asked_as)
        return self._within(lambda office: office.request(read, asked, act, self.person.role).request)

    def step(
        self, name: str, status: RemarketingStatus, comment: str, act_id: str, asked_as: str = ""
    ) -> RemarketingTold:
        """Set the status of a request, named by its number or by its vehicle (R07)."""
        number = self._number(name)
        read = vehicle_for(self.hub, number, status)
        act, role = self._act(act_id, asked_as), self.person.role
        return self._within(lambda office: office.step(number, status, act, role, comment=comment, read=read).request)

    def change(self, name: str, change: Change, act_id: str, asked_as: str = "") -> RemarketingTold:
        """Change what is said on a request: vendor, priority, collector, storage, attributes, comment (R06, R13)."""
        number = self._number(name)
        act, role = self._act(act_id, asked_as), self.person.role

        def carry_out(office: RemarketingOffice) -> RemarketingRequest:
            if change.values:
                office.edit(number, change.values, replace(act, act_id=f"{act_id} edit"), role)
            if change.attributes:
                office.track(number, change.attributes, replace(act, act_id=f"{act_id} track"), role)
            if change.vendor:
                named = replace(act, act_id=f"{act_id} vendor")
                office.assign(number, change.vendor, change.override_reason, named, role)
            if change.comment:
                office.comment(number, change.comment, replace(act, act_id=f"{act_id} comment"), role)
            return office.book.get(number)

        return self._within(carry_out)

    def _number(self, name: str) -> str:
        with reading(self.hub.engine) as connection:
            return named(connection, name).number

    def _act(self, act_id: str, asked_as: str) -> Act:
        return Act(self.person.source, act_id, self.person.name, asked_as)

    def _within(self, act: Callable[[RemarketingOffice], RemarketingRequest]) -> RemarketingTold:
        with self.hub.engine.connect() as connection:
            office = RemarketingOffice(self.hub, connection, self.now, self.run_id)
            answer = shown(office, act(office))
            connection.rollback() if self.dry_run else connection.commit()
        return answer


def named(connection: Connection, name: str) -> RemarketingRequest:
    """Give a request by its number, or the current one of a vehicle; raises NotThere."""
    book = RemarketingBook(connection)
    current = book.current_of(name)
    if current is not None:
        return current
    try:
        return book.get(name)
    except NotThere:
        raise NotThere(
            f"{name} is no remarketing request, and no vehicle that has one", remedy="List them: drawbar auctions list"
        ) from None


def shown(office: RemarketingOffice, request: RemarketingRequest) -> RemarketingTold:
    """Give a request with its history as people are told of it."""
    return told(office.standing(request), office.book.history(request.number))


def offered_for(hub: Hub, vehicle: str) -> Offer:
    """Give the vendors that are offered for a vehicle as it stands now, and why (R01 to R03)."""
    read = read_vehicle(hub, vehicle)
    return offer(read.collateral, read.storage, hub.remarketing)
