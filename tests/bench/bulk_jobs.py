"""Bulk jobs of the counting server: an upload is kept as a file, and its results are the same rows with an id each.

A job is done as soon as it is told to begin. Rows are counted by their line feeds, so cells must hold none; those of
the benchmark's accounts do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

_BLOCK = 1 << 20
_WRITTEN = b'"sf__Id","sf__Created",'
_REFUSED = b'"sf__Id","sf__Error",'
_ROW_HEAD = b'"a0B%013dAAA","false",'
"""No row is said to be new: the server keeps no records, and its clients treat both alike."""


class Body(Protocol):
    """What an upload is read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(slots=True)
class BulkJob:
    """One ingest job; `begun` is when it was told to begin (monotonic seconds), `told` whether its client has heard."""

    number: int
    object: str
    path: Path
    state: str = "Open"
    rows: int = 0
    size: int = 0
    begun: float = 0.0
    told: bool = False

    @property
    def id(self) -> str:
        return f"750{self.number:012d}AAA"

    def as_json(self) -> dict[str, Any]:
        """Describe the job as Salesforce does."""
        return {
            "id": self.id, "operation": "upsert", "object": self.object, "state": self.state, "apiVersion": 67.0,
            "contentType": "CSV", "lineEnding": "LF", "columnDelimiter": "COMMA", "concurrencyMode": "Parallel",
            "numberRecordsProcessed": self.rows, "numberRecordsFailed": 0,
        }  # fmt: skip

    def receive(self, body: Body, size: int) -> None:
        """Keep an upload of so many bytes, and count its rows; the header is none."""
        line_feeds, left = 0, size
        with self.path.open("wb") as file:
            while left and (block := body.read(min(_BLOCK, left))):
                line_feeds += block.count(b"\n")
                file.write(block)
                left -= len(block)
        self.rows, self.size = max(line_feeds - 1, 0), size

    def written_size(self) -> int:
        """Give the length of the successful results in bytes."""
        return self.size + len(_WRITTEN) + self.rows * len(_ROW_HEAD % 0)

    def written(self) -> Iterator[bytes]:
        """Give the successful results: every uploaded row with an id."""
        with self.path.open("rb") as file:
            yield _WRITTEN + file.readline()
            number = 0
            while lines := file.readlines(_BLOCK):
                heads = (_ROW_HEAD % each for each in range(number, number + len(lines)))
                yield b"".join(part for pair in zip(heads, lines, strict=True) for part in pair)
                number += len(lines)

    def refused(self) -> bytes:
        """Give the failed results: the header alone."""
        return _REFUSED + self.unprocessed()

    def unprocessed(self) -> bytes:
        """Give the rows that the job has not come to: the header alone."""
        with self.path.open("rb") as file:
            return file.readline()
