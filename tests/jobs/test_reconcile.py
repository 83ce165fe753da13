"""The comparison of hub and org: finds what people, scripts and accidents did to the org, and puts it right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.reconcile import RECONCILED
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.runs import Run
from drawbar.middleware.sync.tables import delivery
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.conftest import OpenWorld
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import ServedOrg, World

Found = dict[str, Any]
LW1, LW2 = "LW00000001", "LW00000002"
CALM = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
)


@pytest.fixture
def synced(world_on_both: World, days: list[Path]) -> World:
    """A hub that has taken one delivery of 120 accounts in."""
    world_on_both.deliver(days[0])
    assert world_on_both.run().state == "succeeded"
    return world_on_both


@pytest.fixture
def pair(world: World, book: PaperBook) -> PaperBook:
    """Two accounts, one of them late with a promise, a vehicle, a note and a payment, all taken in."""
    book.account(2)
    book.behind(1, date(2026, 2, 15))
    book.promise(1, "500.00", date(2026, 3, 6))
    book.vehicle()
    book.note(1, "First line\nsecond line")
    book.payment(1, "1200.00", date(2026, 2, 15))
    book.deliver()
    assert world.run().state == "succeeded"
    return book


def compared(run: Run, name: str) -> Found:
    found: Found = run.summary["compared"][name]
    return found


def differences(run: Run) -> dict[str, tuple[int, int, int]]:
    """Give missing, differing and extra of every object that has any."""
    counts = {
        name: (each["missing"], each["differing"], each["extra"])
        for name, each in run.summary["compared"].items()
        if "not_compared" not in each
    }
    return {name: each for name, each in counts.items() if any(each)}


def changed(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give what differs between two states of the org, by object, key and field."""
    return {
        f"{name} {key}": (before[name].get(key), row)
        for name, rows in after.items()
        for key, row in rows.items()
        if before[name].get(key) != row
    } | {f"{name} {key}": "gone" for name, rows in before.items() for key in rows.keys() - after[name].keys()}


def remove(org: ServedOrg, object_name: str, key: str) -> None:
    """Delete a record as a person in Salesforce does."""
    found = org.records(object_name)[key]
    context = WriteContext(INTEGRATION_USER_ID, auto_assign=False)
    (result,) = org.local.org.write("delete", object_name, [{"Id": found["Id"]}], context=context)
    assert result.success, result.errors


def add(org: ServedOrg, object_name: str, key: str, **fields: object) -> None:
    """Create a record with a key of ours, as a careless import does."""
    context = WriteContext(INTEGRATION_USER_ID, auto_assign=False)
    row = {EXTERNAL_IDS[object_name]: key, **fields}
    (result,) = org.local.org.write("create", object_name, [row], context=context)
    assert result.success, result.errors


@pytest.mark.spec("P25", "P30")
def test_what_was_just_delivered_is_equal(synced: World, org: ServedOrg) -> None:
    run = synced.run("reconcile")

    assert (run.state, run.error) == ("succeeded", "")
    for name in RECONCILED:
        found, records = compared(run, name), len(org.records(name))
        if records:
            assert (found["equal"], found["wanted"], found["held"]) == (records, records, records)
        else:
            assert "not_compared" in found
    assert differences(run) == {}
    assert org.sent() > 0


@pytest.mark.spec("P25")
def test_it_stays_equal_day_after_day(world: World, days: list[Path]) -> None:
    for delivered in days[:3]:
        world.deliver(delivered)
        world.run()

        run = world.run("reconcile")

        assert (run.state, differences(run)) == ("succeeded", {})


