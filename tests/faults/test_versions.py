"""An older version of a record never overwrites a newer one, whatever happens to both on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.records import Outcome, TargetRecord
from drawbar.middleware.sync.codec import decode_refused
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.deliver import Courier
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import bulk_job, dead_letter, delivery, outbox
from tests.faults.conftest import LONG
from tests.middleware.sync.conftest import Clock, PlainReporter
from tests.middleware.sync.memory_target import Killed, MemoryTarget

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIELDS = ("A", "B")
MOMENTS = ("before upsert", "after upsert", "before open", "after open", "mid upload", "after upload", "after results")
TROUBLE = {
    "retry": Outcome("Parent", "K1", "retry", code="X", message="x", remedy="x"),
    "refused": Outcome("Parent", "K1", "refused", code="X", message="x", remedy="x"),
}
STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(["A", "B", "AB"])),
    st.tuples(st.just("deliver"), st.sampled_from(["", "retry", "refused", *MOMENTS])),
    st.tuples(st.just("overtake"), st.sampled_from(["A", "AB", "A retry", "B retry", "AB retry", "A refused"])),
    st.tuples(st.just("replay"), st.just("")),
)


class Story:
    """One record and its versions; `newest` is what was put last, field by field."""

    def __init__(self, engine: Engine, bulk_above: int) -> None:
        self.engine = engine
        with engine.begin() as connection:
            for table in (outbox, bulk_job, dead_letter, delivery):
                connection.execute(delete(table))
        self.target = MemoryTarget()
        self.bulk_above = bulk_above
        self.version = 0
        self.newest: dict[str, object] = {}
        self.clock = Clock(NOW)

    def put(self, fields: str) -> None:
        self.version += 1
        values = dict.fromkeys(fields, self.version)
        self.newest |= values
        record = TargetRecord("Parent", "K1", values, {}, "")
        with self.engine.begin() as connection:
            Outbox(connection, "salesforce").put(
                [Change(record, creates=False, why="why")], run_id="r", now=self.clock.now()
            )

    def deliver(self, trouble: str) -> None:
        self.target.dies_at = trouble if trouble in MOMENTS else ""
        self._deliver(lambda record: TROUBLE.get(trouble) if record.object == "Parent" else None)

    def _deliver(self, outcome: Callable[[TargetRecord], Outcome | None]) -> None:
        self.target.trouble = outcome
        courier = Courier(
            engine=self.engine, target=self.target, reporter=PlainReporter(), order=("Parent", "Error"),
            bulk_above=self.bulk_above, max_attempts=2, run_id="r", clock=self.clock.now, sleep=self.clock.sleep,
        )  # fmt: skip
        try:
            courier.deliver()
        except Killed:
            self.target.dies_at = ""

    def overtake(self, how: str) -> None:
        """Put a newer version while an older one is being written, which is done, tried again later, or refused."""
        fields, _, fate = how.partition(" ")
        once = iter([True])

        def outcome(record: TargetRecord) -> Outcome | None:
            if next(once, None) is None or record.object != "Parent":
                return None
            self.put(fields)
            return TROUBLE.get(fate)

        self._deliver(outcome)

    def replay(self, _nothing: str) -> None:
        with self.engine.begin() as connection:
            for letter in DeadLetters(connection).find(object_name="Parent"):
                operation, record = decode_refused("Parent", letter.failure.key, letter.failure.payload)
                DeadLetters(connection).settle([letter.id], "replayed", by="ada", why="", now=NOW + timedelta(days=1))
                assert operation == "upsert"
                Outbox(connection, "salesforce").put_again(
                    record, "upsert", "replayed", run_id="r", now=self.clock.now()
                )


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    engine = open_database("sqlite://")
    outbox.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.mark.fault(24)
@settings(max_examples=10_000 if LONG else 60, deadline=None, derandomize=not LONG)
@given(steps=st.lists(STEPS, min_size=3, max_size=12), by_bulk=st.booleans())
def test_what_was_put_last_stands_in_the_end(memory: Engine, steps: list[tuple[str, str]], by_bulk: bool) -> None:
    story = Story(memory, bulk_above=0 if by_bulk else 2_000)
    seen: list[dict[str, object]] = []
    for what, how in steps:
        getattr(story, what)(how)
        seen.append(dict(story.target.org.records.get(("Parent", "K1"), {})))
    story.deliver("")
    story.replay("")
    story.deliver("")

    seen.append(dict(story.target.org.records.get(("Parent", "K1"), {})))
    assert seen[-1] == story.newest
    for name in FIELDS:
        values = [each[name] for each in seen if name in each]
        assert values == sorted(values), "an older version came after a newer one"  # type: ignore[type-var]
