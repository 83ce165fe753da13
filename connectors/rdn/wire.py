"""Puts orders into RDN's words and takes them out again; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from drawbar.middleware.records import Scalar
from drawbar.middleware.repossession.orders import RepoOrder

FIELDS: Final[Mapping[str, str]] = {
    "client_reference": "number", "account_number": "account", "order_type": "order_type", "order_date": "ordered_on",
    "payments_made": "payments_made", "days_past_due": "days_past_due", "past_due_amount": "past_due",
    "payoff_amount": "payoff", "instructions": "instructions", "reply_to": "reply_to", "debtor_name": "lessee_name",
    "debtor_phone": "lessee_phone", "debtor_address": "lessee_address", "vin": "vin", "year": "year", "make": "make",
    "model": "model", "color": "color", "plate": "plate", "unit_number": "unit_number", "gps_status": "gps_status",
    "last_location": "last_location", "last_seen": "last_seen_at",
}  # fmt: skip
"""RDN's field → ours. Whether an order is voluntary is in its type, as RDN has it."""

UPDATES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "updateCaseAccountInfo": ("account", (
        "account_number", "order_type", "order_date", "payments_made", "days_past_due", "past_due_amount",
        "payoff_amount", "instructions", "reply_to",
    )),
    "updateCaseAddress": ("address", ("debtor_address",)),
    "updateCaseCollateral": ("collateral", (
        "vin", "year", "make", "model", "color", "plate", "unit_number", "gps_status", "last_location", "last_seen",
    )),
    "updateCaseDebtor": ("debtor", ("debtor_name", "debtor_phone")),
}  # fmt: skip
"""The calls that change what RDN holds of a case: the name of their part, and the fields in it."""


def to_case(order: RepoOrder) -> dict[str, str]:
    """Give all fields of a case for an order."""
    return {theirs: worded(getattr(order, ours)) for theirs, ours in FIELDS.items()}


def changed_parts(held: Mapping[str, object], wanted: Mapping[str, str]) -> dict[str, tuple[str, dict[str, str]]]:
    """Give the updates that make what RDN holds into what it shall hold: part and fields, by call."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for operation, (part, names) in UPDATES.items():
        if any((held.get(name) or "") != wanted[name] for name in names):
            found[operation] = (part, {name: wanted[name] for name in names})
    return found


def worded(value: Scalar) -> str:
    """Word a value as we send it: days and instants as ISO 8601, amounts in dollars with cents."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value)
