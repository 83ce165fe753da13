"""The measurements: which programs are run on which day's file, in which order, in how many rounds."""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import click

from tests.bench.book import EXPORT_HEADER, SALESFORCE_HEADER, Book
from tests.bench.counts import Counts
from tests.bench.metered import REPOSITORY, Counter, Spent, run_module
from tests.bench.yard import Yard

FLOOR: Final = "the floor"
FLOOR_KEPT: Final = "the floor, index and misses kept durably"
LOCAL: Final = "Drawbar, local step of day 2"
LOCAL_QUOTED: Final = "Drawbar, local step of day 2, every cell quoted"
LOCAL_JSON: Final = "Drawbar, local step of day 2, JSON lines instead of CSV"
DAY_1: Final = "Drawbar, whole job, day 1"
DAY_2: Final = "Drawbar, whole job, day 2"
AGAIN: Final = "Drawbar, whole job, nothing new"
QUOTED: Final = "Drawbar, whole job, day 2, every cell quoted"
JSON: Final = "Drawbar, whole job, day 2, JSON lines instead of CSV"
BULK2: Final = "simple-salesforce bulk2, day 2, every row"
DLT_1: Final = "dlt and bulk2, day 1"
DLT_2: Final = "dlt and bulk2, day 2"

BENCH_PYTHON: Final = str(REPOSITORY / ".venv-bench" / "bin" / "python")
"""dlt has an environment of its own: what it needs is not what Drawbar needs."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one program took: seconds, MiB, and what the server counted meanwhile (nothing for a local step).

    `steps` are the seconds of each step of the main job; the start and the end of the process are in none of them.
    """

    wall: float
    cpu: float
    mb: float
    counts: Counts = field(default_factory=Counts)
    steps: Mapping[str, float] = field(default_factory=dict)

    @property
    def beyond_latency(self) -> float:
        """Seconds on the clock without those for which the server held answers back, or the client waited for a job."""
        return self.wall - self.counts.late - self.counts.waited


@dataclass(frozen=True, slots=True)
class Day:
    """All figures of one size by the name of the measurement, in the order in which they are shown."""

    book: Book
    figures: Mapping[str, Figures]
    index_bytes: float
    """Bytes of the fingerprints per row."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The local step of `many` entities of so many rows each, at once in one process: peak memory in MiB."""

    rows: int
    many: int
    mb: float

    def bytes_per_key(self, smaller: Crowd) -> float:
        """Give how much each further key adds, beside as many entities with fewer rows."""
        return (self.mb - smaller.mb) * (1 << 20) / (self.many * (self.rows - smaller.rows))


@dataclass(frozen=True, slots=True)
class Run:
    """All that one run of the benchmark has measured; `compared` is the size that is judged, and one of the `days`."""

    days: Sequence[Day]
    compared: Day
    crowds: Sequence[Crowd]
    rounds: int


