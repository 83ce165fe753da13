"""Remarketing in Salesforce, at the keyboard and by the repossession: one set of rules behind all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete

from drawbar.commands.auctions import Refused
from drawbar.middleware.errors import NotThere
from drawbar.middleware.log import configure_logging
from drawbar.middleware.remarketing.statuses import RemarketingStatus as S
from drawbar.middleware.remarketing.tables import remarketing_request
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.settings import LogSettings
from tests.jobs.conftest import OpenWorld
from tests.jobs.lot import NUMBER, REQUEST, STATUS, TRUCKS, Lot
from tests.jobs.people import CASEY
from tests.jobs.yard import ACCOUNT, VEHICLE


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Send logs to standard error, as commands do."""
    configure_logging(LogSettings(level="WARNING"))


@pytest.fixture
def lot(open_world: OpenWorld) -> Lot:
    return Lot(open_world())


def asked_in_salesforce(lot: Lot, **fields: Any) -> str:
    """Make a request as a rep does; gives its id in Salesforce."""
    record_id = lot.create(REQUEST, Vehicle__c=lot.id_of(TRUCKS, VEHICLE), **fields)
    lot.hear()
    return record_id


def sets_in_salesforce(lot: Lot, status: S, comment: str = "") -> str:
    """Set a status as a rep does."""
    request = lot.id_of(REQUEST, NUMBER)
    record_id = lot.create(STATUS, Remarketing__c=request, Status__c=status.value, Comment__c=comment)
    lot.hear()
    return record_id


@pytest.mark.spec("R04", "R05", "R06", "R09")
def test_a_rep_makes_a_request_in_salesforce_and_sets_its_status(lot: Lot) -> None:
    record_id = asked_in_salesforce(lot, Priority__c="HIGH", Storage_Phone__c="918 555 0100")

    made = lot.world.org.record(REQUEST, NUMBER)
    assert (made["Id"], made["Status__c"], made["Current__c"], made["Priority__c"]) == (record_id, "NEW", 1, "HIGH")
    assert (made["VIN__c"], made["Make__c"], made["Lease_Account__c"]) == ("1FUJHHDR5LLAA0001", "Mack", ACCOUNT)
    assert (made["Storage_Address__c"], made["Storage_State__c"]) == ("Yard 1, Tulsa", "OK")
    assert (made["Work_Order__c"], made["Work_Order_Type__c"], made["Work_Order_Channel__c"]) == (
        f"{NUMBER}-W1", "RE SALE", "GAI",
    )  # fmt: skip
    assert (made["Vendor__c"], made["Vendors_Offered__c"]) == ("ritchie", "ritchie, taylor")
    assert made["Tracking_Attributes__c"] == "Keys:\nRun Number:"
    sent = sets_in_salesforce(lot, S.SEND_TO_AUCTION, "title is clear")

    first, second = (lot.world.org.record(STATUS, f"{NUMBER}-S{each}") for each in (1, 2))
    assert (first["Status__c"], first["Ended_At__c"]) == ("NEW", second["Started_At__c"])
    assert (second["Id"], second["Before__c"], second["Comment__c"]) == (sent, "NEW", "title is clear")
    assert lot.world.org.record(REQUEST, NUMBER)["Status__c"] == "SEND TO AUCTION"
    assert len(lot.world.org.records(STATUS)) == 2
    lot.hear()
    assert lot.notified() == ["NEW", "SEND TO AUCTION"]
    assert lot.refusals() == []


@pytest.mark.spec("R04")
def test_a_request_for_a_vehicle_that_is_not_ours_is_refused_on_the_record(lot: Lot) -> None:
    lot.create(REQUEST, Vehicle__c=lot.id_of(TRUCKS, VEHICLE))
    lot.world.org.change(TRUCKS, VEHICLE, Disposition__c="SOLD")
    lot.hear()

    lot.refused(REQUEST, "not the lender's to sell", Vehicle__c=lot.id_of(TRUCKS, VEHICLE))
    assert lot.requests() == []
    assert lot.refusals() == [("SOLD", "the vehicle is SOLD")]


@pytest.mark.spec("R06", "R13")
def test_what_a_rep_changes_on_a_request_is_taken_and_nothing_else_is(lot: Lot) -> None:
    asked_in_salesforce(lot)
    lot.told("edit", NUMBER, "--priority", "LOWER", "--set", "contact=Sam")
    record_id = lot.id_of(REQUEST, NUMBER)

    lot.change(
        REQUEST, record_id, Vendor__c="penske", Override_Reason__c="they have a buyer", Collector__c="casey",
        Tracking_Attributes__c="Keys: 2", Comment__c="hurry",
    )  # fmt: skip
    lot.hear()

    request = lot.request()
    assert (request.order.vendor, request.order.override_reason) == ("penske", "they have a buyer")
    assert (request.order.collector, request.comment, request.priority) == ("casey", "hurry", "LOWER")
    assert request.storage.contact == "Sam"
    shown = lot.world.org.record(REQUEST, NUMBER)
    assert (shown["Priority__c"], shown["Tracking_Attributes__c"]) == ("LOWER", "Keys: 2\nRun Number:")
    lot.change(REQUEST, record_id, Comment__c=None, Collector__c=None)
    lot.hear()
    assert (lot.request().comment, lot.request().order.collector) == ("", "")
    assert len(lot.world.org.records(STATUS)) == 1


