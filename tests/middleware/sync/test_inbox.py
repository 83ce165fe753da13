from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere, RecordRejected, RetryLater
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.inbox import Conflict, Inbox, InboxEntry, Message, Stored
from drawbar.middleware.sync.inbox_handling import Effect, Handled, Handlers, Handling, InboxHandling
from drawbar.middleware.sync.inbox_writer import InboxUnavailable, InboxWriter, ProofLapsed
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import inbox_message, outbox
from tests.middleware.sync.conftest import PlainReporter

Handle = Callable[..., Handled]


def message(number: int = 1, body: bytes = b"{}", *, sender: str = "yard", kind: str = "vehicle.seen") -> Message:
    return Message(sender, f"m{number}", kind, body)


@contextmanager
def writing(hub: Engine, now: datetime, stored: Callable[[], None] = lambda: None) -> Iterator[InboxWriter]:
    writer = InboxWriter(hub, lambda: now, stored)
    writer.start()
    try:
        yield writer
    finally:
        writer.close()


@pytest.fixture
def writer(hub: Engine, now: datetime) -> Iterator[InboxWriter]:
    with writing(hub, now) as writer:
        yield writer


@pytest.fixture
def handle(hub: Engine, now: datetime) -> Handle:
    """Give a function that handles what is due, so many seconds after the messages came."""

    def handle(handlers: Handlers, *, after: float = 0, max_attempts: int = 3) -> Handled:
        handling = InboxHandling(
            engine=hub, handlers=handlers, target="salesforce", reporter=PlainReporter(), max_attempts=max_attempts,
            run_id="inbox-1", clock=lambda: now + timedelta(seconds=after),
        )  # fmt: skip
        return handling.handle_due()

    return handle


def count(hub: Engine, table: Any) -> int:
    with hub.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def entry(hub: Engine, stored: Stored, sender: str = "yard", kind: str = "vehicle.seen") -> InboxEntry:
    with reading(hub) as connection:
        return Inbox(connection).get(stored.id, sender=sender, kind=kind)


def notes_vehicle(found: InboxEntry, handling: Handling) -> Effect:
    """Handle a message by one change of a vehicle, which is named by the message's body."""

    def effect(connection: Connection) -> dict[str, Any]:
        record = TargetRecord("Vehicle", found.message.body.decode(), {"Seen": handling.now})
        change = Change(record, creates=False, why=f"message {found.id}")
        Outbox(connection, "salesforce").put([change], run_id=handling.run_id, now=handling.now)
        return {"vehicle": record.key}

    return effect


def test_a_message_is_stored_as_it_was_sent(hub: Engine, writer: InboxWriter, now: datetime) -> None:
    sent = message(body=b"\x00\xff raw")

    stored = writer.store(sent)

    found = entry(hub, stored)
    assert (found.message, found.state, found.received_at, stored.duplicate) == (sent, "waiting", now, False)


def test_the_same_message_again_is_the_one_that_is_there(hub: Engine, writer: InboxWriter) -> None:
    first = writer.store(message())
    again = writer.store(message())

    assert again == Stored(first.id, True, first.received_at)
    assert count(hub, inbox_message) == 1


@pytest.mark.parametrize("other", [message(body=b"[]"), message(kind="vehicle.sold")], ids=["body", "kind"])
def test_another_message_under_the_same_id_is_refused(hub: Engine, writer: InboxWriter, other: Message) -> None:
    writer.store(message())

    with pytest.raises(Conflict, match="message m1: another message was sent under this id before"):
        writer.store(other)

    assert count(hub, inbox_message) == 1


def test_senders_do_not_share_their_ids(hub: Engine, writer: InboxWriter) -> None:
    mine, theirs = writer.store(message()), writer.store(message(sender="bank", body=b"[]"))

    assert entry(hub, theirs, "bank").message.body == b"[]"
    with pytest.raises(NotThere):
        entry(hub, mine, "bank")


@pytest.mark.parametrize("name", ["", "x" * 201, "line\nbreak", "nul\0"])
def test_an_id_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(RecordRejected, match="message, field message_id: must be 1 to 200 printable characters"):
        Message("yard", name, "vehicle.seen", b"")


