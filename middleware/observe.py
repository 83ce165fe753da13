"""What can be heard of the work: activities, which take time, and events. Metrics, traces and logs listen here.

The work itself names what it does, once per run, step, chunk or call and never per row, and knows no library of those
who listen. docs/adr/0007-observability.md says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(slots=True)
class RunActivity:
    """A process works on a run; one that was interrupted is worked on again, maybe by another process."""

    run_id: str
    job: str


@dataclass(slots=True)
class StepActivity:
    """A step of a run; `end` is the state in which it ended the run, "" when the run goes on; `calls` are API calls."""

    run_id: str
    job: str
    name: str
    end: str = ""
    calls: int = 0

    @property
    def verb(self) -> str:
        """What the step does, without saying with what: a step's name begins with it (`fetch LW-20260105-001`)."""
        return self.name.partition(" ")[0]


@dataclass(slots=True)
class ChunkActivity:
    """Records of one object on their way: by one call, or by a bulk job; `outcomes` counts what the target said."""

    way: Literal["call", "bulk upload", "bulk job"]
    object: str
    records: int
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class CallActivity:
    """One HTTP call, until its answer begins; `status` stays 0 when nobody answers."""

    system: str
    method: str
    url: str
    status: int = 0


Activity = RunActivity | StepActivity | ChunkActivity | CallActivity


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run has ended in a state."""

    run_id: str
    job: str
    state: str


@dataclass(frozen=True, slots=True)
class ChunkTaken:
    """Rows of an entity were understood and committed, in so many seconds."""

    entity: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class EntityTaken:
    """An entity of a source was taken in; `rows` counts them by what became of them."""

    entity: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RecordsSettled:
    """Records of one object have been delivered; `outcomes` counts created, updated, deleted, retried and refused."""

    object: str
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CallRetried:
    """A failed call is made again after a wait of so many seconds."""

    system: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ToldToWait:
    """An answer asked, by Retry-After, not to be called again for so many seconds."""

    system: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody logged in to a system, or tried to."""

    system: str
    result: Literal["accepted", "refused", "unanswered"]


Event = RunEnded | ChunkTaken | EntityTaken | RecordsSettled | CallRetried | ToldToWait | LoggedIn


class Observer(Protocol):
    """Somebody who listens; whatever it hears, the work goes on."""

    def during(self, activity: Activity) -> AbstractContextManager[None]:
        """Accompany an activity; what is known only at its end is filled in before the block is left."""
        ...

    def happened(self, event: Event) -> None: ...


class Observers:
    """Passes on to all who have joined; nobody has at first."""

    def __init__(self) -> None:
        self._all: tuple[Observer, ...] = ()

    def join(self, observer: Observer) -> None:
        """Let somebody listen from now on."""
        self._all = (*self._all, observer)

    @contextmanager
    def during(self, activity: Activity) -> Iterator[None]:
        with ExitStack() as stack:
            for each in self._all:
                stack.enter_context(each.during(activity))
            yield

    def happened(self, event: Event) -> None:
        for each in self._all:
            each.happened(event)


def chunk_teller(observer: Observer, entity: str) -> Callable[[int], None]:
    """Give a function that hears how many rows of an entity are done, and tells of each chunk what it took."""
    done, since = 0, time.monotonic()

    def passed(now_done: int) -> None:
        nonlocal done, since
        moment = time.monotonic()
        observer.happened(ChunkTaken(entity, now_done - done, moment - since))
        done, since = now_done, moment

    return passed
