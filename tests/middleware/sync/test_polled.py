from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.polled import PolledFeed, PolledResult, PolledRun, Refused
from drawbar.middleware.sync.tables import outbox
from tests.middleware.sync.conftest import PlainReporter

Position = Mapping[str, object]


def _to_targets(position: Position, now: datetime) -> Iterator[TargetRecord]:
    if position["miles"] == "many":
        raise RecordRejected("miles is not a number", field="miles", remedy="Ask the vendor.", code="NOT_A_NUMBER")
    yield TargetRecord("Device", str(position["serial"]), {"Miles": position["miles"], "Read": now})  # type: ignore[dict-item]
    yield TargetRecord("Vehicle", str(position["vin"]), {"Odometer": position["miles"]})  # type: ignore[dict-item]


_FEED: PolledFeed[Position] = PolledFeed(
    "gps.positions",
    "Device",
    key_of=lambda each: str(each["serial"]),
    to_targets=_to_targets,
    own=frozenset({"Device"}),
)


class Reader:
    """Takes positions in, a transaction per chunk, and tells what waits for the target."""

    def __init__(self, hub: Engine, now: datetime) -> None:
        self._hub = hub
        self._now = now

    def take(self, answers: Iterable[Position | Refused], feed: PolledFeed[Position] = _FEED) -> PolledResult:
        with self._hub.connect() as connection:
            run = PolledRun(
                connection, "salesforce", {"Device": frozenset({"Read"})}, PlainReporter(), "run-1", self._now,
                connection.commit, lambda _done: None,
            )  # fmt: skip
            return run.take(feed, answers, source="the vendor", cursor=lambda: "page 7")

    def cursor(self) -> str:
        with self._hub.connect() as connection:
            run = PolledRun(
                connection, "salesforce", {}, PlainReporter(), "run-1", self._now, lambda: None, lambda _done: None
            )
            return run.cursor("gps.positions")

    def waiting(self) -> dict[tuple[str, str], tuple[bool, dict[str, object]]]:
        """Give what waits, record → whether it creates and which fields, and let it be delivered."""
        with self._hub.begin() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.operation == "upsert")).all()
            connection.execute(outbox.delete())
        return {(row.object, row.key): (row.creates, dict(decode(row.fields))) for row in rows}

    def open_failures(self) -> list[tuple[str, str, str]]:
        with self._hub.connect() as connection:
            letters = DeadLetters(connection).find()
        return [(each.failure.key, each.failure.code, each.failure.payload) for each in letters]


@pytest.fixture
def reader(hub: Engine, now: datetime) -> Reader:
    return Reader(hub, now)


def _position(serial: str = "S1", *, miles: object = 100) -> Position:
    return {"serial": serial, "vin": f"VIN-{serial}", "miles": miles}


def test_a_record_is_sent_the_first_time_and_then_only_what_differs(reader: Reader, now: datetime) -> None:
    assert reader.take([_position()]).created == 1
    first = reader.waiting()
    assert reader.take([_position()]).unchanged == 2
    assert reader.waiting() == {}
    result = reader.take([_position(miles=101)])

    assert first == {
        ("Device", "S1"): (True, {"Miles": 100, "Read": now}),
        ("Vehicle", "VIN-S1"): (False, {"Odometer": 100}),
    }
    assert (result.read, result.changed) == (1, 2)
    assert reader.waiting()["Vehicle", "VIN-S1"] == (False, {"Odometer": 101})


def test_of_two_answers_for_one_record_the_later_one_counts(reader: Reader) -> None:
    reader.take([_position(miles=100), _position(miles=101)])

    assert reader.waiting()["Vehicle", "VIN-S1"] == (False, {"Odometer": 101})


def test_a_record_that_cannot_be_understood_does_not_keep_the_others_out(reader: Reader) -> None:
    unreadable = Refused("S2", RecordRejected("no VIN", field="vin", code="NO_VIN"), b'{"serial": "S2"}')

    result = reader.take([unreadable, _position("S3", miles="many"), _position("S4")])

    assert (result.read, result.refused) == (3, 2)
    assert ("Device", "S4") in reader.waiting()
    assert [(key, code) for key, code, _payload in reader.open_failures()] == [("S2", "NO_VIN"), ("S3", "NOT_A_NUMBER")]
    assert reader.open_failures()[0][2] == '{"serial": "S2"}'


def test_a_failure_ends_when_the_record_comes_and_is_right(reader: Reader) -> None:
    reader.take([_position("S3", miles="many"), _position("S5", miles="many")])

    reader.take([_position("S3")])

    assert [key for key, _code, _payload in reader.open_failures()] == ["S5"]


def test_the_cursor_moves_only_when_everything_was_read(reader: Reader) -> None:
    def breaking() -> Iterator[Position]:
        yield from (_position(f"S{number}") for number in range(600))
        raise RetryLater("the vendor does not answer")

    with pytest.raises(RetryLater):
        reader.take(breaking())
    taken, reached = reader.waiting(), reader.cursor()
    reader.take([_position("S1")])

    assert len(taken) == 1_000
    assert reached == ""
    assert reader.cursor() == "page 7"


def test_the_rules_see_every_record_that_was_understood(reader: Reader) -> None:
    seen: list[object] = []
    watched = PolledFeed(
        "gps.positions", "Device", _FEED.key_of, _to_targets, frozenset({"Device"}),
        absorb=lambda _connection, records: seen.extend(each["serial"] for each in records),
    )  # fmt: skip

    for _ in range(2):
        reader.take([_position("S1"), _position("S2", miles="many")], watched)

    assert seen == ["S1", "S1"]
