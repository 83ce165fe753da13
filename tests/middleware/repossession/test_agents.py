"""What agents tell: once each, in their own time, and in whatever order it comes the end is the same (P12, P14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, select

from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.events import Course
from drawbar.middleware.repossession.states import RepoEvent
from drawbar.middleware.repossession.tables import repo_step
from tests.middleware.repossession.samples import CASE, TABLES, Desk

KINDS = (
    "accepted", "declined", "located", "failed attempt", "repossessed", "stored", "comment", "invoice", "completed",
    "closed", "on hold", "condition report",
)  # fmt: skip


@dataclass(frozen=True)
class News:
    kind: str
    minutes: int
    event_id: str


news = st.lists(
    st.builds(News, st.sampled_from(KINDS), st.integers(-800, 30), st.uuids().map(str)),
    min_size=2, max_size=6, unique_by=lambda each: each.event_id,
)  # fmt: skip


@pytest.fixture(scope="module")
def tables() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(tables: Engine) -> Iterator[Desk]:
    with tables.connect() as connection:
        yield Desk(connection)
        connection.rollback()


def end_of(engine: Engine, told: Sequence[News]) -> tuple[Course, list[object], list[object]]:
    """Let an agent tell everything in this order, and give what came of it."""
    with engine.connect() as connection:
        desk = Desk(connection)
        desk.ordered()
        for each in told:
            details = {"amount": "350.00"} if each.kind == "invoice" else {"keys": each.event_id}
            desk.told(each.kind, each.minutes, event_id=each.event_id, **details)
        rows: list[object] = list(connection.execute(select(repo_step).order_by(repo_step.c.number)))
        case = desk.case
        connection.rollback()
    return case.course, rows, [(each.number, each.ended_at is None) for each in case.orders]


@pytest.mark.spec("P12")
@pytest.mark.fault(24)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=news, choices=st.data())
def test_in_whatever_order_and_however_often_events_come_the_end_is_the_same(
    tables: Engine, told: list[News], choices: st.DataObject
) -> None:
    shuffled = choices.draw(st.permutations(told))
    again = choices.draw(st.lists(st.sampled_from(told), max_size=3))

    assert end_of(tables, [*shuffled, *again]) == end_of(tables, told)


def test_an_event_that_comes_late_stands_where_it_happened(desk: Desk) -> None:
    desk.ordered()
    desk.told("repossessed", 20)
    desk.told("accepted", 10)

    assert [each.after.value for each in desk.case.course.steps[-3:]] == ["Ordered", "Accepted", "Repossessed"]


def test_news_that_leads_nowhere_is_kept_and_makes_sense_once_the_event_before_it_comes(desk: Desk) -> None:
    desk.ordered()
    refused = desk.told("stored", 20)
    explained = desk.told("repossessed", 10)

    assert refused.refused == "'stored' is no step from Ordered; it is one from Repossessed, In Repair"
    assert (explained.refused, explained.case.course.refusals, desk.state) == ("", (), "In Storage")


def test_two_who_tell_of_one_thing_do_not_contradict_each_other(desk: Desk) -> None:
    desk.ordered()
    desk.told("repossessed", 10)
    second = desk.told("repossessed", 12, keys="2")
    by_hand = desk.step(RepoEvent.REPOSSESSED)

    assert (second.refused, by_hand.new, desk.case.course.told["keys"]) == ("", False, "2")


def test_an_answer_to_a_former_order_does_not_move_the_case(desk: Desk) -> None:
    first = desk.ordered()
    desk.told("declined", -400, order=first)
    desk.order("IRP")
    desk.told("declined", 20, order=first)

    assert (desk.state, [each.ended_as for each in desk.case.orders]) == ("Ordered", ["declined", ""])


def test_another_agent_than_the_one_who_found_it_is_told_that_his_order_is_withdrawn(desk: Desk) -> None:
    first, second = desk.ordered("IRP"), desk.order("SKP")

    moved = desk.told("repossessed", 10, order=second)

    assert [each.number for each in moved.withdrawn] == [first]
    assert desk.case.active_orders == ()


def test_invoices_add_up_and_one_without_an_amount_is_refused_and_not_kept(desk: Desk) -> None:
    desk.ordered()
    desk.told("invoice", 1, amount="350.00")
    desk.told("invoice", 3, amount="49.99")
    with pytest.raises(RecordRejected, match="'a lot' is not an amount"):
        desk.told("invoice", 4, amount="a lot")

    assert desk.case.course.costs == Decimal("399.99")
    for minutes, amount in ((5, "100.00"), (7, "120.00")):
        desk.told("invoice", minutes, amount=amount, invoice_number="4711")
    assert desk.case.course.costs == Decimal("519.99")


@pytest.mark.parametrize(
    ("kind", "order", "code"), [("sung", "", "UNKNOWN_CODE"), ("accepted", "R9-O1", "UNKNOWN_ORDER")]
)
def test_what_is_not_known_is_refused_by_name(desk: Desk, kind: str, order: str, code: str) -> None:
    desk.ordered()

    with pytest.raises(RecordRejected) as refused:
        desk.told(kind, 1, order=order)

    assert refused.value.code == code
    assert (kind in refused.value.message) or (order in refused.value.message)


def test_a_step_that_a_person_takes_comes_after_what_an_agent_told_whose_clock_runs_ahead(desk: Desk) -> None:
    desk.ordered()
    desk.told("repossessed", 10)
    desk.step(RepoEvent.STORED)

    assert (desk.state, desk.case.course.refusals) == ("In Storage", ())


def test_a_day_without_a_time_before_the_order_counts_from_the_order(desk: Desk) -> None:
    desk.ordered()
    moved = desk.told("repossessed", -2_000)

    assert (moved.refused, desk.state, desk.case.key) == ("", "Repossessed", CASE)


def test_the_case_is_the_same_when_it_is_read_anew(connection_of: Connection) -> None:
    desk = Desk(connection_of)
    desk.ordered()
    moved = desk.told("comment", 5, text="gate is locked")

    assert moved.case == desk.case


@pytest.fixture
def connection_of(engine: Engine) -> Iterator[Connection]:
    """SQLite, and the same test once more on PostgreSQL."""
    metadata.create_all(engine, tables=TABLES)
    with engine.begin() as connection:
        yield connection
