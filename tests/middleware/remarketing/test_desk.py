"""A request from its making to its end, as staff, the auction and the hub move it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.remarketing.asked import Act, Asset, AuctionNews, Moved, NewRequest
from drawbar.middleware.remarketing.desk import RemarketingDesk
from drawbar.middleware.remarketing.requests import Collateral, Storage
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.remarketing.statuses import RemarketingStatus as S
from drawbar.middleware.sync.inbox import Conflict

SETTINGS = RemarketingSettings.model_validate(
    {
        "vendors": {"ritchie": {"client": "auction-a"}, "taylor": {"client": "auction-b"}, "penske": {}},
        "criteria": [
            {"name": "south", "states": ["TX", "OK"],
             "vendors": [{"vendor": "ritchie", "sort_order": 1}, {"vendor": "taylor", "sort_order": 2}]},
        ],
        "attributes": ["Keys", "Run Number"],
    }
)  # fmt: skip
TRUCK = Asset(
    Collateral(asset="VH1", account="LW1", vin="1FUJHHDR5LLAA0001", year="2020", make="Mack", company="01"),
    Storage(address="Yard 1, Tulsa", state="OK"), "INVENTORY",
)  # fmt: skip


@dataclass
class Staff:
    """Somebody at the lender, the auction, and the desk between them, with a clock that moves at each act."""

    connection: Connection
    now: datetime
    settings: RemarketingSettings = SETTINGS
    truck: Asset = TRUCK
    acts: int = 0

    @property
    def desk(self) -> RemarketingDesk:
        return RemarketingDesk(self.connection, self.settings, self.now)

    def act(self, source: str = "command line", name: str = "", asked_as: str = "") -> Act:
        self.acts += 1
        self.now += timedelta(minutes=1)
        return Act(source, name or f"act {self.acts}", "jo", asked_as)

    def requests(self, **asked: Any) -> str:
        return self.desk.request(self.truck, NewRequest(**asked), self.act()).request.number

    def sets(self, number: str, status: S, comment: str = "") -> Moved:
        return self.desk.step(number, status, self.act(), comment=comment, asset=lambda _request: self.truck)

    def hears(self, number: str, status: S | None = None, name: str = "", **news: Any) -> Moved:
        request = self.desk.of_auction({"ritchie"}, name=number)
        return self.desk.told(request, AuctionNews(status=status, **news), self.act("auction", name))

    def accepted(self) -> str:
        number = self.requests()
        self.sets(number, S.SEND_TO_AUCTION)
        self.hears(number, S.AUCTION_ACCEPTED, external_reference="RB-77")
        return number

    def status(self, number: str) -> S:
        return self.desk.book.get(number).status

    def told(self, number: str) -> list[S]:
        return [each.status for each in self.desk.notifications.of_request(number)]


@pytest.fixture
def staff(hub_engine: Engine, now: datetime) -> Iterator[Staff]:
    with hub_engine.connect() as connection:
        yield Staff(connection, now)


@pytest.mark.spec("R04", "R05", "R06")
def test_a_request_is_made_with_an_open_work_order_of_the_preselected_vendor(staff: Staff) -> None:
    number = staff.requests(
        priority="HIGH", comment="sleeper cab", collector="casey", storage={"phone": "918 555 0100"}
    )

    request = staff.desk.book.get(number)
    assert (number, request.current, request.status, request.priority) == ("VH1-M001", True, S.NEW, "HIGH")
    assert (request.collateral, request.storage.address) == (TRUCK.collateral, "Yard 1, Tulsa")
    assert (request.storage.phone, request.storage.state) == ("918 555 0100", "OK")
    order = request.order
    assert (order.number, order.vendor, order.status, order.collector) == ("VH1-M001-W1", "ritchie", "OPEN", "casey")
    assert (order.channel, order.order_type, order.override_reason) == ("GAI", "RE SALE", "")
    assert staff.desk.book.of_order("VH1-M001-W1") == request


@pytest.mark.spec("R04")
@pytest.mark.parametrize(
    ("disposition", "code"), [("SOLD", "SOLD"), ("ON LEASE", "NOT_REPOSSESSED"), ("ORDERED", "NOT_REPOSSESSED")]
)
def test_only_a_repossessed_vehicle_that_is_not_sold_is_remarketed(staff: Staff, disposition: str, code: str) -> None:
    staff.truck = replace(TRUCK, disposition=disposition)

    with pytest.raises(RecordRejected) as refused:
        staff.requests()

    assert refused.value.code == code
    assert staff.desk.book.listed() == []


@pytest.mark.spec("R04")
def test_a_new_request_takes_the_place_of_the_current_one(staff: Staff) -> None:
    first, second = staff.requests(), staff.requests()

    before, after = staff.desk.book.get(first), staff.desk.book.get(second)
    assert (before.current, before.order.status) == (False, "CLOSED")
    assert (after.current, after.number) == (True, "VH1-M002")
    assert staff.desk.book.current_of("VH1") == after
    with pytest.raises(RecordRejected, match="a later request has taken its place"):
        staff.sets(first, S.SEND_TO_AUCTION)


@pytest.mark.spec("R06")
def test_another_vendor_gets_the_work_order_with_a_reason_until_an_auction_has_it(staff: Staff) -> None:
    number = staff.requests()
    assign = staff.desk.assign
    with pytest.raises(RecordRejected, match="override reason is missing"):
        assign(number, "taylor", " ", staff.act())
    with pytest.raises(RecordRejected, match="there is no vendor sotheby"):
        assign(number, "sotheby", "because", staff.act())

    assign(number, "penske", "the best price", staff.act())

    order = staff.desk.book.get(number).order
    assert (order.vendor, order.override_reason) == ("penske", "the best price")
    assert [each.vendor for each in staff.desk.notifications.of_request(number)] == ["penske"]
    staff.sets(number, S.SEND_TO_AUCTION)
    with pytest.raises(RecordRejected, match="penske has it as SEND TO AUCTION"):
        assign(number, "ritchie", "after all", staff.act())


@pytest.mark.spec("R06")
def test_a_vendor_that_is_not_offered_takes_a_reason_at_once(staff: Staff) -> None:
    with pytest.raises(RecordRejected) as refused:
        staff.requests(vendor="penske")
    assert refused.value.code == "NOT_OFFERED"

    number = staff.requests(vendor="penske", override_reason="it stands in their yard")

    assert staff.desk.book.get(number).order.override_reason == "it stands in their yard"


@pytest.mark.spec("R07", "R08", "R10", "R11")
def test_the_auction_accepts_and_its_number_is_used_from_then_on(staff: Staff) -> None:
    number = staff.accepted()

    request = staff.desk.book.get(number)
    assert (request.status, request.external_reference) == (S.AUCTION_ACCEPTED, "RB-77")
    assert staff.desk.of_auction({"ritchie"}, name="RB-77") == request
    staff.sets(number, S.UPDATE_TO_AUCTION, "new tires")
    last = staff.desk.notifications.waiting({"ritchie"}, 10)[-1]
    assert (last.told.request.external_reference, last.told.request.comment) == ("RB-77", "new tires")
    assert staff.told(number) == [S.NEW, S.SEND_TO_AUCTION, S.UPDATE_TO_AUCTION]


@pytest.mark.spec("R11")
def test_a_number_of_the_auction_is_needed_stays_and_is_that_of_one_request(staff: Staff) -> None:
    number = staff.requests()
    staff.sets(number, S.SEND_TO_AUCTION)
    with pytest.raises(RecordRejected, match="without the auction's number"):
        staff.hears(number, S.AUCTION_ACCEPTED)
    staff.hears(number, S.AUCTION_ACCEPTED, external_reference="RB-77")
    with pytest.raises(RecordRejected, match="it has RB-77"):
        staff.hears(number, S.RECEIVED_UPDATE, external_reference="RB-78")
    staff.truck = replace(TRUCK, collateral=replace(TRUCK.collateral, asset="VH2"))
    other = staff.requests()
    staff.sets(other, S.SEND_TO_AUCTION)
    with pytest.raises(RecordRejected, match=f"RB-77 is the number of {number}"):
        staff.hears(other, S.AUCTION_ACCEPTED, external_reference="RB-77")


@pytest.mark.spec("R11")
def test_an_acceptance_that_a_hold_overtook_loses_no_number(staff: Staff) -> None:
    number = staff.requests()
    staff.sets(number, S.SEND_TO_AUCTION)
    staff.sets(number, S.HOLD)
    with pytest.raises(RecordRejected, match="the request is HOLD and cannot become AUCTION ACCEPTED"):
        staff.hears(number, S.AUCTION_ACCEPTED, external_reference="RB-77")

    staff.hears(number, S.HOLD_ACCEPTED, external_reference="RB-77")

    assert staff.desk.book.get(number).external_reference == "RB-77"


@pytest.mark.spec("R08")
def test_a_step_that_the_cycle_table_does_not_hold_is_refused_by_name(staff: Staff) -> None:
    number = staff.requests()

    with pytest.raises(RecordRejected) as refused:
        staff.sets(number, S.UPDATE_TO_AUCTION)

    assert refused.value.message == "the request is NEW and cannot become UPDATE TO AUCTION"
    assert "SEND TO AUCTION, VOID" in refused.value.remedy
    assert (staff.status(number), staff.told(number)) == (S.NEW, [S.NEW])


@pytest.mark.spec("R08")
def test_the_cycle_table_is_the_lenders_to_edit(staff: Staff) -> None:
    staff.settings = SETTINGS.model_copy(update={"cycle": {S.NEW: (S.HOLD,)}})
    number = staff.requests()

    staff.sets(number, S.HOLD)

    assert staff.status(number) is S.HOLD
    with pytest.raises(RecordRejected, match="cannot become SEND TO AUCTION"):
        staff.sets(staff.requests(), S.SEND_TO_AUCTION)


@pytest.mark.spec("R07")
def test_each_side_sets_its_own_statuses_alone(staff: Staff) -> None:
    number = staff.requests()
    staff.sets(number, S.SEND_TO_AUCTION)

    with pytest.raises(RecordRejected, match="AUCTION ACCEPTED is set by the auction, not by staff"):
        staff.sets(number, S.AUCTION_ACCEPTED)
    with pytest.raises(RecordRejected, match="VOID is set by staff, not by the auction"):
        staff.hears(number, S.VOID)
    with pytest.raises(RecordRejected, match="INVOICING is set by Drawbar, not by the auction"):
        staff.hears(number, S.INVOICING)


@pytest.mark.spec("R09")
def test_the_history_tells_before_who_when_and_why_and_a_comment_alone_writes_none(staff: Staff) -> None:
    number = staff.accepted()
    staff.desk.comment(number, "called them", staff.act())
    staff.sets(number, S.HOLD, "title problem")
    staff.sets(number, S.HOLD, "still")
    staff.hears(number, comment="noted")

    first, sent, accepted, hold = staff.desk.book.history(number)
    assert [(each.before, each.status) for each in (first, sent, accepted, hold)] == [
        (None, S.NEW), (S.NEW, S.SEND_TO_AUCTION), (S.SEND_TO_AUCTION, S.AUCTION_ACCEPTED),
        (S.AUCTION_ACCEPTED, S.HOLD),
    ]  # fmt: skip
    assert (first.ended_at, sent.ended_at, hold.ended_at) == (sent.started_at, accepted.started_at, None)
    assert (hold.who, hold.source, hold.comment, accepted.source) == ("jo", "command line", "title problem", "auction")
    assert staff.desk.book.get(number).comment == "noted"


@pytest.mark.spec("R10")
def test_what_the_auction_is_told_is_given_in_order_until_it_is_acknowledged(staff: Staff) -> None:
    number = staff.accepted()
    staff.sets(number, S.HOLD)
    mine = {"ritchie"}

    def waiting() -> list[int]:
        return [each.number for each in staff.desk.notifications.waiting(mine, 10)]

    assert (waiting(), waiting()) == ([1, 2, 3], [1, 2, 3])
    with pytest.raises(RecordRejected, match="there is no message 9"):
        staff.hears(number, ack=9)
    staff.hears(number, ack=2)
    assert waiting() == [3]
    staff.hears(number, ack=2)
    staff.hears(number, S.HOLD_ACCEPTED, ack=3)
    assert waiting() == []
    assert staff.desk.notifications.waiting({"taylor"}, 10) == []


@pytest.mark.spec("R12")
def test_an_auction_finds_its_own_requests_alone(staff: Staff) -> None:
    number = staff.accepted()

    for name in (number, "RB-77", "VH1-M999"):
        with pytest.raises(NotThere, match=f"there is no remarketing request {name}"):
            staff.desk.of_auction({"taylor"}, name=name)


@pytest.mark.spec("R12")
def test_what_comes_twice_under_one_id_is_done_once(staff: Staff) -> None:
    number = staff.accepted()
    staff.hears(number, S.RECEIVED_UPDATE, "id-1", comment="washed")

    again = staff.hears(number, S.RECEIVED_UPDATE, "id-1", comment="washed")

    assert not again.new
    assert len(staff.desk.book.history(number)) == 4
    staff.hears(number, S.RECEIVED_UPDATE, "id-2", comment="photographed")
    assert len(staff.desk.book.history(number)) == 5
    request = staff.desk.book.get(number)
    with pytest.raises(Conflict):
        staff.desk.told(request, AuctionNews(comment="other"), Act("auction", "id-2", "jo", "other hash"))


@pytest.mark.spec("R13")
def test_tracking_attributes_are_the_configured_set_and_go_out_with_the_next_status(staff: Staff) -> None:
    number = staff.accepted()
    assert staff.desk.attributes(number) == {"Keys": "", "Run Number": ""}

    staff.desk.track(number, {"Keys": "2"}, staff.act())
    staff.hears(number, attributes={"Run Number": "114"})
    with pytest.raises(RecordRejected, match="Color is not tracked"):
        staff.desk.track(number, {"Color": "red"}, staff.act())

    assert staff.desk.attributes(number) == {"Keys": "2", "Run Number": "114"}
    assert len(staff.told(number)) == 2
    staff.sets(number, S.UPDATE_TO_AUCTION)
    assert staff.desk.notifications.of_request(number)[-1].told.attributes == {"Keys": "2", "Run Number": "114"}


@pytest.mark.spec("R07", "R08")
def test_what_follows_from_the_invoice_ends_the_work_order(staff: Staff) -> None:
    number = staff.accepted()
    for status in (S.INVOICING, S.INVOICE_REJECTED, S.INVOICING, S.COMPLETED):
        staff.desk.follow(number, status, staff.act("invoice"))

    assert staff.desk.book.get(number).order.status == "COMPLETED"
    with pytest.raises(RecordRejected, match="cannot become HOLD"):
        staff.sets(number, S.HOLD)


@pytest.mark.spec("R04")
def test_nothing_goes_to_an_auction_under_a_hold_or_without_a_vendor(staff: Staff) -> None:
    number = staff.requests()
    staff.truck = replace(TRUCK, hold="bankruptcy since 2026-01-01")
    with pytest.raises(RecordRejected, match="bankruptcy") as held:
        staff.sets(number, S.SEND_TO_AUCTION)
    assert held.value.code == "NO_SALE_HOLD"
    far = replace(TRUCK, collateral=replace(TRUCK.collateral, asset="VH9"), storage=Storage(state="AK"))
    staff.truck = far
    other = staff.requests()
    with pytest.raises(RecordRejected) as missing:
        staff.sets(other, S.SEND_TO_AUCTION)
    assert missing.value.code == "NO_VENDOR"

    staff.desk.assign(other, "taylor", "nobody serves Alaska", staff.act())
    staff.sets(other, S.SEND_TO_AUCTION)

    assert [each.vendor for each in staff.desk.notifications.of_request(other)] == ["taylor", "taylor"]


def test_everything_that_people_do_stands_in_the_audit(staff: Staff) -> None:
    number = staff.accepted()
    staff.desk.edit(number, staff.act(), priority="LOWER", phone="918 555 0199")

    lines = Audit(staff.connection).lines()
    assert [each.action for each in lines] == [
        "remarketing edit", "remarketing AUCTION ACCEPTED", "remarketing SEND TO AUCTION", "remarketing request",
    ]  # fmt: skip
    assert all(each.subject == "vehicle VH1" for each in lines)
    assert "0199" not in str(lines)
