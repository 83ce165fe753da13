"""A record that is not in step → Sync_Error__c on the pages that it concerns (P30)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.sync_error import SyncError
from drawbar.mappings.words import optional_line, optional_lines, shortened
from drawbar.middleware.failures import RecordFailure

WHERE_THE_REST_IS = "drawbar failures"
MESSAGE, FIELDS, REMEDY, CODE = 16_000, 1_000, 2_000, 80
"""How much is shown, in characters: half of what the fields hold, because each line end counts twice."""


def sync_error_key(object_name: str, key: str) -> str:
    """Give the key of the one Sync Error that a record can have; by it the error is removed later."""
    return f"{object_name}:{key}"


def to_salesforce(failure: RecordFailure, *, now: datetime) -> SyncError:
    """Map a failure; texts that are too long say where the whole is to be read."""
    shown_on = {reference.object: reference.key for reference in failure.shown_on}
    return SyncError(
        sync_error_key=sync_error_key(failure.object, failure.key),
        object_name=failure.object,
        record_key=failure.key,
        error_code=shortened(optional_line(failure.code) or "UNKNOWN", CODE, WHERE_THE_REST_IS),
        message=_text(failure.message, MESSAGE) or "No reason was given.",
        field_names=_text(", ".join(failure.fields), FIELDS),
        remedy=_text(failure.remedy, REMEDY),
        first_failed=failure.first_failed_at,
        last_failed=failure.last_failed_at,
        attempts=failure.attempts,
        account=shown_on.get("Account"),
        lease_account=shown_on.get("Lease_Account__c"),
        vehicle=shown_on.get("Vehicle__c"),
        gps_device=shown_on.get("GPS_Device__c"),
        payment=shown_on.get("Payment__c"),
        promise_to_pay=shown_on.get("Promise_To_Pay__c"),
        collection_note=shown_on.get("Collection_Note__c"),
        case=shown_on.get("Case"),
        repair_order=shown_on.get("Repair_Order__c"),
        purchase_order=shown_on.get("Purchase_Order__c"),
        lessee_message=shown_on.get("Message__c"),
        asset_work_order=shown_on.get("Asset_Work_Order__c"),
        sale=shown_on.get("Sale__c"),
        auction_invoice=shown_on.get("Auction_Invoice__c"),
        refund=shown_on.get("Refund__c"),
        account_review=shown_on.get("Account_Review__c"),
        field_visit=shown_on.get("Field_Visit__c"),
        source_system="Drawbar",
        source_updated=failure.last_failed_at,
        last_synced=now,
    )


def _text(text: str, limit: int) -> str | None:
    return None if (whole := optional_lines(text)) is None else shortened(whole, limit, WHERE_THE_REST_IS)
