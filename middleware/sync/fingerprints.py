"""Fingerprints: 32 bytes per record that tell what a source said the last time.

An index holds four parallel arrays of unsigned 64-bit numbers, ordered by key: both halves of the xxh3-128 of the
key, the xxh3-64 of the raw row, and the xxh3-64 of what the row was mapped to. The raw hash lets an unchanged row
pass without being parsed; the mapped hash lets a row that was only reformatted pass without being sent.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest, xxh3_128, xxh3_128_digest

from drawbar.middleware.records import RowBatch, SourceRow

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

_MAGIC: Final = b"DRAWBAR FINGERPRINTS 1\n\0"
_COLUMNS: Final = 4
_BYTES_BESIDE: Final = 150
"""What a kept row takes in memory besides its text: two objects, a number, three places in lists."""
NOT_UNDERSTOOD: Final = 0
"""Raw hash of a row that was refused: no real row is taken for equal to it (odds 1 in 2**64)."""


class DamagedIndex(Exception):
    """A fingerprint file is missing or not what was written; the feed is compared from scratch."""


@dataclass(frozen=True, slots=True)
class FingerprintIndex:
    """What is known of a feed, ordered by (`high`, `low`); all arrays have one length and are never written to."""

    high: Hashes
    low: Hashes
    raw: Hashes
    mapped: Hashes

    @classmethod
    def empty(cls) -> FingerprintIndex:
        nothing = np.empty(0, np.uint64)
        return cls(nothing, nothing, nothing, nothing)

    def __len__(self) -> int:
        return len(self.high)

    def find(self, high: Hashes, low: Hashes) -> tuple[Positions, Mask]:
        """Give for each key its position and whether it is known; the position means nothing where it is not."""
        if not len(self):
            return np.zeros(len(high), np.int64), np.zeros(len(high), np.bool_)
        positions = np.searchsorted(self.high, high)
        clipped = np.minimum(positions, len(self) - 1)
        return clipped, (self.high[clipped] == high) & (self.low[clipped] == low)

    def contains(self, key: bytes) -> bool:
        high, low = hash_keys([key])
        return bool(self.find(high, low)[1][0])

    def save(self, folder: Path, feed: str) -> Path:
        """Write the index under a name of its own, flushed to the disk, and give its path."""
        path = folder / f"{feed}-{secrets.token_hex(8)}.fingerprints"
        folder.mkdir(parents=True, exist_ok=True)
        columns = [np.ascontiguousarray(column) for column in (self.high, self.low, self.raw, self.mapped)]
        checksum = xxh3_128()
        for column in columns:
            checksum.update(column.data)
        with path.open("xb") as file:
            file.write(_MAGIC + len(self).to_bytes(8, "little") + checksum.digest())
            for column in columns:
                file.write(column.data)
            file.flush()
            os.fsync(file.fileno())
        _flush_folder(folder)
        return path

    @classmethod
    def load(cls, path: Path) -> FingerprintIndex:
        """Read an index that `save` wrote; raise DamagedIndex when it is not there or not whole."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DamagedIndex(f"{path.name} cannot be read ({error.strerror})") from None
        start = len(_MAGIC) + 8 + 16
        head, rows = content[: len(_MAGIC)], int.from_bytes(content[len(_MAGIC) : len(_MAGIC) + 8], "little")
        if head != _MAGIC or len(content) != start + rows * _COLUMNS * 8:
            raise DamagedIndex(f"{path.name} is not a whole fingerprint file")
        if xxh3_128_digest(memoryview(content)[start:]) != content[start - 16 : start]:
            raise DamagedIndex(f"{path.name} does not match its checksum")
        high, low, raw, mapped = np.frombuffer(content, np.uint64, offset=start).reshape(_COLUMNS, rows)
        return cls(high, low, raw, mapped)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hash_keys(keys: list[bytes]) -> tuple[Hashes, Hashes]:
    """Give both halves of the xxh3-128 of each key."""
    digests = np.frombuffer(b"".join(map(xxh3_128_digest, keys)), np.dtype(">u8")).reshape(-1, 2)
    return digests[:, 0].astype(np.uint64), digests[:, 1].astype(np.uint64)


def hash_rows(raws: list[bytes]) -> Hashes:
    """Give the xxh3-64 of each raw row."""
    return np.fromiter(map(xxh3_64_intdigest, raws), np.uint64, len(raws))


@dataclass(slots=True)
class Survey:
    """What comparing a whole source with its index found, before anything is done about it.

    `numbers` are the row numbers to look at (new, or with other bytes than the last time), ascending; `duplicates`
    maps the number of a row whose key stood before in the same source to the number of that first row.
    """

    rows: int
    high: Hashes
    low: Hashes
    raw: Hashes
    mapped: Hashes
    known: Mask
    numbers: Positions
    duplicates: dict[int, int]
    kept: Kept | None
    index: FingerprintIndex
    gone: Mask = field(repr=False)

    @property
    def gone_count(self) -> int:
        """How many known keys the source no longer holds."""
        return int(np.count_nonzero(self.gone))

    def is_gone(self, keys: list[bytes]) -> Mask:
        """Say of each key whether it was known and the source no longer holds it."""
        high, low = hash_keys(keys)
        positions, known = self.index.find(high, low)
        if not len(self.index):
            return known
        return known & self.gone[positions]

    def was_known(self, number: int) -> bool:
        return bool(self.known[number - 1])

    def mapped_before(self, number: int) -> int:
        return int(self.mapped[number - 1])

    def settle(self, number: int, mapped: int) -> None:
        """Note what a row was mapped to."""
        self.mapped[number - 1] = mapped

    def refuse(self, number: int) -> None:
        """Note that a row was not understood: it is looked at again the next time, and its key is not gone."""
        self.raw[number - 1] = NOT_UNDERSTOOD

    def successor(self, *, keep_gone: bool) -> FingerprintIndex:
        """Give the index after this source; with `keep_gone` what the source does not hold stays known."""
        fine = np.ones(self.rows, np.bool_)
        fine[(self.raw == NOT_UNDERSTOOD) & ~self.known] = False
        for number in self.duplicates:
            fine[number - 1] = False
        columns = (self.high, self.low, self.raw, self.mapped)
        kept = list(columns) if fine.all() else [column[fine] for column in columns]
        if keep_gone:
            old = (self.index.high, self.index.low, self.index.raw, self.index.mapped)
            kept = [np.concatenate([new, before[self.gone]]) for new, before in zip(kept, old, strict=True)]
        order = _order(kept[0], kept[1])
        return FingerprintIndex(*(column[order] for column in kept))


