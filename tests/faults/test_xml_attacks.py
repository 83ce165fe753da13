"""Hostile XML: nothing is read, nothing is reached, memory and time stay small, and the server goes on."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.faults.xml_attacks import attacks
from tests.middleware.server.soap.messages import INVOICE, message, post

ROOT = Path(__file__).parent.parent.parent
MOST_KILOBYTES = 150_000
PATIENCE_SECONDS = 10
"""Each took less than a second on two quiet cores; the machine may be busy."""

IN_OPEN, IN_NONBLOCK = 0x20, 0o4000


@contextmanager
def soap_process(database: Path) -> Iterator[tuple[str, int]]:
    """Give the address of a server in a process of its own, and the process's number."""
    command = [sys.executable, "-m", "tests.faults.soap_process", str(database)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.pid


@contextmanager
def watched(file: Path) -> Iterator[int]:
    """Have the kernel tell whenever somebody opens a file, for whatever it is opened; gives where it tells."""
    library = ctypes.CDLL(None, use_errno=True)
    watch = library.inotify_init1(IN_NONBLOCK)
    assert library.inotify_add_watch(watch, str(file).encode(), IN_OPEN) > 0
    try:
        yield watch
    finally:
        os.close(watch)


def was_opened(watch: int) -> bool:
    with suppress(BlockingIOError):
        return bool(os.read(watch, 4_096))
    return False


def peak_kilobytes(process: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1])


@pytest.mark.fault(25)
def test_hostile_xml_reads_nothing_reaches_nothing_and_stays_small(tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("canary of the file", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as trap, watched(canary) as watch:
        trap.setblocking(False)
        reach = f"http://127.0.0.1:{trap.getsockname()[1]}/canary"
        with soap_process(tmp_path / "hub.db") as (address, process):
            for attack in attacks(canary, reach):
                headers = {"Content-Type": "text/xml", **attack.headers}
                with suppress(requests.ConnectionError):  # the server hangs up on what is far too long
                    answer = requests.post(address, data=attack.body, headers=headers, timeout=PATIENCE_SECONDS)
                    assert answer.status_code in {413, 415, 500}, attack.name
                    assert "DEFECT" not in answer.text, attack.name
                    assert b"<!DOCTYPE" not in attack.body or "REFUSED_XML" in answer.text, attack.name
                    assert "canary of" not in answer.text, attack.name
                assert not was_opened(watch), attack.name
                with pytest.raises(BlockingIOError):
                    trap.accept()
                assert peak_kilobytes(process) <= MOST_KILOBYTES, attack.name
            assert post(address, message(INVOICE)).status == 200


def test_the_watch_and_the_trap_notice_what_they_are_there_for(tmp_path: Path) -> None:
    file = tmp_path / "canary.txt"
    file.touch()
    with watched(file) as watch:
        assert not was_opened(watch)
        file.read_text(encoding="utf-8")
        assert was_opened(watch)
