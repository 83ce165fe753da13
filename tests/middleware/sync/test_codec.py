"""What is stored of a record: the same text for equal records, as the standard JSON encoder would write it."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from drawbar.middleware.records import Reference, Scalar
from drawbar.middleware.sync.codec import decode, encode, write

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=1))])
TEXTS = st.text(st.characters(codec=None), max_size=20)
VALUES: st.SearchStrategy[Scalar | Reference] = (
    st.none() | TEXTS | st.booleans() | st.integers() | st.decimals() | st.dates() | st.datetimes()
    | st.datetimes(timezones=ZONES) | st.builds(Reference, TEXTS, TEXTS)
)  # fmt: skip
COLUMNS = st.dictionaries(TEXTS, VALUES, max_size=8)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


def tagged(value: object) -> dict[str, Any]:
    match value:
        case Decimal():
            return {"$decimal": str(value)}
        case datetime():
            return {"$instant": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case Reference():
            return {"$parent": [value.object, value.key]}
    raise TypeError


def plainly(columns: dict[str, Any]) -> str:
    return json.dumps(columns, default=tagged, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(columns=COLUMNS)
@example(columns={"50 %s": "100 %", "%(a)s": None, '"quoted"\n': "\ud800"})
@example(columns={"utc": NOON, "same instant": NOON.astimezone(timezone(timedelta(hours=1)))})
@example(columns={"one": Decimal("1.0"), "another": Decimal("1.00"), "none": Decimal("NaN"), "tiny": Decimal("1E-9")})
@example(columns={"colour": Colour.RED, "yes": True, "one": 1})
def test_the_text_is_what_the_standard_encoder_writes(columns: dict[str, Any]) -> None:
    assert encode(columns) == plainly(columns)


@given(columns=COLUMNS)
def test_what_was_written_reads_back_with_its_types(columns: dict[str, Any]) -> None:
    again = decode(encode(columns))
    assert {name: (type(value), str(value)) for name, value in again.items()} == {
        name: (type(value), str(value)) for name, value in columns.items()
    }


@given(columns=COLUMNS)
def test_equal_records_have_equal_hashes_whatever_the_order_of_their_columns(columns: dict[str, Any]) -> None:
    turned = dict(reversed(deepcopy(columns).items()))
    assert write(turned).digest == write(columns).digest


@given(one=COLUMNS, other=COLUMNS)
@example(one={"a": None}, other={"a": "null"})
@example(one={"a": "1"}, other={"a": 1})
@example(one={"a": "x\ny", "b": ""}, other={"a": "x", "b": "y"})
@example(one={"a": None, "b": "x"}, other={"b": "x", "c": None})
def test_hashes_differ_where_texts_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (write(one).digest == write(other).digest) == (encode(one) == encode(other))


@given(columns=COLUMNS, before=VALUES, after=VALUES)
def test_bookkeeping_is_stored_but_does_not_make_a_record_another(
    columns: dict[str, Any], before: Scalar | Reference, after: Scalar | Reference
) -> None:
    bookkeeping = frozenset({"Last_Synced__c"})
    one, other = ({**columns, "Last_Synced__c": value} for value in (before, after))
    assert write(one, bookkeeping=bookkeeping).digest == write(other, bookkeeping=bookkeeping).digest
    assert write(one, bookkeeping=bookkeeping).fields == encode(one)
