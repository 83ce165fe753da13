"""The record models hold together, and refuse what Salesforce would refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from drawbar.connectors.salesforce.fields import (
    Checkbox,
    Currency,
    Date,
    DateTime,
    Email,
    ExternalId,
    Field,
    Formula,
    LongText,
    Lookup,
    MasterDetail,
    Number,
    Phone,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.catalogue import (
    BOOKKEEPING,
    EXTERNAL_IDS,
    OBJECTS,
    RECORDS,
    SENT_ON_CHANGE,
    SYNCED_OBJECTS,
    object_fields,
)
from drawbar.connectors.salesforce.records.payment import Payment
from drawbar.connectors.salesforce.records.sobject import record_fields
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.connectors.salesforce.records.vehicle import VehicleCare
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Reference

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PAYMENT = Payment(
    leaseworks_id="PM1", name="PM1", lease_account="LW1", amount=Decimal("10.00"), effective_date=date(2026, 3, 1),
    posted_date=date(2026, 3, 1), method="ACH", reference=None, reversed_date=None, reversal_reason=None,
    source_system="LeaseWorks", source_updated=NOW, last_synced=NOW,
)  # fmt: skip


def every_field() -> list[Any]:
    return [
        pytest.param(sobject.api_name, field, id=f"{sobject.api_name}.{field.api_name}")
        for sobject in OBJECTS
        for field in object_fields(sobject.api_name)
    ]


@pytest.mark.parametrize(("object_name", "field"), every_field())
def test_every_field_can_be_described_to_people(object_name: str, field: Field) -> None:
    assert 0 < len(field.label) <= 40
    assert 0 < len(field.help) <= 510
    assert len(field.description) <= 1_000
    assert field.help.endswith(".")
    if isinstance(field, Number):
        assert field.unit


def test_parents_are_delivered_before_their_children() -> None:
    for position, name in enumerate(SYNCED_OBJECTS):
        parents = {each.to for each in object_fields(name) if isinstance(each, Lookup)} - {"RecordType", "User"}
        assert parents <= set(SYNCED_OBJECTS[:position])


def test_every_object_is_found_by_a_unique_key_that_tells_upper_from_lower_case() -> None:
    for name, key in EXTERNAL_IDS.items():
        field = next(each for each in object_fields(name) if each.api_name == key)
        assert isinstance(field, ExternalId)
        assert field.unique
        assert field.external_id
        assert field.case_sensitive
        assert not field.required, "a person's own record has no key"


@pytest.mark.spec("P30")
def test_every_object_shows_source_and_time() -> None:
    for name in SYNCED_OBJECTS:
        names = {each.api_name for each in object_fields(name)}
        assert {"Source_System__c", "Source_Updated__c", "Last_Synced__c"} <= names


def test_a_later_delivery_alone_is_no_change() -> None:
    assert all("Last_Synced__c" in BOOKKEEPING[name] for name in SYNCED_OBJECTS)
    assert BOOKKEEPING["Lease_Account__c"] == {"Last_Synced__c", "Assessed_Date__c"}


@pytest.mark.spec("P02")
def test_the_steps_of_a_case_are_peoples_between_opening_and_closing() -> None:
    assert SENT_ON_CHANGE["Case"] == {"Status", "Priority"}


@pytest.mark.spec("P27")
def test_what_people_keep_on_a_vehicle_belongs_to_salesforce_alone() -> None:
    kept = {each.api_name: each.owner for each in record_fields(VehicleCare).values()}
    del kept[EXTERNAL_IDS["Vehicle__c"]]

    assert set(kept.values()) == {"Salesforce"}
    assert "Disposition__c" in kept
    written = {
        each.api_name
        for record_class in RECORDS
        if record_class is not VehicleCare and record_class.sobject.api_name == "Vehicle__c"
        for each in record_fields(record_class).values()
    }
    assert not written & set(kept)


def test_parts_of_one_object_describe_a_field_alike() -> None:
    described: dict[tuple[str, str], Field] = {}
    for record_class in RECORDS:
        for field in record_fields(record_class).values():
            assert described.setdefault((record_class.sobject.api_name, field.api_name), field) == field


def test_a_record_becomes_key_fields_parents_and_the_record_that_it_locks() -> None:
    target = to_target(PAYMENT)

    assert (target.object, target.key, target.parent) == ("Payment__c", "PM1", "LW1")
    assert target.references == {"Lease_Account__r": Reference("Lease_Account__c", "LW1")}
    assert target.fields["Reference__c"] is None
    assert "LeaseWorks_Id__c" not in target.fields
    assert "Lease_Account__c" not in target.fields


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"reference": "x" * 61}, "Reference__c", "has 61 characters, 60 fit"),
        ({"method": "Barter"}, "Method__c", "none of ACH"),
        ({"amount": Decimal("1E16")}, "Amount__c", "too large"),
        ({"amount": Decimal("0.001")}, "Amount__c", "more than 2 decimals"),
        ({"amount": Decimal("NaN")}, "Amount__c", "is not a number"),
        ({"amount": None}, "Amount__c", "is empty"),
        ({"name": ""}, "Name", "is empty"),
        ({"posted_date": date(26, 3, 1)}, "Posted_Date__c", "lies in the year 26"),
        ({"posted_date": NOW}, "Posted_Date__c", "is datetime, not a date"),
        ({"source_updated": NOW.replace(tzinfo=None)}, "Source_Updated__c", "has no time zone"),
        ({"leaseworks_id": "P\x00M"}, "LeaseWorks_Id__c", "no control characters"),
        ({"leaseworks_id": ""}, "LeaseWorks_Id__c", "a key has no blanks"),
        ({"leaseworks_id": "P" * 31}, "LeaseWorks_Id__c", "has 31 characters"),
    ],
)
def test_a_value_that_salesforce_would_refuse_is_refused_here_with_field_and_remedy(
    change: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(RecordRejected, match=reason) as refusal:
        to_target(replace(PAYMENT, **change))

    assert refusal.value.field == field
    assert refusal.value.record.startswith("Payment__c ")
    assert "Correct it in" in refusal.value.remedy


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Text(api_name="A__c", help="A."), 1),
        (LongText(api_name="A__c", help="A.", length=3), "a\nb\nc"),
        (LongText(api_name="A__c", help="A."), 1),
        (Phone(api_name="A__c", help="A."), "5" * 41),
        (Email(api_name="A__c", help="A."), f"{'a' * 60}@{'b' * 20}.example"),
        (Email(api_name="A__c", help="A."), 1),
        (Number(api_name="A__c", help="A."), 1.5),
        (Number(api_name="A__c", help="A."), True),
        (Currency(api_name="A__c", help="A."), "1.00"),
        (Date(api_name="A__c", help="A."), date(4001, 1, 1)),
        (DateTime(api_name="A__c", help="A."), date(2026, 1, 1)),
        (Checkbox(api_name="A__c", help="A."), "true"),
        (Picklist(api_name="A__c", help="A.", values=("x",)), 1),
        (Lookup(api_name="A__c", help="A.", to="B__c"), ""),
        (Formula(api_name="A__c", help="A.", result="Checkbox", formula="TRUE"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_type_refuses_what_it_cannot_hold(field: Field, value: object) -> None:
    assert field.refusal(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Text(api_name="A__c", help="A.", length=2), "ab"),
        (LongText(api_name="A__c", help="A.", length=4), "a\r\nb"),
        (Number(api_name="A__c", help="A.", precision=3), 999),
        (Currency(api_name="A__c", help="A."), Decimal("-9999999999999999.99")),
        (Date(api_name="A__c", help="A."), date(1700, 1, 1)),
        (Checkbox(api_name="A__c", help="A."), False),
        (MasterDetail(api_name="A__c", help="A.", to="B__c"), "key"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_type_takes_what_it_can_hold(field: Field, value: object) -> None:
    assert field.refusal(value) == ""


def test_a_relationship_is_named_after_its_field() -> None:
    assert Lookup(api_name="Lease_Account__c", help="A.", to="B__c").relationship == "Lease_Account__r"
    assert Lookup(api_name="AccountId", help="A.", to="Account").relationship == "Account"
