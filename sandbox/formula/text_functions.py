"""The functions of text; positions count from 1, and letters' case matters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from html import escape
from types import MappingProxyType

from drawbar.sandbox.formula.coercion import ZERO
from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.registry import Function
from drawbar.sandbox.formula.syntax import Value
from drawbar.sandbox.ids import full_id


def written(value: Value) -> str:
    """Write a value as TEXT() does: numbers without trailing zeros, days as 2026-03-02, instants in UTC."""
    if isinstance(value, bool):
        raise FormulaError("Incorrect parameter type for function 'TEXT()'. Received Boolean")
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, time):
        return value.isoformat("milliseconds")
    return value.isoformat() if isinstance(value, date) else value or ""


def _value(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise FormulaError(f"VALUE() cannot read a number in {text!r}") from error
    if not number.is_finite():
        raise FormulaError(f"VALUE() cannot read a number in {text!r}")
    return number


def _is_number(text: str) -> bool:
    try:
        return _value(text) is not None
    except FormulaError:
        return False


def _left(text: str, count: Decimal) -> str:
    return text[: max(0, int(count))]


def _right(text: str, count: Decimal) -> str:
    return text[-int(count) :] if count >= 1 else ""


def _middle(text: str, start: Decimal, count: Decimal) -> str:
    first = max(0, int(start) - 1)
    return text[first : first + max(0, int(count))]


def _find(wanted: str, text: str, start: Decimal = Decimal(1)) -> Decimal:
    if not wanted or start < 1:
        return ZERO
    return Decimal(text.find(wanted, int(start) - 1) + 1)


def _padded(text: str, length: Decimal, filler: str) -> str:
    missing = max(0, int(length) - len(text))
    return (filler * missing)[:missing] if filler else ""


def _pad_left(text: str, length: Decimal, filler: str = " ") -> str:
    return (_padded(text, length, filler) + text)[: max(0, int(length))]


def _pad_right(text: str, length: Decimal, filler: str = " ") -> str:
    return (text + _padded(text, length, filler))[: max(0, int(length))]


def _matches(text: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error as error:
        raise FormulaError(f"REGEX() cannot read the pattern {pattern!r}: {error}") from error


def _hyperlink(address: str, label: str, target: str = "_blank") -> str:
    return f'<a href="{escape(address)}" target="{escape(target)}">{escape(label)}</a>'


def _image(address: str, alternative: str, height: Decimal | None = None, width: Decimal | None = None) -> str:
    sizes = {"height": height, "width": width}
    style = "".join(f"{name}:{written(size)}px; " for name, size in sizes.items() if size is not None).strip()
    shown = f' style="{style}"' if style else ""
    return f'<img src="{escape(address)}" alt="{escape(alternative)}"{shown} border="0"/>'


def _case_safe(record_id: str) -> str:
    found = full_id(record_id)
    if found is None:
        raise FormulaError(f"CASESAFEID() takes a record id, not {record_id!r}")
    return found


TEXT_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "BEGINS": Function(("text", "text"), str.startswith),
        "BR": Function((), lambda: "\n"),
        "CASESAFEID": Function(("text",), _case_safe),
        "CONTAINS": Function(("text", "text"), lambda text, wanted: wanted in text),
        "FIND": Function(("text", "text", "number"), _find, optional=1),
        "HYPERLINK": Function(("text", "text", "text"), _hyperlink, optional=1),
        "IMAGE": Function(("text", "text", "number", "number"), _image, optional=2),
        "ISNUMBER": Function(("text",), _is_number),
        "LEFT": Function(("text", "number"), _left),
        "LEN": Function(("text",), lambda text: Decimal(len(text))),
        "LOWER": Function(("text", "text"), lambda text, _locale="": text.lower(), optional=1),
        "LPAD": Function(("text", "number", "text"), _pad_left, optional=1),
        "MID": Function(("text", "number", "number"), _middle),
        "REGEX": Function(("text", "text"), _matches),
        "REVERSE": Function(("text",), lambda text: text[::-1]),
        "RIGHT": Function(("text", "number"), _right),
        "RPAD": Function(("text", "number", "text"), _pad_right, optional=1),
        "SUBSTITUTE": Function(
            ("text", "text", "text"), lambda text, old, new: text.replace(old, new) if old else text
        ),
        "TEXT": Function(("any",), written),
        "TRIM": Function(("text",), str.strip),
        "UPPER": Function(("text", "text"), lambda text, _locale="": text.upper(), optional=1),
        "VALUE": Function(("text",), _value),
    }
)
