"""Calls that fail, rows that are locked or refused, a disk that is full: what is left is explained or done later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drawbar.sandbox.faults import Fault
from drawbar.sandbox.schema import Schema, ValidationRule
from drawbar.sandbox.writing.writer import Writer
from tests.faults.checker import Checker
from tests.faults.conftest import LONG, Times
from tests.faults.worker_process import Work
from tests.faults.workers import Workers, eventually, finished
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.world import ServedOrg

LOST_ANSWERS = Fault(kind="reset-after", method="PATCH", probability=0.2, times=None, seed=12)
LOCKED_ROWS = Fault(kind="lock-row", share=0.05, times=None, seed=15)


@pytest.mark.fault(12, 15)
@pytest.mark.parametrize("bulk_above", [2_000, 50], ids=["by calls", "by bulk"])
@pytest.mark.parametrize("fault", [LOST_ANSWERS, LOCKED_ROWS], ids=["lost answers", "locked rows"])
def test_what_goes_wrong_again_and_again_converges(
    open_world: OpenWorld, org: ServedOrg, days: list[Path], fault: Fault, bulk_above: int
) -> None:
    world = open_world(sync={"bulk_above": bulk_above})
    org.local.faults.arm(fault)
    for folder in days[:2]:
        world.deliver(folder)

    assert world.run().state == "succeeded"

    assert int(str(org.local.faults.listed()[0]["fired"])) > 0
    assert Checker(world.hub, org, days[:2]).disagreements() == []


@pytest.fixture
def allow_pink(org: ServedOrg) -> Iterator[Callable[[], None]]:
    """Give the org a validation rule that an administrator has made, and give a function that takes it away."""
    schema, writer = org.local.org.schema, org.local.org._writer
    found = schema.get("Vehicle__c")
    assert found is not None
    rule = ValidationRule("No_Pink", 'Color__c = "Pink"', "No vehicle is pink.", "Color__c")
    stricter = Schema([*(each for each in schema if each is not found), replace(found, validation_rules=(rule,))])
    org.local.org.intercept(lambda _: Writer(stricter, clock=org.local.org.now))

    def allow() -> None:
        org.local.org.intercept(lambda _: writer)

    yield allow
    allow()


@pytest.mark.fault(10, 14)
def test_seven_rows_that_are_refused_hold_up_nobody_and_are_written_when_replayed(
    open_world: OpenWorld, org: ServedOrg, allow_pink: Callable[[], None], times: Times
) -> None:
    world = open_world(sync={"bulk_above": 100})
    book = small_book(world)
    total = times(500, 10_000)
    pink = {total * number // 7 for number in range(1, 8)}
    for number in range(1, total + 1):
        book.vehicle(number, COLOR="Pink" if number in pink else "White")
    folder = book.deliver()

    assert world.run().state == "incomplete"

    kept = world.settings.data_folder / "deliveries" / folder.name
    assert len(org.records("Vehicle__c")) == total - 7
    assert {letter.failure.key for letter in world.letters()} == {f"VH{number:08d}" for number in pink}
    assert Checker(world.hub, org, [kept]).disagreements() == []
    allow_pink()
    org.forget_counts()

    results = world.replay().replay([letter.id for letter in world.letters()])

    assert [each.queued for each in results] == [True] * 7
    assert world.run("deliver").state == "succeeded"
    assert org.sent() == 14  # seven vehicles, and the end of seven errors
    assert Checker(world.hub, org, [kept]).disagreements() == []


@pytest.mark.fault(6)
@pytest.mark.parametrize("kilobytes", [200, 400, 800] if LONG else [400])
def test_a_disk_that_is_full_ends_no_row_half_way_and_the_next_run_goes_on(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], kilobytes: int
) -> None:
    world = open_world(sync={"bulk_above": 50})
    world.deliver(days[0])
    full = workers.start(Work(world.settings, [("accounts-1", "accounts")], file_limit=kilobytes * 1024))
    log = world.settings.data_folder / "drawbar.db-wal"
    eventually(lambda: log.exists() and log.stat().st_size > (kilobytes - 16) * 1024, "a file that may not grow")
    full.join(2)  # while it tries again and again
    full.kill()
    full.join()

    assert finished(workers.start(Work(world.settings, [("accounts-1", "accounts")]))) == 0

    assert world.outcome("accounts-1").state == "succeeded"
    assert Checker(world.hub, org, days[:1]).disagreements() == []
