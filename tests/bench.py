"""`make bench`: what taking accounts in costs beside its lower bound, and the whole job beside a plain script.

The floor reads the file, hashes each raw line (xxh3) and looks it up in the sorted fingerprints of the day before; it
understands and queues nothing. Every measurement is a process of its own on its own copy of the data; the
measurements take turns, `ROUNDS` times, and the medians are compared.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import click

from drawbar.connectors.leaseworks.manifest_writer import write_manifest
from drawbar.connectors.leaseworks.settings import FolderSettings, LeaseWorksSettings
from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.inbound import Waiting, fetch, look_out
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.survey import survey
from drawbar.middleware.sync.tables import outbox
from drawbar.sandbox.leaseworks.book import BookPlan
from drawbar.sandbox.leaseworks.delivery import write_deliveries
from tests.bench_whole import ACCOUNTS, LATENCY, RIVAL, Spent, measure_whole_jobs, peak_mb

ROWS = int(os.environ.get("DRAWBAR_BENCH_ROWS", "100000"))
ROUNDS = 3
REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
CHANGED_SHARE = 0.02


class Yard:
    """A hub in a folder, with deliveries of three kinds: day 1, day 2 (2 % changed), and day 2 only reformatted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        leaseworks = LeaseWorksSettings(surface="folder", folder=FolderSettings(path=folder / "leaseworks"))
        self.hub = open_hub(Settings(data_folder=folder / "hub", leaseworks=leaseworks))

    def take(self) -> int:
        """Take the accounts of the oldest waiting delivery in; gives how many changes were queued."""
        now = datetime.now(UTC)
        waiting = look_out(self.hub, now).ready[0]
        inbound = fetch(self.hub, waiting)
        with self.hub.engine.connect() as connection:
            work = DeliveryWork(self.hub, connection, "bench", now, False, connection.commit, lambda *_: None)
            work.note(waiting, "taken")
            connection.execute(outbox.delete())
            result = work.take(waiting, inbound, "accounts")
            work.note(waiting, "done")
        return int(result["created"] + result["changed"])

    def floor(self) -> int:
        """Only compare; gives how many rows differ."""
        now = datetime.now(UTC)
        waiting: Waiting = look_out(self.hub, now).ready[0]
        inbound = fetch(self.hub, waiting)
        with self.hub.engine.connect() as connection:
            index = Feeds(connection, self.hub.fingerprints_folder).load("leaseworks.accounts").index
        found = survey(index, inbound.source("accounts"), everything=False, keep_bytes=32_000_000)
        return len(found.numbers)


def prepare(folder: Path) -> None:
    """Make day 1, its copy with 2 % of the rows changed, and its copy with every row quoted."""
    root = folder / "leaseworks"
    write_deliveries(root, BookPlan(accounts=ROWS), 1)
    (folder / "hub").mkdir()
    upgrade(Yard(folder).hub.engine)
    first = next((root / "outbound").iterdir())
    for name, change in (("changed", _change_some), ("reformatted", _quote_all)):
        shutil.copytree(first, folder / name / first.name.replace("-001", "-002"))
        change(folder / name / first.name.replace("-001", "-002"))


def _change_some(delivery: Path) -> None:
    chosen = random.Random(1).sample(range(ROWS), int(ROWS * CHANGED_SHARE))
    _rewrite(delivery, quoting=csv.QUOTE_MINIMAL, changed=chosen)


def _quote_all(delivery: Path) -> None:
    _rewrite(delivery, quoting=csv.QUOTE_ALL, changed=[])


def _rewrite(delivery: Path, *, quoting: Literal[0, 1], changed: Sequence[int]) -> None:
    path = delivery / "accounts.csv"
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    fees = header.index("LATE_FEES")
    for number in changed:
        rows[number][fees] = str(Decimal(rows[number][fees]) + 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=quoting).writerows([header, *rows])
    layouts = LeaseWorksSettings(surface="folder", folder=FolderSettings(path=delivery)).layouts
    write_manifest(delivery, layouts, None)


def deliver(folder: Path, kind: str) -> None:
    """Put one of the prepared second deliveries where it waits to be taken."""
    for delivery in (folder / kind).iterdir():
        shutil.copytree(delivery, folder / "leaseworks" / "outbound" / delivery.name)


