"""A repo order with everything that an agent needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.orders import RepoOrder
from drawbar.middleware.repossession.placing import PlacedOrder, Standing, placed_record

ORDER = RepoOrder(
    number="RO-1001", account="LW00001234", lessee_name="Jane Q. Hauler", lessee_phone="214-555-0142",
    lessee_address="77 Mesquite Lane, Dallas TX 75201", vin="1FUJGLDR0CSBB1234", year="2021", make="Freightliner",
    model="Cascadia", color="white", plate="R12 3456", unit_number="U-17", order_type="IRP", voluntary=False,
    ordered_on=date(2026, 3, 1), payments_made=14, days_past_due=73, past_due=Decimal("8412.50"),
    payoff=Decimal("61200.00"), gps_status="reporting", last_location="I-35 exit 428, Dallas TX",
    last_seen_at=datetime(2026, 3, 1, 22, 15, tzinfo=UTC), instructions="Call before entering the yard.", reply_to="",
)  # fmt: skip


def placed(
    number: str = "RO-1001", agent: str = "lone_star", standing: Standing = "open", reason: str = "", **changes: Any
) -> TargetRecord:
    """Give the record of an order as it waits in the outbox."""
    return placed_record(PlacedOrder(replace(ORDER, number=number, **changes), agent, standing, reason))