@pytest.mark.spec("P25", "P27")
def test_an_edit_of_what_drawbar_owns_is_told_with_both_values(world: World, org: ServedOrg, pair: PaperBook) -> None:
    org.change("Lease_Account__c", LW1, Past_Due_Amount__c=1, Maturity_Date__c=None, Delinquency_Bucket__c="121+")
    org.change("Collection_Note__c", "N1", Note__c="First line\nother line")

    run = world.run("reconcile")

    assert run.state == "incomplete"
    assert differences(run) == {"Lease_Account__c": (0, 1, 0), "Collection_Note__c": (0, 1, 0)}
    (example,) = compared(run, "Lease_Account__c")["examples"]["differing"]
    assert example["key"] == LW1
    assert {each["field"]: (each["hub"], each["org"]) for each in example["fields"]} == {
        "Past_Due_Amount__c": ("1200.00", "1.00"),
        "Maturity_Date__c": ("2028-01-15", None),
        "Delinquency_Bucket__c": ("1-30", "121+"),
    }
    assert compared(run, "Lease_Account__c")["fields"] == {
        "Past_Due_Amount__c": 1, "Maturity_Date__c": 1, "Delinquency_Bucket__c": 1,
    }  # fmt: skip


@pytest.mark.spec("P27")
def test_what_people_own_or_may_change_is_no_difference(world: World, org: ServedOrg, pair: PaperBook) -> None:
    org.change("Vehicle__c", "VH00000001", Disposition__c="PENDING", Storage_Place__c="Yard 3", Market_Value__c=90_000)
    org.change("Case", f"{LW1}-D001", Status="Working", Priority="High", Description="Called twice.")
    org.change("Lease_Account__c", LW1, Last_Synced__c="2020-01-01T00:00:00Z", Assessed_Date__c="2020-01-01")

    run = world.run("reconcile")

    assert (run.state, differences(run)) == ("succeeded", {})


@pytest.mark.spec("P25")
def test_texts_and_mail_addresses_compare_as_salesforce_keeps_them(
    world: World, org: ServedOrg, book: PaperBook
) -> None:
    book.lessee(STREET="1 Dock Road\r\nGate 4 ", EMAIL="Office@ACME.example")
    book.note(1, " Line one\r\n\r\nLine two \n")
    book.deliver()
    world.run()
    org.change("Account", "LS00000001", Email__c="office@acme.example")
    org.change("Collection_Note__c", "N1", Note__c="Line one\n\nLine two")

    run = world.run("reconcile")

    assert (run.state, differences(run)) == ("succeeded", {})


@pytest.mark.spec("P25")
def test_a_deleted_record_is_missing_and_its_children_lack_their_parent(
    world: World, org: ServedOrg, pair: PaperBook
) -> None:
    remove(org, "Vehicle__c", "VH00000001")
    remove(org, "Promise_To_Pay__c", f"{LW1}-0001")

    run = world.run("reconcile")

    assert run.state == "incomplete"
    assert differences(run) == {"Vehicle__c": (1, 0, 0), "Promise_To_Pay__c": (1, 0, 0)}
    assert compared(run, "Vehicle__c")["examples"]["missing"] == [{"key": "VH00000001", "failure": None}]


@pytest.mark.spec("P25")
def test_a_record_that_no_source_holds_is_extra_and_never_touched(
    world: World, org: ServedOrg, pair: PaperBook
) -> None:
    add(org, "Account", "LS99999999", Name="Not from LeaseWorks")
    add(org, "Account", "", Name="A prospect without a key of ours")

    run = world.run("reconcile", repair=True)

    assert run.state == "incomplete"
    assert differences(run) == {"Account": (0, 0, 1)}
    assert compared(run, "Account")["extra_keys"] == ["LS99999999"]
    assert org.record("Account", "LS99999999")["Name"] == "Not from LeaseWorks"
    assert "delivered" not in run.summary


@pytest.mark.spec("P25")
def test_a_record_that_has_left_leaseworks_is_extra_only_when_its_mark_is_gone(
    world: World, org: ServedOrg, pair: PaperBook
) -> None:
    pair.next_day()
    pair.remove("accounts", LW2)
    pair.deliver()
    assert world.run().state == "succeeded"

    marked = world.run("reconcile")
    org.change("Lease_Account__c", LW2, Left_Source_Date__c=None)
    unmarked = world.run("reconcile")

    assert (marked.state, compared(marked, "Lease_Account__c")["aside"]) == ("succeeded", {"marked as left": 1})
    assert differences(unmarked) == {"Lease_Account__c": (0, 0, 1)}


