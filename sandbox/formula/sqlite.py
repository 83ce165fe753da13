"""Formula fields inside SQL: one SQLite function that works a formula out from the columns of a row.

A formula field has no column. Where SQL needs it, it calls `formula_value(specification, value, …)`: the specification
is a JSON text with the formula, the names and types of the values that follow, the type of the result, and the moment
and the user of the query.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TypeAlias

from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.formula import Formula, parse_formula
from drawbar.sandbox.formula.number_functions import to_places
from drawbar.sandbox.schema import Field, FieldType

Stored: TypeAlias = str | int | float | None
"""What a column of the store holds."""
NUMBERS: frozenset[str] = frozenset({"int", "double", "currency", "percent"})
HUNDRED = Decimal(100)


def from_stored(field_type: str, stored: Stored, *, blank_as_zero: bool = False) -> object:
    """Turn what a column holds into what a formula works with; a percentage of 5 is 0.05."""
    if field_type == "boolean":
        return bool(stored)
    if field_type in NUMBERS:
        if stored is None:
            return Decimal(0) if blank_as_zero else None
        return Decimal(str(stored)) / HUNDRED if field_type == "percent" else Decimal(str(stored))
    if not stored:
        return None
    if field_type == "date":
        return date.fromisoformat(str(stored))
    if field_type == "datetime":
        return datetime.fromisoformat(str(stored))
    return time.fromisoformat(str(stored).rstrip("Z")) if field_type == "time" else str(stored)


def to_stored(field_type: str, scale: int, value: object) -> Stored:
    """Turn the result of a formula into what a column of this type holds, rounded to `scale` places."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        shown = value * HUNDRED if field_type == "percent" else value
        return float(to_places(shown, Decimal(scale), ROUND_HALF_UP))
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    if isinstance(value, time):
        return value.isoformat("milliseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if field_type == "boolean":
        return 0
    return None if value is None else str(value)


def formula_call(field: Field, types: Mapping[str, FieldType], *, now: datetime, user_id: str) -> str:
    """Give the specification of a formula field; `types` are those of the values that the SQL passes, in order."""
    specification = {
        "formula": field.formula,
        "type": field.type,
        "scale": field.scale,
        "blank_as_zero": field.blank_as_zero,
        "types": dict(types),
        "now": now.isoformat(),
        "user": user_id,
    }
    return json.dumps(specification)


@dataclass(frozen=True, slots=True)
class _Call:
    formula: Formula
    result_type: str
    scale: int
    blank_as_zero: bool
    types: tuple[tuple[str, str], ...]
    now: datetime
    user: Mapping[str, object]

    def result(self, stored: tuple[Stored, ...]) -> Stored:
        values = {
            name: from_stored(field_type, value, blank_as_zero=self.blank_as_zero)
            for (name, field_type), value in zip(self.types, stored, strict=True)
        }
        try:
            value = self.formula.evaluate(values, now=self.now, user=self.user, blank_as_zero=self.blank_as_zero)
        except FormulaError:
            return to_stored(self.result_type, self.scale, None)
        return to_stored(self.result_type, self.scale, value)


@lru_cache(maxsize=512)
def _call(specification: str) -> _Call:
    read = json.loads(specification)
    return _Call(
        formula=parse_formula(read["formula"]),
        result_type=read["type"],
        scale=read["scale"],
        blank_as_zero=read["blank_as_zero"],
        types=tuple(read["types"].items()),
        now=datetime.fromisoformat(read["now"]),
        user={"$User.Id": read["user"]},
    )


def formula_value(specification: str, *stored: Stored) -> Stored:
    """Work out one formula field; NULL when the formula has no result (Salesforce shows #Error!)."""
    return _call(specification).result(stored)


def register_formulas(connection: sqlite3.Connection) -> None:
    """Give a connection the SQL function `formula_value`."""
    connection.create_function("formula_value", -1, formula_value, deterministic=True)


def path_of(reference: str) -> tuple[str, ...]:
    """Split a reference into its steps: `Owner:User.Name` and `$RecordType.Name` are the paths of their records."""
    return tuple(step.split(":")[0].removeprefix("$") for step in reference.split("."))


def record_references(formula: Formula) -> frozenset[str]:
    """Give what a formula reads of the record and its parents, `$RecordType.DeveloperName` among them."""
    return formula.fields | {name for name in formula.globals if name.lower().startswith("$recordtype.")}
