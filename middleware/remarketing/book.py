"""All remarketing requests as the hub keeps them: one current request per vehicle, each with its work order."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from drawbar.middleware.errors import NotThere, RetryLater
from drawbar.middleware.remarketing.history import StatusChange
from drawbar.middleware.remarketing.requests import AuctionOrder, Collateral, RemarketingRequest, Storage
from drawbar.middleware.remarketing.statuses import RemarketingStatus
from drawbar.middleware.remarketing.tables import (
    remarketing_act,
    remarketing_attribute,
    remarketing_order,
    remarketing_request,
    remarketing_status,
)

_COLLATERAL: Final = [each.name for each in fields(Collateral)]
_STORAGE: Final = [each.name for each in fields(Storage)]
_ORDER: Final = [each.name for each in fields(AuctionOrder)]
_OWN: Final = [each.name for each in fields(RemarketingRequest) if each.name not in {"collateral", "storage", "order"}]


@dataclass(frozen=True, slots=True)
class RemarketingBook:
    """All requests, inside the caller's transaction."""

    connection: Connection

    def get(self, number: str) -> RemarketingRequest:
        """Give a request, and keep others from changing it until the transaction ends; raises NotThere."""
        found = self._one(remarketing_request.c.number == number)
        if found is None:
            raise NotThere(f"there is no remarketing request {number}", remedy="List them: drawbar auctions list")
        return found

    def current_of(self, asset: str) -> RemarketingRequest | None:
        """Give the current request of a vehicle, locked as `get` does; None when it has none."""
        return self._one(remarketing_request.c.asset == asset, remarketing_request.c.current)

    def of_vendors(self, number: str, vendors: Collection[str]) -> RemarketingRequest | None:
        """Give the request of a number where it is one of some vendors', locked as `get` does."""
        return self._one(remarketing_request.c.number == number, remarketing_order.c.vendor.in_(list(vendors)))

    def of_order(self, order_number: str) -> RemarketingRequest | None:
        """Give the request of a work order, locked as `get` does; None for a number that is not ours."""
        return self._one(remarketing_order.c.number == order_number)

    def of_reference(self, reference: str, vendor: str) -> RemarketingRequest | None:
        """Give the request that an auction knows by a number of its own, locked; None when there is none (R11)."""
        mine = remarketing_request.c.external_reference == reference, remarketing_order.c.vendor == vendor
        return self._one(*mine)

    def listed(
        self, *, vendors: Collection[str] | None = None, asset: str = "", account: str = "", only_current: bool = False,
        statuses: Collection[RemarketingStatus] = (),
    ) -> list[RemarketingRequest]:  # fmt: skip
        """Give requests, oldest first: of some vendors (None: of all), of a vehicle, an account, or some statuses."""
        query = _joined().order_by(remarketing_request.c.requested_at, remarketing_request.c.number)
        if vendors is not None:
            query = query.where(remarketing_order.c.vendor.in_(list(vendors)))
        if asset:
            query = query.where(remarketing_request.c.asset == asset)
        if account:
            query = query.where(remarketing_request.c.account == account)
        if only_current:
            query = query.where(remarketing_request.c.current)
        if statuses:
            query = query.where(remarketing_request.c.status.in_([each.value for each in statuses]))
        return [_request(row) for row in self.connection.execute(query)]

    def next_sequence(self, asset: str) -> int:
        query = select(func.max(remarketing_request.c.sequence)).where(remarketing_request.c.asset == asset)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def add(self, request: RemarketingRequest) -> None:
        """Keep a new request; raises RetryLater when another process has just made one of the vehicle."""
        try:
            self.connection.execute(insert(remarketing_request).values(_row(request) | {"asked": "{}"}))
        except IntegrityError:
            raise RetryLater(
                "its remarketing has just been asked for", record=f"vehicle {request.collateral.asset}",
                remedy="Look again.",
            ) from None  # fmt: skip
        self.connection.execute(insert(remarketing_order).values(asdict(request.order) | {"request": request.number}))

    def change(self, request: RemarketingRequest) -> RemarketingRequest:
        """Keep a request and its work order as they are now."""
        mine = remarketing_request.c.number == request.number
        self.connection.execute(update(remarketing_request).where(mine).values(_row(request)))
        order = update(remarketing_order).where(remarketing_order.c.number == request.order.number)
        self.connection.execute(order.values(asdict(request.order)))
        return request

    def asked(self, number: str) -> Mapping[str, str]:
        """Give what people had entered in the target when it was last looked at."""
        query = select(remarketing_request.c.asked).where(remarketing_request.c.number == number)
        found: dict[str, str] = json.loads(self.connection.execute(query).scalar_one())
        return found

    def note_asked(self, number: str, asked: Mapping[str, str]) -> None:
        """Remember what people have entered, so that it is acted on once."""
        values = {"asked": json.dumps(dict(sorted(asked.items())))}
        mine = remarketing_request.c.number == number
        self.connection.execute(update(remarketing_request).where(mine).values(values))

    def history(self, number: str) -> list[StatusChange]:
        """Give the changes of a request's status, oldest first (R09)."""
        query = select(remarketing_status).where(remarketing_status.c.request == number)
        rows = self.connection.execute(query.order_by(remarketing_status.c.number))
        return [_change(row) for row in rows]

    def note_change(self, number: str, change: StatusChange) -> None:
        """End the status before, and begin the next one."""
        table = remarketing_status
        before = table.c.request == number, table.c.ended_at.is_(None)
        self.connection.execute(update(table).where(*before).values(ended_at=change.started_at))
        values = asdict(change) | {"request": number, "before": change.before or "", "status": change.status.value}
        self.connection.execute(insert(table).values(values))

    def attributes(self, number: str) -> dict[str, str]:
        """Give the tracking attributes of a request that were set (R13)."""
        query = select(remarketing_attribute).where(remarketing_attribute.c.request == number)
        return {row.name: row.value for row in self.connection.execute(query.order_by(remarketing_attribute.c.name))}

    def set_attributes(self, number: str, values: Mapping[str, str]) -> None:
        """Keep values of tracking attributes; those that are not named stay."""
        known, table = self.attributes(number), remarketing_attribute
        for name, value in values.items():
            if name in known:
                mine = table.c.request == number, table.c.name == name
                self.connection.execute(update(table).where(*mine).values(value=value))
            else:
                self.connection.execute(insert(table).values(request=number, name=name, value=value))

    def act(self, source: str, act_id: str) -> tuple[str, str] | None:
        """Give the request that an act was of, and the hash of what was asked; None for one that is new."""
        table = remarketing_act
        query = select(table.c.request, table.c.asked_as).where(table.c.source == source, table.c.act_id == act_id)
        row = self.connection.execute(query).first()
        return None if row is None else (row.request, row.asked_as)

    def note_act(self, source: str, act_id: str, number: str, asked_as: str, at: datetime) -> None:
        """Remember an act; raises RetryLater when another process has just done it."""
        values = {"source": source, "act_id": act_id, "request": number, "asked_as": asked_as, "at": at}
        try:
            self.connection.execute(insert(remarketing_act).values(values))
        except IntegrityError:
            raise RetryLater(
                "it has just been asked for", record=f"remarketing request {number}", remedy="Look again."
            ) from None

    def _one(self, *conditions: Any) -> RemarketingRequest | None:
        row = self.connection.execute(_joined().where(*conditions).with_for_update()).first()
        return None if row is None else _request(row)


