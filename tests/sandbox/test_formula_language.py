"""The formula language, function by function, and what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.formula import parse_formula

NOW = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
RECORD = {
    "Name": "Diesel & Sons",
    "Status__c": "Open",
    "Colours__c": "red;blue",
    "Amount__c": Decimal("1250.50"),
    "Days__c": 45,
    "Blank_Text__c": None,
    "Blank_Number__c": None,
    "Active__c": True,
    "Due__c": date(2026, 1, 31),
    "Seen__c": datetime(2026, 3, 30, 15, 30, tzinfo=UTC),
}
USER = {"$User.Id": "005000000000001AAA", "$Profile.Name": "Integration", "$Permission.Bypass_Rules": True}


def worth(text: str, **options: object) -> object:
    return parse_formula(text).evaluate(RECORD, now=NOW, user=USER, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("(1 + 2) * 3", Decimal(9)),
        ("2 ^ 3 ^ 2", Decimal(512)),
        ("10 / 4", Decimal("2.5")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("-Days__c + 50", Decimal(5)),
        ("5 - -3", Decimal(8)),
        ('Name & " " & Status__c', "Diesel & Sons Open"),
        ("\"a\" + 'b'", "ab"),
        ('"say \\"hi\\""', 'say "hi"'),
        ("Amount__c > 1000 && Days__c >= 45", True),
        ("Amount__c > 1000 || 1 / 0 > 1", True),
        ("!Active__c", False),
        ('Status__c = "Open"', True),
        ('Status__c == "open"', False),
        ('Status__c <> "Closed"', True),
        ('Status__c != "Open"', False),
        ("Days__c /* in days */ < 46", True),
        ("TRUE", True),
        ("null", None),
        ("Due__c + 10", date(2026, 2, 10)),
        ("TODAY() - Due__c", Decimal(59)),
        ("NOW() - Seen__c", Decimal(1)),
        ("Seen__c + 0.5", datetime(2026, 3, 31, 3, 30, tzinfo=UTC)),
        ("Due__c < TODAY()", True),
    ],
)
def test_operators_work_as_in_salesforce(formula: str, result: object) -> None:
    assert worth(formula) == result


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("AND(TRUE, Active__c)", True),
        ("OR(FALSE, NOT(Active__c))", False),
        ('IF(Days__c > 30, "late", "fine")', "late"),
        ('CASE(Status__c, "Open", 1, "Closed", 2, 0)', Decimal(1)),
        ('CASE(Status__c, "Closed", 2, 0)', Decimal(0)),
        ("ISBLANK(Blank_Text__c)", True),
        ("ISNULL(Amount__c)", False),
        ('BLANKVALUE(Blank_Text__c, "none")', "none"),
        ("NULLVALUE(Days__c, 1)", Decimal(45)),
        ('ISPICKVAL(Status__c, "Open")', True),
        ('ISPICKVAL(Blank_Text__c, "")', True),
        ('INCLUDES(Colours__c, "blue")', True),
        ('INCLUDES(Colours__c, "blu")', False),
        ("TEXT(Amount__c)", "1250.5"),
        ("TEXT(100)", "100"),
        ("TEXT(Due__c)", "2026-01-31"),
        ("TEXT(Seen__c)", "2026-03-30 15:30:00Z"),
        ("TEXT(Status__c)", "Open"),
        ('VALUE("12.50")', Decimal("12.5")),
        ('VALUE("")', None),
        ("LEN(Name)", Decimal(13)),
        ("LEN(Blank_Text__c)", Decimal(0)),
        ("LEFT(Name, 6)", "Diesel"),
        ("RIGHT(Name, 4)", "Sons"),
        ("MID(Name, 8, 1)", "&"),
        ('TRIM("  x ")', "x"),
        ("UPPER(Status__c)", "OPEN"),
        ("LOWER(Status__c)", "open"),
        ('BEGINS(Name, "Diesel")', True),
        ('CONTAINS(Name, "son")', False),
        ('FIND("s", Name)', Decimal(4)),
        ('FIND("s", Name, 5)', Decimal(13)),
        ('FIND("z", Name)', Decimal(0)),
        ('SUBSTITUTE(Name, "Sons", "Co")', "Diesel & Co"),
        ('REGEX("LW0001", "LW[0-9]{4}")', True),
        ('REGEX("xLW0001", "LW[0-9]{4}")', False),
        ('LPAD("7", 3, "0")', "007"),
        ('RPAD("abc", 2)', "ab"),
        ('ISNUMBER("1e")', False),
        ('REVERSE("abc")', "cba"),
        ("ROUND(2.345, 2)", Decimal("2.35")),
        ("ROUND(-2.5, 0)", Decimal(-3)),
        ("ROUND(1250, -2)", Decimal(1300)),
        ("FLOOR(-2.5)", Decimal(-2)),
        ("CEILING(-2.5)", Decimal(-3)),
        ("MFLOOR(-2.5)", Decimal(-3)),
        ("MCEILING(-2.5)", Decimal(-2)),
        ("TRUNC(2.789, 1)", Decimal("2.7")),
        ("ABS(-3)", Decimal(3)),
        ("MIN(3, 1, 2)", Decimal(1)),
        ("MAX(3, 1, 2)", Decimal(3)),
        ("MOD(123, 100)", Decimal(23)),
        ("SQRT(16)", Decimal(4)),
        ("TODAY()", date(2026, 3, 31)),
        ("NOW()", NOW),
        ("TIMENOW()", time(15, 30)),
        ("DATE(2024, 2, 29)", date(2024, 2, 29)),
        ('DATEVALUE("2026-03-02")', date(2026, 3, 2)),
        ("DATEVALUE(Seen__c)", date(2026, 3, 30)),
        ('DATETIMEVALUE("2026-03-02 10:00:00")', datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("YEAR(Due__c)", Decimal(2026)),
        ("MONTH(Due__c)", Decimal(1)),
        ("DAY(Due__c)", Decimal(31)),
        ("WEEKDAY(DATE(2026, 3, 1))", Decimal(1)),
        ("HOUR(TIMEVALUE(Seen__c))", Decimal(15)),
        ("ADDMONTHS(Due__c, 1)", date(2026, 2, 28)),
        ("ADDMONTHS(Due__c, -11)", date(2025, 2, 28)),
        ('HYPERLINK("/x?a=1&b=2", "see <it>")', '<a href="/x?a=1&amp;b=2" target="_blank">see &lt;it&gt;</a>'),
        (
            'IMAGE("/img/red.gif", "red", 10, 20)',
            '<img src="/img/red.gif" alt="red" style="height:10px; width:20px;" border="0"/>',
        ),
        ('CASESAFEID("001000000000001")', "001000000000001AAA"),
    ],
)
def test_functions_work_as_in_salesforce(formula: str, result: object) -> None:
    assert worth(formula) == result


def test_blank_numbers_are_zero_or_blank_as_the_formula_says() -> None:
    assert worth("Blank_Number__c + 5") == Decimal(5)
    assert worth("Blank_Number__c + 5", blank_as_zero=False) is None
    assert worth("Blank_Number__c < 1") is True
    assert worth("Blank_Number__c < 1", blank_as_zero=False) is False
    assert worth("ROUND(Blank_Number__c, 2)", blank_as_zero=False) is None


def test_changes_compare_with_the_record_before() -> None:
    prior = {**RECORD, "Status__c": "New"}
    assert worth("ISCHANGED(Status__c)", prior=prior) is True
    assert worth("ISCHANGED(Name)", prior=prior) is False
    assert worth("PRIORVALUE(Status__c)", prior=prior) == "New"


def test_a_new_record_has_no_changes() -> None:
    assert worth("ISNEW()", is_new=True) is True
    assert worth("ISCHANGED(Status__c)", is_new=True) is False
    assert worth("PRIORVALUE(Status__c)", is_new=True) == "Open"
    assert worth("ISNEW()") is False


def test_globals_come_from_the_user_and_permissions_not_held_are_false() -> None:
    assert worth("$User.Id") == USER["$User.Id"]
    assert worth('$Profile.Name = "Integration"') is True
    assert worth("$Permission.Bypass_Rules") is True
    assert worth("$Permission.Other") is False


def test_parents_are_asked_for_by_their_path() -> None:
    asked = []

    def resolve(path: str) -> object:
        asked.append(path)
        return 61

    assert worth("Lease_Account__r.Days_Past_Due__c > 60", resolve=resolve) is True
    assert asked == ["Lease_Account__r.Days_Past_Due__c"]


def test_a_formula_knows_the_fields_it_looks_at() -> None:
    formula = parse_formula('IF($User.Id = OwnerId, Account.Name, "Name" & Status__c)')
    assert formula.fields == {"OwnerId", "Account.Name", "Status__c"}
    assert formula.globals == {"$User.Id"}


def test_names_match_whatever_their_case() -> None:
    assert worth("if(days__C > 30, name, null)") == "Diesel & Sons"


@pytest.mark.parametrize(
    ("formula", "position"),
    [
        ("1 +", 3),
        ("IF(TRUE, 1", 10),
        ("FOO(1)", 0),
        ("1 + LEN()", 4),
        ("IF(1, 2, 3, 4)", 0),
        ("Amount__c # 2", 10),
        ('"open', 0),
        ("", 0),
    ],
)
def test_a_formula_that_does_not_read_is_refused_with_its_place(formula: str, position: int) -> None:
    with pytest.raises(FormulaError) as refusal:
        parse_formula(formula)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    "formula",
    [
        'Amount__c + "x"',
        "1 / 0",
        "Missing__c",
        "Account.Name",
        'VALUE("x")',
        "DATE(2026, 2, 30)",
        "Name > 5",
        "TEXT(TRUE)",
        'REGEX("x", "(")',
    ],
)
def test_a_formula_without_a_result_says_why(formula: str) -> None:
    with pytest.raises(FormulaError):
        worth(formula)


@settings(max_examples=60, deadline=None)
@given(st.decimals(-(10**6), 10**6, places=2), st.decimals(-(10**6), 10**6, places=2))
def test_money_is_added_without_losing_a_cent(first: Decimal, second: Decimal) -> None:
    record = {"A": first, "B": second}
    assert parse_formula("A + B - A").evaluate(record, now=NOW) == second
    assert parse_formula("A * 3 = A + A + A").evaluate(record, now=NOW) is True
