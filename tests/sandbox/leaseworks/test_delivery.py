"""The form of a delivery: names, manifest, CSV, values."""

from __future__ import annotations

import csv
import hashlib
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from drawbar.sandbox.leaseworks.book import BookPlan, live_through
from drawbar.sandbox.leaseworks.delivery import (
    MANIFEST,
    DeliveryError,
    delivery_name,
    existing_deliveries,
    write_deliveries,
)
from drawbar.sandbox.leaseworks.layout import ENTITIES
from tests.sandbox.leaseworks.reading import rows_of

FORMS = {
    "date": re.compile(r"(\d\d/\d\d/\d{4})?"),
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "money": re.compile(r"(\d+\.\d\d)?"),
    "whole": re.compile(r"\d*"),
    "text": re.compile(r".*", re.DOTALL),
}


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_a_delivery_is_named_by_its_business_date_and_number() -> None:
    assert delivery_name(date(2026, 3, 2)) == "LW-20260302-001"
    assert BookPlan().business_date(1) == BookPlan().start
    assert BookPlan(start=date(2026, 2, 27)).business_date(3) == date(2026, 3, 1)


def test_the_manifest_names_every_file_with_its_rows_and_hash_and_ends_with_their_number(root: Path) -> None:
    folder = root / "outbound" / "LW-20260302-001"
    header, *lines, end = _read(folder / MANIFEST)
    assert header == ["file", "rows", "sha256"]
    assert end == ["END", "7", ""]
    assert {path.name for path in folder.iterdir()} == {MANIFEST, *(name for name, _, _ in lines)}
    for name, rows, digest in lines:
        assert int(rows) == len(_read(folder / name)) - 1
        assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_files_have_the_header_crlf_lines_and_values_in_the_agreed_form(root: Path) -> None:
    for entity in ENTITIES:
        path = root / "outbound" / "LW-20260303-001" / entity.file_name
        content = path.read_bytes().decode("utf-8")
        header, *rows = _read(path)
        assert header == [column.name for column in entity.columns]
        assert content.splitlines(keepends=True)[0].endswith("\r\n")
        assert content.count("\r\n") == len(rows) + 1
        for row in rows:
            for column, value in zip(entity.columns, row, strict=True):
                assert FORMS[column.kind].fullmatch(value), f"{column.name} {value!r}"


def test_what_is_written_is_what_the_book_shows(root: Path, plan: BookPlan) -> None:
    day = next(live_through(plan, 2, 2))
    header, *rows = _read(root / "outbound" / "LW-20260303-001" / "accounts.csv")
    for written, shown in zip(rows, rows_of(day, "accounts"), strict=True):
        row = dict(zip(header, written, strict=True))
        assert row["ACCT_NO"] == shown["ACCT_NO"]
        assert Decimal(row["PAST_DUE_AMT"]) * 100 == shown["PAST_DUE_AMT"]
        assert datetime.strptime(row["BOARDED_DT"], "%m/%d/%Y").toordinal() == shown["BOARDED_DT"]  # noqa: DTZ007
        assert datetime.fromisoformat(row["UPDATED_TS"]).timestamp() == shown["UPDATED_TS"]
        assert (row["NEXT_DUE_DT"] == "") == (shown["NEXT_DUE_DT"] is None)


def test_deliveries_that_are_there_or_were_fetched_are_not_written_again(root: Path, plan: BookPlan) -> None:
    fetched = root / "archive" / "LW-20260302-001"
    (root / "outbound" / fetched.name).rename(fetched)
    assert [folder.name for folder in write_deliveries(root, plan, 3)] == ["LW-20260304-001"]
    assert write_deliveries(root, plan, 3) == []
    assert sorted(existing_deliveries(root)) == ["LW-20260302-001", "LW-20260303-001", "LW-20260304-001"]


def test_a_delivery_written_later_is_the_one_that_would_have_been_written_at_once(
    root: Path, plan: BookPlan, tmp_path: Path
) -> None:
    later = write_deliveries(root, plan, 4)[-1]
    at_once = write_deliveries(tmp_path / "other", plan, 4)[-1]
    assert (later / MANIFEST).read_bytes() == (at_once / MANIFEST).read_bytes()


def test_an_unfinished_delivery_bears_no_delivery_name(
    tmp_path: Path, plan: BookPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("drawbar.sandbox.leaseworks.delivery.write_manifest", fail)
        with pytest.raises(OSError, match="disk full"):
            write_deliveries(tmp_path, plan, 1)
    assert existing_deliveries(tmp_path) == {}
    assert [path.name for path in (tmp_path / "outbound").iterdir()] == ["LW-20260302-001.tmp"]
    write_deliveries(tmp_path, plan, 1)
    assert [path.name for path in (tmp_path / "outbound").iterdir()] == ["LW-20260302-001"]


def test_deliveries_of_another_book_are_not_mixed_in(root: Path, plan: BookPlan) -> None:
    with pytest.raises(DeliveryError, match="another book"):
        write_deliveries(root, BookPlan(plan.accounts + 1, plan.seed), 3)
    assert "LW-20260304-001" not in existing_deliveries(root)
