"""The fields of Lease_Account__c that say whether its vehicle can be recovered (P08)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import LongText, Picklist
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT, LeaseAccountKey
from drawbar.connectors.salesforce.records.provenance import LastSynced
from drawbar.connectors.salesforce.records.sobject import SObject


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAccountRecovery:
    """What Drawbar concludes from the reports of the vehicle's GPS device; empty while the account is not watched."""

    sobject: ClassVar[SObject] = LEASE_ACCOUNT

    leaseworks_id: LeaseAccountKey
    feasibility: Annotated[
        str | None,
        Picklist(
            api_name="Recovery_Feasibility__c",
            help="Whether an agent would find the vehicle now. Empty while the account is not late enough.",
            owner="Drawbar",
            source="GPS reports",
            tracked=True,
            values=("Good", "Doubtful", "Poor"),
        ),
    ]
    reasons: Annotated[
        str | None,
        LongText(
            api_name="Recovery_Reasons__c",
            help="The reasons of the recovery feasibility, the weightiest first.",
            owner="Drawbar",
            source="GPS reports",
            length=4_000,
        ),
    ]
    last_synced: LastSynced
