"""The layout is configuration, and nonsense in it is named at start."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.records import LeaseAccount
from drawbar.connectors.leaseworks.settings import LeaseWorksSettings
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.settings import HubSettings, load_settings
from tests.connectors.leaseworks.exports import DELIVERED_ON, account, accounts_file, csv_bytes, outcome

FOLDER = {"surface": "folder", "folder": {"path": "/srv/leaseworks"}}


def settings(**layout: Any) -> LeaseWorksSettings:
    return LeaseWorksSettings.model_validate({**FOLDER, "layout": layout})


def refused(**layout: Any) -> str:
    with pytest.raises(ValidationError) as error:
        settings(**layout)
    return "; ".join(item["msg"].removeprefix("Value error, ") for item in error.value.errors())


class Hub(HubSettings):
    """Settings with only LeaseWorks beside the hub's own."""

    leaseworks: LeaseWorksSettings


TOML = """
[leaseworks]
surface = "folder"
[leaseworks.folder]
path = "/srv/leaseworks"
[leaseworks.layout.all]
encoding = "cp1252"
delimiter = ";"
[leaseworks.layout.accounts]
file = "CONTRACTS.TXT"
dates = ["DD.MM.YYYY", "YYYYMMDD"]
timestamps = ["YYYY-MM-DD HH:MI:SS"]
time_zone = "America/New_York"
none_marks = ["NULL"]
[leaseworks.layout.accounts.money]
decimal_mark = ","
thousands_mark = "."
negative = "parentheses"
sign = "$"
[leaseworks.layout.accounts.columns]
account_number = "Contract"
[leaseworks.layout.accounts.constants]
company = "01"
[leaseworks.layout.accounts.when_empty]
missed_payments = "0"
[leaseworks.layout.accounts.codes.status]
"10" = "Active"
"90" = "Paid Off"
"""


def test_an_unfamiliar_layout_is_bound_from_toml_without_code(tmp_path: Path) -> None:
    toml = tmp_path / "drawbar.toml"
    toml.write_text(TOML, encoding="utf-8")
    layout = load_settings(Hub, toml).leaseworks.layouts["accounts"]
    cells = account(
        1,
        STATUS="10",
        BOARDED_DT="15.01.2024",
        MATURITY_DT="20280115",
        NEXT_DUE_DT="NULL",
        OLDEST_UNPAID_DT="",
        LAST_PMT_DT="",
        MISSED_PMTS="",
        UPDATED_TS="2026-03-02 00:30:00",
        REGION="Zürich",
        COLLECTOR="NULL",
        **dict.fromkeys(("PMT_AMT", "PAST_DUE_AMT", "LATE_FEES", "NET_OUTST", "GROSS_OUTST"), "$1.234,50"),
        **dict.fromkeys(("GROSS_RECV", "PAYOFF_AMT", "LAST_PMT_AMT"), "12345678,9"),
    )
    cells = {("Contract" if name == "ACCT_NO" else name): text for name, text in cells.items() if name != "COMPANY"}
    path = tmp_path / layout.file
    path.write_bytes(csv_bytes([cells], list(cells), delimiter=";").decode().encode("cp1252"))
    (record,) = outcome(CsvFile(path, layout, LeaseAccount, delivered_on=DELIVERED_ON))
    assert isinstance(record, LeaseAccount)
    assert (record.account_number, record.company, record.region, record.collector) == (
        "LW00000001",
        "01",
        "Zürich",
        "",
    )
    assert (record.boarded_on, record.maturity_date, record.next_due_date) == (
        date(2024, 1, 15),
        date(2028, 1, 15),
        None,
    )
    assert record.updated_at.isoformat() == "2026-03-02T05:30:00+00:00"
    assert (record.payment_amount, record.gross_receivable) == (Decimal("1234.50"), Decimal("12345678.90"))
    assert (record.status, record.missed_payments) == ("Active", 0)


