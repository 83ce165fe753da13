from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from drawbar.middleware.locks import Locks, LockTaken

HOLDER = """
import sys, time
from pathlib import Path
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.locks import Locks
lock = Locks(open_database(sys.argv[1]), Path(sys.argv[2])).take("feed")
print("held" if lock else "free", flush=True)
time.sleep(60)
"""


@pytest.fixture
def locks(engine: Engine, tmp_path: Path) -> Locks:
    return Locks(engine, tmp_path / "locks")


def test_a_lock_is_held_by_one(locks: Locks) -> None:
    first = locks.take("feed")

    assert first is not None
    assert locks.take("feed") is None
    other = locks.take("other")
    assert other is not None
    other.release()
    first.release()
    again = locks.take("feed")
    assert again is not None
    again.release()


def test_who_comes_second_is_told_what_goes_on(locks: Locks) -> None:
    with (
        locks.held("feed", "taking accounts"),
        pytest.raises(LockTaken, match="another process is at taking accounts"),
        locks.held("feed", "taking accounts"),
    ):
        pass


def test_who_has_patience_waits_for_the_other_to_end(locks: Locks) -> None:
    first = locks.take("feed")
    assert first is not None
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            first.release()

    with locks.held("feed", "taking accounts", patience=60, pause=pause):
        assert locks.take("feed") is None
    assert len(waits) == 3


def test_a_lock_ends_with_the_process_that_holds_it(locks: Locks, engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", HOLDER, url, str(locks.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        assert locks.take("feed") is None
        holder.kill()
    deadline = time.monotonic() + 20
    while (lock := locks.take("feed")) is None and time.monotonic() < deadline:
        time.sleep(0.05)

    assert lock is not None
    lock.release()
