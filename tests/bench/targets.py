"""What the benchmark is meant to show, and whether a run has shown it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tests.bench.measure import (
    BULK2,
    DAY_1,
    DAY_2,
    FLOOR,
    JSON,
    LOCAL,
    LOCAL_JSON,
    LOCAL_QUOTED,
    QUOTED,
    Crowd,
    Day,
    Figures,
    Run,
)

_ACCOUNTS = ("Lease_Account__c by Bulk", "Lease_Account__c by calls")
_ENTRY_BYTES = 32
_LINEAR_WITHIN = 1.5
"""So many times the cost a row of the next smaller size counts as linear still: caches and sorting take their part."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target, what this run measured, and whether that meets it."""

    wanted: str
    seen: str
    met: bool


def targets(run: Run) -> Iterator[Target]:
    """Judge one size by its targets, and all sizes by the one that compares them."""
    yield from _second_day(run.compared)
    yield from _respelt(run.compared, "Every cell quoted", LOCAL_QUOTED, QUOTED)
    yield from _respelt(run.compared, "JSON lines", LOCAL_JSON, JSON)
    yield from _first_day(run.compared)
    yield from (_many_at_once(*pair) for pair in pairwise(run.crowds))
    # Below a hundred thousand rows most of the time is not the rows': nothing could be said of it.
    yield from (_linear(*pair) for pair in pairwise(run.days[1:]))


def _second_day(day: Day) -> Iterator[Target]:
    figures, floor = day.figures, day.figures[FLOOR]
    job, local = figures[DAY_2], figures[LOCAL]
    yield _only_real_changes("Day 2: exactly the good rows are sent", day, job)
    yield _at_most("Day 2: API calls", job.counts.api_calls, 6)
    yield _times("Day 2: local step, wall", local.wall, floor.wall, 3.5)
    yield _times("Day 2: local step, CPU", local.cpu, floor.cpu, 3.5)
    yield _times("Day 2: whole job beyond latency, start-up included", job.beyond_latency, floor.wall, 5)
    yield _at_most("Day 2: whole job, peak MB", job.mb, 200)
    yield Target(
        "Index: at most 32 bytes a row", f"{day.index_bytes:.2f} bytes", round(day.index_bytes, 2) <= _ENTRY_BYTES
    )


def _respelt(day: Day, how: str, local_name: str, job_name: str) -> Iterator[Target]:
    floor, local, job = (day.figures[name] for name in (FLOOR, local_name, job_name))
    yield _only_real_changes(f"{how}: only the real changes are sent", day, job)
    yield _times(f"{how}: local step, wall", local.wall, floor.wall, 10)
    yield _times(f"{how}: whole job beyond latency", job.beyond_latency, floor.wall, 10)
    yield _at_most(f"{how}: whole job, peak MB", job.mb, 250)


def _first_day(day: Day) -> Iterator[Target]:
    job = day.figures[DAY_1]
    yield _at_most("Day 1: API calls", job.counts.api_calls, 10)
    yield _at_most("Day 1: peak MB", job.mb, 250)
    if BULK2 in day.figures:
        rival = day.figures[BULK2]
        seen = f"{job.cpu:.1f} s beside {rival.cpu:.1f} s ({job.cpu / rival.cpu:.1f} times)"
        yield Target("Day 1: CPU at most that of simple-salesforce bulk2", seen, job.cpu <= rival.cpu)


def _only_real_changes(wanted: str, day: Day, job: Figures) -> Target:
    book, records = day.book, job.counts.records
    accounts = sum(records.get(way, 0) for way in _ACCOUNTS)
    errors = job.counts.sent - accounts
    seen = (
        f"{accounts:,} accounts ({book.good:,} good rows and {book.removed:,} that left), "
        f"{errors:,} Sync Errors for {book.invalid:,} invalid rows"
    )
    return Target(wanted, seen, accounts == book.good + book.removed and errors == book.invalid)


def _at_most(what: str, seen: float, limit: int) -> Target:
    return Target(f"{what}, at most {limit}", f"{seen:.0f}", seen <= limit)


def _times(what: str, seen: float, floor: float, limit: float) -> Target:
    ratio = seen / floor
    return Target(f"{what}, at most {limit:g} times the floor", f"{seen:.2f} s, {ratio:.1f} times", ratio <= limit)


def _many_at_once(smaller: Crowd, larger: Crowd) -> Target:
    added = larger.bytes_per_key(smaller)
    wanted = f"{larger.many} entities at once: memory grows by at most {_ENTRY_BYTES} bytes a key"
    seen = (
        f"{smaller.mb:.0f} MB at {smaller.rows:,} accounts each, {larger.mb:.0f} MB at {larger.rows:,}: "
        f"{added:.0f} bytes a key"
    )
    return Target(wanted, seen, added <= _ENTRY_BYTES)


def _linear(smaller: Day, larger: Day) -> Target:
    before, after = (day.figures[LOCAL].cpu / day.book.rows * 1e6 for day in (smaller, larger))
    wanted = (
        f"Linear from {smaller.book.rows:,} to {larger.book.rows:,} accounts: local step, at most "
        f"{_LINEAR_WITHIN:g} times the CPU a row"
    )
    return Target(wanted, f"{before:.2f} and {after:.2f} µs a row", after <= _LINEAR_WITHIN * before)


def short(figures: Mapping[str, int]) -> str:
    """Word counts by name for a cell of a table."""
    return ", ".join(f"{count:,} {name}" for name, count in figures.items()) or "none"
