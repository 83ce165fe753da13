"""What cannot go on is put aside, explained where people look, and mended; everything else goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from drawbar.jobs.replay import Replayed
from drawbar.middleware.audit import Audit, AuditLine
from drawbar.middleware.database.engine import reading
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.schema import Schema, ValidationRule
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from drawbar.sandbox.writing.writer import Writer
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import Record, ServedOrg, World

COLLECTIONS = "*/composite/sobjects/*"


@pytest.fixture
def trio(world_on_both: World) -> PaperBook:
    return three_accounts(world_on_both)


def three_accounts(world: World) -> PaperBook:
    """Begin a book with three accounts that have arrived once; on the next day all three change."""
    book = small_book(world)
    for number in (2, 3):
        book.account(number)
    book.deliver()
    assert world.run().state == "succeeded"
    book.next_day()
    for number in (1, 2, 3):
        book.account(number, LATE_FEES="61.50")
    return book


def file_of(book: PaperBook, entity: str) -> bytes:
    """Give the bytes that a file of the book has."""
    folder = book.deliver(sequence=999)
    content = (folder / f"{entity}.csv").read_bytes()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return content


def fees(org: ServedOrg) -> dict[str, float]:
    return {key: row["Late_Fees__c"] for key, row in org.records("Lease_Account__c").items()}


def sync_errors(org: ServedOrg) -> dict[str, Record]:
    return org.records("Sync_Error__c")


def audit_lines(world: World) -> list[AuditLine]:
    with reading(world.hub.engine) as connection:
        assert Audit(connection).broken_at() is None
        return Audit(connection).lines()


BAD_CELLS = {
    "wrong type": ({"TERM": "four"}, "NOT_A_NUMBER", "'four' is not a whole number"),
    "impossible date": ({"BOARDED_DT": "02/30/2026"}, "IMPOSSIBLE_DATE", "'02/30/2026' is not a date of the calendar"),
    "negative money": ({"PAST_DUE_AMT": "-5.00"}, "TOO_SMALL", "'-5.00' must not be below 0"),
    "unknown code": ({"STATUS": "Z"}, "UNKNOWN_CODE", "'Z' is not a known code (A, C, P, R, T)"),
    "too long": ({"REGION": "N" * 21}, "TOO_LONG", "has 21 characters, at most 20 fit"),
    "empty": ({"LESSEE_NO": ""}, "EMPTY", "is empty"),
}


@pytest.mark.spec("P30")
def test_bad_cells_hold_up_their_rows_alone_and_are_shown_on_their_accounts_until_they_are_right(
    world_on_both: World, org: ServedOrg
) -> None:
    book = small_book(world_on_both)
    keys = [book.account(number)["ACCT_NO"] for number in range(1, len(BAD_CELLS) + 3)]
    book.deliver()
    assert world_on_both.run().state == "succeeded"
    book.next_day()
    good = {key: dict(book.account(number, LATE_FEES="61.50")) for number, key in enumerate(keys, 1)}
    for number, (cells, _, _) in enumerate(BAD_CELLS.values(), 2):
        book.account(number, **cells)
    book.deliver()

    run = world_on_both.run()

    assert (run.state, run.error) == ("incomplete", "")
    assert run.summary["deliveries"][0]["entities"]["accounts"]["refused"] == len(BAD_CELLS)
    assert fees(org) == {key: 61.5 if key in (keys[0], keys[-1]) else 0.0 for key in keys}
    letters = {letter.failure.key: letter for letter in world_on_both.letters()}
    errors = {error["Lease_Account__c"]: error for error in sync_errors(org).values()}
    assert [sorted(letters), sorted(errors)] == [keys[1:-1]] * 2
    for number, (_, code, said) in enumerate(BAD_CELLS.values(), 2):
        failure, error = letters[keys[number - 1]].failure, errors[keys[number - 1]]
        assert (failure.code, failure.row_number, error["Error_Code__c"]) == (code, number, code)
        assert said in failure.message
        assert said in error["Message__c"]
        assert failure.remedy
        assert (error["Remedy__c"], error["Source_System__c"]) == (failure.remedy, "Drawbar")

    book.next_day()
    book.rows["accounts"].update(good)
    book.deliver()

    assert world_on_both.run().state == "succeeded"
    assert fees(org) == dict.fromkeys(keys, 61.5)
    assert (sync_errors(org), world_on_both.letters()) == ({}, [])
    ended = world_on_both.letters(state="resolved")
    assert {each.id for each in ended} == {each.id for each in letters.values()}
    assert {each.settled_by for each in ended} == {"drawbar"}


BAD_BYTES = {
    "another encoding": ("José".encode("cp1252"), "holds bytes that are not utf-8"),
    "a NUL": (b"J\0", "holds a NUL character"),
    "wrong quotes": (b'"Jo"hn', "its quotes are wrong"),
    "a column too many": (b"Jo,hn", "has 26 columns, the header has 25"),
}


@pytest.mark.spec("P30")
@pytest.mark.parametrize("kind", BAD_BYTES)
def test_bad_bytes_hold_up_their_row_alone(world: World, org: ServedOrg, kind: str) -> None:
    trio = three_accounts(world)
    bad, said = BAD_BYTES[kind]
    trio.account(2, COLLECTOR="@@")
    trio.deliver(encoded={"accounts": file_of(trio, "accounts").replace(b"@@", bad)})

    assert world.run().state == "incomplete"

    assert fees(org) == {"LW00000001": 61.5, "LW00000002": 0.0, "LW00000003": 61.5}
    (letter,) = world.letters()
    assert said in letter.failure.message
    (error,) = sync_errors(org).values()
    assert (error["Lease_Account__c"], said in error["Message__c"]) == ("LW00000002", True)
    results = world.replay().replay([letter.id])
    assert [each.queued for each in results] == [False]
    assert said in results[0].reason


@pytest.mark.spec("P30")
def test_of_a_repeated_key_the_first_row_is_taken_and_the_other_explained(
    world_on_both: World, trio: PaperBook, org: ServedOrg
) -> None:
    twin = trio.rows["accounts"]["LW00000002"] | {"LATE_FEES": "99.00"}
    trio.deliver(extra={"accounts": [twin]})

    assert world_on_both.run().state == "incomplete"

    assert fees(org)["LW00000002"] == 61.5
    (error,) = sync_errors(org).values()
    assert (error["Error_Code__c"], error["Lease_Account__c"]) == ("DUPLICATE_KEY", "LW00000002")
    assert "stands in row 2 already" in error["Message__c"]
    trio.next_day()
    trio.deliver()
    assert world_on_both.run().state == "succeeded"
    assert sync_errors(org) == {}


@pytest.mark.parametrize(
    ("harm", "said"),
    [(lambda content: content.replace(b"NET_OUTST,", b"BALANCE,"), "has no column NET_OUTST"),
     (lambda content: content[:-30], "is cut off"),
     (lambda content: content.decode().encode("utf-16"), "looks like utf-16"),
     (lambda _: b"", "is damaged: accounts.csv has 0 rows, the manifest says 3")],
    ids=["missing column", "truncated", "other encoding", "empty file"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_stops_the_delivery_with_a_remedy_and_changes_nothing(
    world_on_both: World, trio: PaperBook, org: ServedOrg, harm: Any, said: str
) -> None:
    before = org.everything()
    trio.lessee(SHORT_NAME="RENAMED")
    trio.deliver(encoded={"accounts": harm(file_of(trio, "accounts"))})

    run = world_on_both.run()

    assert run.state == "stopped"
    assert "accounts.csv" in run.error
    assert said in run.error
    assert world_on_both.run("deliver").state == "succeeded"
    assert org.everything() == before
    trio.deliver(sequence=2)
    (world_on_both.files / "outbound" / "LW-20260303-001").rename(world_on_both.files / "set aside")
    assert world_on_both.run().state == "succeeded"
    assert org.record("Account", "LS00000001")["Short_Name__c"] == "RENAMED"
    assert fees(org)["LW00000002"] == 61.5


def test_an_extra_column_is_taken_and_mentioned(world: World, book: PaperBook, org: ServedOrg) -> None:
    header, row = file_of(book, "accounts").split(b"\r\n", 1)
    book.deliver(encoded={"accounts": header + b",LOYALTY\r\n" + row.replace(b"\r\n", b",gold\r\n")})

    run = world.run()

    assert run.state == "succeeded"
    notices = run.summary["deliveries"][0]["entities"]["accounts"]["notices"]
    assert notices == ["accounts.csv has columns that the layout does not use: LOYALTY."]
    assert list(fees(org)) == ["LW00000001"]


@pytest.mark.spec("P30")
def test_a_failure_of_a_record_that_has_never_arrived_names_it_without_a_link(
    world: World, book: PaperBook, org: ServedOrg
) -> None:
    book.account(2, STATUS="Z")
    book.deliver()

    world.run()

    (error,) = sync_errors(org).values()
    assert (error["Record_Key__c"], error["Object__c"], error["Lease_Account__c"]) == (
        "LW00000002", "Lease_Account__c", None,
    )  # fmt: skip


@pytest.mark.spec("P30")
def test_rows_without_a_usable_key_are_each_told_of(world_on_both: World, org: ServedOrg) -> None:
    book = small_book(world_on_both)
    nameless = book.account(2)
    book.remove("accounts", "LW00000002")
    rows = [nameless | {"ACCT_NO": each} for each in ("", "", "K" * 300)]
    book.deliver(extra={"accounts": rows})

    run = world_on_both.run()

    assert (run.state, run.error) == ("incomplete", "")
    assert sorted(letter.failure.row_number for letter in world_on_both.letters()) == [2, 3, 4]
    assert len(sync_errors(org)) == 3
    book.next_day()
    book.deliver()
    assert world_on_both.run().state == "succeeded"
    assert (sync_errors(org), world_on_both.letters()) == ({}, [])


@pytest.mark.spec("P30")
def test_an_error_that_two_failures_share_stays_until_both_are_mended(
    world: World, book: PaperBook, org: ServedOrg
) -> None:
    good = book.account(1)
    book.account(1, STATUS="Z")
    book.promise(1, "-5.00", date(2026, 3, 6))
    book.deliver()
    world.run()
    assert (len(world.letters()), len(sync_errors(org))) == (2, 1)
    book.next_day()
    book.promise(1, "5.00", date(2026, 3, 6))
    book.deliver()
    world.run()

    (letter,), (error,) = world.letters(), sync_errors(org).values()

    assert (letter.failure.place, error["Message__c"]) == ("leaseworks.accounts", letter.failure.message)
    book.next_day()
    book.rows["accounts"]["LW00000001"] = good
    book.deliver()
    assert world.run().state == "succeeded"
    assert sync_errors(org) == {}


def payment_without_account(world: World, book: PaperBook) -> int:
    """Let a payment be refused because its account is not there; give the number of its failure."""
    book.payment(1, "500.00", date(2026, 3, 1), ACCT_NO="LW00000009")
    book.deliver()
    run = world.run()
    assert run.state == "incomplete"
    (letter,) = world.letters()
    assert (letter.failure.kind, letter.failure.object, letter.failure.key) == ("record", "Payment__c", "P1")
    assert "LW00000009" in letter.failure.message
    assert "The parent is not in Salesforce" in letter.failure.remedy
    return letter.id


def board_by_hand(org: ServedOrg, number: str) -> None:
    """Let a person create a lease account in Salesforce."""
    row = {"Name": number, "LeaseWorks_Id__c": number, "Lessee__r": {"LeaseWorks_Id__c": "LS00000001"}}
    context = WriteContext(INTEGRATION_USER_ID, auto_assign=False)
    (result,) = org.local.org.write("create", "Lease_Account__c", [row], context=context)
    assert result.success, result.errors


@pytest.mark.spec("P30")
def test_a_record_that_salesforce_refuses_is_replayed_once_the_cause_is_mended(
    world_on_both: World, org: ServedOrg
) -> None:
    number = payment_without_account(world_on_both, small_book(world_on_both))
    assert list(sync_errors(org)) == ["Payment__c:P1"]
    assert [each.queued for each in world_on_both.replay().replay([number])] == [True]
    assert world_on_both.run("deliver").state == "incomplete"
    (again,) = world_on_both.letters()
    board_by_hand(org, "LW00000009")

    assert [each.queued for each in world_on_both.replay().replay([again.id])] == [True]
    assert world_on_both.run("deliver").state == "succeeded"

    payment = org.record("Payment__c", "P1")
    assert (payment["Lease_Account__c"], payment["Amount__c"]) == ("LW00000009", 500.0)
    assert (sync_errors(org), world_on_both.letters()) == ({}, [])
    assert [(line.actor, line.action, line.subject) for line in reversed(audit_lines(world_on_both))] == [
        ("ada", "replay failure", f"failure {number}"), ("ada", "replay failure", f"failure {again.id}"),
    ]  # fmt: skip


@pytest.mark.spec("P30")
def test_what_waits_for_its_parent_is_sent_when_the_parent_arrives(world_on_both: World, org: ServedOrg) -> None:
    book = small_book(world_on_both)
    book.account(9, STATUS="Z")
    for number in (1, 2):
        book.payment(number, "500.00", date(2026, 3, number), ACCT_NO="LW00000009")
    book.vehicle(ACCT_NO="LW00000009")
    book.note(1, "Promised to call back.", ACCT_NO="LW00000009")
    book.deliver()
    assert world_on_both.run().state == "incomplete"
    assert len(world_on_both.letters()) == len(sync_errors(org)) == 5
    book.next_day()
    book.account(9, STATUS="A")
    book.deliver()

    assert world_on_both.run().state == "succeeded"

    assert {row["Lease_Account__c"] for name in ("Payment__c", "Vehicle__c", "Collection_Note__c")
            for row in org.records(name).values()} == {"LW00000009"}  # fmt: skip
    assert len(org.records("Payment__c")) == 2
    assert (sync_errors(org), world_on_both.letters()) == ({}, [])


@pytest.mark.spec("P30")
def test_what_a_validation_rule_of_the_org_refuses_is_shown_and_mended_by_the_source(
    world: World, book: PaperBook, org: ServedOrg, no_pink_vehicles: str
) -> None:
    book.vehicle(1)
    book.vehicle(2, COLOR="Pink")
    book.deliver()

    assert world.run().state == "incomplete"

    (letter,) = world.letters()
    assert (letter.failure.object, letter.failure.key) == ("Vehicle__c", "VH00000002")
    assert (letter.failure.code, letter.failure.message) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", no_pink_vehicles)
    assert list(org.records("Vehicle__c")) == ["VH00000001"]
    assert list(sync_errors(org)) == ["Vehicle__c:VH00000002"]
    book.next_day()
    book.vehicle(2, COLOR="Red")
    book.deliver()
    assert world.run().state == "succeeded"
    assert org.record("Vehicle__c", "VH00000002")["Color__c"] == "Red"
    assert (sync_errors(org), world.letters()) == ({}, [])


@pytest.fixture
def no_pink_vehicles(org: ServedOrg) -> Iterator[str]:
    """Give the org a validation rule that an administrator has made; give its message."""
    schema, writer = org.local.org.schema, org.local.org._writer
    found = schema.get("Vehicle__c")
    assert found is not None
    rule = ValidationRule("No_Pink", 'Color__c = "Pink"', "No vehicle is pink.", "Color__c")
    stricter = Schema([*(each for each in schema if each is not found), replace(found, validation_rules=(rule,))])
    org.local.org.intercept(lambda _: Writer(stricter, clock=org.local.org.now))
    yield rule.message
    org.local.org.intercept(lambda _: writer)


@pytest.mark.spec("P30")
def test_a_row_is_replayed_as_the_layout_is_now(open_world: OpenWorld, org: ServedOrg) -> None:
    world = open_world()
    book = small_book(world)
    book.account(2, STATUS="X")
    book.account(3, COLLECTOR="@@")
    book.deliver(encoded={"accounts": file_of(book, "accounts").replace(b"@@", "José".encode("cp1252"))})
    world.run()
    numbers = [letter.id for letter in world.letters()]
    bound = {"codes": {"status": {"A": "Active", "X": "Charged Off"}}, "encoding": "cp1252"}
    folder = {"surface": "folder", "folder": {"path": world.files}}
    mended = open_world(leaseworks=folder | {"layout": {"accounts": bound}})

    results = mended.replay().replay(numbers)

    assert [(each.queued, each.reason) for each in results] == [(True, ""), (True, "")]
    assert mended.run("deliver").state == "succeeded"
    accounts = org.records("Lease_Account__c")
    assert (accounts["LW00000002"]["Status__c"], accounts["LW00000003"]["Collector__c"]) == ("Charged Off", "José")
    assert sync_errors(org) == {}


@pytest.mark.spec("P30")
def test_a_failure_is_discarded_for_a_reason_that_the_audit_keeps(world_on_both: World, org: ServedOrg) -> None:
    number = payment_without_account(world_on_both, small_book(world_on_both))

    results = world_on_both.replay("grace").discard([number], "written off in 2019")

    assert [each.reason for each in results] == ["discarded"]
    assert world_on_both.run("deliver").state == "succeeded"
    assert (sync_errors(org), world_on_both.letters()) == ({}, [])
    (letter,) = world_on_both.letters(state="discarded")
    assert (letter.settled_by, letter.settled_why) == ("grace", "written off in 2019")
    (line,) = audit_lines(world_on_both)
    assert (line.actor, line.action, line.detail["reason"]) == ("grace", "discard failure", "written off in 2019")
    assert world_on_both.replay().replay([number])[0].reason == "is discarded already"


def at_once(world: World, numbers: dict[str, int]) -> list[Replayed]:
    """Let several people replay at the same moment; give what each was told."""
    barrier = threading.Barrier(len(numbers))

    def press(actor: str) -> Replayed:
        desk = replace(world.replay(actor), run_id=f"replay-{actor}")
        barrier.wait()
        return desk.replay([numbers[actor]])[0]

    with ThreadPoolExecutor(len(numbers)) as people:
        return list(people.map(press, numbers))


@pytest.mark.spec("P30")
def test_of_two_who_replay_the_same_failure_at_once_one_does_and_both_are_audited(
    world_on_both: World, org: ServedOrg
) -> None:
    number = payment_without_account(world_on_both, small_book(world_on_both))
    board_by_hand(org, "LW00000009")
    org.forget_counts()

    results = at_once(world_on_both, {"ada": number, "grace": number})

    assert sorted((each.queued, each.reason) for each in results) == [(False, "is replayed already"), (True, "")]
    assert sorted(line.actor for line in audit_lines(world_on_both)) == ["ada", "grace"]
    assert world_on_both.run("deliver").state == "succeeded"
    assert len(org.records("Payment__c")) == 1
    assert org.sent() == 2


@pytest.mark.spec("P30")
def test_people_who_replay_different_failures_at_once_all_succeed_and_the_audit_stays_chained(
    world_on_both: World, org: ServedOrg
) -> None:
    book = small_book(world_on_both)
    for number in range(6):
        book.payment(number, "500.00", date(2026, 3, 1), ACCT_NO="LW00000009")
    book.deliver()
    world_on_both.run()
    board_by_hand(org, "LW00000009")
    numbers = {f"person {each.id}": each.id for each in world_on_both.letters()}

    results = at_once(world_on_both, numbers)

    assert [(each.queued, each.reason) for each in results] == [(True, "")] * 6
    assert sorted(line.actor for line in audit_lines(world_on_both)) == sorted(numbers)
    assert world_on_both.run("deliver").state == "succeeded"
    assert len(org.records("Payment__c")) == 6


def test_a_line_of_the_audit_that_somebody_changes_is_found(world: World, book: PaperBook) -> None:
    number = payment_without_account(world, book)
    world.replay("ada").discard([number], "wrong")
    with world.hub.engine.begin() as connection:
        assert Audit(connection).broken_at() is None
        connection.exec_driver_sql("UPDATE audit SET actor = 'grace'")

        assert Audit(connection).broken_at() == 1


HOSTILE = (
    "=cmd|' /C calc'!A1", "' OR Name != '", "\\' OR 1=1 --", "@SUM(1+1)", "%_", "Müller & Söhne 中文",
    'He said "pay, or else"', "#N/A", "Robert'); DROP TABLE Account;--", "<script>alert(1)</script>",
)  # fmt: skip


@pytest.mark.parametrize("bulk_above", [2_000, 2], ids=["by calls", "by bulk"])
def test_hostile_text_stays_text(open_world: OpenWorld, org: ServedOrg, bulk_above: int) -> None:
    world = open_world(sync={"bulk_above": bulk_above})
    book = small_book(world)
    for number, text in enumerate(HOSTILE, 10):
        book.lessee(number, LESSEE_NAME=text, STREET=text)
        book.note(number, f"{text}\r\nsecond line")
    book.deliver()

    assert world.run().state == "succeeded"

    lessees, notes = org.records("Account"), org.records("Collection_Note__c")
    for number, text in enumerate(HOSTILE, 10):
        row = lessees[f"LS{number:08d}"]
        assert (row["Name"], row["BillingStreet"]) == (text, text)
        assert notes[f"N{number}"]["Note__c"].replace("\r\n", "\n") == f"{text}\nsecond line"


def test_a_text_that_bulk_cannot_carry_in_any_row_arrives_all_the_same(open_world: OpenWorld, org: ServedOrg) -> None:
    world = open_world(sync={"bulk_above": 2})
    book = small_book(world)
    for number in range(1, 6):
        book.vehicle(number, COLOR="#N/A")
    book.deliver()

    run = world.run()

    assert (run.state, run.error) == ("succeeded", "")
    assert [row["Color__c"] for row in org.records("Vehicle__c").values()] == ["#N/A"] * 5


def test_hostile_keys_concern_nobody_else(world: World, book: PaperBook, org: ServedOrg) -> None:
    keys = ["' OR Name != '", "x\\' OR '1'='1", "LW%", "LW_0000001"]
    rows = {key: book.put("accounts", key, STATUS="Z") for key in keys}
    book.account(2, STATUS="Z")
    book.deliver()
    world.run()
    assert set(sync_errors(org)) == {f"Lease_Account__c:{key}" for key in (*keys, "LW00000002")}
    book.next_day()
    for key, row in rows.items():
        book.rows["accounts"][key] = row | {"STATUS": "A"}
    book.deliver()

    world.run()

    assert set(sync_errors(org)) == {"Lease_Account__c:LW00000002"}
    assert set(org.records("Lease_Account__c")) == {"LW00000001", *keys}


ANYHOW: dict[str, dict[str, Any]] = {
    "connection lost before the commit": {"kind": "reset-before", "method": "PATCH", "path": COLLECTIONS, "times": 2},
    "answer lost after the commit": {"kind": "reset-after", "method": "PATCH", "path": COLLECTIONS, "times": 2},
    "answer cut short": {"kind": "truncate", "method": "PATCH", "path": COLLECTIONS},
    "a web page instead of an answer": {"kind": "malformed", "method": "PATCH", "path": COLLECTIONS},
    "token refused in the middle": {"kind": "401", "skip": 3},
    "overloaded": {"kind": "503", "retry_after": 0, "skip": 1, "times": 2},
    "rows locked": {"kind": "lock-row", "share": 0.2, "times": 12, "seed": 4},
}
WITH_BULK: dict[str, dict[str, Any]] = {
    "jobs that fail half-way": {"kind": "bulk-failed", "share": 0.5, "times": 3},
    "answer to an upload lost": {"kind": "reset-after", "method": "PUT", "path": "*/jobs/ingest/*/batches"},
    "answer to a beginning lost": {"kind": "reset-after", "method": "PATCH", "path": "*/jobs/ingest/*"},
    "connection lost before an upload": {"kind": "reset-before", "method": "PUT", "path": "*/jobs/ingest/*/batches"},
}
TROUBLE = [
    *(pytest.param(2_000, fault, id=f"{name}, by calls") for name, fault in ANYHOW.items()),
    *(pytest.param(50, fault, id=f"{name}, by bulk") for name, fault in (ANYHOW | WITH_BULK).items()),
]


@pytest.mark.parametrize(("bulk_above", "fault"), TROUBLE)
def test_trouble_on_the_way_neither_loses_nor_doubles_a_record(
    open_world: OpenWorld, org: ServedOrg, days: list[Path], undisturbed: dict[str, dict[str, Record]],
    bulk_above: int, fault: dict[str, Any],
) -> None:  # fmt: skip
    world = open_world(sync={"bulk_above": bulk_above})
    org.local.faults.arm(Fault(**fault))
    world.deliver(days[0])

    run = world.run()

    assert (run.state, run.error) == ("succeeded", "")
    assert org.everything() == undisturbed
    assert [each["fired"] > 0 for each in org.local.faults.listed()] == [True]  # type: ignore[operator]


@pytest.fixture(scope="module")
def undisturbed_cache() -> dict[str, Any]:
    return {}


@pytest.fixture
def undisturbed(
    undisturbed_cache: dict[str, Any], open_world: OpenWorld, tmp_path: Path, org: ServedOrg, days: list[Path]
) -> dict[str, dict[str, Record]]:
    """What stands in the org after the first day when nothing goes wrong."""
    if not undisturbed_cache:
        world = open_world("undisturbed", files=tmp_path / "undisturbed-files")
        world.deliver(days[0])
        world.run()
        undisturbed_cache.update(org.everything())
        org.empty()
    return undisturbed_cache


def test_a_spent_day_pauses_the_run_and_the_next_goes_on_where_it_ended(
    open_world: OpenWorld, hub_url: str, org: ServedOrg, days: list[Path]
) -> None:
    world = open_world(url=hub_url)
    world.deliver(days[0])
    org.local.meter.daily_limit = 5

    paused = world.run()

    assert (paused.state, org.metered("refused")) in {("paused", 0), ("paused", 1)}
    assert "calls" in paused.error
    arrived = sum(map(len, org.everything().values()))
    assert 0 < arrived < 500
    assert world.waiting() == [days[0].name]
    assert world.run().state == "paused"
    org.forget_counts()
    org.local.meter.daily_limit = 100_000
    tomorrow = open_world(url=hub_url)
    assert tomorrow.run().state == "succeeded"
    assert org.sent() == sum(map(len, org.everything().values())) - arrived
    assert tomorrow.waiting() == []


def test_an_org_that_cannot_be_reached_pauses_the_run_and_loses_nothing(
    open_world: OpenWorld, org: ServedOrg, days: list[Path]
) -> None:
    org.local.faults.arm(Fault(kind="429", retry_after=3600, times=None))
    world = open_world()
    world.deliver(days[0])

    paused = world.run()

    assert paused.state == "paused"
    assert org.everything()["Account"] == {}
    org.local.faults.clear()
    later = open_world()
    assert later.run("deliver").state == "succeeded"
    assert len(org.everything()["Lease_Account__c"]) == 120


def test_credentials_that_are_refused_stop_the_run_with_a_remedy(
    open_world: OpenWorld, org: ServedOrg, days: list[Path]
) -> None:
    world = open_world(salesforce={"client_secret": "canary-wrong-secret"})
    world.deliver(days[0])

    run = world.run()

    assert run.state == "stopped"
    assert "canary" not in run.error
    assert org.everything()["Account"] == {}
    assert open_world().run().state == "succeeded"
    assert len(org.everything()["Lease_Account__c"]) == 120


def test_bad_rows_of_the_general_ledger_hold_up_nobody(world: World, book: PaperBook, org: ServedOrg) -> None:
    book.put("gl_summary", "GL1", POSTED_DT="13/45/2026", GL_ACCT="1010", DEBIT="1.00", CREDIT="0.00")
    book.put("gl_summary", "GL2", POSTED_DT="03/02/2026", GL_ACCT="1010", DEBIT="1.00", CREDIT="0.00")
    book.deliver()

    run = world.run()

    assert run.state == "incomplete"
    assert run.summary["deliveries"][0]["entities"]["gl_summary"]["refused"] == 1
    assert list(fees(org)) == ["LW00000001"]
    assert [each.failure.key for each in world.letters()] == ["GL1"]
