"""Where the rows of Orion's data sets come from: the hub where it holds them, Salesforce for what only people know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Connection, and_, or_, select

from drawbar.connectors.orion.data_sets import EFFORTS, POST_SALE, PROMISES, REPO_LOG, TRANSACTIONS
from drawbar.connectors.orion.shape import DataSet, Row, written
from drawbar.connectors.salesforce.records.collection_note import COLLECTION_NOTE
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.payment import PAYMENT as PAYMENT_OBJECT
from drawbar.jobs.hub import Hub
from drawbar.jobs.orion_facts import ACCOUNT, Period, days_late, of_account, standings
from drawbar.jobs.orion_vehicles import post_sale, repo_log
from drawbar.middleware.collections.records import PaymentEntry
from drawbar.middleware.collections.rows import PAYMENT, PROMISE
from drawbar.middleware.collections.tables import payment_entry, promise
from drawbar.middleware.database.engine import reading

_NOT_BY_A_PERSON: Final = "System"


def rows_of(hub: Hub, data_set: DataSet, period: Period, now: datetime) -> list[Row]:
    """Give the rows of a data set, by its key; raises RetryLater or StopRun when Salesforce does not answer."""
    keys = [each.name for each in data_set.columns if each.key]
    made = _MAKERS[data_set.name](hub, period, now)
    return sorted(made, key=lambda row: tuple(written(row[name]) for name in keys))


def _efforts(hub: Hub, period: Period, _now: datetime) -> Iterator[Row]:
    fields = [ACCOUNT, "Written_At__c", "Author__c", "Channel__c"]
    reader, name = hub.reader(), COLLECTION_NOTE.api_name
    job_id = reader.open_bulk_read(name, fields, [period.within("Written_At__c", hub.zone)])
    reader.wait_for_bulk_read(job_id)
    notes = [each for each in reader.bulk_read(job_id, name, fields) if each[1][3] != _NOT_BY_A_PERSON]
    with reading(hub.engine) as connection:
        known = standings(connection, {cells[0] for _, cells in notes})
        results = _Results(connection, period)
    for number, (account, written_at, author, channel) in notes:
        made_at = datetime.fromisoformat(written_at).astimezone(UTC)
        day = made_at.astimezone(hub.zone).date()
        standing = known.get(account)
        yield {
            **of_account(period, account, standing), "effort_number": number, "day": day, "made_at": made_at,
            "collector": author, "channel": channel, "result": results.of(account, day),
            "days_past_due": days_late(hub, standing, day),
            "past_due_amount": standing.past_due_amount if standing else None,
        }  # fmt: skip


class _Results:
    """What came of efforts: the accounts, by day, on which a promise was taken or money was posted."""

    def __init__(self, connection: Connection, period: Period) -> None:
        table = payment_entry
        taken = select(promise.c.account_number, promise.c.taken_on).where(
            promise.c.taken_on.between(period.first, period.last)
        )
        posted = select(table.c.account_number, table.c.posted_on).where(
            table.c.posted_on.between(period.first, period.last), table.c.reversed_on.is_(None)
        )
        self._promised = {(account, day) for account, day in connection.execute(taken)}
        self._paid = {(account, day) for account, day in connection.execute(posted)}

    def of(self, account: str, day: date) -> str:
        if (account, day) in self._promised:
            return "Promise to Pay"
        return "Payment" if (account, day) in self._paid else "No Result"


def _transactions(hub: Hub, period: Period, _now: datetime) -> Iterator[Row]:
    with reading(hub.engine) as connection:
        found = list(_payments(connection, period))
        accounts = {payment.account_number for payment, _ in found}
        known = standings(connection, accounts)
    target = hub.salesforce()
    owners = target.read(LEASE_ACCOUNT.api_name, sorted(accounts), ["Collector__c"])
    numbers = sorted({payment.payment_number for payment, _ in found})
    methods = target.read(PAYMENT_OBJECT.api_name, numbers, ["Method__c"])
    for payment, towards in found:
        account = payment.account_number
        shared = {
            **of_account(period, account, known.get(account)), "transaction_number": payment.payment_number,
            "collector": str(owners.get(account, {}).get("Collector__c") or ""),
            "method": str(methods.get(payment.payment_number, {}).get("Method__c") or ""),
            "effective_on": payment.effective_on,
            "promise_key": f"{account}-{towards:04d}" if towards is not None else "",
        }  # fmt: skip
        if payment.posted_on in period:
            yield {**shared, "kind": "Payment", "day": payment.posted_on, "amount": payment.amount}
        if payment.reversed_on in period:
            yield {**shared, "kind": "Reversal", "day": payment.reversed_on, "amount": -payment.amount}


def _payments(connection: Connection, period: Period) -> Iterator[tuple[PaymentEntry, int | None]]:
    table = payment_entry
    moved = (each.between(period.first, period.last) for each in (table.c.posted_on, table.c.reversed_on))
    for row in connection.execute(select(*PAYMENT.columns, table.c.counts_towards).where(or_(*moved))):
        yield PAYMENT.value(row), row.counts_towards


def _promises(hub: Hub, period: Period, _now: datetime) -> Iterator[Row]:
    taken = promise.c.taken_on.between(period.first, period.last)
    decided = and_(promise.c.decided_on.between(period.first, period.last), promise.c.status != "Open")
    verdict = (promise.c.status, promise.c.decided_on, promise.c.paid_amount)
    with reading(hub.engine) as connection:
        found = connection.execute(select(*PROMISE.columns, *verdict).where(or_(taken, decided))).all()
        known = standings(connection, {row.account_number for row in found})
    for row in found:
        shared = {
            **of_account(period, row.account_number, known.get(row.account_number)),
            "promise_key": f"{row.account_number}-{row.sequence:04d}", "collector": row.taken_by,
            "channel": row.channel, "taken_on": row.taken_on, "promised_for": row.promised_for, "amount": row.amount,
            "status": row.status, "decided_on": row.decided_on, "paid_amount": row.paid_amount,
        }  # fmt: skip
        if row.taken_on in period:
            yield {**shared, "event": "Taken", "day": row.taken_on}
        if row.decided_on in period and row.status != "Open":
            yield {**shared, "event": "Decided", "day": row.decided_on}


_Maker = Callable[[Hub, Period, datetime], Iterable[Row]]
_MAKERS: Final[Mapping[str, _Maker]] = {
    EFFORTS.name: _efforts,
    TRANSACTIONS.name: _transactions,
    PROMISES.name: _promises,
    REPO_LOG.name: repo_log,
    POST_SALE.name: post_sale,
}
