"""A remarketing request: the vehicle, where it is stored, its work order, and where it stands (R04, R05); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from drawbar.middleware.remarketing.statuses import WITH_NO_AUCTION, RemarketingStatus

CHANNEL: Final = "GAI"
"""The channel of work orders to auctions: generic auction interface."""

RE_SALE: Final = "RE SALE"
"""The type of work orders that sell a vehicle."""

HOME: Final = "US"
"""The country in which vehicles are stored unless somebody says otherwise."""

Priority = Literal["NORMAL", "HIGH", "LOWER"]
PRIORITIES: Final[tuple[Priority, ...]] = get_args(Priority)

OrderStatus = Literal["OPEN", "CLOSED", "COMPLETED"]
"""Of a work order: CLOSED when its request ended without a sale or another request took its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collateral:
    """What is sold: the vehicle as it was when the request was made."""

    asset: str
    account: str
    vin: str = ""
    description: str = ""
    year: str = ""
    make: str = ""
    model: str = ""
    company: str = ""
    portfolio: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where the vehicle stands now, and whom to ask for there; the state decides which vendors are offered."""

    address: str = ""
    country: str = HOME
    zip_code: str = ""
    state: str = ""
    contact: str = ""
    phone: str = ""
    fax: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionOrder:
    """The work order of a request; `override_reason` says why another vendor than an offered one has it."""

    number: str
    vendor: str = ""
    status: OrderStatus = "OPEN"
    override_reason: str = ""
    collector: str = ""
    channel: str = CHANNEL
    order_type: str = RE_SALE

    @property
    def record(self) -> str:
        return f"work order {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarketingRequest:
    """A request as the hub keeps it; `external_reference` is the auction's number for it, "" until it has accepted.

    `updated_at` is when anything of it changed last, `requested_by` who made it.
    """

    number: str
    sequence: int
    collateral: Collateral
    storage: Storage
    order: AuctionOrder
    requested_at: datetime
    requested_by: str
    status: RemarketingStatus
    status_at: datetime
    updated_at: datetime
    current: bool = True
    priority: Priority = "NORMAL"
    external_reference: str = ""
    comment: str = ""

    @property
    def record(self) -> str:
        """How errors call it."""
        return f"remarketing request {self.number}"

    @property
    def at_auction(self) -> bool:
        """Whether an auction may sell the vehicle: it was asked to, and has neither declined nor given it back."""
        return self.order.status == "OPEN" and self.status not in WITH_NO_AUCTION


def numbered(asset: str, sequence: int) -> tuple[str, str]:
    """Give the numbers of a vehicle's request and of its work order."""
    number = f"{asset}-M{sequence:03d}"
    return number, f"{number}-W1"
