"""Processes of their own that are there at once: each is forked from a server that has Drawbar imported.

Most of the time of a short command is its imports. A process that is made here has them, and is in all else what the
same words would start: its own arguments, folder, environment, streams, signals and exit code.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import IO

from drawbar.cli import main

DRAWBAR = "drawbar"


def forking() -> ForkServerContext:
    """Give the way to make processes; all tests of this process share the server behind it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.everything"])
    return context


@dataclass(frozen=True)
class Words:
    """What is typed: the program, its arguments, where, and with which variables."""

    program: str
    arguments: tuple[str, ...]
    folder: str
    variables: Mapping[str, str]


def _be(words: Words, given: Connection, out: Connection, err: Connection) -> None:
    """Be the program: `drawbar`, or a module that could be started with `python -m`."""
    for number, stream in enumerate((given, out, err)):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  (they live as long as the process)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    os.chdir(words.folder)
    os.environ.clear()
    os.environ.update(words.variables)
    sys.argv = [words.program, *words.arguments]
    try:
        main() if words.program == DRAWBAR else runpy.run_module(words.program, run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a process of multiprocessing leaves them out


@dataclass
class Process:
    """A process at work, with the part of `subprocess.Popen` that tests use."""

    words: Words
    stdout: IO[str]
    stderr: IO[str]
    _process: ForkServerProcess = field(repr=False)

    @classmethod
    def start(cls, words: Words, *, given: int | None = None) -> Process:
        """Start it; `given` is what it reads as its standard input (a file descriptor; nothing otherwise)."""
        read, write = Pipe(duplex=False)
        read_err, write_err = Pipe(duplex=False)
        source = Connection(os.open(os.devnull, os.O_RDONLY) if given is None else os.dup(given), writable=False)
        process = forking().Process(target=_be, args=(words, source, write, write_err))
        process.start()
        for stream in (source, write, write_err):
            stream.close()
        return cls(words, _text(read), _text(read_err), process)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float = 120) -> int:
        """Wait until it has ended, and give its exit code (less than zero: the signal that ended it)."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired([self.words.program, *self.words.arguments], timeout)
        return code

    def communicate(self, timeout: float = 120) -> tuple[str, str]:
        """Wait until it has ended, and give all that it printed and was not read yet."""
        with ThreadPoolExecutor(2) as reading:
            told = [reading.submit(stream.read) for stream in (self.stdout, self.stderr)]
            self.wait(timeout)
            out, err = (each.result(timeout) for each in told)
        self.stdout.close()
        self.stderr.close()
        return out, err

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def stands_still(pid: int) -> bool:
    """Say whether all threads of a process that was sent SIGSTOP have stopped; ProcessLookupError when it has ended."""
    tasks = Path(f"/proc/{pid}/task")
    states = {(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks.iterdir()}
    if "Z" in states:
        raise ProcessLookupError
    return states == {"T"}


def _text(connection: Connection) -> IO[str]:
    """Give what comes through a pipe as text."""
    number = os.dup(connection.fileno())
    connection.close()
    return os.fdopen(number, encoding="utf-8")


def typed(
    *arguments: str, folder: Path, variables: Mapping[str, str], given: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Type `drawbar` with these arguments in a folder, with just these variables in its environment."""
    process = Process.start(Words(DRAWBAR, arguments, str(folder), dict(variables)), given=given)
    out, err = process.communicate()
    return subprocess.CompletedProcess(arguments, process.wait(), out, err)
