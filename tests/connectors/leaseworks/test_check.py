"""Before an unfamiliar file is read, a person sees what would be understood of it and which settings would help."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from drawbar.connectors.leaseworks.check import BoundColumn, FileReport, ProblemCount, check_file
from drawbar.connectors.leaseworks.default_layout import DEFAULT_LAYOUT
from drawbar.connectors.leaseworks.suggestions import guess_columns
from drawbar.middleware.errors import NotThere, StopRun
from tests.connectors.leaseworks.exports import ACCOUNTS, account, csv_bytes, layout_with

TODAY = date(2026, 3, 2)
HEADER = list(ACCOUNTS.columns.values())


def report(folder: Path, content: bytes, name: str = "accounts.csv", entity: str | None = None) -> FileReport:
    path = folder / name
    path.write_bytes(content)
    return check_file(path, DEFAULT_LAYOUT, entity, TODAY)


def test_a_good_file_is_understood_in_full(tmp_path: Path) -> None:
    found = report(tmp_path, csv_bytes([account(number) for number in range(1, 9)]))
    assert (found.entity, found.encoding, found.delimiter) == ("accounts", "utf-8", ",")
    assert (found.rows, found.understood, found.readable) == (8, 8, True)
    assert (found.missing, found.unused, found.problems, found.suggestion) == ((), (), (), "")
    assert len(found.sample) == 5
    assert found.sample[0]["account_number"] == "LW00000001"
    assert found.sample[0]["past_due_amount"] == "1234.56"
    assert found.sample[0]["payoff_amount"] == ""


def test_problems_are_counted_with_the_first_row_of_each(tmp_path: Path) -> None:
    rows = [account(1), account(2, STATUS="Z"), account(3, STATUS="Z", TERM="x"), account(4, STATUS="Q"), account(1)]
    found = report(tmp_path, csv_bytes(rows) + b"LW00000009,short\r\n")
    assert (found.rows, found.understood, found.readable) == (6, 1, False)
    assert found.problems == (
        ProblemCount("UNKNOWN_CODE", "status", "STATUS", 3, 2, "'Z' is not a known code (A, C, P, R, T)"),
        ProblemCount("NOT_A_NUMBER", "term_months", "TERM", 1, 3, "'x' is not a whole number"),
        ProblemCount(
            "DUPLICATE_KEY", "", "ACCT_NO", 1, 5, "'LW00000001' stands in more than one row; the first counts"
        ),
        ProblemCount("WRONG_COLUMN_COUNT", "", "", 1, 6, "has 2 columns, the header has 25"),
    )
    assert found.unknown_codes == {"status": {"Z": 2, "Q": 1}}


UNFAMILIAR = {
    "ACCT_NO": "AccountNumber",
    "NET_OUTST": "Net Outstanding",
    "NEXT_DUE_DT": "NextDueDate",
    "OLDEST_UNPAID_DT": "Past Due Since",
    "COLLECTOR": "Colour of the Office",
}


def test_an_unfamiliar_file_is_understood_as_far_as_possible_and_bindings_are_suggested(tmp_path: Path) -> None:
    rows = [{UNFAMILIAR.get(name, name): text for name, text in account(n).items()} for n in range(1, 4)]
    for row in rows:
        row |= {"BOARDED_DT": "2024-01-15", "MATURITY_DT": "2028-01-15", "LAST_PMT_DT": "2026-01-03", "STATUS": "10"}
        row |= {"NextDueDate": "2026-03-01", "Past Due Since": "", "REGION": "Zürich"}
    content = csv_bytes(rows, list(rows[0]), delimiter=";").decode().encode("cp1252")
    found = report(tmp_path, content, "export.txt")
    assert (found.entity, found.encoding, found.delimiter, found.rows) == ("accounts", "cp1252", ";", 3)
    assert BoundColumn("net_outstanding", "Net Outstanding", guessed=True) in found.bound
    assert found.missing == (BoundColumn("collector", "COLLECTOR", guessed=False),)
    assert found.unused == ("Colour of the Office",)
    assert {(problem.code, problem.field) for problem in found.problems} == {
        ("NOT_A_DATE", "boarded_on"),
        ("NOT_A_DATE", "maturity_date"),
        ("NOT_A_DATE", "next_due_date"),
        ("NOT_A_DATE", "last_payment_on"),
        ("UNKNOWN_CODE", "status"),
    }
    suggested = tomllib.loads(found.suggestion)["leaseworks"]["layout"]["accounts"]
    assert suggested == {
        "encoding": "cp1252",
        "delimiter": ";",
        "dates": ["YYYY-MM-DD", "MM/DD/YYYY"],
        "columns": {
            "account_number": "AccountNumber",
            "net_outstanding": "Net Outstanding",
            "next_due_date": "NextDueDate",
            "past_due_since": "Past Due Since",
        },
        "codes": {
            "status": {"A": "Active", "P": "Paid Off", "R": "Repossessed", "C": "Charged Off", "T": "Terminated"}
        },
    }
    assert '# "10" = "…"' in found.suggestion


def test_the_suggestion_with_a_persons_answers_makes_the_file_readable(tmp_path: Path) -> None:
    rows = [{UNFAMILIAR.get(name, name): text for name, text in account(n).items()} for n in range(1, 4)]
    path = tmp_path / "accounts.csv"
    path.write_bytes(csv_bytes(rows, list(rows[0])))
    first = check_file(path, DEFAULT_LAYOUT, None, TODAY)
    assert not first.readable
    suggested = tomllib.loads(first.suggestion)["leaseworks"]["layout"]["accounts"]
    bound = layout_with(columns=suggested["columns"], constants={"collector": ""})
    assert check_file(path, {"accounts": bound}, "accounts", TODAY).readable


def test_the_entity_is_told_by_name_or_columns_and_otherwise_asked_for(tmp_path: Path) -> None:
    content = csv_bytes([account(1)])
    assert report(tmp_path, content, "20260302.dat").entity == "accounts"
    with pytest.raises(NotThere, match=r"x.csv has neither .* with --entity: lessees, accounts, vehicles"):
        report(tmp_path, b"a,b\r\n1,2\r\n", "x.csv")
    assert report(tmp_path, b"a,b\r\n1,2\r\n", "x.csv", "notes").entity == "notes"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_recognised(tmp_path: Path, encoding: str) -> None:
    found = report(tmp_path, csv_bytes([account(1, REGION="Zürich")]).decode().encode(encoding))
    assert (found.encoding, found.understood, found.readable) == (encoding, 1, False)
    assert f'encoding = "{encoding}"' in found.suggestion


def test_rows_that_are_not_even_windows_text_are_still_counted(tmp_path: Path) -> None:
    content = csv_bytes([account(1, REGION="@"), account(2)]).replace(b"@", b"\x81")
    found = report(tmp_path, content)
    assert (found.encoding, found.rows, found.readable) == ("iso8859-1", 2, False)


def test_a_file_without_header_or_with_one_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StopRun, match="is empty"):
        report(tmp_path, b"")
    with pytest.raises(StopRun, match="more than one column TERM"):
        report(tmp_path, csv_bytes([account(1)], [*HEADER, "X"], restval="").replace(b"X", b"TERM"))


def test_a_report_is_plain_json(tmp_path: Path) -> None:
    found = report(tmp_path, csv_bytes([account(1, STATUS="Z")]))
    plain = json.loads(json.dumps(found.as_json()))
    assert plain["unknown_codes"] == {"status": {"Z": 1}}
    assert plain["readable"] is False
    assert plain["problems"][0]["first_row"] == 1


def test_guesses_use_each_column_once_and_never_an_unlike_one() -> None:
    missing = {"past_due_amount": "PAST_DUE_AMT", "past_due_since": "OLDEST_UNPAID_DT", "office": "OFFICE"}
    assert guess_columns(missing, ["Past Due Amt", "PastDueSince", "Weather"]) == {
        "past_due_amount": "Past Due Amt",
        "past_due_since": "PastDueSince",
    }
