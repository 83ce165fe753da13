"""The delinquent accounts as the hub last concluded them (P02)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, select

from drawbar.connectors.salesforce.records.case import CASE
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.promise_to_pay import PROMISE_TO_PAY
from drawbar.jobs.hub import TARGET
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.tables import derived_record


@dataclass(frozen=True, slots=True)
class Delinquent:
    """One account that is past due: how long (days), and its history in counts."""

    account: str
    days_past_due: int
    bucket: str
    promises: int
    promises_broken: int
    cases: int


def delinquent_accounts(connection: Connection) -> list[Delinquent]:
    """Give all accounts with days past due, longest first."""
    promises = _counts(connection, PROMISE_TO_PAY.api_name)
    cases = _counts(connection, CASE.api_name)
    statement = select(derived_record.c.key, derived_record.c.fields).where(
        derived_record.c.target == TARGET, derived_record.c.object == LEASE_ACCOUNT.api_name
    )
    found = []
    for key, text in connection.execute(statement):
        fields = decode(text)
        days = fields.get("Days_Past_Due__c")
        if isinstance(days, int) and days > 0:
            bucket, broken = str(fields["Delinquency_Bucket__c"]), int(str(fields["Promises_Broken__c"]))
            found.append(Delinquent(key, days, bucket, promises[key], broken, cases[key]))
    return sorted(found, key=lambda each: (-each.days_past_due, each.account))


def _counts(connection: Connection, object_name: str) -> Counter[str]:
    """Count derived records per account: their keys begin with the account's number."""
    statement = select(derived_record.c.key).where(
        derived_record.c.target == TARGET, derived_record.c.object == object_name
    )
    return Counter(key.rpartition("-")[0] for key in connection.execute(statement).scalars())
