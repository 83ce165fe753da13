"""Runs a program as a process of its own, and tells what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.bench.counts import Counts

REPOSITORY = Path(__file__).parent.parent.parent
_LOOK_SECONDS = 0.01
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took: seconds on the clock, seconds of processors, peak megabytes (MiB), and what it printed."""

    wall: float
    cpu: float
    mb: float
    printed: str


def run_metered(command: Sequence[str], cwd: Path, *, ends: Collection[int] = (0,)) -> Spent:
    """Run a program to its end; raise RuntimeError, with what it said, when it ends in another way than these."""
    with tempfile.TemporaryFile("w+b") as output, tempfile.TemporaryFile("w+b") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, stdout=output, stderr=errors)
        mb = 0.0
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            mb = max(mb, peak_mb(process.pid))
            time.sleep(_LOOK_SECONDS)
        wall = time.perf_counter() - started
        _, status, used = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        printed, said = _all_of(output), _all_of(errors)
    if process.returncode not in ends:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {printed[-2000:]}{said[-4000:]}")
    return Spent(wall, used.ru_utime + used.ru_stime, mb, printed)


def run_module(module: str, *arguments: str, python: str = sys.executable) -> Spent:
    """Run a module of this package as a process."""
    return run_metered([python, "-m", f"tests.bench.{module}", *arguments], REPOSITORY)


def peak_mb(process: int | str = "self") -> float:
    """Give the peak memory so far; `ru_maxrss` would count what the parent held when it started the process."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def _all_of(file: Any) -> str:
    file.seek(0)
    content: bytes = file.read()
    return content.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Counter:
    """The counting server from outside."""

    folder: Path
    url: str
    ca_file: str

    @property
    def address_file(self) -> Path:
        return self.folder / "address.json"

    def take(self) -> Counts:
        """Give what was counted since the last time."""
        with requests.Session() as session:
            session.trust_env = False  # another CA bundle in the environment would win over this one
            answer = session.post(f"{self.url}/take-counts", verify=self.ca_file, timeout=60)
        return Counts.from_json(answer.json())


@contextmanager
def counting_server(folder: Path) -> Iterator[Counter]:
    """Run the counting server, in a process of its own, as long as the block lasts."""
    folder.mkdir()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.server", str(folder)], cwd=REPOSITORY)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not (folder / "address.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the counting server did not start")
            time.sleep(0.05)
        address = json.loads((folder / "address.json").read_text(encoding="utf-8"))
        yield Counter(folder, address["url"], address["ca_file"])
    finally:
        process.terminate()
        process.wait()
