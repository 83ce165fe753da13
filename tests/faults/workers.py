"""Real processes that work on runs, made by forking a server that has everything imported."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess

from drawbar.jobs.wiring import Settings
from tests.faults.worker_process import Work, move, serve, take_in, work
from tests.processes import forking, stands_still


def eventually(met: Callable[[], object], what: str = "it") -> None:
    """Wait until a condition is met, at most two minutes."""
    until = time.monotonic() + 120
    while not met():
        assert time.monotonic() < until, f"{what} never came to pass"
        time.sleep(0.02)


class Workers:
    """The processes that a test has started."""

    def __init__(self) -> None:
        self._started: list[ForkServerProcess] = []

    def start(self, told: Work) -> ForkServerProcess:
        """Let a process work on runs until they have ended."""
        return self._begun(forking().Process(target=work, args=(told,)))

    def serve(self, settings: Settings) -> ForkServerProcess:
        """Let a process be `drawbar worker`."""
        return self._begun(forking().Process(target=serve, args=(settings,)))

    def take_in(self, settings: Settings, port: int) -> ForkServerProcess:
        """Let a process be `drawbar serve` at a port."""
        return self._begun(forking().Process(target=take_in, args=(settings, port)))

    def move(self, settings: Settings, url: str, *, die_at: str) -> ForkServerProcess:
        """Let a process move the hub to another database, and die on the way."""
        return self._begun(forking().Process(target=move, args=(settings, url, die_at)))

    def _begun(self, process: ForkServerProcess) -> ForkServerProcess:
        process.start()
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.join()
            process.close()


def finished(process: ForkServerProcess) -> int | None:
    """Wait for a process to end, at most two minutes, and give its exit code."""
    process.join(120)
    return process.exitcode


def killed(process: ForkServerProcess) -> None:
    """Kill a process as `kill -9` does."""
    process.kill()
    process.join()


def halted(process: ForkServerProcess) -> bool:
    """Freeze a process and wait until all of its threads stand still; False when it has ended."""
    try:
        os.kill(process.pid or 0, signal.SIGSTOP)
        eventually(lambda: stands_still(process.pid or 0), "the standstill of a process")
    except (ProcessLookupError, FileNotFoundError):
        return False
    return True
