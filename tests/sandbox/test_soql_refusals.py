"""What queries are refused for, in a real org's words."""

from __future__ import annotations

from datetime import date

import pytest

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.soql.compiler import compile_query
from drawbar.sandbox.soql.date_literals import days_of
from drawbar.sandbox.soql.syntax import DateLiteral
from tests.sandbox.soql_org import NOW, SCHEMA, USER


def refusal(query: str) -> SalesforceError:
    with pytest.raises(SalesforceError) as refused:
        compile_query(query, SCHEMA, now=NOW, user_id=USER)
    return refused.value


def test_an_unknown_field_is_named_with_excerpt_caret_and_position() -> None:
    refused = refusal("SELECT Id, Name, Naame FROM Account")
    assert refused.code == "INVALID_FIELD"
    assert refused.status == 400
    assert refused.message == (
        "\nSELECT Id, Name, Naame FROM Account\n"
        "                 ^\n"
        "ERROR at Row:1:Column:18\n"
        "No such column 'Naame' on entity 'Account'. If you are attempting to use a custom field, be sure to "
        "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
        "appropriate names."
    )


def test_a_wrong_value_is_excerpted_as_recorded_from_a_real_org() -> None:
    assert refusal("select Id, Status__c from Lease_Account__c where Status__c = 3999").message == (
        "\nStatus__c from Lease_Account__c where Status__c = 3999\n"
        "                                      ^\n"
        "ERROR at Row:1:Column:50\n"
        "value of filter criterion for field 'Status__c' must be of type string and should be enclosed in quotes"
    )


def test_the_excerpt_and_position_are_of_the_line() -> None:
    refused = refusal("SELECT Id\nFROM Account\nWHERE Nope = 1")
    assert refused.message.startswith("\nWHERE Nope = 1\n      ^\nERROR at Row:3:Column:7\nNo such column 'Nope'")


