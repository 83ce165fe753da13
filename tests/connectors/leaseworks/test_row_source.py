"""The files of LeaseWorks keep the contract of row sources, in the default layout and in an unfamiliar one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drawbar.connectors.leaseworks.cells import DelimitedCells
from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.records import LeaseAccount
from tests.connectors.leaseworks.exports import ACCOUNTS, accounts_file, cells, csv_bytes
from tests.contracts.row_source import Row, RowSourceContract, SourceOf, account_row, source_rows


class TestCsvFile(RowSourceContract):
    def make(self, request: pytest.FixtureRequest) -> SourceOf:
        folder: Path = request.getfixturevalue("tmp_path")
        return lambda rows: accounts_file(folder, [cells(row) for row in rows])


class TestUtf16FileWithSemicolonsAndTheKeyInTheMiddle(RowSourceContract):
    def make(self, request: pytest.FixtureRequest) -> SourceOf:
        folder: Path = request.getfixturevalue("tmp_path")
        header = ["COLLECTOR", "ACCT_NO", *sorted({*ACCOUNTS.columns.values()} - {"COLLECTOR", "ACCT_NO"})]

        def source_of(rows: Sequence[Row]) -> CsvFile[LeaseAccount]:
            content = csv_bytes([cells(row) for row in rows], header, delimiter=";", quotechar="'")
            recoded = content.decode().encode("utf-16")
            return accounts_file(folder, recoded, delimiter=";", quote="'", encoding="utf-16")

        return source_of


def test_quotes_and_the_order_of_columns_do_not_change_what_rows_mean(tmp_path: Path) -> None:
    for name in ("plain", "turned"):
        (tmp_path / name).mkdir()
    rows = [cells(account_row(number)) for number in range(1, 4)]
    plain = accounts_file(tmp_path / "plain", csv_bytes(rows, [*ACCOUNTS.columns.values()]))
    turned = csv_bytes(rows, [*ACCOUNTS.columns.values()][::-1], quoting=csv.QUOTE_ALL)
    other = accounts_file(tmp_path / "turned", turned)

    raws = [[row.raw for row in source_rows(source)] for source in (plain, other)]

    assert not set(raws[0]) & set(raws[1])
    assert list(plain.meanings(raws[0])) == list(other.meanings(raws[1]))


def test_a_row_that_does_not_fall_into_cells_means_nothing_else(tmp_path: Path) -> None:
    source = accounts_file(tmp_path, [cells(account_row(1))])
    (whole,) = (row.raw for row in source_rows(source))
    broken = [whole, whole + b",more", whole.rpartition(b",")[0], b"\xff" + whole, b'"' + whole]

    assert len(set(source.meanings(broken))) == len(broken)


@settings(deadline=None, max_examples=150)
@given(rows=st.lists(st.lists(st.text(st.sampled_from('a",\x1fé '), max_size=3), min_size=1, max_size=3), max_size=4))
@example(rows=[["a", 'x","y'], [",", '"'], ["", ""]])
def test_cells_that_are_told_apart_at_a_glance_are_those_of_the_row(rows: list[list[str]]) -> None:
    delimited = DelimitedCells(",", '"', "utf-8")
    for quoting in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL):
        for raw in [_line(row, quoting) for row in rows]:
            told = delimited.rejoined(raw, b"\x1f")
            assert told is None or told.decode().split("\x1f") == delimited.split(raw.decode())


def _line(row: list[str], quoting: int) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="").writerow(row)  # type: ignore[arg-type]
    return text.getvalue().encode()


@pytest.mark.parametrize("raw", [b'"","', b'"a"b","c"', b'"a",b,"c""d"', b'"', b'" ""'])
def test_odd_quotes_are_never_told_apart_at_a_glance(raw: bytes) -> None:
    assert DelimitedCells(",", '"', "utf-8").rejoined(raw, b"\x1f") is None
