from __future__ import annotations

import threading
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.middleware.retry import (
    ANY_STATUS,
    GIVE_UP,
    HTTP_RETRIES,
    NO_ANSWER,
    Failure,
    Gate,
    RetryDecision,
    RetryPolicy,
    call_with_retries,
    decide,
    read_retry_after,
)

POLICY = RetryPolicy(attempts=5, base=0.5, cap=3.0, patience=60.0)


def judge(status: int, attempt: int = 1, *, repeatable: bool = True, code: str = "") -> RetryDecision:
    return decide(Failure(status, code), attempt, repeatable=repeatable, table=HTTP_RETRIES, policy=POLICY)


def test_the_wait_is_drawn_from_zero_to_a_bound_that_doubles_up_to_the_cap() -> None:
    assert [judge(503, attempt).longest for attempt in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 3.0]
    assert {judge(503, attempt).shortest for attempt in (1, 2, 3, 4)} == {0.0}


def test_the_last_attempt_is_the_last() -> None:
    assert judge(503, 5) == GIVE_UP


@pytest.mark.parametrize("status", [200, 300, 400, 401, 403, 404, 409, 501])
def test_what_would_fail_again_is_not_repeated(status: int) -> None:
    assert judge(status) == GIVE_UP


@pytest.mark.parametrize("status", [NO_ANSWER, 408, 500, 502, 504])
def test_what_may_have_had_its_effect_is_repeated_only_when_that_does_no_harm(status: int) -> None:
    assert judge(status, repeatable=True).again
    assert not judge(status, repeatable=False).again


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_turned_away_is_repeated_whatever_it_was(status: int) -> None:
    assert judge(status, repeatable=False).again


def test_an_error_code_counts_more_than_its_status() -> None:
    table = {**HTTP_RETRIES, (ANY_STATUS, "LOCKED"): "always", (503, "GONE_FOR_GOOD"): "never"}
    locked = decide(Failure(400, "LOCKED"), 1, repeatable=False, table=table, policy=POLICY)
    gone = decide(Failure(503, "GONE_FOR_GOOD"), 1, repeatable=True, table=table, policy=POLICY)
    assert (locked.again, gone.again) == (True, False)


@given(st.floats(0, 60), st.floats(0, 0.999))
def test_retry_after_is_waited_exactly_whatever_is_drawn(seconds: float, draw: float) -> None:
    decision = decide(Failure(429, "", seconds), 1, repeatable=False, table=HTTP_RETRIES, policy=POLICY)
    assert decision.wait(draw) == seconds


def test_a_retry_after_beyond_our_patience_is_handed_back() -> None:
    assert decide(Failure(429, "", 61), 1, repeatable=True, table=HTTP_RETRIES, policy=POLICY) == GIVE_UP


def test_retry_after_is_read_as_seconds_or_as_a_date(now: datetime) -> None:
    later = format_datetime(now + timedelta(seconds=90), usegmt=True)
    earlier = format_datetime(now - timedelta(seconds=90), usegmt=True)
    read = [read_retry_after(each, now) for each in ("7", " 0 ", later, earlier, None, "", "soon", "-3")]
    assert read == [7.0, 0.0, 90.0, 0.0, None, None, None, None]


def test_calls_end_with_the_last_error_after_the_decided_waits() -> None:
    slept: list[float] = []
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise ConnectionError(len(calls))

    def decide_on(error: BaseException, attempt: int) -> RetryDecision:
        return RetryDecision(attempt < 4, 0.0, float(attempt))

    with pytest.raises(ConnectionError, match="4"):
        call_with_retries(call, decide_on, sleep=slept.append, draw=lambda: 0.5)
    assert slept == [0.5, 1.0, 1.5]


def test_a_gate_keeps_the_longest_time_that_anybody_named() -> None:
    clock = [100.0]
    gate = Gate(lambda: clock[0])
    assert gate.seconds_left() == 0
    threads = [threading.Thread(target=gate.shut_for, args=(seconds,)) for seconds in (3.0, 9.0, 5.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gate.seconds_left() == 9.0
    clock[0] = 109.0
    assert gate.seconds_left() == 0
