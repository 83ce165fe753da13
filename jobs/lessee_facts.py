"""What messages say, and to whom they go, read from Salesforce, where all of lessee, account and vehicle is (P04)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import Hub
from drawbar.middleware.collections.records import CaseStatus
from drawbar.middleware.collections.tables import delinquency_case
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.gps.device_tables import lease_vehicle
from drawbar.middleware.messages.records import LesseeFacts
from drawbar.middleware.records import Scalar
from drawbar.middleware.units import to_cents

_ACCOUNT: Final = (
    "Portfolio__c", "Days_Past_Due__c", "Past_Due_Amount__c", "Lessee__r.Name", "Lessee__r.Mobile_Phone__c",
    "Lessee__r.Email__c", "Lessee__r.BillingState", "Lessee__r.BillingPostalCode",
)  # fmt: skip
_VEHICLE: Final = ("Year__c", "Make__c", "Model__c")

_Fields = Mapping[str, Scalar]


def lessee_facts(hub: Hub, account: str) -> LesseeFacts:
    """Read the facts of an account, with two calls; raises RecordRejected for one that Salesforce lacks."""
    fields = hub.salesforce().read(LEASE_ACCOUNT.api_name, [account], _ACCOUNT).get(account) if account else None
    if fields is None:
        raise RecordRejected(
            "Salesforce has no such lease account", record=f"account {account or '(none)'}", field="Lease_Account__c",
            remedy="Name the account as LeaseWorks does.", code="UNKNOWN_ACCOUNT",
        )  # fmt: skip
    with reading(hub.engine) as connection:
        assets, case_key = _assets(connection, account), _open_case(connection, account)
    vehicles = hub.salesforce().read(VEHICLE.api_name, assets[:1], _VEHICLE) if assets else {}
    amount = to_cents(Decimal(str(fields.get("Past_Due_Amount__c") or 0)))
    return LesseeFacts(
        account=account, lessee=_text(fields, "Lessee__r.Name"), portfolio=_text(fields, "Portfolio__c"),
        vehicle=_vehicle(vehicles.values(), len(assets)), days_past_due=int(str(fields.get("Days_Past_Due__c") or 0)),
        past_due_amount=f"{amount:,}", mobile=_text(fields, "Lessee__r.Mobile_Phone__c"),
        email=_text(fields, "Lessee__r.Email__c"), state=_text(fields, "Lessee__r.BillingState").strip().upper(),
        postal_code=_text(fields, "Lessee__r.BillingPostalCode").strip(), case_key=case_key,
    )  # fmt: skip


def _vehicle(vehicles: Iterable[_Fields], count: int) -> str:
    """Name the first vehicle, and say how many there are beside it."""
    first = next(iter(vehicles), {})
    name = " ".join(filter(None, (_text(first, each) for each in _VEHICLE))) or "vehicle"
    return f"{name} and {count - 1} more" if count > 1 else name


def _assets(connection: Connection, account: str) -> list[str]:
    mine = select(lease_vehicle.c.asset_number).where(lease_vehicle.c.account_number == account)
    return list(connection.execute(mine.order_by(lease_vehicle.c.asset_number)).scalars())


def _open_case(connection: Connection, account: str) -> str:
    query = select(delinquency_case.c.sequence).where(
        delinquency_case.c.account_number == account, delinquency_case.c.status == CaseStatus.OPEN
    )
    sequence = connection.execute(query).scalar_one_or_none()
    return "" if sequence is None else f"{account}-D{sequence:03d}"


def _text(fields: _Fields, name: str) -> str:
    return str(fields.get(name) or "")
