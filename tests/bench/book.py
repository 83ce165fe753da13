"""The accounts of the benchmark, made by arithmetic: a million rows in a few seconds, the same ones each time.

Every row has one length, so a block of rows is a matrix of bytes whose columns are filled by numpy. Nobody is past
due, so the collections rules have nothing to conclude and what is measured is the way of the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Spelling = Literal["plain", "quoted", "json"]
Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

DAYS: Final = {1: date(2026, 3, 2), 2: date(2026, 3, 3)}
"""Business dates of the two deliveries."""

_BLOCK: Final = 100_000
_SCATTER: Final = 15_485_863
"""A prime beyond any number of rows: row times this, modulo the rows, visits every row once, in no visible order."""


@dataclass(frozen=True, slots=True)
class Book:
    """So many accounts, and what day 2 changes among them: 2 % changed, 0.1 % new, 0.1 % invalid, 0.05 % removed."""

    rows: int

    @property
    def changed(self) -> int:
        return self.rows // 50

    @property
    def new(self) -> int:
        return self.rows // 1_000

    @property
    def invalid(self) -> int:
        return self.rows // 1_000

    @property
    def removed(self) -> int:
        return self.rows // 2_000

    @property
    def good(self) -> int:
        """How many rows of day 2 say something new that can be understood."""
        return self.changed + self.new

    def rows_on(self, day: int) -> int:
        return self.rows if day == 1 else self.rows + self.new - self.removed

    def write(self, path: Path, day: int, header: tuple[str, ...], spelling: Spelling = "plain") -> None:
        """Write the accounts of a day (UTF-8, LF): as CSV under a header, its cells enclosed or not, or as JSON."""
        mark = '"' if spelling == "quoted" else ""
        with path.open("wb") as file:
            if spelling != "json":
                file.write((",".join(f"{mark}{name}{mark}" for name in header) + "\n").encode())
            for block in self._blocks(day):
                file.write(_lines(block, header, spelling).tobytes())

    def _blocks(self, day: int) -> Iterator[list[Bytes]]:
        for start in range(0, self.rows, _BLOCK):
            numbers = np.arange(start, min(start + _BLOCK, self.rows), dtype=np.int64)
            yield self._first_day(numbers) if day == 1 else self._second_day(numbers)
        if day > 1 and self.new:
            numbers = np.arange(self.rows, self.rows + self.new, dtype=np.int64)
            yield _cells(numbers, np.zeros(len(numbers), np.bool_))

    def _first_day(self, numbers: Numbers) -> list[Bytes]:
        return _cells(numbers, np.zeros(len(numbers), np.bool_))

    def _second_day(self, numbers: Numbers) -> list[Bytes]:
        fate = numbers * _SCATTER % self.rows
        until_invalid = self.changed + self.invalid
        stays = (fate < until_invalid) | (fate >= until_invalid + self.removed)
        numbers, fate = numbers[stays], fate[stays]
        cells = _cells(numbers, fate < self.changed)
        invalid = (fate >= self.changed) & (fate < until_invalid)
        cells[_PLACES["net_outstanding"]][invalid, 0] = ord("x")
        return cells


def _cells(numbers: Numbers, changed: npt.NDArray[np.bool_]) -> list[Bytes]:
    return [column.fill(numbers, changed) for column in COLUMNS.values()]


def _lines(cells: list[Bytes], header: tuple[str, ...], spelling: Spelling) -> Bytes:
    rows = len(cells[0])
    parts: list[Bytes] = []
    for before, column in zip(_before(header, spelling), cells, strict=True):
        parts += [_repeated(before, rows), column]
    return np.hstack([*parts, _repeated({"plain": "\n", "quoted": '"\n', "json": '"}\n'}[spelling], rows)])


def _before(header: tuple[str, ...], spelling: Spelling) -> Iterator[str]:
    """Give what stands before each cell of a row."""
    for position, name in enumerate(header):
        if spelling == "json":
            yield ('","' if position else '{"') + name + '":"'
        elif spelling == "quoted":
            yield '","' if position else '"'
        else:
            yield "," if position else ""


def _repeated(text: str, rows: int) -> Bytes:
    return np.broadcast_to(np.frombuffer(text.encode(), np.uint8), (rows, len(text)))


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the export, its field in Salesforce, and what stands in it, given row numbers."""

    name: str
    salesforce: str
    fill: Callable[[Numbers, npt.NDArray[np.bool_]], Bytes]


_Fill = Callable[[Numbers, npt.NDArray[np.bool_]], Bytes]


def _digits(values: Numbers, width: int) -> Bytes:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def _spread(numbers: Numbers, salt: int, low: int, high: int) -> Numbers:
    """Give a number of [low, high) for each row: no chance in it, and no pattern that a file system could use."""
    mixed = (numbers + salt * 10_000_019).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return low + (mixed >> np.uint64(33)).astype(np.int64) % (high - low)


