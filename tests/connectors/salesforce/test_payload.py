from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.connectors.salesforce.errors import SalesforceRefused
from drawbar.connectors.salesforce.payload import (
    BulkSheet,
    Wording,
    bulk_row,
    lookup_field,
    read_csv,
    rest_body,
    to_json,
)
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from tests.connectors.salesforce.conftest import EXTERNAL_IDS

RECORD_TYPES = {("Case", "Delinquency"): "012000000000001AAA"}


def record_type_id(object_name: str, developer_name: str) -> str:
    try:
        return RECORD_TYPES[object_name, developer_name]
    except KeyError:
        raise SalesforceRefused("no such record type") from None


WORDING = Wording(EXTERNAL_IDS, record_type_id)


def payment(
    references: Mapping[str, Reference | None] | None = None, key: str = "P1", **fields: Scalar
) -> TargetRecord:
    return TargetRecord("Payment__c", key, fields, references or {})


def as_csv(*records: TargetRecord, limit: int = 10**9) -> bytes:
    cells = [row for row in (bulk_row(each, WORDING) for each in records) if row is not None]
    with closing(BulkSheet(list(cells[0]) if cells else (), limit)) as sheet:
        for row in cells:
            sheet.add(row)
            if sheet.full:
                break
        return sheet.content().read()


def columns(record: TargetRecord) -> tuple[str, ...]:
    return tuple(bulk_row(record, WORDING) or ())


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_parent_is_named_by_its_external_id() -> None:
    record = payment({"Lease_Account__r": Reference("Lease_Account__c", "LW1")}, Amount__c=Decimal("1.10"))
    assert rest_body(record, WORDING) == {
        "attributes": {"type": "Payment__c"},
        "Amount__c": Decimal("1.10"),
        "Lease_Account__r": {"LeaseWorks_Id__c": "LW1"},
        "Payment_Key__c": "P1",
    }
    assert rows(as_csv(record)) == [
        {"Payment_Key__c": "P1", "Amount__c": "1.10", "Lease_Account__r.LeaseWorks_Id__c": "LW1"}
    ]


def test_an_empty_parent_empties_the_lookup_field() -> None:
    record = payment({"Lease_Account__r": None})
    assert rest_body(record, WORDING)["Lease_Account__c"] is None
    assert rows(as_csv(record)) == [{"Payment_Key__c": "P1", "Lease_Account__c": "#N/A"}]


@pytest.mark.parametrize(
    ("relationship", "field"),
    [("Lease_Account__r", "Lease_Account__c"), ("Account", "AccountId"), ("Owner", "OwnerId")],
)
def test_the_lookup_field_follows_from_the_relationship(relationship: str, field: str) -> None:
    assert lookup_field(relationship) == field


def test_a_record_type_is_named_by_its_id() -> None:
    record = TargetRecord("Case", "D1", {}, {"RecordType": Reference("RecordType", "Delinquency")})
    assert rest_body(record, WORDING)["RecordTypeId"] == "012000000000001AAA"
    assert rows(as_csv(record)) == [{"Case_Key__c": "D1", "RecordTypeId": "012000000000001AAA"}]


def test_an_object_without_a_known_key_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError, match="Vehicle__c"):
        rest_body(TargetRecord("Vehicle__c", "V1", {}), WORDING)


EASTERN = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("value", "in_json", "in_csv"),
    [
        (None, "null", "#N/A"),
        ("", '""', "#N/A"),
        ("  ", '"  "', "#N/A"),
        (True, "true", "true"),
        (False, "false", "false"),
        (0, "0", "0"),
        (Decimal("0.1"), "0.1", "0.1"),
        (Decimal("1E+3"), "1000", "1000"),
        (Decimal("123456789012345678.01"), "123456789012345678.01", "123456789012345678.01"),
        (date(2026, 3, 2), '"2026-03-02"', "2026-03-02"),
        (datetime(2026, 3, 2, 1, 2, 3, 456789, EASTERN), '"2026-03-02T06:02:03.456Z"', "2026-03-02T06:02:03.456Z"),
        ('say "hi"', '"say \\"hi\\""', 'say "hi"'),
        ("=1+1", '"=1+1"', "=1+1"),
    ],
)
def test_values_are_worded_as_salesforce_reads_them(value: Scalar, in_json: str, in_csv: str) -> None:
    assert to_json(value) == in_json
    assert rows(as_csv(payment(Value__c=value)))[0]["Value__c"] == in_csv


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**16), max_value=10**16))
def test_money_is_written_without_a_float(amount: Decimal) -> None:
    body = to_json(rest_body(payment(Amount__c=amount), WORDING))
    assert json.loads(body, parse_float=str, parse_int=str)["Amount__c"] == f"{amount:f}"
    assert Decimal(rows(as_csv(payment(Amount__c=amount)))[0]["Amount__c"]) == amount


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.sampled_from(
    ["#N/A", "=1+1", "a\nb", "a\rb", "a\r\nb", '"', ",", "'", "\ufeffbom", "🚚", "\x00", "\u2028", "null", "true"]
)


