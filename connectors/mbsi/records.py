"""MBSi's records: orders of the reconciliation feed, recoveries, documents, invoice items."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _text(value: object) -> object:
    """Take a number or a yes for a text, and nothing for an empty one: MBSi writes ids either way."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value) if isinstance(value, int) else value


def _utc(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None


Text = Annotated[str, BeforeValidator(_text)]
UtcMoment = Annotated[datetime, BeforeValidator(_utc)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Collateral(_Record):
    """The vehicle of an order."""

    identification_number: Text = ""


class MbsiOrder(_Record):
    """An order as the reconciliation feed shows it; `other_refno` is our order's number."""

    id: Text = Field(min_length=1)
    other_refno: Text = ""
    status: Text
    status_date: UtcMoment
    status_note: Text = ""
    assign_service_provider_id: Text = ""
    recovery_id: Text = ""
    invoice_id: Text = ""


class Recovery(_Record):
    """How a vehicle was recovered."""

    recovery_date: Text = ""
    recovery_police_notified_date: Text = ""
    color: Text = ""
    driveable: Text = ""
    miles: Text = ""
    keys: Text = ""
    access_to_interior: Text = ""
    storage_location: Text = ""
    personal_property: Text = ""


class MbsiDocument(_Record):
    """A document of a recovery; its content comes in base64."""

    file_name: Text = ""
    document_name: Text = ""
    type: Text = ""
    data: Annotated[bytes, BeforeValidator(_decoded)]


class ServiceItem(_Record):
    """A line of an invoice, in US dollars."""

    item_name: Text = ""
    gross_amount: Decimal
    tax_amount: Decimal = Decimal(0)
    net_amount: Decimal
    quantity: Decimal = Decimal(1)
