"""What a remarketing request is made from: the vehicle as Salesforce has it, and how it stands in the hub (R04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.account_holds import SaleHolds
from drawbar.jobs.hub import Hub
from drawbar.jobs.repo_facts import ACCOUNT
from drawbar.mappings.vehicle_disposition import DISPOSITION
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Scalar
from drawbar.middleware.remarketing.asked import SOLD, Asset
from drawbar.middleware.remarketing.requests import Collateral, Storage
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.resale.sales_book import SalesBook

_OF: Final = "Lease_Account__r"
_FIELDS: Final = (
    ACCOUNT, "VIN__c", "Year__c", "Make__c", "Model__c", "Disposition__c", "Storage_Place__c", "Storage_State__c",
    f"{_OF}.Company__c", f"{_OF}.Portfolio__c", f"{_OF}.Office__c",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VehicleRead:
    """A vehicle as Salesforce has it: what it is, where it is stored, and its disposition."""

    collateral: Collateral
    storage: Storage
    disposition: str


def read_vehicle(hub: Hub, asset: str) -> VehicleRead:
    """Read a vehicle, outside of any transaction; raises RecordRejected for one that Salesforce does not have."""
    row = hub.salesforce().read(VEHICLE.api_name, [asset], _FIELDS).get(asset) if asset else None
    if row is None:
        raise RecordRejected(
            "Salesforce has no such vehicle", record=f"vehicle {asset}", field="vehicle", code="UNKNOWN_VEHICLE",
            remedy="Look whether LeaseWorks has delivered it: drawbar show vehicles NUMBER",
        )  # fmt: skip
    year, make, model = (_text(row, f"{each}__c") for each in ("Year", "Make", "Model"))
    collateral = Collateral(
        asset=asset, account=_text(row, ACCOUNT), vin=_text(row, "VIN__c"), year=year, make=make, model=model,
        description=" ".join(filter(None, (year, make, model))), company=_text(row, f"{_OF}.Company__c"),
        portfolio=_text(row, f"{_OF}.Portfolio__c"), branch=_text(row, f"{_OF}.Office__c"),
    )  # fmt: skip
    storage = Storage(address=_text(row, "Storage_Place__c"), state=_text(row, "Storage_State__c").upper())
    return VehicleRead(collateral, storage, _text(row, "Disposition__c"))


def asset_now(hub: Hub, connection: Connection, read: VehicleRead, now: datetime) -> Asset:
    """Give how a vehicle stands: what the hub knows of its repossession and its sale comes before Salesforce."""
    asset = read.collateral.asset
    case = RepoCases(connection).latest_of(asset)
    word = DISPOSITION.get(case.course.state, "") if case is not None and case.course.open else ""
    sold = SalesBook(connection).sale_of(asset) is not None
    hold = SaleHolds(hub, connection, now).reason(read.collateral.account)
    return Asset(read.collateral, read.storage, SOLD if sold else word or read.disposition, hold)


def _text(row: Mapping[str, Scalar], name: str) -> str:
    return str(row.get(name) or "").strip()
