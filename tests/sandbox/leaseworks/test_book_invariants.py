"""What holds on every simulated day, whatever happens to the accounts."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import pytest

from drawbar.sandbox.leaseworks.book import BusinessDay
from drawbar.sandbox.leaseworks.days import BATCH_SECOND, SECONDS_PER_DAY
from drawbar.sandbox.leaseworks.paying import RETURN_FEE
from drawbar.sandbox.leaseworks.payments import WINDOW_DAYS
from tests.sandbox.leaseworks.reading import Row, by_key, number, ordinal, rows_of, successive, text

EPOCH = date(1970, 1, 1).toordinal()


def _batch_of(day: BusinessDay) -> int:
    return (ordinal(day) - EPOCH) * SECONDS_PER_DAY + BATCH_SECOND


def _accounts(days: list[BusinessDay]) -> list[tuple[BusinessDay, Row]]:
    return [(day, row) for day in days for row in rows_of(day, "accounts")]


def test_keys_are_unique_and_never_empty(ten_days: list[BusinessDay]) -> None:
    for day in ten_days:
        for table in day.tables:
            keys = [text(row, table.entity.key) for row in rows_of(day, table.entity.name)]
            assert all(keys)
            assert len(set(keys)) == len(keys)


def test_every_row_refers_to_an_account_and_a_lessee_of_the_same_day(ten_days: list[BusinessDay]) -> None:
    for day in ten_days:
        lessees, accounts = by_key(day, "lessees"), by_key(day, "accounts")
        assert {row["LESSEE_NO"] for row in accounts.values()} == lessees.keys()
        assert {row["ACCT_NO"] for row in rows_of(day, "vehicles")} == accounts.keys()
        for entity in ("payments", "notes", "promises"):
            assert {row["ACCT_NO"] for row in rows_of(day, entity)} <= accounts.keys()


def test_accounts_are_numbered_upward_in_the_order_of_boarding(ten_days: list[BusinessDay]) -> None:
    for day in ten_days:
        rows = rows_of(day, "accounts")
        assert [row["ACCT_NO"] for row in rows] == [f"LW{place:08d}" for place in range(1, len(rows) + 1)]
        boarded = [number(row, "BOARDED_DT") for row in rows]
        assert boarded == sorted(boarded)
        assert boarded[-1] <= ordinal(day)


@pytest.mark.spec("P01")
def test_an_account_has_an_oldest_unpaid_date_exactly_when_something_is_past_due(ten_days: list[BusinessDay]) -> None:
    for day, row in _accounts(ten_days):
        behind = number(row, "PAST_DUE_AMT") > 0
        assert (number(row, "MISSED_PMTS") >= 1) == behind
        assert (row["OLDEST_UNPAID_DT"] is not None) == behind
        assert not behind or number(row, "OLDEST_UNPAID_DT") < ordinal(day)


@pytest.mark.spec("P01")
def test_missed_payments_are_the_due_dates_from_the_oldest_unpaid_one_to_today(ten_days: list[BusinessDay]) -> None:
    checked = 0
    for day, row in _accounts(ten_days):
        if row["STATUS"] == "A" and row["OLDEST_UNPAID_DT"] is not None:
            oldest = date.fromordinal(number(row, "OLDEST_UNPAID_DT"))
            last = min(day.business_date, date.fromordinal(number(row, "MATURITY_DT") + 1))
            months = (last.year - oldest.year) * 12 + last.month - oldest.month + (last.day > oldest.day)
            assert row["MISSED_PMTS"] == months
            checked += 1
    assert checked > 100


@pytest.mark.spec("P01")
def test_the_amount_past_due_is_the_missed_installments_less_what_was_paid_on_them(
    ten_days: list[BusinessDay],
) -> None:
    for _, row in _accounts(ten_days):
        if row["STATUS"] in {"A", "R"}:
            paid = number(row, "GROSS_RECV") - number(row, "GROSS_OUTST")
            installment, missed = number(row, "PMT_AMT"), number(row, "MISSED_PMTS")
            assert row["PMTS_MADE"] == paid // installment
            if missed:
                assert row["PAST_DUE_AMT"] == missed * installment - paid % installment


@pytest.mark.spec("P01")
def test_the_next_due_date_is_today_or_later(ten_days: list[BusinessDay]) -> None:
    for day, row in _accounts(ten_days):
        if row["STATUS"] != "A":
            assert row["NEXT_DUE_DT"] is None
        elif row["NEXT_DUE_DT"] is not None:
            assert ordinal(day) <= number(row, "NEXT_DUE_DT") <= number(row, "MATURITY_DT")
        else:
            assert number(row, "MATURITY_DT") < ordinal(day) or row["PMTS_MADE"] == row["TERM"]


def test_balances_fit_together(ten_days: list[BusinessDay]) -> None:
    for _, row in _accounts(ten_days):
        net, gross, receivable = (number(row, each) for each in ("NET_OUTST", "GROSS_OUTST", "GROSS_RECV"))
        assert receivable == number(row, "TERM") * number(row, "PMT_AMT")
        assert 0 <= net <= gross <= receivable
        assert number(row, "PAYOFF_AMT") >= (net + number(row, "LATE_FEES") if net else 0)
        if row["STATUS"] == "P":
            assert [row[each] for each in ("GROSS_OUTST", "PAST_DUE_AMT", "LATE_FEES", "PAYOFF_AMT")] == [0, 0, 0, 0]


def test_the_last_payment_is_the_newest_that_was_not_reversed(ten_days: list[BusinessDay]) -> None:
    for day in ten_days:
        newest: dict[str, Row] = {}
        for payment in rows_of(day, "payments"):
            if payment["REVERSED_DT"] is None:
                newest[text(payment, "ACCT_NO")] = payment
        for account, row in by_key(day, "accounts").items():
            if account in newest:
                last = newest[account]["POSTED_DT"], newest[account]["AMOUNT"]
                assert (row["LAST_PMT_DT"], row["LAST_PMT_AMT"]) == last


def test_what_an_account_owes_changes_by_its_payments_returns_and_fees_alone(forty_days: list[BusinessDay]) -> None:
    for day, before, now in successive(forty_days, "accounts"):
        moved: dict[str, int] = defaultdict(int)
        returned: set[str] = set()
        for payment in rows_of(day, "payments"):
            if payment["POSTED_DT"] == ordinal(day):
                moved[text(payment, "ACCT_NO")] -= number(payment, "AMOUNT")
            if payment["REVERSED_DT"] == ordinal(day):
                moved[text(payment, "ACCT_NO")] += number(payment, "AMOUNT")
                returned.add(text(payment, "ACCT_NO"))
        for account, row in now.items():
            if account in before and row["STATUS"] == before[account]["STATUS"] == "A":
                owed = number(row, "GROSS_OUTST") + number(row, "LATE_FEES")
                owed_before = number(before[account], "GROSS_OUTST") + number(before[account], "LATE_FEES")
                late_fee = max(number(row, "PMT_AMT") * 5 // 100, 2_500)
                return_fee = RETURN_FEE if account in returned else 0
                assert owed - owed_before - moved[account] in {return_fee, return_fee + late_fee}


@pytest.mark.parametrize("entity", ["lessees", "accounts", "vehicles", "payments", "notes", "promises"])
def test_the_time_stamp_moves_exactly_when_the_row_changes(forty_days: list[BusinessDay], entity: str) -> None:
    changes = 0
    for day, before, now in successive(forty_days, entity):
        for key in now.keys() & before.keys():
            old, new = dict(before[key]), dict(now[key])
            was, is_now = old.pop("UPDATED_TS"), new.pop("UPDATED_TS")
            assert (was != is_now) == (old != new), key
            if was != is_now:
                changes += 1
                assert number(before[key], "UPDATED_TS") < number(now[key], "UPDATED_TS") <= _batch_of(day)
        for key in now.keys() - before.keys():
            assert number(now[key], "UPDATED_TS") > _batch_of(day) - SECONDS_PER_DAY
    assert changes or entity == "notes"


@pytest.mark.spec("P05")
def test_a_promise_is_taken_from_an_account_that_is_behind_and_asks_for_no_more_than_is_owed(
    forty_days: list[BusinessDay],
) -> None:
    taken = 0
    for day in forty_days:
        accounts = by_key(day, "accounts")
        for promise in rows_of(day, "promises"):
            account = accounts[text(promise, "ACCT_NO")]
            assert account["STATUS"] == "A"
            assert 3 <= number(promise, "PROMISED_FOR_DT") - number(promise, "TAKEN_DT") <= 14
            if promise["TAKEN_DT"] == ordinal(day):
                taken += 1
                owed = number(account, "PAST_DUE_AMT") + number(account, "LATE_FEES")
                assert number(account, "PAST_DUE_AMT") > 0
                assert 0 < number(promise, "AMOUNT") <= owed
    assert taken > 100


def test_the_general_ledger_balances_per_company_and_agrees_with_the_payments(ten_days: list[BusinessDay]) -> None:
    for day in ten_days:
        balance: Counter[str] = Counter()
        cash = 0
        for line in rows_of(day, "gl_summary"):
            assert line["POSTED_DT"] == ordinal(day)
            balance[text(line, "COMPANY")] += number(line, "DEBIT") - number(line, "CREDIT")
            cash += (number(line, "DEBIT") - number(line, "CREDIT")) * (line["GL_ACCT"] == "1010")
        assert not any(balance.values())
        payments = rows_of(day, "payments")
        posted = sum(number(row, "AMOUNT") for row in payments if row["POSTED_DT"] == ordinal(day))
        returned = sum(number(row, "AMOUNT") for row in payments if row["REVERSED_DT"] == ordinal(day))
        assert cash == posted - returned


def test_payments_and_notes_are_those_of_the_last_45_days(ten_days: list[BusinessDay]) -> None:
    for day in ten_days:
        oldest = ordinal(day) - WINDOW_DAYS
        for row in rows_of(day, "payments"):
            assert oldest < max(number(row, "POSTED_DT"), number(row, "REVERSED_DT") if row["REVERSED_DT"] else 0)
            assert number(row, "EFFECTIVE_DT") <= number(row, "POSTED_DT") <= ordinal(day)
        assert all(
            (ordinal(day) - EPOCH - 45) * SECONDS_PER_DAY < number(row, "WRITTEN_TS") for row in rows_of(day, "notes")
        )


def test_a_payment_stays_as_it_is_until_it_is_reversed_or_leaves_the_window(forty_days: list[BusinessDay]) -> None:
    for day, before, now in successive(forty_days, "payments"):
        for key in before.keys() - now.keys():
            last = max(
                number(before[key], "POSTED_DT"),
                number(before[key], "REVERSED_DT") if before[key]["REVERSED_DT"] else 0,
            )
            assert last == ordinal(day) - WINDOW_DAYS
        for key in now.keys() - before.keys():
            assert ordinal(day) in {now[key]["POSTED_DT"], now[key]["REVERSED_DT"]}


def test_lessees_have_one_to_eight_vehicles(ten_days: list[BusinessDay]) -> None:
    accounts = by_key(ten_days[-1], "accounts")
    fleets = Counter(accounts[text(row, "ACCT_NO")]["LESSEE_NO"] for row in rows_of(ten_days[-1], "vehicles"))
    assert min(fleets.values()) == 1
    assert 4 <= max(fleets.values()) <= 8
