"""How texts of an export become values: dates, timestamps, money, whole numbers and codes, by declared format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Literal, TypeVar

from pydantic import Field, model_validator

from drawbar.middleware.settings import Section

ISO = "ISO 8601"
"""The timestamp format `2026-03-02T05:00:00Z`, with any of the variants that the standard allows."""

_REMEMBERED = 16_384
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short_year>\d{2})",
    "MON": r"(?P<month_name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "DD": r"(?P<day>\d{2})",
    "HH": r"(?P<hour>\d{2})",
    "MI": r"(?P<minute>\d{2})",
    "SS": r"(?P<second>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
_TOKEN = re.compile("|".join(_TOKENS))
_NEEDED = ({"year", "short_year"}, {"month", "month_name"}, {"day"})
_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_is_plain_money = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?", re.ASCII).fullmatch
_ZERO = Decimal("0.00")
_SHOWN = 40

ValueT = TypeVar("ValueT")
Convert = Callable[[str], object]


class Unreadable(ValueError):
    """A text that does not have the declared format; `code` classes it, `remedy` says what would mend it."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


class MoneyFormat(Section):
    """How amounts are written; the default is `1234.56` and `-1234.56`."""

    decimal_mark: Literal[".", ","] = Field(".", description="what stands before the cents")
    thousands_mark: Literal["", ",", ".", " ", "'"] = Field("", description="what may stand between thousands")
    negative: Literal["leading", "trailing", "parentheses"] = Field(
        "leading", description="how amounts below zero are written: -5.00, 5.00- or (5.00)"
    )
    sign: str = Field("", max_length=3, description="currency sign that may stand before the amount")
    implied_decimals: int = Field(0, ge=0, le=4, description="2: the text 12345 means 123.45")

    @model_validator(mode="after")
    def _marks_differ(self) -> MoneyFormat:
        if self.decimal_mark == self.thousands_mark:
            message = f"decimal_mark and thousands_mark are both {self.decimal_mark!r}"
            raise ValueError(message)
        return self


