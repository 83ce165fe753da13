"""Sync_Error__c: something that could not be written, shown on the record that it concerns (P30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import AutoNumber, DateTime, ExternalId, LongText, Lookup, Number, Text
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

SYNC_ERROR = SObject(
    api_name="Sync_Error__c",
    label="Sync Error",
    plural="Sync Errors",
    description="A record that could not be brought into step, with the reason and the remedy; gone once it succeeds.",
    key="Sync_Error_Key__c",
    auto_number=AutoNumber(label="Sync Error Number", display_format="ERR-{000000}"),
    tab_icon="Custom53: Bell",
    editors=("collector", "supervisor", "asset manager", "accounting"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncError(Provenance):
    """One record that is not in step, and why."""

    sobject: ClassVar[SObject] = SYNC_ERROR

    sync_error_key: Annotated[
        str,
        ExternalId(
            api_name="Sync_Error_Key__c",
            help="Object and key of the record that failed; one error per record.",
            owner="Drawbar",
            length=255,
        ),
    ]
    object_name: Annotated[
        str,
        Text(
            api_name="Object__c",
            help="The object whose record could not be written.",
            owner="Drawbar",
            length=80,
        ),
    ]
    record_key: Annotated[
        str,
        Text(
            api_name="Record_Key__c",
            help="The key of the record that could not be written, as its source names it.",
            owner="Drawbar",
            length=120,
        ),
    ]
    error_code: Annotated[
        str,
        Text(
            api_name="Error_Code__c",
            help="The code that the refusing system gave.",
            owner="Drawbar",
            length=80,
        ),
    ]
    message: Annotated[
        str,
        LongText(
            api_name="Message__c",
            help="What went wrong.",
            owner="Drawbar",
            length=32_768,
        ),
    ]
    field_names: Annotated[
        str | None,
        LongText(
            api_name="Field__c",
            label="Fields",
            help="The fields that were refused, if it is known.",
            owner="Drawbar",
            length=2_000,
            visible_lines=2,
        ),
    ]
    remedy: Annotated[
        str | None,
        LongText(
            api_name="Remedy__c",
            help="What to do about it.",
            owner="Drawbar",
            length=4_000,
            visible_lines=3,
        ),
    ]
    first_failed: Annotated[
        datetime,
        DateTime(
            api_name="First_Failed__c",
            help="When the record could not be written for the first time.",
            owner="Drawbar",
        ),
    ]
    last_failed: Annotated[
        datetime,
        DateTime(
            api_name="Last_Failed__c",
            help="When the record could not be written for the last time.",
            owner="Drawbar",
        ),
    ]
    attempts: Annotated[
        int,
        Number(
            api_name="Attempts__c",
            help="How often it was tried.",
            unit="tries",
            owner="Drawbar",
            precision=6,
        ),
    ]
    account: Annotated[
        str | None,
        Lookup(
            api_name="Account__c",
            help="The lessee that the error concerns.",
            owner="Drawbar",
            to="Account",
            children="Sync_Errors",
        ),
    ]
    lease_account: Annotated[
        str | None,
        Lookup(
            api_name="Lease_Account__c",
            help="The lease account that the error concerns.",
            owner="Drawbar",
            to="Lease_Account__c",
            children="Sync_Errors",
        ),
    ]
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The vehicle that the error concerns.",
            owner="Drawbar",
            to="Vehicle__c",
            children="Sync_Errors",
        ),
    ]
    gps_device: Annotated[
        str | None,
        Lookup(
            api_name="GPS_Device__c",
            label="GPS Device",
            help="The GPS device that the error concerns.",
            owner="Drawbar",
            to="GPS_Device__c",
            children="Sync_Errors",
        ),
    ]
    payment: Annotated[
        str | None,
        Lookup(
            api_name="Payment__c",
            help="The payment that the error concerns.",
            owner="Drawbar",
            to="Payment__c",
            children="Sync_Errors",
        ),
    ]
    promise_to_pay: Annotated[
        str | None,
        Lookup(
            api_name="Promise_To_Pay__c",
            help="The promise that the error concerns.",
            owner="Drawbar",
            to="Promise_To_Pay__c",
            children="Sync_Errors",
        ),
    ]
    collection_note: Annotated[
        str | None,
        Lookup(
            api_name="Collection_Note__c",
            help="The note that the error concerns.",
            owner="Drawbar",
            to="Collection_Note__c",
            children="Sync_Errors",
        ),
    ]
    case: Annotated[
        str | None,
        Lookup(
            api_name="Case__c",
            help="The case that the error concerns.",
            owner="Drawbar",
            to="Case",
            children="Sync_Errors",
        ),
    ]
    repair_order: Annotated[
        str | None,
        Lookup(
            api_name="Repair_Order__c",
            help="The repair order that the error concerns.",
            owner="Drawbar",
            to="Repair_Order__c",
            children="Sync_Errors",
        ),
    ]
    purchase_order: Annotated[
        str | None,
        Lookup(
            api_name="Purchase_Order__c",
            help="The purchase order that the error concerns.",
            owner="Drawbar",
            to="Purchase_Order__c",
            children="Sync_Errors",
        ),
    ]
    lessee_message: Annotated[
        str | None,
        Lookup(
            api_name="Lessee_Message__c",
            help="The message to a lessee that the error concerns.",
            owner="Drawbar",
            to="Message__c",
            children="Sync_Errors",
        ),
    ]
    asset_work_order: Annotated[
        str | None,
        Lookup(
            api_name="Asset_Work_Order__c",
            help="The work order that the error concerns.",
            owner="Drawbar",
            to="Asset_Work_Order__c",
            children="Sync_Errors",
        ),
    ]
    sale: Annotated[
        str | None,
        Lookup(
            api_name="Sale__c",
            help="The sale that the error concerns.",
            owner="Drawbar",
            to="Sale__c",
            children="Sync_Errors",
        ),
    ]
    auction_invoice: Annotated[
        str | None,
        Lookup(
            api_name="Auction_Invoice__c",
            help="The auction invoice that the error concerns.",
            owner="Drawbar",
            to="Auction_Invoice__c",
            children="Sync_Errors",
        ),
    ]
    refund: Annotated[
        str | None,
        Lookup(
            api_name="Refund__c",
            help="The refund that the error concerns.",
            owner="Drawbar",
            to="Refund__c",
            children="Sync_Errors",
        ),
    ]
    account_review: Annotated[
        str | None,
        Lookup(
            api_name="Account_Review__c",
            help="The account review that the error concerns.",
            owner="Drawbar",
            to="Account_Review__c",
            children="Sync_Errors",
        ),
    ]
    field_visit: Annotated[
        str | None,
        Lookup(
            api_name="Field_Visit__c",
            help="The field visit that the error concerns.",
            owner="Drawbar",
            to="Field_Visit__c",
            children="Sync_Errors",
        ),
    ]
