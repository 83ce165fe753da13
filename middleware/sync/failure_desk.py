"""Where failures are reported and mended: dead letters in the hub, and error records that people see at the target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters, Failure, State
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import delivery

WRITTEN = ("created", "updated")
_CHUNK = 500


class FailureReporter(Protocol):
    """Makes the record that shows a failure to the people who work at the target (P30)."""

    @property
    def object(self) -> str:
        """The target's object for such records; its own failures are not reported by another one."""
        ...

    def report(self, letter: DeadLetter, *, exists: bool, now: datetime) -> TargetRecord:
        """Give the error record; `exists` says whether the record it concerns is known to be at the target."""
        ...

    def key(self, failure: Failure) -> str:
        """Give the key of the error record of a failure."""
        ...


@dataclass(frozen=True, slots=True)
class FailureDesk:
    """Adds and ends dead letters together with their error records, inside the caller's transaction.

    Several that are `apart` work at the same time: each of them touches other records than the rest.
    """

    connection: Connection
    target: str
    reporter: FailureReporter
    apart: bool = False

    def fail(self, failures: Sequence[Failure], *, run_id: str, now: datetime) -> None:
        """Keep failures and queue an error record for each."""
        if not failures:
            return
        Outbox(self.connection, self.target, self.apart).lock()
        letters = DeadLetters(self.connection).add(failures, run_id=run_id, now=now)
        Outbox(self.connection, self.target, self.apart).put(self._reports(letters, now), run_id=run_id, now=now)

    def _reports(self, letters: Sequence[DeadLetter], now: datetime) -> list[Change]:
        existing = self.known_at_target((each.failure.object, each.failure.key) for each in letters)
        return [
            Change(
                self.reporter.report(each, exists=(each.failure.object, each.failure.key) in existing, now=now),
                creates=each.first_at == each.last_at,
                why=f"{each.failure.code} on {each.failure.object} {each.failure.key}",
            )
            for each in letters
            if each.failure.object != self.reporter.object
        ]

    def end(
        self, letters: Sequence[DeadLetter], state: State, *, by: str, why: str, run_id: str, now: datetime
    ) -> None:
        """End dead letters and queue the removal of their error records.

        Where another failure of the same record is still open, the error record tells of that one from now on.
        """
        if not letters:
            return
        Outbox(self.connection, self.target, self.apart).lock()
        DeadLetters(self.connection).settle([each.id for each in letters], state, by=by, why=why, now=now)
        remaining = self._still_open(letters)
        told = {self.reporter.key(each.failure) for each in remaining}
        keys = {self.reporter.key(each.failure) for each in letters if each.failure.object != self.reporter.object}
        removals = [
            Change(TargetRecord(self.reporter.object, key, {}), creates=False, why=why, operation="delete")
            for key in sorted(keys - told)
        ]
        Outbox(self.connection, self.target, self.apart).put(
            [*removals, *self._reports(remaining, now)], run_id=run_id, now=now
        )

    def _still_open(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Give the open dead letters of the same records."""
        found: list[DeadLetter] = []
        for name in {each.failure.object for each in letters} - {self.reporter.object}:
            keys = {each.failure.key for each in letters if each.failure.object == name and each.failure.key}
            found += DeadLetters(self.connection).open_of(name, keys)
        return found

    def known_at_target(self, places: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Give those of the records (object, key) that have ever been written to the target."""
        keys: dict[str, set[str]] = {}
        for name, key in places:
            keys.setdefault(name, set()).add(key)
        found: set[tuple[str, str]] = set()
        for name, wanted in keys.items():
            for chunk in in_chunks(wanted, _CHUNK):
                statement = select(delivery.c.key).where(
                    delivery.c.object == name,
                    delivery.c.key.in_(chunk),
                    delivery.c.target == self.target,
                    delivery.c.status.in_(WRITTEN),
                )
                found.update((name, key) for key in self.connection.execute(statement).scalars())
        return found
