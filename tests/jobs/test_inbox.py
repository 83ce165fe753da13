"""What others send to the hub is handled once, brings its record into step, and is replayed like any failure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from drawbar.jobs.hub import TARGET
from drawbar.jobs.inbox import INBOX_JOB
from drawbar.jobs.reconcile import RECONCILED
from drawbar.jobs.replay import AS_SENT
from drawbar.jobs.serving import InboxRuns
from drawbar.jobs.sync_requests import RECORD_CHANGED, SyncRequestHandler
from drawbar.middleware.database.engine import reading
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.server.sync_requests import KIND, SyncRequest, SyncRequests
from drawbar.middleware.sync.inbox import Inbox, Message, Stored
from drawbar.middleware.sync.inbox_handling import Handling
from drawbar.middleware.sync.inbox_writer import InboxWriter
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.runs import Run, Runs
from drawbar.middleware.sync.tables import feed
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import ServedOrg, World

ACCOUNT = ("Lease_Account__c", "LW00000001")


@pytest.fixture
def delivered(world: World, book: PaperBook) -> World:
    """A hub that has brought one lessee and one account into the org."""
    book.deliver()
    assert world.run().state == "succeeded"
    return world


def send(world: World, *messages: Message) -> list[str]:
    """Put messages into the inbox, and give their ids."""
    with world.hub.engine.begin() as connection:
        stored = Inbox(connection).store(messages, world.clock())
    return [each.id for each in stored if isinstance(each, Stored)]


def asked(object_name: str, key: str, message_id: str = "m1") -> Message:
    return SyncRequest(object=object_name, key=key).message("yard", message_id)


def told(world: World, message_id: str, kind: str = KIND) -> tuple[str, Mapping[str, Any], str]:
    with reading(world.hub.engine) as connection:
        entry = Inbox(connection).get(message_id, sender="yard", kind=kind)
    return entry.state, entry.answer, entry.error


def handled(world: World) -> Run:
    """Handle the inbox, and do the runs that follow."""
    run = world.run(INBOX_JOB)
    for job in list(world.submitted.values()):
        world.run(job)
    world.submitted.clear()
    return run


def test_a_record_that_somebody_asks_for_stands_as_the_hub_knows_it(delivered: World, org: ServedOrg) -> None:
    before = org.record(*ACCOUNT)["Net_Outstanding__c"]
    writer = InboxWriter(delivered.hub.engine, delivered.clock)
    requests = SyncRequests(delivered.hub.engine, TARGET, RECONCILED, writer)
    named = {"object": ACCOUNT[0], "key": ACCOUNT[1], "by": "ada"}
    event = {"type": "record.changed", "timestamp": "2026-03-02T06:00:00Z", "data": named}

    for message in (asked(*ACCOUNT), Message("yard", "m2", RECORD_CHANGED, json.dumps(event).encode())):
        org.change(*ACCOUNT, Net_Outstanding__c=1)
        (sent,) = send(delivered, message)
        run = handled(delivered)

        assert org.record(*ACCOUNT)["Net_Outstanding__c"] == before
        assert (run.state, run.summary["messages"]) == ("succeeded", {"handled": 1, "put_off": 0, "failed": 0})
        assert told(delivered, sent, message.kind) == ("handled", {"queued": " ".join(ACCOUNT)}, "")
        if message.kind == KIND:
            assert requests.progress(sent, "yard").state == "delivered"


@pytest.mark.fault(24)
def test_what_somebody_asked_for_never_goes_over_what_is_newer(
    delivered: World, org: ServedOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, meanwhile = SyncRequestHandler._found, iter([1])

    def learning(self: SyncRequestHandler, request: SyncRequest, handling: Handling) -> Any:
        wanted = found(self, request, handling)
        if next(meanwhile, 0):
            with delivered.hub.engine.begin() as connection:
                connection.execute(update(feed).values(updated_at=delivered.clock()))
        return wanted

    newer = TargetRecord(*ACCOUNT, {"Net_Outstanding__c": Decimal("5.00")})
    with delivered.hub.engine.begin() as connection:
        change = Change(newer, creates=False, why="newer")
        Outbox(connection, TARGET).put([change], run_id="newer", now=delivered.clock())
    monkeypatch.setattr(SyncRequestHandler, "_found", learning)
    send(delivered, asked(*ACCOUNT))

    assert handled(delivered).summary["messages"] == {"handled": 1, "put_off": 1, "failed": 0}

    assert org.record(*ACCOUNT)["Net_Outstanding__c"] == 5


HOPELESS = {
    "m1": (asked("Lease_Account__c", "LW00000002", "m1"), "UNKNOWN_RECORD"),
    "m2": (asked("Payment__c", "P1", "m2"), "UNKNOWN_RECORD"),
    "m3": (asked("Case", "1", "m3"), "NOT_KEPT"),
    "m4": (asked("Acount", "1", "m4"), "UNKNOWN_OBJECT"),
    "m5": (Message("yard", "m5", RECORD_CHANGED, b'{"type": "record.gone", "data": {}}'), "NOT_UNDERSTOOD"),
    "m6": (Message("yard", "m6", "unheard.of", b""), "NO_HANDLER"),
}
"""Messages that cannot be handled, and why."""


@pytest.mark.spec("P30")
def test_what_cannot_be_brought_into_step_becomes_a_failure_and_is_replayed_once_its_cause_is_mended(
    delivered: World, book: PaperBook, org: ServedOrg
) -> None:
    sent, *_ = send(delivered, *(message for message, _ in HOPELESS.values()))

    assert handled(delivered).state == "incomplete"

    letters = {each.failure.key.removeprefix("yard "): each for each in delivered.letters()}
    assert {key: each.failure.code for key, each in letters.items()} == {
        key: code for key, (_, code) in HOPELESS.items()
    }
    assert all(each.failure.kind == "message" and each.failure.remedy for each in letters.values())
    assert "sync-request:yard m1" in org.records("Sync_Error__c")

    book.account(2)
    book.deliver(sequence=2)
    delivered.run()
    first, second = (delivered.replay().replay([letters["m1"].id])[0] for _ in range(2))
    handled(delivered)

    assert (first.queued, first.used, first.job) == (True, AS_SENT, INBOX_JOB)
    assert (second.queued, second.reason) == (False, "is replayed already")
    assert told(delivered, sent)[0] == "handled"
    assert "sync-request:yard m1" not in org.records("Sync_Error__c")


class Waiting:
    """A queue of runs that nobody works on."""

    def __init__(self) -> None:
        self.submitted: list[tuple[str, str]] = []

    def submit(self, run_id: str, job: str, _parameters: Mapping[str, Any]) -> None:
        self.submitted.append((run_id, job))

    def close(self) -> None:
        """Nothing is open."""


def test_messages_that_wait_get_one_run_that_is_queued_and_another_once_that_has_begun(world: World) -> None:
    queue = Waiting()

    def looked() -> None:
        runs = InboxRuns(world.hub, queue)
        runs.start()
        runs.close()

    looked()
    assert queue.submitted == []
    send(world, asked(*ACCOUNT))
    looked()
    send(world, asked(*ACCOUNT, "m2"))
    looked()
    assert len(set(queue.submitted)) == 1
    ((run_id, job),) = set(queue.submitted)
    assert job == INBOX_JOB

    with world.hub.engine.begin() as connection:
        Runs(connection).start(run_id, world.clock())
    looked()
    assert len(set(queue.submitted)) == 2
