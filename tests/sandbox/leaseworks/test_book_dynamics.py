"""What happens in a simulated book, and how often."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from drawbar.sandbox.leaseworks.book import BookPlan, BusinessDay, live_through
from drawbar.sandbox.leaseworks.vehicle_models import vin_check_digit
from tests.sandbox.leaseworks.reading import Row, by_key, number, ordinal, rows_of, successive, text


def _bucket(day: BusinessDay, row: Row) -> str:
    if row["STATUS"] != "A" or row["OLDEST_UNPAID_DT"] is None:
        return "none"
    late = ordinal(day) - number(row, "OLDEST_UNPAID_DT")
    return next((f"to {limit}" for limit in (30, 60, 90, 120) if late <= limit), "over 120")


@pytest.mark.spec("P02")
def test_eight_to_twelve_percent_of_the_book_are_behind_most_of_them_under_30_days(
    forty_days: list[BusinessDay],
) -> None:
    buckets: Counter[str] = Counter()
    for day in forty_days:
        buckets.update(_bucket(day, row) for row in rows_of(day, "accounts"))
    behind = buckets.total() - buckets["none"]
    assert 0.08 < behind / buckets.total() < 0.12
    assert buckets["to 30"] > 0.6 * behind
    assert buckets["to 30"] > buckets["to 60"] > buckets["to 90"] > buckets["to 120"] > 0


def test_on_day_1_the_book_is_already_mature(forty_days: list[BusinessDay]) -> None:
    first = forty_days[0]
    accounts = rows_of(first, "accounts")
    assert len(accounts) == 2_000
    assert {_bucket(first, row) for row in accounts} == {"none", "to 30", "to 60", "to 90", "to 120", "over 120"}
    assert {row["STATUS"] for row in accounts} == set("APRCT")
    assert {row["PORTFOLIO"] for row in accounts} == {"TRUCK", "TRAILER", "BROKER"}
    assert len(rows_of(first, "promises")) > 15
    posted = {number(row, "POSTED_DT") for row in rows_of(first, "payments")}
    assert min(posted) <= ordinal(first) - 43


def test_the_book_grows_by_new_accounts_and_shrinks_by_payoffs_and_losses(forty_days: list[BusinessDay]) -> None:
    first, last = by_key(forty_days[0], "accounts"), by_key(forty_days[-1], "accounts")
    assert len(last) - len(first) == 2_000 * 39 // 1_500
    moves = Counter((first[key]["STATUS"], last[key]["STATUS"]) for key in first)
    assert min(moves[("A", "P")], moves[("A", "R")], moves[("R", "C")] + moves[("A", "C")]) > 0
    early = [key for key in first if first[key]["STATUS"] == "A" and last[key]["STATUS"] == "P"]
    due = {number(last[key], "MATURITY_DT") > ordinal(forty_days[-1]) for key in early}
    assert due == {True, False}


@pytest.mark.spec("P02")
def test_accounts_fall_behind_and_are_cured(forty_days: list[BusinessDay]) -> None:
    turns: Counter[tuple[bool, bool]] = Counter()
    for _, before, now in successive(forty_days, "accounts"):
        turns.update(
            (bool(before[key]["PAST_DUE_AMT"]), bool(now[key]["PAST_DUE_AMT"]))
            for key in before
            if now[key]["STATUS"] == "A"
        )
    assert turns[(False, True)] > 100
    assert turns[(True, False)] > 100


def _paid_since(days: list[BusinessDay], promise: Row, day: BusinessDay) -> int:
    """Sum the payments posted since the day after a promise was taken and not reversed by the given day."""
    return sum(
        number(row, "AMOUNT")
        for row in rows_of(day, "payments")
        if row["ACCT_NO"] == promise["ACCT_NO"]
        and number(row, "POSTED_DT") > number(promise, "TAKEN_DT")
        and row["REVERSED_DT"] is None
    )


@pytest.mark.spec("P05", "P26")
def test_promises_are_kept_partly_kept_broken_replaced_and_withdrawn(forty_days: list[BusinessDay]) -> None:
    ends: Counter[str] = Counter()
    for day, before, now in successive(forty_days, "promises"):
        accounts = by_key(day, "accounts")
        for key, promise in before.items():
            if now.get(key) == promise:
                continue
            paid = _paid_since(forty_days, promise, day)
            over = number(promise, "PROMISED_FOR_DT") < ordinal(day)
            replaced = key in now and not over
            kept = paid >= number(promise, "AMOUNT")
            gone = accounts[key]["STATUS"] != "A" or accounts[key]["PAST_DUE_AMT"] == 0
            causes = (
                ("replaced", replaced),
                ("kept", kept),
                ("gone", gone),
                ("partly", over and paid > 0),
                ("broken", over),
            )
            ends[next((name for name, holds in causes if holds), "withdrawn")] += 1
    assert all(ends[end] > 0 for end in ("kept", "partly", "broken", "replaced", "withdrawn")), ends
    assert ends["kept"] > ends["broken"]


@pytest.mark.spec("P05")
def test_a_withdrawn_promise_leaves_a_note(forty_days: list[BusinessDay]) -> None:
    texts = [text(row, "TEXT") for row in rows_of(forty_days[-1], "notes")]
    assert any("withdrew" in each or "cancelled" in each for each in texts)


@pytest.mark.spec("P05")
def test_payments_bounce_days_or_weeks_after_posting_and_some_are_back_dated(forty_days: list[BusinessDay]) -> None:
    payments = {key: row for day in forty_days for key, row in by_key(day, "payments").items()}
    waits = [
        number(row, "REVERSED_DT") - number(row, "POSTED_DT")
        for row in payments.values()
        if row["REVERSED_DT"] is not None
    ]
    assert min(waits) >= 2
    assert max(waits) > 14
    assert 0.002 < len(waits) / len(payments) < 0.03
    assert all(row["REVERSAL_REASON"] for row in payments.values() if row["REVERSED_DT"] is not None)
    assert all(row["METHOD"] in {"ACH", "CHK", "LBX"} for row in payments.values() if row["REVERSED_DT"] is not None)
    lags = Counter(number(row, "POSTED_DT") - number(row, "EFFECTIVE_DT") for row in payments.values())
    assert lags[0] > lags[1] > 0
    assert any(lag > 4 for lag in lags)
    assert {row["METHOD"] for row in payments.values()} == {"ACH", "CHK", "CC", "WIR", "CSH", "LBX"}


def test_nothing_but_cards_is_posted_on_a_weekend(forty_days: list[BusinessDay]) -> None:
    for day in forty_days:
        if day.business_date.weekday() > 4:
            posted = [row for row in rows_of(day, "payments") if row["POSTED_DT"] == ordinal(day)]
            assert {row["METHOD"] for row in posted} <= {"CC"}


@pytest.mark.spec("P03")
def test_notes_are_written_by_named_people_and_hold_commas_quotes_line_breaks_and_accents(
    forty_days: list[BusinessDay],
) -> None:
    notes = rows_of(forty_days[-1], "notes")
    texts = [text(row, "TEXT") for row in notes]
    assert all(any(mark in each for each in texts) for mark in (",", '"', "\n"))
    assert any(not each.isascii() for each in texts)
    assert len({row["AUTHOR"] for row in notes}) > 10
    assert {row["CHANNEL"] for row in notes} == {"PH", "TX", "EM", "LT", "IP", "SY"}
    assert not any("{" in each for each in texts)


@pytest.mark.spec("P27")
def test_vehicles_are_driven_and_now_and_then_get_new_plates(forty_days: list[BusinessDay]) -> None:
    first, last = by_key(forty_days[0], "vehicles"), by_key(forty_days[-1], "vehicles")
    driven = [key for key in first if first[key]["ODOMETER"] != last[key]["ODOMETER"]]
    replated = [key for key in first if first[key]["PLATE"] != last[key]["PLATE"]]
    assert 0.4 < len(driven) / len(first) < 0.8
    assert all(number(first[key], "ODOMETER") < number(last[key], "ODOMETER") for key in driven)
    assert 0 < len(replated) < 0.03 * len(first)


def test_every_vin_is_unique_and_has_its_check_digit(forty_days: list[BusinessDay]) -> None:
    vins = [text(row, "VIN") for row in rows_of(forty_days[0], "vehicles")]
    assert len(set(vins)) == len(vins)
    assert all(len(vin) == 17 and vin[8] == vin_check_digit(vin) for vin in vins)


@pytest.mark.parametrize(("vin", "digit"), [("1M8GDM9AXKP042788", "X"), ("11111111111111111", "1")])
def test_the_check_digit_of_a_known_vin(vin: str, digit: str) -> None:
    assert vin_check_digit(vin) == digit


def test_people_are_reached_at_fictional_numbers_and_addresses(ten_days: list[BusinessDay]) -> None:
    for row in rows_of(ten_days[0], "lessees"):
        assert " 555-01" in text(row, "PHONE")
        assert row["MOBILE"] == "" or " 555-01" in text(row, "MOBILE")
        assert text(row, "EMAIL").endswith("@example.com")
    names = [text(row, "LESSEE_NAME") for row in rows_of(ten_days[0], "lessees")]
    assert any(not name.isascii() for name in names)


def test_a_delivery_on_day_2_changes_a_few_percent_of_the_accounts(forty_days: list[BusinessDay]) -> None:
    first, second = by_key(forty_days[0], "accounts"), by_key(forty_days[1], "accounts")
    changed = sum(first[key] != second[key] for key in first)
    assert 0.01 < changed / len(first) < 0.08


def test_a_book_may_start_on_a_weekend() -> None:
    plan = BookPlan(accounts=40, seed=2, start=date(2026, 3, 7))
    counts = [len(rows_of(day, "accounts")) for day in live_through(plan, 3)]
    assert counts[0] == 40
    assert counts == sorted(counts)