@pytest.mark.spec("R06")
def test_a_vendor_without_a_reason_is_refused_on_the_request(lot: Lot) -> None:
    asked_in_salesforce(lot)

    lot.change(REQUEST, lot.id_of(REQUEST, NUMBER), Vendor__c="penske")
    lot.hear()

    assert lot.request().order.vendor == "ritchie"
    assert lot.refusals() == [("MISSING", "it is ritchie's, and the override reason is missing")]
    lot.change(REQUEST, lot.id_of(REQUEST, NUMBER), Override_Reason__c="they have a buyer")
    lot.hear()
    assert lot.request().order.vendor == "penske"
    assert lot.refusals() == []


@pytest.mark.spec("R08")
def test_salesforce_itself_refuses_a_step_that_the_cycle_table_does_not_hold(lot: Lot) -> None:
    asked_in_salesforce(lot)
    request = lot.id_of(REQUEST, NUMBER)

    lot.refused(STATUS, "cannot follow", Remarketing__c=request, Status__c="UPDATE TO AUCTION")
    lot.refused(STATUS, "cannot follow", Remarketing__c=request, Status__c="COMPLETED")
    lot.refused(STATUS, "History stands", Id=lot.id_of(STATUS, f"{NUMBER}-S1"), Status__c="VOID")


@pytest.mark.spec("R08")
def test_a_step_that_was_overtaken_is_refused_by_the_hub_by_name(lot: Lot) -> None:
    asked_in_salesforce(lot)
    lot.told("status", VEHICLE, "VOID")

    sets_in_salesforce(lot, S.SEND_TO_AUCTION)

    assert lot.refusals() == [("ILLEGAL_STEP", "the request is VOID and cannot become SEND TO AUCTION")]
    assert lot.notified() == ["NEW", "VOID"]


@pytest.mark.spec("R07", "R11")
def test_a_rep_sets_what_an_auction_tells_by_telephone(lot: Lot) -> None:
    asked_in_salesforce(lot, Vendor__c="penske", Override_Reason__c="they have a buyer")
    sets_in_salesforce(lot, S.SEND_TO_AUCTION)

    told = {"Status__c": "AUCTION ACCEPTED", "External_Reference__c": "P-9"}
    lot.create(STATUS, Remarketing__c=lot.id_of(REQUEST, NUMBER), **told)
    lot.hear()

    shown = lot.world.org.record(REQUEST, NUMBER)
    assert (shown["Status__c"], shown["External_Reference__c"]) == ("AUCTION ACCEPTED", "P-9")
    assert lot.refusals() == []


@pytest.mark.spec("R08")
def test_a_number_that_the_hub_does_not_know_is_refused_and_stops_nothing_else(lot: Lot) -> None:
    asked_in_salesforce(lot)
    with lot.world.hub.engine.begin() as connection:
        connection.execute(delete(remarketing_request))

    lot.change(REQUEST, lot.id_of(REQUEST, NUMBER), Comment__c="hello")
    sets_in_salesforce(lot, S.SEND_TO_AUCTION)

    assert [code for code, _ in lot.refusals()] == ["UNKNOWN_REQUEST", "UNKNOWN_REQUEST"]


@pytest.mark.spec("R04", "R12")
def test_what_comes_again_from_salesforce_is_done_once(lot: Lot) -> None:
    asked_in_salesforce(lot)
    sets_in_salesforce(lot, S.SEND_TO_AUCTION)

    lot.change(STATUS, lot.id_of(STATUS, f"{NUMBER}-S2"), Comment__c="seen")
    lot.change(REQUEST, lot.id_of(REQUEST, NUMBER), Comment__c="once more")
    lot.hear()

    assert lot.requests() == [NUMBER]
    assert lot.notified() == ["NEW", "SEND TO AUCTION"]


@pytest.mark.spec("R01", "R02", "R03")
def test_the_command_explains_which_vendors_are_offered(lot: Lot) -> None:
    here = lot.told("vendors", VEHICLE)
    lot.truck(Storage_State__c="ND")
    north = lot.told("vendors", VEHICLE)
    lot.truck(Storage_State__c="AK")
    text = lot.typed("vendors", VEHICLE).output

    assert (here["vendors"], here["preselected"]) == (["ritchie", "taylor"], "ritchie")
    assert (north["vendors"], north["preselected"]) == (["taylor", "ritchie"], "")
    assert "no criterion fits" in text
    assert "criterion south: it is stored in AK, not in TX, OK" in text


