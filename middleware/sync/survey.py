"""Compares a whole source with its fingerprints, row by row, without understanding any of it.

What is as it was costs a hash and a look-up, and leaves nothing behind but the number of its row at its place in the
index. Only rows to look at are remembered with what their fingerprints will be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from drawbar.middleware.ports import RowSource
from drawbar.middleware.records import RowBatch, SourceRow
from drawbar.middleware.sync.fingerprints import (
    ALL_KEYS,
    MEANING,
    NOT_UNDERSTOOD,
    FingerprintIndex,
    Hashes,
    KeyRange,
    Mask,
    Positions,
    alike_neighbours,
    hash_keys,
    hash_meanings,
    hash_rows,
    key_order,
    same_key,
)

_BYTES_BESIDE: Final = 150
"""What a kept row takes in memory besides its text: two objects, a number, three places in lists."""
Verdict = Literal["new", "changed", "same"]
RowPlaces = npt.NDArray[np.int32]
"""Places among rows: half the size of what numpy gives, and no source has two thousand million rows."""

UNKNOWN: Final = -1
"""The place in the index of a key that is not in it."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A source beside what was known of it: its rows, the known keys, and how many of these it no longer holds."""

    rows: int
    known: int
    gone: int

    def __add__(self, other: Balance) -> Balance:
        return Balance(self.rows + other.rows, self.known + other.known, self.gone + other.gone)


@dataclass(slots=True)
class Survey:
    """What comparing a source with its index found, before anything is done about it: of all rows, or of a key range.

    `rows` counts the rows that were compared. `numbers` are the row numbers to look at (new, changed, or with a key
    that stood before), ascending. Parallel to them: `key`, `rest`, `raw` and `mapped` as they will stand in the next
    index, and `places`, where each key stands in this one (`UNKNOWN`: nowhere). `duplicates` maps the number of a row
    whose key stood before in the same source to the number of that first row. `first` tells for each place of the index
    the number of the first row that holds its key, 0 for none. `rewritten` tells for each place the hash of a row that
    says the same in other bytes, 0 for none; it is empty where there is no such row at all.
    """

    rows: int
    numbers: Positions
    key: Hashes
    rest: Hashes
    raw: Hashes
    mapped: Hashes
    places: Positions
    duplicates: dict[int, int]
    first: npt.NDArray[np.int32]
    rewritten: Hashes
    kept: Kept | None
    index: FingerprintIndex = field(repr=False)

    @property
    def gone_count(self) -> int:
        """How many known keys the source no longer holds."""
        return int(np.count_nonzero(self.first == 0))

    @property
    def balance(self) -> Balance:
        return Balance(self.rows, len(self.index), self.gone_count)

    def gone(self) -> FingerprintIndex:
        """Give what was known of the keys that the source no longer holds."""
        return self.index.part(np.flatnonzero(self.first == 0))

    @property
    def known(self) -> Mask:
        """Say of each row to look at whether its key was known."""
        known: Mask = self.places != UNKNOWN
        return known

    def settle(self, at: int, mapped: int) -> Verdict:
        """Note what the `at`-th row to look at was mapped to, and say how that compares with the last time."""
        if self.places[at] == UNKNOWN:
            verdict: Verdict = "new"
        else:
            verdict = "same" if self.mapped[at] == mapped else "changed"
        self.mapped[at] = mapped
        return verdict

    def refuse(self, at: int) -> None:
        """Note that the `at`-th row was not understood: it is looked at again the next time, its key is not gone."""
        self.raw[at] = NOT_UNDERSTOOD
        self.rest[at] &= ~MEANING

    def successor(self, *, keep_gone: bool) -> Successor:
        """Give the index after this source; with `keep_gone` what the source does not hold stays known."""
        fine = (self.raw != NOT_UNDERSTOOD) | (self.places != UNKNOWN)
        fine[np.searchsorted(self.numbers, list(self.duplicates))] = False
        stays = np.ones(len(self.index), np.bool_) if keep_gone else self.first != 0
        stays[self.places[fine & (self.places != UNKNOWN)]] = False
        if fine.all():  # as on a first day: all of them, which need not be copied
            return Successor(self, stays, key_order(self.key, self.rest).astype(np.int32))
        looked_at = np.flatnonzero(fine).astype(np.int32)
        return Successor(self, stays, looked_at[key_order(self.key[looked_at], self.rest[looked_at])])