def _number(prefix: str, width: int, per: int = 1) -> _Fill:
    def fill(numbers: Numbers, _changed: npt.NDArray[np.bool_]) -> Bytes:
        return np.hstack([_repeated(prefix, len(numbers)), _digits(numbers // per + 1, width)])

    return fill


def _text(text: str) -> _Fill:
    return lambda numbers, _changed: _repeated(text, len(numbers))


def _one_of(texts: list[str]) -> _Fill:
    table = np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), -1)
    return lambda numbers, _changed: table[_spread(numbers, 1, 0, len(texts))]


def _whole(salt: int, low: int, high: int, *, moves: bool = False) -> _Fill:
    def fill(numbers: Numbers, changed: npt.NDArray[np.bool_]) -> Bytes:
        return _digits(_spread(numbers, salt, low, high) + (changed if moves else 0), len(str(low)))

    return fill


def _money(salt: int, low: int, high: int, *, moves: bool = False) -> _Fill:
    """Fill with amounts between two of equally many digits, in cents; one that moves is 1.00 less when changed."""

    def fill(numbers: Numbers, changed: npt.NDArray[np.bool_]) -> Bytes:
        cents = _spread(numbers, salt, low, high) - (100 * changed if moves else 0)
        digits = _digits(cents, len(str(low)))
        return np.hstack([digits[:, :-2], _repeated(".", len(numbers)), digits[:, -2:]])

    return fill


def _day(salt: int, first: date, days: int) -> _Fill:
    texts = "".join(f"{first + timedelta(days=each):%m/%d/%Y}" for each in range(days))
    table = np.frombuffer(texts.encode(), np.uint8).reshape(days, -1)
    return lambda numbers, _changed: table[_spread(numbers, salt, 0, days)]


def _stamp(numbers: Numbers, changed: npt.NDArray[np.bool_]) -> Bytes:
    seconds = _spread(numbers, 15, 0, 60)
    cells = np.array(np.broadcast_to(np.frombuffer(b"2026-03-01T22:15:00Z", np.uint8), (len(numbers), 20)))
    cells[:, 17:19] = _digits(seconds, 2)
    cells[changed, 9] = ord("2")
    return cells


COLUMNS: Final[Mapping[str, Column]] = {
    "account_number": Column("ACCT_NO", "LeaseWorks_Id__c", _number("LW", 8)),
    "lessee_number": Column("LESSEE_NO", "Lessee__r.LeaseWorks_Id__c", _number("LS-", 8, per=3)),
    "portfolio": Column("PORTFOLIO", "Portfolio__c", _one_of([f"COMMERCIAL-TRUCKS-{n:02d}" for n in range(1, 9)])),
    "status": Column("STATUS", "Status__c", _text("A")),
    "boarded_on": Column("BOARDED_DT", "Boarded_Date__c", _day(2, date(2021, 1, 4), 1_500)),
    "maturity_date": Column("MATURITY_DT", "Maturity_Date__c", _day(3, date(2026, 6, 1), 1_800)),
    "term_months": Column("TERM", "Term_Months__c", _whole(4, 24, 85)),
    "payment_amount": Column("PMT_AMT", "Payment_Amount__c", _money(5, 100_000, 999_999)),
    "next_due_date": Column("NEXT_DUE_DT", "Next_Due_Date__c", _day(6, date(2026, 3, 10), 28)),
    "missed_payments": Column("MISSED_PMTS", "Missed_Payments__c", _text("0")),
    "past_due_amount": Column("PAST_DUE_AMT", "Past_Due_Amount__c", _text("0.00")),
    "late_fees": Column("LATE_FEES", "Late_Fees__c", _text("0.00")),
    "net_outstanding": Column("NET_OUTST", "Net_Outstanding__c", _money(7, 20_000_000, 99_999_999, moves=True)),
    "gross_outstanding": Column("GROSS_OUTST", "Gross_Outstanding__c", _money(8, 20_000_000, 99_999_999)),
    "gross_receivable": Column("GROSS_RECV", "Gross_Receivable__c", _money(9, 20_000_000, 99_999_999)),
    "payoff_amount": Column("PAYOFF_AMT", "Payoff_Amount__c", _money(10, 20_000_000, 99_999_999, moves=True)),
    "payments_made": Column("PMTS_MADE", "Payments_Made__c", _whole(11, 10, 60, moves=True)),
    "last_payment_on": Column("LAST_PMT_DT", "Last_Payment_Date__c", _day(12, date(2026, 2, 1), 28)),
    "last_payment_amount": Column("LAST_PMT_AMT", "Last_Payment_Amount__c", _money(13, 100_000, 999_999)),
    "updated_at": Column("UPDATED_TS", "Source_Updated__c", _stamp),
}
"""The 20 columns by the field of the lease account that each feeds."""

_PLACES: Final = {field: place for place, field in enumerate(COLUMNS)}

EXPORT_HEADER: Final = tuple(column.name for column in COLUMNS.values())
SALESFORCE_HEADER: Final = tuple(column.salesforce for column in COLUMNS.values())

CONSTANTS: Final[Mapping[str, str]] = dict.fromkeys(("company", "region", "office", "collector", "past_due_since"), "")
"""What the layout says of the fields that have no column: nothing."""