def _joined() -> Select[Any]:
    """Select requests with their work orders, whose columns are named `order_...`."""
    orders = [each.label(f"order_{each.name}") for each in remarketing_order.c]
    return select(remarketing_request, *orders).join(
        remarketing_order, remarketing_order.c.request == remarketing_request.c.number
    )


def _row(request: RemarketingRequest) -> dict[str, object]:
    own = {name: getattr(request, name) for name in _OWN}
    return own | asdict(request.collateral) | asdict(request.storage) | {"status": request.status.value}


def _request(row: Row[Any]) -> RemarketingRequest:
    own = {name: getattr(row, name) for name in _OWN}
    return RemarketingRequest(
        **own | {"status": RemarketingStatus(row.status)},
        collateral=Collateral(**{name: getattr(row, name) for name in _COLLATERAL}),
        storage=Storage(**{name: getattr(row, name) for name in _STORAGE}),
        order=AuctionOrder(**{name: getattr(row, f"order_{name}") for name in _ORDER}),
    )


def _change(row: Row[Any]) -> StatusChange:
    before = RemarketingStatus(row.before) if row.before else None
    return StatusChange(
        row.number, before, RemarketingStatus(row.status), row.who, row.source, row.started_at, row.comment,
        row.ended_at,
    )  # fmt: skip
