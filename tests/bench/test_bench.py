"""`make bench` at its smallest: every program of it runs, and the server counts what must have been sent."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bench.measure import AGAIN, DAY_1, DAY_2, JSON, QUOTED
from tests.bench.metered import REPOSITORY

_CALLS, _RECORDS = 6, 7
"""Columns of the table of the whole job."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bench")
    options = ["--rows", "1000", "--rounds", "1", "--no-sizes", "--rival", "none", "--place", str(folder)]
    command = [sys.executable, "-m", "tests.bench", *options, "--report", str(folder / "report.md")]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    return (folder / "report.md").read_text(encoding="utf-8")


def _row(report: str, name: str) -> list[str]:
    """Give the cells of the first row that a table has under this name."""
    return next(
        [cell.strip() for cell in line.split("|")] for line in report.splitlines() if line.startswith(f"| {name} |")
    )


def test_the_first_day_sends_every_account_once_a_thousand_to_a_call(written: str) -> None:
    row = _row(written, DAY_1)

    assert (row[_CALLS], row[_RECORDS]) == ("1", "1,000")


@pytest.mark.parametrize("name", [DAY_2, QUOTED, JSON])
def test_the_second_day_sends_changed_and_new_accounts_and_one_error_for_the_invalid_row(
    written: str, name: str
) -> None:
    row = _row(written, name)

    assert (row[_CALLS], row[_RECORDS]) == ("2", "22")


def test_a_run_with_nothing_new_makes_no_call(written: str) -> None:
    row = _row(written, AGAIN)

    assert (row[_CALLS], row[_RECORDS]) == ("0", "0")


def test_the_report_judges_a_target_by_what_was_counted(written: str) -> None:
    row = _row(written, "Day 1: API calls, at most 10")

    assert row[2:4] == ["1", "yes"]
