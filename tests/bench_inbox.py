"""`make bench-inbox`: how soon the server acknowledges each kind of message, while so many come each second.

The server is `drawbar serve`, a process of its own, with the settings that it has by default; its log goes to a file.
"""

from __future__ import annotations

import os
import platform
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import requests
from sqlalchemy import func, select

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.server.callers import SYNC_REQUESTS, Callers
from drawbar.middleware.sync.tables import inbox_message
from tests.bench_inbox_load import KINDS, Access, Kind, send
from tests.postgres import create_database, postgres_server

REPORT = Path(__file__).parent.parent / "docs" / "inbox-measured.md"
DRAWBAR = Path(sys.executable).parent / "drawbar"
_ORGANIZATION = "00D000000000001AAA"
_SETTINGS = """
data_folder = "{folder}"
[database]
url = "{url}"
[server]
port = {port}
calls_per_minute = 1000000
[server.webhooks.bench]
keys = ["env:BENCH_WEBHOOK_KEY"]
[salesforce]
login_url = "https://example.my.salesforce.com"
client_id = "bench"
auth = "client_credentials"
client_secret = "env:BENCH_TOKEN"
[salesforce.outbound]
organization_id = "{organization}"
path_token = "env:BENCH_TOKEN"
[leaseworks]
surface = "folder"
[leaseworks.folder]
path = "{folder}/files"
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one kind came to on one database."""

    kind: str
    database: str
    sent: int
    stored: int
    wall: float
    cpu: float
    """Seconds of processor of the server process, from the first message to the last answer."""

    seconds: Sequence[float]
    """From a message's time to its acknowledgement."""

    def share(self, percent: float) -> float:
        """Give the milliseconds within which this share of the messages was acknowledged."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


@dataclass(frozen=True, slots=True)
class Load:
    """How many messages come in a second, for how long, and over how many connections."""

    rate: int
    seconds: int
    connections: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at a port."""

    name: str
    url: str
    port: int
    process: subprocess.Popen[bytes]
    access: Access

    def cpu(self) -> float:
        """Give the seconds of processor that the process has used."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def measured(self, kind: Kind, load: Load) -> Figures:
        """Send messages of one kind; those of the first second warm up, and are not counted."""
        written = [kind.request(self.access, number) for number in range(load.rate * (load.seconds + 1))]
        warm, counted = written[: load.rate], written[load.rate :]
        send(self.port, kind, warm, rate=load.rate, connections=load.connections)
        before, stored = self.cpu(), self._stored()
        wall, seconds = send(self.port, kind, counted, rate=load.rate, connections=load.connections)
        cpu = self.cpu() - before
        return Figures(kind.name, self.name, len(counted), self._stored() - stored, wall, cpu, seconds)

    def _stored(self) -> int:
        engine = open_database(self.url)
        with engine.connect() as connection:
            stored: int = connection.execute(select(func.count()).select_from(inbox_message)).scalar_one()
        engine.dispose()
        return stored


@contextmanager
def _serving(name: str, url: str, folder: Path) -> Iterator[Server]:
    """Serve a hub on a database until the block ends."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    settings = folder / "drawbar.toml"
    settings.write_text(
        _SETTINGS.format(folder=folder, url=url, port=port, organization=_ORGANIZATION), encoding="utf-8"
    )
    engine = open_database(url)
    upgrade(engine)
    with engine.begin() as connection:
        key = Callers(connection).add("bench", [SYNC_REQUESTS], datetime.now(UTC))
    engine.dispose()
    access = Access(key, f"whsec_{b64encode(secrets.token_bytes(32)).decode()}", _ORGANIZATION, secrets.token_hex(32))
    known = {"BENCH_WEBHOOK_KEY": access.webhook_key, "BENCH_TOKEN": access.path_token}
    with (folder / "log").open("wb") as log:
        command = [str(DRAWBAR), "--settings", str(settings), "serve"]
        process = subprocess.Popen(command, cwd=folder, env=os.environ | known, stderr=log)
    try:
        _await(port, process)
        yield Server(name, url, port, process, access)
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


def _measure(name: str, url: str, folder: Path, load: Load) -> list[Figures]:
    with _serving(name, url, folder) as server:
        return [server.measured(kind, load) for kind in KINDS]


def _report(found: Sequence[Figures], load: Load) -> str:
    loads = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    lines = [
        "# The inbox, as measured",
        "",
        f"Written by `make bench-inbox`: {load.rate} messages of a kind each second for {load.seconds} s over "
        f"{load.connections} connections, each acknowledged after its commit, to one `drawbar serve` as it is by "
        "default; sender, server and database share the processors. "
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, load averages "
        f"{loads} at the end. Milliseconds count from the moment at which a message was due to be sent.",
        "",
        "| Database | kind | messages | stored | acknowledged a second | p50 ms | p99 ms | slowest ms | "
        "server CPU, ms a message |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.database} | {each.kind} | {each.sent:,} | {each.stored:,} | {each.sent / each.wall:.0f} | "
        f"{each.share(50):.1f} | {each.share(99):.1f} | {each.share(100):.1f} | {1000 * each.cpu / each.sent:.2f} |"
        for each in found
    ]
    lines += [
        "",
        "Of each kind, another second of messages warmed the server up. All that the server did while messages came "
        "counts as its CPU. Where the load averages are above the number of processors, others used them too, and the "
        "milliseconds are theirs as well.",
    ]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--rate", default=300, show_default=True, type=click.IntRange(1), help="Messages a second.")
@click.option("--seconds", default=20, show_default=True, type=click.IntRange(1))
@click.option("--connections", default=32, show_default=True, type=click.IntRange(1))
@click.option("--report", "path", default=REPORT, type=click.Path(path_type=Path))
def main(rate: int, seconds: int, connections: int, path: Path) -> None:
    """Measure on both kinds of databases, print the figures and write them."""
    load = Load(rate, seconds, connections)
    with (
        tempfile.TemporaryDirectory(prefix="drawbar-bench-") as made,
        postgres_server(durable=True) as server,
    ):
        folder = Path(made)
        urls = {"SQLite": f"sqlite:///{folder / 'hub.db'}", "PostgreSQL": create_database(server)}
        found = [each for name, url in urls.items() for each in _measure(name, url, folder / name, load)]
    text = _report(found, load)
    click.echo(text)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
