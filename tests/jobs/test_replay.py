"""Failures by cause, by time and with their story; replays in order, at a pace, and as the mapping is now."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from drawbar.commands.failures import jobs_after
from drawbar.commands.moments import moment
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.failure_story import failure_story
from drawbar.jobs.masking import masked_message, masked_row
from drawbar.jobs.replay import AS_STORED
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.dead_letters import DeadLetter
from drawbar.middleware.sync.failure_search import FailureFilter, FailureGroup, find, groups
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.paper_book import PaperBook
from tests.jobs.test_failures import audit_lines, board_by_hand, payment_without_account
from tests.jobs.world import ServedOrg, World


def grouped(world: World, wanted: FailureFilter | None = None) -> list[FailureGroup]:
    with reading(world.hub.engine) as connection:
        return groups(connection, wanted or FailureFilter())


def found(world: World, wanted: FailureFilter) -> list[DeadLetter]:
    with reading(world.hub.engine) as connection:
        return find(connection, wanted)


@pytest.mark.spec("P30")
def test_failures_with_one_cause_are_one_group_with_count_times_and_remedy(world_on_both: World) -> None:
    book = small_book(world_on_both)
    for number in (2, 3, 4):
        book.account(number, STATUS="Z")
    book.account(5, TERM="four")
    book.payment(1, "500.00", date(2026, 3, 1), ACCT_NO="LW00000009")
    book.deliver()
    world_on_both.run()

    first, *others = grouped(world_on_both)

    assert (first.object, first.code, first.count) == ("Lease_Account__c", "UNKNOWN_CODE", 3)
    assert "STATUS" in first.field
    assert first.first_at <= first.last_at
    assert first.example.failure.key == "LW00000004"
    assert first.example.failure.remedy
    assert sorted((each.object, each.count) for each in others) == [("Lease_Account__c", 1), ("Payment__c", 1)]
    assert [each.count for each in grouped(world_on_both, FailureFilter(object="Payment__c"))] == [1]
    world_on_both.replay().discard([first.example.id], "no")
    assert grouped(world_on_both)[0].count == 2


@pytest.mark.spec("P30")
def test_failures_are_found_by_the_time_at_which_they_failed_last(world_on_both: World) -> None:
    book = small_book(world_on_both)
    book.account(2, STATUS="Z")
    book.deliver()
    world_on_both.run()
    between = world_on_both.clock()
    book.next_day()
    book.account(3, STATUS="Z")
    book.rows["accounts"]["LW00000002"]["STATUS"] = "A"
    book.account(2, STATUS="Z", COLLECTOR="X")
    book.deliver()
    world_on_both.run()
    book.next_day()

    late = found(world_on_both, FailureFilter(since=between))
    early = found(world_on_both, FailureFilter(until=between))

    assert [each.failure.key for each in late] == ["LW00000002", "LW00000003"]
    assert early == []
    (letter,) = found(world_on_both, FailureFilter(since=late[1].last_at, numbers=(late[1].id,)))
    assert found(world_on_both, FailureFilter(until=letter.last_at, numbers=(letter.id,))) == []


@pytest.mark.spec("P30")
def test_a_record_is_replayed_from_its_kept_row_as_the_mapping_is_now(
    open_world: OpenWorld, hub_url: str, org: ServedOrg
) -> None:
    world = open_world(url=hub_url)
    number = payment_without_account(world, small_book(world))
    folder = {"surface": "folder", "folder": {"path": world.files}}
    corrected = {"layout": {"payments": {"constants": {"account_number": "LW00000001"}}}}
    mended = open_world(url=hub_url, leaseworks=folder | corrected)

    (result,) = mended.replay().replay([number])

    assert (result.queued, result.used) == (
        True, "row 1 of payments.csv of delivery LW-20260302-001, as it is mapped now",
    )  # fmt: skip
    assert mended.run("deliver").state == "succeeded"
    payment = org.record("Payment__c", "P1")
    assert (payment["Lease_Account__c"], payment["Amount__c"]) == ("LW00000001", 500.0)
    (line,) = audit_lines(mended)
    assert line.detail["used"] == result.used


@pytest.mark.spec("P30")
def test_what_the_rules_concluded_goes_along_with_a_record_that_is_mapped_anew(world: World, org: ServedOrg) -> None:
    book = small_book(world)
    book.account(2, LESSEE_NO="LS00000009", OLDEST_UNPAID_DT="01/15/2026", PAST_DUE_AMT="1200.00", MISSED_PMTS="1")
    book.deliver()
    world.run()
    letters = [each for each in world.letters() if each.failure.object == "Lease_Account__c"]
    row = {"Name": "By hand", "LeaseWorks_Id__c": "LS00000009"}
    context = WriteContext(INTEGRATION_USER_ID, auto_assign=False)
    (made,) = org.local.org.write("create", "Account", [row], context=context)
    assert made.success, made.errors

    results = world.replay().replay([each.id for each in letters])

    assert ["accounts.csv" in each.used for each in results] == [True]
    assert world.run("deliver").state == "succeeded"
    account = org.record("Lease_Account__c", "LW00000002")
    assert (account["Past_Due_Amount__c"], account["Days_Past_Due__c"]) == (1200.0, 46)


@pytest.mark.spec("P30")
def test_a_record_whose_delivery_is_not_kept_is_replayed_as_it_was_and_says_so(world: World, org: ServedOrg) -> None:
    number = payment_without_account(world, small_book(world))
    for path in (world.hub.deliveries_folder / "LW-20260302-001").iterdir():
        path.unlink()
    (world.hub.deliveries_folder / "LW-20260302-001").rmdir()
    board_by_hand(org, "LW00000009")

    (result,) = world.replay().replay([number])

    assert (result.queued, result.used) == (True, AS_STORED)
    assert world.run("deliver").state == "succeeded"
    assert org.record("Payment__c", "P1")["Lease_Account__c"] == "LW00000009"


@pytest.mark.spec("P30")
def test_many_are_replayed_once_each_in_the_order_in_which_they_failed_and_progress_is_told(world: World) -> None:
    book = small_book(world)
    for number in range(1, 8):
        book.payment(number, "500.00", date(2026, 3, 1), ACCT_NO="LW00000009")
    book.deliver()
    world.run()
    numbers = [each.id for each in world.letters()]
    told: list[tuple[int, int]] = []

    results = world.replay().replay([*reversed(numbers), numbers[0]], lambda done, total: told.append((done, total)))

    assert [each.number for each in results] == sorted(numbers)
    assert all(each.queued for each in results)
    assert told == [(done, 7) for done in range(1, 8)]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5_400), ("2h", 7_200), ("3d", 259_200), ("1w", 604_800), ("2026-03-02T09:00", 3_600),
                          ("2026-03-02T09:00+01:00", 7_200), ("2026-03-02", 36_000)],
)  # fmt: skip
def test_a_time_is_iso_or_so_long_ago(text: str, seconds: int) -> None:
    now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert moment(text, now) == now - timedelta(seconds=seconds)
    assert moment(f"{text}?", now) is None


@pytest.mark.spec("P30")
def test_the_story_of_a_failure_tells_answer_attempts_runs_and_what_people_did(
    world_on_both: World, org: ServedOrg
) -> None:
    number = payment_without_account(world_on_both, small_book(world_on_both))
    world_on_both.replay("grace").replay([number])
    world_on_both.run("deliver")

    with reading(world_on_both.hub.engine) as connection:
        story = failure_story(connection, number, masked=True)
        full = failure_story(connection, number, masked=False)

    assert story["response"]["code"] == story["code"]
    assert (story["response"]["status"], "LW****0009" in story["response"]["message"]) == ("refused", True)
    assert "LW00000009" in full["response"]["message"]
    what = [(each["what"], each["by"], each.get("run_state", "")) for each in story["timeline"]]
    assert set(what[:2]) == {("failed first", "", ""), ("sent to salesforce: refused", "", "incomplete")}
    assert set(what[2:4]) == {("replay failure", "grace", ""), ("replayed", "grace", "")}
    assert what[4:] == [("sent to salesforce: refused", "", "incomplete")]
    assert [each["at"] for each in story["timeline"]] == sorted(each["at"] for each in story["timeline"])


@pytest.mark.spec("P30")
def test_a_payload_names_nobody_unless_one_asks(world: World, book: PaperBook) -> None:
    book.lessee(2, LESSEE_NAME="Jim Beam", SHORT_NAME="X" * 200)
    book.lessee(3, LESSEE_NAME="Jane Doe", PHONE="201 555 0199", EMAIL="jane@doe.example")
    book.note(1, "Gave 201 555 0177.", ACCT_NO="LW00000009")
    book.deliver()
    world.run()
    letters = world.letters()
    assert {each.failure.kind for each in letters} == {"row", "record"}

    with reading(world.hub.engine) as connection:
        masked = [str(failure_story(connection, each.id, masked=True)) for each in letters]
        full = [str(failure_story(connection, each.id, masked=False)) for each in letters]

    for canary in ("Jim Beam", "Dock Road", "office@acme", "555 01", "Gave", "LW00000009"):
        assert any(canary in each for each in full), canary
        assert not any(canary in each["payload"] for each in _payloads(world, masked=True)), canary
    assert all(len(text) > 100 for text in masked)


def _payloads(world: World, *, masked: bool) -> list[dict[str, str]]:
    with reading(world.hub.engine) as connection:
        return [failure_story(connection, each.id, masked=masked) for each in world.letters()]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [('LW00000002,"Beam, Jim",A,1200.00,03/02/2026,48', 'LW****0002,"B***",A,1200.00,03/02/2026,48'),
     ("(201) 555-0100;jim@x.example;2015550100", "[***;j***;2***"), ("", ""), ("José\tNJ\t07601", "J***\tNJ\t07601")],
)  # fmt: skip
def test_a_masked_row_shows_numbers_days_and_short_codes_alone(raw: str, shown: str) -> None:
    assert masked_row(raw).replace("(***", "[***") == shown


def test_a_message_quotes_no_name() -> None:
    assert masked_message("'Jim' has 21 characters", "LESSEE_NAME") == "'***' has 21 characters"
    assert masked_message("'four' is not a whole number", "TERM") == "'four' is not a whole number"


@pytest.mark.parametrize(
    ("queued", "jobs"),
    [
        (set(), []),
        ({"deliver"}, ["deliver"]),
        ({"inbox"}, ["inbox", "deliver"]),
        ({"postings", "inbox", "fleetrock"}, ["inbox", "fleetrock", "postings", "deliver"]),
    ],
)
def test_what_was_queued_again_is_gone_on_with_by_the_job_of_its_target_and_salesforce_comes_last(
    queued: set[str], jobs: list[str]
) -> None:
    assert jobs_after(queued) == jobs


def test_what_waits_for_a_target_is_delivered_by_one_job() -> None:
    emptied = [job.empties for job in JOBS.values() if job.empties]
    assert sorted(emptied) == [
        "accounting_mail", "agent_mail", "fleetrock", "leaseworks", "mbsi", "messages", "quickbooks_online", "rdn",
        "salesforce",
    ]  # fmt: skip
