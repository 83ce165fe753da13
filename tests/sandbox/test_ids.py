"""Record ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.sandbox.ids import ALPHABET, base62, custom_prefix, full_id, metadata_id, new_id

short_ids = st.text(ALPHABET, min_size=15, max_size=15)

REAL = ["a015f00000KxRpaAAF", "7506g00000DhRA2AAN", "0056g000005HQPyAAO", "003q000000KvQ1tAAF", "001D000000IqhSLIAZ"]
"""Ids of real orgs, from recorded answers and the documentation."""


@pytest.mark.parametrize("record_id", REAL)
def test_the_checksum_is_that_of_real_orgs(record_id: str) -> None:
    assert full_id(record_id[:15]) == record_id


@given(short_ids)
def test_an_id_of_15_characters_has_one_form_of_18(short_id: str) -> None:
    record_id = full_id(short_id)
    assert record_id is not None
    assert len(record_id) == 18
    assert record_id[:15] == short_id
    assert full_id(record_id) == record_id


@given(short_ids)
def test_the_checksum_gives_lost_case_back(short_id: str) -> None:
    record_id = full_id(short_id)
    assert record_id is not None
    assert full_id(record_id.lower()) == record_id
    assert full_id(record_id.upper()) == record_id


@given(short_ids, short_ids)
def test_ids_that_differ_only_by_case_differ_in_any_case(one: str, other: str) -> None:
    first, second = full_id(one), full_id(other)
    assert first is not None
    assert second is not None
    assert (first.lower() == second.lower()) == (one == other)


@pytest.mark.parametrize(
    "text", ["", "001", "001D000000IRFm", "001D000000IRFmaIA", "001D000000IRFm!", "001D000000IRFma???"]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert full_id(text) is None


def test_a_checksum_that_makes_a_digit_a_capital_is_no_id() -> None:
    assert full_id("00100000000000055A") is None


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_later_ids_sort_behind_earlier_ones(one: int, other: int) -> None:
    assert (new_id("001", one) < new_id("001", other)) == (one < other)


def test_base62_counts_digits_capitals_small_letters() -> None:
    assert [base62(number, 2) for number in (0, 9, 10, 35, 36, 61, 62)] == ["00", "09", "0A", "0Z", "0a", "0z", "10"]


def test_the_prefix_of_a_custom_object_depends_on_its_name_and_is_taken_once() -> None:
    taken: set[str] = set()
    first = custom_prefix("Lease__c", taken)
    assert custom_prefix("Lease__c", set()) == first
    assert custom_prefix("Lease__c", taken) != first


def test_the_id_of_a_component_depends_on_its_name() -> None:
    assert metadata_id("012", "Case.Delinquency") == metadata_id("012", "Case.Delinquency")
    assert metadata_id("012", "Case.Delinquency") != metadata_id("012", "Case.Repossession")
