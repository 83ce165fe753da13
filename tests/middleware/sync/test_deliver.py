from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select

from drawbar.middleware.errors import RetryLater, StopRun
from drawbar.middleware.records import Outcome, Reference, TargetRecord
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.deliver import DeliveryResult, large_groups
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import bulk_job, delivery, outbox
from tests.middleware.sync.memory_target import Killed, MemoryOrg, MemoryTarget

Put = Callable[..., None]
Deliver = Callable[..., DeliveryResult]


def child(number: int, *, parent: str = "P1", creates: bool = True, **fields: str) -> Change:
    record = TargetRecord(
        "Child", f"C{number}", {"Name": f"n{number}", **fields}, {"Parent__r": Reference("Parent", parent)}, parent
    )
    return Change(record, creates=creates, why=f"row {number}")


def parent(key: str = "P1") -> Change:
    return Change(TargetRecord("Parent", key, {"Name": key}), creates=True, why="row 1")


def waiting(hub: Engine) -> int:
    with hub.connect() as connection:
        return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


def test_parents_go_before_children_whatever_order_they_came_in(put: Put, deliver: Deliver) -> None:
    put(child(1), parent())
    target = MemoryTarget()

    deliver(target)

    assert target.org.writes == [("Parent", "P1"), ("Child", "C1")]


@pytest.mark.parametrize("bulk_above", [2_000, 3])
def test_everything_arrives_and_the_outbox_is_empty(hub: Engine, put: Put, deliver: Deliver, bulk_above: int) -> None:
    put(parent(), *(child(number) for number in range(10)))
    target = MemoryTarget()

    result = deliver(target, bulk_above=bulk_above)

    assert len(target.org.records) == 11
    assert (result.objects["Child"].created, result.objects["Child"].bulk_jobs) == (10, int(bulk_above == 3))
    assert waiting(hub) == 0
    with hub.connect() as connection:
        logged = connection.execute(select(delivery.c.status, func.count()).group_by(delivery.c.status)).all()
    assert [tuple(row) for row in logged] == [("created", 11)]


def test_rows_of_which_each_has_columns_that_the_other_lacks_share_no_bulk_job(put: Put, deliver: Deliver) -> None:
    put(*(child(number, This="x") for number in range(5)), *(child(number, That="x") for number in range(5, 10)))
    target = MemoryTarget()

    deliver(target, bulk_above=3)

    uploads = [records for _, records, _ in target.org.jobs.values() if records]
    assert [len({frozenset(record.fields) for record in records}) for records in uploads] == [1, 1]


def test_rows_with_some_of_the_columns_go_along_with_those_that_have_all(put: Put, deliver: Deliver) -> None:
    put(*(child(number) for number in range(2)), *(child(number, Extra="x") for number in range(5, 8)))
    target = MemoryTarget()

    result = deliver(target, bulk_above=4)

    assert [len(records or ()) for _, records, _ in target.org.jobs.values()] == [5]
    assert (result.objects["Child"].created, result.objects["Child"].calls) == (5, 0)


@pytest.mark.parametrize(
    ("counts", "groups"),
    [
        ({"A": 3, None: 9}, [{"A": 3}]),
        ({"A": 2, None: 9}, []),
        ({"A": 1, "A\tB": 2}, [{"A": 1, "A\tB": 2}]),
        ({"A\tB": 3, "A\tC": 3, "A": 1}, [{"A\tB": 3, "A": 1}, {"A\tC": 3}]),
        ({"A\tB\tC": 1, "A": 3}, [{"A\tB\tC": 1, "A": 3}]),
    ],
)
def test_rows_are_many_when_those_that_may_share_a_job_are(
    counts: dict[str | None, int], groups: list[dict[str, int]]
) -> None:
    assert large_groups(counts, above=2) == groups


