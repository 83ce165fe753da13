"""Remarketing request with its work order → Remarketing__c (R04 to R06, R13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from drawbar.connectors.salesforce.records.remarketing import RemarketingRecord
from drawbar.mappings.words import line, optional_line, optional_lines, shortened
from drawbar.middleware.remarketing.requests import RemarketingRequest


@dataclass(frozen=True, slots=True)
class StandingRequest:
    """A request with the vendors that are offered for it, its tracking attributes, and where it was made."""

    request: RemarketingRequest
    offered: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    system: Literal["Drawbar", "Salesforce"] = "Drawbar"


def to_salesforce(standing: StandingRequest, *, now: datetime) -> RemarketingRecord:
    """Map a request as it stands."""
    request, collateral, storage, order = (
        standing.request, standing.request.collateral, standing.request.storage, standing.request.order,
    )  # fmt: skip
    rest = f"drawbar auctions show {request.number}"
    return RemarketingRecord(
        key=request.number,
        vehicle=collateral.asset,
        lease_account=collateral.account or None,
        current=request.current,
        status=request.status.value,
        status_at=request.status_at,
        requested_at=request.requested_at,
        requested_by=optional_line(shortened(request.requested_by, 120, rest)),
        updated_at=request.updated_at,
        external_reference=optional_line(request.external_reference),
        priority=request.priority,
        comment=optional_lines(request.comment),
        description=optional_line(shortened(collateral.description, 160, rest)),
        vin=optional_line(collateral.vin),
        year=optional_line(collateral.year),
        make=optional_line(collateral.make),
        model=optional_line(collateral.model),
        address=optional_line(storage.address),
        zip_code=optional_line(storage.zip_code),
        state=optional_line(storage.state),
        country=optional_line(storage.country),
        contact=optional_line(storage.contact),
        phone=optional_line(storage.phone),
        fax=optional_line(storage.fax),
        work_order=order.number,
        channel=order.channel,
        order_type=order.order_type,
        order_status=order.status,
        vendor=optional_line(order.vendor),
        override_reason=optional_line(order.override_reason),
        offered=optional_line(shortened(", ".join(standing.offered), 255, rest)),
        collector=optional_line(order.collector),
        tracking=tracking(standing.attributes) or None,
        source_system=standing.system,
        source_updated=request.updated_at,
        last_synced=now,
    )


def tracking(attributes: Mapping[str, str]) -> str:
    """Write tracking attributes as people read and change them: one a line, name, colon, value."""
    return "\n".join(f"{name}: {line(value)}".strip() for name, value in attributes.items())
