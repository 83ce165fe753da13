"""Formula fields in queries: from stored columns to a stored result."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.formula.sqlite import formula_call, formula_value, from_stored, to_stored
from drawbar.sandbox.schema import Field, FieldType, Schema
from drawbar.sandbox.soql.compiler import compile_query
from tests.sandbox.soql_org import NOW, SCHEMA, USER, SoqlOrg, text


@pytest.mark.parametrize(
    ("field_type", "stored", "value"),
    [
        ("boolean", 1, True),
        ("boolean", None, False),
        ("currency", 12.34, Decimal("12.34")),
        ("percent", 5.0, Decimal("0.05")),
        ("int", None, None),
        ("date", "2026-03-02", date(2026, 3, 2)),
        ("datetime", "2026-03-02T06:00:00.000+0000", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("time", "06:00:00.000Z", time(6)),
        ("picklist", "Open", "Open"),
    ],
)
def test_a_column_and_a_formula_see_the_same_value(field_type: str, stored: str | float | None, value: object) -> None:
    assert from_stored(field_type, stored) == value
    if stored is not None:
        assert to_stored(field_type, 2, value) == stored


def test_blank_numbers_become_zero_only_where_the_formula_says_so() -> None:
    assert from_stored("double", None, blank_as_zero=True) == 0
    assert from_stored("string", None, blank_as_zero=True) is None


def worth(field_type: FieldType, formula: str, *, scale: int = 0, **values: float | None) -> object:
    field = Field("Formula__c", "Formula", field_type, formula=formula, scale=scale)
    types: dict[str, FieldType] = dict.fromkeys(values, "double")
    return formula_value(formula_call(field, types, now=NOW, user_id=USER), *values.values())


def test_results_are_rounded_to_the_scale_of_the_field() -> None:
    assert worth("currency", "Amount__c / 3", scale=2, Amount__c=100.0) == 33.33
    assert worth("currency", "Amount__c / 2", scale=0, Amount__c=5.0) == 3.0
    assert worth("percent", "Amount__c / 4", scale=1, Amount__c=1.0) == 25.0


def test_a_formula_without_a_result_is_null_and_a_check_box_is_not_checked() -> None:
    assert worth("currency", "1 / Amount__c", Amount__c=0.0) is None
    assert worth("boolean", "1 / Amount__c > 2", Amount__c=0.0) == 0


def test_formulas_know_the_moment_and_the_user_of_the_query() -> None:
    assert worth("date", "TODAY()") == "2026-03-18"
    assert worth("string", "$User.Id") == USER


def test_percentages_count_as_fractions_in_formula_fields() -> None:
    org = SoqlOrg()
    org.add("Lease_Account__c", Name="L1", Balance__c=1000.0, Rate__c=5.0)
    assert org.query("SELECT Interest__c FROM Lease_Account__c")[0]["Interest__c"] == 50.0
    assert org.names("SELECT Name FROM Lease_Account__c WHERE Interest__c = 50") == ["L1"]


def test_a_formula_of_an_absent_parent_is_null_and_its_check_box_not_checked() -> None:
    org = SoqlOrg()
    org.add("Payment__c", Name="P1")
    assert org.names("SELECT Name FROM Payment__c WHERE Lease_Account__r.Summary__c = null") == ["P1"]
    assert org.names("SELECT Name FROM Payment__c WHERE Lease_Account__r.Late__c = false") == ["P1"]


@pytest.mark.parametrize(
    ("formula", "words"),
    [("Name & Loop__c", "refers to itself"), ("Nope__c & Name", "refers to the unknown field Nope__c")],
)
def test_a_formula_that_cannot_be_compiled_is_refused(formula: str, words: str) -> None:
    lease = SCHEMA.get("Lease_Account__c")
    assert lease is not None
    schema = Schema([replace(lease, fields=(*lease.fields, text("Loop__c", formula=formula)))])
    with pytest.raises(SalesforceError, match=words):
        compile_query("SELECT Loop__c FROM Lease_Account__c", schema, now=NOW, user_id=USER)
