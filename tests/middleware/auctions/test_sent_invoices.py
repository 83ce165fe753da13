"""Invoices as auctions send them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from drawbar.middleware.auctions.sent import HEAD, LINE, SentInvoice, body_hash, read_file
from drawbar.middleware.errors import RecordRejected

SENT: dict[str, Any] = {
    "external_reference": "INV-9", "type": "PAYMENT RECEIVED", "auction": "AH-2026-11", "auctioned_on": "2026-03-13",
    "funds_received_on": "2026-03-16", "total_gross": "30000.00", "total_net": "29600.00", "total_expense": "400.00",
    "proceeds": [{"work_order": "WO-1", "gross": "30000", "net": "29600.00", "buyer": "Big Rig Resale LLC"}],
    "fees": [{"work_order": "WO-1", "service": "TRANSPORT", "amount": "400.00"}],
}  # fmt: skip


def write_rows(path: Path, *changes: dict[str, str], columns: tuple[str, ...] = (*HEAD, *LINE)) -> Path:
    head = {name: SENT[name] for name in HEAD}
    rows = [head | {"line": "proceeds", **SENT["proceeds"][0]}, head | {"line": "fee", **SENT["fees"][0]}]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows([row | change for row, change in zip(rows, (*changes, {}, {}), strict=False)])
    return path


@pytest.mark.spec("R16", "R17")
def test_the_same_invoice_is_the_same_by_json_by_list_and_by_csv(tmp_path: Path) -> None:
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text(json.dumps(SENT), encoding="utf-8")
    many.write_text(json.dumps([SENT]), encoding="utf-8")
    found = [*read_file(one), *read_file(many), *read_file(write_rows(tmp_path / "rows.csv"))]

    assert len(found) == 3
    assert len({body_hash(each.invoice("Auction House")) for each in found}) == 1
    assert body_hash(found[0].invoice("Auction House")) != body_hash(
        SentInvoice.model_validate(SENT | {"auction": "another"}).invoice("Auction House")
    )


@pytest.mark.spec("R16")
def test_a_file_that_is_not_understood_is_refused_by_place(tmp_path: Path) -> None:
    path = tmp_path / "invoice.json"
    for changes, field in (
        ({"total_gross": "1.001"}, "total_gross"), ({"vin": "1"}, "vin"), ({"type": "CREDIT"}, "type"),
        ({"fees": [{**SENT["fees"][0], "currency": "EUR"}]}, "fees.0.currency"),
    ):  # fmt: skip
        path.write_text(json.dumps([SENT | changes]), encoding="utf-8")
        with pytest.raises(RecordRejected) as refused:
            read_file(path)
        assert refused.value.field.endswith(field), changes
    for changed, columns, words in (
        ({"line": "gift"}, (*HEAD, *LINE), "'gift' is no line"),
        ({}, HEAD, "lacks the column line"),
        ({}, (*HEAD, *LINE, "vin"), "unknown column vin"),
    ):
        with pytest.raises(RecordRejected, match=words):
            read_file(write_rows(tmp_path / "rows.csv", changed, columns=columns))
    with pytest.raises(RecordRejected, match=r"rows.csv row 3, field auction: says otherwise"):
        read_file(write_rows(tmp_path / "rows.csv", {}, {"auction": "another"}))
    with pytest.raises(RecordRejected, match="cannot be read"):
        read_file(tmp_path / "none.json")
