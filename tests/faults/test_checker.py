"""The checker finds whatever somebody plants, and says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.fingerprints import FingerprintIndex
from drawbar.middleware.sync.tables import bulk_job, fingerprint_segment, outbox
from tests.faults.checker import Checker, readable
from tests.jobs import naive
from tests.jobs.conftest import small_book
from tests.jobs.world import ServedOrg, World

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def settled(world: World) -> Path:
    """A delivery with one record of every kind and a failure, taken to its end."""
    book = small_book(world)
    book.behind(1, date(2026, 2, 15))
    book.account(2, STATUS="Z")
    book.account(3)
    book.vehicle()
    book.note(1, 'He said "Friday".\r\nWe shall see.')
    book.payment(1, "500.00", date(2026, 3, 1))
    book.promise(1, "500.00", date(2026, 3, 6))
    folder = book.deliver()
    assert world.run().state == "incomplete"
    return Path(world.settings.data_folder / "deliveries" / folder.name)


@contextmanager
def planted(org: ServedOrg, object_name: str, key: str, field: str, value: object) -> Iterator[None]:
    """Change one cell of the org behind everybody's back for the length of a block."""
    found = org.record(object_name, key)["Id"]
    with org.local.org.transaction() as transaction:
        statement = f'SELECT "{field}" FROM "{object_name}" WHERE "Id" = ?'
        (former,) = transaction.connection.execute(statement, (found,)).fetchone()
    _set(org, object_name, found, field, value)
    yield
    _set(org, object_name, found, field, former)


def _set(org: ServedOrg, object_name: str, record_id: str, field: str, value: object) -> None:
    with org.local.org.transaction() as transaction:
        statement = f'UPDATE "{object_name}" SET "{field}" = ? WHERE "Id" = ?'
        transaction.connection.execute(statement, (value, record_id))


def test_every_single_field_that_differs_is_named(world: World, org: ServedOrg, settled: Path) -> None:
    assert Checker(world.hub, org, [settled]).disagreements() == []
    for object_name, (_, _, columns) in naive.COLUMNS.items():
        key = next(iter(readable(settled, object_name)))
        for field in columns.keys() - {"LeaseWorks_Id__c"}:
            with planted(org, object_name, key, field, "planted"):
                found = Checker(world.hub, org, [settled]).disagreements()
            assert any(f"{object_name} {key} has" in said and field in said for said in found), (object_name, field)


def sql(statement: str) -> Callable[[World, ServedOrg], None]:
    def plant(world: World, _org: ServedOrg) -> None:
        with world.hub.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    return plant


def org_sql(statement: str) -> Callable[[World, ServedOrg], None]:
    def plant(_world: World, org: ServedOrg) -> None:
        with org.local.org.transaction() as transaction:
            transaction.connection.execute(statement)

    return plant


def twin(_world: World, org: ServedOrg) -> None:
    """Double a vehicle, as an upsert without an external id would."""
    with org.local.org.transaction() as transaction:
        cursor = transaction.connection.execute('SELECT * FROM "Vehicle__c"')
        names = [each[0] for each in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True)) | {"Id": "a0Xtwin000000000AA", "LeaseWorks_Id__c": "x"}
        places = ", ".join("?" * len(row))
        transaction.connection.execute(f'INSERT INTO "Vehicle__c" VALUES ({places})', list(row.values()))
        for (index,) in transaction.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'Vehicle__c' AND sql IS NOT NULL"
        ).fetchall():
            transaction.connection.execute(f'DROP INDEX "{index}"')
        transaction.connection.execute(
            """UPDATE "Vehicle__c" SET "LeaseWorks_Id__c" = 'vh00000001' WHERE "LeaseWorks_Id__c" = 'x'"""
        )


def close_case(_world: World, org: ServedOrg) -> None:
    org.change("Case", "LW00000001-D001", Status="Closed")


def waiting(claim: str) -> Callable[[World, ServedOrg], None]:
    def plant(world: World, _org: ServedOrg) -> None:
        row = {
            "target": "salesforce", "object": "Case", "key": "C1", "operation": "upsert", "creates": False,
            "run_id": "r", "not_before": NOW, "queued_at": NOW, "claim": claim,
        }  # fmt: skip
        with world.hub.engine.begin() as connection:
            connection.execute(insert(outbox), [row])

    return plant


def unsettled(world: World, _org: ServedOrg) -> None:
    row = {
        "claim": "c", "target": "salesforce", "object": "Case", "job_id": "750", "uploaded": True, "run_id": "r",
        "created_at": NOW,
    }  # fmt: skip
    with world.hub.engine.begin() as connection:
        connection.execute(insert(bulk_job), [row])


