"""`make bench-scaling`: one feed taken by one, two and three workers on PostgreSQL, whole and in parts.

Every worker is a process of its own on a throw-away server of this machine. Only taking in is measured (fetch, compare,
understand, map, queue, fingerprints): what follows, assessment and delivery, is not cut into parts of a feed.
"""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psycopg

from drawbar.connectors.leaseworks.manifest_writer import write_manifest
from drawbar.connectors.leaseworks.settings import FolderSettings, LeaseWorksSettings
from drawbar.jobs.accounts import AccountsSteps
from drawbar.jobs.hub import Hub
from drawbar.jobs.parts import intake_parts
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.engine import PARTS_QUEUE, QUEUES, Capacity, JobContext, JobEngine, open_engine_database
from drawbar.middleware.settings import DatabaseSettings, SyncSettings
from drawbar.middleware.sync.runs import Runs
from drawbar.sandbox.leaseworks.book import BookPlan
from drawbar.sandbox.leaseworks.delivery import write_deliveries
from tests.bench.metered import peak_mb
from tests.postgres import create_database, postgres_server

SIZES = [int(each) for each in os.environ.get("DRAWBAR_BENCH_SIZES", "1000000,5000000").split(",")]
CREWS = [(1, 1), (1, 6), (2, 6), (3, 6)]
"""How many workers, and into how many parts the feed is cut."""

PATTERN = 500
CHANGED_EVERY = 50
REPORT = Path(__file__).parent.parent / "docs" / "scaling-measured.md"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one day came to: seconds, seconds of processor per worker and of the server, MB per worker and on disk."""

    rows: int
    parts: int
    day: int
    wall: float
    cpu: Sequence[float]
    mb: Sequence[float]
    server_cpu: float
    database_mb: float


def write_days(folder: Path, rows: int) -> list[Path]:
    """Write two deliveries with so many accounts, the second with two percent of them changed."""
    (pattern,) = write_deliveries(folder / "pattern", BookPlan(accounts=PATTERN), 1)
    header, *lines = (pattern / "accounts.csv").read_text(encoding="utf-8").splitlines()
    cells = [line.split(",", 1) for line in lines if '"' not in line]
    days = [folder / pattern.name, folder / pattern.name.replace("-001", "-002")]
    for number, day in enumerate(days):
        day.mkdir()
        with (day / "accounts.csv").open("w", encoding="utf-8") as file:
            file.write(header + "\n")
            file.writelines(_lines(cells, rows, changed=number == 1))
        write_manifest(day, _leaseworks(day).layouts, None)
    return days


def _lines(cells: Sequence[Sequence[str]], rows: int, *, changed: bool) -> Iterator[str]:
    for number in range(rows):
        fresh = number + 1 if changed and number % CHANGED_EVERY == 0 else number
        yield f"LW{number:08d},{cells[fresh % len(cells)][1]}\n"


def _leaseworks(path: Path) -> LeaseWorksSettings:
    return LeaseWorksSettings(surface="folder", folder=FolderSettings(path=path), required_entities=("accounts",))


def open_yard(url: str, folder: Path, rows_per_part: int) -> Hub:
    return open_hub(
        Settings(
            data_folder=folder / "hub", database=DatabaseSettings(url=url), leaseworks=_leaseworks(folder),
            sync=SyncSettings(split_above=rows_per_part),
        )
    )  # fmt: skip


def take_what_waits(hub: Hub, context: JobContext) -> None:
    steps = AccountsSteps.begin(hub, context)
    for waiting in steps.look({}):
        steps.take_entities(waiting)
        steps.guarded("put away", lambda waiting=waiting: steps._put_away(waiting))  # type: ignore[misc]


def work(url: str, folder: Path, rows_per_part: int, run_id: str, queues: Sequence[str]) -> None:
    """Be one worker until the run has ended, and print what that took."""
    hub = open_yard(url, folder, rows_per_part)
    engine = JobEngine(
        database=open_engine_database(url), locks=hub.locks, jobs={"take": lambda told: take_what_waits(hub, told)},
        parts=intake_parts(hub), lock_of=lambda name: name, capacity=Capacity(queues),
    )  # fmt: skip
    engine.start()
    click.echo("ready")
    sys.stdin.readline()
    began, cpu = time.perf_counter(), time.process_time()
    if queues != [PARTS_QUEUE]:
        engine.submit(run_id, "take", {})
    engine.wait(run_id)
    spent = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "mb": peak_mb()}
    engine.stop()
    click.echo(json.dumps(spent))


def measure(server: str, prepared: Sequence[Path], rows: int, workers: int, parts: int) -> list[Figures]:
    """Let a crew take both days into an empty database."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="drawbar-bench-") as place:
        folder, url = Path(place), create_database(server)
        (folder / "archive").mkdir()
        hub = open_yard(url, folder, rows)
        upgrade(hub.engine)
        for day, delivery in enumerate(prepared, 1):
            shutil.copytree(delivery, folder / "outbound" / delivery.name)
            with hub.engine.begin() as connection:
                Runs(connection).queue(f"take-{day}", "take", {}, by="bench", now=hub.clock())
            before = _server_cpu(url)
            spent = _crew(url, folder, math.ceil(rows / parts), f"take-{day}", workers)
            figures.append(
                Figures(
                    rows, parts, day, spent[0]["wall"], [each["cpu"] for each in spent], [each["mb"] for each in spent],
                    _server_cpu(url) - before, _database_mb(url),
                )
            )  # fmt: skip
        hub.engine.dispose()
    return figures