@pytest.mark.spec("P25")
def test_payments_that_leave_the_window_are_not_extra(world: World, pair: PaperBook) -> None:
    pair.next_day()
    pair.remove("payments", "P1")
    pair.deliver()
    world.run()

    run = world.run("reconcile")

    assert (run.state, differences(run)) == ("succeeded", {})
    assert compared(run, "Payment__c")["aside"] == {"known, but not in the last delivery": 1}


@pytest.mark.spec("P30")
def test_rows_that_cannot_be_compared_are_counted_with_the_reason(world: World, pair: PaperBook) -> None:
    pair.next_day()
    pair.account(2, PMT_AMT="twelve")
    pair.deliver(extra={"lessees": [pair.rows["lessees"]["LS00000001"] | {"LESSEE_NAME": "Twice"}]})
    assert world.run().state == "incomplete"

    run = world.run("reconcile")

    assert (run.state, differences(run)) == ("succeeded", {})
    (reason,) = compared(run, "Lease_Account__c")["unclear"].items()
    assert reason[0].startswith("not understood: ")
    assert compared(run, "Account")["unclear"] == {"another row has the same key": 1}


@pytest.mark.spec("P30")
def test_an_object_whose_last_delivery_is_lost_is_not_called_equal(world: World, pair: PaperBook) -> None:
    for folder in world.hub.deliveries_folder.iterdir():
        shutil.rmtree(folder)

    run = world.run("reconcile")

    assert run.state == "incomplete"
    assert "not kept any more" in compared(run, "Account")["not_compared"]
    assert compared(run, "Promise_To_Pay__c")["equal"] == 1


def test_what_was_never_taken_is_left_out_and_stops_nothing(world: World, org: ServedOrg) -> None:
    run = world.run("reconcile")

    assert run.state == "succeeded"
    assert compared(run, "Vehicle__c") == {"not_compared": "no vehicles have been taken yet", "expected": True}


def test_only_the_objects_that_are_asked_for_cost_calls(world: World, org: ServedOrg, pair: PaperBook) -> None:
    org.forget_counts()

    run = world.run("reconcile", objects=["Account"])

    assert list(run.summary["compared"]) == ["Account"]
    assert org.metered("calls", "bulk query") <= 5
    assert org.metered() == org.metered("calls", "bulk query")


@pytest.mark.spec("P25", "P30")
def test_repair_sends_the_differing_fields_and_nothing_else(synced: World, org: ServedOrg, days: list[Path]) -> None:
    before = org.everything()
    keys = sorted(org.records("Lease_Account__c"))
    org.change("Lease_Account__c", keys[0], Collector__c="NOBODY", Days_Past_Due__c=77)
    org.change("Vehicle__c", min(org.records("Vehicle__c")), Lease_Account__c=None, Disposition__c="PENDING")
    remove(org, "Payment__c", min(org.records("Payment__c")))
    org.forget_counts()

    run = synced.run("reconcile", repair=True)

    assert (run.state, run.error) == ("succeeded", "")
    assert differences(run) == {"Lease_Account__c": (0, 1, 0), "Vehicle__c": (0, 1, 0), "Payment__c": (1, 0, 0)}
    after = org.everything()
    vehicle = min(after["Vehicle__c"])
    assert after["Vehicle__c"][vehicle].pop("Disposition__c") == "PENDING"
    assert changed(before, after) == {}
    assert org.sent() == 3
    with reading(synced.hub.engine) as connection:
        rows = connection.execute(select(delivery).where(delivery.c.run_id == run.id)).all()
    sent = {row.object: (row.why, set(decode(row.fields)), row.before and decode(row.before)) for row in rows}
    why, fields, former = sent["Lease_Account__c"]
    assert why == "reconcile: differs in Salesforce"
    assert fields == {"Collector__c", "Days_Past_Due__c", "Last_Synced__c"}
    assert former == {"Collector__c": "NOBODY", "Days_Past_Due__c": 77}
    assert sent["Payment__c"][0] == "reconcile: missing in Salesforce"
    assert differences(synced.run("reconcile")) == {}


