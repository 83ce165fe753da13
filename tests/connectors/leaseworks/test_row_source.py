"""The files of LeaseWorks keep the contract of row sources, in the default layout and in an unfamiliar one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.records import LeaseAccount
from tests.connectors.leaseworks.exports import ACCOUNTS, accounts_file, cells, csv_bytes
from tests.contracts.row_source import Row, RowSourceContract, SourceOf


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
