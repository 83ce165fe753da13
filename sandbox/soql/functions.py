"""The functions of SOQL: parts of dates, aggregates, and those that only change how a value is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

from drawbar.sandbox.schema import Field, FieldType
from drawbar.sandbox.soql.columns import DATES, NUMBERS, Column, countable
from drawbar.sandbox.soql.scope import Scope
from drawbar.sandbox.soql.sql import Sql
from drawbar.sandbox.soql.syntax import Call, Operand, Path


@dataclass(frozen=True, slots=True)
class DateFunction:
    """A part of a date: SQL around the stored text, and which fields have it."""

    before: str
    after: str
    takes: frozenset[FieldType] = DATES
    gives: FieldType = "int"

    def applied(self, sql: Sql) -> Sql:
        return sql.wrapped(self.before, self.after)


def _slice(start: int, length: int) -> DateFunction:
    return DateFunction("CAST(substr(", f", {start}, {length}) AS INTEGER)")


def _weeks(pattern: str) -> DateFunction:
    return DateFunction(f"(CAST(strftime('{pattern}', substr(", ", 1, 10)) AS INTEGER) + 6) / 7")


_QUARTER = DateFunction("(CAST(substr(", ", 6, 2) AS INTEGER) + 2) / 3")
_TIMED: frozenset[FieldType] = frozenset({"datetime"})

DATE_FUNCTIONS = MappingProxyType(
    {
        "CALENDAR_YEAR": _slice(1, 4),
        "CALENDAR_QUARTER": _QUARTER,
        "CALENDAR_MONTH": _slice(6, 2),
        "FISCAL_YEAR": _slice(1, 4),
        "FISCAL_QUARTER": _QUARTER,
        "FISCAL_MONTH": _slice(6, 2),
        "DAY_IN_MONTH": _slice(9, 2),
        "DAY_IN_WEEK": DateFunction("CAST(strftime('%w', substr(", ", 1, 10)) AS INTEGER) + 1"),
        "DAY_IN_YEAR": DateFunction("CAST(strftime('%j', substr(", ", 1, 10)) AS INTEGER)"),
        "WEEK_IN_MONTH": _weeks("%d"),
        "WEEK_IN_YEAR": _weeks("%j"),
        "HOUR_IN_DAY": replace(_slice(12, 2), takes=_TIMED),
        "DAY_ONLY": DateFunction("substr(", ", 1, 10)", takes=_TIMED, gives="date"),
    }
)
"""Date functions, on UTC days: the zone of the org is UTC, its fiscal year the calendar year."""

_COUNTED = Field("", "", "int")
_AVERAGED = Field("", "", "double", scale=18)

AGGREGATES: MappingProxyType[str, tuple[str, Callable[[Field], Field]]] = MappingProxyType(
    {
        "COUNT": ("COUNT(", lambda _field: _COUNTED),
        "COUNT_DISTINCT": ("COUNT(DISTINCT ", lambda _field: _COUNTED),
        "SUM": ("SUM(", lambda field: field),
        "AVG": ("AVG(", lambda _field: _AVERAGED),
        "MIN": ("MIN(", lambda field: field),
        "MAX": ("MAX(", lambda field: field),
    }
)
NUMERIC_AGGREGATES = frozenset({"SUM", "AVG"})
DISPLAY_FUNCTIONS = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY"})
"""Change how a selected value is shown, and nothing in a condition."""


def is_aggregate(operand: Operand) -> bool:
    return isinstance(operand, Call) and operand.name.upper() in AGGREGATES


def is_display(operand: Operand) -> bool:
    return isinstance(operand, Call) and operand.name.upper() in DISPLAY_FUNCTIONS


def column_of(scope: Scope, operand: Operand) -> Column:
    """Resolve any operand of a query to its column."""
    if isinstance(operand, Path):
        return scope.column(operand)
    name = operand.name.upper()
    if name in AGGREGATES:
        return _aggregate(scope, operand)
    if name in DATE_FUNCTIONS:
        return _date_part(scope, operand)
    if name in DISPLAY_FUNCTIONS or name == "CONVERTTIMEZONE":
        return column_of(scope, _argument(scope, operand))
    raise scope.context.refusals.malformed(operand.position, f"Invalid function: {operand.name}")


def _argument(scope: Scope, call: Call) -> Operand:
    if len(call.arguments) != 1:
        raise scope.context.refusals.malformed(call.position, f"{call.name} takes one argument")
    return call.arguments[0]


def _date_part(scope: Scope, call: Call) -> Column:
    function = DATE_FUNCTIONS[call.name.upper()]
    argument = column_of(scope, _argument(scope, call))
    if argument.field.type not in function.takes:
        message = f"The {call.name} function can not be used on field '{argument.name}' of type {argument.wire_type}"
        raise scope.context.refusals.invalid_field(call.position, message)
    part = Field(str(call), str(call), function.gives)
    return Column(part, function.applied(argument.sql), aggregated=argument.aggregated)


def _aggregate(scope: Scope, call: Call) -> Column:
    name = call.name.upper()
    argument = column_of(scope, _argument(scope, call))
    summed = name in NUMERIC_AGGREGATES
    if argument.aggregated or not countable(argument.field) or (summed and argument.field.type not in NUMBERS):
        message = f"field {argument.name} does not support aggregate operator {name}"
        raise scope.context.refusals.malformed(call.position, message)
    opening, result = AGGREGATES[name]
    known = replace(result(argument.field), name=str(call), picklist=())
    sql = argument.comparable.wrapped(opening, ")")
    if name == "SUM" and argument.field.type != "int":  # SQLite adds binary fractions, an org decimal ones
        sql = sql.wrapped("ROUND(", f", {argument.field.scale})")
    return Column(known, sql, aggregated=True)
