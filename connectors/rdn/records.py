"""RDN's records: cases in lists, events of the FireHose, repossessions, invoice items, updates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _text(value: object) -> object:
    return "" if value is None else value


def _utc(value: object) -> object:
    """Understand `2026-03-02 14:30:00`, which RDN gives without a zone; we take it for UTC."""
    if not isinstance(value, str):
        return value
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _standing(value: object) -> object:
    try:
        return STANDINGS[str(value).strip().lower()]
    except KeyError:
        known = ", ".join(sorted(STANDINGS))
        raise ValueError(f"{str(value)[:40]!r} is not a status that we know ({known})") from None


class CaseStanding(StrEnum):
    """How a case stands, in our words."""

    PENDING = "pending"
    OPEN = "open"
    ON_HOLD = "on hold"
    CLOSED = "closed"
    REPOSSESSED = "repossessed"
    DECLINED = "declined"


STANDINGS: Final[Mapping[str, CaseStanding]] = {
    "pending": CaseStanding.PENDING, "open": CaseStanding.OPEN, "hold": CaseStanding.ON_HOLD,
    "on hold": CaseStanding.ON_HOLD, "pending on hold": CaseStanding.ON_HOLD, "closed": CaseStanding.CLOSED,
    "pending close": CaseStanding.CLOSED, "repossessed": CaseStanding.REPOSSESSED, "declined": CaseStanding.DECLINED,
}  # fmt: skip
"""RDN's words of a status; `Declined` and `Pending Close` are ours."""

Text = Annotated[str, BeforeValidator(_text)]
UtcMoment = Annotated[datetime, BeforeValidator(_utc)]
Standing = Annotated[CaseStanding, BeforeValidator(_standing)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class ListedCase(_Record):
    """A case as lists show it; `client_reference` is our order's number."""

    case_id: str
    client_reference: Text = ""
    status: Standing


class CaseReference(_Record):
    """Which order of ours a case is; "" for a case that somebody has placed by hand."""

    client_reference: Text = ""


class Event(_Record):
    """An event of the FireHose; numbers grow, with gaps. `update_id` names the comment of a comment's event."""

    event_id: int
    event_code: int
    event_date: UtcMoment
    case_id: str
    update_id: Text = ""


class CaseUpdate(_Record):
    """A comment on a case."""

    update_id: str
    author: Text = ""
    update_text: Text = ""


class Repossession(_Record):
    """How a truck was repossessed."""

    case_id: str
    repossession_date: Text = ""
    storage_location: Text = ""
    keys: Text = ""
    mileage: Text = ""
    condition: Text = ""
    personal_property: Text = ""
    police_notified_date: Text = ""
    driveable: Text = ""


class InvoiceItem(_Record):
    """A line of an agent's invoice, in US dollars."""

    invoice_number: str
    item_name: Text = ""
    quantity: Decimal = Decimal(1)
    gross_amount: Decimal
    tax_amount: Decimal = Decimal(0)
    net_amount: Decimal
