"""Spell of delinquency → Case of record type Delinquency (P02)."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from drawbar.connectors.salesforce.records.case import CaseRecord, OpenCaseRecord
from drawbar.mappings.words import at_noon, optional_line, our_word
from drawbar.middleware.collections.records import Assessment, CaseStatus, DelinquencyCase

STATUS = {CaseStatus.OPEN: "New", CaseStatus.CLOSED: "Closed"}
"""What Drawbar sets when a case opens, closes or opens again; between these the status is the collector's."""

PRIORITY = {
    "Current": "Low",
    "1-30": "Low",
    "31-60": "Medium",
    "61-90": "High",
    "91-120": "High",
    "121+": "High",
}


def to_salesforce(assessment: Assessment, case: DelinquencyCase, *, now: datetime) -> CaseRecord | OpenCaseRecord:
    """Map one of the account's cases; a closed one leaves the figures of its last open day as they are."""
    record = _case(assessment, case, now)
    return _with_figures(record, assessment) if case.status is CaseStatus.OPEN else record


def _case(assessment: Assessment, case: DelinquencyCase, now: datetime) -> CaseRecord:
    changed = assessment.standing.updated_at if case.closed_on is None else at_noon(case.closed_on)
    return CaseRecord(
        case_key=case.key,
        record_type="Delinquency",
        account=assessment.lessee_number,
        lease_account=case.account_number,
        subject=f"Delinquency {case.sequence} of account {case.account_number}",
        status=our_word(STATUS, case.status, record=f"case {case.key}", field="status"),
        origin="LeaseWorks",
        opened_date=case.opened_on,
        closed_date=case.closed_on,
        close_reason=optional_line(case.close_reason),
        reopened_date=case.reopened_on,
        times_reopened=case.times_reopened,
        source_system="Drawbar",
        source_updated=changed,
        last_synced=now,
    )


def _with_figures(record: CaseRecord, assessment: Assessment) -> OpenCaseRecord:
    priority = our_word(PRIORITY, assessment.bucket, record=f"case {record.case_key}", field="bucket")
    return OpenCaseRecord(
        **{each.name: getattr(record, each.name) for each in fields(record)},
        priority=priority,
        days_past_due=assessment.days_past_due,
        delinquency_bucket=assessment.bucket,
        past_due_amount=assessment.standing.past_due_amount,
    )
