"""Big files are taken in parts, on any machine, and come out as if they had been taken whole on one."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawbar.jobs.inbound import brought_here, look_out
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.feeds import Feeds
from tests.faults.checker import Checker
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.world import ServedOrg


@pytest.mark.spec("P25")
def test_days_that_are_taken_in_parts_leave_source_hub_and_org_in_agreement(
    open_world: OpenWorld, hub_url: str, org: ServedOrg, days: list[Path]
) -> None:
    world = open_world(url=hub_url, sync={"split_above": 50})
    for day in days[:3]:
        world.deliver(day)

    run = world.run()

    assert run.state == "succeeded"
    assert Checker(world.hub, org, days[:3]).disagreements() == []
    taken = run.summary["deliveries"][0]["entities"]["accounts"]
    assert taken["rows"] == taken["created"] == 120
    assert world.run().summary["deliveries"] == []


def test_a_file_that_lost_too_much_is_refused_although_no_part_alone_can_tell(
    open_world: OpenWorld, org: ServedOrg
) -> None:
    world = open_world(sync={"split_above": 5, "shrink_floor": 0})
    book = small_book(world)
    for number in range(1, 21):
        book.vehicle(number)
    book.deliver()
    assert world.run().state == "succeeded"
    sent = org.sent()
    book.next_day()
    for number in range(1, 9):
        book.remove("vehicles", f"VH{number:08d}")
    book.deliver()

    run = world.run()

    assert run.state == "stopped"
    assert "8 of the 20 known keys (40.0 %) are gone" in run.error
    assert org.sent() == sent
    with reading(world.hub.engine) as connection:
        assert len(Feeds(connection).load("leaseworks.vehicles").index) == 20


def test_a_machine_that_did_not_take_the_day_before_learns_from_the_archive_what_has_gone(
    open_world: OpenWorld, org: ServedOrg, postgres_hub_url: str
) -> None:
    book = small_book(open_world("one machine", url=postgres_hub_url))
    for number in range(1, 10):
        book.vehicle(number)
    book.deliver()
    assert open_world("one machine", url=postgres_hub_url).run().state == "succeeded"
    book.next_day()
    book.remove("vehicles", "VH00000003")
    book.deliver()

    assert open_world("another machine", url=postgres_hub_url).run().state == "succeeded"

    left = {key for key, row in org.records("Vehicle__c").items() if row["Left_Source_Date__c"]}
    assert left == {"VH00000003"}


def test_what_a_process_that_died_fetched_by_half_is_not_taken_for_the_delivery(
    open_world: OpenWorld, days: list[Path]
) -> None:
    world = open_world()
    delivered = world.deliver(days[0])
    (waiting,) = look_out(world.hub, world.clock()).ready
    begun = world.hub.deliveries_folder / waiting.name
    begun.mkdir(parents=True)
    (begun / "accounts.csv").write_bytes((delivered / "accounts.csv").read_bytes().replace(b"LW0", b"LX0"))

    inbound = brought_here(world.hub, waiting)

    assert {"lessees", "accounts", "vehicles"} <= set(inbound.entities)
    assert next(iter(inbound.source("accounts").batches())).keys[0].startswith(b"LW0")
