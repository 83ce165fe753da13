"""A remarketing request as machines are told of it: staff of all of it, an auction of what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from drawbar.mappings.remarketing_request import StandingRequest
from drawbar.middleware.remarketing.history import StatusChange
from drawbar.middleware.remarketing.notifications import Notification
from drawbar.middleware.remarketing.requests import AuctionOrder, Collateral, RemarketingRequest, Storage


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChangeTold(_Told):
    """One change of status."""

    number: int
    before: str = Field(description="status before; empty for the first")
    status: str
    who: str
    source: str
    started_at: datetime
    ended_at: datetime | None
    comment: str


class RemarketingTold(_Told):
    """A request as the lender's own people are told of it."""

    number: str
    external_reference: str = Field(description="the auction's number; empty until it has accepted")
    current: bool
    status: str
    status_at: datetime
    priority: str
    requested_at: datetime
    requested_by: str
    updated_at: datetime
    comment: str
    collateral: Collateral
    storage: Storage
    work_order: AuctionOrder
    vendors_offered: tuple[str, ...]
    attributes: dict[str, str]
    history: tuple[ChangeTold, ...]


class Attribute(_Told):
    """A tracking attribute."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60)
    value: str = Field("", max_length=255)


class RemarketingForAuction(_Told):
    """A request as its auction is told of it."""

    number: str = Field(description="the request's number, which correlates all messages about it")
    external_reference: str = Field(description="the auction's own number; empty until it has accepted")
    current: bool
    status: str
    status_at: datetime
    priority: str
    requested_at: datetime
    updated_at: datetime
    comment: str
    vehicle: str
    description: str
    vin: str
    year: str
    make: str
    model: str
    storage_address: str
    storage_zip: str
    storage_state: str
    storage_country: str
    storage_contact: str
    storage_phone: str
    storage_fax: str
    work_order: str
    work_order_channel: str
    work_order_type: str
    work_order_status: str
    vendor: str
    attributes: list[Attribute]


class NotificationTold(_Told):
    """A message to an auction; `number` counts within the request, and is what the auction acknowledges."""

    correlation_id: str
    number: int
    status: str
    made_at: datetime
    request: RemarketingForAuction = Field(description="the request as it was then")


def told(standing: StandingRequest, history: Sequence[StatusChange]) -> RemarketingTold:
    """Give a request for the lender's own people."""
    request = standing.request
    return RemarketingTold(
        number=request.number, external_reference=request.external_reference, current=request.current,
        status=request.status.value, status_at=request.status_at, priority=request.priority,
        requested_at=request.requested_at, requested_by=request.requested_by, updated_at=request.updated_at,
        comment=request.comment, collateral=request.collateral, storage=request.storage, work_order=request.order,
        vendors_offered=standing.offered, attributes=dict(standing.attributes), history=changes(history),
    )  # fmt: skip


def changes(history: Sequence[StatusChange]) -> tuple[ChangeTold, ...]:
    """Give a history."""
    return tuple(
        ChangeTold(
            number=each.number, before=each.before.value if each.before else "", status=each.status.value,
            who=each.who, source=each.source, started_at=each.started_at, ended_at=each.ended_at,
            comment=each.comment,
        )
        for each in history
    )  # fmt: skip


def for_auction(request: RemarketingRequest, attributes: Mapping[str, str]) -> RemarketingForAuction:
    """Give a request for its auction: without account, people and reasons of the lender."""
    vehicle, storage, order = request.collateral, request.storage, request.order
    return RemarketingForAuction(
        number=request.number, external_reference=request.external_reference, current=request.current,
        status=request.status.value, status_at=request.status_at, priority=request.priority,
        requested_at=request.requested_at, updated_at=request.updated_at, comment=request.comment,
        vehicle=vehicle.asset, description=vehicle.description, vin=vehicle.vin, year=vehicle.year,
        make=vehicle.make, model=vehicle.model, storage_address=storage.address, storage_zip=storage.zip_code,
        storage_state=storage.state, storage_country=storage.country, storage_contact=storage.contact,
        storage_phone=storage.phone, storage_fax=storage.fax, work_order=order.number,
        work_order_channel=order.channel, work_order_type=order.order_type, work_order_status=order.status,
        vendor=order.vendor, attributes=[Attribute(name=name, value=value) for name, value in attributes.items()],
    )  # fmt: skip


def notification(message: Notification) -> NotificationTold:
    """Give a message to an auction."""
    return NotificationTold(
        correlation_id=message.request, number=message.number, status=message.status.value, made_at=message.made_at,
        request=for_auction(message.told.request, message.told.attributes),
    )  # fmt: skip
