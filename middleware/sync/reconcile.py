"""Compares what a target's records should be with what they are, object by object, in 32 bytes per key.

What should be is streamed twice: once to note key and values of every record as hashes, and once more, after the
target has been streamed past them, to look at the records that are missing or differ. Rows of the target that differ
wait on disk in between.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from xxhash import xxh3_64_intdigest

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from drawbar.middleware.sync.codec import columns_of
from drawbar.middleware.sync.fingerprints import Hashes, Mask, Positions, hash_keys

_ROWS: Final = 2_000
_STATE: Final = np.uint64(3)
_NOT_MET, _EQUAL, _DIFFERENT, _UNCLEAR = (np.uint64(number) for number in range(4))

TargetRow = tuple[str, list[str]]
"""A record's key and the text of each compared field."""


class Compared(Protocol):
    """A field that is compared: `stored` gives our value, and `read` the target's text, as the target keeps it."""

    @property
    def name(self) -> str: ...

    @property
    def stored(self) -> Callable[[Scalar | Reference], Scalar]: ...

    @property
    def read(self) -> Callable[[str], Scalar]: ...


class WantedChunk(Protocol):
    """Some records as they should be; each is worked out only when it is asked for."""

    @property
    def keys(self) -> list[bytes]: ...

    def records(self, positions: Sequence[int]) -> Iterator[TargetRecord | RecordRejected]:
        """Give the records at these positions, in order; what cannot be worked out is given as the reason."""
        ...


class Unknown(Protocol):
    """Says why a record of the target is none that should be there; "extra" when nothing speaks for it."""

    def __call__(self, rows: Sequence[TargetRow]) -> Sequence[str]: ...


EXTRA: Final = "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that is not as it should be: `held` has the target's values that differ, None for a missing one."""

    record: TargetRecord
    held: Mapping[str, Scalar] | None


@dataclass(slots=True)
class Comparison:
    """What comparing one object came to, in records.

    `fields` counts differences by field, `unclear` what cannot be compared by reason, `aside` the target's records
    that nothing has to be done about by reason; `extra_keys` are the first few.
    """

    wanted: int = 0
    held: int = 0
    equal: int = 0
    missing: int = 0
    differing: int = 0
    extra: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)
    extra_keys: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.missing or self.differing or self.extra)


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compares one object. `wanted` streams what should be, the same each time; `progress` hears phase and records.

    `examples` is how many extra keys are named.
    """

    compared: Sequence[Compared]
    wanted: Callable[[], Iterable[WantedChunk]]
    unknown: Unknown
    examples: int
    progress: Callable[[str, int], None] = lambda _phase, _done: None

    def compare(
        self, held: Iterable[TargetRow], found: Callable[[list[Difference]], None] = lambda _differences: None
    ) -> Comparison:
        """Compare with the target's rows; `found` gets every missing or differing record, some at a time."""
        result = Comparison()
        index = self._index(result)
        with closing(_Aside()) as aside:
            self._pass_by(index, held, aside, result)
            result.missing = index.count(_NOT_MET)
            result.differing = index.count(_DIFFERENT)
            result.equal = index.count(_EQUAL)
            if result.missing or result.differing:
                for differences in in_chunks(self._differences(index, aside), _ROWS):
                    result.fields.update(name for each in differences for name in each.held or ())
                    found(differences)
        return result

    def _index(self, result: Comparison) -> _Index:
        parts: tuple[list[Hashes], list[Hashes], list[Hashes]] = ([], [], [])
        shapes: dict[tuple[str, ...], int] = {}
        for chunk in self.wanted():
            contents = [self._content(each, shapes, result) for each in chunk.records(range(len(chunk.keys)))]
            for column, part in zip(parts, (*hash_keys(chunk.keys), np.array(contents, np.uint64)), strict=True):
                column.append(part)
            result.wanted += len(contents)
            self.progress("reading what should be", result.wanted)
        index = _Index.of(parts, [_places(shape, self.compared) for shape in shapes])
        if twice := index.set_repeated_aside():
            result.unclear["another row has the same key"] += twice
        return index

    def _content(
        self, record: TargetRecord | RecordRejected, shapes: dict[tuple[str, ...], int], result: Comparison
    ) -> int:
        """Give the hash of a record's compared values, its lowest two bits telling whether they can be compared."""
        if isinstance(record, RecordRejected):
            result.unclear[f"not understood: {record.code}"] += 1
            return int(_UNCLEAR)
        columns = columns_of(record)
        compared = [each for each in self.compared if each.name in columns]
        shape = shapes.setdefault(tuple(each.name for each in compared), len(shapes))
        return _digest([each.stored(columns[each.name]) for each in compared], shape)

    def _pass_by(self, index: _Index, held: Iterable[TargetRow], aside: _Aside, result: Comparison) -> None:
        for rows in in_chunks(held, _ROWS):
            positions, known = index.find([key.encode() for key, _ in rows])
            strangers = [row for row, here in zip(rows, known, strict=True) if not here]
            self._sort_out(strangers, result)
            different = [
                row
                for row, position, here in zip(rows, positions.tolist(), known, strict=True)
                if here and not self._settled(index, position, row)
            ]
            aside.put(different)
            result.held += len(rows)
            self.progress("comparing", result.held)

    def _sort_out(self, strangers: Sequence[TargetRow], result: Comparison) -> None:
        for (key, _), why in zip(strangers, self.unknown(strangers) if strangers else (), strict=True):
            if why != EXTRA:
                result.aside[why] += 1
                continue
            result.extra += 1
            if len(result.extra_keys) < self.examples:
                result.extra_keys.append(key)

    def _settled(self, index: _Index, position: int, row: TargetRow) -> bool:
        """Note how a row of the target stands; False when it differs and has to be looked at again."""
        if index.state(position) == _UNCLEAR:
            return True
        values = [each.read(cell) for each, cell in zip(self.compared, row[1], strict=True)]
        digests = (_digest([values[place] for place in places], shape) for shape, places in enumerate(index.shapes))
        same = any(index.content(position) == digest for digest in digests)
        index.note(position, _EQUAL if same else _DIFFERENT)
        return same

    def _differences(self, index: _Index, aside: _Aside) -> Iterator[Difference]:
        done = 0
        for chunk in self.wanted():
            states = index.states(done, done + len(chunk.keys))
            open_ones = np.flatnonzero((states == _NOT_MET) | (states == _DIFFERENT))
            for places in in_chunks(open_ones.tolist(), _ROWS):
                cells = aside.get([chunk.keys[place].decode() for place in places])
                for record in chunk.records(places):
                    if not isinstance(record, RecordRejected):
                        yield self._difference(record, cells.get(record.key))
            done += len(chunk.keys)
            self.progress("looking at differences", done)

    def _difference(self, record: TargetRecord, cells: Sequence[str] | None) -> Difference:
        if cells is None:
            return Difference(record, None)
        columns = columns_of(record)
        pairs = [(each, each.read(cell)) for each, cell in zip(self.compared, cells, strict=True)]
        differing = {
            each.name: value
            for each, value in pairs
            if each.name in columns and each.stored(columns[each.name]) != value
        }
        return Difference(record, differing)


