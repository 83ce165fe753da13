"""Steps of repossessions: what the table allows, what guards, holds and roles refuse, and what is kept of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, create_engine, select

from drawbar.middleware.audit import Audit
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.repossession.facts import worth_of
from drawbar.middleware.repossession.holds import BLOCKS, HoldAction, HoldKind
from drawbar.middleware.repossession.recording import FAILED_REASONS, Recording, failed_attempt
from drawbar.middleware.repossession.roles import ACT_OF, MAY, refuse_unless_allowed
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.states import BY_EVENT, FINAL, TRANSITIONS, RepoEvent, RepoState
from drawbar.middleware.repossession.tables import repo_step
from tests.middleware.repossession.samples import ACCOUNT, CASE, GOOD, NOW, TABLES, TODAY, TRUCK, Desk

E = RepoEvent


@pytest.fixture
def connection() -> Iterator[Connection]:
    yield from connected(create_engine("sqlite://"))


@pytest.fixture
def connection_on_both(engine: Engine) -> Iterator[Connection]:
    """SQLite, and the same test once more on PostgreSQL."""
    yield from connected(engine)


def connected(engine: Engine) -> Iterator[Connection]:
    metadata.create_all(engine, tables=TABLES)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def desk(connection: Connection) -> Desk:
    return Desk(connection)


@pytest.mark.spec("P11", "P12", "P16")
def test_every_step_is_kept_with_its_states_its_person_its_time_and_its_reason(connection_on_both: Connection) -> None:
    desk = Desk(connection_on_both)
    number = desk.ordered()
    desk.told("accepted", 1)
    desk.told("repossessed", 2, storage_place="Yard 7", keys="2", mileage="412000")
    for kind in (E.STORED, E.REPAIR, E.REPAIRED, E.OFFER, E.SELL, E.FINAL_REVIEW, E.CLOSE):
        desk.step(kind)

    rows = connection_on_both.execute(select(repo_step).order_by(repo_step.c.number)).all()
    kept = [(row.before, row.kind, row.after) for row in rows]

    assert kept[:5] == [
        ("", "request", "Requested"), ("Requested", "approve", "Approved"), ("Approved", "order", "Ordered"),
        ("Ordered", "accepted", "Accepted"), ("Accepted", "repossessed", "Repossessed"),
    ]  # fmt: skip
    assert [after for _, _, after in kept[5:]] == [
        "In Storage", "In Repair", "Inventory", "Remarketing", "Sold", "Final Review", "Closed",
    ]  # fmt: skip
    assert {(row.who, row.reason) for row in rows[1:3]} == {("Ann", "because")}
    assert (desk.case.course.open, desk.case.course.told["storage_place"]) == (False, "Yard 7")
    assert [(each.number, each.ended_as) for each in desk.case.orders] == [(number, "done")]
    assert Audit(connection_on_both).broken_at() is None


def test_no_step_leads_out_of_a_final_state_and_every_other_state_has_a_way_on() -> None:
    sources = {source for each in TRANSITIONS for source in each.sources}

    assert sources & FINAL == set()
    assert set(RepoState) - FINAL == sources
    assert set(BY_EVENT) == set(ACT_OF) - {E.REQUEST}


@pytest.mark.spec("P12")
def test_a_step_that_the_table_does_not_have_is_refused_with_the_state_and_the_ways_there(desk: Desk) -> None:
    desk.request()

    with pytest.raises(RecordRejected) as refused:
        desk.step(E.SELL)

    assert (refused.value.code, refused.value.field, refused.value.record) == (
        "ILLEGAL_STEP",
        "state",
        f"repossession {CASE}",
    )
    assert refused.value.message == "'sell' is no step from Requested; it is one from Inventory, Remarketing"
    assert desk.state == "Requested"


@pytest.mark.spec("P12", "F14")
def test_a_vehicle_has_one_open_repossession_whoever_asks_and_the_next_one_a_number_of_its_own(
    connection_on_both: Connection,
) -> None:
    desk = Desk(connection_on_both)
    first = desk.request(source="salesforce", event_id="a01 1")
    again = desk.request(source="salesforce", event_id="a01 1")
    elsewhere = desk.request(source="leaseworks")
    desk.step(E.CANCEL)
    replayed = desk.request(source="salesforce", event_id="a01 1")
    second = desk.request()

    assert [each.new for each in (first, again, elsewhere, replayed, second)] == [True, False, False, False, True]
    assert {each.case.key for each in (first, again, elsewhere, replayed)} == {CASE}
    assert second.case.key == f"{TRUCK}-R002"


@pytest.mark.spec("F14")
@pytest.mark.parametrize("status", ["Paid Off", "Terminated"])
def test_vehicles_of_contracts_that_have_ended_are_left_out(desk: Desk, status: str) -> None:
    with pytest.raises(RecordRejected, match="the contract has ended") as refused:
        desk.request(replace(GOOD, account_status=status))

    assert refused.value.code == "CONTRACT_ENDED"


@pytest.mark.spec("P13")
def test_what_is_not_worth_recovering_is_approved_with_an_override_only(desk: Desk) -> None:
    desk.request(replace(GOOD, market_value=Decimal("4000.00")))

    with pytest.raises(RecordRejected) as refused:
        desk.step(E.APPROVE)
    desk.step(E.APPROVE, override="the customer has fled with a rare body")

    assert (refused.value.code, refused.value.field) == ("WORTH", "market value")
    assert "2,100.00 US dollars would be left, too little: at least 2,500.00" in refused.value.message
    decided = desk.case.course.step_of(E.APPROVE)
    assert decided is not None
    assert decided.event.details["override"] == "the customer has fled with a rare body"


@pytest.mark.parametrize(
    ("value", "left", "enough"), [("4444.44", "2500.00", True), ("4444.43", "2499.99", False), (None, None, False)]
)
def test_the_estimate_is_the_market_value_less_the_costs_of_recovering_and_selling(
    value: str | None, left: str | None, enough: bool
) -> None:
    facts = replace(GOOD, market_value=None if value is None else Decimal(value))

    worth = worth_of(facts, RepossessionSettings())

    assert (worth.estimate, worth.enough) == (None if left is None else Decimal(left), enough)


@pytest.mark.spec("P15", "P31")
@pytest.mark.parametrize("kind", [kind for kind, blocked in BLOCKS.items() if HoldAction.ORDER in blocked])
def test_no_order_goes_out_under_a_hold_and_the_reason_is_shown(desk: Desk, kind: HoldKind) -> None:
    desk.request()
    desk.step(E.APPROVE)
    held = desk.hold(kind, until=TODAY + timedelta(days=10))

    with pytest.raises(RecordRejected) as refused:
        desk.order()
    desk.holds.lift(held.reference, by="Ann", now=desk.now)
    desk.order()

    assert (refused.value.code, refused.value.field) == ("NO_ORDER_HOLD", "hold")
    assert refused.value.message == f"{kind.value} since 2026-03-02 until 2026-03-12: court"
    assert desk.state == "Ordered"


@pytest.mark.spec("P15")
def test_no_order_goes_out_for_a_paid_account_nor_beside_an_active_one_of_the_same_type(desk: Desk) -> None:
    number = desk.ordered("IRP")

    with pytest.raises(RecordRejected, match=f"order {number} of the same type is active since 2026-03-02"):
        desk.order("IRP")
    other = desk.order("SKP")
    desk.told("declined", 1, order=other)
    desk.paid = "the account is not delinquent"
    with pytest.raises(RecordRejected, match="the account is not delinquent"):
        desk.order("SKP")

    assert [each.order_type for each in desk.case.active_orders] == ["IRP"]


@pytest.mark.spec("P31")
def test_a_hold_counts_from_its_first_to_its_last_day_in_the_lenders_zone(desk: Desk) -> None:
    desk.hold(HoldKind.CURE_LETTER, until=TODAY)
    asked = [desk.holds.reasons(ACCOUNT, HoldAction.ORDER, NOW + timedelta(days=days)) for days in (-1, 0, 1)]

    assert [len(each) for each in asked] == [0, 1, 0]
    assert desk.holds.reasons("LW00000002", HoldAction.ORDER, NOW) == ()
    assert desk.holds.reasons(ACCOUNT, HoldAction.SALE, NOW) == ()


def test_a_hold_that_cannot_be_is_refused_and_none_is_lifted_twice(desk: Desk) -> None:
    with pytest.raises(RecordRejected, match="a cure letter has a last day"):
        desk.hold(HoldKind.CURE_LETTER)
    with pytest.raises(RecordRejected, match="before it begins"):
        desk.hold(HoldKind.SCRA, until=TODAY - timedelta(days=1))
    held = desk.hold(HoldKind.SCRA)
    desk.holds.lift(held.reference, by="Ann", now=NOW)

    with pytest.raises(RecordRejected, match="lifted by Ann already"):
        desk.holds.lift(held.reference, by="Bea", now=NOW)
    with pytest.raises(NotThere):
        desk.holds.lift("LW9-H1", by="Bea", now=NOW)


@pytest.mark.spec("P31")
def test_nothing_is_sold_under_a_hold_on_sales(desk: Desk) -> None:
    desk.ordered()
    desk.told("repossessed", 1)
    desk.step(E.REPAIRED)
    desk.hold(HoldKind.BANKRUPTCY)

    with pytest.raises(RecordRejected) as refused:
        desk.step(E.SELL)

    assert refused.value.code == "NO_SALE_HOLD"


def test_a_hold_on_the_case_leads_back_to_where_it_was(desk: Desk) -> None:
    desk.ordered()
    desk.told("located", 1)
    desk.now = NOW + timedelta(hours=10)
    desk.step(E.HOLD)
    held = desk.state
    desk.step(E.RESUME)

    assert (held, desk.state) == ("On Hold", "Located")


@pytest.mark.spec("F18")
def test_failed_attempts_are_counted_with_their_reason_and_the_repossession_stays_pending(desk: Desk) -> None:
    desk.ordered()
    for word in ("nobody-home", "refused"):
        why, _ = failed_attempt(word, "", None)
        desk.step(E.FAILED, why)

    course = desk.case.course
    last = course.step_of(E.FAILED)
    assert (course.attempts, course.open, course.state, last and last.event.reason) == (
        2, True, RepoState.FAILED, "Refused or threatened",
    )  # fmt: skip
    assert failed_attempt("promised", "by wire", date(2026, 3, 9)) == (
        "Promised to pay for 2026-03-09: by wire", {"promised_for": "2026-03-09"},
    )  # fmt: skip
    with pytest.raises(RecordRejected, match="it is missing"):
        failed_attempt("promised", "", None)
    with pytest.raises(RecordRejected, match=", ".join(FAILED_REASONS)):
        failed_attempt("asleep", "", None)


@pytest.mark.spec("F19")
def test_a_cancelled_repossession_withdraws_its_orders_and_needs_a_reason(desk: Desk) -> None:
    number = desk.ordered()

    with pytest.raises(RecordRejected, match="it needs a reason"):
        desk.step(E.CANCEL, " ")
    cancelled = desk.step(E.CANCEL, "paid in full")

    assert [each.number for each in cancelled.withdrawn] == [number]
    assert (desk.state, desk.case.active_orders) == ("Cancelled", ())


@pytest.mark.spec("F20")
@pytest.mark.parametrize("role", list(MAY))
def test_every_role_may_record_and_does_nothing_else_than_it_may(role: str) -> None:
    for act in set(ACT_OF.values()):
        allowed = act in MAY[role]  # type: ignore[index]
        try:
            refuse_unless_allowed(role, act, who="Ann", record="case")  # type: ignore[arg-type]
        except RecordRejected as refused:
            refusal = refused.code
            assert not allowed
        else:
            assert allowed
        assert allowed or refusal == "NOT_ALLOWED"
    assert "record" in MAY[role]  # type: ignore[index]


@pytest.mark.spec("F20")
def test_who_has_no_role_or_the_wrong_one_moves_nothing(desk: Desk) -> None:
    desk.request()
    strict = RepossessionSettings(roles={"Ann": "sales"}, role_of_others="none")

    with pytest.raises(RecordRejected, match="as nobody who is known, may not decide"):
        desk.step(E.APPROVE, role=strict.role_of("Bob"))
    with pytest.raises(RecordRejected, match="as sales, may not decide"):
        desk.step(E.APPROVE, role=strict.role_of("Ann"))

    assert desk.state == "Requested"


RECORDING = Recording(TODAY, "Joe", "CU-7", "dented", {TRUCK: 1})


@pytest.mark.spec("F15")
def test_a_recording_tells_what_came_back_and_what_is_lost(desk: Desk) -> None:
    back, lost = RECORDING.judge([TRUCK, "VH00000002"], TODAY)

    assert (back.kind, lost.kind) == (E.REPOSSESSED, E.LOST)
    assert back.details == {
        "date": "2026-03-02", "staff": "Joe", "unit_number": "CU-7", "condition": "dented", "returned_quantity": "1",
    }  # fmt: skip
    assert lost.details["returned_quantity"] == "0"


@pytest.mark.spec("F15")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"staff": " "}, "staff"), ({"unit_number": ""}, "unit_number"), ({"condition": ""}, "condition"),
        ({"day": TODAY + timedelta(days=1)}, "date"), ({"returned": {TRUCK: 2}}, "returned"),
        ({"returned": {TRUCK: 0}}, "returned"), ({"returned": {TRUCK: -1}}, "returned"),
        ({"returned": {"VH9": 1}}, "returned"),
    ],
)  # fmt: skip
def test_a_recording_that_cannot_be_is_refused_by_field(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        replace(RECORDING, **wrong).judge([TRUCK], TODAY)  # type: ignore[arg-type]

    assert refused.value.field == field
