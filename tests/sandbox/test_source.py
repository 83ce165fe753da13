"""The schema that an SFDX project and the recorded describes make."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawbar.sandbox.metadata import MetadataError
from drawbar.sandbox.schema import Field, PicklistValue, Schema
from drawbar.sandbox.source import load_schema
from tests.sandbox.sfdx import Project


def field(schema: Schema, object_name: str, name: str) -> Field:
    sobject = schema.get(object_name)
    assert sobject is not None
    found = sobject.field(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "kind", "length", "precision", "scale"),
    [
        ("Number__c", "string", 20, 0, 0),
        ("Amount__c", "currency", 0, 8, 2),
        ("Days__c", "double", 0, 4, 0),
        ("Share__c", "percent", 0, 5, 2),
        ("Boarded__c", "date", 0, 0, 0),
        ("Seen__c", "datetime", 0, 0, 0),
        ("Active__c", "boolean", 0, 0, 0),
        ("Email__c", "email", 80, 0, 0),
        ("Text__c", "textarea", 300, 0, 0),
        ("Status__c", "picklist", 255, 0, 0),
        ("Tags__c", "multipicklist", 0, 0, 0),
        ("Lessee__c", "reference", 18, 0, 0),
        ("Ticket__c", "string", 30, 0, 0),
    ],
)
def test_each_type_of_the_metadata_has_its_type_in_describe(
    lease_schema: Schema, name: str, kind: str, length: int, precision: int, scale: int
) -> None:
    found = field(lease_schema, "Lease__c", name)
    assert (found.type, found.length, found.precision, found.scale) == (kind, length, precision, scale)


def test_an_external_id_is_a_key_and_case_matters_only_where_it_says_so(lease_schema: Schema) -> None:
    number, plate = field(lease_schema, "Lease__c", "Number__c"), field(lease_schema, "Lease__c", "Plate__c")
    assert (number.external_id, number.unique, number.id_lookup, number.case_sensitive) == (True, True, True, False)
    assert (plate.external_id, plate.unique, plate.case_sensitive) == (False, True, True)


def test_a_master_is_required_and_fixed_unless_it_may_change(lease_schema: Schema) -> None:
    fixed, moving = field(lease_schema, "Promise__c", "Lease__c"), field(lease_schema, "Note__c", "Lease__c")
    assert (fixed.nillable, fixed.updateable, fixed.cascade_delete) == (False, False, True)
    assert (moving.nillable, moving.updateable, moving.cascade_delete) == (False, True, True)


def test_a_detail_has_no_owner(lease_schema: Schema) -> None:
    promise, lease = lease_schema.get("Promise__c"), lease_schema.get("Lease__c")
    assert promise is not None
    assert lease is not None
    assert promise.field("OwnerId") is None
    assert lease.field("OwnerId") is not None


def test_a_parent_knows_its_children_by_their_relationship_names(lease_schema: Schema) -> None:
    lease = lease_schema.get("Lease__c")
    assert lease is not None
    assert [(each.child, each.relationship_name) for each in lease.children] == [
        ("Note__c", "Notes__r"),
        ("Promise__c", "Promises__r"),
    ]


def test_standard_picklists_take_the_values_of_the_metadata(lease_schema: Schema) -> None:
    assert field(lease_schema, "Case", "Status").picklist == (
        PicklistValue("New", "New", default=True),
        PicklistValue("Cured", "Cured", closed=True),
    )


def test_a_record_type_brings_its_lookup(lease_schema: Schema) -> None:
    case = lease_schema.get("Case")
    assert case is not None
    assert [each.developer_name for each in case.record_types] == ["Delinquency"]
    assert case.field("RecordTypeId") is not None


def test_what_is_custom_in_a_recording_is_left_out(lease_schema: Schema) -> None:
    account = lease_schema.get("Account")
    assert account is not None
    assert account.record_types == ()
    assert not any(each.name.endswith("__c") for each in account.fields)


def test_a_field_is_found_whatever_its_case(lease_schema: Schema) -> None:
    assert field(lease_schema, "lease__C", "AMOUNT__c").name == "Amount__c"


def test_the_shipped_metadata_can_be_played() -> None:
    schema = load_schema()
    names = {each.name for each in schema if each.custom}
    assert {"Lease_Account__c", "Vehicle__c", "Payment__c", "Promise_To_Pay__c", "Sync_Error__c"} <= names


@pytest.mark.parametrize(
    ("kind", "settings", "reason"),
    [
        ("Summary", {}, "Lease__c.X__c: the sandbox does not play fields of type Summary"),
        ("Checkbox", {"formula": "IF("}, "Lease__c.X__c: Syntax error"),
        ("Picklist", {"valueSet": {"valueSetName": "None"}}, "X__c: there is no global value set None"),
    ],
)
def test_metadata_that_cannot_be_played_is_refused_by_name(
    tmp_path: Path, kind: str, settings: dict[str, str], reason: str
) -> None:
    project = Project(tmp_path)
    project.object("Lease__c")
    project.field("Lease__c", "X__c", kind, **settings)
    with pytest.raises(MetadataError, match=reason):
        load_schema(tmp_path)


def test_an_unknown_standard_object_is_refused_by_name(tmp_path: Path) -> None:
    Project(tmp_path).field("Opportunity", "X__c", "Text", length=10)
    with pytest.raises(MetadataError, match="Opportunity: the sandbox plays Account, Contact, Case"):
        load_schema(tmp_path)


def test_a_broken_file_is_refused_by_path(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.object("Lease__c")
    file = next(tmp_path.rglob("*.object-meta.xml"))
    file.write_text("<CustomObject>")
    with pytest.raises(MetadataError, match=r"Lease__c\.object-meta\.xml"):
        load_schema(tmp_path)


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    project = Project(tmp_path)
    project.object("Lease__c")
    file = next(tmp_path.rglob("*.object-meta.xml"))
    declared = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    text = file.read_text().replace("?>\n", f"?>\n{declared}\n", 1).replace("<label>Lease", "<label>&e;Lease", 1)
    file.write_text(text)
    lease = load_schema(tmp_path).get("Lease__c")
    assert lease is not None
    assert "secret" not in lease.label
