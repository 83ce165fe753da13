"""Keeps what a source said in a file, so that it can be read twice and says the same both times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from drawbar.middleware.ports import RowSource
from drawbar.middleware.records import RowBatch, SourceRow

Record_co = TypeVar("Record_co", covariant=True)
_BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class SpooledSource(Generic[Record_co]):
    """A source that lives (a query) as one that stands still: read once into a file, one JSON pair per line."""

    source: RowSource[Record_co]
    path: Path

    @property
    def entity(self) -> str:
        return self.source.entity

    @property
    def complete(self) -> bool:
        return self.source.complete

    @property
    def description(self) -> str:
        return self.source.description

    def meanings(self, raws: Sequence[bytes]) -> Iterable[bytes]:
        return self.source.meanings(raws)

    def parse(self, row: SourceRow) -> Record_co:
        return self.source.parse(row)

    def fill(self) -> int:
        """Read the source to its end and give how many rows it had."""
        rows = 0
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.open("w", encoding="utf-8", newline="\n") as file:
            self.path.chmod(0o600)
            for batch in self.source.batches():
                pairs = zip(batch.keys, batch.raws, strict=True)
                file.writelines(json.dumps([key.decode(), raw.decode()]) + "\n" for key, raw in pairs)
                rows += len(batch.keys)
        return rows

    def batches(self) -> Iterator[RowBatch]:
        keys: list[bytes] = []
        raws: list[bytes] = []
        first = 1
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                key, raw = json.loads(line)
                keys.append(key.encode())
                raws.append(raw.encode())
                if len(keys) == _BATCH_ROWS:
                    yield RowBatch(first, keys, raws)
                    first, keys, raws = first + len(keys), [], []
        if keys:
            yield RowBatch(first, keys, raws)