@given(st.dictionaries(st.sampled_from(["A__c", "B__c", "C__c"]), TEXT, min_size=1), TEXT)
def test_text_arrives_by_rest_as_it_is(fields: dict[str, str], key: str) -> None:
    body = json.loads(to_json(rest_body(payment(None, key, **fields), WORDING)).encode())
    assert {name: body[name] for name in fields} == fields
    assert body["Payment_Key__c"] == key


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_text_arrives_by_bulk_as_it_is_or_does_not_travel_by_bulk(pairs: list[tuple[str, str]]) -> None:
    records = [payment(None, key, Text__c=text) for key, text in pairs if key.strip()]
    fit = [each for each in records if bulk_row(each, WORDING) is not None]
    read = rows(as_csv(*fit))
    for record, row in zip(fit, read, strict=True):
        text = str(record.fields["Text__c"])
        assert row == {"Payment_Key__c": record.key, "Text__c": text if text.strip() else "#N/A"}
    for record in records:
        marked = "#N/A" in (record.key.strip(), str(record.fields["Text__c"]).strip())
        assert (record in fit) is not marked


def test_csv_has_one_line_end_and_no_byte_order_mark() -> None:
    content = as_csv(payment(Text__c="a"), payment(Text__c="b"), payment(Text__c="c\rd"))
    assert content == b'Payment_Key__c,Text__c\nP1,a\nP1,b\nP1,"c\rd"\n'


def test_columns_are_equal_for_equal_fields_whatever_their_order() -> None:
    one = columns(payment(B__c="1", A__c="2"))
    two = columns(payment(A__c="1", B__c=None))
    assert one == two == ("Payment_Key__c", "A__c", "B__c")


def test_an_empty_parent_needs_other_columns_than_a_named_one() -> None:
    named = columns(payment({"Lease_Account__r": Reference("Lease_Account__c", "LW1")}))
    empty = columns(payment({"Lease_Account__r": None}))
    assert named != empty


@pytest.mark.parametrize("text", ["#N/A", " #n/a "])
def test_text_that_reads_like_the_null_mark_travels_by_rest(text: str) -> None:
    named = {"Lease_Account__r": Reference("Lease_Account__c", text)}
    for record in (payment(Text__c=text), payment(None, text), payment(named)):
        assert bulk_row(record, WORDING) is None
    assert rest_body(payment(Text__c=text), WORDING)["Text__c"] == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("half a \ud83d pair", "not valid Unicode"),
        (Decimal("NaN"), "not a number"),
        (Decimal("Infinity"), "not a number"),
        (datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None), "no time zone"),
    ],
)
def test_what_would_spoil_the_whole_call_is_refused_for_its_record(value: Scalar, reason: str) -> None:
    with pytest.raises(SalesforceRefused, match=rf"Payment__c 'P1', field Value__c.*{reason}"):
        rest_body(payment(Value__c=value), WORDING)
    assert bulk_row(payment(Value__c=value), WORDING) is None


def test_a_record_type_that_the_org_lacks_is_refused_for_its_record() -> None:
    record = TargetRecord("Case", "D1", {}, {"RecordType": Reference("RecordType", "Nope")})
    with pytest.raises(SalesforceRefused):
        rest_body(record, WORDING)
    assert bulk_row(record, WORDING) is None


def test_the_csv_ends_with_the_row_that_reaches_the_limit() -> None:
    content = as_csv(*(payment(None, f"P{number}", Text__c="x" * 95) for number in range(50)), limit=1_000)
    assert 1_000 < len(content) < 1_200
    assert [row["Payment_Key__c"] for row in rows(content)] == [f"P{number}" for number in range(10)]


def test_rows_of_fewer_columns_join_a_wider_sheet_as_they_are() -> None:
    odd = ["line\nbreak", "a\rb", 'say "hi", twice', "\u2028", "\x85", "\x0b\x1c", "Größe \U0001f69a", "x" * 399_999]
    with (
        closing(BulkSheet(["Key", "Note", "Rest"], 10**9)) as wide,
        closing(BulkSheet(["Key", "Note"], 10**9)) as narrow,
    ):
        for number, text in enumerate(odd):
            narrow.add({"Key": str(number), "Note": text})

        wide.absorb(narrow)

        assert wide.rows == len(odd)
        joined = list(read_csv(io.TextIOWrapper(io.BytesIO(wide.content().read()), encoding="utf-8", newline="")))
    assert joined[1:] == [[str(number), text, ""] for number, text in enumerate(odd)]


def test_a_sheet_takes_over_no_more_than_it_can_hold() -> None:
    with closing(BulkSheet(["Key", "Note"], 40)) as wide, closing(BulkSheet(["Key"], 10**9)) as narrow:
        for number in range(9):
            narrow.add({"Key": f"K{number}"})

        wide.absorb(narrow)

        assert 0 < wide.rows < 9
