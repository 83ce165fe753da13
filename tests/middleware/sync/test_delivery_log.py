"""What stood before a change is what the target was last told, whatever was refused in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, insert

from drawbar.middleware.sync.codec import Columns, encode
from drawbar.middleware.sync.delivery_log import attempts, with_former
from drawbar.middleware.sync.tables import delivery

Attempt = tuple[str, Columns]


def former(hub: Engine, now: datetime, log: Sequence[Attempt], before: Columns | None = None) -> list[Columns]:
    """Log attempts of one record, the last one with `before`; give what is known to have stood before each."""
    rows = [
        {"target": "salesforce", "object": "Parent", "key": "P1", "operation": "upsert", "status": status,
         "fields": encode(fields), "before": None, "run_id": "run-1", "at": now}
        for status, fields in log
    ]  # fmt: skip
    rows[-1]["before"] = None if before is None else encode(before)
    with hub.begin() as connection:
        connection.execute(insert(delivery), rows)
        connection.execute(insert(delivery), [rows[0] | {"key": "P10", "fields": encode({"Name": "another"})}])
        found = with_former(attempts(connection, "salesforce", "Parent", "P1"))
        return [dict(known) for _, known in found]


def test_fields_stand_until_they_are_written_again(hub: Engine, now: datetime) -> None:
    log: list[Attempt] = [
        ("created", {"Name": "a", "City": "b"}),
        ("updated", {"Name": "c"}),
        ("updated", {"City": None}),
    ]
    assert former(hub, now, log) == [{}, {"Name": "a", "City": "b"}, {"Name": "c", "City": "b"}]


def test_what_was_refused_or_has_to_be_tried_again_never_stood(hub: Engine, now: datetime) -> None:
    log: list[Attempt] = [
        ("created", {"Name": "a"}),
        ("refused", {"Name": "b"}),
        ("retry", {"Name": "c"}),
        ("updated", {"Name": "d"}),
    ]
    assert former(hub, now, log) == [{}, {"Name": "a"}, {"Name": "a"}, {"Name": "a"}]


def test_after_a_deletion_nothing_stands(hub: Engine, now: datetime) -> None:
    assert former(hub, now, [("created", {"Name": "a"}), ("deleted", {}), ("created", {"Name": "b"})])[2] == {}


def test_what_was_read_in_the_target_counts_more_than_what_was_sent(hub: Engine, now: datetime) -> None:
    log: list[Attempt] = [("created", {"Name": "a", "City": "b"}), ("updated", {"Name": "a"})]
    assert former(hub, now, log, before={"Name": "tampered"})[1] == {"Name": "tampered", "City": "b"}
