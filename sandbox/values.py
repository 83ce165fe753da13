"""Values on their way in and out of the org: from JSON or CSV to what a table keeps, and back to JSON.

A table keeps text as text, numbers as numbers rounded to the field's scale, booleans as 0 and 1, dates as
`2026-03-02`, instants as `2026-03-02T06:00:00.000+0000` (UTC, whole seconds, so that they sort), nothing as NULL.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal, TypeAlias

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.schema import Field, FieldType

Stored: TypeAlias = str | int | float | None
"""What a column holds."""

Source = Literal["json", "csv"]
"""Where a value comes from: a JSON value has a type of its own, a CSV value is text."""

Convert: TypeAlias = Callable[[object], Stored]
"""Checks one value that is not null and gives what the column holds; raises SalesforceError."""

TEXT_TYPES: frozenset[FieldType] = frozenset(
    {
        "string",
        "textarea",
        "email",
        "phone",
        "url",
        "picklist",
        "multipicklist",
        "combobox",
        "encryptedstring",
    }
)
NUMBER_TYPES: frozenset[FieldType] = frozenset({"double", "currency", "percent"})
JAVA_NAMES: Mapping[FieldType, str] = {
    "boolean": "boolean",
    "int": "int",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "reference": "ID",
    "id": "ID",
}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})")
TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3})\d*)?Z?")
EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
FIRST_YEAR, LAST_YEAR = 1700, 4000
LARGE = 10_000_000
"""From here on Java writes a double with an exponent."""


class UnreadableBody(SalesforceError):
    """A JSON value of the wrong type: the whole request is refused. `value` is what was found."""

    def __init__(self, field: Field, value: object) -> None:
        self.field = field
        wanted = JAVA_NAMES.get(field.type, "string")
        super().__init__(
            "JSON_PARSER_ERROR",
            f"Cannot deserialize instance of {wanted} from {_token(value)} or request may be missing a required field",
        )


def _token(value: object) -> str:
    if isinstance(value, bool):
        return f"VALUE_{str(value).upper()} value {str(value).lower()}"
    if isinstance(value, dict):
        return "START_OBJECT value {"
    if isinstance(value, list):
        return "START_ARRAY value ["
    kind = "STRING" if isinstance(value, str) else "NUMBER_FLOAT" if isinstance(value, float) else "NUMBER_INT"
    return f"VALUE_{kind} value {value}"


def converter(field: Field, source: Source) -> Convert:
    """Give the function that takes a value of this field, not null, from a JSON body or a CSV row."""
    if field.type in TEXT_TYPES:
        return _text_converter(field, source)
    if field.type in NUMBER_TYPES:
        return _number_converter(field, source)
    if field.type == "int":
        return _int_converter(field, source)
    return _typed(field, source, _READERS.get(field.type, _as_given))


def _mistyped(field: Field, value: object, source: Source) -> SalesforceError:
    if source == "json":
        return UnreadableBody(field, value)
    message = f"{field.label}: value not of required type: {value}"
    return SalesforceError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, fields=(field.name,))


def _typed(field: Field, source: Source, read: Callable[[object], Stored]) -> Convert:
    def convert(value: object) -> Stored:
        try:
            return None if value == "" else read(value)
        except ValueError as problem:
            raise _mistyped(field, value, source) from problem

    return convert


def _as_given(value: object) -> Stored:
    if isinstance(value, str | int | float):
        return value
    raise ValueError(value)


def _boolean(value: object) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in {"true", "false", "1", "0"}:
        return int(value.lower() in {"true", "1"})
    raise ValueError(value)


def _date(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 - a value of the wrong kind, like a text that is no date
    return _day(value)


@lru_cache(maxsize=4096)
def _day(value: str) -> str:
    if not DATE.match(value):
        raise ValueError(value)
    if len(value) == len("2026-03-02"):
        return _within(date.fromisoformat(value)).isoformat()
    if not DATETIME.fullmatch(value):
        raise ValueError(value)
    return _within(datetime.fromisoformat(value).date()).isoformat()


def _within(day: date) -> date:
    """Refuse days that Salesforce has no dates for."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(day)
    return day


