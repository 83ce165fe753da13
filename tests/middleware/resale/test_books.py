"""What the hub keeps of resale, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.review import Entered, MadeOf, SignOff
from drawbar.middleware.resale.sales import KeptSale
from drawbar.middleware.resale.sales_book import SalesBook
from drawbar.middleware.resale.titles import KeptTitle
from drawbar.middleware.resale.work_orders import Decision
from drawbar.middleware.sync.papers import Papers
from drawbar.middleware.sync.sent_mail import SentMail
from tests.middleware.resale.test_rules import CASE, NOTICE, ORDER, SALE, TITLE

MADE_OF = MadeOf(frozenset({"SALE-1"}), frozenset({"WO-1", "WO-2"}))


def test_everything_that_is_kept_comes_back_as_it_was(hub_engine: Engine, now: datetime) -> None:
    decision, later = Decision("Approved", "avery", now), now + timedelta(days=1)
    order = replace(ORDER, estimate=Decimal("400.00"), done_on=date(2026, 3, 1), account="LW1")
    with hub_engine.begin() as connection:
        orders, sales = WorkOrderBook(connection), SalesBook(connection)
        orders.take(order, now=now)
        orders.decide(order.number, decision)
        orders.take(replace(order, amount=Decimal("1.00")), now=later)
        sales.keep_title(KeptTitle(TITLE, now))
        sales.keep_title(KeptTitle(replace(TITLE, status="Problem"), later))
        sales.remind("VH1", later)
        sales.keep_sale(KeptSale(SALE, Decimal("41000.00"), "casey", now))
        assert CASE.notice is not None
        sales.keep_notice(replace(CASE.notice, sent_on=None), now=now)
        sales.keep_notice(replace(CASE.notice, notice=replace(NOTICE, number="ND-2"), sent_on=None), now=later)
        sales.sent("ND-1", date(2026, 2, 11), date(2026, 2, 21))
        sales.enter("LW1", Entered(refunds=Decimal("10.00")))
        sales.sign("LW1", Entered(refunds=Decimal("10.00")), SignOff("Collect", "avery", now), MADE_OF)
        Papers(connection).keep("a.pdf", b"first", now=now)
        Papers(connection).keep("a.pdf", b"second", now=later)
        SentMail(connection).note("WO-1", ["a@b.example"], now)

    with hub_engine.connect() as connection:
        orders, sales = WorkOrderBook(connection), SalesBook(connection)
        assert (orders.get("WO-1").order, orders.get("WO-1").decision) == (order, decision)
        assert list(orders.decided(["WO-1", "WO-2"])) == ["WO-1"]
        assert [each.order.number for each in orders.listed(status="Approved", vehicle="VH1", account="LW1")] == [
            "WO-1"
        ]
        assert sales.title("VH1") == KeptTitle(replace(TITLE, status="Problem"), later, later)
        assert [each.title.vehicle for each in sales.titles(["Problem"])] == ["VH1"]
        assert sales.sale_of("VH1") == KeptSale(SALE, Decimal("41000.00"), "casey", now)
        assert sales.sales(account="LW2") == []
        newest = sales.notice_of("VH1")
        assert newest is not None
        assert (newest.notice, newest.sent_on, newest.earliest_sale_on) == (
            NOTICE,
            date(2026, 2, 11),
            date(2026, 2, 21),
        )
        assert [each.notice.number for each in sales.notices()] == ["ND-2", "ND-1"]
        assert sales.entered("LW1") == Entered(refunds=Decimal("10.00"))
        assert sales.signed("LW1") == SignOff("Collect", "avery", now)
        assert (sales.made_of("LW1"), sales.made_of("LW2")) == (MADE_OF, None)
        assert Papers(connection).get("a.pdf") == b"first"
        assert SentMail(connection).recipients("WO-1") == {"a@b.example": now}
        for missing in (orders.get, sales.notice):
            with pytest.raises(NotThere):
                missing("none")
        with pytest.raises(RecordRejected, match="keeps no paper"):
            Papers(connection).get("none.pdf")


@pytest.mark.spec("P20")
def test_of_one_vehicle_there_is_one_sale_whatever_happens_at_once(hub_engine: Engine, now: datetime) -> None:
    with hub_engine.begin() as connection:
        SalesBook(connection).keep_sale(KeptSale(SALE, Decimal(1), "casey", now))

    with pytest.raises(IntegrityError), hub_engine.begin() as connection:
        SalesBook(connection).keep_sale(KeptSale(replace(SALE, number="SALE-2"), Decimal(1), "casey", now))


def test_what_another_system_says_again_does_not_go_over_what_people_entered_since(
    hub_engine: Engine, now: datetime
) -> None:
    with hub_engine.begin() as connection:
        book = WorkOrderBook(connection)
        book.hear(ORDER, now=now)
        book.take(replace(ORDER, vendor="Entered by hand"), now=now)
        assert book.hear(ORDER, now=now).order.vendor == "Entered by hand"
        assert book.hear(replace(ORDER, amount=Decimal("500.00")), now=now).order.vendor == ORDER.vendor
        book.take(replace(ORDER, vendor="Entered by hand"), now=now)
        silent = book.hear(replace(ORDER, vendor="", amount=Decimal("600.00")), now=now).order
        assert (silent.vendor, silent.amount) == ("Entered by hand", Decimal("600.00"))