MEASUREMENTS: dict[str, tuple[str, str, Callable[[Yard], int]]] = {
    "day 1, everything new": ("before", "", Yard.take),
    "day 2, 2 % changed": ("after", "changed", Yard.take),
    "day 2, every row reformatted, none changed": ("after", "reformatted", Yard.take),
    "floor of day 2": ("after", "changed", Yard.floor),
}
"""What is measured: from which state (`before` or `after` day 1), with which second delivery, and how."""


def measure(name: str, prepared: Path) -> None:
    """Do one measurement in this process and print it as JSON; seconds are of the step alone, without start-up."""
    state, kind, step = MEASUREMENTS[name]
    with tempfile.TemporaryDirectory(prefix="drawbar-bench-") as place:
        folder = Path(place) / "yard"
        shutil.copytree(prepared / state, folder)
        if kind:
            deliver(folder, kind)
        yard = Yard(folder)
        wall, cpu = time.perf_counter(), time.process_time()
        rows = step(yard)
        measured = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "rows": rows}
    print(json.dumps({**measured, "mb": peak_mb()}))


def main() -> None:
    """Make the data, measure in turn, print the table and write the report."""
    with tempfile.TemporaryDirectory(prefix="drawbar-bench-") as place:
        prepared = Path(place)
        click.echo(f"Making {ROWS:,} accounts ...", err=True)
        prepare(prepared / "before")
        shutil.copytree(prepared / "before", prepared / "after")
        Yard(prepared / "after").take()
        shutil.rmtree(next((prepared / "after" / "leaseworks" / "outbound").iterdir()))
        results: dict[str, list[dict[str, float]]] = {name: [] for name in MEASUREMENTS}
        for number in range(ROUNDS):
            for name in MEASUREMENTS:
                click.echo(f"Round {number + 1} of {ROUNDS}: {name} ...", err=True)
                command = [sys.executable, "-m", "tests.bench", name, str(prepared)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=REPORT.parent.parent)
                results[name].append(json.loads(done.stdout))
        click.echo("The whole job, and a script with simple-salesforce, against a local org ...", err=True)
        (prepared / "whole").mkdir()
        whole = measure_whole_jobs(prepared / "whole")
    report = _report(results) + _whole_report(whole)
    click.echo(report)
    REPORT.write_text(report, encoding="utf-8")


def _report(results: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    def median(name: str, figure: str) -> float:
        return statistics.median(each[figure] for each in results[name])

    floor = "floor of day 2"
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench`: taking {ROWS:,} accounts of 25 columns in (read, compare, understand, map, queue in "
        f"SQLite), medians of {ROUNDS} rounds in turn, {platform.machine()}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}. The floor reads, hashes and looks up, and does nothing else. Compared is CPU "
        "time within one run; the figures say nothing about another machine.",
        "",
        "| What | rows queued | CPU s | wall s | CPU / floor | peak MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {median(name, 'rows'):,.0f} | {median(name, 'cpu'):.2f} | {median(name, 'wall'):.2f} "
        f"| {median(name, 'cpu') / median(floor, 'cpu'):.1f} | {median(name, 'mb'):.0f} |"
        for name in MEASUREMENTS
    ]
    return "\n".join(lines) + "\n"


def _whole_report(whole: Mapping[str, Spent]) -> str:
    rival = whole[RIVAL]
    lines = [
        "",
        "## The whole job",
        "",
        f"A LeaseWorks of {ACCOUNTS:,} accounts with their lessees, vehicles, payments, notes and promises; fetched, "
        f"compared, taken in, assessed and delivered to a local org over TLS, each API call {LATENCY * 1000:.0f} ms "
        "late. Drawbar checks and maps all rows, concludes delinquency, promises and cases, and sends these too. The "
        "script upserts every record of the second delivery with simple-salesforce's `bulk2`, from CSV files that "
        "were ready before it started, and concludes nothing. Each is one process, start-up included; CPU and memory "
        "are the client's, not the org's.",
        "",
        "| What | API calls | records sent | CPU s | CPU / script | wall s | peak MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {each.calls:,} | {each.records:,} | {each.cpu:.2f} | {each.cpu / rival.cpu:.1f} "
        f"| {each.wall:.1f} | {each.mb:.0f} |"
        for name, each in whole.items()
    ]
    lines += [
        "",
        "Not measured: a real org, whose own time per record and per Bulk job is far longer; a real network; "
        "PostgreSQL; other clients than this one; other sizes in the same run. Wall time here is mostly the local "
        "org's, on the same processors.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
