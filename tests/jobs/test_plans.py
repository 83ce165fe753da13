"""A plan tells every change, and is carried out exactly or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from drawbar.jobs.plan_changes import PlannedChange, PlannedField
from drawbar.jobs.plan_files import PlanRefused, read_plan, safe, write_plan
from drawbar.jobs.plans import planning
from drawbar.middleware.sync.runs import Run
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import ServedOrg, World, next_sequence

Json = dict[str, Any]


def plan(world: World, file: Path, *, masked: bool = False, accept_shrink: bool = False) -> Path:
    """Write a plan of what waits."""
    with planning(world.hub, by="ada", accept_shrink=accept_shrink, progress=lambda *_: None) as found:
        write_plan(found, file, masked=masked)
    return file


def run_by(world: World, file: Path) -> Run:
    """Run by a plan, as the command line does."""
    found, _ = read_plan(file)
    return world.run(accept_shrink=found.accept_shrink, plan=found.as_json())


def changes(file: Path) -> dict[tuple[str, str], Json]:
    return {(each["object"], each["key"]): each for each in json.loads(file.read_text())["changes"]}


def told(change: Json) -> dict[str, tuple[Any, Any]]:
    return {each["field"]: (each["before"], each["after"]) for each in change["fields"]}


@pytest.fixture
def second_day(world_on_both: World) -> PaperBook:
    """A book that has arrived once; on the next day one account changes, one is late, one goes, one is new."""
    book = small_book(world_on_both)
    book.account(2)
    book.account(3)
    book.deliver()
    assert world_on_both.run().state == "succeeded"
    book.next_day()
    book.account(1, LATE_FEES="61.50", COLLECTOR="ASMITH")
    book.behind(2, date(2026, 1, 15))
    book.account(4)
    book.remove("accounts", "LW00000003")
    book.lessee(SHORT_NAME="=HYPERLINK(1)")
    book.deliver()
    return book


@pytest.mark.spec("P25")
def test_a_plan_tells_every_field_that_a_run_then_writes_and_the_run_names_it(
    world_on_both: World, second_day: PaperBook, org: ServedOrg, tmp_path: Path
) -> None:
    before = org.everything()

    file = plan(world_on_both, tmp_path / "plan.json")

    assert org.everything() == before
    planned = changes(file)
    account = planned["Lease_Account__c", "LW00000001"]
    assert account["action"] == "change"
    assert told(account) | {"Assessed_Date__c": 0} == {
        "Late_Fees__c": ("0.00", "61.50"), "Collector__c": ("JDOE", "ASMITH"), "Assessed_Date__c": 0,
        "Source_Updated__c": told(account)["Source_Updated__c"],
    }  # fmt: skip
    assert planned["Lease_Account__c", "LW00000004"]["action"] == "create"
    assert told(planned["Lease_Account__c", "LW00000003"])["Left_Source_Date__c"] == (None, "2026-03-03")
    assert planned["Case", "LW00000002-D001"]["action"] == "create"

    run = run_by(world_on_both, file)

    assert (run.state, run.error) == ("succeeded", "")
    head, digest = read_plan(file)
    assert (run.summary["plan"]["id"], run.summary["plan"]["made_by"], len(digest)) == (head.id, "ada", 64)
    after = org.everything()
    assert written(before, after) == set(planned)
    for (name, key), change in planned.items():
        for field, (_, value) in told(change).items():
            assert same(after[name][key].get(field), value), (name, key, field)
    assert world_on_both.waiting() == []
    assert world_on_both.run().summary["deliveries"] == []


def written(before: Json, after: Json) -> set[tuple[str, str]]:
    return {(name, key) for name, rows in after.items() for key, row in rows.items() if before[name].get(key) != row}


def same(shown: Any, planned: Any) -> bool:
    """Compare a value of the org with a planned one, which is text; references have another name there."""
    if shown is None or planned is None or isinstance(planned, bool):
        return True
    if isinstance(shown, float):
        return shown == float(planned)
    return str(planned)[:10] == str(shown)[:10]


def test_a_plan_is_refused_when_its_delivery_was_taken_by_another_run(
    world_on_both: World, second_day: PaperBook, org: ServedOrg, tmp_path: Path
) -> None:
    file = plan(world_on_both, tmp_path / "plan.json")
    assert world_on_both.run().state == "succeeded"

    assert_refused(world_on_both, org, file, "does not wait any more")


def test_a_plan_is_refused_when_another_delivery_stands_in_front(
    world_on_both: World, second_day: PaperBook, org: ServedOrg, tmp_path: Path
) -> None:
    file = plan(world_on_both, tmp_path / "plan.json")
    second_day.next_day(-1)
    second_day.deliver(sequence=2)

    assert_refused(world_on_both, org, file, "delivery LW-20260302-002 stands before LW-20260303-001")


def test_a_delivery_that_comes_behind_the_planned_one_waits(world: World, org: ServedOrg, tmp_path: Path) -> None:
    book = small_book(world)
    first = book.deliver()
    file = plan(world, tmp_path / "plan.json")
    book.account(1, LATE_FEES="9.00")
    book.deliver(sequence=2)

    assert run_by(world, file).state == "succeeded"

    assert org.record("Lease_Account__c", "LW00000001")["Late_Fees__c"] == 0.0
    assert world.waiting() == [next_sequence(first, 2)]


def test_a_plan_is_refused_when_the_delivery_has_another_content(
    world_on_both: World, second_day: PaperBook, org: ServedOrg, tmp_path: Path
) -> None:
    file = plan(world_on_both, tmp_path / "plan.json")
    folder = world_on_both.files / "outbound" / "LW-20260303-001"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    second_day.account(1, LATE_FEES="61.51")
    second_day.deliver()

    assert_refused(world_on_both, org, file, "LW-20260303-001 has another content")


def test_a_plan_is_refused_when_something_else_was_queued(world_on_both: World, org: ServedOrg, tmp_path: Path) -> None:
    book = small_book(world_on_both)
    book.payment(1, "500.00", date(2026, 3, 1), ACCT_NO="LW00000009")
    book.deliver()
    assert world_on_both.run().state == "incomplete"
    file = plan(world_on_both, tmp_path / "plan.json")
    (letter,) = world_on_both.letters()
    world_on_both.replay().replay([letter.id])

    assert_refused(world_on_both, org, file, "what waits to be sent and which failures are open changed")


def test_a_plan_is_refused_when_the_settings_lead_to_other_changes(
    open_world: OpenWorld, org: ServedOrg, tmp_path: Path
) -> None:
    world = open_world()
    book = small_book(world)
    book.account(1, STATUS="X")
    book.deliver()
    file = plan(world, tmp_path / "plan.json")
    folder = {"surface": "folder", "folder": {"path": world.files}}
    codes = {"layout": {"accounts": {"codes": {"status": {"A": "Active", "X": "Charged Off"}}}}}

    assert_refused(open_world(leaseworks=folder | codes), org, file, "the same deliveries now lead to other changes")


def test_a_plan_of_another_database_is_refused(open_world: OpenWorld, org: ServedOrg, tmp_path: Path) -> None:
    world = open_world()
    small_book(world).deliver()
    file = plan(world, tmp_path / "plan.json")

    assert_refused(open_world("elsewhere", files=world.files), org, file, "was made for another database")


def assert_refused(world: World, org: ServedOrg, file: Path, said: str) -> None:
    """Run by a plan that must not be carried out, and see that nothing happened."""
    waiting, held = world.waiting(), org.everything()
    run = run_by(world, file)
    assert run.state == "stopped"
    assert said in run.error
    assert (world.waiting(), org.everything()) == (waiting, held)


TAMPERED: dict[str, Callable[[str], str]] = {
    "a value": lambda text: text.replace('"61.50"', '"16.50"'),
    "a line too many": lambda text: text.replace('"changes": [\n', '"changes": [\n {"action": "delete"},\n'),
    "cut short": lambda text: text[:-40],
    "something behind": lambda text: f"{text}\n",
    "the head": lambda text: text.replace('"made_by": "ada"', '"made_by": "eve"'),
    "something else": lambda _: '{"hello": 1}',
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_plan_that_was_changed_is_refused(world: World, book: PaperBook, tmp_path: Path, kind: str) -> None:
    book.account(1, LATE_FEES="61.50")
    book.deliver()
    file = plan(world, tmp_path / "plan.json")
    text = file.read_text()
    file.write_text(TAMPERED[kind](text))
    assert file.read_text() != text

    with pytest.raises(PlanRefused):
        read_plan(file)


def test_a_forged_plan_with_right_hashes_is_refused_by_the_run(
    world: World, book: PaperBook, org: ServedOrg, tmp_path: Path
) -> None:
    book.account(1, LATE_FEES="61.50")
    book.deliver()
    file = plan(world, tmp_path / "plan.json")
    head, _ = read_plan(file)

    run = world.run(plan=head.as_json() | {"digest": "0" * 64})

    assert (run.state, "lead to other changes" in run.error) == ("stopped", True)
    assert org.everything()["Lease_Account__c"] == {}


def test_a_file_is_readable_by_its_owner_alone_and_a_masked_one_names_nobody_and_cannot_be_run(
    world: World, book: PaperBook, tmp_path: Path
) -> None:
    book.note(1, "Call Jim.")
    book.deliver()
    full, masked = plan(world, tmp_path / "full.json"), plan(world, tmp_path / "masked.json", masked=True)

    assert {path.stat().st_mode & 0o777 for path in (full, masked)} == {0o600}
    for canary in ("Acme Haulage", "555-0100", "office@acme", "Dock Road", "Call Jim", "JDOE"):
        assert canary in full.read_text()
        assert canary not in masked.read_text()
    with pytest.raises(PlanRefused, match="masked"):
        read_plan(masked)
    assert not list(tmp_path.glob(".*"))


HOSTILE = (
    "=cmd|' /C calc'!A1", "@SUM(1+1)", "+1+1", "-2+3", "\t=1", "\r=1", "\uff1d1", "|x", "<script>alert(1)</script>",
)  # fmt: skip


def test_neither_spreadsheet_nor_browser_executes_what_a_plan_shows(world: World, tmp_path: Path) -> None:
    book = small_book(world)
    for number, text in enumerate(HOSTILE, 10):
        book.lessee(number, SHORT_NAME=text.strip(), STREET=text)
    book.deliver()

    page = plan(world, tmp_path / "plan.html").read_text()
    table = plan(world, tmp_path / "plan.csv").read_bytes().decode("utf-8-sig")

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "")
    cells = [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
    assert "'=cmd|' /C calc'!A1" in cells
    assert [cell for cell in cells if cell[:1] in tuple("=+-@|\t\r\uff1d")] == []
    assert any("begins with an apostrophe" in cell for cell in cells)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("-5.00", "-5.00"), (-3, "-3"), ("-5.00+1", "'-5.00+1"), (" =1", "' =1"), (None, ""), (True, "true"), ("a", "a")],
)
def test_numbers_stay_numbers_in_a_spreadsheet(value: object, shown: str) -> None:
    assert safe(value) == shown


def test_what_waited_before_shows_that_its_former_values_are_not_known() -> None:
    change = PlannedChange("Account", "1", "change", "", (PlannedField("Name", None, "A", known=False),))
    assert change.as_json()["fields"] == [{"field": "Name", "before": None, "after": "A", "before_known": False}]


def test_two_deliveries_of_one_plan_are_sent_as_one(world_on_both: World, org: ServedOrg, tmp_path: Path) -> None:
    book = small_book(world_on_both)
    book.deliver()
    assert world_on_both.run().state == "succeeded"
    for fees in ("5.00", "7.00"):
        book.next_day()
        book.account(1, LATE_FEES=fees)
        book.deliver()
    org.forget_counts()

    file = plan(world_on_both, tmp_path / "plan.json")

    assert told(changes(file)["Lease_Account__c", "LW00000001"])["Late_Fees__c"] == ("0.00", "7.00")
    assert run_by(world_on_both, file).state == "succeeded"
    assert org.sent() == len(changes(file))
    assert org.record("Lease_Account__c", "LW00000001")["Late_Fees__c"] == 7.0


def test_every_change_shows_its_former_values_however_small_the_sample_of_a_run_is(
    open_world: OpenWorld, hub_url: str, tmp_path: Path
) -> None:
    world = open_world(url=hub_url, sync={"sample": 0})
    book = small_book(world)
    book.account(2)
    book.deliver()
    assert world.run().state == "succeeded"
    for fees in ("5.00", "7.00"):
        book.next_day()
        book.account(1, LATE_FEES=fees)
        book.account(2, LATE_FEES=fees, COLLECTOR="")
        book.deliver()

    planned = changes(plan(world, tmp_path / "plan.json"))

    assert told(planned["Lease_Account__c", "LW00000001"])["Late_Fees__c"] == ("0.00", "7.00")
    assert told(planned["Lease_Account__c", "LW00000002"])["Collector__c"] == ("JDOE", None)
    assert "Region__c" not in told(planned["Lease_Account__c", "LW00000002"])


def test_of_what_waited_before_the_plan_says_that_former_values_are_not_known(
    world: World, book: PaperBook, org: ServedOrg, tmp_path: Path
) -> None:
    book.payment(1, "500.00", date(2026, 3, 1), ACCT_NO="LW00000009")
    book.deliver()
    world.run()
    (letter,) = world.letters()
    world.replay().replay([letter.id])

    file = plan(world, tmp_path / "plan.json")

    fields = {each["field"]: each for each in changes(file)["Payment__c", "P1"]["fields"]}
    assert (fields["Amount__c"]["after"], fields["Amount__c"]["before_known"]) == ("500.00", False)
    assert run_by(world, file).state == "incomplete"
