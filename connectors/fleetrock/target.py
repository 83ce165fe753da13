"""FleetRock as something to write to: the paid date and the purchase order number of repair orders, and no more.

Dates are written as US Eastern days and read back as instants in UTC (public connectors, docs/connectors/fleetrock.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from drawbar.connectors.fleetrock.connector import FleetRock
from drawbar.connectors.fleetrock.days import eastern_day, us_day
from drawbar.connectors.fleetrock.records import RepairOrder
from drawbar.connectors.fleetrock.settings import SYSTEM
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.one_by_one import Lasting, OneByOne, refused
from drawbar.middleware.records import Outcome, Scalar, TargetRecord

ORDER: Final = "Repair_Order__c"
"""Orders are named as in Salesforce, so that a failure is shown on the order's page there."""

PAID_ON: Final = "date_invoice_paid"
PO_NUMBER: Final = "po_number"
FIELDS: Final = (PO_NUMBER, PAID_ON)
"""What is written, in this order: once it is paid, an order may be closed to other changes."""

CHUNK: Final = 20


class FleetRockTarget(OneByOne):
    """Implements `RecordTarget`. Every order is read before it is written, and only what differs is, field by field.

    So a write whose answer was lost is not made twice, and a repeated one costs a reading alone.
    """

    name = SYSTEM
    chunk_size = CHUNK
    lasting = Lasting("NOT_OURS", "Drawbar deletes no repair order", "Delete it in FleetRock.")

    def __init__(self, fleetrock: FleetRock) -> None:
        self._fleetrock = fleetrock

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Write at most 20 orders, one after the other; an order that FleetRock does not have is refused."""
        self.must_fit(records)
        return [self._write(record) for record in records]

    def _write(self, record: TargetRecord) -> Outcome:
        try:
            order = self._found(record.key)
            for name, value in wanted(record).items():
                if held(order, name) != value:
                    self._allow(order, name, value)
                    self._fleetrock.client.update_order(order.id, name, worded(name, value))
        except RecordRejected as error:
            return refused(record, error)
        return Outcome(record.object, record.key, "updated", target_id=order.id)

    def _found(self, order_id: str) -> RepairOrder:
        order = self._fleetrock.order(order_id)
        if order is None or order.id != order_id:
            raise RecordRejected(
                "FleetRock has no such repair order", record=f"repair order {order_id}",
                remedy="Give an order by its id in FleetRock.", code="NOT_FOUND",
            )  # fmt: skip
        return order

    def _allow(self, order: RepairOrder, name: str, value: date | str | None) -> None:
        if name == PAID_ON and value is not None and order.date_invoiced is None:
            raise RecordRejected(
                "is not invoiced, so it cannot be paid", record=f"repair order {order.id}", field=PAID_ON,
                remedy="Wait until FleetRock shows the invoice date.", code="NOT_INVOICED",
            )  # fmt: skip

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Read fields of orders by id, one call per order; orders that do not exist are left out."""
        del object_name
        found: dict[str, dict[str, Scalar]] = {}
        for key in keys:
            try:
                order = self._found(key)
            except RecordRejected:
                continue
            found[key] = {name: held(order, name) for name in fields}
        return found


def wanted(record: TargetRecord) -> Mapping[str, date | str | None]:
    """Give the fields that a record sets, in the order in which they are written; raises RecordRejected for others."""
    found: dict[str, date | str | None] = {}
    for name in sorted(record.fields, key=lambda each: FIELDS.index(each) if each in FIELDS else -1):
        value = record.fields[name]
        right = (
            isinstance(value, date) and not isinstance(value, datetime) if name == PAID_ON else isinstance(value, str)
        )
        if name not in FIELDS or not (right or value is None):
            raise RecordRejected(
                "is not a field that Drawbar writes, or not a value for it", record=f"repair order {record.key}",
                field=name, remedy=f"Only {PAID_ON} (a day) and {PO_NUMBER} (text) are written.", code="NOT_OURS",
            )  # fmt: skip
        found[name] = value  # type: ignore[assignment]
    return found


def held(order: RepairOrder, name: str) -> date | str | None:
    """Give what an order holds in a field that Drawbar writes: the paid date as the US Eastern day that it lies on."""
    if name == PAID_ON:
        return paid_on(order)
    return order.po_number or None


def paid_on(order: RepairOrder) -> date | None:
    """Give the US Eastern day on which an order was paid."""
    return None if order.date_invoice_paid is None else eastern_day(order.date_invoice_paid)


def worded(name: str, value: date | str | None) -> str:
    """Word a value as FleetRock takes it: `3/2/2026` for a day, `delete` to empty a date, nothing to empty a text."""
    if isinstance(value, date):
        return us_day(value)
    return value or ("delete" if name == PAID_ON else "")