def _digest(values: Sequence[Scalar], shape: int) -> int:
    """Hash values, which are equal exactly when their reprs are, into 62 bits above the two of the state."""
    return xxh3_64_intdigest(repr(values).encode("utf-8", "surrogatepass"), seed=shape) & ~int(_STATE)


def _places(shape: tuple[str, ...], compared: Sequence[Compared]) -> list[int]:
    names = [each.name for each in compared]
    return [names.index(name) for name in shape]


def _joined(parts: list[Hashes]) -> Hashes:
    joined = np.concatenate([np.empty(0, np.uint64), *parts])
    parts.clear()
    return joined


class _Index:
    """Hashes of keys and values, 24 bytes a record, and 8 bytes of their order by key.

    `shapes` lists, for each set of fields that records have, the places of these fields among the compared ones.
    """

    def __init__(self, high: Hashes, low: Hashes, contents: Hashes, shapes: list[list[int]]) -> None:
        self._high = high
        self._low = low
        self._contents = contents
        self._order: Positions = np.argsort(high, kind="stable")
        self.shapes = shapes

    @classmethod
    def of(cls, parts: Iterable[list[Hashes]], shapes: list[list[int]]) -> _Index:
        """Join the parts of each column; they are let go one column at a time, so that memory never holds all twice."""
        high, low, contents = map(_joined, parts)
        return cls(high, low, contents, shapes)

    def find(self, keys: list[bytes]) -> tuple[Positions, Mask]:
        """Give for each key its position and whether it is known; the position means nothing where it is not."""
        high, low = hash_keys(keys)
        if not len(self._high):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
        places = np.searchsorted(self._high, high, sorter=self._order)
        positions = self._order[np.minimum(places, len(self._high) - 1)]
        return positions, (self._high[positions] == high) & (self._low[positions] == low)

    def set_repeated_aside(self) -> int:
        """Set aside the keys that stand twice, and count the rows behind the first of each."""
        ordered = self._high[self._order]
        places = np.flatnonzero(ordered[1:] == ordered[:-1])
        pairs = zip(self._order[places].tolist(), self._order[places + 1].tolist(), strict=True)
        again = [second for first, second in pairs if self._low[first] == self._low[second]]
        for position in again:
            self.note(position, _UNCLEAR)
        return len(again)

    def content(self, position: int) -> int:
        return int(self._contents[position] & ~_STATE)

    def state(self, position: int) -> np.uint64:
        return np.uint64(self._contents[position] & _STATE)

    def states(self, start: int, end: int) -> Hashes:
        """Give the states of the records from `start` to before `end`, in the order in which they were streamed."""
        return np.asarray(self._contents[start:end] & _STATE)

    def note(self, position: int, state: np.uint64) -> None:
        self._contents[position] = (self._contents[position] & ~_STATE) | state

    def count(self, state: np.uint64) -> int:
        return int(np.count_nonzero((self._contents & _STATE) == state))


class _Aside:
    """Rows of the target that differ, in a file without a name that is gone when it is closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE held (key TEXT PRIMARY KEY, cells TEXT NOT NULL) WITHOUT ROWID")

    def put(self, rows: Sequence[TargetRow]) -> None:
        pairs = [(key, json.dumps(cells)) for key, cells in rows]
        self._database.executemany("INSERT OR REPLACE INTO held VALUES (?, ?)", pairs)

    def get(self, keys: Sequence[str]) -> dict[str, list[str]]:
        asked = "SELECT key, cells FROM held WHERE key IN (SELECT value FROM json_each(?))"
        return {key: json.loads(cells) for key, cells in self._database.execute(asked, (json.dumps(keys),))}

    def close(self) -> None:
        self._database.close()