def other_fingerprint(world: World, _org: ServedOrg) -> None:
    """Let the hub believe that it has seen another vehicle, in an index that is whole."""
    with world.hub.engine.begin() as connection:
        state = Feeds(connection).load("leaseworks.vehicles")
        index = state.index
        changed = FingerprintIndex(index.key, index.rest, index.raw + 1, index.mapped)
        Feeds(connection).save(state, changed, NOW)


def lost_fingerprints(world: World, _org: ServedOrg) -> None:
    with world.hub.engine.begin() as connection:
        connection.execute(delete(fingerprint_segment).where(fingerprint_segment.c.feed == "leaseworks.notes"))


def discard(world: World, _org: ServedOrg) -> None:
    (letter,) = world.letters()
    world.replay().discard([letter.id], "no reason")
    assert world.run("deliver").state == "succeeded"
    with world.hub.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET detail = '{}'")


PLANTS: dict[str, tuple[Callable[[World, ServedOrg], None], str]] = {
    "a record that is lost": (
        org_sql('UPDATE "Payment__c" SET "IsDeleted" = 1'), "Payment__c P1 is missing"),
    "a record from nowhere": (
        org_sql("""UPDATE "Payment__c" SET "LeaseWorks_Id__c" = 'P9'"""), "Payment__c P9 was never delivered"),
    "a record that is there twice": (
        twin,
        "Vehicle__c vh00000001 is there 2 times"),
    "a child without parent": (
        org_sql("""UPDATE "Promise_To_Pay__c" SET "Lease_Account__c" = 'a00gone'"""),
        "Promise_To_Pay__c LW00000001-0001 has no parent (a00gone)"),
    "a case that is not open": (
        close_case, "LW00000001 has 0 open cases instead of 1"),
    "a record that is said to have left": (
        org_sql("""UPDATE "Vehicle__c" SET "Left_Source_Date__c" = '2026-03-01'"""),
        "Vehicle__c VH00000001 is said to have left on 2026-03-01, but was delivered"),
    "wrong days past due": (
        org_sql("""UPDATE "Lease_Account__c" SET "Days_Past_Due__c" = 3 WHERE "LeaseWorks_Id__c" = 'LW00000001'"""),
        "Lease_Account__c LW00000001 is 3.0 days past due, not 15"),
    "a failure that nobody sees": (
        org_sql('UPDATE "Sync_Error__c" SET "IsDeleted" = 1'),
        "failure 1 (Lease_Account__c LW00000002) is not shown in Salesforce"),
    "a failure without remedy": (
        sql("UPDATE dead_letter SET remedy = ''"), "failure 1 (Lease_Account__c LW00000002) has no remedy"),
    "a failure that is over and still shown": (
        sql("UPDATE dead_letter SET state = 'resolved'"),
        "Sync_Error__c Lease_Account__c:LW00000002 is shown, but nothing is wrong any more"),
    "a failure that is over though its record is missing": (
        sql("UPDATE dead_letter SET state = 'resolved'"), "the hub does not know LW00000002 of accounts.csv"),
    "a row that waits": (waiting(""), "Case C1 waits in the outbox, and no pause explains it"),
    "a row that is claimed": (waiting("c"), "Case C1 is claimed in the outbox, but nobody works on it"),
    "a bulk job that is left": (unsettled, "bulk job 750 of Case is not settled"),
    "another fingerprint": (other_fingerprint, "the hub has another fingerprint of VH00000001 of vehicles.csv"),
    "a lost index": (lost_fingerprints, "the fingerprints of notes.csv are lost"),
    "a run that goes on": (sql("UPDATE run SET state = 'running'"), "is running"),
    "a delivery that is not done": (sql("UPDATE source_delivery SET state = 'taken'"), "is taken"),
    "an older source": (
        sql("UPDATE feed SET source_file = 'LW-20260301-001'"), "accounts.csv was last taken from LW-20260301-001"),
    "a record that was created twice": (
        sql("UPDATE delivery SET key = 'LW00000001' WHERE object = 'Lease_Account__c' AND status = 'created'"),
        "Lease_Account__c LW00000001 was created 2 times in salesforce"),
    "an audit that somebody changed": (discard, "the audit is broken at line 1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTS)
def test_whatever_is_planted_is_said_in_words(world: World, org: ServedOrg, settled: Path, kind: str) -> None:
    plant, said = PLANTS[kind]
    assert Checker(world.hub, org, [settled]).disagreements() == []

    plant(world, org)

    found = Checker(world.hub, org, [settled]).disagreements()
    assert [each for each in found if said in each], found


def test_what_people_entered_and_is_gone_is_named(world: World, org: ServedOrg, settled: Path) -> None:
    kept = {("Case", "LW00000001-D001"): {"Priority": "High"}}
    assert Checker(world.hub, org, [settled], kept).disagreements() == [
        "Case LW00000001-D001 has Priority 'Low' instead of 'High'"
    ]
