"""The final review of an account → Account_Review__c (P23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drawbar.connectors.salesforce.records.account_review import AccountReviewRecord
from drawbar.mappings.words import optional_line, shortened
from drawbar.middleware.resale.review import AccountReview, SignOff, computation

_OPEN = 255
_COMPUTATION = 16_000


@dataclass(frozen=True, slots=True)
class StandingReview:
    """A review as it stands, since when, and how it was signed off."""

    review: AccountReview
    since: datetime
    sign_off: SignOff | None


def to_salesforce(standing: StandingReview, *, now: datetime) -> AccountReviewRecord:
    """Map a review."""
    review, sign_off = standing.review, standing.sign_off
    shared = review.distribution
    written = computation(review)
    return AccountReviewRecord(
        key=review.account,
        name=review.account,
        lease_account=review.account,
        proceeds=shared.proceeds,
        expenses=shared.claimed("expenses"),
        debt=shared.claimed("debt"),
        deficiency=shared.deficiency,
        surplus=shared.surplus,
        computation=shortened(written, _COMPUTATION - written.count("\n"), "drawbar resale review"),
        open_orders=optional_line(shortened(", ".join(review.open_orders), _OPEN, "drawbar work-orders list")),
        status="Waiting" if sign_off is None else "Signed Off",
        signed_by=sign_off.by if sign_off else None,
        signed_at=sign_off.at if sign_off else None,
        source_system="Drawbar",
        source_updated=standing.since,
        last_synced=now,
    )
