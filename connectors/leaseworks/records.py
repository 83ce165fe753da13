"""LeaseWorks records as Drawbar reads them, whichever surface or layout they came by.

LeaseWorks publishes no interface; these fields are what its collections, customer and asset screens show
(brochure at docplayer.net/1569239, read 2026-07) and what the lender needs (spec P01, P03, P05, P25-P27, P24).
The names of the vendor's columns are configuration (`layout`), never code.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from drawbar.middleware.units import Miles, Usd, UtcDatetime


class AccountStatus(StrEnum):
    """Where a lease account stands at the lessor."""

    ACTIVE = "Active"
    PAID_OFF = "Paid Off"
    REPOSSESSED = "Repossessed"
    CHARGED_OFF = "Charged Off"
    TERMINATED = "Terminated"


class PaymentMethod(StrEnum):
    """How money came in."""

    ACH = "ACH"
    CHECK = "Check"
    CARD = "Card"
    WIRE = "Wire"
    CASH = "Cash"
    LOCKBOX = "Lockbox"


class ContactChannel(StrEnum):
    """How lessee and lessor spoke, for notes and promises."""

    PHONE = "Phone"
    TEXT = "Text"
    EMAIL = "Email"
    LETTER = "Letter"
    IN_PERSON = "In Person"
    SYSTEM = "System"


class VehicleDisposition(StrEnum):
    """Where a vehicle stands in repossession (P12); the words of Salesforce's field."""

    ON_LEASE = "ON LEASE"
    PENDING = "PENDING"
    ORDERED = "ORDERED"
    REPOSSESSED = "REPOSSESSED"
    IN_STORAGE = "IN STORAGE"
    IN_REPAIR = "IN REPAIR"
    INVENTORY = "INVENTORY"
    REMARKETING = "REMARKETING"
    SOLD = "SOLD"
    RELEASED = "RELEASED"


class LeaseWorksRecord(BaseModel):
    """Common to all: strict about unknown names, frozen, and stamped with the time of the last change at the source."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    updated_at: UtcDatetime


class LeaseAccount(LeaseWorksRecord):
    """One boarded lease account; one row of the `accounts` entity (P01)."""

    account_number: str = Field(min_length=1, max_length=20)
    lessee_number: str = Field(min_length=1, max_length=20)
    portfolio: str = Field(min_length=1, max_length=20)
    company: str = Field(max_length=20)
    region: str = Field(max_length=20)
    office: str = Field(max_length=20)
    status: AccountStatus
    boarded_on: date
    maturity_date: date | None
    term_months: int = Field(ge=1, le=600)
    payment_amount: Usd = Field(ge=0)
    next_due_date: date | None
    past_due_since: date | None = Field(description="due date of the oldest unpaid invoice; none when current")
    missed_payments: int = Field(ge=0, le=999)
    past_due_amount: Usd = Field(ge=0)
    late_fees: Usd = Field(ge=0)
    net_outstanding: Usd = Field(ge=0)
    gross_outstanding: Usd = Field(ge=0)
    gross_receivable: Usd = Field(ge=0)
    payoff_amount: Usd | None = Field(ge=0)
    payments_made: int = Field(ge=0, le=999)
    last_payment_on: date | None
    last_payment_amount: Usd | None = Field(ge=0)
    collector: str = Field(max_length=20)


class Lessee(LeaseWorksRecord):
    """The customer of one or more lease accounts; one row of the `lessees` entity."""

    lessee_number: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=255)
    short_name: str = Field(max_length=40)
    phone: str = Field(max_length=40)
    mobile: str = Field(max_length=40)
    email: str = Field(max_length=80)
    street: str = Field(max_length=255)
    city: str = Field(max_length=40)
    state: str = Field(max_length=2)
    postal_code: str = Field(max_length=20)


class Vehicle(LeaseWorksRecord):
    """One leased truck or trailer; one row of the `vehicles` entity (P27, the inbound half)."""

    asset_number: str = Field(min_length=1, max_length=20)
    account_number: str = Field(min_length=1, max_length=20)
    vin: str = Field(min_length=1, max_length=17)
    year: int = Field(ge=1950, le=2100)
    make: str = Field(max_length=40)
    model: str = Field(max_length=40)
    body_type: str = Field(max_length=40)
    color: str = Field(max_length=40)
    odometer: Miles | None = Field(ge=0, le=9_999_999)
    plate: str = Field(max_length=20)
    plate_state: str = Field(max_length=2)
    equipment_cost: Usd | None = Field(ge=0)
    disposition: VehicleDisposition | None = Field(None, description="none where LeaseWorks keeps no disposition")


class VehicleState(LeaseWorksRecord):
    """What LeaseWorks has of what Salesforce owns of a vehicle: what it was told, or what somebody changed there (P27).

    The file is there once LeaseWorks has taken an import, and holds the vehicles that it was told of.
    """

    asset_number: str = Field(min_length=1, max_length=20)
    disposition: str = Field(max_length=40)
    condition: str = Field(max_length=40)
    storage_place: str = Field(max_length=255)
    storage_state: str = Field(max_length=2)
    market_value: Usd | None = Field(ge=0)


class Payment(LeaseWorksRecord):
    """Money received on an account; a reversed payment (NSF) is the same row with a reversal date."""

    payment_number: str = Field(min_length=1, max_length=30)
    account_number: str = Field(min_length=1, max_length=20)
    effective_on: date = Field(description="the date that the money counts from; may lie before `posted_on`")
    posted_on: date
    amount: Usd = Field(gt=0)
    method: PaymentMethod
    reference: str = Field(max_length=60)
    reversed_on: date | None
    reversal_reason: str = Field(max_length=60)


class Note(LeaseWorksRecord):
    """A collector's note or call comment (P03)."""

    note_number: str = Field(min_length=1, max_length=30)
    account_number: str = Field(min_length=1, max_length=20)
    written_at: UtcDatetime
    author: str = Field(max_length=60)
    channel: ContactChannel
    text: str = Field(max_length=32_000)


class Promise(LeaseWorksRecord):
    """The account's current promise to pay: LeaseWorks keeps one per account, without its past (P05, P26)."""

    account_number: str = Field(min_length=1, max_length=20)
    promised_for: date = Field(description="the date by which the lessee promised to pay")
    amount: Usd = Field(gt=0)
    taken_on: date
    taken_by: str = Field(max_length=60)
    channel: ContactChannel


class GlPosting(LeaseWorksRecord):
    """One line of the general-ledger summary of a day (P24)."""

    posting_number: str = Field(min_length=1, max_length=30)
    posted_on: date
    company: str = Field(max_length=20)
    portfolio: str = Field(max_length=20)
    gl_account: str = Field(min_length=1, max_length=20)
    description: str = Field(max_length=255)
    debit: Usd = Field(ge=0)
    credit: Usd = Field(ge=0)


ENTITIES: dict[str, type[LeaseWorksRecord]] = {
    "lessees": Lessee,
    "accounts": LeaseAccount,
    "vehicles": Vehicle,
    "vehicle_states": VehicleState,
    "payments": Payment,
    "notes": Note,
    "promises": Promise,
    "gl_summary": GlPosting,
}
"""Every entity of a delivery, parents before children."""

KEYS: dict[str, str] = {
    "lessees": "lessee_number",
    "accounts": "account_number",
    "vehicles": "asset_number",
    "vehicle_states": "asset_number",
    "payments": "payment_number",
    "notes": "note_number",
    "promises": "account_number",
    "gl_summary": "posting_number",
}
"""The field that identifies a record of each entity."""
