"""A database that goes away and comes back costs a wait; what else is wrong is told at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.outages import is_outage, through_outages
from drawbar.middleware.locks import Locks
from tests.postgres import create_database


@pytest.fixture
def postgresql(postgres: str) -> Engine:
    return open_database(create_database(postgres))


def cut_all(engine: Engine) -> None:
    """End every connection to a database but one's own, as a crash does."""
    other = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> :own"
    killer = open_database(engine.url.render_as_string(hide_password=False))
    with killer.connect() as connection:
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        connection.execute(text(other), {"own": own})
    killer.dispose()


def failing(error: BaseException, times: int) -> Callable[[], str]:
    left = iter(range(times))

    def action() -> str:
        if next(left, None) is not None:
            raise error
        return "done"

    return action


def full_disk() -> OperationalError:
    original = sqlite3.OperationalError("database or disk is full")
    original.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("COMMIT", {}, original)


def test_what_failed_for_want_of_a_database_is_done_again() -> None:
    assert through_outages(failing(full_disk(), 2)) == "done"


def test_patience_ends() -> None:
    with pytest.raises(OperationalError, match="disk is full"):
        through_outages(failing(full_disk(), 100), patience=0.3)


def test_what_is_wrong_with_a_statement_is_told_at_once(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as wrong:
        connection.execute(text("SELECT nothing FROM nowhere"))
    assert not is_outage(wrong.value)
    assert not is_outage(IntegrityError("INSERT", {}, sqlite3.IntegrityError("twice")))
    assert not is_outage(ValueError())


def test_a_cut_connection_and_an_absent_server_are_outages(postgresql: Engine) -> None:
    with postgresql.connect() as connection:
        connection.execute(text("SELECT 1"))
        cut_all(postgresql)
        with pytest.raises(DBAPIError) as cut:
            connection.execute(text("SELECT 1"))
    assert is_outage(cut.value)
    with pytest.raises(DBAPIError) as absent:
        open_database("postgresql://nobody@127.0.0.1:1/none").connect()
    assert is_outage(absent.value)


@pytest.mark.fault(5)
def test_a_lock_knows_when_it_was_lost_with_its_connection_and_can_be_taken_again(
    postgresql: Engine, tmp_path: Path
) -> None:
    locks = Locks(postgresql, tmp_path)
    lock = locks.take("target")
    assert lock is not None
    assert lock.is_held()

    cut_all(postgresql)

    assert not lock.is_held()
    again = locks.take("target")
    assert again is not None
    assert again.is_held()
    lock.release()
    assert locks.take("target") is None
    again.release()
    postgresql.dispose()
