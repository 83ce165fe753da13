"""The files of LeaseWorks keep the contract of row sources, in the default layout and in an unfamiliar one."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

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
