"""Where Bulk jobs live: a table beside the org's records, and a folder of CSV files."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, cast, get_args

from drawbar.sandbox.bulk.job import TO_DO, Job, JobType, State
from drawbar.sandbox.ids import new_id
from drawbar.sandbox.store import Org
from drawbar.sandbox.values import Stored

KEY_PREFIX = "750"
FileKind = Literal["upload", "succeeded", "failed", "result"]

_TABLE = "_bulk_jobs"
_FIELDS = dataclasses.fields(Job)
_NAMES = tuple(field.name for field in _FIELDS)
_INSTANTS = frozenset({"created", "modified"})
_TRUTHS = frozenset({"assign_cases", "uploaded"})


class JobStore:
    """The jobs of an org; durable, safe to use from any thread.

    Changes join the transaction of the calling thread, so that a chunk's records and the job's progress are
    committed together or not at all.
    """

    def __init__(self, org: Org, folder: Path) -> None:
        self._org = org
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        columns = ", ".join(f'"{name}"' + (" TEXT PRIMARY KEY" if name == "id" else "") for name in _NAMES)
        with org.transaction() as transaction:
            transaction.connection.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} ({columns})")

    def add(self, job: Job) -> Job:
        """Store a new job under a new id, created now."""
        with self._org.transaction() as transaction:
            now = self._org.clock()
            number = transaction.take_numbers("Bulk job", 1)
            job = dataclasses.replace(job, id=new_id(KEY_PREFIX, number), created=now, modified=now)
            columns = ", ".join(f'"{name}"' for name in _NAMES)
            marks = ", ".join(f":{name}" for name in _NAMES)
            transaction.connection.execute(
                f"INSERT INTO {_TABLE} ({columns}) VALUES ({marks})",  # noqa: S608 - names of ours
                _stored(dataclasses.asdict(job)),
            )
        return job

    def get(self, job_id: str) -> Job | None:
        """Find a job by its id of 18 or 15 characters."""
        rows = self._org.read(
            f"SELECT * FROM {_TABLE} WHERE id = :id OR substr(id, 1, 15) = :id",  # noqa: S608 - names of ours
            {"id": job_id},
        )
        return _job(rows[0]) if rows else None

    def change(self, job_id: str, expected: Collection[State], **changes: object) -> Job | None:
        """Change a job if it is in one of the expected states; None when it is not, and nothing is changed."""
        values = _stored({**changes, "modified": self._org.clock()})
        settings = ", ".join(f'"{name}" = :{name}' for name in values)
        states = {f"state{at}": state for at, state in enumerate(expected)}
        marks = ", ".join(f":{name}" for name in states)
        with self._org.transaction() as transaction:
            changed = transaction.connection.execute(
                f"UPDATE {_TABLE} SET {settings} WHERE id = :_id AND state IN ({marks})",  # noqa: S608 - names of ours
                {**values, **states, "_id": job_id},
            )
            return self.get(job_id) if changed.rowcount else None

    def delete(self, job: Job) -> None:
        """Forget a job and its files."""
        with self._org.transaction() as transaction:
            transaction.connection.execute(f"DELETE FROM {_TABLE} WHERE id = ?", (job.id,))  # noqa: S608 - a name of ours
        for kind in get_args(FileKind):
            with suppress(FileNotFoundError):
                self.file(job, kind).unlink()

    def to_do(self) -> list[Job]:
        """Give the jobs that wait for processing or were interrupted in it, oldest first."""
        marks = ", ".join("?" * len(TO_DO))
        sql = f"SELECT * FROM {_TABLE} WHERE state IN ({marks}) ORDER BY id"  # noqa: S608 - names of ours
        return [_job(row) for row in self._org.read(sql, tuple(TO_DO))]

    def page(self, job_type: JobType, *, after: str, size: int) -> list[Job]:
        """Give up to `size` jobs of a type, by id, after the id `after`."""
        sql = f"SELECT * FROM {_TABLE} WHERE type = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608 - names of ours
        return [_job(row) for row in self._org.read(sql, (job_type, after, size))]

    def file(self, job: Job, kind: FileKind) -> Path:
        """Where a file of the job is, if it is there."""
        return self._folder / f"{job.id}.{kind}.csv"


def _stored(values: Mapping[str, object]) -> dict[str, Stored]:
    return {name: _store(value) for name, value in values.items()}


def _store(value: object) -> Stored:
    if isinstance(value, datetime):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else cast("Stored", value)


def _job(row: tuple[Stored, ...]) -> Job:
    values: dict[str, object] = dict(zip(_NAMES, row, strict=True))
    for name in _INSTANTS:
        values[name] = datetime.fromisoformat(str(values[name]))
    for name in _TRUTHS:
        values[name] = bool(values[name])
    return Job(**values)  # type: ignore[arg-type]
