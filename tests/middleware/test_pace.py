"""Calls go at an even pace, or no more than so many in any minute."""

from __future__ import annotations

from drawbar.middleware.pace import MinuteLimit, Pace
from tests.fake_time import FakeTime


def test_a_pace_lets_no_more_through_than_it_says_and_does_not_make_up_for_a_rest() -> None:
    time = FakeTime()
    pace = Pace(240, 1, time.clocks)

    for _ in range(9):
        pace.wait()
    time.seconds += 5
    pace.wait()

    assert time.slept == [0.25] * 8


def test_so_many_as_the_burst_go_at_once_after_a_rest() -> None:
    time = FakeTime()
    pace = Pace(60, 3, time.clocks)

    for _ in range(5):
        pace.wait()

    assert time.slept == [1.0, 1.0]


def test_no_more_than_the_limit_pass_in_any_minute() -> None:
    time = FakeTime()
    limit = MinuteLimit(5, time.clocks)
    gone = []

    for number in range(23):
        time.seconds += (number % 4) * 3
        limit.wait()
        gone.append(time.seconds)

    assert all(later - earlier >= 60 for earlier, later in zip(gone, gone[5:], strict=False))
