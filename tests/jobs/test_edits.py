"""What people change in Salesforce is heard once, by message or by sweep, and the hub's own writes are not heard."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from drawbar.connectors.salesforce.changes import SalesforceChanges
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS, object_fields
from drawbar.jobs.edits import EDIT_RULES, edit_rules
from drawbar.jobs.inbox import INBOX_JOB
from drawbar.jobs.outbound_messages import OutboundMessageHandler
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.edit_log import EditLog
from drawbar.middleware.sync.inbox_handling import Handling
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.seeds import COLLECTOR_USER_ID, INTEGRATION_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.conftest import OpenWorld
from tests.jobs.office import NOTE, VEHICLE, Office, with_imports
from tests.jobs.world import ServedOrg

TRUCKS = 3


@pytest.fixture
def org(org: ServedOrg) -> Iterator[ServedOrg]:
    """An org whose clock goes on by a second with every look."""
    local, usual = org.local.org, org.local.org.clock
    ticks = [datetime.fromisoformat("2026-03-02T10:00:00+00:00")]

    def tick() -> datetime:
        ticks[0] += timedelta(seconds=1)
        return ticks[0]

    local.clock = tick
    yield org
    local.clock = usual


@pytest.fixture
def office(open_world: OpenWorld, org: ServedOrg, tmp_path: Path) -> Office:
    return Office(open_world(leaseworks=with_imports(tmp_path / "leaseworks")), org, TRUCKS)


def swept(office: Office, name: str = VEHICLE) -> tuple[int, int]:
    """Sweep, and give how many records of an object were read, and how many of them were news."""
    read = office.world.run("edits").summary["read"][name]
    return read["read"], read["changed"]


def test_every_rule_looks_at_fields_that_its_object_has(office: Office) -> None:
    rules = edit_rules(office.world.hub)

    assert len(rules) == len(EDIT_RULES)
    for rule in rules:
        known = {each.api_name for each in object_fields(rule.object)} | {"CreatedDate", "IsDeleted", "Name"}
        assert {name for name in rule.fields if "." not in name} <= known


def test_what_the_hub_alone_has_written_is_passed_over(office: Office) -> None:
    first = swept(office)
    office.book.vehicle(1, ODOMETER="413000")
    office.night()

    assert (first, swept(office)) == ((TRUCKS, 0), (TRUCKS, 0))


@pytest.mark.spec("P27")
def test_an_edit_right_before_or_after_the_hubs_own_write_is_not_lost(office: Office) -> None:
    office.rep.changes(VEHICLE, office.trucks[0], Storage_Place__c="Yard 1")
    office.book.vehicle(1, ODOMETER="413000")
    office.book.vehicle(2, ODOMETER="413000")
    office.night()
    office.rep.changes(VEHICLE, office.trucks[1], Storage_Place__c="Yard 2")
    office.hears()
    office.exchange()

    told = {row["ASSET_NO"]: row["STORAGE_PLACE"] for row in office.imported()["vehicles"]}
    assert told == {"VH00000001": "Yard 1", "VH00000002": "Yard 2"}


def test_an_edit_that_a_message_told_is_handled_once_however_often_it_is_told(office: Office) -> None:
    office.rep.changes(VEHICLE, office.truck, Storage_Place__c="Yard 1")
    first = office.told("04l1", VEHICLE, office.truck)
    again = office.told("04l1", VEHICLE, office.truck)
    another = office.told("04l2", VEHICLE, office.truck)
    news = swept(office)[1]
    office.exchange()

    assert first.answer == {"told": f"{VEHICLE} VH00000001", "in_step": f"{VEHICLE} VH00000001"}
    assert again.id == first.id
    assert another.answer == {"in_step": f"{VEHICLE} VH00000001"}
    assert news == 0
    assert len(office.imported()["vehicles"]) == 1


@pytest.mark.spec("P27")
@pytest.mark.fault(24)
def test_what_was_read_of_a_record_does_nothing_once_a_newer_edit_was_handled(office: Office) -> None:
    hub = office.world.hub
    office.rep.changes(VEHICLE, office.truck, Storage_Place__c="Yard 1")
    entry = office.told("04l1", NOTE, office.note())
    body = json.dumps({"object": VEHICLE, "id": office.truck}).encode()
    told = replace(entry, message=replace(entry.message, body=body))
    late = OutboundMessageHandler(hub).notified(told, Handling("late-1", hub.clock()))
    office.rep.changes(VEHICLE, office.truck, Storage_Place__c="Yard 2")
    office.told("04l2", VEHICLE, office.truck)

    with hub.engine.begin() as connection:
        answer = late(connection)

    office.exchange()
    assert answer == {"passed_over": f"{VEHICLE} VH00000001 was handled as it is, or newer"}
    assert [row["STORAGE_PLACE"] for row in office.imported()["vehicles"]] == ["Yard 2"]


@pytest.mark.spec("P27")
def test_an_edit_of_a_field_that_leaseworks_owns_is_set_back_and_shown_with_both_values(office: Office) -> None:
    office.rep.changes(VEHICLE, office.truck, Plate__c="WRONG1")
    office.hears()
    plate = office.org.record(VEHICLE, "VH00000001")["Plate__c"]
    office.org.forget_counts()
    office.hears()

    with reading(office.world.hub.engine) as connection:
        (lost,) = EditLog(connection).conflicts(object_name=VEHICLE, limit=9)
    assert (plate, office.org.sent()) == ("AB123C", 0)
    assert (lost.field, lost.target_value, lost.source_value) == ("Plate__c", "WRONG1", "AB123C")
    assert (lost.winner, lost.kind, lost.edited_by) == ("LeaseWorks", "overruled", "Casey Collector")


@pytest.mark.spec("P30")
def test_a_step_that_a_rule_refuses_is_shown_on_the_record_until_it_is_mended(office: Office) -> None:
    note = office.note("", Note__c=None)
    office.hears()
    (error,) = office.org.records("Sync_Error__c").values()
    (letter,) = office.world.letters()
    office.rep.changes(NOTE, note, Note__c="Left a message")
    office.hears()

    assert (error["Collection_Note__c"], error["Error_Code__c"], error["Field__c"]) == (note, "MISSING", "Note__c")
    assert letter.failure.remedy == "Write what was said."
    assert office.world.letters() == []
    assert office.org.records("Sync_Error__c") == {}
    assert office.org.record(NOTE, f"SF-{note}")["Note__c"] == "Left a message"


@pytest.mark.fault(16)
def test_a_sweep_goes_on_when_the_session_has_ended(office: Office) -> None:
    office.note()
    office.org.local.faults.arm(Fault(kind="401", path="*/queryAll*", times=1))
    office.hears()

    assert [row.startswith("SF-") for row in office.org.records(NOTE)] == [True]


@pytest.mark.fault(18)
def test_records_of_one_instant_are_read_once_each_whatever_the_pages(org: ServedOrg, office: Office) -> None:
    rows = [{"Lease_Account__c": office.account, "Note__c": f"note {number}"} for number in range(25)]
    context = WriteContext(COLLECTOR_USER_ID, auto_assign=False)
    made = [each.id for each in org.local.org.write("create", NOTE, rows, context=context)]
    client = SalesforceClient(office.world.settings.salesforce)  # type: ignore[arg-type]
    finder = SalesforceChanges(client, EXTERNAL_IDS, page=4)
    long_ago = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    org.local.org.write("delete", NOTE, [{"Id": made[0]}], context=WriteContext(INTEGRATION_USER_ID))
    found = list(finder.changed_since(NOTE, ["Note__c"], long_ago))

    assert sorted(each.id for each in found) == sorted(map(str, made))
    assert [each.id for each in found if each.deleted] == [made[0]]
    assert len({each.modified_at for each in found}) == 2
    assert finder.own_user() == INTEGRATION_USER_ID


OWNED = ("Storage_Place__c", "Market_Value__c", "Disposition__c")
WORDS = ("ON LEASE", "PENDING")
"""Dispositions that may follow each other in any order: a step that is refused holds the whole edit back."""


class Bustle:
    """Edits on both sides at random, with messages that come twice, late, or never."""

    def __init__(self, office: Office, dice: random.Random) -> None:
        self.office, self.dice, self.told = office, dice, 0

    def edits(self, count: int) -> None:
        for _ in range(count):
            truck = self.dice.randrange(TRUCKS)
            side = self.dice.choice((self._in_salesforce, self._in_salesforce, self._in_leaseworks))
            side(truck)

    def _in_salesforce(self, truck: int) -> None:
        name = self.dice.choice((*OWNED, "Plate__c"))
        number = self.dice.randrange(100)
        value = {"Market_Value__c": number * 100, "Disposition__c": self.dice.choice(WORDS)}.get(name, f"P{number}")
        self.office.rep.changes(VEHICLE, self.office.trucks[truck], **{name: value})
        if self.dice.random() < 0.005:
            self.told += self.dice.randrange(2)
            self.office.told(f"04l{self.told}{truck}", VEHICLE, self.office.trucks[truck])

    def _in_leaseworks(self, truck: int) -> None:
        self.office.book.vehicle(truck + 1, PLATE=f"L{self.dice.randrange(100)}")

    def happens(self) -> None:
        self.dice.choice((self.office.hears, self.office.exchange, self.office.night))()

    def settles(self) -> None:
        for each in (self.office.hears, self.office.exchange, self.office.night, self.office.hears):
            each()


def _as_said(value: object) -> object:
    """Give a value of either side so that equal ones are equal: amounts as numbers, nothing as ""."""
    text = "" if value is None else str(value)
    return float(text) if text.replace(".", "").isdigit() else text


@pytest.mark.spec("P27")
def test_both_sides_come_to_agree_by_ownership_and_nothing_is_echoed(office: Office) -> None:
    """1,000 edits in all: two draws of three times 167, on one hub that goes on living."""

    @settings(max_examples=2, deadline=None, database=None, phases=[Phase.generate])
    @given(st.integers(0, 10_000))
    def agree(seed: int) -> None:
        bustle = Bustle(office, random.Random(seed))
        for _ in range(3):
            bustle.edits(167)
            bustle.happens()
        bustle.settles()
        sent, told = office.org.sent(), len(office.imported()["vehicles"])
        office.hears()
        office.exchange()

        assert (office.org.sent(), len(office.imported()["vehicles"])) == (sent, told)
        last = {row["ASSET_NO"]: row for row in office.imported()["vehicles"]}
        for key, truck in office.org.records(VEHICLE).items():
            assert truck["Plate__c"] == office.book.rows["vehicles"][key]["PLATE"]
            for name, column in zip(OWNED, ("STORAGE_PLACE", "MARKET_VALUE", "DISPOSITION"), strict=True):
                assert _as_said(last.get(key, {}).get(column, "")) == _as_said(truck[name])

    agree()
    assert office.world.run(INBOX_JOB).state == "succeeded"
    assert office.world.letters() == []


@pytest.mark.spec("P30")
@pytest.mark.parametrize("told", [True, False])
def test_an_account_that_somebody_asks_for_is_brought_into_step_at_once(office: Office, told: bool) -> None:
    account, now = "Lease_Account__c", "2026-03-02T10:30:00Z"
    spoiled = {"Id": office.account, "Late_Fees__c": 999}
    office.org.local.org.write("update", account, [spoiled], context=WriteContext(INTEGRATION_USER_ID))
    office.rep.changes(account, office.account, Sync_Asked__c=now)

    if told:
        office.told("04l1", account, office.account)
        office.world.run("deliver")
    else:
        office.hears()
    mended = office.org.record(account, "LW00000001")
    office.org.forget_counts()
    office.hears()

    assert mended["Late_Fees__c"] != 999
    assert mended["Sync_Asked__c"].startswith("2026-03-02T10:30:00")
    assert office.org.sent() == 0
