"""The same plan makes the same bytes, whenever and wherever."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from drawbar.sandbox.leaseworks.book import BookPlan, live_through
from drawbar.sandbox.leaseworks.delivery import MANIFEST, sha256_of, write_deliveries
from drawbar.sandbox.leaseworks.dice import Dice

GOLDEN = "ee30a13f06d27ed03b3e9e4a22e1277d82e9ea5390a2ed5e2b14d8e51311b449"


def test_a_small_delivery_has_the_bytes_that_it_always_had(tmp_path: Path) -> None:
    folders = write_deliveries(tmp_path, BookPlan(accounts=60, seed=3, start=date(2026, 3, 2)), 3)
    assert sha256_of(folders[-1] / MANIFEST) == GOLDEN


def test_a_day_is_the_same_however_far_the_book_goes_on() -> None:
    plan = BookPlan(accounts=120, seed=9)
    alone = next(live_through(plan, 4, 4))
    among_others = next(day for day in live_through(plan, 30) if day.day == 4)
    assert alone == among_others


@pytest.mark.parametrize("other", [BookPlan(60, 4), BookPlan(61, 3), BookPlan(60, 3, date(2026, 3, 3))])
def test_another_plan_makes_another_book(other: BookPlan) -> None:
    assert next(live_through(BookPlan(60, 3), 1)).tables != next(live_through(other, 1)).tables


def test_a_roll_depends_on_seed_purpose_record_and_moment_alone() -> None:
    who = np.arange(5, dtype=np.int64)
    rolls = Dice(1).roll("payday", who, 739_677)
    assert rolls.tolist() == Dice(1).roll("payday", who[:5], 739_677).tolist()
    others = (Dice(2).roll("payday", who, 739_677), Dice(1).roll("fee", who, 739_677), Dice(1).roll("payday", who, 1))
    assert all(not np.any(rolls == other) for other in others)
    assert len(set(rolls.tolist())) == 5


def test_rolls_are_even() -> None:
    who = np.arange(60_000, dtype=np.int64)
    counts = np.bincount(Dice(1).below("die", who, 6))
    assert counts.min() > 9_700
    assert counts.max() < 10_300
