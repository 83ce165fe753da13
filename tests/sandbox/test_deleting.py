"""What a deletion takes along, what holds it back, and how it is undone."""

from __future__ import annotations

import pytest

from drawbar.sandbox.ids import new_id
from tests.sandbox.org_client import Clock, OrgClient


def codes(org: OrgClient, operation: str, object_name: str, record_id: str) -> list[str]:
    (result,) = org.write(operation, object_name, {"Id": record_id})  # type: ignore[arg-type]
    return [each.code for each in result.errors]


def test_a_deleted_record_stays_in_the_recycle_bin(org: OrgClient, clock: Clock) -> None:
    lease = org.lease()
    clock.pass_(minutes=1)
    assert codes(org, "delete", "Lease__c", lease) == []
    row = org.row("Lease__c", lease, deleted=True)
    assert row["IsDeleted"] == 1
    assert row["SystemModstamp"] == "2026-03-02T06:01:00.000+0000"


@pytest.mark.parametrize(
    ("record_id", "code", "message"),
    [
        ("", "MALFORMED_ID", "malformed id "),
        ("001", "MALFORMED_ID", "malformed id 001"),
        (new_id("a00", 5), "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
    ],
)
def test_what_is_not_there_cannot_be_deleted(org: OrgClient, record_id: str, code: str, message: str) -> None:
    (result,) = org.write("delete", "Lease__c", {"Id": record_id})
    assert [(each.code, each.message) for each in result.errors] == [(code, message)]


def test_a_deleted_record_cannot_be_deleted_or_changed(org: OrgClient) -> None:
    lease = org.lease()
    org.write("delete", "Lease__c", {"Id": lease})
    assert codes(org, "delete", "Lease__c", lease) == ["ENTITY_IS_DELETED"]
    assert codes(org, "update", "Lease__c", lease) == ["ENTITY_IS_DELETED"]


def test_details_go_and_come_back_with_their_master(org: OrgClient) -> None:
    lease = org.lease()
    promise, note = org.create("Promise__c", Lease__c=lease), org.create("Note__c", Lease__c=lease)
    org.write("delete", "Lease__c", {"Id": lease})
    assert org.row("Promise__c", promise, deleted=True)["IsDeleted"] == 1
    assert org.row("Note__c", note, deleted=True)["IsDeleted"] == 1
    assert codes(org, "undelete", "Lease__c", lease) == []
    assert (org.count("Lease__c"), org.count("Promise__c"), org.count("Note__c")) == (1, 1, 1)


def test_what_was_deleted_before_its_master_stays_deleted(org: OrgClient) -> None:
    lease = org.lease()
    promise = org.create("Promise__c", Lease__c=lease)
    org.write("delete", "Promise__c", {"Id": promise})
    org.write("delete", "Lease__c", {"Id": lease})
    org.write("undelete", "Lease__c", {"Id": lease})
    assert (org.count("Lease__c"), org.count("Promise__c")) == (1, 0)


def test_a_lookup_that_restricts_holds_the_deletion_back_whole(org: OrgClient) -> None:
    lease = org.lease(Name="Big truck")
    org.create("Promise__c", Lease__c=lease)
    payment = org.create("Payment__c", Lease__c=lease)
    (result,) = org.write("delete", "Lease__c", {"Id": lease})
    assert result.errors[0].code == "DELETE_FAILED"
    assert result.errors[0].message == (
        "Your attempt to delete Big truck could not be completed because it is associated with the following payments.:"
        f" {payment[:15]}\n"
    )
    assert (org.count("Lease__c"), org.count("Promise__c")) == (1, 1)


def test_a_lookup_that_does_not_is_emptied(org: OrgClient) -> None:
    lease = org.lease()
    visit = org.create("Visit__c", Lease__c=lease)
    assert codes(org, "delete", "Lease__c", lease) == []
    assert org.row("Visit__c", visit)["Lease__c"] is None


def test_an_account_with_cases_cannot_be_deleted_and_its_contacts_go_with_it(org: OrgClient) -> None:
    account = org.create("Account", Name="Acme")
    contact = org.create("Contact", LastName="Byron", AccountId=account)
    case = org.create("Case", AccountId=account)
    assert codes(org, "delete", "Account", account) == ["DELETE_FAILED"]
    org.write("delete", "Case", {"Id": case})
    assert codes(org, "delete", "Account", account) == []
    assert org.row("Contact", contact, deleted=True)["IsDeleted"] == 1


def test_a_hard_deleted_record_is_gone(org: OrgClient) -> None:
    lease = org.lease()
    org.create("Promise__c", Lease__c=lease)
    assert codes(org, "hardDelete", "Lease__c", lease) == []
    assert codes(org, "undelete", "Lease__c", lease) == ["INVALID_CROSS_REFERENCE_KEY"]
    assert org.local.org.read('SELECT COUNT(*) FROM "Promise__c"') == [(0,)]


def test_a_record_that_is_not_deleted_cannot_be_restored(org: OrgClient) -> None:
    assert codes(org, "undelete", "Lease__c", org.lease()) == ["UNDELETE_FAILED"]


def test_one_refused_deletion_does_not_stop_the_others(org: OrgClient) -> None:
    held, free = org.lease("L1"), org.lease("L2")
    org.create("Payment__c", Lease__c=held)
    results = org.write("delete", "Lease__c", {"Id": held}, {"Id": free})
    assert [each.success for each in results] == [False, True]
