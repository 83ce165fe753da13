"""Promises that people took in Salesforce, on their way through the rules of collections to LeaseWorks (P05, P26).

The rules number them in the account's history; the number is the key of the record in Salesforce and in the import.
When LeaseWorks shows the promise as its own later, it is that one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.import_records import PromiseRow
from drawbar.connectors.salesforce.payload import OWN_ID, by_id
from drawbar.connectors.salesforce.records.promise_to_pay import PROMISE_TO_PAY
from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.leaseworks_edits import PROMISED
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.collections.records import CurrentPromise
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.codec import columns_of, encode, to_record
from drawbar.middleware.sync.dead_letters import Failure
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.outbox import Change, Outbox, Waiting
from drawbar.middleware.sync.tables import derived_record

_TOGETHER: Final = 500


def take_promises(hub: Hub, *, run_id: str, now: datetime, progress: Callable[[str, int, int], None]) -> int:
    """Take all promises that wait, and let the rules conclude for their accounts; gives how many they were.

    The caller holds the lock of the book: no delivery of LeaseWorks is taken meanwhile.
    """
    today, taken = now.astimezone(hub.zone).date(), 0
    while done := _take_some(hub, today, run_id, now):
        taken += done
    if taken:
        with hub.engine.connect() as connection:
            work = DeliveryWork(hub, connection, run_id, now, False, connection.commit, progress)
            work.assess(today)
    return taken


def _take_some(hub: Hub, today: date, run_id: str, now: datetime) -> int:
    with hub.engine.begin() as connection:
        waiting = Outbox(connection, PROMISED)
        claim, count = waiting.claim(PROMISE_TO_PAY.api_name, "upsert", _TOGETHER, now)
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
        if self._was_taken(row):
            return None
        told = PromiseRow.model_validate(dict(row.record.fields))
        promise = CurrentPromise(
            account_number=told.account_number, promised_for=told.promised_for, amount=told.amount,
            taken_on=told.taken_on, taken_by=told.taken_by, channel=told.channel.value,
        )  # fmt: skip
        key = self._book.take_promise(promise, on=self._today)
        if self._desk.known_at_target([(row.object, key)]):
            return _twice(row, key)
        record = to_record(row.object, key, told.account_number, columns_of(row.record) | {"promise_key": key})
        self._note_taken(row, key)
        named = TargetRecord(row.object, key, {OWN_ID: row.key}, parent=told.account_number)
        self._put(TARGET, [named], row)
        self._put(SYSTEM, [record], row)
        return None

    def _was_taken(self, row: Waiting) -> bool:
        """Say whether the record was taken before, and told of once more before it had its key."""
        table = derived_record.c
        mine = table.target == PROMISED, table.object == row.object, table.key == row.key
        return self._connection.execute(select(table.part).where(*mine)).first() is not None

    def _note_taken(self, row: Waiting, key: str) -> None:
        place = {"target": PROMISED, "object": row.object, "key": row.key, "part": "taken"}
        insert_rows(self._connection, derived_record, [{**place, "fields": encode({"key": key})}])

    def _put(self, target: str, records: Sequence[TargetRecord], row: Waiting) -> None:
        changes = [Change(each, creates=target == SYSTEM, why=row.why) for each in records]
        Outbox(self._connection, target).put(changes, run_id=self._run_id, now=self._now)


def _twice(row: Waiting, key: str) -> Failure:
    return Failure(
        kind="row", place=PROMISED, object=row.object, key=by_id(row.key), row_number=0, source=row.why,
        code="PROMISE_KNOWN", field="Promised_Date__c", message=f"the same promise is there already as {key}",
        remedy="Delete this one.", payload="",
    )  # fmt: skip