def test_a_wrong_setting_is_named_when_the_settings_are_read(tmp_path: Path) -> None:
    toml = tmp_path / "drawbar.toml"
    toml.write_text(TOML.replace('company = "01"', 'compny = "01"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"accounts: constants.compny is not a field; did you mean company\?"):
        load_settings(Hub, toml)


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"columns": {"nett": "X"}}, "accounts: columns.nett is not a field"),
    (
        {"columns": {"region": "X"}, "constants": {"region": ""}},
        "accounts: region has a column and a constant; keep one",
    ),
    ({"constants": {"account_number": "1"}}, "accounts: account_number is the key and needs a column"),
    (
        {"codes": {"status": {"A": "Activ"}}},
        "accounts: codes.status: 'A' = 'Activ' is not one of Active, Paid Off, Repossessed, Charged Off, Termina",
    ),
    ({"codes": {"region": {"A": "B"}}}, "accounts: codes.region: the field takes any text, so it has no codes"),
    (
        {"dates": ["YYYY/MM"]},
        "accounts: dates: date format 'YYYY/MM' needs a year (YYYY, YY), a month (MM, M, MON) and a day (DD, D)",
    ),
    ({"dates": ["MM/MM/DD/YYYY"]}, "accounts: dates: date format 'MM/MM/DD/YYYY' names a part twice"),
    (
        {"time_zone": "New York"},
        "accounts: time_zone: time_zone 'New York' is not known; give one such as America/New_York",
    ),
    (
        {"encoding": "utf-9"},
        "accounts: encoding: encoding 'utf-9' is not known; give utf-8, cp1252, utf-16 or another of Python's codecs",
    ),
    ({"delimiter": "||"}, "accounts: delimiter: '||' is not one ASCII character"),
    ({"delimiter": ""}, "accounts: delimiter is empty and there is no fixed_width"),
    ({"delimiter": '"'}, "accounts: delimiter and quote are both '\"'"),
    (
        {"money": {"decimal_mark": ","}, "constants": {"late_fees": "0.00"}},
        "layout.accounts: constants.late_fees: '0.00' is not an amount written 1234,56",
    ),
    ({"money": {"decimal_mark": ",", "thousands_mark": ","}}, "decimal_mark and thousands_mark are both ','"),
    ({"constants": {"late_fees": "-1.00"}}, "layout.accounts: constants.late_fees: '-1.00' must not be below 0"),
    ({"constants": {"region": "N" * 21}}, "layout.accounts: constants.region: has 21 characters, at most 20 fit"),
    ({"constants": {"status": "Z"}}, "layout.accounts: constants.status: 'Z' is not a known code (A, C, P, R, T)"),
    ({"when_empty": {"term_months": "x"}}, "layout.accounts: when_empty.term_months: 'x' is not a whole number"),
    ({"fixed_width": {"ACCT_NO": [0, 5]}}, "fixed_width.ACCT_NO: first character and length count from 1"),
    ({"file": "lessees.csv"}, "two entities have the same file"),
]


@pytest.mark.parametrize(("layout", "said"), NONSENSE)
def test_nonsense_in_a_layout_is_named(layout: dict[str, Any], said: str) -> None:
    assert said in refused(accounts=layout)


def test_a_missing_code_table_and_an_unbound_field_are_named() -> None:
    known = settings().layouts["accounts"].model_dump()
    del known["columns"]["region"], known["codes"]["status"]
    with pytest.raises(ValidationError) as error:
        type(settings().layouts["accounts"]).model_validate(known)
    assert "region has neither a column nor a constant" in str(error.value)
    assert "codes.status is needed: their code = one of Active, Paid Off" in str(error.value)


def test_every_change_of_a_layout_changes_its_version_and_only_its_own() -> None:
    before, after = settings().layouts, settings(accounts={"codes": {"status": {"A": "Active"}}}).layouts
    assert before["accounts"].version != after["accounts"].version
    assert before["lessees"].version == after["lessees"].version
    assert before["accounts"].version == settings().layouts["accounts"].version


def test_fixed_width_files_are_read_by_place(tmp_path: Path) -> None:
    widths, place = {}, 1
    for column in account(1):
        widths[column] = [place, 22]
        place += 22
    rows = [account(1, REGION="Zürich"), account(2, STATUS="Z"), account(3, COLLECTOR="")]
    lines = ["".join(text.ljust(22) for text in row.values()).rstrip() for row in rows]
    content = ("\n".join(["EXTRACT OF THE DAY", *lines]) + "\n").encode("cp1252")
    first, second, third = outcome(
        accounts_file(tmp_path, content, fixed_width=widths, skip_lines=1, encoding="cp1252")
    )
    assert isinstance(first, LeaseAccount)
    assert isinstance(third, LeaseAccount)
    assert (first.region, first.account_number, third.account_number) == ("Zürich", "LW00000001", "LW00000003")
    assert isinstance(second, str)
    assert second.startswith("accounts.csv row 2, account LW00000002, field status")


def test_files_without_a_header_line_are_read_by_the_names_of_the_layout(tmp_path: Path) -> None:
    content = csv_bytes([account(1), account(2)]).split(b"\r\n", 1)[1]
    records = outcome(accounts_file(tmp_path, content, header=list(account(1))))
    assert [record.account_number for record in records if isinstance(record, LeaseAccount)] == [
        "LW00000001",
        "LW00000002",
    ]


def test_the_delivery_date_stands_in_for_a_column_they_do_not_have(tmp_path: Path) -> None:
    constants = {"updated_at": "@delivery_date", "boarded_on": "@delivery_date"}
    (record,) = outcome(accounts_file(tmp_path, [account(1)], constants=constants))
    assert isinstance(record, LeaseAccount)
    assert record.updated_at.isoformat() == "2026-03-02T00:00:00+00:00"
    assert record.boarded_on == DELIVERED_ON
