"""The book of auctions' invoices, as the hub keeps them, and of refunds."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from drawbar.middleware.auctions.invoices import AuctionInvoice
from drawbar.middleware.auctions.kept import InvoiceDecision, KeptInvoice, KeptLine, PostedDocument, Posting
from drawbar.middleware.auctions.proceeds import Refund
from drawbar.middleware.auctions.rules import Judgement, Ruling, Taken
from drawbar.middleware.auctions.sent import body_hash
from drawbar.middleware.auctions.settings import InvoiceStatus
from drawbar.middleware.auctions.tables import (
    auction_invoice,
    auction_invoice_line,
    auction_invoice_ruling,
    auction_posting,
    auction_refund,
)
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import NotThere

_CHUNK = 500
_HEAD = (
    "number", "vendor", "reference", "kind", "auction", "auctioned_on", "funds_received_on", "total_gross",
    "total_net", "total_expense",
)  # fmt: skip
_LINE = [each.name for each in fields(KeptLine)]
_REFUND = [each.name for each in fields(Refund)]


class OrderPlace(Protocol):
    """Where a work order belongs: its remarketing request, vehicle and account."""

    @property
    def request(self) -> str: ...

    @property
    def vehicle(self) -> str: ...

    @property
    def account(self) -> str: ...


class InvoiceBook:
    """All invoices, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, number: str) -> KeptInvoice | None:
        """Give an invoice, None when there is none of this number; on PostgreSQL its row stays locked."""
        found = self._kept(select(auction_invoice).where(auction_invoice.c.number == number).with_for_update())
        return found[0] if found else None

    def get(self, number: str) -> KeptInvoice:
        """Give an invoice; raises NotThere for a number that the hub does not know."""
        found = self.find(number)
        if found is None:
            raise NotThere(f"there is no auction invoice {number}", remedy="See drawbar auctions invoices list.")
        return found

    def listed(self, *, status: InvoiceStatus | None = None, vendor: str = "") -> list[KeptInvoice]:
        """Give invoices, oldest first: of one status or vendor, or all."""
        statement = select(auction_invoice).order_by(auction_invoice.c.received_at, auction_invoice.c.number)
        if status is not None:
            statement = statement.where(auction_invoice.c.status == status)
        if vendor:
            statement = statement.where(auction_invoice.c.vendor == vendor)
        return self._kept(statement)

    def of_vehicle(self, vehicle: str) -> list[KeptInvoice]:
        """Give the invoices that are about a vehicle, oldest first."""
        mine = select(auction_invoice_line.c.invoice).where(auction_invoice_line.c.vehicle == vehicle)
        statement = select(auction_invoice).where(auction_invoice.c.number.in_(mine))
        return self._kept(statement.order_by(auction_invoice.c.received_at, auction_invoice.c.number))

    def under_way(self) -> list[KeptInvoice]:
        """Give the invoices of which something was queued, and not all of it stands yet."""
        begun = select(auction_posting.c.invoice).where(auction_posting.c.state != "POSTED")
        statement = select(auction_invoice).where(auction_invoice.c.number.in_(begun))
        return self._kept(statement.order_by(auction_invoice.c.received_at, auction_invoice.c.number))

    def taken(self, work_orders: Collection[str]) -> Taken:
        """Give what invoices that were not rejected hold of some work orders."""
        services: dict[tuple[str, str], str] = {}
        sales: dict[str, str] = {}
        line, head = auction_invoice_line.c, auction_invoice.c
        for chunk in in_chunks(sorted(work_orders), _CHUNK):
            mine = select(line.invoice, line.part, line.work_order, line.service).join(
                auction_invoice, head.number == line.invoice
            )
            for row in self._connection.execute(mine.where(line.work_order.in_(chunk), head.status != "REJECTED")):
                if row.part == "fee":
                    services[row.work_order, row.service] = row.invoice
                else:
                    sales[row.work_order] = row.invoice
        return Taken(services, sales)

    def keep(
        self, invoice: AuctionInvoice, judgement: Judgement, orders: Mapping[str, OrderPlace], *, by: str, now: datetime
    ) -> bool:
        """Keep an invoice with what the rules said; False when somebody else has kept one of its number meanwhile."""
        values = {name: getattr(invoice, name) for name in _HEAD} | {
            "hash": body_hash(invoice), "status": judgement.status, "received_at": now, "received_from": by,
            "changed_at": now,
        }  # fmt: skip
        kind = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        fresh = kind.insert(auction_invoice).values(values).on_conflict_do_nothing()
        if self._connection.execute(fresh.returning(auction_invoice.c.number)).first() is None:
            return False
        lines = [asdict(each) | {"invoice": invoice.number} for each in _lines(judgement, orders)]
        self._connection.execute(insert(auction_invoice_line), lines)
        rulings = [
            asdict(each) | {"invoice": invoice.number, "place": place}
            for place, each in enumerate(judgement.rulings)
        ]  # fmt: skip
        self._connection.execute(insert(auction_invoice_ruling), rulings)
        return True

    def set_status(self, number: str, status: InvoiceStatus, now: datetime) -> None:
        """Note a status."""
        self._update(number, {"status": status, "changed_at": now})

    def decide(self, number: str, status: InvoiceStatus, decision: InvoiceDecision) -> None:
        """Note what a person decided."""
        values = {
            "status": status, "decided_by": decision.by, "decided_at": decision.at,
            "decision_reason": decision.reason, "changed_at": decision.at,
        }  # fmt: skip
        self._update(number, values)

    def begin_posting(self, number: str, by: str, now: datetime) -> None:
        """Note who had an invoice posted first."""
        self._update(number, {"posted_by": by, "changed_at": now})

    def all_posted(self, number: str, now: datetime) -> None:
        """Note that all of an invoice stands in the books."""
        self._update(number, {"posted_at": now, "changed_at": now})

    def note_posting(self, number: str, posting: Posting) -> None:
        """Note what became of a transaction."""
        values = {
            "kind": posting.kind, "line": posting.line, "state": posting.state, "error": posting.error,
            "documents": json.dumps([[each.system, each.object, each.key] for each in posting.documents]),
            "changed_at": posting.changed_at,
        }  # fmt: skip
        mine = update(auction_posting).where(auction_posting.c.key == posting.key)
        if self._connection.execute(mine.values(values)).rowcount == 0:
            place = len(self._postings([number]).get(number, ()))
            row = {"key": posting.key, "invoice": number, "place": place, **values}
            self._connection.execute(insert(auction_posting).values(row))

    def refunds(self, vehicle: str) -> tuple[Refund, ...]:
        """Give the refunds of a vehicle, oldest first."""
        mine = select(auction_refund).where(auction_refund.c.vehicle == vehicle)
        rows = self._connection.execute(mine.order_by(auction_refund.c.at, auction_refund.c.number))
        return tuple(_refund(row) for row in rows)

    def refund(self, number: str) -> Refund | None:
        """Give a refund, None when there is none of this number."""
        mine = select(auction_refund).where(auction_refund.c.number == number).with_for_update()
        row = self._connection.execute(mine).one_or_none()
        return None if row is None else _refund(row)

    def keep_refund(self, refund: Refund) -> None:
        """Keep a refund as it is now."""
        values = asdict(refund)
        mine = update(auction_refund).where(auction_refund.c.number == refund.number)
        if self._connection.execute(mine.values(values)).rowcount == 0:
            self._connection.execute(insert(auction_refund).values(values))

    def forget_refund(self, number: str) -> None:
        """Forget a refund that people deleted."""
        self._connection.execute(auction_refund.delete().where(auction_refund.c.number == number))

    def _update(self, number: str, values: dict[str, Any]) -> None:
        mine = update(auction_invoice).where(auction_invoice.c.number == number)
        self._connection.execute(mine.values(values))

    def _kept(self, statement: Select[Any]) -> list[KeptInvoice]:
        rows = self._connection.execute(statement).all()
        numbers = [row.number for row in rows]
        lines, rulings, postings = self._lines(numbers), self._rulings(numbers), self._postings(numbers)
        return [
            _invoice(row, lines.get(row.number, []), rulings.get(row.number, []), postings.get(row.number, []))
            for row in rows
        ]

    def _lines(self, numbers: Sequence[str]) -> dict[str, list[KeptLine]]:
        found: dict[str, list[KeptLine]] = {}
        for chunk in in_chunks(numbers, _CHUNK):
            mine = select(auction_invoice_line).where(auction_invoice_line.c.invoice.in_(chunk))
            for row in self._connection.execute(mine.order_by(auction_invoice_line.c.place)):
                line = KeptLine(**{name: getattr(row, name) for name in _LINE})
                found.setdefault(row.invoice, []).append(line)
        return found

    def _rulings(self, numbers: Sequence[str]) -> dict[str, list[Ruling]]:
        found: dict[str, list[Ruling]] = {}
        for chunk in in_chunks(numbers, _CHUNK):
            mine = select(auction_invoice_ruling).where(auction_invoice_ruling.c.invoice.in_(chunk))
            for row in self._connection.execute(mine.order_by(auction_invoice_ruling.c.place)):
                found.setdefault(row.invoice, []).append(Ruling(row.rule, row.subject, row.verdict, row.reason))
        return found

    def _postings(self, numbers: Sequence[str]) -> dict[str, list[Posting]]:
        found: dict[str, list[Posting]] = {}
        for chunk in in_chunks(numbers, _CHUNK):
            mine = select(auction_posting).where(auction_posting.c.invoice.in_(chunk))
            for row in self._connection.execute(mine.order_by(auction_posting.c.place)):
                found.setdefault(row.invoice, []).append(_posting(row))
        return found