def _crew(url: str, folder: Path, rows_per_part: int, run_id: str, workers: int) -> list[dict[str, float]]:
    crew = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench_scaling", url, str(folder), str(rows_per_part), run_id, queues],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPORT.parent.parent,
        )
        for queues in [",".join(QUEUES), *[PARTS_QUEUE] * (workers - 1)]
    ]  # fmt: skip
    for process in crew:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in crew:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate()[0]) for process in crew]


def _server_cpu(url: str) -> float:
    """Give the seconds of processor that the server has used so far, with its children, dead and alive."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    server = int((Path(row[0]) / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    ticks = sum(_ticks(server)) + sum(sum(_ticks(int(child))[:2]) for child in children)
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(process: int) -> list[int]:
    """Give the ticks of a process in user and system mode, then of its children that have ended."""
    return [int(each) for each in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]]


def _database_mb(url: str) -> float:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return float(row[0]) / 1e6


def main() -> None:
    """Make the data, let every crew take it, print the table and write the report."""
    figures: list[Figures] = []
    with postgres_server() as server:
        for rows in SIZES:
            with tempfile.TemporaryDirectory(prefix="drawbar-bench-") as place:
                days = write_days(Path(place), rows)
                for workers, parts in CREWS:
                    click.echo(f"{rows:,} rows, {workers} workers, {parts} parts ...", err=True)
                    figures += measure(server, days, rows, workers, parts)
                    click.echo(json.dumps([asdict(each) for each in figures[-2:]]), err=True)
                    REPORT.write_text(_report(figures), encoding="utf-8")
    click.echo(_report(figures))


def _report(figures: Sequence[Figures]) -> str:
    lines = [
        "# Scaling, as measured",
        "",
        "Written by `make bench-scaling`: accounts of 25 columns taken in on PostgreSQL (fetch, compare, understand, "
        f"map, queue, fingerprints), one round, {platform.machine()}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}. Workers and server share the processors. Day 1: every row is new. Day 2: "
        f"{100 / CHANGED_EVERY:g} % of the rows have changed. CPU and memory are of each worker; \"gain\" is the wall "
        "time of one worker that takes the feed whole, divided by this one's.",
        "",
        "| Rows | Day | Workers | Parts | wall s | gain | rows / s | CPU s of each | CPU s server | peak MB of each "
        "| database MB |",
        "|---:|---:|---:|---:|---:|---:|---:|---|---:|---|---:|",
    ]  # fmt: skip
    alone = {(each.rows, each.day): each.wall for each in figures if each.parts == 1}
    return "\n".join([*lines, *(_line(each, alone) for each in figures)]) + "\n"


def _line(each: Figures, alone: Mapping[tuple[int, int], float]) -> str:
    cpu, mb = (" + ".join(f"{value:.0f}" for value in values) for values in (each.cpu, each.mb))
    return (
        f"| {each.rows:,} | {each.day} | {len(each.cpu)} | {each.parts} | {each.wall:.0f} "
        f"| {alone[each.rows, each.day] / each.wall:.2f} | {each.rows / each.wall:,.0f} | {cpu} "
        f"| {each.server_cpu:.0f} | {mb} | {each.database_mb:,.0f} |"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        address, yard, size, run, names = sys.argv[1:]
        work(address, Path(yard), int(size), run, names.split(","))
    else:
        main()
