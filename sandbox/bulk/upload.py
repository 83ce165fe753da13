"""The CSV file that a client uploads: read in pieces, never wholly in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from drawbar.sandbox.bulk.columns import InvalidBatch
from drawbar.sandbox.bulk.job import Job

MAX_BYTES = 150_000_000 * 3 // 4
"""150 MB after the upload has been turned into base64."""

_ENCODING = "utf-8"
_LARGEST_CELL = 1_000_000


class Upload:
    """The uploaded CSV of a job; a byte that is not UTF-8 or a row that is no CSV is an InvalidBatch."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._job = job

    def header(self) -> list[str]:
        """Read the header row; the file's line ending must be the job's."""
        self._check_line_ending()
        header = next(self._rows(), None)
        if not header:
            raise InvalidBatch("The upload has no header row", kind="ClientInputError")
        return header

    def count(self) -> int:
        """Read the file through and count its records; each must have as many cells as the header."""
        rows = self._rows()
        width = len(next(rows, []))
        number = 0
        for number, row in enumerate(rows, start=1):
            if len(row) != width:
                raise InvalidBatch(f"Record {number} has {len(row)} values, the header has {width}")
        return number

    def chunks(self, size: int, *, skip: int) -> Iterator[list[list[str]]]:
        """Give the records after the first `skip`, `size` at a time."""
        rows = islice(self._rows(), 1 + skip, None)
        while chunk := list(islice(rows, size)):
            yield chunk

    def _rows(self) -> Iterator[list[str]]:
        csv.field_size_limit(_LARGEST_CELL)
        try:
            with self._path.open(encoding=_ENCODING, newline="") as file:
                for row in csv.reader(file, delimiter=self._job.delimiter, strict=True):
                    if row:
                        yield row
        except UnicodeDecodeError as problem:
            raise InvalidBatch(f"The upload is not UTF-8: byte {problem.start}", kind="ClientInputError") from problem
        except csv.Error as problem:
            raise InvalidBatch(f"Failed to parse CSV: {problem}") from problem

    def _check_line_ending(self) -> None:
        with self._path.open("rb") as file:
            first = file.readline()
        ending = "CRLF" if first.endswith(b"\r\n") else "LF"
        if first.endswith(b"\n") and ending != self._job.line_ending:
            message = f"LineEnding is invalid on user data. Current LineEnding setting is {self._job.line_ending}"
            raise InvalidBatch(message, kind="ClientInputError")
