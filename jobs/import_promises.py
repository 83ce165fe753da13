"""Promises that people took in Salesforce, on their way through the rules of collections to LeaseWorks (P05, P26, F11).

The rules number them in the account's history; the number is the key of the record in Salesforce and in the import.
When LeaseWorks shows the promise as its own later, it is that one. A promise that was taken on a field visit has no
record of its own until the rules make one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.import_records import PromiseRow
from drawbar.connectors.salesforce.payload import OWN_ID, by_id
from drawbar.connectors.salesforce.records.field_visit import FIELD_VISIT
from drawbar.connectors.salesforce.records.promise_to_pay import PROMISE_TO_PAY
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.leaseworks_edits import MADE_HERE, PROMISED
from drawbar.mappings import visit_promise
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.collections.records import CurrentPromise
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.codec import columns_of, decode, encode, to_record
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.outbox import Change, Outbox, Waiting
from drawbar.middleware.sync.tables import derived_record

_TOGETHER: Final = 500
Json = dict[str, Any]


def take_promises(hub: Hub, *, run_id: str, now: datetime, progress: Callable[[str, int, int], None]) -> int:
    """Take all promises that wait, and let the rules conclude for their accounts; gives how many they were.

    The caller holds the lock of the book: no delivery of LeaseWorks is taken meanwhile.
    """
    today, taken = now.astimezone(hub.zone).date(), 0
    for name in (PROMISE_TO_PAY.api_name, FIELD_VISIT.api_name):
        while done := _take_some(hub, name, today, run_id, now):
            taken += done
    if taken:
        with hub.engine.connect() as connection:
            work = DeliveryWork(hub, connection, run_id, now, False, connection.commit, progress)
            work.assess(today)
    return taken


def _take_some(hub: Hub, object_name: str, today: date, run_id: str, now: datetime) -> int:
    with hub.engine.begin() as connection:
        waiting = Outbox(connection, PROMISED)
        claim, count = waiting.claim(object_name, "upsert", _TOGETHER, now)
        rows = waiting.claimed(claim, count) if count else []
        taking = _Taking(hub, connection, today, run_id, now)
        failures = [failure for row in rows if (failure := taking.take(row)) is not None]
        FailureDesk(connection, TARGET, hub.reporter).fail(failures, run_id=run_id, now=now)
        waiting.settle([row.id for row in rows])
    return len(rows)


class _Taking:
    """Takes promises of one transaction."""

    def __init__(self, hub: Hub, connection: Connection, today: date, run_id: str, now: datetime) -> None:
        self._connection = connection
        self._book = CollectionsBook(connection, hub.collections)
        self._desk = FailureDesk(connection, TARGET, hub.reporter)
        self._today, self._run_id, self._now = today, run_id, now

    def take(self, row: Waiting) -> Failure | None:
        """Take one promise, give its record the key and queue it for LeaseWorks; a promise that is there is refused."""
        told = PromiseRow.model_validate(dict(row.record.fields))
        taken = self._taken(row)
        if taken is not None:
            return self._again(row, taken, told)
        key = self._book.take_promise(_promise(told), on=self._today)
        on_visit = row.object == FIELD_VISIT.api_name
        there = self._desk.known_at_target([(PROMISE_TO_PAY.api_name, key)])
        if there and not on_visit:
            return _twice(row, key)
        self._note_taken(row, key, told)
        if on_visit:
            self._show_on_visit(row, key)
        else:
            self._put(TARGET, TargetRecord(row.object, key, {OWN_ID: row.key}, parent=told.account_number), row)
        if not there:
            columns = columns_of(row.record) | {"promise_key": key}
            self._put(SYSTEM, to_record(PROMISE_TO_PAY.api_name, key, told.account_number, columns), row)
        return None

    def _again(self, row: Waiting, taken: Json, told: PromiseRow) -> Failure | None:
        """Pass over a promise that was taken; one on a visit is refused while it says something else than was taken."""
        if row.object != FIELD_VISIT.api_name:
            return None
        if taken["terms"] != _terms(told):
            return _changed(row, taken["key"])
        opened = DeadLetters(self._connection).open_of(row.object, [f"{MADE_HERE}{row.key}"])
        self._desk.end(
            [each for each in opened if each.failure.place == PROMISED], "resolved", by="drawbar",
            why="the promise is again as it was taken", run_id=self._run_id, now=self._now,
        )  # fmt: skip
        return None

    def _taken(self, row: Waiting) -> Json | None:
        """Give what was noted of a record that was taken before: told of once more, before or after it had its key."""
        table = derived_record.c
        mine = table.target == PROMISED, table.object == row.object, table.key == row.key
        found = self._connection.execute(select(table.fields).where(*mine)).scalar()
        return None if found is None else dict(decode(found))

    def _note_taken(self, row: Waiting, key: str, told: PromiseRow) -> None:
        place = {"target": PROMISED, "object": row.object, "key": row.key, "part": "taken"}
        noted = encode({"key": key, "terms": _terms(told)})
        insert_rows(self._connection, derived_record, [{**place, "fields": noted}])

    def _show_on_visit(self, row: Waiting, key: str) -> None:
        shown = visit_promise.to_salesforce(f"{MADE_HERE}{row.key}", key, now=self._now)
        Concluding(self._connection, self._run_id, self._now).show(shown, "promise", row.why)

    def _put(self, target: str, record: TargetRecord, row: Waiting) -> None:
        change = Change(record, creates=target == SYSTEM, why=row.why)
        Outbox(self._connection, target).put([change], run_id=self._run_id, now=self._now)


def _promise(told: PromiseRow) -> CurrentPromise:
    return CurrentPromise(
        account_number=told.account_number, promised_for=told.promised_for, amount=told.amount,
        taken_on=told.taken_on, taken_by=told.taken_by, channel=told.channel.value,
    )  # fmt: skip


def _terms(told: PromiseRow) -> str:
    return f"{told.amount:.2f} by {told.promised_for}"


def _changed(row: Waiting, key: str) -> Failure:
    return Failure(
        kind="row", place=PROMISED, object=row.object, key=f"{MADE_HERE}{row.key}", row_number=0, source=row.why,
        code="PROMISE_TAKEN", field="Promise_Date__c", message=f"was taken as {key}, and counts as it was taken",
        remedy="Set amount and day back; log another promise for other terms.", payload="",
    )  # fmt: skip


def _twice(row: Waiting, key: str) -> Failure:
    return Failure(
        kind="row", place=PROMISED, object=row.object, key=by_id(row.key), row_number=0, source=row.why,
        code="PROMISE_KNOWN", field="Promised_Date__c", message=f"the same promise is there already as {key}",
        remedy="Delete this one.", payload="",
    )  # fmt: skip
