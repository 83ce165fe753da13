"""Pages of a query job's result: whole records of a CSV file, found by where the last page ended."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from drawbar.sandbox.errors import SalesforceError


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a result file, in bytes, after its header; `next` is the locator of the next page, None at the end."""

    header_end: int
    start: int
    end: int
    records: int
    next: str | None


def find_page(path: Path, *, locator: str | None, size: int) -> Page:
    """Find the page of up to `size` records at a locator (None: the first); INVALIDLOCATOR when it is none of ours."""
    with path.open("rb") as file:
        header_end = _after_records(file, 1)[0]
        start = header_end if locator is None else _position(locator)
        if not header_end <= start <= path.stat().st_size:
            raise _refused(locator)
        file.seek(start)
        end, records = _after_records(file, size)
        more = file.read(1) != b""
    return Page(header_end, start, end, records, _locator(end) if more else None)


def _after_records(file: BinaryIO, count: int) -> tuple[int, int]:
    """Read up to `count` records; every value is quoted, so a record ends with the line that closes its quotes."""
    records = 0
    open_quotes = 0
    while records < count and (line := file.readline()):
        open_quotes ^= line.count(b'"') & 1
        records += not open_quotes
    return file.tell(), records


def _locator(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _position(locator: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (ValueError, binascii.Error) as problem:
        raise _refused(locator) from problem


def _refused(locator: str | None) -> SalesforceError:
    return SalesforceError("INVALIDLOCATOR", f"InvalidLocator : {locator} is not a locator of this job")
