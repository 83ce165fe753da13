from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select
from sqlalchemy.exc import IntegrityError

from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.collections.records import Assessment, CaseStatus, PromiseStatus
from drawbar.middleware.collections.settings import CollectionSettings
from drawbar.middleware.collections.tables import assessment_queue, delinquency_case
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.metadata import metadata
from tests.middleware.collections.samples import ACCOUNT, TABLES, at, bounced, march, payment, promised, standing
from tests.postgres import create_database

LATE = standing(past_due_since=march(1))
PROMISE = promised("500.00", march(10), taken=march(2))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """One database of each kind for all tests that roll back."""
    on_sqlite = request.param == "sqlite"
    engine = open_database("sqlite://" if on_sqlite else create_database(request.getfixturevalue("postgres")))
    metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(shared_engine: Engine) -> Iterator[Connection]:
    with shared_engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def book(connection: Connection) -> CollectionsBook:
    return CollectionsBook(connection, CollectionSettings())


def assess(book: CollectionsBook, day: date) -> dict[str, Assessment]:
    return {assessment.account_number: assessment for assessment in book.assess(day, at(day))}


def queued(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(assessment_queue)).scalar_one()


@pytest.mark.spec("P01", "P02", "P05")
def test_a_delinquent_account_is_assessed_whole(book: CollectionsBook) -> None:
    book.take_standings([LATE])
    book.take_promises([PROMISE], on=march(3))
    assessment = assess(book, march(3))[ACCOUNT]
    assert (assessment.days_past_due, assessment.bucket, assessment.as_of) == (2, "1-30", march(3))
    assert assessment.standing == LATE
    assert [(case.key, case.status) for case in assessment.cases] == [("LW00001234-D001", CaseStatus.OPEN)]
    assert [(entry.key, entry.status) for entry in assessment.promises] == [("LW00001234-0001", PromiseStatus.OPEN)]
    assert assessment.promise_summary.open_promise_amount == Decimal("500.00")


@pytest.mark.spec("P01")
def test_a_current_account_without_history_is_kept_but_never_queued_nor_assessed(
    book: CollectionsBook, connection: Connection
) -> None:
    book.take_standings([standing()])
    book.take_payments([payment("P1", "500.00", march(2))])
    assert (queued(connection), assess(book, march(3)), list(book.due(march(30)))) == (0, {}, [])
    known = book.history(ACCOUNT)
    assert known is not None
    assert (known.standing, known.assessed_on) == (standing(), None)


@pytest.mark.spec("P01", "P02")
def test_days_past_due_grow_by_themselves_and_go_back_to_zero_once_cured(book: CollectionsBook) -> None:
    book.take_standings([LATE])
    assert assess(book, march(3))[ACCOUNT].days_past_due == 2
    assert list(book.due(march(3))) == []
    assert list(book.due(march(4))) == [ACCOUNT]
    assert assess(book, march(4))[ACCOUNT].days_past_due == 3
    book.take_standings([standing(said_on=march(5))])
    cured = assess(book, march(5))[ACCOUNT]
    assert (cured.days_past_due, cured.bucket, cured.cases[0].close_reason) == (0, "Current", "Cured")
    assert list(book.due(march(30))) == []


@pytest.mark.spec("P01")
def test_a_cured_account_is_still_assessed_when_something_of_it_changes(book: CollectionsBook) -> None:
    book.take_standings([LATE])
    assess(book, march(3))
    book.take_standings([standing(said_on=march(4))])
    assess(book, march(4))
    changed = replace(standing(said_on=march(9)), late_fees=Decimal("5.00"))
    book.take_standings([changed])
    assert assess(book, march(9))[ACCOUNT].standing == changed


@pytest.mark.spec("P05")
def test_an_open_promise_is_judged_when_its_window_is_over_though_nothing_new_came(book: CollectionsBook) -> None:
    book.take_standings([standing()])
    book.take_promises([PROMISE], on=march(3))
    assess(book, march(3))
    assert list(book.due(march(13))) == []
    assert list(book.due(march(14))) == [ACCOUNT]
    (broken,) = assess(book, march(14))[ACCOUNT].promises
    assert (broken.status, broken.decided_on, broken.verdict_changes) == (PromiseStatus.BROKEN, march(14), 0)
    assert list(book.due(march(31))) == []


