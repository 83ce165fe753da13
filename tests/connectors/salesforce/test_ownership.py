"""Each field has one owner, and only the owner's mappings may set it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, ClassVar

import pytest

from drawbar.connectors.salesforce.fields import Text
from drawbar.connectors.salesforce.metadata.reference import field_reference
from drawbar.connectors.salesforce.records.catalogue import RECORDS, SYNCED_OBJECTS, object_fields, ownership
from drawbar.connectors.salesforce.records.sobject import SObject, record_fields
from drawbar.connectors.salesforce.records.stored import compared_fields
from drawbar.connectors.salesforce.records.target import FieldNotOurs, to_target
from drawbar.connectors.salesforce.records.vehicle import VEHICLE, VehicleCare, VehicleKey

pytestmark = pytest.mark.spec("P27")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grabbing:
    """A record class as somebody might write it by mistake: one field of LeaseWorks, one of the people's own."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    color: Annotated[str, Text(api_name="Color__c", help="Colour.")]
    storage_place: Annotated[str, Text(api_name="Storage_Place__c", help="Where it is.", owner="Salesforce")]


def test_the_table_holds_every_field_once() -> None:
    places = [(each.object, each.field) for each in ownership()]

    assert len(places) == len(set(places))
    assert set(places) == {(name, each.api_name) for name in SYNCED_OBJECTS for each in object_fields(name)}


def test_all_record_classes_agree_on_the_owner_of_a_field() -> None:
    owners = {(each.object, each.field): each.owner for each in ownership()}

    for record_class in RECORDS:
        for field in record_fields(record_class).values():
            assert owners[record_class.sobject.api_name, field.api_name] == field.owner


def test_the_field_reference_shows_the_table() -> None:
    rows = [line.split(" | ") for line in field_reference().splitlines() if line.startswith("| `")]
    shown = [(row[0].removeprefix("| ").strip("`"), row[-2], row[-1].removesuffix(" |").strip()) for row in rows]

    assert shown == [(each.field, each.owner, each.source) for each in ownership()]


def test_a_mapping_that_would_set_a_field_of_salesforce_is_stopped_before_it_gives_a_record() -> None:
    with pytest.raises(FieldNotOurs, match=r"Vehicle__c\.Storage_Place__c: owned by Salesforce") as stopped:
        to_target(Grabbing(leaseworks_id="VH1", color="White", storage_place="Yard 3"))

    assert "Color__c" not in str(stopped.value)


def test_what_people_keep_on_a_vehicle_is_never_sent() -> None:
    care = VehicleCare(leaseworks_id="VH1", **{each.name: None for each in fields(VehicleCare)[1:]})

    with pytest.raises(FieldNotOurs, match="Disposition__c"):
        to_target(care)


def test_no_comparison_looks_at_a_field_of_salesforce() -> None:
    theirs = {(each.object, each.field) for each in ownership() if each.owner == "Salesforce"}
    compared = {(name, each.field.api_name) for name in SYNCED_OBJECTS for each in compared_fields(name)}

    assert {("Vehicle__c", "Disposition__c"), ("Lease_Account__c", "Is_Past_Due__c")} <= theirs
    assert not theirs & compared
