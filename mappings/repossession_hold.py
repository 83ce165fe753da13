"""Hold that was set in the hub → Hold__c (P31)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from drawbar.connectors.salesforce.records.hold import HoldRecord
from drawbar.mappings.words import optional_line, our_word, shortened
from drawbar.middleware.repossession.holds import Hold, HoldKind

KIND: Final = {
    HoldKind.BANKRUPTCY: "Bankruptcy", HoldKind.SCRA: "SCRA", HoldKind.CURE_LETTER: "Cure Letter",
    HoldKind.CEASE_CONTACT: "Cease Contact", HoldKind.ATTORNEY: "Attorney", HoldKind.DISPUTE: "Dispute",
}  # fmt: skip


def to_salesforce(hold: Hold, *, now: datetime) -> HoldRecord:
    """Map a hold, in force or lifted."""
    return HoldRecord(
        hold_key=hold.reference,
        lease_account=hold.account,
        kind=our_word(KIND, hold.kind, record=f"hold {hold.reference}", field="kind"),
        from_date=hold.from_on,
        until_date=hold.until_on,
        reason=optional_line(shortened(hold.reason, 255, hold.reference)),
        lifted_date=hold.lifted_at.date() if hold.lifted_at else None,
        set_by=optional_line(shortened(hold.set_by, 120, hold.reference)),
        set_at=hold.set_at,
        source_system="Drawbar",
        source_updated=hold.lifted_at or hold.set_at,
        last_synced=now,
    )
