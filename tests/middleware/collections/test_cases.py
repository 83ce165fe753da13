from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.middleware.collections.cases import (
    DECISIONS,
    AccountIs,
    CaseAction,
    Cases,
    LastCase,
    account_is,
    apply,
    close_reason,
    decide,
)
from drawbar.middleware.collections.delinquency import delinquency
from drawbar.middleware.collections.records import CaseStatus
from drawbar.middleware.collections.settings import CollectionSettings
from tests.middleware.collections.samples import ACCOUNT, march, standing

DAY = march(1)


def live(cases: Cases, days: list[tuple[date, AccountIs]], reopen_days: int = 30) -> Cases:
    for day, state in days:
        cases = apply(decide(cases, state, day, reopen_days), cases, ACCOUNT, day, "Cured")
    return cases


@pytest.mark.spec("P02")
def test_every_situation_has_one_decision() -> None:
    assert set(DECISIONS) == {(last, state) for last in LastCase for state in AccountIs}


@pytest.mark.spec("P02")
def test_a_delinquent_account_gets_one_case_that_stays_open_while_it_is_delinquent() -> None:
    (case,) = live((), [(march(day), AccountIs.DELINQUENT) for day in (1, 1, 2, 3)])
    assert (case.key, case.status, case.opened_on) == ("LW00001234-D001", CaseStatus.OPEN, march(1))


@pytest.mark.spec("P02")
@pytest.mark.parametrize("state", [AccountIs.NOT_DELINQUENT, AccountIs.LEFT])
def test_the_case_is_closed_when_the_account_is_no_longer_delinquent(state: AccountIs) -> None:
    (case,) = live((), [(march(1), AccountIs.DELINQUENT), (march(4), state), (march(5), state)])
    assert (case.status, case.closed_on, case.close_reason) == (CaseStatus.CLOSED, march(4), "Cured")


@pytest.mark.spec("P02")
@pytest.mark.parametrize(("gap", "cases", "times_reopened"), [(0, 1, 1), (30, 1, 1), (31, 2, 0)])
def test_falling_behind_again_reopens_the_case_within_the_reopening_days_and_later_opens_a_new_one(
    gap: int, cases: int, times_reopened: int
) -> None:
    again = march(4) + timedelta(days=gap)
    history = live(
        (),
        [(march(1), AccountIs.DELINQUENT), (march(4), AccountIs.NOT_DELINQUENT), (again, AccountIs.DELINQUENT)],
    )
    newest = history[-1]
    assert (len(history), newest.status, newest.times_reopened) == (cases, CaseStatus.OPEN, times_reopened)
    assert (newest.closed_on, newest.close_reason) == (None, "")
    assert newest.reopened_on == (again if times_reopened else None)


@pytest.mark.spec("P02")
@pytest.mark.parametrize("state", [AccountIs.NOT_DELINQUENT, AccountIs.LEFT])
def test_an_account_that_never_was_delinquent_gets_no_case(state: AccountIs) -> None:
    assert live((), [(march(1), state)]) == ()


@pytest.mark.spec("P02")
@given(
    steps=st.lists(st.tuples(st.integers(0, 20), st.sampled_from(AccountIs)), max_size=30),
    reopen_days=st.integers(0, 30),
)
def test_an_account_never_has_two_open_cases_and_a_day_run_twice_changes_nothing(
    steps: list[tuple[int, AccountIs]], reopen_days: int
) -> None:
    cases: Cases = ()
    day = DAY
    for gap, state in steps:
        day += timedelta(days=gap)
        cases = live(cases, [(day, state)], reopen_days)
        is_open = [case.status is CaseStatus.OPEN for case in cases]
        assert is_open == [False] * (len(cases) - 1) + [state is AccountIs.DELINQUENT] * bool(cases)
        assert live(cases, [(day, state)], reopen_days) == cases


@pytest.mark.spec("P02")
@pytest.mark.parametrize(
    ("standing_today", "reason"),
    [
        ({}, "Cured"),
        ({"past_due_since": march(18)}, "Within Grace"),
        ({"past_due_since": march(1), "owing": "20.00"}, "Below Minimum"),
        ({"serviced": False, "left_as": "Paid Off"}, "Paid Off"),
        ({"serviced": False, "left_as": "Charged Off", "past_due_since": march(1)}, "Charged Off"),
        ({"serviced": False}, "Left the Book"),
    ],
)
def test_a_closed_case_says_why(standing_today: dict[str, object], reason: str) -> None:
    rules = CollectionSettings.model_validate({"grace_days": 5, "minimum_past_due": "25.00"}).rules_for("TRUCKS")
    today = standing(**standing_today)  # type: ignore[arg-type]
    late = delinquency(today, march(20), rules)
    assert account_is(today, late) is not AccountIs.DELINQUENT
    assert close_reason(today, late, rules) == reason
    assert CaseAction.CLOSE is DECISIONS[LastCase.OPEN, account_is(today, late)]
