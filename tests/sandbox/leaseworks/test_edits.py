"""Changing a delivery by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from drawbar.sandbox.leaseworks.delivery import MANIFEST, DeliveryError, read_manifest, sha256_of
from drawbar.sandbox.leaseworks.edits import Edit, change_delivery, edit_delivery, find_delivery


def _rows(path: Path, column: str = "ACCT_NO") -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row[column]: row for row in csv.DictReader(file)}


@pytest.fixture
def delivery(root: Path) -> Path:
    return root / "outbound" / "LW-20260303-001"


def test_an_edit_changes_the_row_its_time_stamp_and_the_manifest_and_nothing_else(delivery: Path) -> None:
    before, bytes_before = _rows(delivery / "accounts.csv"), (delivery / "notes.csv").read_bytes()
    edits = edit_delivery(delivery, "accounts", "LW00000004", {"LATE_FEES": "12.50", "OFFICE": 'He said "no", twice'})
    after = _rows(delivery / "accounts.csv")
    assert edits[0] == Edit("LATE_FEES", before["LW00000004"]["LATE_FEES"], "12.50")
    changed = {key: row for key, row in after.items() if row != before[key]}
    assert set(changed) == {"LW00000004"}
    differs = {name for name, value in changed["LW00000004"].items() if value != before["LW00000004"][name]}
    assert differs == {"LATE_FEES", "OFFICE", "UPDATED_TS"}
    assert changed["LW00000004"]["UPDATED_TS"] > before["LW00000004"]["UPDATED_TS"]
    assert (delivery / "notes.csv").read_bytes() == bytes_before
    assert all(line.sha256 == sha256_of(delivery / line.file) for line in read_manifest(delivery))


def test_an_edit_that_changes_nothing_leaves_the_bytes_as_they_are(delivery: Path) -> None:
    files = {path.name: path.read_bytes() for path in delivery.iterdir()}
    office = _rows(delivery / "accounts.csv")["LW00000004"]["OFFICE"]
    assert edit_delivery(delivery, "accounts", "LW00000004", {"OFFICE": office}) == []
    assert {path.name: path.read_bytes() for path in delivery.iterdir()} == files


def test_rows_of_another_entity_are_found_by_their_key_or_by_their_account(delivery: Path) -> None:
    payments = _rows(delivery / "payments.csv", "PMT_NO")
    number, payment = next(iter(payments.items()))
    edit_delivery(delivery, "payments", number, {"REVERSED_DT": "03/03/2026"})
    assert _rows(delivery / "payments.csv", "PMT_NO")[number]["REVERSED_DT"] == "03/03/2026"
    edit_delivery(delivery, "payments", payment["ACCT_NO"], {"METHOD": "WIR"})
    after = _rows(delivery / "payments.csv", "PMT_NO").values()
    assert {row["METHOD"] for row in after if row["ACCT_NO"] == payment["ACCT_NO"]} == {"WIR"}


def test_a_given_time_stamp_is_taken_as_it_is(delivery: Path) -> None:
    edit_delivery(delivery, "accounts", "LW00000004", {"UPDATED_TS": "yesterday", "OFFICE": "RENO"})
    assert _rows(delivery / "accounts.csv")["LW00000004"]["UPDATED_TS"] == "yesterday"


@pytest.mark.parametrize(
    ("entity", "key", "column", "message"),
    [
        ("accounts", "LW99999999", "OFFICE", "accounts.csv has no row LW99999999"),
        ("accounts", "LW00000004", "COLOUR", "accounts.csv has no column COLOUR; it has: ACCT_NO"),
        ("trucks", "LW00000004", "COLOR", "trucks is not an entity; there are: lessees"),
    ],
)
def test_what_is_unknown_is_refused_by_name_and_changes_nothing(
    delivery: Path, entity: str, key: str, column: str, message: str
) -> None:
    files = {path.name: path.read_bytes() for path in delivery.iterdir()}
    with pytest.raises(DeliveryError, match=message):
        edit_delivery(delivery, entity, key, {column: "x"})
    assert {path.name: path.read_bytes() for path in delivery.iterdir()} == files


def test_the_newest_delivery_is_meant_when_none_is_named(root: Path, tmp_path: Path) -> None:
    assert find_delivery(root, None).name == "LW-20260303-001"
    assert find_delivery(root, "LW-20260302-001").name == "LW-20260302-001"
    with pytest.raises(DeliveryError, match=r"no delivery LW-1 .*there are: LW-20260302-001, LW-20260303-001"):
        find_delivery(root, "LW-1")
    with pytest.raises(DeliveryError, match="no delivery yet"):
        find_delivery(tmp_path / "nowhere", None)


def test_a_fetched_delivery_is_delivered_again_under_the_next_number_of_its_day(root: Path, delivery: Path) -> None:
    fetched = delivery.rename(root / "archive" / delivery.name)
    manifest = (fetched / MANIFEST).read_bytes()
    folder, edits = change_delivery(root, fetched, "accounts", "LW00000004", {"OFFICE": "RENO"})
    assert folder == root / "outbound" / "LW-20260303-002"
    assert [edit.after for edit in edits] == ["RENO"]
    assert (fetched / MANIFEST).read_bytes() == manifest
    with pytest.raises(DeliveryError):
        change_delivery(root, fetched, "accounts", "LW99999999", {"OFFICE": "RENO"})
    assert sorted(path.name for path in (root / "outbound").iterdir()) == ["LW-20260302-001", "LW-20260303-002"]
