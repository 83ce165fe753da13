"""FleetRock's words, numbers and dates are understood, or refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from drawbar.connectors.fleetrock.records import STAGES, OrderStage, read_instant, read_order
from drawbar.connectors.fleetrock.settings import FleetRockSettings
from drawbar.middleware.errors import RecordRejected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("3/2/2026 2:05:09 PM", datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC)),
        ("3/2/2026 12:05 AM", datetime(2026, 3, 2, 0, 5, tzinfo=UTC)),
        ("03/02/2026 14:05:09", datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC)),
        ("3/2/2026", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T09:05:09-05:00", datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_as_utc(text: object, moment: datetime | None) -> None:
    assert read_instant(text) == moment


def test_numbers_come_as_numbers_or_as_text() -> None:
    order = read_order({"id": 7, "status": "Started", "labor_total": "1,234.50", "odometer_miles": ""}, STAGES)

    assert (order.id, order.labor_total, order.odometer_miles) == ("7", Decimal("1234.50"), None)


@pytest.mark.parametrize(
    ("answer", "field", "said"),
    [
        ({"status": "on hold"}, "status", "'on hold' is not known"),
        ({"date_finished": "soon"}, "date_finished", "'soon' is not a date"),
        ({"grand_total": "NaN"}, "grand_total", "is no amount"),
        ({"tasks": [{"task_id": "1", "labor_hours": "two"}]}, "tasks.0.labor_hours", "'two' is not a number"),
        ({"tasks": "none"}, "tasks", "tuple"),
        ({"id": ""}, "id", "at least 1"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(answer: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(RecordRejected, match=said) as refused:
        read_order({"id": "7", "status": "started", **answer}, STAGES)

    assert refused.value.field == field
    assert refused.value.remedy


def test_the_settings_say_what_a_further_status_word_means() -> None:
    settings = FleetRockSettings(username="u", key=SecretStr("k"), statuses={"On Hold": OrderStage.STARTED})

    order = read_order({"id": "7", "status": "on hold"}, settings.stages)

    assert order.stage is OrderStage.STARTED


def test_an_invoiced_order_with_a_paid_date_is_paid() -> None:
    answer = {"id": "7", "status": "invoiced", "date_invoice_paid": "3/2/2026 5:00:00 AM"}

    assert read_order(answer, STAGES).stage is OrderStage.PAID


@pytest.mark.parametrize(
    "wrong", [{"url": "http://fleetrock.example/API"}, {"url": "https://u:p@x.example"}, {"order_page": "https://x"}]
)
def test_settings_that_would_tell_secrets_or_lead_nowhere_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FleetRockSettings.model_validate({"username": "u", "key": "k", **wrong})
