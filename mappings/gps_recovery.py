"""Verdict on recovery → the part of Lease_Account__c that Drawbar concludes from GPS (P08)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.lease_account_recovery import LeaseAccountRecovery
from drawbar.mappings.words import optional_lines, our_word
from drawbar.middleware.gps.feasibility import Feasibility, Verdict

VERDICT = {Verdict.GOOD: "Good", Verdict.DOUBTFUL: "Doubtful", Verdict.POOR: "Poor"}


def to_salesforce(feasibility: Feasibility, *, now: datetime) -> LeaseAccountRecovery:
    """Map a verdict with its reasons, one per line, the weightiest first."""
    return LeaseAccountRecovery(
        leaseworks_id=feasibility.account,
        feasibility=our_word(
            VERDICT, feasibility.verdict, record=f"account {feasibility.account}", field="recovery feasibility"
        ),
        reasons=optional_lines("\n".join(reason.text for reason in feasibility.reasons)),
        last_synced=now,
    )


def none_for(account: str, *, now: datetime) -> LeaseAccountRecovery:
    """Give what stands at an account that is not watched any more: nothing."""
    return LeaseAccountRecovery(leaseworks_id=account, feasibility=None, reasons=None, last_synced=now)
