"""What a run and `drawbar show account` tell of a change is what really changed, with what stood there before."""

from __future__ import annotations

from typing import Any

import pytest

from drawbar.jobs.rehearsal import rehearse
from drawbar.jobs.story import account_story
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.world import World

Json = dict[str, Any]
BOOKKEEPING = {"Last_Synced__c", "Source_Updated__c", "Assessed_Date__c"}


def told(changes: list[Json]) -> dict[str, tuple[object, object]]:
    """Give old and new by field, without the fields that only say when."""
    assert [each for each in changes if "before_known" in each] == []
    return {each["field"]: (each["before"], each["after"]) for each in changes if each["field"] not in BOOKKEEPING}


def story(world: World, number: str) -> Json:
    return account_story(world.hub, number, world.clock(), ask_salesforce=False)


@pytest.mark.spec("P25", "P30")
def test_the_story_of_every_account_tells_what_changed_and_nothing_else(open_world: OpenWorld, hub_url: str) -> None:
    world = open_world(url=hub_url, sync={"sample": 0})
    book = small_book(world)
    book.account(2)
    book.deliver()
    world.run()
    for fees in ("5.00", "7.00"):
        book.next_day()
        book.account(1, LATE_FEES=fees)
        book.account(2, LATE_FEES=fees, COLLECTOR="")
        book.deliver()
        world.run()

    _, first, second = story(world, "LW00000002")["deliveries"]

    assert told(first["changes"]) == {"Late_Fees__c": ("0.00", "5.00"), "Collector__c": ("JDOE", None)}
    assert told(second["changes"]) == {"Late_Fees__c": ("5.00", "7.00")}


@pytest.mark.spec("P25")
def test_a_rehearsal_says_what_is_refused_and_tells_former_values_of_the_others(open_world: OpenWorld) -> None:
    world = open_world(sync={"sample": 1})
    book = small_book(world)
    book.account(2)
    book.deliver()
    world.run()
    book.next_day()
    book.account(1, STATUS="Z")
    book.account(2, LATE_FEES="61.50")
    book.deliver()

    rehearsed = rehearse(world.hub, "rehearsal", accept_shrink=False, progress=lambda _phase, _done, _total: None)
    (delivery,) = world.run().summary["deliveries"]

    (refused,) = rehearsed["refusals"]
    assert (refused["key"], refused["row_number"], refused["code"]) == ("LW00000001", 1, "UNKNOWN_CODE")
    assert refused["message"]
    assert refused["remedy"]
    for samples in (rehearsed["samples"], delivery["samples"]):
        (example,) = (each for each in samples if each["object"] == "Lease_Account__c")
        assert (example["key"], told(example["fields"])) == ("LW00000002", {"Late_Fees__c": ("0.00", "61.50")})


def test_left_are_the_records_that_the_delivery_holds_unchanged_whatever_has_gone(open_world: OpenWorld) -> None:
    world = open_world()
    book = small_book(world)
    for number in (2, 3, 4):
        book.account(number)
    book.deliver()
    world.run()
    book.next_day()
    book.account(1, LATE_FEES="61.50")
    book.remove("accounts", "LW00000003")
    book.remove("accounts", "LW00000004")
    book.deliver()

    (delivery,) = world.run().summary["deliveries"]

    counts = delivery["objects"]["Lease_Account__c"]
    assert (counts["changed"], counts["left"]) == (3, 1)


def test_what_waits_is_told_with_what_stands_in_salesforce_now(open_world: OpenWorld) -> None:
    world = open_world(sync={"sample": 0})
    book = small_book(world)
    book.deliver()
    world.run()
    book.next_day()
    book.account(1, LATE_FEES="61.50")
    book.deliver()
    world.org.local.meter.daily_limit = 0
    assert world.run().state == "paused"

    (waiting,) = story(world, "LW00000001")["waiting"]

    assert told(waiting["changes"]) == {"Late_Fees__c": ("0.00", "61.50")}
