"""FleetRock's records as Drawbar reads them: repair orders with tasks and parts, purchase orders, units.

FleetRock publishes no description of its interface. Names and shapes are those that public connectors for Microsoft
Business Central read and write (docs/connectors/fleetrock.md, read 2026-07). Instants are read as UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from drawbar.middleware.errors import RecordRejected

Answer = Mapping[str, object]
Model = TypeVar("Model", bound=BaseModel)
_LARGEST: Final = Decimal(1_000_000_000)
_FORMATS: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")


def read_instant(value: object) -> object:
    """Understand a date of FleetRock's: `3/2/2026 2:05:00 PM`, `3/2/2026` or ISO 8601; None for none."""
    if value is None or value == "" or isinstance(value, datetime):
        return value or None
    text = str(value).strip()
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a date such as 3/2/2026 2:05:00 PM") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _amount(value: object) -> object:
    """Understand a number, also one in quotes and with thousands separators; an empty one is none."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value).replace(",", "").removeprefix("$").strip())
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is not a number") from None
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise ValueError(f"{str(value)[:40]!r} is no amount")
    return number


def _or_zero(value: object) -> object:
    number = _amount(value)
    return Decimal(0) if number is None else number


def _text(value: object) -> object:
    if value is None:
        return ""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _list(value: object) -> object:
    return [] if value is None or value == "" else value


Amount = Annotated[Decimal, BeforeValidator(_or_zero)]
"""US dollars, hours or a count as FleetRock gives it, perhaps with fractions of a cent; zero for an empty one."""

MaybeAmount = Annotated[Decimal | None, BeforeValidator(_amount)]
"""The same; none for an empty one."""

VendorInstant = Annotated[datetime | None, BeforeValidator(read_instant)]
"""An instant in UTC, or none."""

Words = Annotated[str, BeforeValidator(_text)]
"""Text; "" for none."""


class OrderStage(StrEnum):
    """Where a repair order stands, in our words."""

    OPEN = "Open"
    STARTED = "In Progress"
    FINISHED = "Finished"
    INVOICED = "Invoiced"
    PAID = "Paid"
    DELETED = "Deleted"


STAGES: Final[dict[str, OrderStage]] = {
    "created": OrderStage.OPEN,
    "open": OrderStage.OPEN,
    "pending": OrderStage.OPEN,
    "started": OrderStage.STARTED,
    "in progress": OrderStage.STARTED,
    "finished": OrderStage.FINISHED,
    "closed": OrderStage.FINISHED,
    "invoiced": OrderStage.INVOICED,
    "paid": OrderStage.PAID,
    "deleted": OrderStage.DELETED,
    "cancelled": OrderStage.DELETED,
}
"""FleetRock's status words. started, finished, invoiced and deleted are public; `fleetrock.statuses` adds others."""

UNDER_REPAIR: Final = frozenset({OrderStage.OPEN, OrderStage.STARTED})
"""The stages of an order on which work is still to be done."""


