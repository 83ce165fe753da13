"""What is written together, what others see of it, and the stamps that tell when."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import INTEGRATION_USER_ID, open_org
from drawbar.sandbox.source import load_schema
from drawbar.sandbox.store import Org
from drawbar.sandbox.writing.results import WriteContext
from tests.sandbox.org_client import Clock, OrgClient
from tests.sandbox.sfdx import Project

CONTEXT = WriteContext(INTEGRATION_USER_ID)


def stamps(org: OrgClient, *ids: str) -> set[object]:
    return {org.row("Lease__c", each)["SystemModstamp"] for each in ids}


def test_everything_in_a_transaction_carries_the_time_of_its_commit(org: OrgClient, clock: Clock) -> None:
    untouched = org.lease("L0")
    with org.local.org.transaction():
        first = org.lease("L1")
        clock.pass_(seconds=3)
        second = org.lease("L2")
        clock.pass_(seconds=4)
    assert stamps(org, first, second) == {"2026-03-02T06:00:07.000+0000"}
    assert stamps(org, untouched) == {"2026-03-02T06:00:00.000+0000"}


def test_what_was_undone_in_a_transaction_is_not_stamped(org: OrgClient, clock: Clock) -> None:
    lease = org.lease("L1")
    with org.local.org.transaction() as transaction:
        with transaction.part() as undo:
            org.write("update", "Lease__c", {"Id": lease, "Days__c": 5})
            undo()
        clock.pass_(seconds=3)
    assert stamps(org, lease) == {"2026-03-02T06:00:00.000+0000"}
    assert org.row("Lease__c", lease)["Days__c"] is None


def fail_after_writing(org: OrgClient, number: str) -> None:
    with org.local.org.transaction():
        org.lease(number)
        raise RuntimeError


def test_an_exception_undoes_the_transaction(org: OrgClient) -> None:
    with pytest.raises(RuntimeError):
        fail_after_writing(org, "L1")
    assert org.count("Lease__c") == 0
    assert org.lease("L1")


def test_an_inner_transaction_can_fail_alone(org: OrgClient) -> None:
    with org.local.org.transaction():
        org.lease("L1")
        with pytest.raises(RuntimeError):
            fail_after_writing(org, "L2")
    assert org.count("Lease__c") == 1


def test_others_see_a_transaction_when_it_is_committed_and_its_own_thread_before(org: OrgClient) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(org.count("Lease__c"))

    with org.local.org.transaction():
        org.lease("L1")
        assert org.count("Lease__c") == 1
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert seen == [0]
    look()
    assert seen == [0, 1]


def test_writers_on_many_threads_wait_for_each_other(org: OrgClient) -> None:
    def write(prefix: int) -> None:
        for number in range(20):
            org.lease(f"{prefix}-{number}", Plate__c=f"{prefix}{number}")

    threads = [threading.Thread(target=write, args=(prefix,)) for prefix in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert org.count("Lease__c") == 80
    tickets = org.local.org.read('SELECT COUNT(DISTINCT "Ticket__c") FROM "Lease__c"')
    assert tickets == [(80,)]


def open_at(path: Path, schema: Schema) -> Org:
    return open_org(path, schema, clock=Clock(datetime(2026, 3, 2, tzinfo=UTC)))


def test_an_org_that_is_opened_again_has_its_records_and_goes_on_counting(tmp_path: Path, lease_schema: Schema) -> None:
    for expected in ("T-2026-0007", "T-2026-0008"):
        org = open_at(tmp_path / "org.db", lease_schema)
        (result,) = org.write("create", "Lease__c", [{"Portfolio__c": "main"}], context=CONTEXT)
        sobject = lease_schema.get("Lease__c")
        assert sobject is not None
        record = org.record(sobject, str(result.id))
        org.close()
        assert record is not None
        assert record["Ticket__c"] == expected


def test_metadata_that_has_grown_finds_its_place_beside_the_old_records(tmp_path: Path) -> None:
    project = Project(tmp_path / "sfdx")
    project.object("Lease__c")
    org = open_at(tmp_path / "org.db", load_schema(project.folder))
    (result,) = org.write("create", "Lease__c", [{"Name": "old"}], context=CONTEXT)
    org.close()
    project.field("Lease__c", "Amount__c", "Currency", precision=8, scale=2)
    project.field("Lease__c", "Active__c", "Checkbox", defaultValue=False)
    project.object("Visit__c")
    schema = load_schema(project.folder)
    org = open_at(tmp_path / "org.db", schema)
    org.write("update", "Lease__c", [{"Id": result.id, "Amount__c": 5}], context=CONTEXT)
    lease = schema.get("Lease__c")
    assert lease is not None
    record = org.record(lease, str(result.id))
    org.close()
    assert record is not None
    assert (record["Name"], record["Amount__c"], record["Active__c"]) == ("old", 5.0, 0)
