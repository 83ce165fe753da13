"""What Salesforce tells of a changed record brings that record into step, as the org and the hub know it by then."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from drawbar.connectors.salesforce.outbound_message import KIND
from drawbar.connectors.salesforce.settings import SYSTEM
from drawbar.jobs.inbox import INBOX_JOB
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.inbox import Inbox, InboxEntry, Message, Stored
from tests.jobs.conftest import MONDAY
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import ServedOrg, World

ACCOUNT = ("Lease_Account__c", "LW00000001")


@pytest.fixture
def delivered(world: World, book: PaperBook) -> World:
    """A hub that has brought one lessee and one account into the org."""
    book.deliver()
    assert world.run().state == "succeeded"
    return world


def notified(world: World, object_name: str, record_id: str, number: str = "04l1") -> InboxEntry:
    """Let Salesforce notify of a record; gives what became of it, once all that follows is done."""
    body = json.dumps({"object": object_name, "id": record_id}).encode()
    with world.hub.engine.begin() as connection:
        (stored,) = Inbox(connection).store([Message(SYSTEM, number, KIND, body)], world.clock())
    assert isinstance(stored, Stored)
    world.run(INBOX_JOB)
    for job in list(world.submitted.values()):
        world.run(job)
    with reading(world.hub.engine) as connection:
        return Inbox(connection).get(stored.id, sender=SYSTEM, kind=KIND)


def test_a_record_that_a_person_changed_is_looked_up_and_brought_into_step(delivered: World, org: ServedOrg) -> None:
    before = org.record(*ACCOUNT)
    org.change(*ACCOUNT, Net_Outstanding__c=1)

    entry = notified(delivered, ACCOUNT[0], before["Id"])

    assert (entry.state, entry.answer) == ("handled", {"queued": "Lease_Account__c LW00000001"})
    assert org.record(*ACCOUNT)["Net_Outstanding__c"] == before["Net_Outstanding__c"]


@pytest.mark.spec("P27")
def test_what_people_may_change_stays_when_their_change_is_told(world: World, book: PaperBook, org: ServedOrg) -> None:
    book.behind(1, MONDAY - timedelta(days=45))
    book.deliver()
    world.run()
    (key, case), *_ = org.records("Case").items()
    assert case["Status"] != "Working"
    org.change("Case", key, Status="Working", Past_Due_Amount__c=1)

    entry = notified(world, "Case", case["Id"])

    after = org.record("Case", key)
    assert (entry.state, after["Status"]) == ("handled", "Working")
    assert after["Past_Due_Amount__c"] == case["Past_Due_Amount__c"]


def test_a_record_that_is_gone_is_passed_over_and_an_unknown_object_refused_by_name(delivered: World) -> None:
    gone = notified(delivered, ACCOUNT[0], "a01000000000000AAA")
    unknown = notified(delivered, "Contact", "003000000000000AAA", "04l2")
    nothing = notified(delivered, "", "x", "04l3")

    assert gone.state == "handled"
    assert gone.answer == {"passed_over": "Lease_Account__c a01000000000000AAA is gone, or not the hub's"}
    assert unknown.state == nothing.state == "failed"
    assert "Contact is no object that the hub keeps in step" in unknown.error
    assert {each.failure.code for each in delivered.letters(place="inbox")} == {"UNKNOWN_OBJECT", "NOT_UNDERSTOOD"}
