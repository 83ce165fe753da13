"""What the org does with Cases by itself."""

from __future__ import annotations

import pytest

from drawbar.sandbox.ids import metadata_id
from drawbar.sandbox.seeds import COLLECTOR_USER_ID, INTEGRATION_USER_ID, QUEUE_ID
from tests.sandbox.org_client import Clock, OrgClient


def test_cases_are_numbered(org: OrgClient) -> None:
    cases = [org.create("Case", Subject="x") for _ in range(2)]
    assert [org.row("Case", each)["CaseNumber"] for each in cases] == ["00001000", "00001001"]


def test_a_case_is_closed_by_its_status_and_keeps_the_time(org: OrgClient, clock: Clock) -> None:
    case = org.create("Case", Subject="x")
    assert (org.row("Case", case)["IsClosed"], org.row("Case", case)["Status"]) == (0, "New")
    clock.pass_(hours=1)
    org.write("update", "Case", {"Id": case, "Status": "Cured"})
    clock.pass_(hours=1)
    org.write("update", "Case", {"Id": case, "Subject": "y"})
    row = org.row("Case", case)
    assert (row["IsClosed"], row["ClosedDate"]) == (1, "2026-03-02T07:00:00.000+0000")


def test_a_reopened_case_has_no_closing_date(org: OrgClient) -> None:
    case = org.create("Case", Status="Cured")
    org.write("update", "Case", {"Id": case, "Status": "New"})
    row = org.row("Case", case)
    assert (row["IsClosed"], row["ClosedDate"]) == (0, None)


def test_closed_cannot_be_set_by_hand(org: OrgClient) -> None:
    (error,) = org.refusals("Case", IsClosed=True)
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"


@pytest.mark.parametrize(
    ("headers", "owner"),
    [
        ({}, QUEUE_ID),
        ({"Sforce_Auto_Assign": "TRUE"}, QUEUE_ID),
        ({"Sforce_Auto_Assign": "FALSE"}, COLLECTOR_USER_ID),
    ],
)
def test_the_assignment_rule_takes_the_owner_unless_the_header_says_false(
    org: OrgClient, headers: dict[str, str], owner: str
) -> None:
    created = org.post("/sobjects/Case", {"Subject": "x", "OwnerId": COLLECTOR_USER_ID}, **headers)
    assert org.row("Case", created.json["id"])["OwnerId"] == owner


def test_the_assignment_rule_runs_on_updates_too(org: OrgClient) -> None:
    case = org.create("Case", Subject="x")
    org.write("update", "Case", {"Id": case, "Subject": "y"}, auto_assign=True)
    assert org.row("Case", case)["OwnerId"] == QUEUE_ID


def test_the_rule_leaves_other_objects_alone(org: OrgClient) -> None:
    (result,) = org.write("create", "Account", {"Name": "Acme"}, auto_assign=True)
    assert org.row("Account", str(result.id))["OwnerId"] == INTEGRATION_USER_ID


def test_a_record_type_must_be_one_of_the_object(org: OrgClient) -> None:
    right = metadata_id("012", "Case.Delinquency")
    case = org.create("Case", RecordTypeId=right)
    assert org.row("Case", case)["RecordTypeId"] == right
    wrong = metadata_id("012", "Case.Nothing")
    (error,) = org.refusals("Case", RecordTypeId=wrong)
    message = f"Record Type ID: this ID value isn't valid for the user: {wrong}"
    assert (error.code, error.message, error.fields) == ("INVALID_CROSS_REFERENCE_KEY", message, ("RecordTypeId",))


def test_a_record_type_may_be_given_by_its_name(org: OrgClient) -> None:
    case = org.create("Case", RecordType={"Name": "Delinquency"})
    assert org.row("Case", case)["RecordTypeId"] == metadata_id("012", "Case.Delinquency")


def test_the_master_record_type_is_none(org: OrgClient) -> None:
    case = org.create("Case", RecordTypeId="012000000000000AAA")
    assert org.row("Case", case)["RecordTypeId"] is None


def test_a_case_shows_the_contact_s_numbers(org: OrgClient) -> None:
    contact = org.create("Contact", LastName="Byron", Phone="555-0100", Email="ada@example.com")
    case = org.create("Case", ContactId=contact)
    row = org.row("Case", case)
    assert (row["ContactPhone"], row["ContactEmail"]) == ("555-0100", "ada@example.com")