@dataclass(frozen=True, slots=True)
class Successor:
    """The index after a source, made piece by piece when it is written: no column of it is ever in memory whole.

    `stays` says which entries of the index of before go on, `joining` which rows that were looked at come between
    them, in the order of their keys.
    """

    survey: Survey
    stays: Mask
    joining: RowPlaces

    def __len__(self) -> int:
        return int(np.count_nonzero(self.stays)) + len(self.joining)

    def columns(self, size: int) -> Iterator[Iterator[Hashes]]:
        survey, between = self.survey, self._between()
        before = (survey.index.key, survey.index.rest, survey.index.raw, survey.index.mapped)
        now = (survey.key, survey.rest, survey.raw, survey.mapped)
        for staying, looked_at in zip(before, now, strict=True):
            rewritten = survey.rewritten if staying is survey.index.raw else survey.rewritten[:0]
            yield (
                np.insert(_over(staying[old], rewritten[old])[self.stays[old]], at, looked_at[self.joining[new]])
                for old, at, new in self._pieces(between, size)
            )

    def _pieces(self, between: RowPlaces, size: int) -> Iterator[tuple[slice, RowPlaces, slice]]:
        """Say of each piece which entries of before it takes, which rows join, and before which of those each does."""
        place = taken = joined = 0
        ends = between + np.arange(1, len(between) + 1, dtype=np.int32)
        for end in range(size, len(self) + size, size):
            join = int(np.searchsorted(ends, end, side="right"))
            stay = min(end, len(self)) - join
            upto = self._behind(place, stay - taken)
            yield slice(place, upto), between[joined:join] - taken, slice(joined, join)
            place, taken, joined = upto, stay, join

    def _behind(self, place: int, count: int) -> int:
        """Give the place behind so many entries that stay, counted from a place."""
        upto = place
        while missing := count - int(np.count_nonzero(self.stays[place:upto])):
            upto += missing
        return upto

    def _between(self) -> RowPlaces:
        """Give before which staying entry each joining one comes; keys that share all of `key` are told by `rest`."""
        index = self.survey.index
        if not len(index):
            return np.zeros(len(self.joining), np.int32)
        key, rest = self.survey.key[self.joining], self.survey.rest[self.joining]
        between = np.searchsorted(index.key, key)
        inside = np.flatnonzero(between < len(index))
        for at in inside[index.key[between[inside]] == key[inside]].tolist():
            place = int(between[at])
            while place < len(index) and index.key[place] == key[at] and index.rest[place] < rest[at]:
                place += 1
            between[at] = place
        return (between - np.searchsorted(np.flatnonzero(~self.stays), between)).astype(np.int32)


