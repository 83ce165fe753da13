"""Dates, timestamps and money are read exactly as their format is declared, never guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from drawbar.connectors.leaseworks.formats import (
    ISO,
    MoneyFormat,
    Unreadable,
    read_date,
    read_money,
    read_timestamp,
    read_whole,
)


@pytest.mark.parametrize(
    ("text_format", "text"),
    [
        ("MM/DD/YYYY", "02/03/2026"),
        ("DD/MM/YYYY", "03/02/2026"),
        ("M/D/YYYY", "2/3/2026"),
        ("M/D/YYYY", "02/03/2026"),
        ("YYYY-MM-DD", "2026-02-03"),
        ("YYYYMMDD", "20260203"),
        ("DD-MON-YYYY", "03-FEB-2026"),
        ("DD-MON-YY", "03-Feb-26"),
        ("DD.MM.YY", "03.02.26"),
        ("YYYY-MM-DDT00:00:00", "2026-02-03T00:00:00"),
    ],
)
def test_a_date_in_its_format(text_format: str, text: str) -> None:
    assert read_date((text_format,))(text) == date(2026, 2, 3)


@pytest.mark.parametrize("text", ["2/3/2026", "02/03/26", "2026-02-03", "02/03/2026 ", "٠٢/٠٣/٢٠٢٦", "00/00/0000"])
def test_a_date_in_another_format_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_date(("MM/DD/YYYY",))(text)


def test_formats_are_tried_in_order() -> None:
    assert read_date(("YYYYMMDD", "MM/DD/YYYY"))("02/03/2026") == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("text_format", "text"),
    [
        (ISO, "2026-03-02T05:00:00Z"),
        (ISO, "2026-03-02T00:00:00-05:00"),
        (ISO, "2026-03-02 00:00:00"),
        (ISO, "2026-03-02T00:00"),
        ("MM/DD/YYYY HH:MI:SS", "03/02/2026 00:00:00"),
    ],
)
def test_a_timestamp_becomes_the_instant_in_utc(text_format: str, text: str) -> None:
    read = read_timestamp((text_format,), ZoneInfo("America/New_York"))
    assert read(text).isoformat() == "2026-03-02T05:00:00+00:00"


@pytest.mark.parametrize("text", ["2026-03-02", "2026-03-02T25:00:00Z", "0001-01-01T00:00:00+14:00", "soon"])
def test_what_is_no_instant_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_timestamp((ISO,), ZoneInfo("America/New_York"))(text)


@pytest.mark.parametrize(
    ("settings", "text", "amount"),
    [
        ({}, "1234.56", "1234.56"),
        ({}, "-1234.5", "-1234.5"),
        ({}, "7", "7"),
        ({}, "-0.00", "0.00"),
        ({"thousands_mark": ","}, "1,234,567.89", "1234567.89"),
        ({"thousands_mark": ","}, "1234567.89", "1234567.89"),
        ({"decimal_mark": ",", "thousands_mark": "."}, "1.234,56", "1234.56"),
        ({"decimal_mark": ",", "thousands_mark": " "}, "1 234,56", "1234.56"),
        ({"thousands_mark": "'"}, "1'234.56", "1234.56"),
        ({"negative": "trailing"}, "5.00-", "-5.00"),
        ({"negative": "trailing"}, "5.00", "5.00"),
        ({"negative": "parentheses"}, "(5.00)", "-5.00"),
        ({"negative": "parentheses", "sign": "$"}, "($5.00)", "-5.00"),
        ({"sign": "$"}, "-$5.00", "-5.00"),
        ({"sign": "USD"}, "USD 5.00", "5.00"),
        ({"implied_decimals": 2}, "0000123456", "1234.56"),
        ({"implied_decimals": 2}, "-5", "-0.05"),
    ],
)
def test_money_in_its_format(settings: dict[str, Any], text: str, amount: str) -> None:
    assert str(read_money(MoneyFormat(**settings))(text)) == str(Decimal(amount))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "1,234.56"),
        ({}, "$5.00"),
        ({}, "5.00-"),
        ({}, "(5.00)"),
        ({}, "1e5"),
        ({}, "1_000"),
        ({}, "NaN"),
        ({}, "+5"),
        ({}, ".5"),
        ({}, "5."),
        ({}, "9" * 16),
        ({}, "١٢"),
        ({"thousands_mark": ","}, "1,23.45"),
        ({"thousands_mark": ","}, "12345,678.00"),
        ({"decimal_mark": ",", "thousands_mark": "."}, "1234.56"),
        ({"negative": "parentheses"}, "(5.00"),
        ({"negative": "parentheses"}, "5.00)"),
        ({"implied_decimals": 2}, "12.34"),
    ],
)
def test_money_in_another_format_is_unreadable(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(Unreadable):
        read_money(MoneyFormat(**settings))(text)


@pytest.mark.parametrize("text", ["1.0", "1_0", "", "٣", "1" * 19, "0x1"])
def test_a_whole_number_is_plain_digits(text: str) -> None:
    with pytest.raises(Unreadable):
        read_whole(text)
