"""Deployments: each is read and judged on a thread of its own, and taken over only when nothing is wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from drawbar.sandbox.deploying.component import Component, Problem
from drawbar.sandbox.deploying.installation import Installation
from drawbar.sandbox.deploying.judging import judge
from drawbar.sandbox.deploying.upload import UnusableZip, Upload, read_upload
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import new_id

Status = Literal["Pending", "InProgress", "Succeeded", "Failed", "Canceled"]
ENDED: frozenset[Status] = frozenset({"Succeeded", "Failed", "Canceled"})


@dataclass(frozen=True, slots=True)
class Options:
    """What a deployment was asked to do; other options are kept and answered, and change nothing here."""

    check_only: bool = False
    rollback_on_error: bool = True
    ignore_warnings: bool = False
    single_package: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment as it stands; `new` are the names of components that the org did not have."""

    id: str
    options: Options
    created_by: str
    created: datetime
    status: Status = "Pending"
    started: datetime | None = None
    ended: datetime | None = None
    components: Sequence[Component] = ()
    problems: Sequence[Problem] = ()
    new: frozenset[tuple[str, str]] = frozenset()
    refusal: tuple[str, str] | None = None

    @property
    def done(self) -> bool:
        return self.status in ENDED


class Deployments:
    """The deployments of an org, by id, until it ends; every method may be called from any thread.

    `seconds` is the time that each is made to take before it is judged, in which it can be cancelled.
    """

    def __init__(self, installation: Installation, *, clock: Callable[[], datetime], seconds: float = 0.0) -> None:
        self._installation = installation
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._deployments: dict[str, Deployment] = {}
        self._stopping = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="deploy")

    def take(self, content: bytes, options: Options, user_id: str) -> Deployment:
        """Accept a zip; it is judged soon."""
        if not options.rollback_on_error:
            raise SalesforceError("INVALID_OPERATION", "This org deploys all or nothing: rollbackOnError must be true")
        with self._lock:
            deployment = Deployment(new_id("0Af", len(self._deployments) + 1), options, user_id, self._clock())
            self._deployments[deployment.id] = deployment
        self._pool.submit(self._work, deployment.id, content).add_done_callback(self._failed(deployment.id))
        return deployment

    def get(self, deployment_id: str) -> Deployment:
        """Give a deployment as it stands; NOT_FOUND when there is none."""
        with self._lock:
            found = self._deployments.get(deployment_id)
        if found is None:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
        return found

    def cancel(self, deployment_id: str) -> Deployment:
        """Cancel a deployment that has not ended; INVALID_ID_FIELD when it has."""
        found = self.get(deployment_id)
        cancelled = self._change(deployment_id, status="Canceled", ended=self._clock())
        if cancelled.status != "Canceled":
            raise SalesforceError("INVALID_ID_FIELD", f"Deployment already completed: {found.id}")
        return cancelled

    def stop(self) -> None:
        """End after the deployment in hand."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _change(self, deployment_id: str, **changes: object) -> Deployment:
        """Change a deployment unless it has ended, and give it as it stands then."""
        with self._changed:
            known = self._deployments[deployment_id]
            if not known.done:
                known = self._deployments[deployment_id] = replace(known, **changes)  # type: ignore[arg-type]
            self._changed.notify_all()
            return known

    def _work(self, deployment_id: str, content: bytes) -> None:
        self._change(deployment_id, status="InProgress", started=self._clock())
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._deployments[deployment_id].done, self._seconds)
        if self.get(deployment_id).done or self._stopping:
            return
        try:
            upload = read_upload(content)
        except UnusableZip as error:
            self._end(deployment_id, "Failed", refusal=(error.code, error.message))
            return
        self._judge(deployment_id, upload)

    def _judge(self, deployment_id: str, upload: Upload) -> None:
        present = self._installation.estate
        problems = [*upload.problems, *judge(upload.components, present)]
        new = _new(upload.components, lambda each: present.has(each.kind, each.name))
        facts: dict[str, object] = {"components": upload.components, "problems": tuple(problems), "new": new}
        deployment = self._change(deployment_id, **facts)
        if not problems and not deployment.options.check_only and not deployment.done:
            self._installation.install(upload.components)
        self._end(deployment_id, "Failed" if problems else "Succeeded")

    def _end(self, deployment_id: str, status: Status, **facts: object) -> None:
        self._change(deployment_id, status=status, ended=self._clock(), **facts)

    def _failed(self, deployment_id: str) -> Callable[[Future[None]], None]:
        def note(done: Future[None]) -> None:
            problem = None if done.cancelled() else done.exception()
            if problem is not None:
                self._end(
                    deployment_id, "Failed", refusal=("UNKNOWN_EXCEPTION", f"{type(problem).__name__}: {problem}")
                )

        return note


def _new(components: Iterable[Component], is_known: Callable[[Component], bool]) -> frozenset[tuple[str, str]]:
    return frozenset((each.kind, each.name) for each in components if not is_known(each))
