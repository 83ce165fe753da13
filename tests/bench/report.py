"""Words a run of the benchmark as `docs/benchmarks.md`."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.bench.measure import DAY_1, DAY_2, FLOOR, LOCAL, Day, Figures, Run
from tests.bench.server import LATENCY
from tests.bench.targets import short, targets

_LOCKS = Path(__file__).parent.parent.parent / "requirements"


def report(run: Run) -> str:
    """Give the whole document."""
    day = run.compared
    parts = [_head(day, run.rounds), _comparison(day), _targets(run), _sent(day), _steps(day)]
    if len(run.days) > 1:
        parts.append(_sizes(run.days))
    return "\n".join([*parts, _not_measured()])


def _head(day: Day, rounds: int) -> str:
    book = day.book
    return f"""# Benchmarks

Written by `make bench`, which makes the accounts, runs each program as a process of its own against a server that
counts, and puts the figures here. They hold for this machine on this day; compare within a table, not between runs.

{_table(("", ""), _machine())}
**The data.** {book.rows:,} lease accounts of 20 columns; nobody is past due, so the collections rules have nothing to
conclude. On the second day {book.changed:,} have changed, {book.new:,} are new, {book.invalid:,} are invalid (an
amount that is none), and {book.removed:,} are gone. MB of memory are MiB.

**The server** speaks just enough of Salesforce (collections, Bulk API 2.0, over TLS), checks and keeps nothing, and
answers every call {LATENCY * 1000:.0f} ms late. *Beyond latency* is the time on the clock without these delays and
without the wait for a Bulk job, which ends at once here: Drawbar first asks after 2 s, simple-salesforce after 5 s.

**The floor** reads the file, hashes each raw line (xxh3-128), looks it up in the sorted hashes of day 1 with numpy,
and splits the cells of the lines that it does not find; it checks, maps and queues nothing. Floor and local step are
medians of {rounds} rounds in turn, without the start of the process; all others are whole processes, start-up
included, once. The local step compares, checks, maps and queues a delivery that has been fetched.
"""


def _machine() -> Iterator[tuple[str, str]]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    yield "Machine", f"{_processor()}, {os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()}"
    yield "Load before the run", f"{os.getloadavg()[0]:.1f} (a machine that does nothing else has less than 1)"
    ours = ", ".join(f"{name} {version(name)}" for name in ("numpy", "xxhash", "simple-salesforce", "dbos"))
    yield "Versions", f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {ours}"
    yield "Versions of dlt's environment", ", ".join(_locked("dlt", "duckdb", "pyarrow", "pandas"))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _locked(*names: str) -> Iterator[str]:
    for line in (_LOCKS / "bench.lock").read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition("==")
        if name in names:
            yield f"{name} {rest.split()[0]}"


def _comparison(day: Day) -> str:
    heads = (
        "What", "wall s", "beyond latency s", "CPU s", "peak MB", "API calls", "records sent",
        "beyond latency / floor", "CPU / floor",
    )  # fmt: skip
    floor = day.figures[FLOOR]
    rows = ((name, *_cells(each, floor)) for name, each in day.figures.items())
    return f"## {day.book.rows:,} accounts\n\n{_table(heads, rows)}"


def _cells(figures: Figures, floor: Figures) -> Iterator[str]:
    yield from (f"{each:.2f}" for each in (figures.wall, figures.beyond_latency, figures.cpu))
    yield f"{figures.mb:.0f}"
    yield from (f"{each:,}" for each in (figures.counts.api_calls, figures.counts.sent))
    yield from (f"{each:.1f}" for each in (figures.beyond_latency / floor.wall, figures.cpu / floor.cpu))


def _sent(day: Day) -> str:
    heads = ("What", "calls", "records", "MB sent", "MB received")
    served = ((name, each.counts) for name, each in day.figures.items() if each.counts.calls)
    rows = (
        (
            name,
            short(each.calls),
            short(each.records),
            *(f"{size / 1e6:.1f}" for size in (each.bytes_in, each.bytes_out)),
        )
        for name, each in served
    )
    intro = "A log-in does not count against the org's limit and is not among the API calls above."
    return f"## What was sent\n\n{intro}\n\n{_table(heads, rows)}"


def _steps(day: Day) -> str:
    jobs = {name: each for name, each in day.figures.items() if each.steps}
    steps = dict.fromkeys(step for each in jobs.values() for step in each.steps)
    rows = [
        (step, *(f"{each.steps[step]:.2f}" if step in each.steps else "" for each in jobs.values())) for step in steps
    ]
    rows.append(
        ("start and end of the process", *(f"{each.wall - sum(each.steps.values()):.2f}" for each in jobs.values()))
    )
    rows.append(("of all this latency", *(f"{each.wall - each.beyond_latency:.2f}" for each in jobs.values())))
    intro = "Seconds on the clock. `fetch` copies, verifies and compares; `deliver` holds all of the latency."
    return f"## Where the time of the whole job goes\n\n{intro}\n\n{_table(('Step', *jobs), rows)}"


def _targets(run: Run) -> str:
    rows = [(each.wanted, each.seen, "yes" if each.met else "**no**") for each in targets(run)]
    missed = sum(1 for *_, met in rows if met != "yes")
    verdict = "This run met them all." if not missed else f"This run missed {missed} of {len(rows)}."
    meant = "They are meant for 1,000,000 accounts and a machine that does nothing else."
    return f"## Targets\n\n{meant} {verdict}\n\n{_table(('Target', 'This run', 'Met'), rows)}"


def _sizes(days: Sequence[Day]) -> str:
    heads = (
        "Accounts", "floor, wall s", "local step, wall s", "local step, CPU µs a row", "local step, peak MB",
        "day 2, beyond latency s", "day 2, CPU s", "day 2, peak MB", "day 1, CPU µs a row", "day 1, peak MB",
    )  # fmt: skip
    return f"## Cost against size\n\n{_table(heads, map(_size, days))}"


def _size(day: Day) -> tuple[str, ...]:
    floor, local, second, first = (day.figures[name] for name in (FLOOR, LOCAL, DAY_2, DAY_1))
    return (
        f"{day.book.rows:,}", f"{floor.wall:.2f}", f"{local.wall:.2f}", f"{local.cpu / day.book.rows * 1e6:.2f}",
        f"{local.mb:.0f}", f"{second.beyond_latency:.2f}", f"{second.cpu:.2f}", f"{second.mb:.0f}",
        f"{first.cpu / day.book.rows * 1e6:.0f}", f"{first.mb:.0f}",
    )  # fmt: skip


def _not_measured() -> str:
    return """## What this does not say

A real org takes far longer for each record and each Bulk job, and a real network is not a loopback. The server is on
the same processors as what is measured. The programs beside Drawbar do less: neither checks a row nor maps one, the
script with `bulk2` starts from a file that is ready for Salesforce, and dlt reports no row that is wrong. PostgreSQL,
other object types, and deliveries by SFTP are not measured here.
"""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    numbers = [""] + [":" if head and head not in _WORDS else "" for head in heads[1:]]
    lines = ["| " + " | ".join(heads) + " |", "|" + "|".join(f"---{each}" for each in numbers) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


_WORDS = frozenset({"", "calls", "records", "This run", "Met"})
"""Columns that hold words, not numbers to be read from the right."""
