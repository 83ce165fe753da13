"""What the collections rules conclude for an account, as records of Salesforce (P01, P02, P05)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drawbar.connectors.salesforce.records.target import to_target
from drawbar.mappings import collections_account, collections_case, collections_promise
from drawbar.middleware.collections.records import Assessment, CaseStatus, DelinquencyCase
from drawbar.middleware.sync.derived import Conclusion

COLLECTIONS_PART = "collections"
"""The part of a lease account that the collections rules conclude; GPS rules conclude others."""


def conclusions(assessment: Assessment, *, now: datetime) -> Iterator[Conclusion]:
    """Give the collections part of the account, each of its promises and each of its cases, with the reason why."""
    days = "day" if assessment.days_past_due == 1 else "days"
    late = f"{assessment.days_past_due} {days} past due on {assessment.as_of}"
    yield Conclusion(
        to_target(collections_account.to_salesforce(assessment, now=now)), part=COLLECTIONS_PART, why=late, own=False
    )
    for promise in assessment.promises:
        yield Conclusion(
            to_target(collections_promise.to_salesforce(promise, now=now)), part="promise", why=promise.reason
        )
    for case in assessment.cases:
        mapped = collections_case.to_salesforce(assessment, case, now=now)
        yield Conclusion(to_target(mapped), part="case", why=_case_reason(case, late))


def _case_reason(case: DelinquencyCase, late: str) -> str:
    if case.status is CaseStatus.CLOSED:
        return f"closed on {case.closed_on}: {case.close_reason}"
    if case.reopened_on is not None:
        return f"reopened on {case.reopened_on}; {late}"
    return f"opened on {case.opened_on}; {late}"