@pytest.mark.spec("P05")
def test_a_payment_that_is_effective_later_is_counted_when_its_day_comes(book: CollectionsBook) -> None:
    book.take_standings([standing()])
    book.take_promises([PROMISE], on=march(3))
    book.take_payments([payment("P1", "500.00", march(8), posted=march(3))])
    assert assess(book, march(3))[ACCOUNT].promises[0].status is PromiseStatus.OPEN
    assert list(book.due(march(8))) == [ACCOUNT]
    assert assess(book, march(8))[ACCOUNT].promises[0].status is PromiseStatus.KEPT


@pytest.mark.spec("P05", "P26")
def test_late_reversed_and_posted_again_payments_change_the_verdict_and_leave_a_trace(book: CollectionsBook) -> None:
    book.take_standings([standing()])
    book.take_promises([PROMISE], on=march(3))
    assess(book, march(14))
    late = payment("P1", "500.00", march(9), posted=march(16))
    book.take_payments([late])
    assess(book, march(16))
    book.take_payments([bounced(late, march(20))])
    assess(book, march(20))
    book.take_payments([payment("P2", "500.00", march(9), posted=march(22))])
    (entry,) = assess(book, march(22))[ACCOUNT].promises
    assert (entry.status, entry.verdict_changes, entry.paid_amount) == (PromiseStatus.KEPT, 3, Decimal("500.00"))
    known = book.history(ACCOUNT)
    assert known is not None
    assert [
        (change.old.value, change.new.value, change.as_of, change.payment_number) for change in known.verdict_changes
    ] == [
        ("Open", "Broken", march(14), None),
        ("Broken", "Kept", march(16), "P1"),
        ("Kept", "Broken", march(20), "P1"),
        ("Broken", "Kept", march(22), "P2"),
    ]
    assert [change.changed_at for change in known.verdict_changes] == [at(march(day)) for day in (14, 16, 20, 22)]
    assert known.verdict_changes[1].why == (
        "Payment P1 of $500.00 counts (effective 2026-03-09, posted 2026-03-16)."
        " $500.00 of $500.00 came, promised for 2026-03-10."
    )
    assert known.verdict_changes[2].why.startswith("Payment P1 of $500.00 was reversed on 2026-03-20.")
    assert [(paid.payment.payment_number, paid.promise_key) for paid in known.payments] == [
        ("P1", None),
        ("P2", "LW00001234-0001"),
    ]


@pytest.mark.spec("P05")
def test_a_reversal_is_named_as_the_cause_even_when_less_money_came_in_its_place(book: CollectionsBook) -> None:
    book.take_standings([standing()])
    book.take_promises([PROMISE], on=march(3))
    check = payment("P1", "500.00", march(9))
    book.take_payments([check])
    assess(book, march(9))
    book.take_payments([bounced(check, march(20)), payment("P2", "100.00", march(9), posted=march(20))])
    assert assess(book, march(20))[ACCOUNT].promises[0].status is PromiseStatus.PARTLY_KEPT
    known = book.history(ACCOUNT)
    assert known is not None
    assert known.verdict_changes[-1].payment_number == "P1"


@pytest.mark.spec("P05")
def test_part_of_the_money_shows_while_the_promise_is_still_open(book: CollectionsBook) -> None:
    book.take_standings([standing()])
    book.take_promises([PROMISE], on=march(3))
    assess(book, march(3))
    book.take_payments([payment("P1", "200.00", march(4))])
    (given,) = assess(book, march(4))[ACCOUNT].promises
    assert (given.status, given.paid_amount, given.last_paid_on) == (PromiseStatus.OPEN, Decimal("200.00"), march(4))
    known = book.history(ACCOUNT)
    assert known is not None
    assert known.promises == (given,)


@pytest.mark.spec("P26")
def test_every_promise_ever_shown_stays_in_the_history(book: CollectionsBook) -> None:
    book.take_standings([standing()])
    book.take_promises([PROMISE], on=march(3))
    assess(book, march(3))
    book.take_promises([promised("300.00", march(15), taken=march(5))], on=march(6))
    assess(book, march(6))
    book.drop_promises([ACCOUNT], on=march(9))
    entries = assess(book, march(9))[ACCOUNT].promises
    assert [entry.status for entry in entries] == [PromiseStatus.SUPERSEDED, PromiseStatus.CANCELLED]
    book.take_promises([promised("300.00", march(15), taken=march(5), by="Robin")], on=march(10))
    entries = assess(book, march(10))[ACCOUNT].promises
    assert [entry.status for entry in entries] == [PromiseStatus.SUPERSEDED, PromiseStatus.OPEN]
    assert entries[1].taken_by == "Robin"
    known = book.history(ACCOUNT)
    assert known is not None
    assert known.verdict_changes[-1].why.startswith("The promise is shown again.")


