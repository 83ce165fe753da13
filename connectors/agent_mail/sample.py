"""An order that no one has placed, to try templates with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from drawbar.middleware.repossession.orders import RepoOrder

SAMPLE: Final = RepoOrder(
    number="RO-0", account="LW00000000", lessee_name="Sample Lessee", lessee_phone="", lessee_address="",
    vin="1FUJGLDR0CSBB0000", year="2020", make="Freightliner", model="Cascadia", color="", plate="", unit_number="",
    order_type="IRP", voluntary=False, ordered_on=date(2026, 1, 2), payments_made=0, days_past_due=0,
    past_due=Decimal("0.00"), payoff=None, gps_status="", last_location="", last_seen_at=None, instructions="",
    reply_to="",
)  # fmt: skip
