"""What a comparison found: the first few for people, all of them for the outbox when they are to be repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from drawbar.connectors.salesforce.fields import Lookup
from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.connectors.salesforce.records.provenance import LEFT_SOURCE_DATE
from drawbar.connectors.salesforce.records.stored import ComparedField, compared_fields
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.leaseworks_edits import made_here
from drawbar.jobs.standing import Standing
from drawbar.jobs.steps import Json
from drawbar.jobs.summaries import readable
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading
from drawbar.middleware.records import Reference, Scalar
from drawbar.middleware.sync.codec import Columns, columns_of, to_record
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.reconcile import EXTRA, Comparison, Difference, TargetRow
from drawbar.middleware.sync.runs import Runs
from drawbar.middleware.sync.tables import outbox

_KEYS = 500


@dataclass(slots=True)
class Findings:
    """Takes what is missing or differs; keeps `limit` examples of each, and queues all of it when `repair` is set."""

    hub: Hub
    object: str
    run_id: str
    now: datetime
    limit: int
    repair: bool
    missing: list[Json] = field(default_factory=list)
    differing: list[Json] = field(default_factory=list)
    queued: int = 0

    def take(self, differences: Sequence[Difference]) -> None:
        """Take some; the transaction that queues them ends here."""
        for each in differences:
            examples = self.missing if each.held is None else self.differing
            if len(examples) < self.limit:
                examples.append(self._example(each))
        if self.repair:
            changes = [self._change(each) for each in differences]
            with self.hub.engine.begin() as connection:
                Outbox(connection, TARGET).put(changes, run_id=self.run_id, now=self.now)
            self.queued += len(changes)

    def audit(self, result: Comparison) -> None:
        """Note who had what repaired, when something was."""
        if not self.queued:
            return
        reason = f"{result.missing:,} missing and {result.differing:,} differing records queued"
        detail = {"run": self.run_id, "missing": result.missing, "differing": result.differing, "reason": reason}
        with self.hub.engine.begin() as connection:
            actor = Runs(connection).get(self.run_id).requested_by
            Audit(connection).note(
                actor=actor, action="reconcile repair", subject=self.object, detail=detail, now=self.now
            )

    def known_failures(self) -> None:
        """Add to each example the number of the open failure that explains it."""
        with reading(self.hub.engine) as connection:
            numbers = DeadLetters(connection).open_keys(TARGET, self.object)
        for example in (*self.missing, *self.differing):
            example["failure"] = numbers.get(example["key"])

    def _example(self, difference: Difference) -> Json:
        if difference.held is None:
            return {"key": difference.record.key}
        columns = columns_of(difference.record)
        fields = [
            {"field": name, "hub": readable(columns[name]), "org": readable(value)}
            for name, value in difference.held.items()
        ]
        return {"key": difference.record.key, "fields": fields}

    def _change(self, difference: Difference) -> Change:
        record, held = difference.record, difference.held
        if held is None:
            return Change(record, creates=True, why="reconcile: missing in Salesforce")
        columns = columns_of(record)
        sent = {name: columns[name] for name in columns if name in held or name in BOOKKEEPING[self.object]}
        return Change(
            to_record(record.object, record.key, record.parent, sent), creates=False,
            why="reconcile: differs in Salesforce", before=self._before(held),
        )  # fmt: skip

    def _before(self, held: Mapping[str, Scalar]) -> Columns:
        described = {each.name: each for each in compared_fields(self.object)}
        return {name: _as_column(described[name], value) for name, value in held.items()}


def _as_column(compared: ComparedField, value: Scalar) -> Scalar | Reference:
    """Give a value of the org as a column of ours: a parent by its key."""
    if not isinstance(compared.field, Lookup):
        return value
    return Reference("", "") if value is None else Reference(compared.field.to, str(value))


@dataclass(frozen=True, slots=True)
class Strangers:
    """Says why records with a key of ours stand in Salesforce although the hub does not say that they should."""

    hub: Hub
    standing: Standing

    def reasons(self, rows: Sequence[TargetRow]) -> list[str]:
        waiting = self._waiting([key for key, _ in rows])
        place = self._place_of_departure()
        return [self._reason(key, cells[place] if place is not None else "", waiting) for key, cells in rows]

    def _reason(self, key: str, left: str, waiting: set[str]) -> str:
        if left:
            return "marked as left"
        if made_here(key):
            return "made by people in Salesforce"
        if self.standing.known is not None and self.standing.known.contains(key.encode()):
            return "known, but not in the last delivery"
        return "a change waits in the outbox" if key in waiting else EXTRA

    def _place_of_departure(self) -> int | None:
        names = [each.name for each in compared_fields(self.standing.object)]
        return names.index(LEFT_SOURCE_DATE.api_name) if LEFT_SOURCE_DATE.api_name in names else None

    def _waiting(self, keys: Sequence[str]) -> set[str]:
        found: set[str] = set()
        with reading(self.hub.engine) as connection:
            for start in range(0, len(keys), _KEYS):
                statement = select(outbox.c.key).where(
                    outbox.c.target == TARGET, outbox.c.object == self.standing.object,
                    outbox.c.key.in_(keys[start : start + _KEYS]),
                )  # fmt: skip
                found.update(connection.execute(statement).scalars())
        return found