def _over(hashes: Hashes, others: Hashes) -> Hashes:
    """Give hashes, and in their place the others where there are such that are not 0."""
    return np.where(others, others, hashes) if len(others) else hashes


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of a batch that are compared, as parallel lists."""

    numbers: Positions
    keys: Sequence[bytes]
    raws: Sequence[bytes]


@dataclass(slots=True)
class Kept:
    """Rows to look at that were kept while the source was read, as parallel lists: plain bytes cost least."""

    numbers: list[int] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    raws: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, rows: _Rows, offsets: list[int]) -> None:
        """Keep some of the rows."""
        self.numbers += rows.numbers[offsets].tolist()
        self.keys += [rows.keys[offset] for offset in offsets]
        raws = [rows.raws[offset] for offset in offsets]
        self.raws += raws
        self.size += sum(map(len, raws)) + len(raws) * _BYTES_BESIDE

    def rows(self) -> Iterator[SourceRow]:
        """Give the rows, in order."""
        for number, key, raw in zip(self.numbers, self.keys, self.raws, strict=True):
            yield SourceRow(number, _text(key), raw)


def survey(
    index: FingerprintIndex, source: RowSource[Any], keys: KeyRange = ALL_KEYS, *, everything: bool, keep_bytes: int
) -> Survey:
    """Compare the rows of a source whose keys are in a range with what the index knows of that range.

    With `everything` each row is to be looked at (the layout or the mapping is another than last time). Rows to look
    at are kept while they take at most `keep_bytes`; when they take more, none is, and the source is read again.
    """
    comparison = _Comparison(index, source, keys, everything=everything, keep_bytes=keep_bytes)
    for batch in source.batches():
        comparison.add(batch)
    return comparison.result()


class _Comparison:
    """Takes the batches of a source in, one after the other."""

    def __init__(
        self, index: FingerprintIndex, source: RowSource[Any], keys: KeyRange, *, everything: bool, keep_bytes: int
    ) -> None:
        self._index = index
        self._source = source
        self._keys = keys
        self._everything = everything
        self._keep_bytes = keep_bytes
        self._rows = 0
        self._first = np.zeros(len(index), np.int32)
        self._duplicates: dict[int, int] = {}
        self._kept: Kept | None = Kept()
        kinds = (np.int32, np.uint64, np.uint64, np.uint64, np.uint64, np.int32)
        self._looked_at = [_Column(kind) for kind in kinds]
        self._rewritten = np.empty(0, np.uint64)

    def add(self, batch: RowBatch) -> None:
        """Compare the next rows."""
        rows, key, rest = self._own(batch)
        raw = hash_rows(rows.raws)
        places, known = self._index.find(key, rest)
        places[~known] = UNKNOWN
        repeated = self._repeated(rows.numbers, places, known)
        same = self._same(raw, places, known)
        same[repeated] = False
        offsets = np.flatnonzero(~same)
        rest[offsets] |= self._meanings(rows, offsets)
        rewritten = self._rewritten_rows(np.setdiff1d(offsets, repeated, assume_unique=True), places, rest)
        if len(rewritten):
            if not len(self._rewritten):
                self._rewritten = np.zeros(len(self._index), np.uint64)
            self._rewritten[places[rewritten]] = raw[rewritten]
        offsets = np.setdiff1d(offsets, rewritten, assume_unique=True)
        mapped = np.zeros(len(offsets), np.uint64)
        still = places[offsets] != UNKNOWN
        mapped[still] = self._index.mapped[places[offsets][still]]
        parts = (rows.numbers[offsets], key[offsets], rest[offsets], raw[offsets], mapped, places[offsets])
        for column, part in zip(self._looked_at, parts, strict=True):
            column.add(part)
        self._keep(rows, offsets.tolist())
        self._rows += len(raw)

    def _own(self, batch: RowBatch) -> tuple[_Rows, Hashes, Hashes]:
        """Give the rows of a batch whose keys are in the range, and both hashes of these."""
        key, rest = hash_keys(batch.keys)
        numbers = np.arange(batch.first_number, batch.first_number + len(key))
        if self._keys.is_whole:
            return _Rows(numbers, batch.keys, batch.raws), key, rest
        own = np.flatnonzero(self._keys.holds(key))
        offsets = own.tolist()
        rows = _Rows(numbers[own], [batch.keys[each] for each in offsets], [batch.raws[each] for each in offsets])
        return rows, key[own], rest[own]

    def _same(self, raw: Hashes, places: Positions, known: Mask) -> Mask:
        if self._everything or not len(self._index):
            return np.zeros(len(raw), np.bool_)
        same: Mask = known & (self._index.raw[places] == raw)
        return same

    def _repeated(self, numbers: Positions, places: Positions, known: Mask) -> Positions:
        """Note which row is the first to hold each known key, and give the offsets of the others."""
        offsets = np.flatnonzero(known)
        held, numbers = places[offsets], numbers[offsets].astype(np.int32)
        fresh = self._first[held] == 0
        self._first[held[fresh][::-1]] = numbers[fresh][::-1]  # of two in one batch the first is written last
        repeated = self._first[held] != numbers
        for at in np.flatnonzero(repeated).tolist():
            self._duplicates[int(numbers[at])] = int(self._first[held[at]])
        others: Positions = offsets[repeated]
        return others

    def _meanings(self, rows: _Rows, offsets: Positions) -> Hashes:
        return hash_meanings(self._source.meanings([rows.raws[offset] for offset in offsets.tolist()]))

    def _rewritten_rows(self, offsets: Positions, places: Positions, rest: Hashes) -> Positions:
        """Give those of some rows whose cells say what they said, in other bytes."""
        if self._everything or not len(self._index):
            return offsets[:0]
        held = places[offsets]
        says_the_same: Mask = (held != UNKNOWN) & (self._index.rest[held] == rest[offsets])
        return offsets[says_the_same]

    def _keep(self, rows: _Rows, offsets: list[int]) -> None:
        if self._kept is not None:
            self._kept.add(rows, offsets)
            if self._kept.size > self._keep_bytes:
                self._kept = None

    def result(self) -> Survey:
        """Give what was found in all rows."""
        numbers, key, rest, raw, mapped, places = (column.whole() for column in self._looked_at)
        new = np.flatnonzero(places == UNKNOWN) if len(self._index) else slice(None)  # a slice copies nothing
        self._duplicates.update(_new_duplicates(numbers[new], key[new], rest[new]))
        return Survey(
            rows=self._rows, numbers=numbers, key=key, rest=rest, raw=raw, mapped=mapped, places=places,
            duplicates=self._duplicates, first=self._first, rewritten=self._rewritten, kept=self._kept,
            index=self._index,
        )  # fmt: skip


class _Column:
    """An array that grows in place, by an eighth: joining parts at the end would hold every number twice."""

    def __init__(self, kind: type[np.generic]) -> None:
        self._array: npt.NDArray[Any] = np.empty(0, kind)
        self._length = 0

    def add(self, part: npt.NDArray[Any]) -> None:
        """Add a part at the end."""
        end = self._length + len(part)
        if end > len(self._array):
            self._array.resize(max(end, len(self._array) + len(self._array) // 8), refcheck=False)
        self._array[self._length : end] = part
        self._length = end

    def whole(self) -> npt.NDArray[Any]:
        """Give what was added; nothing can be added any more."""
        self._array.resize(self._length, refcheck=False)
        return self._array


def _new_duplicates(numbers: Positions, key: Hashes, rest: Hashes) -> dict[int, int]:
    """Find the rows among those with unknown keys whose key stood before; by number, the number of the first."""
    order = key_order(key, rest)
    alike = alike_neighbours(key, order)
    before, behind = order[alike], order[alike + 1]
    same = same_key(rest[behind], rest[before])
    duplicates: dict[int, int] = {}
    for earlier, later in zip(numbers[before[same]].tolist(), numbers[behind[same]].tolist(), strict=True):
        duplicates[later] = duplicates.get(earlier, earlier)
    return duplicates


def _text(key: bytes) -> str:
    return key.decode("utf-8", "replace")


def rows_to_look_at(found: Survey, source: RowSource[Any]) -> Iterator[SourceRow]:
    """Give the rows that the survey found, in order, from memory or by reading the source once more."""
    if found.kept is not None:
        yield from found.kept.rows()
        return
    for batch in source.batches():
        last = batch.first_number + len(batch.raws)
        start, end = np.searchsorted(found.numbers, [batch.first_number, last])
        yield from _chosen(batch, found.numbers[start:end].tolist())


def _chosen(batch: RowBatch, numbers: Sequence[int]) -> Iterator[SourceRow]:
    for number in numbers:
        offset = number - batch.first_number
        yield SourceRow(number, _text(batch.keys[offset]), batch.raws[offset])