@pytest.mark.parametrize(
    ("query", "code", "position", "words"),
    [
        ("SELECT", "MALFORMED_QUERY", 7, "unexpected token: '<EOF>'"),
        ("SELECT FROM Account", "MALFORMED_QUERY", 8, "unexpected token: 'FROM'"),
        ("SELECT Id, FROM Account", "MALFORMED_QUERY", 12, "unexpected token: 'FROM'"),
        ("SELECT * FROM Account", "MALFORMED_QUERY", 8, "unexpected token: '*'"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", 29, "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Account WHERE Name = 'O'Reilly'", "MALFORMED_QUERY", 40, "unexpected token: 'Reilly'"),
        ("SELECT Id FROM Account WHERE Name = 'O", "MALFORMED_QUERY", 37, "mismatched character '<EOF>' expecting '''"),
        ("SELECT Id FROM Account WHERE Name = 'a\\c'", "MALFORMED_QUERY", 37, "Illegal character sequence '\\c'"),
        (
            "SELECT Id FROM Account WHERE Name = :name",
            "MALFORMED_QUERY",
            37,
            "Bind variables only allowed in Apex code",
        ),
        ("SELECT Id FROM Account WHERE Id IN ()", "MALFORMED_QUERY", 37, "unexpected token: ')'"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", 56, "'OR'"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND NOT Name = 'b'", "MALFORMED_QUERY", 45, "'NOT'"),
        ("SELECT Id FROM Account LIMIT -1", "MALFORMED_QUERY", 30, "unexpected token: '-1'"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", 30, "unexpected token: 'x'"),
        ("SELECT Id FROM Account LIMIT 1 WHERE Name = 'x'", "MALFORMED_QUERY", 32, "unexpected token: 'WHERE'"),
        ("SELECT Id FROM Account USING SCOPE team", "MALFORMED_QUERY", 36, "unexpected token: 'team'"),
        ("SELECT Name n FROM Account", "MALFORMED_QUERY", 8, "only aggregate expressions use field aliasing"),
        ("SELECT TYPEOF Owner WHEN User THEN Name END FROM Case", "MALFORMED_QUERY", 8, "TYPEOF is not supported"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", 8, "Field must be grouped or aggregated: Name"),
        (
            "SELECT COUNT(Id) FROM Account ORDER BY Name",
            "MALFORMED_QUERY",
            40,
            "Ordered field must be grouped or aggregated",
        ),
        (
            "SELECT COUNT(Description) FROM Account",
            "MALFORMED_QUERY",
            8,
            "field Description does not support aggregate operator COUNT",
        ),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", 8, "field Name does not support aggregate operator SUM"),
        (
            "SELECT Balance__c FROM Lease_Account__c GROUP BY Balance__c",
            "MALFORMED_QUERY",
            50,
            "field 'Balance__c' can not be grouped",
        ),
        ("SELECT Name FROM Account GROUP BY ROLLUP(Name)", "MALFORMED_QUERY", 35, "GROUP BY ROLLUP is not supported"),
        ("SELECT Name a, COUNT(Id) a FROM Account GROUP BY Name", "MALFORMED_QUERY", 16, "duplicate alias: a"),
        (
            "SELECT Id, (SELECT COUNT(Id) FROM Lease_Accounts__r) FROM Account",
            "MALFORMED_QUERY",
            35,
            "only root queries",
        ),
        ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", 30, "not allowed in the WHERE clause"),
        ("SELECT Id FROM Account ORDER BY Description", "MALFORMED_QUERY", 33, "field 'Description' can not be sorted"),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Account)",
            "MALFORMED_QUERY",
            44,
            "id or reference fields",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT Lease_Account__c FROM Payment__c)",
            "MALFORMED_QUERY",
            30,
            "same object type",
        ),
        ("SELECT Id FROM Account WHERE FOO(Name) = 'x'", "MALFORMED_QUERY", 30, "Invalid function: FOO"),
        ("SELECT Name, name FROM Account", "INVALID_FIELD", 14, "duplicate field selected: Name"),
        ("SELECT Nope.Name FROM Account", "INVALID_FIELD", 8, "Didn't understand relationship 'Nope' in field path."),
        ("SELECT Owner.Nope FROM Case", "INVALID_FIELD", 8, "No such column 'Nope' on entity 'Name'"),
        (
            "SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account",
            "INVALID_FIELD",
            8,
            "more than 5 levels",
        ),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            30,
            "field 'Description' can not be filtered in a query call",
        ),
        ("SELECT Id FROM Account WHERE BillingAddress = 'x'", "INVALID_FIELD", 30, "can not be filtered"),
        (
            "SELECT Id FROM Account WHERE CreatedDate = '2026-01-01'",
            "INVALID_FIELD",
            30,
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate = 2026-01-01",
            "INVALID_FIELD",
            30,
            "must be of type dateTime and should not",
        ),
        (
            "SELECT Id FROM Payment__c WHERE Paid__c > 2026-01-01T00:00:00Z",
            "INVALID_FIELD",
            33,
            "must be of type date and should not",
        ),
        (
            "SELECT Id FROM Payment__c WHERE Amount__c = '1'",
            "INVALID_FIELD",
            33,
            "must be of type double and should not",
        ),
        (
            "SELECT Id FROM Payment__c WHERE Amount__c IN (1, '2')",
            "INVALID_FIELD",
            33,
            "must be of type double and should not",
        ),
        ("SELECT Id FROM Account WHERE IsDeleted = 1", "INVALID_FIELD", 30, "must be of type boolean and should not"),
        (
            "SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2026.5",
            "INVALID_FIELD",
            30,
            "must be of type int",
        ),
        (
            "SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 2026",
            "INVALID_FIELD",
            30,
            "can not be used on field 'Name'",
        ),
        ("SELECT Id FROM Account WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", 35, "invalid ID field: abc"),
        (
            "SELECT Id FROM Account WHERE OwnerId LIKE '005%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            30,
            "invalid operator on id field",
        ),
        (
            "SELECT Id FROM Account WHERE Name INCLUDES ('x')",
            "INVALID_QUERY_FILTER_OPERATOR",
            30,
            "multi-select picklist",
        ),
        ("SELECT Id FROM Nope__c", "INVALID_TYPE", 16, "sObject type 'Nope__c' is not supported."),
        (
            "SELECT Id, (SELECT Id FROM Nopes__r) FROM Account",
            "INVALID_TYPE",
            28,
            "Didn't understand relationship 'Nopes__r' in FROM part of query call.",
        ),
        (
            "SELECT Id FROM Account WHERE " + "(" * 61 + "Name = 'x'" + ")" * 61,
            "QUERY_TOO_COMPLICATED",
            90,
            "too complicated",
        ),
    ],
)
def test_a_query_is_refused_with_code_place_and_reason(query: str, code: str, position: int, words: str) -> None:
    refused = refusal(query)
    assert refused.code == code
    assert f"ERROR at Row:1:Column:{position}\n" in refused.message
    assert words in refused.message


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        (
            "SELECT FIELDS(ALL) FROM Account",
            "MALFORMED_QUERY",
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        ),
        (
            "SELECT FIELDS(CUSTOM) FROM Account LIMIT 201",
            "MALFORMED_QUERY",
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        ),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        (
            "SELECT COUNT(Id) FROM Account LIMIT 1",
            "MALFORMED_QUERY",
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        ),
        (
            "SELECT Id FROM Payment__c WHERE Paid__c = LAST_N_YEARS:9999",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "LAST_N_YEARS:9999 is outside the valid range of dates",
        ),
        (
            "SELECT Id FROM Payment__c WHERE Amount__c > 1e999",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "1E+999 is outside the valid range",
        ),
        (
            "SELECT Id FROM Account WHERE Name = '" + "x" * 100_000 + "'",
            "MALFORMED_QUERY",
            "SOQL statements cannot be longer than 100000 characters.",
        ),
    ],
)
def test_limits_are_refused_without_a_place(query: str, code: str, message: str) -> None:
    refused = refusal(query)
    assert (refused.code, refused.message) == (code, message)