@pytest.mark.spec("R04", "R06", "R09")
def test_commands_make_and_move_a_request_and_a_dry_run_changes_nothing(lot: Lot) -> None:
    dry = lot.told("request", VEHICLE, "--dry-run")
    assert (dry["number"], dry["dry_run"], lot.requests()) == (NUMBER, True, [])

    lot.told("request", VEHICLE, "--comment", "sleeper")
    lot.told("vendor", NUMBER, "penske", "--reason", "they have a buyer")
    lot.told("status", VEHICLE, "SEND TO AUCTION")
    lot.world.run("deliver")

    assert [each["number"] for each in lot.told("list", "--current")] == [NUMBER]
    assert [each["status"] for each in lot.told("history", VEHICLE)] == ["NEW", "SEND TO AUCTION"]
    shown = lot.typed("show", NUMBER).output
    assert f"work order {NUMBER}-W1 (GAI, RE SALE): OPEN, vendor penske, because they have a buyer" in shown
    assert lot.world.org.record(REQUEST, NUMBER)["Source_System__c"] == "Drawbar"
    with pytest.raises(Refused, match="cannot become UPDATE TO AUCTION"):
        lot.told("status", VEHICLE, "UPDATE TO AUCTION")
    with pytest.raises(NotThere):
        lot.told("show", "VH00000099")


@pytest.mark.spec("R04")
def test_the_role_of_who_asks_counts_as_for_repossessions(lot: Lot) -> None:
    called_so = {"Casey Collector": "admin"}  # anybody may take this name
    rules = RepossessionSettings.model_validate({"roles": called_so, "role_of_others": "call centre basic"})
    lot.world.hub = replace(lot.world.hub, repossession=rules)

    with pytest.raises(Refused, match="as call centre basic, may not follow"):
        lot.told("request", VEHICLE)
    asked_in_salesforce(lot)

    assert [code for code, _ in lot.refusals()] == ["NOT_ALLOWED"]
    assert lot.requests() == []

    named = RepossessionSettings.model_validate({"roles": {CASEY: "admin"}, "role_of_others": "none"})
    lot.world.hub = replace(lot.world.hub, repossession=named)
    asked_in_salesforce(lot)
    assert lot.requests() == [NUMBER]
    with pytest.raises(Refused):
        lot.told("status", VEHICLE, "VOID")
    sets_in_salesforce(lot, S.SEND_TO_AUCTION, "title is clear")
    assert lot.world.org.record(REQUEST, NUMBER)["Status__c"] == "SEND TO AUCTION"


@pytest.mark.spec("R03", "R04")
def test_send_to_auction_on_the_vehicle_gets_a_request_once(lot: Lot) -> None:
    lot.world.org.change(TRUCKS, VEHICLE, Disposition__c="ON LEASE")
    lot.repossessed()
    assert lot.standing() == ("Inventory", "INVENTORY")

    lot.truck(Disposition__c="REMARKETING")
    lot.hear()
    lot.hear()

    request = lot.request()
    assert (request.status, request.order.vendor, request.requested_by) == (S.NEW, "ritchie", "Casey Collector")
    assert lot.world.org.record(REQUEST, NUMBER)["Source_System__c"] == "Drawbar"
    assert (lot.standing(), lot.requests()) == (("Remarketing", "REMARKETING"), [NUMBER])
    assert lot.refusals() == []


@pytest.mark.spec("R03")
def test_no_auction_is_asked_where_none_serves_the_territory(lot: Lot) -> None:
    lot.world.org.change(TRUCKS, VEHICLE, Disposition__c="ON LEASE")
    lot.truck(Storage_State__c="AK")
    lot.repossessed()

    lot.told("event", ACCOUNT, "offer", group="repo")
    lot.hear()

    assert (lot.standing()[0], lot.requests(), lot.refusals()) == ("Remarketing", [], [])


@pytest.mark.spec("R04")
def test_a_truck_that_goes_to_an_auction_out_of_the_inventory_is_in_remarketing(lot: Lot) -> None:
    lot.world.org.change(TRUCKS, VEHICLE, Disposition__c="ON LEASE")
    with pytest.raises(Refused, match="it is ON LEASE"):
        lot.told("request", VEHICLE)
    lot.repossessed()

    lot.told("request", VEHICLE)
    lot.told("status", VEHICLE, "SEND TO AUCTION")
    lot.hear()

    assert (lot.standing(), lot.requests()) == (("Remarketing", "REMARKETING"), [NUMBER])
    assert lot.notified() == ["NEW", "SEND TO AUCTION"]


@pytest.mark.spec("R04")
def test_a_hold_on_the_account_keeps_the_truck_from_the_auction(lot: Lot) -> None:
    lot.told("request", VEHICLE)
    lot.told("set", ACCOUNT, "BANKRUPTCY", "--reason", "filed", group="hold")

    with pytest.raises(Refused, match="filed"):
        lot.told("status", VEHICLE, "SEND TO AUCTION")

    assert lot.notified() == ["NEW"]