@pytest.mark.fault(23)
def test_a_message_that_comes_a_thousand_times_at_once_has_one_effect(
    hub: Engine, now: datetime, handle: Handle
) -> None:
    with writing(hub, now) as one, writing(hub, now) as other, ThreadPoolExecutor(16) as threads:
        writers = [one, other] * 500
        stored = list(threads.map(lambda writer: writer.store(message(body=b"V1")), writers))
        clashing = threads.submit(other.store, message(body=b"V2"))

    assert len({each.id for each in stored}) == 1
    assert sum(not each.duplicate for each in stored) == 1
    assert isinstance(clashing.exception(), Conflict)
    with ThreadPoolExecutor(4) as threads:
        done = [each.result() for each in [threads.submit(handle, {"vehicle.seen": notes_vehicle}) for _ in range(4)]]
    assert sum(each.handled for each in done) == 1
    assert count(hub, outbox) == 1


def test_what_comes_while_others_are_stored_shares_one_transaction(hub: Engine, now: datetime) -> None:
    commits: list[int] = []
    writer = InboxWriter(hub, lambda: now, lambda: commits.append(1))
    pending = [writer.submit(message(number)) for number in range(150)]

    writer.start()
    writer.close()

    assert {each.result().duplicate for each in pending} == {False}
    assert len(commits) == 1


def test_a_message_twice_in_one_transaction_is_one_and_another_under_its_id_is_refused(
    hub: Engine, now: datetime
) -> None:
    writer = InboxWriter(hub, lambda: now)
    pending = [writer.submit(message(body=body)) for body in (b"V1", b"V1", b"V2")]

    writer.start()
    writer.close()

    first, again = pending[0].result(), pending[1].result()
    assert (first.duplicate, again.duplicate, first.id) == (False, True, again.id)
    assert isinstance(pending[2].exception(), Conflict)
    assert count(hub, inbox_message) == 1


def test_only_what_is_proven_when_it_is_stored_is_stored(hub: Engine, now: datetime) -> None:
    looks: list[set[object]] = []

    def lapsed(_connection: Connection, proofs: Collection[Hashable], _now: datetime) -> set[Hashable]:
        looks.append(set(proofs))
        return {each for each in proofs if each == "revoked"}

    writer = InboxWriter(hub, lambda: now, lapsed=lapsed)
    pending = [writer.submit(message(number), proof) for number, proof in enumerate(["good", "revoked", None, "good"])]
    writer.start()
    writer.close()

    assert [type(each.exception()) for each in pending] == [type(None), ProofLapsed, type(None), type(None)]
    assert (looks, count(hub, inbox_message)) == ([{"good", "revoked"}], 3)


def test_a_sender_that_gave_up_before_its_message_was_stored_is_not_answered(hub: Engine, now: datetime) -> None:
    writer = InboxWriter(hub, lambda: now)
    gone, waits = writer.submit(message(1)), writer.submit(message(2))
    gone.cancel()

    writer.start()
    writer.close()

    assert not waits.result().duplicate
    assert count(hub, inbox_message) == 1


def test_messages_that_nothing_can_store_are_refused_and_not_acknowledged(hub: Engine, now: datetime) -> None:
    inbox_message.drop(hub)
    with writing(hub, now) as writer:
        with pytest.raises(InboxUnavailable, match=r"could not be stored\. Send it again"):
            writer.store(message())
        inbox_message.create(hub)
        assert not writer.store(message()).duplicate


def test_a_handled_message_keeps_its_answer_and_is_not_handled_again(
    hub: Engine, writer: InboxWriter, handle: Handle
) -> None:
    stored = writer.store(message(body=b"V1"))

    assert handle({"vehicle.seen": notes_vehicle}) == Handled(handled=1)
    assert handle({"vehicle.seen": notes_vehicle}, after=60) == Handled()

    found = entry(hub, stored)
    assert (found.state, found.answer, found.attempts) == ("handled", {"vehicle": "V1"}, 1)


