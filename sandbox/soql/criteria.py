"""Compares a column with the literals of a condition, by the rules of its type."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.soql.columns import IDS, NUMBERS, Column
from drawbar.sandbox.soql.date_literals import days_of
from drawbar.sandbox.soql.folding import fold
from drawbar.sandbox.soql.scope import QueryContext
from drawbar.sandbox.soql.sql import Sql, SqlValue, joined, listed, value
from drawbar.sandbox.soql.syntax import DateLiteral, Literal, LiteralKind

LARGEST_INTEGER = 2**63 - 1
ORDERED = frozenset({"<", "<=", ">", ">="})
KINDS: dict[str, frozenset[LiteralKind]] = {
    "string": frozenset({"string"}),
    "boolean": frozenset({"boolean"}),
    "int": frozenset({"number"}),
    "double": frozenset({"number"}),
    "date": frozenset({"date", "date literal"}),
    "dateTime": frozenset({"datetime", "date literal"}),
    "time": frozenset({"time"}),
}


class Criterion:
    """One column of a condition; every test it makes is true, false or null, and null counts as false."""

    def __init__(self, context: QueryContext, column: Column, position: int) -> None:
        self._context = context
        self._column = column
        self._position = position
        self._is_flag = column.field.type == "boolean"

    def compared(self, operator: str, literal: Literal) -> Sql:
        """Test `column operator literal`; INVALID_FIELD when the literal is not of the column's type."""
        self._check(literal)
        if operator == "LIKE":
            return self._like(literal)
        if self._is_flag and operator in ORDERED:
            message = f"invalid operator on boolean field '{self._column.name}'"
            raise self._context.refusals.operator(self._position, message)
        if isinstance(literal.value, DateLiteral):
            return self._within(operator, literal.value)
        stored = self._stored(literal)
        if stored is None:
            return self._null_test(operator)
        if operator == "!=":
            return self._equal(stored, " IS NOT ")
        if operator == "=":
            return self._equal(stored, " = ")
        return self._column.comparable + f" {operator} " + value(stored)

    def among(self, literals: tuple[Literal, ...]) -> Sql:
        """Test whether the column has one of the values."""
        for literal in literals:
            self._check(literal)
        spans = [each.value for each in literals if isinstance(each.value, DateLiteral)]
        stored = [self._stored(each) for each in literals if not isinstance(each.value, DateLiteral)]
        tests = [self._within("=", span) for span in spans]
        if None in stored:
            tests.append(self._null_test("="))
        exact = [each for each in stored if each is not None]
        tests += [self._equal(each, " = ") for each in exact if not self._plain(each)]
        plain = [value(each) for each in exact if self._plain(each)]
        if plain:
            tests.append(self._expression + listed(plain).wrapped(" IN (", ")"))
        return joined("OR", tests) if tests else Sql("0")

    def includes(self, literals: tuple[Literal, ...]) -> Sql:
        """Test whether a multi-select picklist holds all members of one of the combinations."""
        if self._column.field.type != "multipicklist":
            message = f"INCLUDES and EXCLUDES need a multi-select picklist, '{self._column.name}' is none"
            raise self._context.refusals.operator(self._position, message)
        for literal in literals:
            self._check(literal)
        return joined("OR", [self._holds(str(literal.value or "").split(";")) for literal in literals])

    def _holds(self, members: list[str]) -> Sql:
        wrapped = self._column.sql.wrapped("';' || ", " || ';'")
        return joined("AND", [like(wrapped, f"%;{escaped(member)};%") for member in members])

    def _check(self, literal: Literal) -> None:
        wire_type = self._column.wire_type
        fractional = wire_type == "int" and isinstance(literal.value, Decimal) and literal.value % 1 != 0
        if literal.kind == "null" or (literal.kind in KINDS[wire_type] and not fractional):
            return
        quotes = "should be enclosed in quotes" if wire_type == "string" else "should not be enclosed in quotes"
        message = f"value of filter criterion for field '{self._column.name}' must be of type {wire_type} and {quotes}"
        raise self._context.refusals.invalid_field(self._position, message)

    @property
    def _expression(self) -> Sql:
        """The column; a check box that is missing with its parent counts as not checked."""
        return self._column.sql.wrapped("COALESCE(", ", 0)") if self._is_flag else self._column.comparable

    def _null_test(self, operator: str) -> Sql:
        if self._is_flag:
            return Sql("1" if operator == "!=" else "0")
        tests = {"=": " IS NULL", "!=": " IS NOT NULL"}
        return self._column.sql + tests[operator] if operator in tests else Sql("0")

    def _equal(self, stored: SqlValue, operator: str) -> Sql:
        if self._plain(stored):
            return self._expression + operator + value(stored)
        return self._column.sql.wrapped("soql_fold(", ")") + operator + value(fold(str(stored)))

    def _plain(self, stored: SqlValue) -> bool:
        """Whether SQLite's own case rule, which knows ASCII only, is enough (and its indexes serve)."""
        return not isinstance(stored, str) or stored.isascii() or self._column.field.case_sensitive

    def _like(self, literal: Literal) -> Sql:
        if self._column.field.type in IDS:
            raise self._context.refusals.operator(self._position, "invalid operator on id field")
        return Sql("0") if literal.value is None else like(self._column.sql, literal.pattern)

    def _within(self, operator: str, literal: DateLiteral) -> Sql:
        first, last = days_of(literal, self._context.moment.date())
        start, end = (self._day(each) for each in (first, last))
        column = self._column.sql
        if operator in ORDERED:
            edge = {"<": start, ">=": start, "<=": end, ">": end}[operator]
            return column + (" < " if operator in {"<", "<="} else " >= ") + value(edge)
        span = joined("AND", [column + " >= " + value(start), column + " < " + value(end)])
        return span if operator == "=" else span + " IS NOT TRUE"

    def _day(self, day: date) -> str:
        return day.isoformat() if self._column.field.type == "date" else f"{day.isoformat()}T00:00:00.000+0000"

    def _stored(self, literal: Literal) -> SqlValue:
        """Write a literal as the store holds such values; an empty string is null."""
        content = literal.value
        if self._column.field.type in IDS and isinstance(content, str) and content:
            return self._id(content, literal.position)
        if isinstance(content, Decimal):
            return _number(content, exact=self._column.field.type in NUMBERS)
        if isinstance(content, datetime):
            rounded = content + timedelta(microseconds=500)
            return f"{rounded:%Y-%m-%dT%H:%M:%S}.{rounded.microsecond // 1000:03d}+0000"
        if isinstance(content, date):
            return content.isoformat()
        if isinstance(content, bool):
            return int(content)
        return str(content) if content else None

    def _id(self, text: str, position: int) -> str:
        known = full_id(text)
        if known is None:
            raise self._context.refusals.operator(position, f"invalid ID field: {text}")
        return known


def _number(number: Decimal, *, exact: bool) -> int | float:
    if exact and number == number.to_integral_value() and abs(number) <= LARGEST_INTEGER:
        return int(number)
    stored = float(number)
    if stored in {float("inf"), float("-inf")}:
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", f"{number} is outside the valid range")
    return stored


def like(column: Sql, pattern: str) -> Sql:
    r"""Test a pattern of `%`, `_`, and `\` before those that mean themselves; letters match in both cases."""
    if pattern.isascii():
        return column + " LIKE " + value(pattern) + " ESCAPE '\\'"
    return column.wrapped("soql_fold(", ")") + " LIKE " + value(fold(pattern)) + " ESCAPE '\\'"


def escaped(text: str) -> str:
    """Write text for a pattern, so that it means itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