@dataclass(frozen=True, slots=True)
class Bench:
    """One size of the benchmark, in a folder of its own."""

    book: Book
    place: Path
    counter: Counter
    rounds: int

    def day(self, *, rivals: Sequence[str], variants: bool) -> Day:
        """Measure this size; with `variants` also the file in other spellings and a run with nothing new."""
        self._write_files()
        found: dict[str, Figures] = {}
        yard = Yard.new(self.place / "yard", self.counter)
        found[DAY_1] = self._job(yard, 1, "day1.csv", DAY_1)
        run_module("floor", "learn", str(self.place / "day1.csv"), str(self.place / "floor.index"))
        before = yard.copy(self.place / "before")
        found |= self._in_turn(before, variants=variants)
        found[DAY_2] = self._job(yard, 2, "day2.csv", DAY_2)
        index_bytes = yard.index_bytes() / self.book.rows_on(2)
        if variants:
            found[AGAIN] = self._run(yard, AGAIN)
            yard.remove()
            for file, name in (("quoted.csv", QUOTED), ("day2.jsonl", JSON)):
                other = before.copy(self.place / "other")
                found[name] = self._job(other, 2, file, name)
                other.remove()
        found |= self._rivals(rivals)
        locals_ = (LOCAL, LOCAL_QUOTED, LOCAL_JSON)
        order = (FLOOR, FLOOR_KEPT, *locals_, DAY_1, DAY_2, AGAIN, QUOTED, JSON, BULK2, DLT_1, DLT_2)
        return Day(self.book, {name: found[name] for name in order if name in found}, index_bytes)

    def crowd(self, many: int) -> Crowd:
        """Measure the local step of day 2 of several entities at once; `day` must have been measured before."""
        before = Yard(self.place / "before", self.counter)
        yards = [self._waiting(before, f"crowd-{number}", "day2.csv") for number in range(many)]
        self._say(f"{many} entities at once")
        return Crowd(self.book.rows, many, run_module("local", *(str(each.folder) for each in yards)).mb)

    def remove(self) -> None:
        """Delete all that was written for this size."""
        shutil.rmtree(self.place)

    def _write_files(self) -> None:
        self.place.mkdir()
        click.echo(f"Writing {self.book.rows:,} accounts", err=True)
        self.book.write(self.place / "day1.csv", 1, EXPORT_HEADER)
        self.book.write(self.place / "day2.csv", 2, EXPORT_HEADER)
        self.book.write(self.place / "quoted.csv", 2, EXPORT_HEADER, "quoted")
        self.book.write(self.place / "day2.jsonl", 2, EXPORT_HEADER, "json")
        self.book.write(self.place / "ready.csv", 2, SALESFORCE_HEADER)

    def _in_turn(self, before: Yard, *, variants: bool) -> dict[str, Figures]:
        steps: dict[str, Callable[[], Spent]] = {
            FLOOR: lambda: self._floor("compare"),
            FLOOR_KEPT: lambda: self._floor("keep"),
            LOCAL: lambda: self._local(before, "day2.csv"),
        }
        if variants:
            steps[LOCAL_QUOTED] = lambda: self._local(before, "quoted.csv")
            steps[LOCAL_JSON] = lambda: self._local(before, "day2.jsonl")
        taken: dict[str, list[Figures]] = {name: [] for name in steps}
        for _ in range(self.rounds):
            for name, step in steps.items():
                self._say(name)
                taken[name].append(_of_the_step(step()))
        return {name: _median(figures) for name, figures in taken.items()}

    def _floor(self, kind: str) -> Spent:
        (self.place / "floor.ledger").unlink(missing_ok=True)
        return run_module("floor", kind, str(self.place / "day2.csv"), str(self.place / "floor.index"))

    def _local(self, before: Yard, file: str) -> Spent:
        yard = self._waiting(before, "local", file)
        spent = run_module("local", str(yard.folder))
        yard.remove()
        return spent

    def _waiting(self, before: Yard, name: str, file: str) -> Yard:
        yard = before.copy(self.place / name)
        yard.deliver(self.book, 2, self.place / file)
        return yard

    def _job(self, yard: Yard, day: int, file: str, name: str) -> Figures:
        yard.deliver(self.book, day, self.place / file)
        return self._run(yard, name)

    def _run(self, yard: Yard, name: str) -> Figures:
        return replace(self._metered(name, yard.run_job), steps=yard.steps())

    def _rivals(self, rivals: Sequence[str]) -> dict[str, Figures]:
        found: dict[str, Figures] = {}
        if "bulk2" in rivals:
            found[BULK2] = self._metered(BULK2, lambda: self._bulk2("ready.csv"))
        if "dlt" in rivals:
            found[DLT_1] = self._metered(DLT_1, lambda: self._dlt("day1.csv"))
            found[DLT_2] = self._metered(DLT_2, lambda: self._dlt("day2.csv"))
        return found

    def _bulk2(self, file: str) -> Spent:
        return run_module("bulk2", str(self.counter.address_file), str(self.place / file))

    def _dlt(self, file: str) -> Spent:
        paths = (self.counter.address_file, self.place / file, self.place / "dlt")
        return run_module("dlt_scd2", *map(str, paths), python=BENCH_PYTHON)

    def _metered(self, name: str, program: Callable[[], Spent]) -> Figures:
        self._say(name)
        self.counter.take()
        spent = program()
        return Figures(spent.wall, spent.cpu, spent.mb, self.counter.take())

    def _say(self, name: str) -> None:
        click.echo(f"  {self.book.rows:,} accounts: {name}", err=True)


def _of_the_step(spent: Spent) -> Figures:
    """Take the seconds of the step alone, which the process has printed, and the peak memory of the whole process."""
    step = json.loads(spent.printed)
    return Figures(step["wall"], step["cpu"], spent.mb)


def _median(figures: Sequence[Figures]) -> Figures:
    def middle(of: Callable[[Figures], float]) -> float:
        return statistics.median(map(of, figures))

    return Figures(middle(lambda each: each.wall), middle(lambda each: each.cpu), middle(lambda each: each.mb))
