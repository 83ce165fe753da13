"""Where fingerprints are kept: in the database, in segments by key, so that a part of a feed reads its own alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select
from xxhash import xxh3_128_digest

from drawbar.middleware.sync.fingerprints import DamagedIndex, FingerprintIndex, Fingerprints, Hashes, KeyRange
from drawbar.middleware.sync.tables import fingerprint_segment as segment

_ROWS: Final = 131_072
"""Rows of a segment: 1 MiB of each of the four columns."""

_COLUMNS: Final = ("key", "rest", "raw", "mapped")
_CHECKSUM_BYTES: Final = 16
_AT_ONCE: Final = 8
_SIGNED: Final = 2**63
"""What is taken from a hash, so that a signed column keeps the order of hashes."""


@dataclass(frozen=True, slots=True)
class Segments:
    """The fingerprints of one feed, inside the caller's transaction.

    Each taking of a source writes a generation of its own; the feed's row names the one that counts. A row of the
    table holds one column of one segment, behind a checksum, so that no more than a column is ever made at once.
    """

    connection: Connection
    feed: str

    def write(self, generation: str, part: int, fingerprints: Fingerprints) -> None:
        """Write a part of a generation; one that a crash left is replaced."""
        self.connection.execute(delete(segment).where(self._generation(generation), segment.c.part == part))
        bounds: list[dict[str, int]] = []
        for name, column in zip(_COLUMNS, fingerprints.columns(_ROWS), strict=True):
            for number, piece in enumerate(column):
                if name == "key":
                    ends = {"first_key": int(piece[0]) - _SIGNED, "last_key": int(piece[-1]) - _SIGNED}
                    bounds.append({"part": part, "number": number, "rows": len(piece), **ends})
                place = {"feed": self.feed, "generation": generation, "name": name, **bounds[number]}
                self.connection.execute(insert(segment).values(**place, content=_packed(piece)))

    def rows(self, generation: str) -> int:
        """Count the fingerprints of a generation."""
        return self._rows(self._generation(generation))

    def read(self, generation: str, rows: int, keys: KeyRange) -> FingerprintIndex:
        """Read the fingerprints of some keys.

        Raises DamagedIndex when the generation does not hold so many rows, or a segment is not what was written.
        """
        if self.rows(generation) != rows:
            raise DamagedIndex("are not whole")
        if rows == 0:
            return FingerprintIndex.empty()
        touched = (
            self._generation(generation)
            & (segment.c.last_key >= keys.lowest - _SIGNED)
            & (segment.c.first_key <= keys.highest - _SIGNED)
        )
        total = self._rows(touched)
        index = FingerprintIndex(*(self._column(touched & (segment.c.name == name), total) for name in _COLUMNS))
        return index.within(keys.place_in(index.key))

    def sweep(self, generation: str) -> None:
        """Forget every other generation; the caller holds the feed's lock."""
        self.connection.execute(delete(segment).where(segment.c.feed == self.feed, segment.c.generation != generation))

    def _generation(self, generation: str) -> ColumnElement[bool]:
        return (segment.c.feed == self.feed) & (segment.c.generation == generation)

    def _rows(self, some: ColumnElement[bool]) -> int:
        each_once = segment.c.name == "key"
        return int(self.connection.execute(select(func.sum(segment.c.rows)).where(some, each_once)).scalar_one() or 0)

    def _column(self, some: ColumnElement[bool], total: int) -> Hashes:
        column, end = np.empty(total, np.uint64), 0
        contents = select(segment.c.content).where(some).order_by(segment.c.part, segment.c.number)
        with self.connection.execute(contents.execution_options(yield_per=_AT_ONCE)) as streamed:
            for content in streamed.scalars():
                piece = _unpacked(content)
                start, end = end, end + len(piece)
                if end > total:
                    raise DamagedIndex("are not whole")
                column[start:end] = piece
        if end != total:
            raise DamagedIndex("are not whole")
        return column


def _packed(piece: Hashes) -> bytes:
    content = np.ascontiguousarray(piece).tobytes()
    return xxh3_128_digest(content) + content


def _unpacked(content: bytes) -> Hashes:
    hashes = memoryview(content)[_CHECKSUM_BYTES:]
    if xxh3_128_digest(hashes) != content[:_CHECKSUM_BYTES]:
        raise DamagedIndex("are not what was written")
    return np.frombuffer(hashes, np.uint64)
