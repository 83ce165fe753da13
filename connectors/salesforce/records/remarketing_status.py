"""Remarketing_Status__c: one change of a request's status; people make one to set the next status (R07 to R09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    DateTime,
    ExternalId,
    LongText,
    MasterDetail,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.remarketing import REMARKETING_STATUSES
from drawbar.connectors.salesforce.records.sobject import SObject

REMARKETING_STATUS = SObject(
    api_name="Remarketing_Status__c",
    label="Remarketing Status",
    plural="Remarketing Statuses",
    description="The history of a remarketing request: each status with the one before, who set it, and how long.",
    key="Remarketing_Status_Key__c",
    locks="Remarketing__r",
    sharing="ControlledByParent",
    auto_number=AutoNumber(label="Remarketing Status", display_format="RMS-{000000}"),
    logged=True,
    editors=("supervisor", "asset manager"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarketingStatusRecord(Provenance):
    """A change of status as the history has it; one without start was not taken, and a Sync Error says why."""

    sobject: ClassVar[SObject] = REMARKETING_STATUS

    key: Annotated[
        str,
        ExternalId(
            api_name="Remarketing_Status_Key__c",
            help="Request and number of the change. Leave it empty: Drawbar fills it in.",
            owner="Drawbar",
            source="remarketing",
            length=40,
        ),
    ]
    remarketing: Annotated[
        str,
        MasterDetail(
            api_name="Remarketing__c",
            help="The request.",
            owner="Drawbar",
            source="remarketing",
            entered=True,
            to="Remarketing__c",
            children="Remarketing_Statuses",
        ),
    ]
    before: Annotated[
        str | None,
        Picklist(
            api_name="Before__c",
            label="Status Before",
            help="The status before; empty for the first.",
            owner="Drawbar",
            source="remarketing",
            values=REMARKETING_STATUSES,
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="The status that was set. People set SEND TO AUCTION, UPDATE TO AUCTION, HOLD, VOID and REDEEM.",
            owner="Drawbar",
            source="remarketing",
            entered=True,
            values=REMARKETING_STATUSES,
        ),
    ]
    who: Annotated[
        str | None,
        Text(api_name="Set_By__c", help="Who set it.", owner="Drawbar", source="remarketing", length=120),
    ]
    started_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Started_At__c",
            help="When the status began. Empty while Drawbar has not taken it.",
            owner="Drawbar",
            source="remarketing",
        ),
    ]
    ended_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Ended_At__c",
            help="When the status ended. Empty while it is the status.",
            owner="Drawbar",
            source="remarketing",
        ),
    ]
    comment: Annotated[
        str | None,
        LongText(
            api_name="Comment__c",
            help="Why, or what the auction shall know.",
            owner="Drawbar",
            source="remarketing",
            entered=True,
            length=8000,
        ),
    ]
