"""The main job: what LeaseWorks delivers stands in Salesforce, day after day, and nothing else is touched."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drawbar.jobs.delinquent import delinquent_accounts
from drawbar.jobs.inbound import look_out
from drawbar.jobs.rehearsal import rehearse
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.collections.history import AccountHistory
from drawbar.middleware.database.engine import reading
from drawbar.sandbox.leaseworks.book import BookPlan, live_through
from drawbar.sandbox.leaseworks.delivery import write_deliveries
from drawbar.sandbox.leaseworks.views import write_views
from tests.jobs import naive
from tests.jobs.conftest import MONDAY, OpenWorld, small_book
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import Record, ServedOrg, World, next_sequence


def business_date(delivery: Path) -> date:
    return datetime.strptime(delivery.name.split("-")[1], "%Y%m%d").date()  # noqa: DTZ007


def owned_by_leaseworks(org: ServedOrg, object_name: str) -> dict[str, Record]:
    names = naive.COLUMNS[object_name][2]
    return {key: {name: row[name] for name in names} for key, row in org.records(object_name).items()}


def history(world: World, number: str = "LW00000001") -> AccountHistory:
    with reading(world.hub.engine) as connection:
        found = CollectionsBook(connection, world.hub.collections).history(number)
    assert found is not None
    return found


def delinquent(world: World) -> list[tuple[str, int]]:
    with reading(world.hub.engine) as connection:
        return [(each.account, each.days_past_due) for each in delinquent_accounts(connection)]


def open_cases(org: ServedOrg) -> list[str]:
    return sorted(row["Lease_Account__c"] for row in org.records("Case").values() if row["Status"] != "Closed")


@pytest.mark.spec("P01", "P03", "P25", "P27")
def test_the_first_delivery_arrives_completely_field_by_field(
    world_on_both: World, org: ServedOrg, days: list[Path]
) -> None:
    world_on_both.deliver(days[0])

    run = world_on_both.run()

    assert (run.state, run.error) == ("succeeded", "")
    for object_name in naive.COLUMNS:
        assert owned_by_leaseworks(org, object_name) == naive.expected(days[0], object_name)
    shown = {key: row["Days_Past_Due__c"] for key, row in org.records("Lease_Account__c").items()}
    assert shown == naive.days_past_due(days[0], business_date(days[0]))
    assert world_on_both.archived() == [days[0].name]


@pytest.mark.spec("P30")
def test_every_record_shows_when_it_was_last_synced_and_from_where(
    world: World, org: ServedOrg, days: list[Path]
) -> None:
    world.deliver(days[0])
    began = world.clock.time

    world.run()

    rows = [(name, row) for name, records in org.everything().items() for row in records.values()]
    assert {(name, row["Source_System__c"]) for name, row in rows} == {
        *((name, "LeaseWorks") for name in (*naive.COLUMNS, "Promise_To_Pay__c")), ("Case", "Drawbar"),
    }  # fmt: skip
    stamps = {row["Last_Synced__c"] for name in org.everything() for row in org.records(name).values()}
    assert {stamp[:10] for stamp in stamps} == {"2026-03-02"}
    assert min(stamps) >= f"{began:%Y-%m-%dT%H:%M:%S}"


@pytest.mark.spec("P02", "P05", "P26")
def test_promises_and_cases_say_what_the_collections_book_concludes(
    world: World, org: ServedOrg, days: list[Path]
) -> None:
    for delivery in days:
        world.deliver(delivery)
    world.run()

    promises, cases = org.records("Promise_To_Pay__c"), org.records("Case")
    accounts = org.records("Lease_Account__c")
    histories = [history(world, number) for number in accounts]
    assert {entry.key for each in histories for entry in each.promises} == set(promises)
    assert {case.key for each in histories for case in each.cases} == set(cases)
    assert len(promises) > 5
    for entry in (entry for each in histories for entry in each.promises):
        row = promises[entry.key]
        assert (row["Lease_Account__c"], row["Status__c"]) == (entry.account_number, entry.status.value)
        assert (row["Amount__c"], row["Paid_Amount__c"]) == (float(entry.amount), float(entry.paid_amount))
        assert (row["Promised_Date__c"], row["Reason__c"]) == (entry.promised_for.isoformat(), entry.reason)
    for case in (case for each in histories for case in each.cases):
        row = cases[case.key]
        assert (row["Lease_Account__c"], row["Delinquency_Opened__c"]) == (
            case.account_number, case.opened_on.isoformat(),
        )  # fmt: skip
        assert (row["Status"] == "Closed", row["Close_Reason__c"] or "") == (
            case.closed_on is not None, case.close_reason,
        )  # fmt: skip


def test_a_delivery_in_json_lines_after_one_in_csv_sends_only_what_changed(
    open_world: OpenWorld, org: ServedOrg
) -> None:
    world = open_world()
    book = small_book(world)
    for number in range(2, 12):
        book.account(number)
    book.deliver()
    world.run()
    org.forget_counts()
    book.next_day()
    book.account(7, LATE_FEES="61.00")
    del book.rows["accounts"]["LW00000009"]
    lines = "".join(f"{json.dumps(row)}\n" for row in book.rows["accounts"].values())
    book.deliver(encoded={"accounts": lines.encode()})
    folder = {"surface": "folder", "folder": {"path": world.files}}

    other = open_world(leaseworks=folder | {"layout": {"accounts": {"json_lines": True}}})
    run = other.run()

    assert run.state == "succeeded"
    taken = run.summary["deliveries"][0]["entities"]["accounts"]
    assert (taken["unchanged"], taken["changed"], taken["created"], taken["gone"]) == (9, 1, 0, 1)
    assert org.record("Lease_Account__c", "LW00000007")["Late_Fees__c"] == 61
    assert org.record("Lease_Account__c", "LW00000009")["Left_Source_Date__c"] is not None
    assert org.sent() == 2


@pytest.mark.spec("P01", "P25")
def test_five_days_leave_what_a_fresh_hub_writes_from_the_fifth(
    open_world: OpenWorld, tmp_path: Path, org: ServedOrg, days: list[Path]
) -> None:
    world = open_world()
    for delivery in days:
        world.deliver(delivery)
        assert world.run().state == "succeeded"
    after_five = {name: owned_by_leaseworks(org, name) for name in naive.COLUMNS}
    late = {key: row["Days_Past_Due__c"] for key, row in org.records("Lease_Account__c").items()}
    org.empty()
    fresh = open_world("fresh", files=tmp_path / "other")
    fresh.deliver(days[4])
    fresh.run()

    from_the_fifth = {name: owned_by_leaseworks(org, name) for name in naive.COLUMNS}

    assert from_the_fifth["Lease_Account__c"] == naive.expected(days[4], "Lease_Account__c")
    for object_name, records in from_the_fifth.items():
        assert {key: after_five[object_name][key] for key in records} == records
    assert late == {key: row["Days_Past_Due__c"] for key, row in org.records("Lease_Account__c").items()}


@pytest.mark.spec("P25")
def test_deliveries_that_have_piled_up_are_taken_in_order(world: World, org: ServedOrg, days: list[Path]) -> None:
    for delivery in reversed(days):
        world.deliver(delivery)

    run = world.run()

    assert [each["name"] for each in run.summary["deliveries"]] == [each.name for each in days]
    assert world.archived() == [each.name for each in days]
    assert owned_by_leaseworks(org, "Lease_Account__c") == naive.expected(days[4], "Lease_Account__c")


@pytest.mark.spec("P25")
def test_the_same_content_delivered_again_sends_nothing_and_calls_nobody(
    world_on_both: World, org: ServedOrg, days: list[Path]
) -> None:
    world_on_both.deliver(days[0])
    world_on_both.run()
    org.forget_counts()
    world_on_both.deliver(days[0], name=next_sequence(days[0], 2))

    run = world_on_both.run()

    assert run.state == "succeeded"
    assert (org.sent(), org.metered()) == (0, 0)
    assert [each["name"] for each in run.summary["deliveries"]] == [next_sequence(days[0], 2)]


def test_rows_that_a_stopped_delivery_left_between_comparing_and_taking_are_removed(
    world: World, days: list[Path]
) -> None:
    surveys = world.hub.data_folder / "surveys"
    surveys.mkdir(parents=True)
    for name in ("LW-20260301-001.accounts.survey", "LW-20260301-001.accounts.part"):
        (surveys / name).write_bytes(b"LW00000001,JOHN DOE")
    world.deliver(days[0])

    world.run()

    assert list(surveys.iterdir()) == []


def test_a_run_without_a_delivery_costs_at_most_two_calls(world: World, org: ServedOrg, days: list[Path]) -> None:
    world.deliver(days[0])
    world.run()
    org.forget_counts()

    run = world.run()

    assert (run.state, run.summary["deliveries"], org.sent()) == ("succeeded", [], 0)
    assert org.metered() <= 2


@pytest.mark.spec("P01", "P25")
def test_the_next_day_sends_exactly_what_differs(world: World, org: ServedOrg, days: list[Path]) -> None:
    world.deliver(days[0])
    world.run()
    before = {name: owned_by_leaseworks(org, name) for name in naive.COLUMNS}
    synced = {name: {key: row["Last_Synced__c"] for key, row in org.records(name).items()} for name in naive.COLUMNS}
    late = {key: row["Days_Past_Due__c"] for key, row in org.records("Lease_Account__c").items()}
    org.forget_counts()
    world.deliver(days[1])

    world.run()

    written = 0
    for object_name in naive.COLUMNS:
        wanted = naive.expected(days[1], object_name)
        records = org.records(object_name)
        differing = {key for key, row in wanted.items() if before[object_name].get(key) != row}
        if object_name == "Lease_Account__c":
            differing |= {key for key, row in records.items() if late.get(key) != row["Days_Past_Due__c"]}
        touched = {key for key, row in records.items() if synced[object_name].get(key) != row["Last_Synced__c"]}
        written += len(touched)
        assert differing <= touched
        assert len(touched - differing) <= len(org.records("Promise_To_Pay__c"))
    others = len(org.records("Promise_To_Pay__c")) + len(org.records("Case"))
    assert written <= org.sent() <= written + others


@pytest.mark.spec("P02")
def test_every_delinquent_account_has_one_open_case_and_no_other_has_one(
    world: World, org: ServedOrg, days: list[Path]
) -> None:
    for delivery in days:
        world.deliver(delivery)
        world.run()

        assert open_cases(org) == sorted(naive.delinquent(delivery, business_date(delivery)))


@pytest.mark.spec("P02")
def test_a_case_is_closed_when_cured_reopened_soon_after_and_new_long_after(
    world: World, book: PaperBook, org: ServedOrg
) -> None:
    def after(days: int, status: str) -> dict[str, tuple[str, str | None, float]]:
        if days:
            book.next_day(days)
        book.behind(1, date(2026, 2, 20)) if status == "behind" else book.cured(1)
        book.deliver()
        assert world.run().state == "succeeded"
        cases = org.records("Case")
        return {key: (row["Status"], row["Close_Reason__c"], row["Times_Reopened__c"]) for key, row in cases.items()}

    first, second = "LW00000001-D001", "LW00000001-D002"
    assert after(0, "behind") == {first: ("New", None, 0)}
    assert after(1, "cured") == {first: ("Closed", "Cured", 0)}
    assert after(30, "behind") == {first: ("New", None, 1)}
    assert after(1, "cured") == {first: ("Closed", "Cured", 1)}
    assert after(31, "behind") == {first: ("Closed", "Cured", 1), second: ("New", None, 0)}


@pytest.mark.spec("P01", "P02", "C05")
def test_an_account_within_its_grace_days_is_past_due_and_has_no_case(open_world: OpenWorld, org: ServedOrg) -> None:
    world = open_world(collections={"grace_days": 5})
    book = small_book(world)
    book.behind(1, MONDAY - timedelta(days=5))
    book.account(2)
    book.deliver()

    world.run()

    names = ["Days_Past_Due__c", "Is_Past_Due__c"]
    shown = world.hub.salesforce().read("Lease_Account__c", ["LW00000001", "LW00000002"], names)
    assert {key: [row[name] for name in names] for key, row in shown.items()} == {
        "LW00000001": [5, True],
        "LW00000002": [0, False],
    }
    assert (org.records("Case"), delinquent(world)) == ({}, [])
    book.next_day()
    book.deliver()
    world.run()
    assert (open_cases(org), delinquent(world)) == (["LW00000001"], [("LW00000001", 6)])
    book.next_day()
    book.cured(1)
    book.deliver()
    world.run()
    assert (open_cases(org), delinquent(world)) == ([], [])


@pytest.mark.spec("P05", "P26")
def test_a_promise_that_leaseworks_forgets_stays_in_salesforce(world: World, book: PaperBook, org: ServedOrg) -> None:
    book.behind(1, date(2026, 2, 15))
    book.promise(1, "500.00", date(2026, 3, 6))
    book.deliver()
    world.run()
    book.next_day()
    book.promise(1, "700.00", date(2026, 3, 9))
    book.deliver()
    world.run()
    book.next_day()
    book.remove("promises", "LW00000001")
    book.deliver()

    assert world.run().state == "succeeded"

    promises = org.records("Promise_To_Pay__c")
    assert {key: (row["Amount__c"], row["Status__c"]) for key, row in promises.items()} == {
        "LW00000001-0001": (500.0, "Superseded"),
        "LW00000001-0002": (700.0, "Cancelled"),
    }
    assert org.record("Lease_Account__c", "LW00000001")["Open_Promise_Amount__c"] is None


@pytest.mark.spec("P05", "P26")
@pytest.mark.parametrize(
    ("paid", "verdict", "kept", "broken"),
    [(["500.00"], "Kept", 1, 0), (["492.00"], "Kept", 1, 0), (["300.00", "200.00"], "Kept", 1, 0),
     (["200.00"], "Partly Kept", 0, 0), ([], "Broken", 0, 1)],
)  # fmt: skip
def test_a_promise_is_judged_by_the_money_that_came(
    world: World, book: PaperBook, org: ServedOrg, paid: list[str], verdict: str, kept: int, broken: int
) -> None:
    book.behind(1, date(2026, 2, 15))
    book.promise(1, "500.00", date(2026, 3, 6))
    book.deliver()
    world.run()
    assert org.record("Promise_To_Pay__c", "LW00000001-0001")["Status__c"] == "Open"
    book.next_day(8)
    for number, amount in enumerate(paid):
        book.payment(number, amount, date(2026, 3, 5))
    book.deliver()

    world.run()

    promise, account = (org.record(name, key) for name, key in
                        (("Promise_To_Pay__c", "LW00000001-0001"), ("Lease_Account__c", "LW00000001")))  # fmt: skip
    assert (promise["Status__c"], promise["Paid_Amount__c"]) == (verdict, sum(map(float, paid)))
    assert (account["Promises_Kept__c"], account["Promises_Broken__c"]) == (kept, broken)
    assert account["Promise_Kept_Rate__c"] == 100 * kept
    assert account["Last_Broken_Promise__c"] == ("2026-03-10" if broken else None)


@pytest.mark.spec("P05", "P26")
def test_late_news_of_a_payment_changes_the_verdict_and_leaves_a_trace(
    world: World, book: PaperBook, org: ServedOrg
) -> None:
    def verdict() -> tuple[str, float]:
        book.deliver()
        assert world.run().state == "succeeded"
        row = org.record("Promise_To_Pay__c", "LW00000001-0001")
        return row["Status__c"], row["Verdict_Changes__c"]

    book.behind(1, date(2026, 2, 15))
    book.promise(1, "500.00", date(2026, 3, 6))
    assert verdict() == ("Open", 0)
    book.next_day(8)
    assert verdict() == ("Broken", 0)
    book.next_day()
    book.payment(1, "500.00", date(2026, 3, 5), POSTED_DT="03/11/2026")
    assert verdict() == ("Kept", 1)
    book.next_day(3)
    book.payment(1, "500.00", date(2026, 3, 5), POSTED_DT="03/11/2026", REVERSED_DT="03/14/2026", REVERSAL_REASON="NSF")
    assert verdict() == ("Broken", 2)

    payment = org.record("Payment__c", "P1")
    assert (payment["Amount__c"], payment["Reversed_Date__c"], payment["Reversal_Reason__c"]) == (
        500.0, "2026-03-14", "NSF",
    )  # fmt: skip
    assert "P1 of $500.00 was reversed" in org.record("Promise_To_Pay__c", "LW00000001-0001")["Reason__c"]
    trace = [(each.old.value, each.new.value, each.payment_number) for each in history(world).verdict_changes]
    assert trace == [("Open", "Broken", None), ("Broken", "Kept", "P1"), ("Kept", "Broken", "P1")]


@pytest.mark.spec("P02", "P27")
def test_what_people_own_in_salesforce_survives_later_runs(world: World, book: PaperBook, org: ServedOrg) -> None:
    book.behind(1, date(2026, 2, 15))
    book.vehicle()
    book.deliver()
    world.run()
    org.change("Case", "LW00000001-D001", Status="Working", Priority="High", Description="Called; will pay Friday.")
    org.change("Vehicle__c", "VH00000001", Disposition__c="PENDING", Condition__c="Damaged", Market_Value__c=61_000)
    for _ in range(3):
        book.next_day()
        book.behind(1, date(2026, 2, 15), "1300.00")
        book.vehicle(ODOMETER=str(412_000 + book.today.day), COLOR="Red")
        book.deliver()

        world.run()

        case, vehicle = org.record("Case", "LW00000001-D001"), org.record("Vehicle__c", "VH00000001")
        assert (case["Status"], case["Priority"], case["Description"]) == (
            "Working",
            "High",
            "Called; will pay Friday.",
        )
        assert case["Days_Past_Due__c"] == (book.today - date(2026, 2, 15)).days
        assert case["Past_Due_Amount__c"] == 1300.0
        assert (vehicle["Disposition__c"], vehicle["Condition__c"]) == ("PENDING", "Damaged")
        assert (vehicle["Odometer__c"], vehicle["Color__c"]) == (412_000 + book.today.day, "Red")


@pytest.mark.spec("P01", "P02")
def test_an_account_that_leaves_is_dated_and_its_case_closed_until_it_comes_back(
    world_on_both: World, org: ServedOrg
) -> None:
    book = PaperBook(world_on_both.files, MONDAY)
    book.lessee()
    book.account(2)
    row = book.behind(1, date(2026, 2, 15))
    book.vehicle()
    book.deliver()
    world_on_both.run()

    def left() -> tuple[str | None, str | None, str, str | None]:
        book.deliver()
        assert world_on_both.run().state == "succeeded"
        account, case = org.record("Lease_Account__c", "LW00000001"), org.record("Case", "LW00000001-D001")
        vehicle = org.record("Vehicle__c", "VH00000001")
        gone = account["Left_Source_Date__c"], vehicle["Left_Source_Date__c"]
        return *gone, case["Status"], case["Close_Reason__c"]

    book.next_day()
    book.remove("accounts", "LW00000001")
    book.vehicle(2, ACCT_NO="LW00000002")
    book.remove("vehicles", "VH00000001")
    assert left() == ("2026-03-03", "2026-03-03", "Closed", "Left the Book")
    book.next_day()
    assert left() == ("2026-03-03", "2026-03-03", "Closed", "Left the Book")
    book.next_day()
    book.rows["accounts"]["LW00000001"] = row
    book.vehicle()
    assert left() == (None, None, "New", None)
    assert org.record("Lease_Account__c", "LW00000002")["Left_Source_Date__c"] is None


@pytest.mark.spec("P25")
@pytest.mark.parametrize("harm", ["no manifest", "wrong hash", "file missing"])
def test_a_delivery_that_is_not_whole_is_left_and_holds_up_the_next(
    world: World, org: ServedOrg, days: list[Path], harm: str
) -> None:
    world.deliver(days[0])
    first = world.deliver(days[1])
    world.deliver(days[2])
    kept = {path.name: path.read_bytes() for path in first.iterdir()}
    if harm == "no manifest":
        (first / "MANIFEST.csv").unlink()
    elif harm == "wrong hash":
        (first / "notes.csv").write_bytes(kept["notes.csv"].replace(b"call", b"CALL"))
    else:
        (first / "notes.csv").unlink()

    run = world.run()

    assert owned_by_leaseworks(org, "Lease_Account__c") == naive.expected(days[0], "Lease_Account__c")
    assert world.waiting() == [days[1].name, days[2].name]
    if harm == "wrong hash":
        assert (run.state, days[1].name in run.error) == ("stopped", True)
        assert "notes.csv has not the SHA-256 of the manifest" in run.error
    else:
        refused = {each["name"]: each for each in run.summary["refused_deliveries"]}
        assert run.state == "incomplete"
        assert refused[days[1].name]["status"] == ("incomplete" if harm == "no manifest" else "damaged")
        assert refused[days[2].name]["problem"] == "waits for the one before it"

    for name, content in kept.items():
        (first / name).write_bytes(content)
    assert world.run().state == "succeeded"
    assert owned_by_leaseworks(org, "Lease_Account__c") == naive.expected(days[2], "Lease_Account__c")
    assert world.waiting() == []


@pytest.mark.spec("P25")
def test_a_shrunken_delivery_stops_and_changes_nothing_until_somebody_accepts_it(
    world_on_both: World, org: ServedOrg, days: list[Path]
) -> None:
    world_on_both.deliver(days[0])
    world_on_both.run()
    before = org.everything()
    org.forget_counts()
    book = cut_in_half(world_on_both, days[1])

    run = world_on_both.run()

    assert run.state == "stopped"
    assert "accounts.csv of delivery" in run.error
    assert "--accept-shrink" in run.error
    assert world_on_both.waiting() == [days[1].name]
    assert world_on_both.run("deliver").state == "succeeded"
    assert (org.everything() == before, org.metered()) == (True, 0)

    assert world_on_both.run(accept_shrink=True).state == "succeeded"
    accounts = org.records("Lease_Account__c")
    gone = {key for key, row in accounts.items() if row["Left_Source_Date__c"]}
    assert gone == accounts.keys() - book
    assert len(gone) > 40


def cut_in_half(world: World, delivery: Path) -> set[str]:
    """Deliver a delivery with the first half of its accounts and a true manifest; give their numbers."""
    book = PaperBook(world.files, business_date(delivery))
    for entity in book.rows:
        for row in naive.rows(delivery, f"{entity}.csv"):
            book.rows[entity][next(iter(row.values()))] = row
    numbers = sorted(book.rows["accounts"])
    book.rows["accounts"] = {number: book.rows["accounts"][number] for number in numbers[: len(numbers) // 2]}
    book.rows["lessees"]["LS00000001"] |= {"LESSEE_NAME": "Renamed on the same day"}
    book.deliver()
    return set(book.rows["accounts"])


@pytest.mark.spec("P25")
def test_the_same_records_arrive_through_views_as_through_files(
    open_world: OpenWorld, tmp_path: Path, org: ServedOrg
) -> None:
    plan = BookPlan(accounts=60, seed=3)
    deliveries = write_deliveries(tmp_path / "book", plan, 2)
    by_files = open_world("by-files")
    for delivery in deliveries:
        by_files.deliver(delivery)
    by_files.run()
    from_files = {name: owned_by_leaseworks(org, name) for name in naive.COLUMNS}
    org.empty()
    url = f"sqlite:///{tmp_path / 'views.db'}"
    views = {entity: entity for entity in ("lessees", "accounts", "vehicles", "payments", "notes", "promises")}
    layout = {"all": {"time_zone": "UTC"}}
    surface = {"surface": "sql", "sql": {"url": url, "views": views}, "layout": layout}
    by_views = open_world("by-views", leaseworks=surface)

    for day in live_through(plan, 2):
        write_views(url, day)
        by_views.clock.time = by_views.clock.time.replace(day=day.business_date.day)
        run = by_views.run()
        assert (run.state, run.error) == ("succeeded", "")

    assert {name: owned_by_leaseworks(org, name) for name in naive.COLUMNS} == from_files
    assert open_cases(org) == sorted(naive.delinquent(deliveries[1], plan.business_date(2)))
    org.forget_counts()
    assert by_views.run().state == "succeeded"
    assert (org.sent(), org.metered()) == (0, 0)


def test_views_that_are_read_in_the_evening_are_of_the_lenders_day(open_world: OpenWorld, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'views.db'}"
    write_views(url, next(iter(live_through(BookPlan(accounts=50), 1))))
    surface = {"surface": "sql", "sql": {"url": url, "views": {"accounts": "accounts"}}}
    world = open_world(leaseworks=surface, schedule={"time_zone": "America/Los_Angeles"})

    (waiting,) = look_out(world.hub, datetime(2026, 3, 3, 2, 30, tzinfo=UTC)).ready

    assert waiting.business_date == date(2026, 3, 2)


def contents(world: World) -> tuple[list[str], set[str]]:
    """Give all that the hub's database holds, and the names of the hub's files."""
    with closing(sqlite3.connect(world.settings.data_folder / "drawbar.db")) as database:
        lines = list(database.iterdump())
    files = {str(path) for path in world.settings.data_folder.rglob("*") if path.name != "drawbar.db-shm"}
    return lines, files


@pytest.mark.spec("P25")
def test_a_rehearsal_says_what_the_run_does_and_changes_nothing(world: World, org: ServedOrg, days: list[Path]) -> None:
    world.deliver(days[0])
    world.run()
    fetched = tuple(str(world.settings.data_folder / "deliveries" / day.name) for day in days)
    for delivery in days[1:3]:
        world.deliver(delivery)
        before, arrived = contents(world), org.everything()
        org.forget_counts()

        told = rehearse(world.hub, "rehearsal", accept_shrink=False, progress=lambda _phase, _done, _total: None)

        lines, files = contents(world)
        assert lines == before[0]
        assert [path for path in files - before[1] if not path.startswith(fetched)] == []
        assert before[1] <= files
        assert (org.everything() == arrived, org.metered()) == (True, 0)
        done = world.run().summary["deliveries"][0]
        assert told["objects"] == done["objects"]
        assert told["samples"] == done["samples"]
        changed = next(each for each in told["samples"] if each["object"] == "Lease_Account__c")
        shown = org.record("Lease_Account__c", changed["key"])
        numbers = [each for each in changed["fields"] if isinstance(shown[each["field"]], float)]
        assert [float(each["after"]) for each in numbers] == [shown[each["field"]] for each in numbers] != []


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("after_effects", [False, True], ids=["before a step", "after a step, before its record"])
def test_a_crash_at_any_step_is_made_good_by_going_on(
    open_world: OpenWorld, tmp_path: Path, org: ServedOrg, days: list[Path], after_effects: bool
) -> None:
    straight = open_world("straight", files=tmp_path / "straight-files")
    for delivery in days[:2]:
        straight.deliver(delivery)
    straight.run()
    wanted = org.everything()
    org.empty()
    world = open_world("crashing", files=tmp_path / "crashing-files")
    for delivery in days[:2]:
        world.deliver(delivery)
    context = world.context("accounts", {})

    crashes = go_on_until_done(world, context, after_effects=after_effects)

    assert crashes == len(context.recorded) > 20
    assert world.outcome(context.run_id).state == "succeeded"
    assert org.everything() == wanted
    assert world.archived() == [each.name for each in days[:2]]


def go_on_until_done(world: World, context: Any, *, after_effects: bool) -> int:
    """Run the job with a crash at every step that has not been done yet; give how many there were."""
    from drawbar.jobs.catalogue import JOBS  # noqa: PLC0415

    crashes = 0
    while True:
        try:
            JOBS["accounts"].body(world.hub)(CrashingContext(context, crashes, after_effects))  # type: ignore[arg-type]
        except Crash:
            crashes += 1
        else:
            return crashes


class CrashingContext:
    """Goes through the recorded steps, and dies at step number `dies_at` (from 0) when it comes to it anew."""

    def __init__(self, context: Any, dies_at: int, after_effects: bool) -> None:
        self.run_id, self.job, self.parameters = context.run_id, context.job, context.parameters
        self._context = context
        self._dies_at = dies_at
        self._after_effects = after_effects
        self._crashed = False

    def step(self, name: str, action: Any) -> Any:
        fresh = name not in self._context.recorded
        if fresh and len(self._context.recorded) == self._dies_at and not self._crashed:
            self._crashed = True
            if self._after_effects:
                action()
            raise Crash(name)
        return self._context.step(name, action)