@pytest.mark.spec("P05")
def test_a_promise_that_comes_before_its_account_waits_for_it(book: CollectionsBook, connection: Connection) -> None:
    book.take_promises([PROMISE], on=march(3))
    assert assess(book, march(3)) == {}
    known = book.history(ACCOUNT)
    assert known is not None
    assert (known.standing, len(known.promises)) == (None, 1)
    book.take_standings([standing()])
    assert assess(book, march(4))[ACCOUNT].promises[0].status is PromiseStatus.OPEN
    assert queued(connection) == 0


@pytest.mark.spec("P02")
def test_an_account_gone_from_its_source_closes_its_case_and_reopens_it_when_it_is_back(
    book: CollectionsBook, connection: Connection
) -> None:
    book.take_standings([LATE])
    assess(book, march(3))
    book.leave([ACCOUNT, "LW-NEVER-SEEN"], on=march(4))
    gone = assess(book, march(4))[ACCOUNT]
    assert (gone.days_past_due, gone.standing.serviced, gone.cases[0].close_reason) == (0, False, "Left the Book")
    book.leave([ACCOUNT], on=march(5))
    assert queued(connection) == 0
    known = book.history(ACCOUNT)
    assert known is not None
    assert known.left_on == march(4)
    book.take_standings([LATE])
    back = assess(book, march(6))[ACCOUNT]
    assert (back.days_past_due, back.cases[0].times_reopened, len(back.cases)) == (5, 1, 1)


@pytest.mark.spec("P02")
def test_an_account_that_is_paid_off_closes_its_case_with_the_word_of_the_source(book: CollectionsBook) -> None:
    book.take_standings([LATE])
    assess(book, march(3))
    book.take_standings([replace(LATE, serviced=False, left_as="Paid Off", updated_at=at(march(4)))])
    (case,) = assess(book, march(4))[ACCOUNT].cases
    assert (case.status, case.closed_on, case.close_reason) == (CaseStatus.CLOSED, march(4), "Paid Off")


@pytest.mark.spec("P01", "P02", "P05")
def test_the_same_day_taken_and_assessed_again_changes_nothing(book: CollectionsBook, connection: Connection) -> None:
    def take() -> None:
        book.take_standings([LATE, LATE])
        book.take_payments([payment("P1", "100.00", march(3))] * 2)
        book.take_promises([PROMISE, PROMISE], on=march(3))

    take()
    assert len(assess(book, march(3))) == 1
    before = book.history(ACCOUNT)
    take()
    assert (queued(connection), assess(book, march(3))) == (0, {})
    assert book.history(ACCOUNT) == before


@pytest.mark.spec("P01", "P05")
def test_an_older_version_never_overwrites_a_newer_one(book: CollectionsBook) -> None:
    newest = standing(past_due_since=march(2), said_on=march(5))
    bad = bounced(payment("P1", "500.00", march(4)), march(5))
    book.take_standings([newest, LATE])
    book.take_standings([LATE])
    book.take_payments([bad, payment("P1", "500.00", march(4))])
    book.take_payments([payment("P1", "500.00", march(4))])
    known = book.history(ACCOUNT)
    assert known is not None
    assert known.standing == newest
    assert [paid.payment for paid in known.payments] == [bad]


@pytest.mark.spec("P01", "P02", "P05")
def test_a_day_older_than_the_last_is_assessed_as_of_the_last(book: CollectionsBook) -> None:
    book.take_standings([LATE])
    book.take_promises([PROMISE], on=march(3))
    assess(book, march(14))
    book.take_payments([payment("P1", "500.00", march(4))])
    late_news = assess(book, march(5))[ACCOUNT]
    assert (late_news.as_of, late_news.days_past_due) == (march(14), 13)
    assert late_news.promises[0].status is PromiseStatus.KEPT
    assert (late_news.cases[0].opened_on, late_news.cases[0].status) == (march(14), CaseStatus.OPEN)