@pytest.mark.spec("P30")
def test_a_repair_is_audited_with_who_asked_for_it(world: World, org: ServedOrg, pair: PaperBook) -> None:
    org.change("Account", "LS00000001", Name="Wrong")
    compare_only = world.run("reconcile")

    run = world.run("reconcile", repair=True)

    with reading(world.hub.engine) as connection:
        (line,) = Audit(connection).lines()
    assert (line.actor, line.action, line.subject) == ("test", "reconcile repair", "Account")
    reason = "0 missing and 1 differing records queued"
    assert line.detail == {"run": run.id, "missing": 0, "differing": 1, "reason": reason}
    assert compare_only.state == "incomplete"


@pytest.mark.spec("P30")
def test_a_record_that_salesforce_refuses_is_missing_and_names_its_failure(
    world: World, org: ServedOrg, pair: PaperBook
) -> None:
    pair.next_day()
    pair.account(3, LESSEE_NO="LS00000009")
    pair.deliver()
    assert world.run().state == "incomplete"
    (letter,) = world.letters()

    run = world.run("reconcile", repair=True)

    assert (run.state, differences(run)) == ("incomplete", {"Lease_Account__c": (1, 0, 0)})
    assert compared(run, "Lease_Account__c")["examples"]["missing"] == [{"key": "LW00000003", "failure": letter.id}]
    assert [each.id for each in world.letters()] == [letter.id]


