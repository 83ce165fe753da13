"""What is older than a time is forgotten, in any number; what is open, new, or the newest of its record stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, Table, insert, select

from drawbar.middleware.sync import pruning
from drawbar.middleware.sync.pruning import forget_attempts, forget_dated, forget_settled_failures
from drawbar.middleware.sync.tables import dead_letter, delivery, derived_record


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)


def keys(hub: Engine, table: Table) -> list[str]:
    with hub.connect() as connection:
        return list(connection.execute(select(table.c.key).order_by(table.c.key)).scalars())


def put(hub: Engine, table: Table, rows: Sequence[dict[str, object]]) -> None:
    with hub.begin() as connection:
        connection.execute(insert(table), rows)


def test_positions_are_forgotten_by_the_time_in_their_key_and_nothing_else_is(hub: Engine, now: datetime) -> None:
    times = [now - timedelta(days=days, seconds=1) for days in (40, 35, 31, 30, 1)]
    old = [f"Spireon:7:{at:%Y%m%dT%H%M%SZ}" for at in times]
    put(hub, derived_record, [
        {"target": "salesforce", "object": name, "key": key, "part": "gps", "fields": "{}"}
        for name, key in [*(("GPS_Position__c", key) for key in old), ("GPS_Device__c", old[0]), ("Case", "20200101")]
    ])  # fmt: skip
    told: list[int] = []

    gone = forget_dated(hub, "GPS_Position__c", now - timedelta(days=30), told.append)

    assert (gone, told) == (4, [2, 4, 4])
    assert keys(hub, derived_record) == sorted([old[-1], old[0], "20200101"])


def test_of_attempts_to_write_a_record_the_newest_stays(hub: Engine, now: datetime) -> None:
    put(hub, delivery, [
        {"target": target, "object": "Case", "key": key, "operation": "upsert", "status": "updated", "run_id": "r",
         "at": now - timedelta(days=days)}
        for target, key, days in [
            ("salesforce", "A", 90), ("salesforce", "A", 80), ("salesforce", "A", 70), ("salesforce", "B", 90),
            ("salesforce", "C", 90), ("salesforce", "C", 1), ("fleetrock", "A", 90), ("fleetrock", "A", 80),
        ]
    ])  # fmt: skip

    gone = forget_attempts(hub, "salesforce", now - timedelta(days=60), lambda _done: None)

    assert gone == 3
    assert keys(hub, delivery) == ["A", "A", "A", "B", "C"]


def test_settled_failures_are_forgotten_and_open_ones_never(hub: Engine, now: datetime) -> None:
    put(hub, dead_letter, [
        {"kind": "row", "place": "p", "object": "Case", "key": key, "code": "C", "message": "m", "attempts": 1,
         "state": state, "run_id": "r", "first_at": now - timedelta(days=900), "last_at": now - timedelta(days=days)}
        for key, state, days in [
            ("A", "open", 900), ("B", "resolved", 900), ("C", "replayed", 500), ("D", "discarded", 500),
            ("E", "resolved", 10),
        ]
    ])  # fmt: skip

    assert forget_settled_failures(hub, now - timedelta(days=400), lambda _done: None) == 3

    assert keys(hub, dead_letter) == ["A", "E"]
