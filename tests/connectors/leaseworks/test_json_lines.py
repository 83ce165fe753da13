"""Exports of JSON lines keep the contract of row sources, and mean what the same rows mean as CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.connectors.leaseworks.check import FileReport, check_file
from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.default_layout import DEFAULT_LAYOUT
from drawbar.connectors.leaseworks.jsonlines import JsonCells
from drawbar.connectors.leaseworks.records import LeaseAccount, Note
from drawbar.middleware.errors import StopRun
from tests.connectors.leaseworks.exports import (
    ACCOUNTS,
    DELIVERED_ON,
    Cells,
    account,
    accounts_file,
    cells,
    good_and_refused,
    layout_with,
    outcome,
)
from tests.connectors.leaseworks.test_round_trip import COLUMNS, cell, notes
from tests.contracts.row_source import Row, RowSourceContract, SourceOf, source_rows


def lines(rows: Sequence[Cells]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


def json_accounts(folder: Path, content: bytes) -> CsvFile[LeaseAccount]:
    return accounts_file(folder, content, json_lines=True)


class TestJsonLines(RowSourceContract):
    def make(self, request: pytest.FixtureRequest) -> SourceOf:
        folder: Path = request.getfixturevalue("tmp_path")

        def source_of(rows: Sequence[Row]) -> CsvFile[LeaseAccount]:
            return json_accounts(folder, lines([cells(row) for row in rows]))

        return source_of


@given(records=st.lists(notes, max_size=6, unique_by=lambda note: note.note_number), escaped=st.booleans())
@settings(max_examples=100, deadline=None)
def test_whatever_a_writer_of_json_puts_in_comes_out_equal(records: list[Note], escaped: bool) -> None:
    rows = [{column: cell(note, field) for field, column in COLUMNS.items()} for note in records]
    content = "".join(f"{json.dumps(row, ensure_ascii=escaped)}\r\n" for row in rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "notes.csv"
        path.write_bytes(content.encode())
        source = CsvFile(path, layout_with("notes", json_lines=True), Note, delivered_on=DELIVERED_ON)
        read = source_rows(source)
        assert [source.parse(row) for row in read] == records
        assert [row.key for row in read] == [note.note_number for note in records]


_VALUES = st.one_of(
    st.text(st.sampled_from('a{":,}\\\x1f\n nul0é'), max_size=6),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.just([]),
)
_MEMBERS = st.permutations(["A", "B", 'C"', "D"]).flatmap(
    lambda names: st.integers(2, 4).flatmap(lambda count: st.fixed_dictionaries(dict.fromkeys(names[:count], _VALUES)))
)


@given(
    rows=st.lists(st.tuples(_MEMBERS, st.sampled_from([(",", ":"), (" , ", ": "), (",\t", ":")])), max_size=6),
    broken=st.sampled_from(["", "}", '"A":1}', "x", ',"A":""}']),
)
@settings(max_examples=300, deadline=None)
def test_objects_that_are_told_apart_at_a_glance_say_what_a_reader_of_json_reads(
    rows: list[tuple[dict[str, object], tuple[str, str]]], broken: str
) -> None:
    texts = [json.dumps(row, separators=spacing, ensure_ascii=False) for row, spacing in rows]
    at_a_glance = JsonCells(["A", "B", "D"], "utf-8")
    for text in [*texts, *texts, *(text[:-1] + broken for text in texts)]:
        told = at_a_glance.rejoined(text.encode(), b"\x1f")
        assert told is None or told.decode().split("\x1f") == JsonCells(["A", "B", "D"], "utf-8").split(text)


def test_rows_of_plain_objects_are_told_apart_at_a_glance() -> None:
    at_a_glance = JsonCells(["A", "B"], "utf-8")
    rows = [b'{"A":"x","B":""}', b'{"B": "y", "Z": "", "A": null}', b'{"A":-1.50,"B":true}']

    assert [at_a_glance.rejoined(row, b"|") for row in rows] == [b"x|", b"|y", b"-1.50|true"]


def test_a_row_means_the_same_as_in_csv_whatever_its_spelling(tmp_path: Path) -> None:
    for name in ("csv", "json"):
        (tmp_path / name).mkdir()
    rows = [account(1, COLLECTOR='O\'Brien, "Jo"'), account(2, REGION="Zürich"), account(3, PAYOFF_AMT="")]
    as_csv = accounts_file(tmp_path / "csv", rows)
    turned = [dict(reversed(row.items())) for row in rows]
    turned[0]["TERM"] = 48  # type: ignore[assignment]
    turned[1]["LATE_FEES"] = 61.73  # type: ignore[assignment]
    turned[2]["PAYOFF_AMT"] = None  # type: ignore[assignment]
    content = "\n".join(json.dumps(row, indent=None, separators=(" , ", " : ")) for row in turned).encode()
    as_json = json_accounts(tmp_path / "json", content)

    meant = [list(source.meanings([row.raw for row in source_rows(source)])) for source in (as_csv, as_json)]

    assert meant[0] == meant[1]
    assert [row.key for row in source_rows(as_csv)] == [row.key for row in source_rows(as_json)]
    assert as_csv.layout_version == as_json.layout_version


def test_a_number_keeps_its_digits(tmp_path: Path) -> None:
    line = lines([account(1)]).replace(b'"1234.56"', b"12345678901234.56", 1)

    (record,) = outcome(json_accounts(tmp_path, line))

    assert isinstance(record, LeaseAccount)
    assert record.payment_amount == Decimal("12345678901234.56")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b'{"ACCT_NO": "LW00000002"', "is no JSON object (Expecting ',' delimiter at character 25)"),
        (b'["LW00000002"]', "is no JSON object."),
        (b"[" * 100_000, "is no JSON object (nested too deeply)"),
        (b'{"ACCT_NO": "LW00000002", "TERM": NaN}', "is no JSON object (NaN is no number)"),
        (b'{"ACCT_NO": "LW00000002", "TERM": "1", "TERM": "2"}', "has the member TERM twice"),
        (b'{"ACCT_NO": "LW00000002", "TERM": {"months": 48}}', "its member TERM is a list or an object"),
        (b'{"ACCT_NO": "LW00000002", "REGION": "a\\u0000b"}', "holds a NUL character"),
        (b'{"ACCT_NO": "LW00000002", "REGION": "\\ud800"}', "holds half a character"),
        (b'{"ACCT_NO": "LW00000002", "REGION": "\xff"}', "holds bytes that are not utf-8"),
        (b'{"ACCT_NO": "LW00000002"}', "portfolio (column PORTFOLIO) is empty"),
    ],
)
def test_a_wrong_line_is_refused_by_its_number_and_the_others_go_on(tmp_path: Path, wrong: bytes, said: str) -> None:
    source = json_accounts(tmp_path, lines([account(1)]) + wrong + b"\n" + lines([account(3)]))

    good, refused = good_and_refused(source)

    assert good == ["LW00000001", "LW00000003"]
    (text,) = refused
    assert "accounts.csv row 2" in text
    assert said in text


def test_a_member_that_nobody_has_is_named_unless_it_may_be_empty(tmp_path: Path) -> None:
    def without(column: str) -> CsvFile[LeaseAccount]:
        return json_accounts(tmp_path, lines([{k: v for k, v in account(1).items() if k != column}]))

    (record,) = outcome(without("PAYOFF_AMT"))
    assert isinstance(record, LeaseAccount)
    assert record.payoff_amount is None
    with pytest.raises(StopRun, match=r"has no column STATUS \(our status\)"):
        source_rows(without("STATUS"))


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    content = lines([account(1), account(2)])
    with pytest.raises(StopRun, match="is cut off: its last line is no whole object"):
        source_rows(json_accounts(tmp_path, content[:-40]))


def checked(folder: Path, content: bytes) -> FileReport:
    path = folder / "accounts.csv"
    path.write_bytes(content)
    return check_file(path, DEFAULT_LAYOUT, None, DELIVERED_ON)


def test_json_lines_are_recognised_and_the_setting_is_suggested(tmp_path: Path) -> None:
    rows = [account(1), account(2, STATUS="Z") | {"FLEET": "north"}]

    found = checked(tmp_path, lines(rows))

    assert (found.json_lines, found.rows, found.understood, found.readable) == (True, 2, 1, False)
    assert (found.unused, found.missing) == (("FLEET",), ())
    assert found.suggestion.startswith("[leaseworks.layout.accounts]\njson_lines = true\n")


def test_columns_and_members_cannot_both_name_cells() -> None:
    with pytest.raises(ValueError, match="json_lines name their own columns"):
        layout_with(json_lines=True, header=[*ACCOUNTS.columns.values()])
