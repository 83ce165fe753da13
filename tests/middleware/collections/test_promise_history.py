from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from drawbar.middleware.collections.promises import History, observe, withdraw
from tests.middleware.collections.samples import TERMS, march, promised

FIRST = promised("500.00", march(10), taken=march(2))
SECOND = promised("500.00", march(15), taken=march(6))
THIRD = promised("300.00", march(20), taken=march(8))


def ends(history: History) -> list[tuple[date | None, int | None]]:
    return [(promise.ended_on, promise.replaced_by) for promise in history]


@pytest.mark.spec("P05", "P26")
@pytest.mark.parametrize("other", [SECOND, promised("400.00", march(10), taken=march(6))])
def test_another_date_or_amount_is_a_new_promise_that_replaces_the_one_in_force(other: object) -> None:
    history = observe(observe((), FIRST, march(3), TERMS), other, march(7), TERMS)  # type: ignore[arg-type]
    assert [promise.key for promise in history] == ["LW00001234-0001", "LW00001234-0002"]
    assert ends(history) == [(march(6), 2), (None, None)]


@pytest.mark.spec("P05")
@pytest.mark.parametrize(
    "corrected",
    [
        promised("500.00", march(10), taken=march(2), by="Robin"),
        promised("500.00", march(10), taken=march(2), channel="Text"),
        promised("500.00", march(10), taken=march(1)),
        promised("500.00", march(10), taken=march(3)),
    ],
)
def test_another_taker_channel_or_plausible_day_of_taking_corrects_the_promise(corrected: object) -> None:
    (promise,) = observe(observe((), FIRST, march(3), TERMS), corrected, march(7), TERMS)  # type: ignore[arg-type]
    assert (promise.taken_by, promise.channel, promise.taken_on) == (
        corrected.taken_by,  # type: ignore[attr-defined]
        corrected.channel,  # type: ignore[attr-defined]
        corrected.taken_on,  # type: ignore[attr-defined]
    )
    assert promise.first_seen_on == march(3)


@pytest.mark.spec("P05")
def test_the_same_words_given_again_after_the_first_were_seen_are_a_new_promise() -> None:
    again = promised("500.00", march(10), taken=march(5))
    history = observe(observe((), FIRST, march(3), TERMS), again, march(6), TERMS)
    assert ends(history) == [(march(5), 2), (None, None)]


@pytest.mark.spec("P05")
def test_a_promise_seen_again_unchanged_changes_nothing() -> None:
    history = observe((), FIRST, march(3), TERMS)
    assert observe(history, FIRST, march(3), TERMS) == history
    assert observe(history, FIRST, march(8), TERMS) == history


@pytest.mark.spec("P05")
def test_a_promise_that_is_no_longer_shown_is_withdrawn_and_stays_in_the_history() -> None:
    history = withdraw(observe((), FIRST, march(3), TERMS), march(5))
    assert ends(history) == [(march(5), None)]
    assert withdraw(history, march(6)) == history


@pytest.mark.spec("P05")
def test_a_withdrawn_promise_that_is_shown_again_is_in_force_again() -> None:
    history = observe((), FIRST, march(3), TERMS)
    assert observe(withdraw(history, march(5)), FIRST, march(6), TERMS) == history


@pytest.mark.spec("P05")
def test_a_replaced_promise_that_is_shown_again_replaces_its_successor() -> None:
    history = observe(observe((), FIRST, march(3), TERMS), SECOND, march(7), TERMS)
    assert ends(observe(history, FIRST, march(9), TERMS)) == [(None, None), (march(9), 1)]


@pytest.mark.spec("P05")
def test_a_promise_is_judged_by_the_terms_in_force_when_it_was_first_seen() -> None:
    (promise,) = observe((), FIRST, march(3), TERMS)
    assert (promise.counts_through, promise.enough) == (march(13), Decimal("490.00"))


@pytest.mark.spec("P05")
@pytest.mark.parametrize(("amount", "enough"), [("100.00", "98.00"), ("5000.00", "4990.00"), ("0.49", "0.49")])
def test_the_smaller_of_both_tolerances_holds(amount: str, enough: str) -> None:
    assert TERMS.enough(Decimal(amount)) == Decimal(enough)


@pytest.mark.spec("P26")
def test_news_of_an_older_day_is_put_into_the_past_and_changes_nothing_of_the_present() -> None:
    known = observe(observe((), FIRST, march(3), TERMS), THIRD, march(9), TERMS)
    history = observe(known, SECOND, march(7), TERMS)
    assert [promise.promised_for for promise in history] == [march(10), march(20), march(15)]
    assert ends(history) == [(march(6), 3), (None, None), (march(8), 2)]


@pytest.mark.spec("P26")
def test_older_news_of_a_known_promise_only_says_that_it_was_seen_earlier() -> None:
    known = observe((), FIRST, march(5), TERMS)
    (promise,) = observe(known, promised("500.00", march(10), taken=march(2), by="Robin"), march(3), TERMS)
    assert (promise.first_seen_on, promise.taken_by, promise.ended_on) == (march(3), "Dana", None)


@pytest.mark.spec("P26")
def test_older_news_that_a_promise_was_gone_does_not_withdraw_one_seen_since() -> None:
    history = observe((), FIRST, march(5), TERMS)
    assert withdraw(history, march(4)) == history


@pytest.mark.spec("P26")
def test_a_missed_promise_after_which_none_was_shown_is_withdrawn_by_then() -> None:
    known = withdraw(observe((), FIRST, march(3), TERMS), march(9))
    assert ends(observe(known, SECOND, march(7), TERMS)) == [(march(6), 2), (march(9), None)]
