"""Values compare as Salesforce keeps them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from drawbar.connectors.salesforce.records.stored import ComparedField, compared_fields
from drawbar.middleware.records import Reference, Scalar

EASTERN = timezone(timedelta(hours=-5))
UPDATED = ("Lease_Account__c", "Source_Updated__c")


def field(object_name: str, name: str) -> ComparedField:
    return next(each for each in compared_fields(object_name) if each.name == name)


@pytest.mark.parametrize(
    ("place", "ours", "cell"),
    [
        (("Lease_Account__c", "Payment_Amount__c"), Decimal("1200.00"), "1200.0"),
        (("Lease_Account__c", "Payment_Amount__c"), Decimal("1200.00"), "1200"),
        (("Lease_Account__c", "Payment_Amount__c"), Decimal("12000000.00"), "1.2E7"),
        (("Lease_Account__c", "Term_Months__c"), 48, "48.0"),
        (("Lease_Account__c", "Payoff_Amount__c"), None, ""),
        (("Lease_Account__c", "Promise_Kept_Rate__c"), Decimal("66.67"), "66.67"),
        (("Lease_Account__c", "Boarded_Date__c"), date(2024, 1, 15), "2024-01-15"),
        (("Lease_Account__c", "Maturity_Date__c"), None, ""),
        (UPDATED, datetime(2026, 3, 2, 5, tzinfo=UTC), "2026-03-02T05:00:00.000Z"),
        (UPDATED, datetime(2026, 3, 2, 0, tzinfo=EASTERN), "2026-03-02T05:00:00.000+0000"),
        (UPDATED, datetime(2026, 3, 2, 5, 0, 0, 999_999, UTC), "2026-03-02T05:00:00.000Z"),
        (("Lease_Account__c", "Collector__c"), " JDOE ", "JDOE"),
        (("Lease_Account__c", "Collector__c"), "   ", ""),
        (("Collection_Note__c", "Note__c"), "one\ntwo", "one\r\ntwo"),
        (("Collection_Note__c", "Note__c"), "one\rtwo\n", "one\ntwo"),
        (("Account", "Email__c"), "Office@Acme.example", "office@acme.example"),
        (("Vehicle__c", "Lease_Account__r"), Reference("Lease_Account__c", "LW1"), "LW1"),
        (("Vehicle__c", "Lease_Account__r"), Reference("", ""), ""),
        (("Case", "RecordType"), Reference("RecordType", "Delinquency"), "Delinquency"),
    ],
)  # fmt: skip
def test_what_salesforce_words_otherwise_is_equal(place: tuple[str, str], ours: Scalar | Reference, cell: str) -> None:
    compared = field(*place)

    assert compared.stored(ours) == compared.read(cell)
    assert repr(compared.stored(ours)) == repr(compared.read(cell))


@pytest.mark.parametrize(
    ("place", "ours", "cell"),
    [
        (("Lease_Account__c", "Payment_Amount__c"), Decimal("1200.00"), "1200.01"),
        (("Lease_Account__c", "Payment_Amount__c"), Decimal("0.00"), ""),
        (("Lease_Account__c", "Payment_Amount__c"), Decimal("1200.00"), "see contract"),
        (("Lease_Account__c", "Boarded_Date__c"), date(2024, 1, 15), "2024-01-16"),
        (("Lease_Account__c", "Boarded_Date__c"), date(2024, 1, 15), "January"),
        (("Lease_Account__c", "Collector__c"), "JDOE", "jdoe"),
        (("Lease_Account__c", "Collector__c"), "J DOE", "J  DOE"),
        (("Collection_Note__c", "Note__c"), "one\ntwo", "one two"),
        (("Vehicle__c", "Lease_Account__r"), Reference("Lease_Account__c", "LW1"), "LW2"),
        (("Vehicle__c", "Lease_Account__r"), Reference("Lease_Account__c", "LW1"), ""),
    ],
)  # fmt: skip
def test_what_is_another_value_differs(place: tuple[str, str], ours: Scalar | Reference, cell: str) -> None:
    compared = field(*place)

    assert compared.stored(ours) != compared.read(cell)


def test_bookkeeping_keys_and_what_people_may_change_are_not_compared() -> None:
    names = {each.name for each in compared_fields("Case")}

    assert {"Subject", "Days_Past_Due__c", "Source_Updated__c", "Lease_Account__r", "Account"} <= names
    assert not {"Status", "Priority", "Last_Synced__c", "Case_Key__c"} & names
    assert "Assessed_Date__c" not in {each.name for each in compared_fields("Lease_Account__c")}
