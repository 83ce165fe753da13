"""A process with a job engine of its own, for tests that kill it: `python -m tests.jobs.engine_process ...`.

Its jobs are four steps that each leave lines in `<folder>/lines`; step 3 waits while the file `<folder>/hold` is there.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from pathlib import Path

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.engine import JobContext, JobEngine, Tick, open_engine_database
from drawbar.middleware.locks import Locks

STEPS = 4
HELD_STEP = 3


def leave_line(folder: Path, *words: object) -> None:
    """Add a line to the record that all processes share; one write, so that lines do not mix."""
    with (folder / "lines").open("a", encoding="utf-8") as file:
        file.write(" ".join(map(str, (*words, os.getpid()))) + "\n")


def body(folder: Path, context: JobContext) -> None:
    for number in range(1, STEPS + 1):
        context.step(f"step {number}", lambda number=number: one_step(folder, context.run_id, number))  # type: ignore[misc]


def one_step(folder: Path, run_id: str, number: int) -> int:
    leave_line(folder, run_id, number, "begins")
    while number == HELD_STEP and (folder / "hold").exists():
        time.sleep(0.02)
    leave_line(folder, run_id, number, "ends")
    return number


def open_here(url: str, folder: Path) -> JobEngine:
    """Give an engine with the jobs `first` and `second` (one lock) and `apart` (another)."""
    locks = Locks(open_database(url), folder / "locks")
    engine_url = f"sqlite:///{folder / 'engine.db'}" if url.startswith("sqlite") else url
    return JobEngine(
        database=open_engine_database(engine_url), locks=locks,
        jobs={name: lambda context: body(folder, context) for name in ("first", "second", "apart")},
        lock_of=lambda name: "apart" if name == "apart" else "together", concurrency=4,
    )  # fmt: skip


def work(engine: JobEngine, wanted: list[str]) -> None:
    """Do runs given as `job:run-id`; only wait for one that is given as `:run-id`."""
    for each in wanted:
        job, _, run_id = each.partition(":")
        if job:
            engine.submit(run_id, job, {})
    for each in wanted:
        engine.wait(each.partition(":")[2])


def tick_until_told(engine: JobEngine, folder: Path) -> None:
    """Start `apart` every second until the file `<folder>/enough` is there."""

    def on_tick(job: str, at: datetime) -> str:
        leave_line(folder, "tick", at.isoformat())
        return f"{job}-{at:%H%M%S}"

    engine.schedule([Tick("apart", "* * * * * *", "America/New_York")], on_tick)
    while not (folder / "enough").exists():
        time.sleep(0.05)


def hold_lock(url: str, folder: Path, name: str) -> None:
    held = Locks(open_database(url), folder / "locks").take(name)
    print("held" if held else "taken", flush=True)  # noqa: T201  (the test reads it)
    time.sleep(600)


def main() -> None:
    """Run as told: `work URL FOLDER [job:run-id ...]`, `tick URL FOLDER`, `lock URL FOLDER NAME`."""
    task, url, folder, *rest = sys.argv[1:]
    if task == "lock":
        hold_lock(url, Path(folder), rest[0])
    engine = open_here(url, Path(folder))
    engine.start()
    try:
        work(engine, rest) if task == "work" else tick_until_told(engine, Path(folder))
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