def test_what_a_handler_refuses_becomes_a_failure_without_an_effect_and_the_others_go_on(
    hub: Engine, writer: InboxWriter, handle: Handle
) -> None:
    bad, good = writer.store(message(1, b"V1")), writer.store(message(2, b"V2"))

    def handler(found: InboxEntry, handling: Handling) -> Effect:
        def effect(connection: Connection) -> dict[str, Any]:
            answer = notes_vehicle(found, handling)(connection)
            if found.id == bad.id:
                raise RecordRejected("is not ours", field="vehicle", remedy="Ask the yard.", code="STRANGER")
            return answer

        return effect

    assert handle({"vehicle.seen": handler}) == Handled(handled=1, failed=1)

    assert (entry(hub, bad).state, entry(hub, good).state) == ("failed", "handled")
    with hub.connect() as connection:
        (letter,) = DeadLetters(connection).find()
        keys = {(row.object, row.key) for row in connection.execute(select(outbox))}
    failure = letter.failure
    assert (failure.kind, failure.place, failure.key, failure.source) == ("message", "inbox", "yard m1", bad.id)
    assert (failure.code, failure.field, failure.payload) == ("STRANGER", "vehicle", "V1")
    assert keys == {("Vehicle", "V2"), ("Error", "vehicle.seen:yard m1")}


def test_a_passing_reason_puts_a_message_off_and_too_many_of_them_make_a_failure(
    hub: Engine, writer: InboxWriter, handle: Handle
) -> None:
    stored = writer.store(message())

    def away(_found: InboxEntry, _handling: Handling) -> Effect:
        raise RetryLater("the yard does not answer")

    assert handle({"vehicle.seen": away}) == Handled(put_off=1)
    assert handle({"vehicle.seen": away}, after=0.5) == Handled()
    assert handle({"vehicle.seen": away}, after=2) == Handled(put_off=1)
    assert handle({"vehicle.seen": away}, after=10) == Handled(failed=1)
    assert entry(hub, stored).error == "the yard does not answer"


@pytest.mark.fault(10)
def test_a_message_on_which_drawbar_breaks_off_is_put_aside_and_the_error_is_told_when_all_others_are_done(
    hub: Engine, writer: InboxWriter, handle: Handle
) -> None:
    bad, good = writer.store(message(1, b"\xff")), writer.store(message(2, b"V2"))

    with pytest.raises(UnicodeDecodeError):
        handle({"vehicle.seen": notes_vehicle})

    assert (entry(hub, bad).state, entry(hub, good).state) == ("failed", "handled")
    assert "UnicodeDecodeError" in entry(hub, bad).error


def test_a_message_of_a_kind_that_nothing_handles_is_kept_as_a_failure(writer: InboxWriter, handle: Handle) -> None:
    writer.store(message(kind="vehicle.sold"))

    assert handle({"vehicle.seen": notes_vehicle}) == Handled(failed=1)


def test_a_failed_message_that_is_put_back_is_handled(hub: Engine, writer: InboxWriter, handle: Handle) -> None:
    stored = writer.store(message(body=b"V1"))
    handle({})

    with hub.begin() as connection:
        Inbox(connection).put_back(stored.id, entry(hub, stored).received_at)

    assert handle({"vehicle.seen": notes_vehicle}) == Handled(handled=1)
    with pytest.raises(RecordRejected, match="not kept as a failed one"), hub.begin() as connection:
        Inbox(connection).put_back(stored.id, entry(hub, stored).received_at)


def test_what_was_handled_long_ago_is_forgotten_and_what_failed_is_not(
    hub: Engine, writer: InboxWriter, handle: Handle, now: datetime
) -> None:
    writer.store(message(1, b"V1"))
    writer.store(message(2, kind="vehicle.sold"))
    handle({"vehicle.seen": notes_vehicle})

    with hub.begin() as connection:
        assert Inbox(connection).forget_handled(now) == 0
        assert Inbox(connection).forget_handled(now + timedelta(days=1)) == 1
    assert count(hub, inbox_message) == 1