@dataclass(slots=True)
class Kept:
    """Rows to look at that were kept while the source was read, as parallel lists: plain bytes cost least."""

    numbers: list[int] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    raws: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, batch: RowBatch, offsets: list[int]) -> None:
        """Keep some rows of a batch."""
        self.numbers += [batch.first_number + offset for offset in offsets]
        self.keys += [batch.keys[offset] for offset in offsets]
        raws = [batch.raws[offset] for offset in offsets]
        self.raws += raws
        self.size += sum(map(len, raws)) + len(raws) * _BYTES_BESIDE

    def rows(self) -> Iterator[SourceRow]:
        """Give the rows, in order."""
        for number, key, raw in zip(self.numbers, self.keys, self.raws, strict=True):
            yield SourceRow(number, _text(key), raw)


def survey(index: FingerprintIndex, batches: Iterable[RowBatch], *, everything: bool, keep_bytes: int) -> Survey:
    """Compare a source with its index, row by row, without understanding any of it.

    With `everything` each row counts as changed (the layout or the mapping is another than last time). Rows to look
    at are kept while they take at most `keep_bytes`; when they take more, none is, and the source is read again.
    """
    kinds = (np.uint64, np.uint64, np.uint64, np.uint64, np.bool_, np.int64)
    columns = [_Column(kind) for kind in kinds]
    seen = np.zeros(len(index), np.bool_)
    kept: Kept | None = Kept()
    rows = 0
    for batch in batches:
        high, low = hash_keys(batch.keys)
        raw = hash_rows(batch.raws)
        positions, known = index.find(high, low)
        mapped = np.zeros(len(raw), np.uint64)
        if len(index):
            seen[positions[known]] = True
            mapped[known] = index.mapped[positions[known]]
        same = known & (index.raw[positions] == raw) if len(index) and not everything else np.zeros(len(raw), np.bool_)
        misses = np.flatnonzero(~same)
        kept = _keep(kept, batch, misses, keep_bytes)
        for column, part in zip(columns, (high, low, raw, mapped, known, misses + batch.first_number), strict=True):
            column.add(part)
        rows += len(raw)
    high, low, raw, mapped, known, numbers = (column.whole() for column in columns)
    return Survey(
        rows=rows, high=high, low=low, raw=raw, mapped=mapped, known=known, numbers=numbers,
        duplicates=_duplicates(high, low), kept=kept, index=index, gone=~seen,
    )  # fmt: skip


class _Column:
    """An array that grows in place: joining parts at the end would hold every number twice."""

    def __init__(self, kind: type[np.generic]) -> None:
        self._array: npt.NDArray[Any] = np.empty(0, kind)
        self._length = 0

    def add(self, part: npt.NDArray[Any]) -> None:
        """Add a part at the end."""
        end = self._length + len(part)
        if end > len(self._array):
            self._array.resize(max(end, 2 * len(self._array)), refcheck=False)
        self._array[self._length : end] = part
        self._length = end

    def whole(self) -> npt.NDArray[Any]:
        """Give what was added; nothing can be added any more."""
        self._array.resize(self._length, refcheck=False)
        return self._array


def _keep(kept: Kept | None, batch: RowBatch, misses: Positions, keep_bytes: int) -> Kept | None:
    if kept is None:
        return None
    kept.add(batch, misses.tolist())
    return kept if kept.size <= keep_bytes else None


def _text(key: bytes) -> str:
    return key.decode("utf-8", "replace")


def _order(high: Hashes, low: Hashes) -> Positions:
    """Give the order by key, equal keys as they came; `low` is looked at only where two keys share all of `high`."""
    order = np.argsort(high, kind="stable")
    alike = np.flatnonzero(high[order[1:]] == high[order[:-1]])
    return np.lexsort((low, high)) if np.any(low[order[alike]] != low[order[alike + 1]]) else order


def _duplicates(high: Hashes, low: Hashes) -> dict[int, int]:
    order = _order(high, low)
    same = np.flatnonzero(high[order[1:]] == high[order[:-1]])
    same = same[low[order[same]] == low[order[same + 1]]]
    duplicates: dict[int, int] = {}
    for position in same.tolist():
        earlier, later = int(order[position]) + 1, int(order[position + 1]) + 1
        duplicates[later] = duplicates.get(earlier, earlier)
    return duplicates


def rows_to_look_at(survey: Survey, batches: Iterable[RowBatch]) -> Iterator[SourceRow]:
    """Give the rows that the survey found, in order, from memory or by reading the source once more."""
    if survey.kept is not None:
        yield from survey.kept.rows()
        return
    for batch in batches:
        last = batch.first_number + len(batch.raws)
        start, end = np.searchsorted(survey.numbers, [batch.first_number, last])
        for number in survey.numbers[start:end].tolist():
            offset = number - batch.first_number
            yield SourceRow(number, _text(batch.keys[offset]), batch.raws[offset])