def test_a_thousand_alternatives_are_no_trouble() -> None:
    alternatives = " OR ".join(f"Name = 'n{number}'" for number in range(2000))
    compiled = compile_query(f"SELECT Id FROM Account WHERE {alternatives}", SCHEMA, now=NOW, user_id=USER)
    assert len(compiled.sql.parameters) == 2000


@pytest.mark.parametrize(
    ("literal", "count", "first", "after"),
    [
        ("TODAY", None, "2026-03-18", "2026-03-19"),
        ("YESTERDAY", None, "2026-03-17", "2026-03-18"),
        ("TOMORROW", None, "2026-03-19", "2026-03-20"),
        ("THIS_WEEK", None, "2026-03-15", "2026-03-22"),
        ("LAST_WEEK", None, "2026-03-08", "2026-03-15"),
        ("NEXT_WEEK", None, "2026-03-22", "2026-03-29"),
        ("LAST_MONTH", None, "2026-02-01", "2026-03-01"),
        ("THIS_MONTH", None, "2026-03-01", "2026-04-01"),
        ("NEXT_MONTH", None, "2026-04-01", "2026-05-01"),
        ("LAST_90_DAYS", None, "2025-12-18", "2026-03-19"),
        ("NEXT_90_DAYS", None, "2026-03-19", "2026-06-17"),
        ("THIS_QUARTER", None, "2026-01-01", "2026-04-01"),
        ("LAST_QUARTER", None, "2025-10-01", "2026-01-01"),
        ("THIS_YEAR", None, "2026-01-01", "2027-01-01"),
        ("LAST_YEAR", None, "2025-01-01", "2026-01-01"),
        ("NEXT_FISCAL_YEAR", None, "2027-01-01", "2028-01-01"),
        ("LAST_N_DAYS", 7, "2026-03-11", "2026-03-19"),
        ("NEXT_N_DAYS", 7, "2026-03-19", "2026-03-26"),
        ("N_DAYS_AGO", 7, "2026-03-11", "2026-03-12"),
        ("LAST_N_WEEKS", 2, "2026-03-01", "2026-03-15"),
        ("LAST_N_MONTHS", 3, "2025-12-01", "2026-03-01"),
        ("NEXT_N_MONTHS", 2, "2026-04-01", "2026-06-01"),
        ("N_MONTHS_AGO", 3, "2025-12-01", "2026-01-01"),
        ("LAST_N_QUARTERS", 1, "2025-10-01", "2026-01-01"),
        ("NEXT_N_YEARS", 2, "2027-01-01", "2029-01-01"),
        ("LAST_N_FISCAL_QUARTERS", 2, "2025-07-01", "2026-01-01"),
    ],
)
def test_date_literals_span_whole_days(literal: str, count: int | None, first: str, after: str) -> None:
    span = days_of(DateLiteral(literal, count), NOW.date())
    assert span == (date.fromisoformat(first), date.fromisoformat(after))
