"""What people enter in Salesforce becomes rows of LeaseWorks' import: exactly these, or a refusal by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from drawbar.connectors.leaseworks.import_records import NoteRow, PromiseRow, VehicleRow
from drawbar.connectors.leaseworks.records import ContactChannel
from drawbar.mappings.salesforce_leaseworks import (
    ACCOUNT,
    NOTE_FIELDS,
    PROMISE_FIELDS,
    VEHICLE_FIELDS,
    VISIT_FIELDS,
    to_note,
    to_promise,
    to_vehicle,
    to_visit_note,
    to_visit_promise,
)
from drawbar.middleware.errors import RecordRejected

Fields = Mapping[str, object]
MADE = {"CreatedDate": "2026-03-02T23:30:00.000-0600", "CreatedBy.Name": "Casey Collector"}
NOTE: Fields = (
    dict.fromkeys(NOTE_FIELDS) | MADE | {ACCOUNT: "LW1", "Channel__c": "Phone", "Note__c": "Will pay\r\non Friday "}
)
PROMISE: Fields = dict.fromkeys(PROMISE_FIELDS) | MADE | {
    ACCOUNT: "LW1", "Promised_Date__c": "2026-03-06", "Amount__c": 500.5, "Channel__c": "Text",
}  # fmt: skip
VEHICLE: Fields = dict.fromkeys(VEHICLE_FIELDS) | {
    "Disposition__c": "IN STORAGE", "Storage_Place__c": "Yard 7\nDallas", "Market_Value__c": 40000,
    "Odometer_Reading__c": 412000.0, "Odometer_Read_Date__c": "2026-03-01",
}  # fmt: skip


@pytest.mark.spec("P03")
def test_a_note_is_by_who_made_it_when_it_names_nobody() -> None:
    assert to_note("SF-1", NOTE) == NoteRow(
        note_number="SF-1", account_number="LW1", written_at=datetime(2026, 3, 3, 5, 30, tzinfo=UTC),
        author="Casey Collector", channel=ContactChannel.PHONE, text="Will pay\r\non Friday",
    )  # fmt: skip
    named = to_note("SF-1", {**NOTE, "Author__c": "J. Doe", "Written_At__c": "2026-03-01T15:00:00.000+0000"})
    assert (named.author, named.written_at) == ("J. Doe", datetime(2026, 3, 1, 15, tzinfo=UTC))


@pytest.mark.spec("P05")
def test_a_promise_is_taken_on_the_day_on_which_it_was_made_in_utc() -> None:
    assert to_promise("SF-2", PROMISE) == PromiseRow(
        promise_key="SF-2", account_number="LW1", promised_for=date(2026, 3, 6), amount=Decimal("500.50"),
        taken_on=date(2026, 3, 3), taken_by="Casey Collector", channel=ContactChannel.TEXT,
    )  # fmt: skip


@pytest.mark.spec("P16", "P27")
def test_a_vehicle_tells_all_that_salesforce_owns() -> None:
    assert to_vehicle("VH1", VEHICLE) == VehicleRow(
        asset_number="VH1", disposition="IN STORAGE", condition="", storage_place="Yard 7 Dallas", storage_state="",
        market_value=Decimal("40000.00"), odometer=412000, odometer_on=date(2026, 3, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mapped", "fields", "field", "code"),
    [
        (to_note, {**NOTE, ACCOUNT: None}, "Lease_Account__c", "NO_ACCOUNT"),
        (to_note, {**NOTE, "Note__c": " \n "}, "Note__c", "MISSING"),
        (to_note, {**NOTE, "Channel__c": None}, "Channel__c", "MISSING"),
        (to_note, {**NOTE, "Channel__c": "Fax"}, "Channel__c", "UNKNOWN_CODE"),
        (to_promise, {**PROMISE, "Amount__c": None}, "amount", "NOT_TAKEN"),
        (to_promise, {**PROMISE, "Amount__c": 0}, "amount", "NOT_TAKEN"),
        (to_vehicle, {**VEHICLE, "Odometer_Reading__c": -1}, "odometer", "NOT_TAKEN"),
    ],
)
def test_what_leaseworks_cannot_take_is_refused_by_field(
    mapped: Callable[[str, Fields], object], fields: Fields, field: str, code: str
) -> None:
    with pytest.raises(RecordRejected) as refused:
        mapped("K1", fields)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.remedy


VISIT: Fields = dict.fromkeys(VISIT_FIELDS) | MADE | {ACCOUNT: "LW1", "Disposition__c": "Paid"}
WORDS = ("Paid", "Truck Seen")
NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.spec("F05", "F11")
def test_a_visit_is_by_who_entered_it_when_it_names_nobody() -> None:
    assert to_visit_note("SF-3", VISIT, dispositions=WORDS, now=NOW) == NoteRow(
        note_number="SF-3", account_number="LW1", written_at=datetime(2026, 3, 3, 5, 30, tzinfo=UTC),
        author="Casey Collector", channel=ContactChannel.IN_PERSON, text="Field visit: Paid.",
    )  # fmt: skip
    assert to_visit_promise("SF-3", VISIT) is None


@pytest.mark.spec("F05", "P05")
def test_a_promise_of_a_visit_is_taken_by_the_rep_on_its_day() -> None:
    promised = {**VISIT, "Rep__c": "Robin Rider", "Promise_Amount__c": 99.5, "Promise_Date__c": "2026-03-09"}

    assert to_visit_promise("SF-3", promised) == PromiseRow(
        promise_key="SF-3", account_number="LW1", promised_for=date(2026, 3, 9), amount=Decimal("99.50"),
        taken_on=date(2026, 3, 3), taken_by="Robin Rider", channel=ContactChannel.IN_PERSON,
    )  # fmt: skip


@pytest.mark.spec("F05")
@pytest.mark.parametrize(
    ("entered", "field", "code"),
    [
        ({ACCOUNT: None}, "Lease_Account__c", "NO_ACCOUNT"),
        ({"Disposition__c": None}, "Disposition__c", "MISSING"),
        ({"Disposition__c": "Ate Lunch"}, "Disposition__c", "UNKNOWN_CODE"),
        ({"Visited_At__c": "2026-03-04T00:00:01.000+0000"}, "Visited_At__c", "FUTURE"),
        ({"Follow_Up_Date__c": "2026-03-02"}, "Follow_Up_Date__c", "BEFORE_VISIT"),
        ({"Latitude__c": 32.78}, "Longitude__c", "MISSING"),
        ({"Longitude__c": -96.8}, "Latitude__c", "MISSING"),
        ({"Latitude__c": 91, "Longitude__c": 0}, "Latitude__c", "NO_PLACE"),
        ({"Latitude__c": 0, "Longitude__c": -180.5}, "Longitude__c", "NO_PLACE"),
        ({"Promise_Amount__c": 10}, "Promise_Date__c", "MISSING"),
        ({"Promise_Date__c": "2026-03-20"}, "Promise_Amount__c", "MISSING"),
        ({"Promise_Amount__c": 0, "Promise_Date__c": "2026-03-20"}, "Promise_Amount__c", "MISSING"),
        ({"Promise_Amount__c": 10, "Promise_Date__c": "2026-03-02"}, "Promise_Date__c", "BEFORE_VISIT"),
        ({"Comments__c": "x" * 32_000}, "text", "NOT_TAKEN"),
    ],
)
def test_a_visit_that_cannot_be_is_refused_by_field(entered: Fields, field: str, code: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        to_visit_note("SF-3", {**VISIT, **entered}, dispositions=WORDS, now=NOW)

    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.remedy
