"""The result files of an ingest job, written as its records are processed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from drawbar.sandbox.bulk.job import Job
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.writing.results import RowResult

SUCCEEDED = ("sf__Id", "sf__Created")
FAILED = ("sf__Id", "sf__Error")

_PIECE = 65_536


class ResultFile:
    """A CSV file that grows by chunks; what lies beyond the size that the job records is forgotten."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._job = job

    def append(self, rows: Iterable[Sequence[str]], *, size: int) -> int:
        """Write rows after the first `size` bytes and give the new size."""
        content = csv_bytes(rows, self._job)
        with self._path.open("r+b" if self._path.exists() else "w+b") as file:
            file.seek(size)
            file.write(content)
        return size + len(content)


def csv_bytes(rows: Iterable[Sequence[str]], job: Job) -> bytes:
    """Write rows in the job's dialect, every value quoted, as Salesforce does."""
    text = io.StringIO()
    csv.writer(text, delimiter=job.delimiter, lineterminator=job.line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


def succeeded_rows(cells: Sequence[Sequence[str]], results: Sequence[RowResult]) -> Iterator[Sequence[str]]:
    """Give the lines of successfulResults for the rows that were written."""
    for row, result in zip(cells, results, strict=True):
        if result.success:
            yield (result.id or "", "true" if result.created else "false", *row)


def failed_rows(cells: Sequence[Sequence[str]], results: Sequence[RowResult]) -> Iterator[Sequence[str]]:
    """Give the lines of failedResults for the rows that were refused."""
    for row, result in zip(cells, results, strict=True):
        if not result.success:
            yield (result.id or "", ";".join(map(error_text, result.errors)), *row)


def error_text(error: SalesforceError) -> str:
    """Write an error as `sf__Error` has it: `CODE:message:field1,field2 --`."""
    fields = f"{','.join(error.fields)} " if error.fields else ""
    return f"{error.code}:{error.message}:{fields}--"


def stored_bytes(path: Path, start: int, end: int) -> Iterator[bytes]:
    """Read a part of a file in pieces."""
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece


def streamed_csv(header: Sequence[str], chunks: Iterable[Sequence[Sequence[str]]], job: Job) -> Iterator[bytes]:
    """Write a CSV of rows that come in chunks."""
    for chunk in chain([[header]], chunks):
        yield csv_bytes(chunk, job)
