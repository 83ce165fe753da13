"""Puts orders into MBSi's words; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from drawbar.connectors.mbsi.settings import MbsiSettings
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Scalar
from drawbar.middleware.repossession.orders import RepoOrder

_COLLATERAL: Final[Mapping[str, str]] = {
    "identification_number": "vin", "year": "year", "make": "make", "model": "model", "color": "color",
    "license_plate": "plate", "unit_number": "unit_number",
}  # fmt: skip
_BORROWER: Final[Mapping[str, str]] = {"name": "lessee_name", "phone": "lessee_phone", "address": "lessee_address"}
_PLAIN: Final[Mapping[str, str]] = {
    "other_refno": "number", "client_account_number": "account", "lienholder_account_number": "account",
    "order_date": "ordered_on", "payments_made": "payments_made", "days_past_due": "days_past_due",
    "past_due_amount": "past_due", "payoff_amount": "payoff", "gps_status": "gps_status",
    "last_location": "last_location", "last_seen": "last_seen_at", "instructions": "instructions",
    "reply_to": "reply_to",
}  # fmt: skip


def to_mbsi(order: RepoOrder, settings: MbsiSettings, service_provider: str) -> dict[str, Any]:
    """Give an order as MBSi takes it; raises RecordRejected for a type that the settings know no number for."""
    case_type = settings.case_types.get(order.order_type)
    if case_type is None:
        raise RecordRejected(
            f"MBSi has no case type for {order.order_type}", record=f"order {order.number}", field="order_type",
            remedy="Enter it in mbsi.case_types.", code="NO_CASE_TYPE",
        )  # fmt: skip
    return {
        "case_type_id": case_type, "client_id": settings.client_id, "lienholder_id": settings.lienholder_id,
        "assign_service_provider_id": service_provider, "is_voluntary": order.voluntary,
        **{theirs: worded(getattr(order, ours)) for theirs, ours in _PLAIN.items()},
        "borrowers": [{theirs: worded(getattr(order, ours)) for theirs, ours in _BORROWER.items()}],
        "collaterals": [{theirs: worded(getattr(order, ours)) for theirs, ours in _COLLATERAL.items()}],
    }  # fmt: skip


def differences(held: Mapping[str, object], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of an order that MBSi holds otherwise."""
    return {name: value for name, value in wanted.items() if not _is_so(held.get(name), value)}


def field_of(held: Mapping[str, object], name: str) -> str:
    """Give the text that MBSi holds of a field of ours, "" for none."""
    for group, names in (("borrowers", _BORROWER), ("collaterals", _COLLATERAL)):
        theirs = next((each for each, ours in names.items() if ours == name), "")
        rows = held.get(group)
        if theirs and isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
            return str(rows[0].get(theirs) or "")
    theirs = next((each for each, ours in _PLAIN.items() if ours == name), name)
    return str(held.get(theirs) or "")


def worded(value: Scalar) -> str:
    """Word a value as we send it: days and instants as ISO 8601, amounts in dollars with cents."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _is_so(held: object, wanted: object) -> bool:
    """Say whether MBSi holds a value: ids may come as numbers, nothing as null."""
    if isinstance(wanted, list):
        pairs = zip(held, wanted, strict=False) if isinstance(held, list) and len(held) == len(wanted) else ()
        return isinstance(held, list) and len(held) == len(wanted) and all(_is_so(*pair) for pair in pairs)
    if isinstance(wanted, Mapping):
        return isinstance(held, Mapping) and all(_is_so(held.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, bool):
        return held is wanted
    return str("" if held is None else held) == str(wanted)
