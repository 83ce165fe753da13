"""`make bench-inbox`: how soon the server acknowledges a message, while so many come each second.

The server is `drawbar serve`, a process of its own. Messages are sent when their time has come, whether earlier ones
were answered or not, and each is measured from that time: what waits for a free connection counts as well.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import click
import requests
from sqlalchemy import func, select

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.server.callers import SYNC_REQUESTS, Callers
from drawbar.middleware.sync.tables import inbox_message
from tests.postgres import create_database, postgres_server

REPORT = Path(__file__).parent.parent / "docs" / "inbox-measured.md"
DRAWBAR = Path(sys.executable).parent / "drawbar"
_SETTINGS = """
data_folder = "{folder}"
[database]
url = "{url}"
[server]
port = {port}
calls_per_minute = 1000000
[log]
level = "WARNING"
[leaseworks]
surface = "folder"
[leaseworks.folder]
path = "{folder}/files"
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one database came to: seconds from a message's time to its acknowledgement, and how many were stored."""

    database: str
    sent: int
    stored: int
    wall: float
    cpu: float
    """Seconds of processor of the server process, from its start to its end."""

    seconds: Sequence[float]

    def share(self, percent: float) -> float:
        """Give the milliseconds within which this share of the messages was acknowledged."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Senders:
    """Connections that take the next message each, wait for its time, and send it."""

    def __init__(self, port: int, key: str, *, rate: int, total: int) -> None:
        self._port, self._rate, self._total = port, rate, total
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._numbers = count()
        self._taking = threading.Lock()
        self.seconds: list[float] = []

    def send(self, connections: int) -> float:
        """Send all, and give the seconds that it took."""
        self._begin = time.monotonic() + 0.5
        threads = [threading.Thread(target=self._work) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - self._begin

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while True:
            with self._taking:
                number = next(self._numbers)
            if number >= self._total:
                connection.close()
                return
            due = self._begin + number / self._rate
            time.sleep(max(0.0, due - time.monotonic()))
            body = json.dumps({"object": "Case", "key": f"C{number}"})
            connection.request("POST", "/v1/sync-requests", body, self._headers | {"Idempotency-Key": f"m{number}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 202:
                raise SystemExit(f"message {number} was answered with {answer.status}")
            self.seconds.append(time.monotonic() - due)


@contextmanager
def _serving(folder: Path, url: str) -> Iterator[tuple[int, str]]:
    """Serve a hub on a database until the block ends; gives port and key."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    settings = folder / "drawbar.toml"
    settings.write_text(_SETTINGS.format(folder=folder, url=url, port=port), encoding="utf-8")
    engine = open_database(url)
    upgrade(engine)
    with engine.begin() as connection:
        key = Callers(connection).add("bench", [SYNC_REQUESTS], datetime.now(UTC))
    engine.dispose()
    process = subprocess.Popen([DRAWBAR, "--settings", settings, "serve"], cwd=folder)
    try:
        _await(port, process)
        yield port, key
    finally:
        process.terminate()
        process.wait(60)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def _measure(name: str, url: str, folder: Path, *, rate: int, seconds: int, connections: int) -> Figures:
    folder.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with _serving(folder, url) as (port, key):
        Senders(port, key, rate=rate, total=rate).send(connections)  # warms up: what is imported at the first call
        senders = Senders(port, key, rate=rate, total=rate * seconds)
        wall = senders.send(connections)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    engine = open_database(url)
    with engine.connect() as connection:
        stored = connection.execute(select(func.count()).select_from(inbox_message)).scalar_one()
    engine.dispose()
    return Figures(name, rate * seconds, stored, wall, cpu, senders.seconds)


def _report(found: Sequence[Figures], *, rate: int, seconds: int, connections: int) -> str:
    loads = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    lines = [
        "# The inbox, as measured",
        "",
        f"Written by `make bench-inbox`: {rate} sync requests a second for {seconds} s over {connections} connections, "
        "each acknowledged after its commit, to one `drawbar serve`; sender, server and database share the processors. "
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, load averages "
        f"{loads} at the end. Milliseconds count from the moment at which a message was due to be sent.",
        "",
        "| Database | messages | stored | acknowledged a second | p50 ms | p99 ms | slowest ms | server CPU s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.database} | {each.sent:,} | {each.stored:,} | {each.sent / each.wall:.0f} | {each.share(50):.1f} | "
        f"{each.share(99):.1f} | {each.share(100):.1f} | {each.cpu:.1f} |"
        for each in found
    ]
    lines += [
        "",
        "Messages that warmed the server up have the ids of the first second, and are stored once with them. The "
        "server's CPU is from its start to its end, some seconds of it before the first message. Where the load "
        "averages are above the number of processors, others used them too, and the milliseconds are theirs as well.",
    ]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--rate", default=300, show_default=True, type=click.IntRange(1), help="Messages a second.")
@click.option("--seconds", default=20, show_default=True, type=click.IntRange(1))
@click.option("--connections", default=32, show_default=True, type=click.IntRange(1))
@click.option("--report", "path", default=REPORT, type=click.Path(path_type=Path))
def main(rate: int, seconds: int, connections: int, path: Path) -> None:
    """Measure on both kinds of databases, print the figures and write them."""
    with (
        tempfile.TemporaryDirectory(prefix="drawbar-bench-") as made,
        postgres_server(durable=True) as server,
    ):
        folder = Path(made)
        urls = {"SQLite": f"sqlite:///{folder / 'hub.db'}", "PostgreSQL": create_database(server)}
        found = [
            _measure(name, url, folder / name, rate=rate, seconds=seconds, connections=connections)
            for name, url in urls.items()
        ]
    text = _report(found, rate=rate, seconds=seconds, connections=connections)
    click.echo(text)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
