from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from drawbar.middleware.records import Outcome, Reference, TargetRecord
from drawbar.middleware.sync.codec import Columns, columns_of, decode, encode, to_record
from drawbar.middleware.sync.outbox import Change, Outbox, Waiting, backoff
from drawbar.middleware.sync.tables import delivery, outbox
from tests.middleware.sync.memory_target import MemoryTarget

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.dates(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip


@given(
    st.dictionaries(st.text(min_size=1), SCALARS),
    st.dictionaries(st.text(min_size=1).map("{}__r".format), st.none() | st.just(Reference("Parent", "P 1"))),
)
def test_a_record_is_read_back_as_it_was_written(fields: dict[str, object], parents: dict[str, Reference]) -> None:
    fields = {name: value for name, value in fields.items() if name not in parents and not name.startswith("$")}
    record = TargetRecord("Child", "C1", fields, parents, "P")  # type: ignore[arg-type]

    again = to_record("Child", "C1", "P", decode(encode(columns_of(record))))

    assert again == record


def test_types_survive() -> None:
    columns: Columns = {
        "a": Decimal("1.10"),
        "b": date(2026, 2, 28),
        "c": datetime(2026, 1, 1, tzinfo=UTC),
        "d": True,
        "e": 1,
    }

    assert {name: type(value) for name, value in decode(encode(columns)).items()} == {
        "a": Decimal, "b": date, "c": datetime, "d": bool, "e": int
    }  # fmt: skip


def test_a_newer_change_joins_the_one_that_waits(hub: Engine, put: Callable[..., None]) -> None:
    put(Change(TargetRecord("Child", "C1", {"A": 1, "B": 1}), creates=True, why="row 1", before={"A": 0}))
    put(Change(TargetRecord("Child", "C1", {"B": 2, "C": 2}), creates=False, why="row 2", before={"A": 9, "B": 1}))

    with hub.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    assert decode(row.fields) == {"A": 1, "B": 2, "C": 2}
    assert decode(row.before) == {"A": 0, "B": 1}
    assert (row.creates, row.why) == (True, "row 1; row 2")


def test_a_deletion_takes_the_place_of_a_change_and_the_other_way_round(hub: Engine, put: Callable[..., None]) -> None:
    put(Change(TargetRecord("Error", "E1", {"A": 1}), creates=True, why="failed"))
    put(Change(TargetRecord("Error", "E1", {}), creates=False, why="mended", operation="delete"))
    with hub.connect() as connection:
        assert connection.execute(select(outbox.c.operation)).scalars().all() == ["delete"]

    put(Change(TargetRecord("Error", "E1", {"A": 2}), creates=True, why="failed again"))
    with hub.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    assert (row.operation, decode(row.fields), row.why) == ("upsert", {"A": 2}, "failed again")


def test_changes_of_one_record_in_one_call_become_one_row(hub: Engine, put: Callable[..., None]) -> None:
    put(*(Change(TargetRecord("Child", "C1", {f"F{n}": n}), creates=False, why=f"row {n}") for n in range(3)))

    with hub.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    assert decode(row.fields) == {"F0": 0, "F1": 1, "F2": 2}


def test_a_row_that_failed_waits_longer_each_time() -> None:
    waits = [backoff(attempts) for attempts in (1, 2, 3, 4, 50)]

    assert waits == [timedelta(seconds=each) for each in (1, 2, 4, 8, 900)]


def test_a_row_that_waits_for_its_next_try_is_not_claimed(hub: Engine, put: Callable[..., None], now: datetime) -> None:
    put(Change(TargetRecord("Child", "C1", {"A": 1}), creates=True, why="row 1"))
    with hub.begin() as connection:
        box = Outbox(connection, "salesforce")
        claim, _ = box.claim("Child", "upsert", 10, now)
        box.put_back(box.claimed(claim, 10), now=now, failed=True)

        assert box.claim("Child", "upsert", 10, now)[1] == 0
        assert box.earliest() == {"Child": now + timedelta(seconds=1)}
        assert box.claim("Child", "upsert", 10, now + timedelta(seconds=1))[1] == 1


def test_what_was_refused_before_goes_along_with_the_next_change(
    hub: Engine, put: Callable[..., None], deliver: Callable[..., object]
) -> None:
    put(Change(TargetRecord("Child", "C1", {"A": 1, "B": 1}), creates=True, why="row 1"))
    deliver(MemoryTarget(trouble=lambda record: Outcome(record.object, record.key, "refused", code="NO")))

    put(Change(TargetRecord("Child", "C1", {"B": 2}), creates=False, why="row 2"))
    target = MemoryTarget()
    deliver(target)

    assert target.org.records["Child", "C1"] == {"A": 1, "B": 2}


def test_a_replayed_record_does_not_overwrite_a_newer_change_that_waits(
    hub: Engine, put: Callable[..., None], now: datetime
) -> None:
    put(Change(TargetRecord("Child", "C1", {"A": "new"}), creates=False, why="row 2"))
    with hub.begin() as connection:
        record = TargetRecord("Child", "C1", {"A": "old", "B": "old"})
        Outbox(connection, "salesforce").put_again(record, "upsert", "replay", run_id="run-2", now=now)

    with hub.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    assert decode(row.fields) == {"A": "new", "B": "old"}


def test_two_who_add_a_change_of_one_record_at_once_wait_for_each_other(
    hub: Engine, put: Callable[..., None], now: datetime
) -> None:
    def change(**fields: str) -> Change:
        return Change(TargetRecord("Child", "C1", fields), creates=False, why=str(fields))

    with ThreadPoolExecutor(1) as other:
        with hub.begin() as connection:
            Outbox(connection, "salesforce").put([change(A="1")], run_id="run-1", now=now)
            second = other.submit(put, change(B="2"))
            assert not wait([second], timeout=0.1).done
        second.result(timeout=30)

    with hub.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    assert decode(row.fields) == {"A": "1", "B": "2"}


def test_a_change_that_joins_a_row_while_it_is_claimed_travels_with_it(
    hub: Engine, put: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(Change(TargetRecord("Child", "C1", {"A": "old"}), creates=True, why="row 1"))
    taken: list[Waiting] = []

    def claim() -> None:
        with hub.begin() as connection:
            box = Outbox(connection, "salesforce")
            taken.extend(box.claimed(box.claim("Child", "upsert", 10, now)[0], 10))

    claiming, join = Thread(target=claim), Outbox._join

    def interrupted(*arguments: Any) -> None:
        """The waiting row was found; before the change joins it, another process comes to claim."""
        claiming.start()
        claiming.join(0.5)
        join(*arguments)

    monkeypatch.setattr(Outbox, "_join", interrupted)
    put(Change(TargetRecord("Child", "C1", {"A": "new"}), creates=False, why="row 2"))
    claiming.join()

    with hub.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    (sent,) = taken
    assert (row.claim != "", decode(row.fields), sent.record.fields) == (True, {"A": "new"}, {"A": "new"})


def test_a_written_row_is_noted_with_all_that_it_held_and_a_newer_change_of_its_record_stays(
    hub: Engine, put: Callable[..., None], now: datetime
) -> None:
    older, newer = ({"A": Decimal("1.50"), "B": None}, {"B": "new"})
    put(Change(TargetRecord("Child", "C1", older), creates=False, why="row 1", before={"A": Decimal(1)}))
    put(Change(TargetRecord("Child", "C2", {}), creates=True, why="row 2"))
    with hub.begin() as connection:
        claim, _ = Outbox(connection, "salesforce").claim("Child", "upsert", 10, now)
    put(Change(TargetRecord("Child", "C1", newer), creates=False, why="row 3"))

    def settle() -> int:
        told = [Outcome("Child", "C1", "updated", target_id="a01"), Outcome("Child", "C7", "updated")]
        with hub.begin() as connection:
            return Outbox(connection, "salesforce").settle_written(claim, "Child", told, run_id="run-9", now=now)

    assert [settle(), settle()] == [1, 0]
    with hub.connect() as connection:
        (noted,) = connection.execute(select(delivery)).mappings().all()
        left = connection.execute(select(outbox.c.key, outbox.c.claim, outbox.c.fields).order_by(outbox.c.id)).all()
    assert {**noted, "id": 1} == {
        "id": 1, "target": "salesforce", "object": "Child", "key": "C1", "operation": "upsert", "status": "updated",
        "target_id": "a01", "code": "", "message": "", "fields": encode(older), "before": encode({"A": Decimal(1)}),
        "why": "row 1", "run_id": "run-9", "at": now,
    }  # fmt: skip
    assert left == [("C2", claim, "{}"), ("C1", "", encode(newer))]
