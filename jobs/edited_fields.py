"""Reads fields of records that people edited: as REST JSON gives them, into the hub's own types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.units import whole_cents


@dataclass(frozen=True, slots=True)
class EditedFields:
    """The fields of one record; `record` names it in errors. What is not set reads as "" or None."""

    record: str
    fields: Mapping[str, object]

    def text(self, name: str) -> str:
        """Give a text, a picklist's value or a parent's field; "" where nothing is set."""
        value = self.fields.get(name)
        return "" if value is None else str(value).strip()

    def money(self, name: str) -> Decimal | None:
        """Give an amount of US dollars; raises RecordRejected for one with a fraction of a cent."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        try:
            return whole_cents(Decimal(str(value)))
        except (InvalidOperation, ValueError):
            raise self._refused(name, "is not an amount of dollars and cents") from None

    def day(self, name: str) -> date | None:
        """Give a calendar day."""
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise self._refused(name, "is not a day") from None

    def _refused(self, name: str, message: str) -> RecordRejected:
        return RecordRejected(
            message, record=self.record, field=name, remedy="Correct it in Salesforce.", code="NOT_UNDERSTOOD"
        )
