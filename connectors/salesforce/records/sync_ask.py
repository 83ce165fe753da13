"""What people enter to have a record brought into step at once: the button *Sync again* of the pages (P30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import DateTime
from drawbar.connectors.salesforce.records.case import CASE, CaseKey
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT, LeaseAccountKey
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.connectors.salesforce.records.vehicle import VEHICLE, VehicleKey

SyncAsked = Annotated[
    datetime | None,
    DateTime(
        api_name="Sync_Asked__c",
        help="When somebody last asked Drawbar to bring this record into step. Drawbar then mends what differs.",
        owner="Salesforce",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAccountAsk:
    """That a lease account is to be brought into step; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = LEASE_ACCOUNT

    leaseworks_id: LeaseAccountKey
    sync_asked: SyncAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleAsk:
    """That a vehicle is to be brought into step; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    sync_asked: SyncAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAsk:
    """That a Case is to be brought into step; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = CASE

    case_key: CaseKey
    sync_asked: SyncAsked
