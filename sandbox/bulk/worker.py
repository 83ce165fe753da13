"""Works on Bulk jobs in the background, several at a time, and goes on with them after a restart."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from drawbar.sandbox.bulk.job import ENDED, Job
from drawbar.sandbox.bulk.job_store import JobStore

Run = Callable[[Job, "Pause"], None]
"""Processes a job to its end, or until a pause says stop."""

Pause = Callable[[float], bool]
"""Waits so many seconds; False when the work must stop: the sandbox ends, or the job has ended."""

PARALLEL_JOBS = 4
_LOOK_EVERY_SECONDS = 0.05

logger = logging.getLogger(__name__)


class Worker:
    """Threads that process the jobs given to `take`."""

    def __init__(self, store: JobStore, run: Run) -> None:
        self._store = store
        self._run = run
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(PARALLEL_JOBS, thread_name_prefix="bulk")

    def start(self) -> None:
        """Go on with the jobs that wait or were interrupted."""
        for job in self._store.to_do():
            self.take(job)

    def take(self, job: Job) -> None:
        """Process a job soon."""
        self._pool.submit(self._work, job.id).add_done_callback(_report)

    def stop(self) -> None:
        """Stop after the chunks in hand; the jobs go on after the next start."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, job_id: str) -> None:
        job = self._store.change(job_id, {"UploadComplete", "InProgress"}, state="InProgress")
        if job is None:
            return
        try:
            self._run(job, lambda seconds: self._pause(job_id, seconds))
        except Exception as problem:
            message = f"InternalServerError : {type(problem).__name__}: {problem}"
            self._store.change(job_id, {"InProgress"}, state="Failed", error_message=message)
            raise

    def _pause(self, job_id: str, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.wait(min(left, _LOOK_EVERY_SECONDS)):
            job = self._store.get(job_id)
            if job is None or job.state in ENDED:
                return False
        return not self._stopping.is_set()


def _report(done: Future[None]) -> None:
    problem = None if done.cancelled() else done.exception()
    if problem is not None:
        logger.error("A Bulk job failed", exc_info=problem)