class FleetRockRecord(BaseModel):
    """Common to all: frozen, and without the fields that Drawbar has no use for."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class Part(FleetRockRecord):
    """A part that a task used: `part_quantity` of them at `part_price`."""

    task_part_id: Words = Field(min_length=1, max_length=40)
    part_number: Words = Field("", max_length=255)
    part_description: Words = Field("", max_length=32_000)
    part_quantity: Amount = Decimal(0)
    part_price: Amount = Decimal(0)
    part_subtotal: Amount = Decimal(0)
    part_tax_rate: Amount = Decimal(0)


class Task(FleetRockRecord):
    """A piece of work: `labor_hours` at `labor_hourly_rate`, and the parts it used."""

    task_id: Words = Field(min_length=1, max_length=40)
    labor_type: Words = Field("", max_length=255)
    labor_system_code: Words = Field("", max_length=255)
    labor_complaint: Words = Field("", max_length=32_000)
    labor_hours: Amount = Decimal(0)
    labor_hourly_rate: Amount = Decimal(0)
    labor_subtotal: Amount = Decimal(0)
    labor_tax_rate: Amount = Decimal(0)
    parts: Annotated[tuple[Part, ...], BeforeValidator(_list)] = ()


class RepairOrder(FleetRockRecord):
    """A repair order of one unit (P17); `stage` is what `status` means in our words."""

    id: Words = Field(min_length=1, max_length=40)
    vin: Words = Field("", max_length=17)
    unit_number: Words = Field("", max_length=40)
    vendor_name: Words = Field("", max_length=255)
    vendor_city: Words = Field("", max_length=80)
    vendor_state: Words = Field("", max_length=40)
    odometer_miles: MaybeAmount = None
    engine_hours: MaybeAmount = None
    priority_code: Words = Field("", max_length=80)
    tag: Words = Field("", max_length=255)
    status: Words = Field(min_length=1, max_length=40)
    stage: OrderStage
    date_created: VendorInstant = None
    date_started: VendorInstant = None
    date_expected_finish: VendorInstant = None
    date_finished: VendorInstant = None
    date_invoiced: VendorInstant = None
    date_invoice_paid: VendorInstant = None
    po_number: Words = Field("", max_length=80)
    labor_total: Amount = Decimal(0)
    part_total: Amount = Decimal(0)
    additional_charges: Amount = Decimal(0)
    tax_total: Amount = Decimal(0)
    credit_amount: Amount = Decimal(0)
    grand_total: Amount = Decimal(0)
    paid_amount: MaybeAmount = None
    tasks: Annotated[tuple[Task, ...], BeforeValidator(_list)] = ()

    @property
    def lines(self) -> int:
        """The number of tasks and parts."""
        return len(self.tasks) + sum(len(task.parts) for task in self.tasks)

    @property
    def updated_at(self) -> datetime | None:
        """When the last thing happened that has a date; FleetRock tells no time of a change."""
        told = (self.date_created, self.date_started, self.date_finished, self.date_invoiced, self.date_invoice_paid)
        return max(filter(None, told), default=None)


class LineItem(FleetRockRecord):
    """A line of a purchase order."""

    part_id: Words = Field("", max_length=40)
    part_number: Words = Field("", max_length=255)
    part_quantity: Amount = Decimal(0)
    unit_price: Amount = Decimal(0)
    line_total: Amount = Decimal(0)


class PurchaseOrder(FleetRockRecord):
    """An order of parts from a supplier."""

    id: Words = Field(min_length=1, max_length=40)
    supplier_name: Words = Field("", max_length=255)
    recipient_name: Words = Field("", max_length=255)
    tag: Words = Field("", max_length=255)
    status: Words = Field("", max_length=40)
    date_created: VendorInstant = None
    date_opened: VendorInstant = None
    date_received: VendorInstant = None
    date_closed: VendorInstant = None
    invoice_number: Words = Field("", max_length=80)
    subtotal: Amount = Decimal(0)
    tax_total: Amount = Decimal(0)
    shipping_total: Amount = Decimal(0)
    other_total: Amount = Decimal(0)
    grand_total: Amount = Decimal(0)
    line_items: Annotated[tuple[LineItem, ...], BeforeValidator(_list)] = ()

    @property
    def updated_at(self) -> datetime | None:
        """When the last thing happened that has a date."""
        told = (self.date_created, self.date_opened, self.date_received, self.date_closed)
        return max(filter(None, told), default=None)


def key_of(answer: Answer) -> str:
    """Give the id of an answered record as far as it is known, "" when it has none."""
    return str(answer.get("id") or "").strip()


def read_order(answer: Answer, stages: Mapping[str, OrderStage]) -> RepairOrder:
    """Understand a repair order; raises RecordRejected that names order, field and value."""
    word = str(answer.get("status") or "").strip()
    stage = stages.get(word.lower())
    if stage is None:
        raise RecordRejected(
            f"the status {word[:40]!r} is not known",
            record=f"repair order {key_of(answer)}",
            field="status",
            remedy=f'Say what it means in fleetrock.statuses: "{word[:40]}" = one of {", ".join(OrderStage)}.',
            code="UNKNOWN_CODE",
        )
    order = _understood(RepairOrder, {**answer, "stage": stage}, f"repair order {key_of(answer)}")
    paid = stage is OrderStage.INVOICED and order.date_invoice_paid is not None
    return order.model_copy(update={"stage": OrderStage.PAID}) if paid else order


def read_purchase(answer: Answer) -> PurchaseOrder:
    """Understand a purchase order; raises RecordRejected that names order, field and value."""
    return _understood(PurchaseOrder, answer, f"purchase order {key_of(answer)}")


def _understood(model: type[Model], answer: Answer, record: str) -> Model:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RecordRejected(
            first["msg"].removeprefix("Value error, "),
            record=record,
            field=".".join(map(str, first["loc"])),
            remedy="Correct it in FleetRock, or ask FleetRock what it means.",
            code="NOT_UNDERSTOOD",
        ) from None