def _datetime(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 - a value of the wrong kind, like a text that is no time
    return _moment(value)


@lru_cache(maxsize=4096)
def _moment(value: str) -> str:
    if DATE.fullmatch(value):
        return f"{_day(value)}T00:00:00.000+0000"
    if not DATETIME.fullmatch(value):
        raise ValueError(value)
    moment = datetime.fromisoformat(value)
    _within(moment.date())
    return instant(moment)


def _time(value: object) -> str:
    found = TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(value)
    hours, minutes, seconds, thousandths = found.groups()
    if int(hours) > 23 or int(minutes) > 59 or int(seconds) > 59:  # noqa: PLR2004 - the numbers of a clock
        raise ValueError(value)
    return f"{hours}:{minutes}:{seconds}.{(thousandths or '0').ljust(3, '0')}Z"


_READERS: Mapping[FieldType, Callable[[object], Stored]] = {
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
}


def instant(when: datetime) -> str:
    """Write an instant as the org keeps it: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _number_converter(field: Field, source: Source) -> Convert:
    step = Decimal(1).scaleb(-field.scale)
    limit = Decimal(10) ** (field.precision - field.scale) if field.precision else Decimal("1e18")

    def convert(value: object) -> Stored:
        if value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise _mistyped(field, value, source)
        try:
            number = Decimal(str(value).strip()).quantize(step, ROUND_HALF_UP)
        except InvalidOperation as problem:
            raise _unreadable_number(field, value, source) from problem
        if number.is_nan():
            raise _mistyped(field, value, source)
        if abs(number) >= limit:
            raise _outside(field, value)
        return float(number)

    return convert


def _int_converter(field: Field, source: Source) -> Convert:
    limit = 10 ** (field.precision or 9)

    def read(value: object) -> Stored:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(value)  # noqa: TRY004 - a value of the wrong kind, like a text that is no number
        number = int(value)
        if abs(number) >= limit:
            raise _outside(field, number)
        return number

    return _typed(field, source, read)


def _unreadable_number(field: Field, value: float | str, source: Source) -> SalesforceError:
    """Tell a number that is too large to round from a text that is no number."""
    try:
        readable = Decimal(str(value).strip()).is_finite()
    except InvalidOperation:
        readable = False
    return _outside(field, value) if readable else _mistyped(field, value, source)


def _outside(field: Field, value: float | str) -> SalesforceError:
    message = f"{field.label}: value outside of valid range on numeric field: {java_double(float(str(value)))}"
    return SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message, fields=(field.name,))


def java_double(number: float) -> str:
    """Write a number as Java prints a double: `1.0E20`, `123.5`."""
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if abs(number) < LARGE:
        return str(number)
    digits = Decimal(str(number)).normalize().as_tuple().digits
    exponent = Decimal(str(number)).adjusted()
    mantissa = "".join(map(str, digits))
    sign = "-" if number < 0 else ""
    return f"{sign}{mantissa[0]}.{mantissa[1:] or '0'}E{exponent}"


def _text_converter(field: Field, source: Source) -> Convert:
    check = _TEXT_CHECKS.get(field.type)
    too_long = field.length
    allowed = frozenset(each.value for each in field.picklist if each.active) if field.restricted_picklist else None
    several = field.type == "multipicklist"

    def convert(value: object) -> Stored:
        if not isinstance(value, str):
            raise _mistyped(field, value, source)
        text = value.strip()
        if not text:
            return None
        if allowed is not None:
            _check_allowed(field, text.split(";") if several else [text], allowed)
        elif too_long and len(text) > too_long:
            message = f"{field.label}: data value too large: {text} (max length={too_long})"
            raise SalesforceError("STRING_TOO_LONG", message, fields=(field.name,))
        if check is not None:
            check(field, text)
        return text

    return convert


def _check_allowed(field: Field, values: Sequence[str], allowed: frozenset[str]) -> None:
    for value in values:
        if value not in allowed:
            message = f"{field.label}: bad value for restricted picklist field: {value}"
            raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=(field.name,))


def _check_email(field: Field, text: str) -> None:
    if not EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise SalesforceError("INVALID_EMAIL_ADDRESS", message, fields=(field.name,))


_TEXT_CHECKS: Mapping[FieldType, Callable[[Field, str], None]] = {"email": _check_email}


def reference(field: Field, value: object, source: Source) -> str | None:
    """Read an id of 15 or 18 characters; MALFORMED_ID when it is none."""
    if not isinstance(value, str):
        raise _mistyped(field, value, source)
    if not value:
        return None
    found = full_id(value)
    if found is None:
        raise malformed(field, value)
    return found


def malformed(field: Field, value: str) -> SalesforceError:
    """The refusal of an id that is none, or that is one of another object."""
    message = f"{field.label}: id value of incorrect type: {value}"
    return SalesforceError("MALFORMED_ID", message, fields=(field.name,))