def shown(text: str) -> str:
    """Quote a text for a message, cut when long."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def date_pattern(text_format: str) -> re.Pattern[str]:
    """Compile a format such as `MM/DD/YYYY` or `YYYY-MM-DD HH:MI:SS`; raise ValueError when it names no full date."""
    pattern, end = "", 0
    for token in _TOKEN.finditer(text_format):
        pattern += re.escape(text_format[end : token.start()]) + _TOKENS[token.group()]
        end = token.end()
    pattern += re.escape(text_format[end:])
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error:
        message = f"date format {text_format!r} names a part twice"
        raise ValueError(message) from None
    if not all(parts & compiled.groupindex.keys() for parts in _NEEDED):
        message = f"date format {text_format!r} needs a year (YYYY, YY), a month (MM, M, MON) and a day (DD, D)"
        raise ValueError(message)
    return compiled


def read_date(formats: Sequence[str]) -> Callable[[str], date]:
    """Give a reader of dates in any of the formats, tried in order; a two-digit year is 20YY."""
    patterns = [date_pattern(text_format) for text_format in formats]
    expected = " or ".join(formats)

    def read(text: str) -> date:
        for pattern in patterns:
            if found := pattern.fullmatch(text):
                return _moment(found, text).date()
        raise Unreadable("NOT_A_DATE", f"{shown(text)} is not a date written {expected}")

    return read


def read_timestamp(formats: Sequence[str], zone: tzinfo | None) -> Callable[[str], datetime]:
    """Give a reader of instants; `zone` is meant when a text carries none (None: such a text is unreadable)."""
    patterns = [None if text_format == ISO else date_pattern(text_format) for text_format in formats]
    expected = " or ".join(formats)

    def read(text: str) -> datetime:
        for pattern in patterns:
            moment = _iso(text) if pattern is None else _matched(pattern, text)
            if moment is not None:
                return _with_zone(moment, zone, text)
        raise Unreadable("NOT_A_TIMESTAMP", f"{shown(text)} is not a timestamp written {expected}")

    return read


def read_money(money: MoneyFormat) -> Callable[[str], Decimal]:
    """Give a reader of amounts in US dollars."""
    return _read_plain_money if money == MoneyFormat() else _read_written_money(money)


def _read_plain_money(text: str) -> Decimal:
    if not _is_plain_money(text):
        raise Unreadable("NOT_MONEY", f"{shown(text)} is not an amount written 1234.56")
    return Decimal(text) or _ZERO


def _read_written_money(money: MoneyFormat) -> Callable[[str], Decimal]:
    pattern = _money_pattern(money)
    thousands, shift = money.thousands_mark, Decimal(1).scaleb(-money.implied_decimals)
    example = _example(money)

    @lru_cache(_REMEMBERED)
    def read(text: str) -> Decimal:
        found = pattern.fullmatch(text)
        if found is None:
            raise Unreadable("NOT_MONEY", f"{shown(text)} is not an amount written {example}")
        whole = found["whole"].replace(thousands, "") if thousands else found["whole"]
        amount = Decimal(f"{whole}.{found['cents']}" if found["cents"] else whole) * shift
        return -amount if amount and found["minus"] else amount

    return read


def read_whole(text: str) -> int:
    """Read a whole number in plain digits; raise Unreadable."""
    if not _NUMBER.fullmatch(text):
        raise Unreadable("NOT_A_NUMBER", f"{shown(text)} is not a whole number")
    return int(text)


def read_code(codes: Mapping[str, StrEnum], where: str) -> Callable[[str], StrEnum]:
    """Give a reader that knows exactly these codes; `where` is the table of the settings that binds new ones."""
    known = ", ".join(sorted(codes))

    def read(text: str) -> StrEnum:
        try:
            return codes[text]
        except KeyError:
            raise Unreadable(
                "UNKNOWN_CODE", f"{shown(text)} is not a known code ({known})", f"Bind it in {where}."
            ) from None

    return read


def or_empty(
    read: Callable[[str], ValueT], *, allowed: bool, none_marks: frozenset[str], when_empty: str
) -> Callable[[str], ValueT | None]:
    """Wrap a reader so that an empty text (or a mark such as NULL) is `when_empty`, or None where that is allowed."""

    def read_or_empty(text: str) -> ValueT | None:
        text = text.strip()
        if text and not (none_marks and text in none_marks):
            return read(text)
        if when_empty:
            return read(when_empty)
        if allowed:
            return None
        raise Unreadable("EMPTY", "is empty")

    return read_or_empty


def remembering(read: Callable[[str], ValueT]) -> Callable[[str], ValueT]:
    """Wrap a reader of days, codes or small numbers, which the rows of a file repeat; amounts seldom come again."""
    return lru_cache(_REMEMBERED)(read)


def _matched(pattern: re.Pattern[str], text: str) -> datetime | None:
    found = pattern.fullmatch(text)
    return None if found is None else _moment(found, text)


def _moment(found: re.Match[str], text: str) -> datetime:
    parts = found.groupdict()
    year = int(parts["year"]) if parts.get("year") else 2000 + int(parts["short_year"])
    try:
        month = int(parts["month"]) if parts.get("month") else _MONTHS.index(parts["month_name"].upper()) + 1
        hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
        return datetime.combine(date(year, month, int(parts["day"])), time(hour, minute, second))
    except ValueError:
        raise Unreadable("IMPOSSIBLE_DATE", f"{shown(text)} is not a date of the calendar") from None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if "T" in text or " " in text else None
    except ValueError:
        return None


def _with_zone(moment: datetime, zone: tzinfo | None, text: str) -> datetime:
    if moment.tzinfo is None and zone is None:
        raise Unreadable("NO_TIME_ZONE", f"{shown(text)} has no time zone", "Set time_zone in the layout.")
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        raise Unreadable("IMPOSSIBLE_DATE", f"{shown(text)} is not a date of the calendar") from None


def _money_pattern(money: MoneyFormat) -> re.Pattern[str]:
    mark = re.escape(money.thousands_mark)
    whole = rf"(?P<whole>\d{{1,3}}(?:{mark}\d{{3}}){{1,4}}|\d{{1,15}})" if mark else r"(?P<whole>\d{1,15})"
    amount = rf"{whole}(?:{re.escape(money.decimal_mark)}(?P<cents>\d{{1,6}}))?"
    if money.implied_decimals:
        amount = rf"{whole}(?P<cents>(?!))?"
    sign = rf"(?:{re.escape(money.sign)} ?)?" if money.sign else ""
    minus = {
        "leading": rf"(?P<minus>-)?{sign}{amount}",
        "trailing": rf"{sign}{amount}(?P<minus>-)?",
        "parentheses": rf"(?P<minus>\()?{sign}{amount}(?(minus)\))",
    }
    return re.compile(minus[money.negative], re.ASCII)


def _example(money: MoneyFormat) -> str:
    if money.implied_decimals:
        return f"123456 (the last {money.implied_decimals} digits are decimals)"
    return f"{money.sign}1{money.thousands_mark}234{money.decimal_mark}56"
