"""What describe calls tell, held against recordings of real orgs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.standard import DESCRIBES
from tests.sandbox.org_client import OrgClient

RECORDED = Path(__file__).parent / "recorded"


def described(org: OrgClient, name: str) -> dict[str, Any]:
    found: dict[str, Any] = org.get(f"/sobjects/{name}/describe").json
    return found


def fields(description: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in description["fields"]}


@pytest.mark.parametrize("name", ["Account", "Contact", "Case"])
def test_recorded_fields_are_told_word_for_word(org: OrgClient, name: str) -> None:
    recorded = json.loads((DESCRIBES / f"{name}.json").read_text())
    ours = fields(described(org, name))
    for each in recorded["fields"]:
        if not each["name"].endswith("__c") and (name, each["name"]) != ("Case", "Status"):
            assert ours[each["name"]] == each


@pytest.mark.parametrize("name", ["Lease__c", "Promise__c", "User", "Organization"])
def test_every_other_object_has_all_that_a_recorded_one_has(org: OrgClient, name: str) -> None:
    recorded = json.loads((DESCRIBES / "Contact.json").read_text())
    ours = described(org, name)
    assert recorded.keys() <= ours.keys()
    for each in ours["fields"]:
        assert each.keys() == recorded["fields"][0].keys()


def test_old_recordings_tell_less_and_the_same(org: OrgClient) -> None:
    old = json.loads((RECORDED / "sobject_describe_success_response.json").read_text())
    ours = fields(described(org, "Lease__c"))
    for each in old["fields"]:
        assert each.keys() - {"defaultedOnCreate"} <= ours["Id"].keys()
    old_id, our_id = old["fields"][0], ours["Id"]
    same = ("name", "type", "length", "byteLength", "soapType", "idLookup", "nillable", "createable", "updateable")
    assert {name: our_id[name] for name in same} == {name: old_id[name] for name in same}


def test_all_objects_are_listed(org: OrgClient) -> None:
    old = json.loads((RECORDED / "describe_sobjects_success_response.json").read_text())
    ours = org.get("/sobjects").json
    assert (ours["encoding"], ours["maxBatchSize"]) == (old["encoding"], old["maxBatchSize"])
    by_name = {each["name"]: each for each in ours["sobjects"]}
    assert {"Account", "Case", "Contact", "User", "Lease__c", "RecordType"} <= by_name.keys()
    assert old["sobjects"][0].keys() - {"urls"} <= by_name["Lease__c"].keys()
    assert by_name["Account"]["urls"]["describe"] == "/services/data/v67.0/sobjects/Account/describe"


def test_a_custom_field_is_told_with_its_rules(org: OrgClient) -> None:
    ours = fields(described(org, "Lease__c"))
    number = ours["Number__c"]
    assert (number["externalId"], number["unique"], number["caseSensitive"], number["length"]) == (
        True,
        True,
        False,
        20,
    )
    assert (number["byteLength"], number["soapType"], number["custom"]) == (60, "xsd:string", True)
    assert (ours["Amount__c"]["precision"], ours["Amount__c"]["scale"]) == (8, 2)
    assert (ours["Late__c"]["calculated"], ours["Late__c"]["calculatedFormula"]) == (True, "Days__c > 30")
    assert ours["Status__c"]["restrictedPicklist"] is True
    assert [each["value"] for each in ours["Status__c"]["picklistValues"]] == ["Open", "Closed"]
    assert ours["Lessee__c"]["referenceTo"] == ["Account"]
    assert ours["Lessee__c"]["relationshipName"] == "Lessee__r"
    assert ours["Taken__c"]["defaultValueFormula"] == "TODAY()"
    assert ours["Ticket__c"]["autoNumber"] is True


def test_children_and_record_types_are_told(org: OrgClient) -> None:
    children = described(org, "Lease__c")["childRelationships"]
    assert ("Promise__c", "Lease__c", "Promises__r", True) in {
        (each["childSObject"], each["field"], each["relationshipName"], each["cascadeDelete"]) for each in children
    }
    types = described(org, "Case")["recordTypeInfos"]
    assert [(each["developerName"], each["master"]) for each in types] == [("Delinquency", False), ("Master", True)]
