"""The book of repair orders on both databases, and what repairs say of a vehicle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import Engine, create_engine

from drawbar.middleware.repairs.book import OrderRead, RepairBook, lines_gone
from drawbar.middleware.repairs.conditions import REPOSSESSED, Repairs, VehicleStanding, condition_of
from drawbar.middleware.repairs.tables import repair_order

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OPEN = OrderRead("7", "VIN1", "VH1", "open", ("7:1", "7:1:1"), complete=True)


@pytest.fixture
def book() -> Iterator[RepairBook]:
    yield from open_book(create_engine("sqlite://"))


@pytest.fixture
def book_on_both(engine: Engine) -> Iterator[RepairBook]:
    """A book on SQLite, and the same test once more on PostgreSQL."""
    yield from open_book(engine)


def open_book(engine: Engine) -> Iterator[RepairBook]:
    repair_order.create(engine)
    with engine.begin() as connection:
        yield RepairBook(connection, "fleetrock")
    engine.dispose()


def take(book: RepairBook, *orders: OrderRead, at: datetime = NOW) -> None:
    book.take(orders, now=at, news_since=at - timedelta(days=1))


def test_an_order_is_kept_once_as_it_was_read_last(book_on_both: RepairBook) -> None:
    take(book_on_both, OPEN, replace(OPEN, line_keys=("7:1",)))
    take(book_on_both, replace(OPEN, stands="finished"))

    known = book_on_both.known(["7", "8"])

    assert (known["7"].stands, known["7"].line_keys, "8" in known) == ("finished", ("7:1", "7:1:1"), False)
    assert lines_gone(known, "7", ["7:1"]) == ("7:1:1",)
    assert lines_gone(known, "8", ["8:1"]) == ()


def test_an_order_of_which_something_is_to_come_is_watched_until_it_is_complete(book: RepairBook) -> None:
    waiting = replace(OPEN, complete=False)
    take(book, waiting)
    take(book, waiting, at=NOW + timedelta(hours=1))
    since = book.known(["7"])["7"].watched_since
    named = book.to_read_again()
    take(book, OPEN)

    assert (since, named, book.to_read_again()) == (NOW, ["7"], [])


def test_an_order_that_was_changed_from_here_is_read_again(book: RepairBook) -> None:
    take(book, OPEN)
    book.watch("7", NOW)

    assert book.to_read_again() == ["7"]
    book.unwatch("7")
    assert book.to_read_again() == []


def test_orders_without_a_vehicle_are_found_by_vin(book: RepairBook) -> None:
    take(book, replace(OPEN, vehicle=""), replace(OPEN, id="8", vin="VIN2", vehicle=""), replace(OPEN, id="9"))

    assert book.vins_without_vehicle() == ["VIN1", "VIN2"]
    assert book.orders_without_vehicle(["VIN2"]) == ["8"]


def test_a_vehicle_has_news_when_work_begins_and_when_it_ends(book_on_both: RepairBook) -> None:
    told = []
    for order in (OPEN, OPEN, replace(OPEN, stands="finished"), replace(OPEN, stands="finished")):
        take(book_on_both, order)
        told.append(book_on_both.vehicles_with_news())
        book_on_both.concluded(["VH1"])

    assert told == [["VH1"], [], ["VH1"], []]


@pytest.mark.parametrize(("days", "news"), [(0.5, ["VH1"]), (30, [])])
def test_what_was_over_long_before_it_was_first_read_is_no_news(book: RepairBook, days: float, news: list[str]) -> None:
    take(book, replace(OPEN, stands="finished", over_since=NOW - timedelta(days=days)))

    assert book.vehicles_with_news() == news


def test_whatever_the_order_of_readings_a_vehicle_counts_its_orders_alike(book: RepairBook) -> None:
    orders = [OPEN, replace(OPEN, id="8", stands="finished"), replace(OPEN, id="9", stands="void")]
    for way in permutations(orders):
        for order in (*way, *way):
            take(book, order)
        assert list(book.repairs(["VH1", "VH2"])) == [Repairs("VH1", 1, 1), Repairs("VH2", 0, 0)]


def test_orders_are_listed_for_people(book: RepairBook) -> None:
    take(book, OPEN, replace(OPEN, id="8", stands="finished"))

    assert [each.order for each in book.listed(only_open=False, limit=10)] == ["8", "7"]
    assert [each.order for each in book.listed(only_open=True, limit=10)] == ["7"]


@pytest.mark.spec("P22")
@pytest.mark.parametrize(
    ("disposition", "condition", "orders", "leads_to"),
    [
        ("IN STORAGE", "", (1, 0), "In Repair"),
        ("IN STORAGE", "In Repair", (1, 3), "In Repair"),
        ("IN REPAIR", "In Repair", (0, 1), "Inventory"),
        ("REPOSSESSED", "Damaged", (0, 2), "Inventory"),
        ("REPOSSESSED", "", (0, 0), None),
        ("REPOSSESSED", "Total Loss", (0, 1), None),
        ("ON LEASE", "", (1, 0), None),
        ("SOLD", "Inventory", (1, 0), None),
        ("", "", (0, 1), None),
    ],
)
def test_repairs_decide_the_condition_of_a_repossessed_vehicle(
    disposition: str, condition: str, orders: tuple[int, int], leads_to: str | None
) -> None:
    assert condition_of(Repairs("VH1", *orders), VehicleStanding(disposition, condition)) == leads_to


def test_a_vehicle_on_lease_or_gone_is_not_repossessed() -> None:
    assert not REPOSSESSED & {"ON LEASE", "PENDING", "ORDERED", "SOLD", "RELEASED", ""}
