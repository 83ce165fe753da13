"""What LeaseWorks is told: rows of its import file, one class for each kind (P03, P05, P27)."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from drawbar.connectors.leaseworks.records import ContactChannel
from drawbar.middleware.units import Miles, Usd, UtcDatetime


class ImportRow(BaseModel):
    """A row of an import file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoteRow(ImportRow):
    """A note that was written in Salesforce; LeaseWorks keeps our number as the note's own."""

    note_number: str = Field(min_length=1, max_length=30)
    account_number: str = Field(min_length=1, max_length=20)
    written_at: UtcDatetime
    author: str = Field(max_length=60)
    channel: ContactChannel
    text: str = Field(min_length=1, max_length=32_000)


class PromiseRow(ImportRow):
    """A promise that was taken in Salesforce; it takes the place of the one that LeaseWorks has for the account."""

    promise_key: str = Field(min_length=1, max_length=40)
    account_number: str = Field(min_length=1, max_length=20)
    promised_for: date
    amount: Usd = Field(gt=0)
    taken_on: date
    taken_by: str = Field(max_length=60)
    channel: ContactChannel


class VehicleRow(ImportRow):
    """What Salesforce owns of a vehicle, always all of it; an empty cell empties LeaseWorks' field.

    `odometer` is what a person read on `odometer_on`; an empty one leaves LeaseWorks' reading alone.
    """

    asset_number: str = Field(min_length=1, max_length=20)
    disposition: str = Field(max_length=40)
    condition: str = Field(max_length=40)
    storage_place: str = Field(max_length=255)
    storage_state: str = Field(max_length=2)
    market_value: Usd | None = Field(ge=0)
    odometer: Miles | None = Field(ge=0, le=9_999_999)
    odometer_on: date | None


class SaleRow(ImportRow):
    """A repossessed vehicle that was sold; `fee` is what the buyer pays beside the price."""

    sale_number: str = Field(min_length=1, max_length=21)
    account_number: str = Field(min_length=1, max_length=20)
    asset_number: str = Field(min_length=1, max_length=20)
    vin: str = Field(max_length=17)
    sold_on: date
    price: Usd = Field(ge=0)
    fee: Usd = Field(ge=0)
    buyer: str = Field(min_length=1, max_length=100)
    channel: str = Field(max_length=20)


class ChargeRow(ImportRow):
    """Something that the lessee owes for the sale of his vehicle: one collectible detail of an auction's invoice."""

    charge_number: str = Field(min_length=1, max_length=30)
    account_number: str = Field(min_length=1, max_length=20)
    asset_number: str = Field(min_length=1, max_length=20)
    charged_on: date
    service: str = Field(min_length=1, max_length=80)
    amount: Usd = Field(gt=0)
    vendor: str = Field(min_length=1, max_length=100)
    reference: str = Field(max_length=80)


IMPORTS: dict[str, type[ImportRow]] = {
    "notes": NoteRow, "promises": PromiseRow, "vehicles": VehicleRow, "sales": SaleRow, "charges": ChargeRow,
}  # fmt: skip
"""Every kind of row of an import."""

IMPORT_KEYS: dict[str, str] = {
    "notes": "note_number", "promises": "promise_key", "vehicles": "asset_number", "sales": "sale_number",
    "charges": "charge_number",
}  # fmt: skip
"""The field by which LeaseWorks knows a row again, and names it in its answer."""
