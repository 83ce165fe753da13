"""What decisions and orders are made from, read from Salesforce, where all of account and vehicle is (P13, P14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import Hub
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.gps.device_tables import lease_vehicle
from drawbar.middleware.records import Scalar
from drawbar.middleware.repossession.facts import RepoFacts, Valuations
from drawbar.middleware.repossession.values import ImportedValues
from drawbar.middleware.units import to_cents

ACCOUNT: Final = "Lease_Account__r.LeaseWorks_Id__c"
_VEHICLE: Final = (
    ACCOUNT, "VIN__c", "Year__c", "Make__c", "Model__c", "Color__c", "Plate__c", "Plate_State__c", "Market_Value__c",
    "Condition__c", "GPS_Address__c", "GPS_Latitude__c", "GPS_Longitude__c", "GPS_Last_Report__c",
)  # fmt: skip
_ACCOUNT: Final = (
    "Lessee__r.LeaseWorks_Id__c", "Status__c", "Office__c", "Payments_Made__c", "Last_Payment_Date__c",
    "Days_Past_Due__c", "Past_Due_Amount__c", "Payoff_Amount__c", "Promises_Kept__c", "Promises_Broken__c",
    "Recovery_Feasibility__c", "Recovery_Reasons__c",
)  # fmt: skip
_CONTACT: Final = (
    "Lessee__r.Name", "Lessee__r.Phone", "Lessee__r.BillingStreet", "Lessee__r.BillingCity",
    "Lessee__r.BillingState", "Lessee__r.BillingPostalCode",
)  # fmt: skip
_CHUNK: Final = 200

_Fields = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom an agent would meet; read when an order goes out, and kept in it alone."""

    name: str
    phone: str
    address: str


def read_facts(hub: Hub, assets: Sequence[str]) -> dict[str, RepoFacts]:
    """Read the facts of vehicles by asset number, with two calls per 200; one that Salesforce lacks is left out."""
    found: dict[str, RepoFacts] = {}
    for chunk in in_chunks(assets, _CHUNK):
        vehicles = hub.salesforce().read(VEHICLE.api_name, chunk, _VEHICLE)
        numbers = sorted({_text(each, ACCOUNT) for each in vehicles.values()} - {""})
        accounts = hub.salesforce().read(LEASE_ACCOUNT.api_name, numbers, _ACCOUNT)
        with reading(hub.engine) as connection:
            values = ImportedValues(connection)
            for asset, vehicle in vehicles.items():
                account = accounts.get(_text(vehicle, ACCOUNT))
                if account is not None:
                    found[asset] = _facts(asset, vehicle, account, values)
    return found


def facts_of(hub: Hub, asset: str) -> RepoFacts:
    """Read the facts of one vehicle; raises RecordRejected when Salesforce lacks it, or the account that it is of."""
    found = read_facts(hub, [asset]).get(asset)
    if found is None:
        raise RecordRejected(
            "Salesforce has no such vehicle with a lease account", record=f"vehicle {asset}", field="asset number",
            remedy="Look whether LeaseWorks has delivered it: drawbar show vehicles NUMBER", code="UNKNOWN_VEHICLE",
        )  # fmt: skip
    return found


def vehicles_of(hub: Hub, account: str) -> list[str]:
    """Name the vehicles of an account, as LeaseWorks delivered them last; raises RecordRejected without any."""
    query = select(lease_vehicle.c.asset_number).where(lease_vehicle.c.account_number == account)
    with reading(hub.engine) as connection:
        assets = list(connection.execute(query.order_by(lease_vehicle.c.asset_number)).scalars())
    if not assets:
        raise RecordRejected(
            "the hub knows no vehicle of it", record=f"account {account}", field="account number",
            remedy="Look whether LeaseWorks has delivered one.", code="UNKNOWN_ACCOUNT",
        )  # fmt: skip
    return assets


def contact_of(hub: Hub, account: str) -> Contact:
    """Read whom an agent would meet."""
    fields = hub.salesforce().read(LEASE_ACCOUNT.api_name, [account], _CONTACT).get(account, {})
    street, city, state, code = (_text(fields, f"Lessee__r.Billing{each}") for each in _PLACE)
    address = ", ".join(filter(None, (street.replace("\n", ", "), city, f"{state} {code}".strip())))
    return Contact(_text(fields, "Lessee__r.Name"), _text(fields, "Lessee__r.Phone"), address)


_PLACE: Final = ("Street", "City", "State", "PostalCode")


def _facts(asset: str, vehicle: _Fields, account: _Fields, values: Valuations) -> RepoFacts:
    year, make, model = (_text(vehicle, f"{each}__c") for each in ("Year", "Make", "Model"))
    value, source, valued_on = _value(asset, vehicle, values)
    return RepoFacts(
        account=_text(vehicle, ACCOUNT), asset=asset, lessee=_text(account, "Lessee__r.LeaseWorks_Id__c"),
        vehicle=" ".join(filter(None, (year, make, model))), vin=_text(vehicle, "VIN__c"), year=year, make=make,
        model=model, color=_text(vehicle, "Color__c"),
        plate=" ".join(filter(None, (_text(vehicle, "Plate_State__c"), _text(vehicle, "Plate__c")))),
        office=_text(account, "Office__c"), account_status=_text(account, "Status__c"),
        payments_made=_whole(account, "Payments_Made__c"), last_payment_on=_day(account, "Last_Payment_Date__c"),
        days_past_due=_whole(account, "Days_Past_Due__c"),
        past_due=_usd(account, "Past_Due_Amount__c") or Decimal("0.00"), payoff=_usd(account, "Payoff_Amount__c"),
        promises_kept=_whole(account, "Promises_Kept__c"), promises_broken=_whole(account, "Promises_Broken__c"),
        gps_verdict=_text(account, "Recovery_Feasibility__c"), gps_reasons=_text(account, "Recovery_Reasons__c"),
        last_location=_place(vehicle), last_seen_at=_instant(vehicle, "GPS_Last_Report__c"), market_value=value,
        value_source=source, valued_on=valued_on, condition=_text(vehicle, "Condition__c"),
    )  # fmt: skip


def _value(asset: str, vehicle: _Fields, values: Valuations) -> tuple[Decimal | None, str, date | None]:
    """Give the market value, its source and its day: what people entered comes before what a valuation says."""
    entered = _usd(vehicle, "Market_Value__c")
    if entered is not None:
        return entered, "entered on the vehicle in Salesforce", None
    valued = values.value(asset, _text(vehicle, "VIN__c"))
    return (valued.amount, valued.source, valued.valued_on) if valued else (None, "", None)


def _place(vehicle: _Fields) -> str:
    address, spot = _text(vehicle, "GPS_Address__c"), (vehicle.get("GPS_Latitude__c"), vehicle.get("GPS_Longitude__c"))
    return address or ("" if None in spot else f"{spot[0]}, {spot[1]}")


def _text(fields: _Fields, name: str) -> str:
    return str(fields.get(name) or "")


def _whole(fields: _Fields, name: str) -> int:
    return int(Decimal(str(fields.get(name) or 0)))


def _usd(fields: _Fields, name: str) -> Decimal | None:
    value = fields.get(name)
    return None if value is None else to_cents(Decimal(str(value)))


def _day(fields: _Fields, name: str) -> date | None:
    value = fields.get(name)
    return value if isinstance(value, date) else None


def _instant(fields: _Fields, name: str) -> datetime | None:
    value = fields.get(name)
    return value.astimezone(UTC) if isinstance(value, datetime) else None