@pytest.mark.spec("P05")
def test_a_payment_moved_to_another_account_counts_there(book: CollectionsBook) -> None:
    other = "LW00009999"
    book.take_standings([standing(), standing(other)])
    book.take_promises([PROMISE, promised("500.00", march(10), taken=march(2), account=other)], on=march(3))
    entry = payment("P1", "500.00", march(4))
    book.take_payments([entry])
    assess(book, march(4))
    book.take_payments([replace(entry, account_number=other, updated_at=at(march(5)))])
    both = assess(book, march(5))
    assert both[ACCOUNT].promises[0].status is PromiseStatus.OPEN
    assert both[other].promises[0].status is PromiseStatus.KEPT


@pytest.mark.spec("P05")
def test_a_payment_stops_counting_when_the_promise_turns_out_to_be_taken_later(book: CollectionsBook) -> None:
    book.take_standings([standing()])
    book.take_promises([PROMISE], on=march(5))
    book.take_payments([payment("P1", "500.00", march(3))])
    assert assess(book, march(5))[ACCOUNT].promises[0].status is PromiseStatus.KEPT
    book.take_promises([promised("500.00", march(10), taken=march(4))], on=march(6))
    assert assess(book, march(6))[ACCOUNT].promises[0].status is PromiseStatus.OPEN
    known = book.history(ACCOUNT)
    assert known is not None
    assert known.payments[0].promise_key is None
    assert "no longer counts towards this promise" in known.verdict_changes[-1].why


def test_nothing_is_known_of_an_account_that_never_came(book: CollectionsBook) -> None:
    assert book.history("LW-NEVER-SEEN") is None


@pytest.mark.spec("P02", "P05")
def test_news_outlives_a_crash_between_taking_and_assessing(engine: Engine) -> None:
    metadata.create_all(engine, tables=TABLES)
    settings = CollectionSettings()
    with engine.begin() as connection:
        CollectionsBook(connection, settings).take_standings([LATE])
    with engine.connect() as connection:
        assert len(assess(CollectionsBook(connection, settings), march(3))) == 1
        connection.rollback()
    with engine.begin() as connection:
        book = CollectionsBook(connection, settings)
        assert len(assess(book, march(3))[ACCOUNT].cases) == 1
        assert assess(book, march(3)) == {}


@pytest.mark.spec("P02")
def test_assessments_that_were_not_taken_from_the_iterator_are_given_again(
    book: CollectionsBook, connection: Connection
) -> None:
    accounts = [f"LW{number:08d}" for number in range(3)]
    book.take_standings([standing(account, past_due_since=march(1)) for account in accounts])
    assert [given.account_number for given in islice(book.assess(march(3), at(march(3))), 1)] == accounts[:1]
    assert queued(connection) == 3
    assert list(assess(book, march(3))) == accounts
    assert all(len(assessment.cases) == 1 for assessment in assess(book, march(4)).values())


@pytest.mark.spec("P02")
def test_the_database_itself_refuses_a_second_open_case(connection: Connection) -> None:
    row = {
        "account_number": ACCOUNT,
        "status": "Open",
        "opened_on": march(1),
        "close_reason": "",
        "times_reopened": 0,
    }
    connection.execute(insert(delinquency_case), [row | {"sequence": 1}])
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(insert(delinquency_case), [row | {"sequence": 2}])


def test_many_accounts_cost_few_statements(book: CollectionsBook, connection: Connection) -> None:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", count)
    accounts = [f"LW{number:08d}" for number in range(2_500)]
    book.take_standings(standing(account, past_due_since=march(1)) for account in accounts)
    book.take_payments(payment(f"P-{account}", "100.00", march(3), account=account) for account in accounts)
    book.take_promises(
        (promised("500.00", march(10), taken=march(2), account=account) for account in accounts), on=march(3)
    )
    assert len(assess(book, march(3))) == 2_500
    assert len(statements) < 75


@pytest.mark.spec("P01")
def test_more_accounts_than_fit_a_batch_are_all_assessed_once(book: CollectionsBook) -> None:
    accounts = [f"LW{number:08d}" for number in range(2_001)]
    book.take_standings(standing(account, past_due_since=march(1)) for account in accounts)
    given = [assessment.account_number for assessment in book.assess(march(3), at(march(3)))]
    assert given == accounts
    assert sum(1 for _ in book.assess(march(3) + timedelta(days=1), at(march(4)))) == 2_001
