"""Rows of vehicles on their way from repossession to sale: people keep their dispositions in Salesforce (P16, P23)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, func, select

from drawbar.connectors.orion.shape import Cell, Row
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import Hub
from drawbar.jobs.orion_facts import ACCOUNT, Period, of_account, standings
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.records import AccountStanding
from drawbar.middleware.collections.tables import payment_entry, promise
from drawbar.middleware.database.engine import reading
from drawbar.middleware.ports import OneOf
from drawbar.middleware.records import Scalar
from drawbar.middleware.units import to_cents

SOLD: Final = "SOLD"
IN_REPOSSESSION: Final = (
    "PENDING", "ORDERED", "REPOSSESSED", "IN STORAGE", "IN REPAIR", "INVENTORY", "REMARKETING", SOLD, "RELEASED",
)  # fmt: skip
"""The dispositions of the repo log: all but ON LEASE."""

_TEXTS: Final = {
    "vin": "VIN__c", "vehicle": "Year_Make_Model__c", "disposition": "Disposition__c", "condition": "Condition__c",
    "storage_place": "Storage_Place__c", "storage_state": "Storage_State__c",
}  # fmt: skip
_AMOUNTS: Final = {"market_value": "Market_Value__c", "equipment_cost": "Equipment_Cost__c"}
_OF_ACCOUNT: Final = {
    "collector": "Collector__c", "account_status": "Status__c", "lessee_name": "Lessee__r.Name",
    "days_past_due": "Days_Past_Due__c", "past_due_amount": "Past_Due_Amount__c", "late_fees": "Late_Fees__c",
    "payments_made": "Payments_Made__c", "payoff_amount": "Payoff_Amount__c", "balance": "Net_Outstanding__c",
}  # fmt: skip
_COUNTS: Final = frozenset({"days_past_due", "payments_made"})
_NAMED: Final = frozenset({"collector", "account_status", "lessee_name"})
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Vehicle:
    asset: str
    account: str
    cells: Row

    @property
    def market_value(self) -> Decimal:
        value = self.cells["market_value"]
        return value if isinstance(value, Decimal) else Decimal("0.00")


def repo_log(hub: Hub, period: Period, now: datetime) -> Iterator[Row]:
    """Give a row per vehicle in repossession, as people keep it now."""
    vehicles = _vehicles(hub, IN_REPOSSESSION)
    accounts = _Accounts.of(hub, {each.account for each in vehicles})
    wanted = ("lessee_name", "collector", "account_status", "days_past_due", "past_due_amount", "payments_made",
              "payoff_amount")  # fmt: skip
    for each in vehicles:
        yield {
            **of_account(period, each.account, accounts.standings.get(each.account)), **each.cells,
            **accounts.told(each.account, wanted), "asset_number": each.asset, "read_at": now,
        }  # fmt: skip


def post_sale(hub: Hub, period: Period, now: datetime) -> Iterator[Row]:
    """Give a row per account of which a vehicle was sold, with what was paid and promised on it."""
    sold: defaultdict[str, list[_Vehicle]] = defaultdict(list)
    for each in _vehicles(hub, (SOLD,)):
        sold[each.account].append(each)
    accounts = _Accounts.of(hub, sold)
    with reading(hub.engine) as connection:
        received, outcomes = _received(connection, sold), _outcomes(connection, sold)
    wanted = ("lessee_name", "collector", "account_status", "balance", "past_due_amount", "late_fees", "payoff_amount")
    for account, vehicles in sold.items():
        payments, amount = received.get(account, (0, Decimal("0.00")))
        yield {
            **of_account(period, account, accounts.standings.get(account)), **accounts.told(account, wanted),
            "vehicles_sold": len(vehicles),
            "market_value": sum((each.market_value for each in vehicles), Decimal("0.00")),
            "payments_received": payments, "amount_received": amount, "promises_kept": outcomes[account, "Kept"],
            "promises_broken": outcomes[account, "Broken"], "read_at": now,
        }  # fmt: skip


def _vehicles(hub: Hub, dispositions: tuple[str, ...]) -> list[_Vehicle]:
    fields = [ACCOUNT, *_TEXTS.values(), *_AMOUNTS.values()]
    reader = hub.reader()
    job_id = reader.open_bulk_read(VEHICLE.api_name, fields, [OneOf("Disposition__c", dispositions)])
    reader.wait_for_bulk_read(job_id)
    found = []
    for asset, (account, *others) in reader.bulk_read(job_id, VEHICLE.api_name, fields):
        texts, amounts = others[: len(_TEXTS)], others[len(_TEXTS) :]
        cells: dict[str, Cell] = dict(zip(_TEXTS, texts, strict=True))
        cells |= {name: _usd(text or None) for name, text in zip(_AMOUNTS, amounts, strict=True)}
        found.append(_Vehicle(asset, account, cells))
    return found


@dataclass(frozen=True, slots=True)
class _Accounts:
    """What the hub and Salesforce say of the accounts of vehicles."""

    standings: Mapping[str, AccountStanding]
    fields: Mapping[str, Mapping[str, Scalar]]

    @classmethod
    def of(cls, hub: Hub, numbers: Collection[str]) -> _Accounts:
        with reading(hub.engine) as connection:
            known = standings(connection, numbers)
        read = hub.salesforce().read(LEASE_ACCOUNT.api_name, sorted(numbers), list(_OF_ACCOUNT.values()))
        return cls(known, read)

    def told(self, account: str, names: tuple[str, ...]) -> Row:
        """Give columns by name as Salesforce has them; empty ones for an account that it does not hold."""
        fields = self.fields.get(account, {})
        return {name: _cell(name, fields.get(_OF_ACCOUNT[name])) for name in names}


def _cell(name: str, value: Scalar) -> Cell:
    if name in _NAMED:
        return str(value or "")
    if value is None:
        return None
    return int(Decimal(str(value))) if name in _COUNTS else _usd(value)


def _usd(value: Scalar) -> Decimal | None:
    return None if value is None else to_cents(Decimal(str(value)))


def _received(connection: Connection, accounts: Collection[str]) -> dict[str, tuple[int, Decimal]]:
    """Count and sum the payments of accounts that stand."""
    table = payment_entry
    found: dict[str, tuple[int, Decimal]] = {}
    for chunk in in_chunks(accounts, _CHUNK):
        query = (
            select(table.c.account_number, func.count(), func.sum(table.c.amount))
            .where(table.c.account_number.in_(chunk), table.c.reversed_on.is_(None))
            .group_by(table.c.account_number)
        )
        found |= {account: (number, to_cents(amount)) for account, number, amount in connection.execute(query)}
    return found


def _outcomes(connection: Connection, accounts: Collection[str]) -> Counter[tuple[str, str]]:
    """Count the promises of accounts by how they ended."""
    found: Counter[tuple[str, str]] = Counter()
    for chunk in in_chunks(accounts, _CHUNK):
        columns = (promise.c.account_number, promise.c.status)
        query = select(*columns, func.count()).where(promise.c.account_number.in_(chunk)).group_by(*columns)
        found.update({(account, status): number for account, status, number in connection.execute(query)})
    return found
