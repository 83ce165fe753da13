"""The delinquent accounts as the hub last concluded them (P02)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, select

from drawbar.connectors.salesforce.records.case import CASE
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.promise_to_pay import PROMISE_TO_PAY
from drawbar.jobs.conclusions import COLLECTIONS_PART
from drawbar.jobs.hub import TARGET
from drawbar.middleware.sync.codec import Columns, decode
from drawbar.middleware.sync.tables import derived_record


@dataclass(frozen=True, slots=True)
class Delinquent:
    """One account with an open delinquency case: how long it is past due (days), and its history in counts."""

    account: str
    days_past_due: int
    bucket: str
    promises: int
    promises_broken: int
    cases: int


def delinquent_accounts(connection: Connection) -> list[Delinquent]:
    """Give all accounts with an open case, longest past due first; those within their grace days have none."""
    promises = Counter(account for account, _ in _of_accounts(connection, PROMISE_TO_PAY.api_name))
    cases = _of_accounts(connection, CASE.api_name)
    spells = Counter(account for account, _ in cases)
    delinquent = {account for account, fields in cases if fields["Status"] != "Closed"}
    statement = select(derived_record.c.key, derived_record.c.fields).where(
        derived_record.c.target == TARGET,
        derived_record.c.object == LEASE_ACCOUNT.api_name,
        derived_record.c.part == COLLECTIONS_PART,
    )
    found = []
    for key, text in connection.execute(statement):
        if key in delinquent:
            fields = decode(text)
            days, broken = (int(str(fields[name])) for name in ("Days_Past_Due__c", "Promises_Broken__c"))
            bucket = str(fields["Delinquency_Bucket__c"])
            found.append(Delinquent(key, days, bucket, promises[key], broken, spells[key]))
    return sorted(found, key=lambda each: (-each.days_past_due, each.account))


def _of_accounts(connection: Connection, object_name: str) -> list[tuple[str, Columns]]:
    """Give the derived records of an object by account: their keys begin with the account's number."""
    statement = select(derived_record.c.key, derived_record.c.fields).where(
        derived_record.c.target == TARGET, derived_record.c.object == object_name
    )
    return [(key.rpartition("-")[0], decode(fields)) for key, fields in connection.execute(statement)]
