"""Reports for people: names blotted out, charts that load nothing, workbooks without formulas, CSV as Orion gets it."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook

from drawbar.connectors.orion.data_sets import REPO_LOG, TRANSACTIONS
from drawbar.jobs.orion_facts import Period
from drawbar.jobs.report_files import write_csv, write_excel, write_html
from drawbar.jobs.reports import BARS, Report, charts
from tests.connectors.orion.samples import MONDAY, payment, row

EVIL = "=cmd|' /C calc'!A0"
MADE = datetime(2026, 3, 3, 11, tzinfo=UTC)


@pytest.fixture
def paid() -> Report:
    rows = (
        payment("P1", "1200.10", "JDOE"), payment("P2", "-0.05", "JANE"), payment("P3", "5.00", EVIL),
        payment("P4", "7.00", ""),
    )  # fmt: skip
    return Report(TRANSACTIONS, Period(MONDAY, MONDAY), ("collector", "kind"), rows, MADE)


@pytest.mark.spec("P06")
def test_people_whose_names_are_blotted_out_stay_apart_and_sums_stay_true(paid: Report) -> None:
    masked = replace(paid, masked=True)

    assert [(each.values[0], each.sums["amount"]) for each in masked.groups] == [
        ("(none)", Decimal("7.00")), ("=***", Decimal("5.00")), ("J***", Decimal("-0.05")),
        ("J***", Decimal("1200.10")),
    ]  # fmt: skip
    assert (masked.total.rows, masked.total.sums) == (4, {"amount": Decimal("1212.05")})
    assert {each[0] for each in masked.shown_rows(["collector"])} == {"J***", "=***", ""}
    assert {each[0] for each in paid.shown_rows(["collector"])} == {"JDOE", "JANE", EVIL, ""}


def test_the_page_is_whole_escapes_everything_and_loads_nothing(paid: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    evil = replace(paid, rows=(*paid.rows, payment("<script>alert(1)</script>", "1.00", "<b>")))

    write_html(replace(evil, masked=True), path)

    text = path.read_text(encoding="utf-8")
    page = etree.fromstring(text.replace("<!doctype html>", "").encode(), etree.HTMLParser())
    assert "JDOE" not in text
    assert page.xpath("//script | //link | //img | //iframe") == []
    assert page.xpath("//*/@src | //*/@href | //@*[contains(., 'url(')]") == []
    assert "default-src 'none'" in text
    assert len(page.xpath("//svg")) == len(charts(evil)) == 4
    assert "<script>alert(1)</script>" in page.xpath("//td/text()")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_chart_shows_the_longest_bars_first_and_adds_up_the_rest(paid: Report) -> None:
    rows = tuple(payment(f"P{number}", f"{number}.00", f"C{number:02d}") for number in range(BARS + 5))

    counted, summed = charts(replace(paid, rows=rows, by=("collector",)))

    assert (counted.measure, summed.measure) == ("rows", "amount")
    assert len(summed.bars) == BARS + 1
    assert (summed.bars[0].label, summed.bars[0].percent) == ("C19", Decimal("100.0"))
    assert (summed.bars[-1].label, summed.bars[-1].value) == ("5 others", Decimal("10.00"))
    assert sum(each.value for each in counted.bars) == BARS + 5
    assert charts(replace(paid, rows=())) == []


@pytest.mark.spec("P16")
def test_a_workbook_holds_numbers_and_days_as_such_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "repo-log.xlsx"
    rows = (
        row("repo-log", lessee_name=EVIL, storage_place="Yard\x07 7", market_value=Decimal("42000.50"), vin="+1"),
        row("repo-log", market_value=None, days_past_due=None),
    )

    write_excel(Report(REPO_LOG, Period(MONDAY, MONDAY), REPO_LOG.group_by, rows, MADE), path)

    book = load_workbook(path)
    assert book.sheetnames == ["Figures", "Rows", "Columns"]
    heading, first, second = book["Rows"].iter_rows()
    cells = dict(zip(REPO_LOG.header, first, strict=True))
    assert [cell.value for cell in heading][:2] == ["Business date", "Asset number"]
    assert (cells["lessee_name"].value, cells["vin"].value) == (f"'{EVIL}", "+1")
    assert cells["storage_place"].value == "Yard 7"
    assert (cells["market_value"].value, cells["market_value"].number_format) == (42000.5, "#,##0.00")
    assert cells["business_date"].value == datetime(2026, 3, 2)  # noqa: DTZ001
    assert [cell.value for cell in second].count(None) == 2
    assert {cell.data_type for sheet in book for cells in sheet.iter_rows() for cell in cells} <= {"s", "n", "d"}
    assert [cell.value for cell in list(book["Figures"].iter_rows())[-1]] == ["All", None, 2, 42000.5, 0.2]
    assert path.stat().st_mode & 0o777 == 0o600


def test_csv_is_exact_whatever_the_screen_hides(paid: Report, tmp_path: Path) -> None:
    path = tmp_path / "transactions.csv"

    write_csv(replace(paid, masked=True), path)

    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(each["collector"], each["amount"]) for each in found] == [
        ("JDOE", "1200.10"), ("JANE", "-0.05"), (EVIL, "5.00"), ("", "7.00"),
    ]  # fmt: skip


def test_a_report_says_which_days_it_is_of(paid: Report) -> None:
    assert paid.title == "Transactions, 2026-03-02"
    longer = replace(paid, period=Period(MONDAY, date(2026, 3, 5)))
    assert longer.title == "Transactions, 2026-03-02 to 2026-03-05"
    assert replace(paid, data_set=REPO_LOG).title == "Repossession log, 2026-03-03 11:00 UTC"
