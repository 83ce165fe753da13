"""Runs as people see them: noted once, however many processes note them at the same moment."""

from __future__ import annotations

import threading
from datetime import datetime

from sqlalchemy import Engine

from drawbar.middleware.sync.runs import Runs


def test_a_run_that_two_processes_note_at_the_same_moment_is_there_once(hub: Engine, now: datetime) -> None:
    def note_it_too() -> None:
        with hub.begin() as connection:
            Runs(connection).queue("accounts-1", "accounts", {}, by="the other", now=now)

    other = threading.Thread(target=note_it_too)
    with hub.begin() as connection:
        Runs(connection).queue("accounts-1", "accounts", {"accept_shrink": True}, by="schedule", now=now)
        other.start()
        other.join(0.3)  # it waits for this transaction: on SQLite at its beginning, on PostgreSQL at the same key
    other.join()

    with hub.begin() as connection:
        (run,) = Runs(connection).latest()
    assert (run.requested_by, run.parameters) == ("schedule", {"accept_shrink": True})


def test_what_the_noting_transaction_did_besides_stays_when_the_run_was_noted_already(
    hub: Engine, now: datetime
) -> None:
    with hub.begin() as connection:
        for run_id in ("accounts-1", "accounts-1", "accounts-2"):
            Runs(connection).queue(run_id, "accounts", {}, by="schedule", now=now)

    with hub.begin() as connection:
        assert {each.id for each in Runs(connection).queued()} == {"accounts-1", "accounts-2"}
