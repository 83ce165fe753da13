"""What single mappings decide beyond copying."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from drawbar.connectors.leaseworks.records import Lessee, Note
from drawbar.connectors.salesforce.records.catalogue import SENT_ON_CHANGE
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.mappings import collections_case, collections_promise, leaseworks_lessee, leaseworks_note, sync_error
from drawbar.middleware.collections.records import (
    AccountStanding,
    Assessment,
    CaseStatus,
    DelinquencyCase,
    PromiseHistoryEntry,
    PromiseStatus,
    PromiseSummary,
)
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.failures import RecordFailure

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)

LESSEE = Lessee(
    lessee_number="LS1", name="Ana Ruiz", short_name="", phone="", mobile="", email="", street="", city="",
    state="", postal_code="", updated_at=NOW,
)  # fmt: skip
STANDING = AccountStanding(
    account_number="LW1", lessee_number="LS1", portfolio="TRUCK", serviced=True, past_due_since=date(2026, 1, 15),
    past_due_amount=Decimal("3700.00"), late_fees=Decimal("0.00"), missed_payments=2, next_due_date=None,
    payment_amount=Decimal("1850.00"), updated_at=NOW,
)  # fmt: skip
ASSESSMENT = Assessment(
    account_number="LW1", lessee_number="LS1", as_of=date(2026, 3, 2), days_past_due=46, bucket="31-60",
    standing=STANDING, cases=(), promises=(),
    promise_summary=PromiseSummary(0, 0, None, None, None, None),
)  # fmt: skip
CASE = DelinquencyCase(
    key="LW1-D001", account_number="LW1", sequence=1, status=CaseStatus.OPEN, opened_on=date(2026, 1, 21),
    closed_on=None, close_reason="", reopened_on=None, times_reopened=0,
)  # fmt: skip
PROMISE = PromiseHistoryEntry(
    key="LW1-0001", account_number="LW1", sequence=1, promised_for=date(2026, 3, 6), amount=Decimal("100.00"),
    taken_on=date(2026, 3, 1), taken_by="", channel="Phone", first_seen_on=date(2026, 3, 2),
    status=PromiseStatus.OPEN, decided_on=None, paid_amount=Decimal("0.00"), last_paid_on=None, reason="",
    verdict_changes=0,
)  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "ana@ruiz.example",
        "ana.ruiz+trucks@mail.ruiz-hauling.example",
        f"{'a' * 64}@x.example",
        "O'Neil@haul.example",
    ],
)
def test_an_address_that_can_be_written_to_is_the_email(address: str) -> None:
    record = leaseworks_lessee.to_salesforce(LESSEE.model_copy(update={"email": address}), now=NOW)

    assert (record.email, record.email_as_given) == (address, None)


@pytest.mark.parametrize(
    "address",
    ["ana", "ana@", "@ruiz.example", "ana@ruiz", "ana@ruiz..example", "ana ruiz@x.example", "a@x.example; b@x.example",
     ".ana@x.example", "ana.@x.example", "ana@-x.example", f"{'a' * 65}@x.example", "josé@x.example", "n/a"],
)  # fmt: skip
def test_one_that_cannot_is_kept_as_it_was_given_and_the_account_goes_on(address: str) -> None:
    record = leaseworks_lessee.to_salesforce(LESSEE.model_copy(update={"email": address}), now=NOW)

    assert (record.email, record.email_as_given) == (None, address)
    assert to_target(record).fields["Email__c"] is None


@pytest.mark.spec("P03")
def test_the_longest_note_fits_even_when_every_character_ends_a_line() -> None:
    text = "a" + "\n" * 31_998 + "z"
    note = Note(
        note_number="N1", account_number="LW1", written_at=NOW, author="", channel="Phone", text=text, updated_at=NOW
    )

    assert to_target(leaseworks_note.to_salesforce(note, now=NOW)).fields["Note__c"] == text


@pytest.mark.parametrize(
    ("bucket", "priority"),
    [("Current", "Low"), ("1-30", "Low"), ("31-60", "Medium"), ("61-90", "High"), ("91-120", "High"), ("121+", "High")],
)
@pytest.mark.spec("P02")
def test_the_later_the_account_the_higher_the_priority(bucket: str, priority: str) -> None:
    record = collections_case.to_salesforce(replace(ASSESSMENT, bucket=bucket), CASE, now=NOW)

    assert to_target(record).fields["Priority"] == priority


@pytest.mark.spec("P02")
def test_a_bucket_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(RecordRejected, match="180\\+ is not known") as refusal:
        collections_case.to_salesforce(replace(ASSESSMENT, bucket="180+"), CASE, now=NOW)

    assert (refusal.value.record, refusal.value.field) == ("case LW1-D001", "bucket")


@pytest.mark.spec("P02")
def test_the_status_is_the_same_every_day_so_that_a_collectors_own_is_never_overwritten() -> None:
    worse = replace(ASSESSMENT, days_past_due=80, bucket="61-90")

    first = to_target(collections_case.to_salesforce(ASSESSMENT, CASE, now=NOW)).fields["Status"]
    later = to_target(collections_case.to_salesforce(worse, CASE, now=LATER)).fields["Status"]

    assert first == later == "New"
    assert "Status" in SENT_ON_CHANGE["Case"]


@pytest.mark.spec("P02")
def test_closing_and_reopening_set_the_status() -> None:
    closed = replace(CASE, status=CaseStatus.CLOSED, closed_on=date(2026, 2, 1), close_reason="Cured")
    reopened = replace(CASE, reopened_on=date(2026, 2, 9), times_reopened=1)

    assert to_target(collections_case.to_salesforce(ASSESSMENT, closed, now=NOW)).fields["Status"] == "Closed"
    assert to_target(collections_case.to_salesforce(ASSESSMENT, reopened, now=NOW)).fields["Status"] == "New"


@pytest.mark.spec("P02")
def test_a_closed_case_does_not_change_with_its_account() -> None:
    closed = replace(CASE, status=CaseStatus.CLOSED, closed_on=date(2026, 2, 1), close_reason="Cured")
    behind_again = replace(ASSESSMENT, days_past_due=99, standing=replace(STANDING, updated_at=LATER))

    before = to_target(collections_case.to_salesforce(ASSESSMENT, closed, now=NOW))
    after = to_target(collections_case.to_salesforce(behind_again, closed, now=NOW))

    assert before == after


def test_a_promise_through_an_unknown_channel_is_refused_by_name() -> None:
    with pytest.raises(RecordRejected, match="Pigeon is not known"):
        collections_promise.to_salesforce(replace(PROMISE, channel="Pigeon"), now=NOW)


@pytest.mark.spec("P30")
def test_a_message_that_is_too_long_says_how_long_it_is_and_where_the_rest_stands() -> None:
    failure = RecordFailure(
        object="Case", key="LW1-D001", code="X", message="no " * 20_000, fields=(), remedy="",
        first_failed_at=NOW, last_failed_at=NOW, attempts=1,
    )  # fmt: skip

    message = to_target(sync_error.to_salesforce(failure, now=NOW)).fields["Message__c"]

    assert isinstance(message, str)
    assert message.endswith("[... 59999 characters, whole text: drawbar failures]")


@pytest.mark.spec("P30")
def test_a_record_has_one_sync_error_whatever_fails() -> None:
    first = RecordFailure("Case", "LW1-D001", "LOCKED", "", (), "", NOW, NOW, 1)
    second = RecordFailure("Case", "LW1-D001", "TOO_LONG", "", (), "", NOW, LATER, 2)

    keys = {to_target(sync_error.to_salesforce(each, now=NOW)).key for each in (first, second)}

    assert keys == {sync_error.sync_error_key("Case", "LW1-D001")}
