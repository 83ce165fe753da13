"""What a worker's process does: it works on runs as `drawbar worker` does, and may die at a place that is named.

The switches live here and wrap the product's functions by name; the product knows nothing of them.
"""

from __future__ import annotations

import importlib
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import click

from drawbar.commands.run import worker
from drawbar.commands.serve import serve as serve_command
from drawbar.commands.session import Session
from drawbar.connectors.salesforce.bulk import BulkIngest
from drawbar.connectors.salesforce.target import SalesforceTarget
from drawbar.jobs.moving import Move
from drawbar.jobs.wiring import Settings, open_engine, open_hub, open_hub_database
from drawbar.middleware import engine as engine_module
from drawbar.middleware.engine import JOBS_QUEUE, QUEUES
from drawbar.middleware.sync import deliver, intake
from drawbar.middleware.sync.runs import Runs

SETTLE_ROWS = 50
SWEEP_SECONDS = 0.25
GRACE_SECONDS = engine_module._GRACE_SWEEPS * SWEEP_SECONDS


@dataclass(frozen=True, slots=True)
class Work:
    """What to do: runs as (id, job), each queued here, with these parameters, unless it is queued already.

    `die_at` names a place of `BOUNDARIES`; `file_limit` is the size in bytes that no file may outgrow (0: none). While
    the file `halt` is there, what takes rows in stops after its first ones, before they are committed, and leaves a
    file beside it that is named by the process; one that `hangs` never goes on.
    """

    settings: Settings
    runs: Sequence[tuple[str, str]]
    die_at: str = ""
    file_limit: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    queues: Sequence[str] = QUEUES
    halt: Path | None = None
    hangs: bool = False


def serve(settings: Settings) -> None:
    """Be `drawbar worker` until a signal ends it."""
    _hurry()
    current = Session(Path("unused"), explicit=False)
    current.__dict__["settings"] = settings
    with click.Context(worker, obj=current):
        worker.main([], obj=current, standalone_mode=False)


def take_in(settings: Settings, port: int) -> None:
    """Be `drawbar serve` at a port until a signal ends it."""
    current = Session(Path("unused"), explicit=False)
    current.__dict__["settings"] = settings
    with click.Context(serve_command, obj=current):
        serve_command.main(["--port", str(port), "--json"], obj=current, standalone_mode=False)


def work(told: Work) -> None:
    """Queue the runs and work until all of them have ended."""
    _hurry()
    if told.die_at:
        BOUNDARIES[told.die_at]()
    if told.halt is not None:
        _halting(told.halt, hangs=told.hangs)
    hub = open_hub(told.settings)
    engine = open_engine(told.settings, hub, queues=told.queues)
    now = hub.clock()
    with hub.engine.begin() as connection:
        for run_id, job in told.runs:
            Runs(connection).queue(run_id, job, told.parameters, by="test", now=now)
    engine.start()
    if told.file_limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (told.file_limit, resource.RLIM_INFINITY))
    for run_id, job in told.runs if JOBS_QUEUE in told.queues else ():
        engine.submit(run_id, job, told.parameters)
    for run_id, _ in told.runs:
        engine.wait(run_id)
    engine.stop()


def move(settings: Settings, url: str, die_at: str) -> None:
    """Move the hub to another database, and die at a place of `MOVE_BOUNDARIES` on the way."""
    MOVE_BOUNDARIES[die_at]()
    whole = Move(open_hub_database(settings, settings.database_url), open_hub_database(settings, url))
    whole.carry_out(actor="test", now=datetime.now(UTC), progress=lambda *_: None)


def _hurry() -> None:
    """Look for dead processes more often than once a second, and settle bulk results in smaller parts."""
    engine_module._SWEEP_SECONDS = SWEEP_SECONDS  # type: ignore[misc]
    deliver._ROWS_AT_ONCE = SETTLE_ROWS


def _halting(halt: Path, *, hangs: bool) -> None:
    original = intake._count

    def halting(*arguments: Any) -> None:
        original(*arguments)
        halt.with_name(str(os.getpid())).touch()
        if hangs:
            threading.Event().wait()
        while halt.exists():
            time.sleep(0.02)

    intake._count = halting  # type: ignore[assignment]