@pytest.mark.spec("P25")
def test_a_crash_between_asking_and_comparing_asks_for_nothing_again(
    world: World, org: ServedOrg, pair: PaperBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.change("Account", "LS00000001", Name="Wrong")
    reader = world.hub.reader()
    context = world.context("reconcile", {"repair": True})
    waited = reader.wait_for_bulk_read

    def dies(job_id: str) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(reader, "wait_for_bulk_read", dies)
    with pytest.raises(KeyboardInterrupt):
        JOBS["reconcile"].body(world.hub)(context)
    monkeypatch.setattr(reader, "wait_for_bulk_read", waited)
    org.forget_counts()

    JOBS["reconcile"].body(world.hub)(context)

    run = world.outcome(context.run_id)
    assert (run.state, differences(run)) == ("succeeded", {"Account": (0, 1, 0)})
    assert org.record("Account", "LS00000001")["Name"] == "Acme Haulage, LLC"
    asked = [each for each in run.summary["compared"].values() if "not_compared" not in each]
    assert org.metered("calls", "bulk query") == 2 * len(asked) > 0


@pytest.mark.spec("P25")
def test_a_crash_while_repairs_are_queued_repairs_all_of_them_once(
    world: World, org: ServedOrg, pair: PaperBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.change("Lease_Account__c", LW1, Collector__c="X")
    org.change("Lease_Account__c", LW2, Collector__c="Y")
    context = world.context("reconcile", {"repair": True})
    noted = Audit.note

    def dies(*_args: object, **_values: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Audit, "note", dies)
    with pytest.raises(KeyboardInterrupt):
        JOBS["reconcile"].body(world.hub)(context)
    monkeypatch.setattr(Audit, "note", noted)
    org.forget_counts()

    JOBS["reconcile"].body(world.hub)(context)

    run = world.outcome(context.run_id)
    assert (run.state, differences(run), org.sent()) == ("succeeded", {"Lease_Account__c": (0, 2, 0)}, 2)
    assert compared(run, "Lease_Account__c")["notices"] == []


@pytest.mark.spec("P25")
def test_it_pauses_when_only_the_reserve_is_left(world: World, org: ServedOrg, pair: PaperBook) -> None:
    org.local.meter.daily_limit = org.local.meter.used + 2

    run = world.run("reconcile")

    assert run.state == "paused"
    assert "the rest is the reserve" in run.error
    assert org.metered("refused") == 0


def test_changes_that_still_wait_are_told(open_world: OpenWorld, world: World, org: ServedOrg, pair: PaperBook) -> None:
    pair.next_day()
    pair.account(2, LATE_FEES="61.50")
    pair.deliver()
    org.local.meter.daily_limit = org.local.meter.used
    assert world.run().state == "paused"
    org.local.meter.daily_limit = 100_000

    run = open_world().run("reconcile")

    assert "still wait in the outbox" in compared(run, "Lease_Account__c")["notices"][0]
    assert differences(run)["Lease_Account__c"][1] >= 1


EDITABLE = {
    "Account": ("Phone", st.sampled_from(["(201) 555-0199", None])),
    "Lease_Account__c": ("Late_Fees__c", st.sampled_from([0.01, 999_999.99, None])),
    "Vehicle__c": ("Odometer__c", st.sampled_from([1, 9_999_999])),
    "Payment__c": ("Reference__c", st.sampled_from(["tampered", "#N/A"])),
    "Collection_Note__c": ("Note__c", st.sampled_from(["tampered", "a\nb"])),
    "Promise_To_Pay__c": ("Paid_Amount__c", st.sampled_from([0.07, 12.34])),
}
DELETABLE = ("Payment__c", "Collection_Note__c", "Promise_To_Pay__c", "Case")


@pytest.mark.spec("P25", "P27", "P30")
def test_random_edits_deletions_and_additions_are_found_exactly_and_repaired(synced: World, org: ServedOrg) -> None:
    numbers: Iterator[int] = iter(range(1_000))

    @CALM
    @given(data=st.data())
    def one(data: st.DataObject) -> None:
        _one_round(synced, org, data, numbers)

    one()


def _one_round(world: World, org: ServedOrg, data: st.DataObject, numbers: Iterator[int]) -> None:
    kept = {name: set(org.records(name)) for name in RECONCILED}
    edited: dict[str, set[str]] = {}
    removed: dict[str, set[str]] = {}
    for name in data.draw(st.lists(st.sampled_from(DELETABLE), max_size=3, unique=True)):
        removed[name] = data.draw(st.sets(st.sampled_from(sorted(kept[name])), max_size=3))
    for name in data.draw(st.lists(st.sampled_from(sorted(EDITABLE)), max_size=4, unique=True)):
        left = sorted(kept[name] - removed.get(name, set()))
        edited[name] = data.draw(st.sets(st.sampled_from(left), max_size=4))
    additions = [f"LSX{next(numbers):05d}" for _ in range(data.draw(st.integers(0, 2)))]
    for name, keys in edited.items():
        field, values = EDITABLE[name]
        shown = org.records(name)
        edited[name] = {key for key in keys if _edit(org, name, key, field, data.draw(values), shown[key][field])}
    for name, keys in removed.items():
        for key in keys:
            remove(org, name, key)
    for key in additions:
        add(org, "Account", key, Name="Imported")

    run = world.run("reconcile", limit=100, repair=True)

    for name in (each for each in RECONCILED if kept[each]):
        found = compared(run, name)
        assert {each["key"] for each in found["examples"]["missing"]} == removed.get(name, set())
        assert {each["key"] for each in found["examples"]["differing"]} == edited.get(name, set())
        assert found["extra_keys"] == (sorted(additions) if name == "Account" else [])
    for key in additions:
        remove(org, "Account", key)
    again = world.run("reconcile")
    assert (again.state, differences(again)) == ("succeeded", {})


def _edit(org: ServedOrg, name: str, key: str, field: str, value: object, shown: object) -> bool:
    """Edit a record; False when the value stood there already."""
    org.change(name, key, **{field: value})
    return value != shown
