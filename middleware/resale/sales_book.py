"""The book of sales: titles, notices, sales and reviews, as the hub keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from drawbar.middleware.errors import NotThere
from drawbar.middleware.resale.notices import KeptNotice, Notice, Recipient
from drawbar.middleware.resale.review import Entered, MadeOf, SignOff, Sold
from drawbar.middleware.resale.sales import KeptSale, Sale
from drawbar.middleware.resale.tables import account_review, asset_sale, asset_title, disposition_notice
from drawbar.middleware.resale.titles import KeptTitle, Title

_TITLE = [each.name for each in fields(Title)]
_SALE = [each.name for each in fields(Sale)]
_NOTICE = [each.name for each in fields(Notice) if each.name != "recipients"]


class SalesBook:
    """All of it, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def title(self, vehicle: str) -> KeptTitle | None:
        """Give a vehicle's title; its row stays locked on PostgreSQL until the transaction ends."""
        row = self._one(asset_title, asset_title.c.vehicle == vehicle)
        return None if row is None else _title(row)

    def titles(self, statuses: Sequence[str]) -> list[KeptTitle]:
        """Give the titles of some statuses, longest in them first."""
        mine = select(asset_title).where(asset_title.c.status.in_(statuses))
        return [_title(row) for row in self._connection.execute(mine.order_by(asset_title.c.since))]

    def keep_title(self, kept: KeptTitle) -> None:
        values = {**asdict(kept.title), "since": kept.since, "reminded_at": kept.reminded_at}
        self._keep(asset_title, "vehicle", values)

    def remind(self, vehicle: str, now: datetime) -> None:
        """Note that people are reminded of a title's status."""
        mine = update(asset_title).where(asset_title.c.vehicle == vehicle)
        self._connection.execute(mine.values(reminded_at=now))

    def sale_of(self, vehicle: str) -> KeptSale | None:
        """Give the sale by which a vehicle was sold."""
        row = self._one(asset_sale, asset_sale.c.vehicle == vehicle)
        return None if row is None else _sale(row)

    def sales(self, *, account: str = "") -> list[KeptSale]:
        """Give the sales of one account, or all, oldest first."""
        statement = select(asset_sale).order_by(asset_sale.c.sold_on, asset_sale.c.number)
        if account:
            statement = statement.where(asset_sale.c.account == account)
        return [_sale(row) for row in self._connection.execute(statement)]

    def keep_sale(self, kept: KeptSale) -> None:
        """Note a sale that counts; of one vehicle there is one."""
        values = asdict(kept.sale) | {
            "payoff": kept.payoff, "entered_by": kept.entered_by, "accepted_at": kept.accepted_at,
        }  # fmt: skip
        self._connection.execute(insert(asset_sale).values(values))

    def notice_of(self, vehicle: str) -> KeptNotice | None:
        """Give the newest notice of a vehicle that was sent; one that was not, where none was."""
        mine = select(disposition_notice).where(disposition_notice.c.vehicle == vehicle)
        order = (
            disposition_notice.c.sent_on.is_(None),
            disposition_notice.c.sent_on.desc(),
            disposition_notice.c.number,
        )
        row = self._connection.execute(mine.order_by(*order).limit(1)).first()
        return None if row is None else _notice(row)

    def notice(self, number: str) -> KeptNotice:
        """Give a notice; raises NotThere for a number that the hub does not know."""
        row = self._one(disposition_notice, disposition_notice.c.number == number)
        if row is None:
            raise NotThere(f"there is no notice {number}", remedy="See drawbar resale notices list.")
        return _notice(row)

    def notices(self) -> list[KeptNotice]:
        """Give all notices, newest first."""
        statement = select(disposition_notice).order_by(disposition_notice.c.made_at.desc())
        return [_notice(row) for row in self._connection.execute(statement)]

    def keep_notice(self, kept: KeptNotice, *, now: datetime) -> None:
        """Keep a notice that was made."""
        recipients = json.dumps([asdict(each) for each in kept.notice.recipients], ensure_ascii=False)
        values = {name: getattr(kept.notice, name) for name in _NOTICE} | {
            "recipients": recipients, "sent_on": kept.sent_on, "earliest_sale_on": kept.earliest_sale_on,
            "made_at": now,
        }  # fmt: skip
        self._connection.execute(insert(disposition_notice).values(values))

    def sent(self, number: str, sent_on: date, earliest_sale_on: date) -> None:
        """Note that a notice went out."""
        mine = update(disposition_notice).where(disposition_notice.c.number == number)
        self._connection.execute(mine.values(sent_on=sent_on, earliest_sale_on=earliest_sale_on))

    def entered(self, account: str) -> Entered:
        """Give what people entered for an account's review."""
        row = self._one(account_review, account_review.c.account == account)
        return Entered() if row is None else Entered(row.attorney_fees, row.junior_liens, row.refunds)

    def enter(self, account: str, entered: Entered) -> None:
        self._keep(account_review, "account", {"account": account, **asdict(entered)})

    def signed(self, account: str) -> SignOff | None:
        """Give how an account's review ended, None while it has not."""
        row = self._one(account_review, account_review.c.account == account)
        return None if row is None or row.ended is None else SignOff(row.ended, row.signed_by, row.signed_at)

    def made_of(self, account: str) -> MadeOf | None:
        """Give what an account's review was signed off with, None while it has not been."""
        row = self._one(account_review, account_review.c.account == account)
        if row is None or row.made_of is None:
            return None
        numbers = json.loads(row.made_of)
        return MadeOf(frozenset(numbers["sales"]), frozenset(numbers["orders"]))

    def sign(self, account: str, entered: Entered, sign_off: SignOff, made_of: MadeOf) -> None:
        """Note how a review ended, with what people had entered for it, and what it was made of."""
        numbers = json.dumps({"sales": sorted(made_of.sales), "orders": sorted(made_of.orders)})
        values = {
            "ended": sign_off.end, "signed_by": sign_off.by, "signed_at": sign_off.at, "made_of": numbers
        }  # fmt: skip
        self._keep(account_review, "account", {"account": account, **asdict(entered), **values})

    def _one(self, table: Table, condition: Any) -> Row[Any] | None:
        return self._connection.execute(select(table).where(condition).with_for_update()).one_or_none()

    def _keep(self, table: Table, key: str, values: dict[str, Any]) -> None:
        mine = table.c[key] == values[key]
        if self._connection.execute(update(table).where(mine).values(values)).rowcount == 0:
            self._connection.execute(insert(table).values(values))


def sold(kept: KeptSale) -> Sold:
    """Give a sale as the review of its account sees it."""
    sale = kept.sale
    assert sale.price is not None  # noqa: S101  (a sale that counts has both)
    assert sale.sold_on is not None  # noqa: S101
    return Sold(sale.number, sale.vehicle, sale.sold_on, sale.price, kept.payoff)


def _title(row: Row[Any]) -> KeptTitle:
    return KeptTitle(Title(**{name: getattr(row, name) for name in _TITLE}), row.since, row.reminded_at)


def _sale(row: Row[Any]) -> KeptSale:
    sale = Sale(**{name: getattr(row, name) for name in _SALE})
    return KeptSale(sale, row.payoff, row.entered_by, row.accepted_at)


def _notice(row: Row[Any]) -> KeptNotice:
    recipients = tuple(Recipient(**each) for each in json.loads(row.recipients))
    notice = Notice(**{name: getattr(row, name) for name in _NOTICE}, recipients=recipients)
    return KeptNotice(notice, row.sent_on, row.earliest_sale_on)