def die() -> None:
    """End as a process does that is killed: nothing is closed, flushed or told."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def named(place: str) -> tuple[Any, str]:
    module_name, _, path = place.partition(":")
    owner: Any = importlib.import_module(module_name)
    *owners, name = path.split(".")
    for each in owners:
        owner = getattr(owner, each)
    return owner, name


def _before(place: str, times: int = 1) -> Callable[[], None]:
    return lambda: _wrapped(place, times, after=False)


def _after(place: str, times: int = 1) -> Callable[[], None]:
    return lambda: _wrapped(place, times, after=True)


def _wrapped(place: str, times: int, *, after: bool) -> None:
    owner, name = named(place)
    original = getattr(owner, name)
    calls = iter(range(times - 1))

    def wrapped(*arguments: Any, **named: Any) -> Any:
        last = next(calls, None) is None
        if last and not after:
            die()
        answer = original(*arguments, **named)
        if last:
            die()
        return answer

    setattr(owner, name, wrapped)


class _DyingFile:
    """A file whose reader dies when half of it has been read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._size = content.seek(0, os.SEEK_END)
        content.seek(0)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._content)

    def tell(self) -> int:
        return self._content.tell()

    def seek(self, *where: int) -> int:
        return self._content.seek(*where)

    def read(self, size: int = -1) -> bytes:
        if self._content.tell() >= self._size // 2:
            die()
        return self._content.read(min(size, self._size // 4) if size > 0 else self._size // 4)


def _in_the_upload() -> None:
    original = BulkIngest.upload
    BulkIngest.upload = lambda self, job_id, content: original(self, job_id, _DyingFile(content))  # type: ignore[method-assign,arg-type]


def _in_the_results() -> None:
    original = SalesforceTarget.bulk_outcomes

    def some(self: SalesforceTarget, job_id: str, object_name: str) -> Any:
        yield from islice(original(self, job_id, object_name), SETTLE_ROWS + SETTLE_ROWS // 2)
        die()

    SalesforceTarget.bulk_outcomes = some  # type: ignore[method-assign]


BOUNDARIES: Mapping[str, Callable[[], None]] = {
    "after the download": _after("drawbar.jobs.accounts:fetch"),
    "in the middle of an intake": _after("drawbar.middleware.sync.outbox:Outbox._put_chunk", 2),
    "after a part of an intake was committed": _after("drawbar.middleware.sync.intake:_count", 3),
    "before the outbox is committed": _after("drawbar.jobs.deliveries:DeliveryWork._mark_done"),
    "after the outbox was committed": _after("drawbar.jobs.deliveries:DeliveryWork.take"),
    "in the middle of the rules": _after("drawbar.middleware.sync.derived:DerivedRecords.conclude"),
    "after rows were claimed": _after("drawbar.middleware.sync.deliver:Courier._claim"),
    "after the bulk job was created": _after("drawbar.connectors.salesforce.target:SalesforceTarget.open_bulk_upsert"),
    "after the bulk job was noted": _after("drawbar.middleware.sync.deliver:Courier._note"),
    "in the middle of the upload": _in_the_upload,
    "after the upload": _after("drawbar.connectors.salesforce.client:SalesforceClient.send_csv"),
    "after UploadComplete": _after("drawbar.connectors.salesforce.bulk:BulkIngest._begin"),
    "in the middle of the results": _in_the_results,
    "after a part of the results was settled": _after("drawbar.middleware.sync.deliver:Courier._settle_part"),
    "after a call was answered": _after("drawbar.middleware.sync.deliver:Courier._call"),
    "before the delivery is put away": _before("drawbar.jobs.accounts:put_away"),
    "before the run ends": _before("drawbar.jobs.steps:RunSteps.finish"),
    "after the run ended": _after("drawbar.jobs.steps:RunSteps.finish"),
}
"""Every place at which a process is killed, by name, in the order in which a run comes by them."""

MOVE_BOUNDARIES: Mapping[str, Callable[[], None]] = {
    "in the middle of the copying": _after("drawbar.jobs.moving:copy_table", 12),
    "before anything is committed": _before("drawbar.jobs.moving:Move._commit"),
    "after the first commit": _after("sqlalchemy:Connection.commit"),
    "after the second commit": _after("sqlalchemy:Connection.commit", 2),
}
"""Places at which a move is killed, in their order."""
