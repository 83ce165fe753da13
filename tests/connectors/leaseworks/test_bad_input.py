"""What is wrong in a file is named so that a person can act on it, and the good rows go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawbar.middleware.errors import StopRun
from tests.connectors.leaseworks.exports import ACCOUNTS, account, accounts_file, csv_bytes, good_and_refused
from tests.contracts.row_source import source_rows

HEADER = list(ACCOUNTS.columns.values())
CORRECT = "Correct it in LeaseWorks; the next delivery brings it."


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"TERM": "four"}, "field term_months (column TERM): 'four' is not a whole number."),
        ({"TERM": "4_8"}, "field term_months (column TERM): '4_8' is not a whole number."),
        ({"TERM": ""}, "field term_months (column TERM): is empty."),
        ({"TERM": "0"}, "field term_months (column TERM): '0' must not be below 1."),
        ({"TERM": "601"}, "field term_months (column TERM): '601' must not be above 600."),
        (
            {"BOARDED_DT": "02/30/2026"},
            "field boarded_on (column BOARDED_DT): '02/30/2026' is not a date of the calendar.",
        ),
        (
            {"BOARDED_DT": "2026-02-03"},
            "field boarded_on (column BOARDED_DT): '2026-02-03' is not a date written MM/DD/YYYY.",
        ),
        ({"BOARDED_DT": ""}, "field boarded_on (column BOARDED_DT): is empty."),
        (
            {"UPDATED_TS": "2026-03-02 05:00"},
            "field updated_at (column UPDATED_TS): '2026-03-02 05:00' has no time zone.",
        ),
        (
            {"UPDATED_TS": "yesterday"},
            "field updated_at (column UPDATED_TS): 'yesterday' is not a timestamp written ISO 8601.",
        ),
        ({"PAST_DUE_AMT": "-5.00"}, "field past_due_amount (column PAST_DUE_AMT): '-5.00' must not be below 0."),
        ({"PAST_DUE_AMT": "5.001"}, "field past_due_amount (column PAST_DUE_AMT): '5.001' has a fraction of a cent."),
        (
            {"PAST_DUE_AMT": "1,234.00"},
            "field past_due_amount (column PAST_DUE_AMT): '1,234.00' is not an amount written 1234.56.",
        ),
        (
            {"PAST_DUE_AMT": "1e3"},
            "field past_due_amount (column PAST_DUE_AMT): '1e3' is not an amount written 1234.56.",
        ),
        (
            {"PAST_DUE_AMT": "NaN"},
            "field past_due_amount (column PAST_DUE_AMT): 'NaN' is not an amount written 1234.56.",
        ),
        ({"REGION": "N" * 21}, "field region (column REGION): has 21 characters, at most 20 fit."),
        ({"LESSEE_NO": " "}, "field lessee_number (column LESSEE_NO): is empty."),
    ],
)
def test_a_wrong_cell_is_refused_by_row_account_field_and_column(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    rows = [account(number) for number in range(1, 20)]
    rows[16] |= changed
    good, refused = good_and_refused(accounts_file(tmp_path, rows))
    assert len(good) == 18
    assert len(refused) == 1
    assert refused[0].startswith(f"accounts.csv row 17, account LW00000017, {said}")
    assert refused[0].removeprefix(f"accounts.csv row 17, account LW00000017, {said} ") in {
        CORRECT,
        "Set time_zone in the layout.",
    }


def test_an_unknown_code_is_refused_by_name_with_the_table_that_binds_it(tmp_path: Path) -> None:
    good, refused = good_and_refused(accounts_file(tmp_path, [account(1), account(2, STATUS="Z"), account(3)]))
    assert good == ["LW00000001", "LW00000003"]
    assert refused == [
        "accounts.csv row 2, account LW00000002, field status (column STATUS): 'Z' is not a known code"
        " (A, C, P, R, T). Bind it in [leaseworks.layout.accounts.codes.status]."
    ]


def test_every_wrong_field_of_a_row_is_named_at_once(tmp_path: Path) -> None:
    _, refused = good_and_refused(accounts_file(tmp_path, [account(1, STATUS="Z", TERM="x", LATE_FEES="-1.00")]))
    assert refused == [
        "accounts.csv row 1, account LW00000001, field status, term_months, late_fees:"
        " status (column STATUS) 'Z' is not a known code (A, C, P, R, T);"
        " term_months (column TERM) 'x' is not a whole number;"
        " late_fees (column LATE_FEES) '-1.00' must not be below 0."
        " Bind it in [leaseworks.layout.accounts.codes.status]."
    ]


def test_a_row_with_too_few_or_too_many_columns_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    content = csv_bytes([account(1), account(2), account(3)]).replace(b",HH,A,", b",HH,Hackensack,A,", 1)
    content = content.replace(b"LW00000003,LS00000412,", b"LW00000003,")
    good, refused = good_and_refused(accounts_file(tmp_path, content))
    remedy = "A text that holds the delimiter or a line end must be enclosed in quotes."
    assert good == ["LW00000002"]
    assert refused == [
        f"accounts.csv row 1, account LW00000001: has 26 columns, the header has 25. {remedy}",
        f"accounts.csv row 3, account LW00000003: has 24 columns, the header has 25. {remedy}",
    ]


def test_bytes_of_another_encoding_refuse_their_row_alone(tmp_path: Path) -> None:
    content = csv_bytes([account(1), account(2, COLLECTOR="Jos@"), account(3)]).replace(
        b"Jos@", "José".encode("cp1252")
    )
    good, refused = good_and_refused(accounts_file(tmp_path, content))
    assert good == ["LW00000001", "LW00000003"]
    place = content.splitlines()[2].index(b"\xe9") + 1
    assert refused == [
        f"accounts.csv row 2, account LW00000002: holds bytes that are not utf-8 (e9 at byte {place})."
        " If many rows do, set encoding in the layout, for instance cp1252."
    ]


def test_wrong_quotes_and_nul_characters_refuse_their_row_alone(tmp_path: Path) -> None:
    content = csv_bytes([account(1, COLLECTOR="@1"), account(2, COLLECTOR="@2"), account(3)])
    content = content.replace(b"@1", b'"Jo"hn').replace(b"@2", b"J\0")
    good, refused = good_and_refused(accounts_file(tmp_path, content))
    assert good == ["LW00000003"]
    assert refused == [
        "accounts.csv row 1, account LW00000001: its quotes are wrong (',' expected after '\"')."
        " Ask LeaseWorks to correct the row.",
        "accounts.csv row 2, account LW00000002: holds a NUL character. Ask LeaseWorks to correct the row.",
    ]


def test_a_row_without_a_key_is_refused(tmp_path: Path) -> None:
    good, refused = good_and_refused(accounts_file(tmp_path, [account(1, ACCT_NO=""), account(2)]))
    assert good == ["LW00000002"]
    assert refused == [
        "accounts.csv row 1, account (without number), field account_number (column ACCT_NO): is empty. " + CORRECT
    ]


def test_a_repeated_key_comes_with_both_row_numbers_for_the_core_to_judge(tmp_path: Path) -> None:
    rows = source_rows(accounts_file(tmp_path, [account(1), account(2), account(1, TERM="60")]))
    assert [(row.number, row.key) for row in rows if row.key == "LW00000001"] == [(1, "LW00000001"), (3, "LW00000001")]


def stopped(folder: Path, content: bytes, **changes: object) -> str:
    with pytest.raises(StopRun) as stop:
        next(accounts_file(folder, content, **changes).batches())
    return str(stop.value)


def test_a_missing_column_stops_before_the_first_row_and_says_how_to_bind_it(tmp_path: Path) -> None:
    content = csv_bytes([account(1)]).replace(b"NET_OUTST,", b"NET_OUTSTANDING,")
    assert stopped(tmp_path, content) == (
        "accounts.csv: has no column NET_OUTST (our net_outstanding)."
        ' Under [leaseworks.layout.accounts.columns] set net_outstanding = "NET_OUTSTANDING" if it has another name'
        ' now, or under [leaseworks.layout.accounts.constants] net_outstanding = "…" if they have none.'
        " `drawbar leaseworks check accounts.csv` shows all columns."
    )


def test_a_column_name_that_stands_twice_stops(tmp_path: Path) -> None:
    content = csv_bytes([account(1)], [*HEADER, "EXTRA"], restval="").replace(b"EXTRA", b"LATE_FEES")
    assert stopped(tmp_path, content) == (
        "accounts.csv: has more than one column LATE_FEES, so it is not known which one counts."
        " Ask LeaseWorks to rename one of them."
    )


@pytest.mark.parametrize(
    ("found", "encoding", "configured"),
    [
        ("utf-16", "utf-16", "utf-8"),
        ("utf-16-le", "utf-16-le", "utf-8"),
        ("utf-16-be", "utf-16-be", "cp1252"),
        ("utf-8", "utf-8-sig", "cp1252"),
        ("utf-8", "utf-8", "cp1252"),
        ("utf-8", "utf-8", "latin-1"),
    ],
)
def test_a_file_that_plainly_has_another_encoding_stops(
    tmp_path: Path, found: str, encoding: str, configured: str
) -> None:
    content = csv_bytes([account(1, COLLECTOR="Müller")]).decode().encode(encoding)
    layout_name = {"latin-1": "iso8859-1"}.get(configured, configured)
    assert stopped(tmp_path, content, encoding=configured) == (
        f"accounts.csv: looks like {found}, but the layout says {layout_name}."
        f' Set encoding = "{found}" under [leaseworks.layout.accounts] if that is what LeaseWorks writes.'
    )


def test_a_header_in_another_encoding_stops(tmp_path: Path) -> None:
    content = csv_bytes([account(1)]).replace(b"REGION", "RÉGION".encode("cp1252"))
    assert stopped(tmp_path, content).startswith("accounts.csv: its header line is not readable as utf-8 (")


@pytest.mark.parametrize("content", [b"", b"\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_stops(tmp_path: Path, content: bytes) -> None:
    assert stopped(tmp_path, content) == "accounts.csv: is empty: it has no header line. Ask for the file again."


def test_a_file_that_is_cut_off_within_a_row_stops_before_the_first_row(tmp_path: Path) -> None:
    content = csv_bytes([account(1), account(2)])
    assert stopped(tmp_path, content[: content.index(b"LW00000002,LS") + 14]) == (
        "accounts.csv: is cut off: its last line has 2 of 25 columns and no line end. Ask for the file again."
    )


def test_a_file_that_is_cut_off_within_quotes_stops(tmp_path: Path) -> None:
    content = csv_bytes([account(1), account(2, PORTFOLIO="a\r\nb")])
    assert stopped(tmp_path, content[: content.index(b"a\r\nb")]) == (
        "accounts.csv: line 3 opens a quote that never closes: the file is cut off or its quotes are wrong."
        " Ask for the file again, or set quote in the layout."
    )


def test_a_utf16_file_that_is_cut_off_within_a_character_stops(tmp_path: Path) -> None:
    content = csv_bytes([account(1)]).decode().encode("utf-16")[:-1]
    assert "is not readable as utf-16 (truncated data)" in stopped(tmp_path, content, encoding="utf-16")


def test_an_extra_column_is_taken_and_mentioned_once(tmp_path: Path) -> None:
    rows = [account(number) | {"LOYALTY": "gold"} for number in (1, 2)]
    source = accounts_file(tmp_path, csv_bytes(rows, [*HEADER, "LOYALTY"]))
    good, refused = good_and_refused(source)
    assert (good, refused) == (["LW00000001", "LW00000002"], [])
    assert source.notices == ("accounts.csv has columns that the layout does not use: LOYALTY.",)


def test_a_whole_last_row_without_line_end_is_taken_and_mentioned(tmp_path: Path) -> None:
    source = accounts_file(tmp_path, csv_bytes([account(1), account(2)]).removesuffix(b"\r\n"))
    good, _ = good_and_refused(source)
    assert good == ["LW00000001", "LW00000002"]
    assert source.notices == ("accounts.csv ends without a line end; its last row is complete.",)
