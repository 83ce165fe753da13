"""Calls are counted over a minute that slides, and who was put off is let in when he was told to come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.middleware.server.quotas import Quotas, TooManyCalls


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def admitted(quotas: Quotas, caller: str, calls: int) -> int:
    """Call so often at once, and say how many calls were let in."""
    count = 0
    for _ in range(calls):
        try:
            quotas.count_call(caller)
        except TooManyCalls:
            continue
        count += 1
    return count


def wait(quotas: Quotas, caller: str) -> float:
    """Call once, and give the seconds after which to come again; 0 when that was let in."""
    try:
        quotas.count_call(caller)
    except TooManyCalls as refused:
        return refused.after_seconds or 0.0
    return 0.0


def test_a_flood_is_stopped_at_the_limit_and_others_are_let_in() -> None:
    quotas = Quotas(20, Clock())

    assert (admitted(quotas, "flooding", 100), admitted(quotas, "calm", 5)) == (20, 5)


def test_calls_that_were_put_off_do_not_count() -> None:
    clock = Clock()
    quotas = Quotas(20, clock)
    admitted(quotas, "yard", 1_000)
    clock.seconds += 120

    assert admitted(quotas, "yard", 100) == 20


@given(
    allowed=st.integers(1, 40),
    bursts=st.lists(st.tuples(st.floats(0, 90), st.integers(1, 60)), min_size=1, max_size=12),
)
def test_no_minute_lets_more_in_than_twice_the_limit_and_each_wait_is_long_enough(
    allowed: int, bursts: list[tuple[float, int]]
) -> None:
    clock = Clock()
    quotas, let_in = Quotas(allowed, clock), []
    for pause, calls in bursts:
        clock.seconds += pause
        let_in += [clock.seconds] * admitted(quotas, "yard", calls)
    for at in let_in:
        assert sum(at - 60 < each <= at for each in let_in) <= 2 * allowed

    pause = wait(quotas, "yard")
    clock.seconds += pause
    assert not pause or not wait(quotas, "yard")


def test_addresses_of_strangers_are_forgotten() -> None:
    clock = Clock()
    quotas = Quotas(20, clock)
    for number in range(1_000):
        quotas.count_refusal(f"198.51.100.{number}")
    clock.seconds += 60
    quotas.count_refusal("a")
    clock.seconds += 60
    quotas.count_refusal("b")

    assert quotas.known_names == 2


def test_a_stranger_is_put_off_after_thirty_refusals() -> None:
    quotas = Quotas(1_000, Clock())
    for _ in range(30):
        quotas.count_refusal("198.51.100.7")

    with pytest.raises(TooManyCalls, match="30 calls"):
        quotas.count_refusal("198.51.100.7")
