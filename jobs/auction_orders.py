"""Work orders of remarketing as auctions' invoices need them, and what an invoice does to their requests (R07)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing import RemarketingOffice
from drawbar.middleware.errors import NotThere
from drawbar.middleware.remarketing.asked import Act
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.remarketing.requests import OrderStatus, RemarketingRequest
from drawbar.middleware.remarketing.statuses import RemarketingStatus

_SOURCE: Final = "auction invoice"
_S = RemarketingStatus


@dataclass(frozen=True, slots=True)
class ResaleOrder:
    """A work order of remarketing: `kind` is its type, `state` where the vehicle stands."""

    number: str
    kind: str
    status: OrderStatus
    state: str
    request: str
    vehicle: str
    account: str


@dataclass(frozen=True, slots=True)
class ResaleOrders:
    """The work orders and requests, inside the caller's transaction; what is asked for stays locked until its end."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    @property
    def _book(self) -> RemarketingBook:
        return RemarketingBook(self.connection)

    def of_vendor(self, vendor: str, numbers: Collection[str]) -> dict[str, ResaleOrder]:
        """Give a vendor's work orders by number; NotThere, in the same words, for unknown ones and another's."""
        found: dict[str, ResaleOrder] = {}
        for number in sorted(numbers):
            request = self._book.of_order(number)
            if request is None or request.order.vendor != vendor:
                raise NotThere(
                    f"there is no work order {number} of {vendor}", record=number,
                    remedy="Name work orders that were sent to this auction.",
                )  # fmt: skip
            found[number] = _order(request)
        return found

    def why_not_invoiced(self, order: ResaleOrder) -> str:
        """Say why the cycle table lets a request not be invoiced now; "" when it does."""
        request = self._book.get(order.request)
        if request.status is _S.INVOICING or _S.INVOICING in self._may_follow(request.status):
            return ""
        return f"the request is {request.status} and cannot become {_S.INVOICING}"

    def invoiced(self, orders: Iterable[ResaleOrder], *, rejected: bool, by: str, why: str) -> None:
        """Let requests be INVOICING, and INVOICE REJECTED right after where the rules rejected the invoice."""
        for number in dict.fromkeys(each.request for each in orders):
            self._go(number, _S.INVOICING, by, why)
            if rejected:
                self._go(number, _S.INVOICE_REJECTED, by, why)

    def rejected(self, requests: Sequence[str], *, by: str, why: str) -> None:
        """Let requests know that a person rejected their invoice."""
        for number in requests:
            self._go(number, _S.INVOICE_REJECTED, by, why)

    def completed(self, requests: Sequence[str], *, by: str, why: str) -> None:
        """End requests whose vehicles are sold and posted; their work orders end with them."""
        for number in requests:
            self._go(number, _S.COMPLETED, by, why)

    def _go(self, number: str, status: RemarketingStatus, by: str, why: str) -> None:
        """Let a status follow from an invoice where the cycle table lets it."""
        if status in self._may_follow(self._book.get(number).status):
            act = Act(_SOURCE, f"{why} {number} {status}", by)
            self._office.follow(number, status, act, comment=why)

    @property
    def _office(self) -> RemarketingOffice:
        return RemarketingOffice(self.hub, self.connection, self.now, self.run_id)

    def _may_follow(self, status: RemarketingStatus) -> tuple[RemarketingStatus, ...]:
        return self.hub.remarketing.whole_cycle.get(status, ())


def _order(request: RemarketingRequest) -> ResaleOrder:
    order = request.order
    return ResaleOrder(
        order.number, order.order_type, order.status, request.storage.state, request.number,
        request.collateral.asset, request.collateral.account,
    )  # fmt: skip
