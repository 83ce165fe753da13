from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, update

from drawbar.middleware.audit import Audit
from drawbar.middleware.sync import tables


@pytest.fixture
def hub(hub_engine: Engine) -> Engine:
    return hub_engine


def note(hub: Engine, now: datetime, *subjects: str) -> None:
    for subject in subjects:
        with hub.begin() as connection:
            Audit(connection).note(
                actor="ann", action="discard failure", subject=subject, detail={"reason": "x"}, now=now
            )


def test_each_line_holds_the_hash_of_the_one_before(hub: Engine, now: datetime) -> None:
    note(hub, now, "failure 1", "failure 2", "failure 3")

    with hub.connect() as connection:
        newest, middle, oldest = Audit(connection).lines()
        assert Audit(connection).broken_at() is None
    assert (newest.subject, newest.at, newest.detail) == ("failure 3", now, {"reason": "x"})
    assert (newest.previous, middle.previous) == (middle.hash, oldest.hash)


def test_a_line_that_was_changed_is_found(hub: Engine, now: datetime) -> None:
    note(hub, now, "failure 1", "failure 2", "failure 3")
    with hub.begin() as connection:
        connection.execute(update(tables.audit).where(tables.audit.c.subject == "failure 2").values(actor="bob"))

        assert Audit(connection).broken_at() == 2


def test_a_line_that_was_taken_out_is_found(hub: Engine, now: datetime) -> None:
    note(hub, now, "failure 1", "failure 2", "failure 3")
    with hub.begin() as connection:
        connection.execute(tables.audit.delete().where(tables.audit.c.subject == "failure 2"))

        assert Audit(connection).broken_at() == 3
