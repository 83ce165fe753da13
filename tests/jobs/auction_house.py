"""An auction house at the yard: requests for its truck, and the invoices that it sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from drawbar.jobs.auction_acts import AuctionActs
from drawbar.jobs.auction_invoices import Received
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.kept import KeptInvoice
from drawbar.middleware.auctions.sent import SentInvoice
from drawbar.middleware.database.engine import reading
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.remarketing.history import StatusChange
from drawbar.middleware.remarketing.requests import (
    AuctionOrder,
    Collateral,
    RemarketingRequest,
    Storage,
    numbered,
)
from drawbar.middleware.remarketing.statuses import RemarketingStatus
from tests.jobs.yard import ACCOUNT, VEHICLE, Yard

VENDOR = "Auction House"
ORDER = f"{VEHICLE}-M001-W1"

RULES: dict[str, Any] = {
    "estimates": [{"service": "TRANSPORT", "amount": "400.00"}, {"service": "SALE FEE", "amount": "250.00"}],
    "collectible": [{"service": "TRANSPORT", "states": ["OK"]}],
}


def requested(yard: Yard, vehicle: str = VEHICLE, vendor: str = VENDOR, account: str = ACCOUNT) -> str:
    """Let a vehicle be at an auction that has accepted it; gives the number of its work order."""
    number, order = numbered(vehicle, 1)
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    request = RemarketingRequest(
        number=number, sequence=1, collateral=Collateral(asset=vehicle, account=account),
        storage=Storage(state="OK"), order=AuctionOrder(number=order, vendor=vendor), requested_at=at,
        requested_by="Casey", status=RemarketingStatus.AUCTION_ACCEPTED, status_at=at, updated_at=at,
    )  # fmt: skip
    with yard.world.hub.engine.begin() as connection:
        book = RemarketingBook(connection)
        book.add(request)
        book.note_change(number, StatusChange(1, None, request.status, "Casey", "test", at))
    return order


def sent(*, order: str = ORDER, **changes: Any) -> dict[str, Any]:
    """Give the invoice of the auction of 2026-03-13: the truck, what moving it cost, and what selling it cost."""
    return {
        "external_reference": "INV-9", "type": "PAYMENT RECEIVED", "auction": "AH-2026-11",
        "auctioned_on": "2026-03-13", "funds_received_on": "2026-03-16", "total_gross": "30000.00",
        "total_net": "29350.00", "total_expense": "650.00",
        "proceeds": [{"work_order": order, "gross": "30000.00", "net": "29350.00", "buyer": "Big Rig Resale LLC"}],
        "fees": [
            {"work_order": order, "service": "TRANSPORT", "amount": "400.00"},
            {"work_order": order, "service": "SALE FEE", "amount": "250.00"},
        ],
    } | changes  # fmt: skip


class Auction:
    """What the auction and the lender's accountants do."""

    def __init__(self, yard: Yard) -> None:
        self.yard = yard

    def acts(self, *, rehearsal: bool = False) -> AuctionActs:
        hub = self.yard.world.hub
        return AuctionActs(hub, "auction-1", hub.clock(), "auction-house", rehearsal=rehearsal)

    def sends(self, *bodies: dict[str, Any], vendor: str = VENDOR, rehearsal: bool = False) -> list[Received]:
        invoices = [SentInvoice.model_validate(each).invoice(vendor) for each in bodies or (sent(),)]
        return self.acts(rehearsal=rehearsal).receive(invoices)

    def kept(self, number: str) -> KeptInvoice:
        with reading(self.yard.world.hub.engine) as connection:
            return InvoiceBook(connection).get(number)

    def states(self, number: str) -> Sequence[tuple[str, str]]:
        return [(each.kind, each.state) for each in self.kept(number).postings]

    def request(self, vehicle: str = VEHICLE) -> RemarketingRequest:
        with reading(self.yard.world.hub.engine) as connection:
            found = RemarketingBook(connection).current_of(vehicle)
        assert found is not None
        return found


def usd(text: str) -> Decimal:
    return Decimal(text)