def test_what_a_bulk_job_could_not_hold_goes_by_the_next_one(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(*(child(number) for number in range(22)))
    target = MemoryTarget(job_holds=6)

    result = deliver(target, bulk_above=4)

    uploads = [len(records or ()) for _, records, _ in target.org.jobs.values()]
    assert (uploads, result.objects["Child"].calls, waiting(hub)) == ([6, 6, 6], 1, 0)
    assert sorted(target.org.writes) == sorted(("Child", f"C{number}") for number in range(22))


def test_rows_that_no_bulk_job_can_hold_go_by_calls(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(*(child(number) for number in range(10)))
    target = MemoryTarget(job_holds=0)

    result = deliver(target, bulk_above=3)

    assert (len(target.org.jobs), result.objects["Child"].calls, waiting(hub)) == (1, 1, 0)


@pytest.mark.parametrize(
    "moment", ["before open", "after open", "mid upload", "after upload", "before results", "after results"]
)
def test_a_bulk_job_that_a_crash_left_is_finished_and_not_repeated(
    hub: Engine, put: Put, deliver: Deliver, moment: str
) -> None:
    put(*(child(number) for number in range(10)))
    org = MemoryOrg()
    with pytest.raises(Killed):
        deliver(MemoryTarget(org, dies_at=moment), bulk_above=3)

    deliver(MemoryTarget(org), bulk_above=3)

    assert sorted(org.writes) == sorted(("Child", f"C{number}") for number in range(10))
    assert waiting(hub) == 0
    with hub.connect() as connection:
        assert connection.execute(select(func.count()).select_from(bulk_job)).scalar_one() == 0


@pytest.mark.parametrize("moment", ["before upsert", "after upsert"])
def test_a_call_that_a_crash_cut_off_is_made_again(hub: Engine, put: Put, deliver: Deliver, moment: str) -> None:
    put(*(child(number) for number in range(10)))
    org = MemoryOrg()
    with pytest.raises(Killed):
        deliver(MemoryTarget(org, dies_at=moment))

    deliver(MemoryTarget(org))

    assert set(org.records) == {("Child", f"C{number}") for number in range(10)}
    assert waiting(hub) == 0


def test_a_change_that_comes_while_an_older_one_is_under_way_wins(
    hub: Engine, put: Put, deliver: Deliver, now: datetime
) -> None:
    put(child(1, A="old", B="old"))
    with hub.begin() as connection:
        Outbox(connection, "salesforce").claim("Child", "upsert", 10, now)
    put(child(1, A="new"))
    target = MemoryTarget()

    deliver(target)

    written = target.org.records["Child", "C1"]
    assert (written["A"], written["B"]) == ("new", "old")
    assert target.org.writes == [("Child", "C1")]


def test_a_row_lock_is_tried_again_and_converges(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(*(child(number) for number in range(10)))
    tries: dict[str, int] = {}

    def lock_twice(record: TargetRecord) -> Outcome | None:
        tries[record.key] = tries.get(record.key, 0) + 1
        locked = tries[record.key] <= 2 and record.key in {"C3", "C7"}
        return Outcome(record.object, record.key, "retry", code="UNABLE_TO_LOCK_ROW") if locked else None

    target = MemoryTarget(trouble=lock_twice)
    result = deliver(target)

    assert len(target.org.records) == 10
    assert (tries["C3"], tries["C1"], result.objects["Child"].retried) == (3, 1, 4)
    assert waiting(hub) == 0


def test_children_wait_until_a_locked_parent_is_written(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(parent("P1"), parent("P2"), *(child(number, parent=f"P{number}") for number in (1, 2)))
    org = MemoryOrg()
    locks = iter([True, True])

    def refuse(record: TargetRecord) -> Outcome | None:
        if record.key == "P2" and next(locks, False):
            return Outcome(record.object, record.key, "retry", code="UNABLE_TO_LOCK_ROW")
        missing = record.object == "Child" and ("Parent", f"P{record.key[1:]}") not in org.records
        return Outcome(record.object, record.key, "refused", code="NO_PARENT") if missing else None

    deliver(MemoryTarget(org, trouble=refuse))

    assert org.writes == [("Parent", "P1"), ("Parent", "P2"), ("Child", "C1"), ("Child", "C2")]
    assert waiting(hub) == 0


def test_a_parent_that_is_tried_again_much_later_pauses_the_delivery_before_its_children(
    hub: Engine, put: Put, deliver: Deliver
) -> None:
    put(parent("P1"), child(1))
    locked = MemoryTarget(trouble=lambda r: Outcome(r.object, r.key, "retry") if r.object == "Parent" else None)

    result = deliver(locked, max_attempts=50)

    assert result.paused.startswith("Parent has rows that are tried again at 2026-03-02 06:")
    assert (locked.org.records, waiting(hub)) == ({}, 2)


@pytest.mark.parametrize("first_answer", ["created", "updated"])
def test_a_refused_child_is_sent_again_when_its_parent_comes(
    hub: Engine, put: Put, deliver: Deliver, first_answer: str
) -> None:
    org = MemoryOrg()

    def refuse(record: TargetRecord) -> Outcome | None:
        missing = record.object == "Child" and ("Parent", "P1") not in org.records
        return Outcome(record.object, record.key, "refused", code="NO_PARENT") if missing else None

    target = MemoryTarget(org, trouble=refuse)
    put(child(1))
    assert deliver(target).objects["Child"].refused == 1
    if first_answer == "updated":
        org.records["Parent", "P1"] = {}
    put(parent("P1"))

    deliver(target)

    assert ("Child", "C1") in org.records
    with hub.connect() as connection:
        assert DeadLetters(connection).find() == []
    assert waiting(hub) == 0


def test_a_lock_that_never_opens_becomes_a_dead_letter(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(child(1))
    target = MemoryTarget(trouble=lambda record: Outcome(record.object, record.key, "retry", code="LOCK"))

    result = deliver(MemoryTarget(trouble=lambda r: target.trouble(r) if r.object == "Child" else None))

    assert result.objects["Child"].refused == 1
    with hub.connect() as connection:
        (letter,) = DeadLetters(connection).find()
    assert (letter.failure.key, letter.failure.code, letter.failure.attempts) == ("C1", "LOCK", 3)


@pytest.mark.spec("P30")
def test_a_refused_record_is_shown_at_the_target_until_it_is_written(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(*(child(number) for number in range(3)))
    refusing = True

    def refuse(record: TargetRecord) -> Outcome | None:
        refused = refusing and record.key == "C1"
        outcome = Outcome(record.object, record.key, "refused", code="TOO_LONG", message="too long", remedy="Shorten.")
        return outcome if refused else None

    target = MemoryTarget(trouble=refuse)
    deliver(target)
    assert ("Child", "C0") in target.org.records
    assert target.org.records["Error", "Child:C1"]["Message"] == "too long"

    refusing = False
    put(child(1, Name="short"))
    deliver(target)

    assert ("Error", "Child:C1") not in target.org.records
    assert target.org.records["Child", "C1"]["Name"] == "short"
    with hub.connect() as connection:
        (letter,) = DeadLetters(connection).find(state=None)
    assert (letter.state, letter.failure.remedy) == ("resolved", "Shorten.")


def test_an_error_record_that_is_refused_itself_makes_no_other(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(child(1))
    target = MemoryTarget(trouble=lambda record: Outcome(record.object, record.key, "refused", code="NO"))

    deliver(target)

    with hub.connect() as connection:
        assert {letter.failure.object for letter in DeadLetters(connection).find()} == {"Child", "Error"}
    assert waiting(hub) == 0


def test_an_unreachable_target_pauses_the_delivery_and_loses_nothing(hub: Engine, put: Put, deliver: Deliver) -> None:
    put(*(child(number) for number in range(3)))

    class Unreachable(MemoryTarget):
        def upsert(self, records: object) -> list[Outcome]:
            raise RetryLater("Salesforce does not answer")

    assert deliver(Unreachable()).paused == "Salesforce does not answer"
    target = MemoryTarget()
    deliver(target)

    assert len(target.org.records) == 3


def test_a_target_that_takes_no_more_stops_the_delivery_and_loses_nothing(put: Put, deliver: Deliver) -> None:
    put(*(child(number) for number in range(3)))

    class Closed(MemoryTarget):
        def upsert(self, records: object) -> list[Outcome]:
            raise StopRun("the token is not accepted")

    with pytest.raises(StopRun):
        deliver(Closed())
    target = MemoryTarget()
    deliver(target)

    assert len(target.org.records) == 3


def test_records_of_one_parent_stand_together(hub: Engine, put: Put, now: datetime) -> None:
    put(*(child(number, parent=f"P{number % 3}") for number in range(30)))

    with hub.begin() as connection:
        box = Outbox(connection, "salesforce")
        claim, _ = box.claim("Child", "upsert", 10, now)
        rows = box.claimed(claim, 100)

    assert [row.parent for row in rows] == ["P0"] * 10


def test_children_that_were_refused_follow_when_their_parent_comes(hub: Engine, put: Put, deliver: Deliver) -> None:
    org = MemoryOrg()

    def needs_parent(record: TargetRecord) -> Outcome | None:
        missing = record.object == "Child" and ("Parent", "P1") not in org.records
        return Outcome(record.object, record.key, "refused", code="NO_PARENT") if missing else None

    put(child(1), child(2))
    deliver(MemoryTarget(org, needs_parent))
    assert ("Child", "C1") not in org.records

    put(parent())
    result = deliver(MemoryTarget(org, needs_parent))

    assert {("Child", "C1"), ("Child", "C2")} <= set(org.records)
    assert result.objects["Child"].created == 2
    assert not any(name == "Error" for name, _ in org.records)
    with hub.connect() as connection:
        assert DeadLetters(connection).find() == []


def test_a_child_is_not_sent_again_for_a_parent_that_was_there_before(put: Put, deliver: Deliver) -> None:
    org = MemoryOrg()
    put(parent())
    deliver(MemoryTarget(org))
    put(child(1))
    deliver(MemoryTarget(org, lambda record: Outcome(record.object, record.key, "refused", code="NO")))
    calls = org.calls

    put(Change(TargetRecord("Parent", "P1", {"Name": "again"}), creates=False, why="row 1"))
    deliver(MemoryTarget(org))

    assert ("Child", "C1") not in org.records
    assert org.calls == calls + 1
