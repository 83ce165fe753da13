"""The whole job against a local org, beside what a plain script with simple-salesforce does on the same delivery.

The org, Drawbar and the script are processes of their own; every API call takes `LATENCY` seconds longer than the
org needs. The script upserts every record of the delivery by Bulk API 2.0, from CSV files that are ready before it
starts: reading, checking and mapping the export is not counted against it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from simple_salesforce.api import Salesforce

from drawbar.connectors.leaseworks.settings import FolderSettings, LeaseWorksSettings
from drawbar.connectors.salesforce.payload import Wording, bulk_columns, write_bulk_csv
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.jobs.inbound import fetch, look_out
from drawbar.jobs.intakes import leaseworks_intakes
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import SourceRow, TargetRecord

ACCOUNTS = int(os.environ.get("DRAWBAR_BENCH_ACCOUNTS", "3000"))
LATENCY = 0.08
RIVAL = "simple-salesforce bulk2, day 2, everything"
_DRAWBAR = str(Path(sys.executable).parent / "drawbar")
_START_SECONDS = 120
_DONE = (0, 5)
"""5: done, and some rows were refused (the simulated LeaseWorks makes mistakes, too)."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process took (seconds, megabytes) and what the org counted meanwhile."""

    wall: float
    cpu: float
    mb: float
    calls: int
    records: int


def measure_whole_jobs(folder: Path) -> dict[str, Spent]:
    """Run two days through Drawbar and the second through the script; gives what each took, by name."""
    book = ("--accounts", str(ACCOUNTS), "--data", "sandbox")
    with _sandbox(folder, book):
        _drawbar(folder, "init", "--sandbox", "sandbox")
        _drawbar(folder, "sandbox", "fault", "latency", "--seconds", str(LATENCY), "--always", "--data", "sandbox")
        run = [_DRAWBAR, "run", "accounts"]
        spent = {"Drawbar, day 1, everything new": _metered(folder, run)}
        _drawbar(folder, "sandbox", "deliver", *book, "--day", "2")
        uploads = ready_made(folder / "sandbox" / "leaseworks" / "files", folder / "ready")
        spent["Drawbar, day 2"] = _metered(folder, run)
        rival = [sys.executable, "-m", "tests.bench_whole", str(folder), json.dumps(uploads)]
        spent[RIVAL] = _metered(folder, rival, cwd=Path(__file__).parent.parent)
    return spent


@contextmanager
def _sandbox(folder: Path, book: Sequence[str]) -> Iterator[None]:
    command = [_DRAWBAR, "sandbox", "--port", "0", "--http-port", "0", "--sftp-port", "0", *book, "--day", "1"]
    log = folder / "sandbox.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not (folder / "sandbox" / "addresses.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox did not start: {log.read_text(encoding='utf-8')}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def _drawbar(folder: Path, *arguments: str) -> str:
    command = [_DRAWBAR, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def _metered(folder: Path, command: Sequence[str], cwd: Path | None = None) -> Spent:
    meter = ("sandbox", "meter", "--clear", "--json", "--data", "sandbox")
    _drawbar(folder, *meter)
    started = time.perf_counter()
    with (folder / "output.log").open("ab") as output:
        process = subprocess.Popen(command, cwd=cwd or folder, stdout=output, stderr=output)
        mb = 0.0
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            mb = max(mb, peak_mb(process.pid))
            time.sleep(0.02)
        _, status, used = ended
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _DONE:
        raise RuntimeError((folder / "output.log").read_text(encoding="utf-8")[-2000:])
    counted = json.loads(_drawbar(folder, *meter))["total"]
    cpu = used.ru_utime + used.ru_stime
    return Spent(wall, cpu, mb, int(counted["calls"]), int(counted["records_in"]))


def peak_mb(process: int | str = "self") -> float:
    """Give the peak memory of a running process; `ru_maxrss` would count what its parent held when it started it."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def ready_made(files: Path, place: Path) -> list[tuple[str, str]]:
    """Write every record of the waiting delivery as CSV for Bulk API 2.0; gives object and file of each."""
    place.mkdir()
    settings = LeaseWorksSettings(surface="folder", folder=FolderSettings(path=files))
    hub = open_hub(Settings(data_folder=place, leaseworks=settings))
    upgrade(hub.engine)
    now = datetime.now(UTC)
    waiting = look_out(hub, now).ready[0]
    inbound = fetch(hub, waiting)
    intakes = leaseworks_intakes(hub, waiting.business_date, now)
    wording = Wording(EXTERNAL_IDS, lambda _object, name: name)
    uploads: list[tuple[str, str]] = []
    for entity in (each for each in inbound.entities if intakes[each].object):
        groups: dict[tuple[str, ...], list[TargetRecord]] = {}
        for record in _records(inbound.source(entity), intakes[entity].to_target, now):
            groups.setdefault(bulk_columns(record, wording) or (), []).append(record)
        for number, records in enumerate(groups.values()):
            path = place / f"{entity}-{number}.csv"
            with path.open("wb") as file:
                write_bulk_csv(records, wording, file, 1 << 40)
            uploads.append((intakes[entity].object, str(path)))
    return uploads


def _records(
    source: Any, to_target: Callable[[Any, datetime], TargetRecord | None], now: datetime
) -> Iterator[TargetRecord]:
    for batch in source.batches():
        for number, (key, raw) in enumerate(zip(batch.keys, batch.raws, strict=True), batch.first_number):
            try:
                record = to_target(source.parse(SourceRow(number, key.decode(), raw)), now)
            except RecordRejected:
                continue
            if record is not None:
                yield record


def upsert_everything(folder: Path, uploads: Sequence[tuple[str, str]]) -> None:
    """Do what a plain script does: hand every file to `bulk2` and wait; parents come before children."""
    org = json.loads((folder / "sandbox" / "addresses.json").read_text(encoding="utf-8"))["salesforce"]
    with requests.Session() as session:
        session.trust_env = False  # another CA bundle in the environment would win over this one
        session.verify = org["ca_file"]
        login = {
            "grant_type": "client_credentials", "client_id": org["client_id"],
            "client_secret": (folder / "sandbox" / "keys" / "client_secret").read_text(encoding="utf-8").strip(),
        }  # fmt: skip
        token = session.post(f"{org['login_url']}/services/oauth2/token", data=login, timeout=60).json()
        org_session = Salesforce(
            instance_url=token["instance_url"], session_id=token["access_token"], session=session, version="67.0"
        )
        for name, path in uploads:
            getattr(org_session.bulk2, name).upsert(csv_file=path, external_id_field=EXTERNAL_IDS[name])


if __name__ == "__main__":
    upsert_everything(Path(sys.argv[1]), json.loads(sys.argv[2]))
