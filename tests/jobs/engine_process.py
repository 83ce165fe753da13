"""A process with a job engine of its own, for tests that kill it: `python -m tests.jobs.engine_process ...`.

Its jobs are four steps that each leave lines in `<folder>/lines`; step 3 waits while the file `<folder>/hold` is there.
The job `split` has parts instead: each waits for the same file and adds a row to the table `effect`. A part that finds
the file `<folder>/hang` removes it and hangs.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.engine import Capacity, JobBody, JobContext, JobEngine, PartContext, Tick, open_engine_database
from drawbar.middleware.locks import Locks

STEPS = 4
HELD_STEP = 3
PARTS = 6
HUNG_AFTER_SECONDS = 2.0


def leave_line(folder: Path, *words: object) -> None:
    """Add a line to the record that all processes share; one write, so that lines do not mix."""
    with (folder / "lines").open("a", encoding="utf-8") as file:
        file.write(" ".join(map(str, (*words, os.getpid()))) + "\n")


def wait_while_held(folder: Path) -> None:
    while (folder / "hold").exists():
        time.sleep(0.02)


def body(folder: Path, context: JobContext) -> None:
    for number in range(1, STEPS + 1):
        context.step(f"step {number}", lambda number=number: one_step(folder, context.run_id, number))  # type: ignore[misc]


def one_step(folder: Path, run_id: str, number: int) -> int:
    leave_line(folder, run_id, number, "begins")
    if number == HELD_STEP:
        wait_while_held(folder)
    leave_line(folder, run_id, number, "ends")
    return number


def split(folder: Path, context: JobContext) -> None:
    parts = [{"number": number} for number in range(1, PARTS + 1)]
    answers = context.in_parts("count", "counting", parts, lambda ended: leave_line(folder, "ended", ended))
    leave_line(folder, context.run_id, "answers", *answers)


def one_part(folder: Path, locks: Locks, context: PartContext) -> int:
    number = int(context.parameters["number"])
    leave_line(folder, context.part_id, number, "begins")
    with suppress(FileNotFoundError):
        (folder / "hang").unlink()
        threading.Event().wait()
    wait_while_held(folder)
    with locks.engine.begin() as connection:
        connection.execute(text("INSERT INTO effect (part) VALUES (:part)"), {"part": number})
    leave_line(folder, context.part_id, number, "ends")
    return number * 10


def open_here(url: str, folder: Path, queues: str) -> JobEngine:
    """Give an engine with the jobs `first` and `second` (one lock) and `apart` and `split` (two others)."""
    locks = Locks(open_database(url), folder / "locks")
    engine_url = f"sqlite:///{folder / 'engine.db'}" if url.startswith("sqlite") else url
    jobs: dict[str, JobBody] = {name: lambda context: body(folder, context) for name in ("first", "second", "apart")}
    return JobEngine(
        database=open_engine_database(engine_url), locks=locks,
        jobs={**jobs, "split": lambda context: split(folder, context)},
        parts={"count": lambda context: one_part(folder, locks, context)},
        lock_of=lambda name: name if name in ("apart", "split") else "together",
        capacity=Capacity(queues.split(","), concurrency=4, hung_after_seconds=HUNG_AFTER_SECONDS),
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


TASKS: dict[str, Callable[[JobEngine, Path, list[str]], None]] = {
    "work": lambda engine, _folder, wanted: work(engine, wanted),
    "tick": lambda engine, folder, _wanted: tick_until_told(engine, folder),
}


def main() -> None:
    """Run as told: `work URL FOLDER QUEUES [job:run-id ...]`, `tick URL FOLDER QUEUES`, `lock URL FOLDER NAME`."""
    task, url, folder, word, *rest = sys.argv[1:]
    if task == "lock":
        hold_lock(url, Path(folder), word)
    engine = open_here(url, Path(folder), word)
    engine.start()
    try:
        TASKS[task](engine, Path(folder), rest)
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