def _lines(judgement: Judgement, orders: Mapping[str, OrderPlace]) -> list[KeptLine]:
    """Give the lines to keep: proceeds first, each with the place of its work order."""
    lines = []
    for at, sold in enumerate(judgement.proceeds):
        order = orders[sold.line.work_order]
        lines.append(
            KeptLine(
                place=at, part="proceeds", work_order=sold.line.work_order, request=order.request,
                vehicle=order.vehicle, account=order.account, buyer=sold.line.buyer, gross=sold.line.gross,
                net=sold.line.net, verdict=sold.verdict, reason=sold.reason,
            )
        )  # fmt: skip
    for at, fee in enumerate(judgement.fees, len(lines)):
        order = orders[fee.line.work_order]
        lines.append(
            KeptLine(
                place=at, part="fee", work_order=fee.line.work_order, request=order.request, vehicle=order.vehicle,
                account=order.account, service=fee.line.service, amount=fee.line.amount, estimate=fee.estimate,
                collectible=fee.collectible, verdict=fee.verdict, reason=fee.reason,
            )
        )  # fmt: skip
    return lines


def _invoice(
    row: Row[Any], lines: Sequence[KeptLine], rulings: Sequence[Ruling], postings: Sequence[Posting]
) -> KeptInvoice:
    decision = None
    if row.decided_by is not None:
        decision = InvoiceDecision(row.decided_by, row.decided_at, row.decision_reason)
    return KeptInvoice(
        **{name: getattr(row, name) for name in _HEAD}, hash=row.hash, status=row.status, received_at=row.received_at,
        received_from=row.received_from, changed_at=row.changed_at, decision=decision, posted_by=row.posted_by or "",
        posted_at=row.posted_at, lines=tuple(lines), rulings=tuple(rulings), postings=tuple(postings),
    )  # fmt: skip


def _posting(row: Row[Any]) -> Posting:
    documents = tuple(PostedDocument(*each) for each in json.loads(row.documents))
    return Posting(
        key=row.key, kind=row.kind, line=row.line, state=row.state, error=row.error, documents=documents,
        changed_at=row.changed_at,
    )  # fmt: skip


def _refund(row: Row[Any]) -> Refund:
    return Refund(**{name: getattr(row, name) for name in _REFUND})
