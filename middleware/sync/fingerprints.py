"""Fingerprints: 32 bytes per record that tell what a source said the last time.

An index holds four parallel arrays of unsigned 64-bit numbers, ordered by key:

- `key`: the first 64 bits of the xxh3-128 of the key;
- `rest`: the next 16 bits of it, then 48 bits of the hash of what the row's cells say, however they are written;
- `raw`: the xxh3-64 of the raw row, which lets an unchanged row pass without being looked at;
- `mapped`: the xxh3-64 of what the row was mapped to.

A row with other bytes whose cells say the same (all quoted, columns in another order) passes without being understood;
one that is understood and maps to the same passes without being sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_digest, xxh3_128_digest

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

_MEANING_BITS: Final = np.uint64(48)
MEANING: Final = np.uint64((1 << 48) - 1)
"""The part of `rest` that tells what the cells say."""

NOT_UNDERSTOOD: Final = 0
"""Raw hash of a row that was refused: no real row is taken for equal to it (odds 1 in 2**64)."""


class DamagedIndex(Exception):
    """Fingerprints are missing or not what was written; the feed is compared from scratch."""


class Fingerprints(Protocol):
    """What can be written as an index: its length, and its four columns one after the other, ordered by key."""

    def __len__(self) -> int: ...

    def columns(self, size: int) -> Iterator[Iterator[Hashes]]:
        """Give each column in pieces of so many entries, the last one shorter; a column is read before the next."""
        ...


@dataclass(frozen=True, slots=True)
class FingerprintIndex:
    """What is known of a feed, ordered by key; all arrays have one length and are never written to."""

    key: Hashes
    rest: Hashes
    raw: Hashes
    mapped: Hashes

    @classmethod
    def empty(cls) -> FingerprintIndex:
        nothing = np.empty(0, np.uint64)
        return cls(nothing, nothing, nothing, nothing)

    def __len__(self) -> int:
        return len(self.key)

    def columns(self, size: int) -> Iterator[Iterator[Hashes]]:
        for column in (self.key, self.rest, self.raw, self.mapped):
            yield (column[start : start + size] for start in range(0, len(column), size))

    def find(self, key: Hashes, rest: Hashes) -> tuple[Positions, Mask]:
        """Give for each key its position and whether it is known; the position means nothing where it is not.

        Of `rest` only the bits of the key count.
        """
        if not len(self):
            return np.zeros(len(key), np.int64), np.zeros(len(key), np.bool_)
        positions = np.empty(len(key), np.int64)
        order = np.argsort(key)  # looked up in order, neighbours share what the processor has at hand
        positions[order] = np.searchsorted(self.key, key[order])
        np.minimum(positions, len(self) - 1, out=positions)
        return positions, (self.key[positions] == key) & same_key(self.rest[positions], rest)

    def contains(self, key: bytes) -> bool:
        return bool(self.find(*hash_keys([key]))[1][0])

    def within(self, place: slice) -> FingerprintIndex:
        """Give a run of it; shares the memory."""
        return FingerprintIndex(self.key[place], self.rest[place], self.raw[place], self.mapped[place])

    def part(self, places: Positions) -> FingerprintIndex:
        """Give a copy of some entries, whose places are in order."""
        return FingerprintIndex(self.key[places], self.rest[places], self.raw[places], self.mapped[places])


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A share of all keys: the `number`-th, from 0, of `of` equal ranges of `key`."""

    number: int = 0
    of: int = 1

    @property
    def is_whole(self) -> bool:
        return self.of == 1

    @property
    def lowest(self) -> int:
        return -(-self.number * 2**64 // self.of)

    @property
    def highest(self) -> int:
        """The last one that belongs to it."""
        return -(-(self.number + 1) * 2**64 // self.of) - 1

    def holds(self, key: Hashes) -> Mask:
        """Say which keys belong to the range."""
        return (key >= np.uint64(self.lowest)) & (key <= np.uint64(self.highest))

    def place_in(self, key: Hashes) -> slice:
        """Give the place of the range in keys that are in order."""
        first = np.searchsorted(key, np.uint64(self.lowest), side="left")
        return slice(int(first), int(np.searchsorted(key, np.uint64(self.highest), side="right")))


ALL_KEYS: Final = KeyRange()


def hash_keys(keys: Sequence[bytes]) -> tuple[Hashes, Hashes]:
    """Give `key`, and `rest` without a meaning, of each key."""
    digests = np.frombuffer(b"".join(map(xxh3_128_digest, keys)), np.dtype(">u8")).reshape(-1, 2)
    return digests[:, 0].astype(np.uint64), digests[:, 1].astype(np.uint64) & ~MEANING


def hash_rows(raws: Sequence[bytes]) -> Hashes:
    """Give the xxh3-64 of each raw row."""
    return np.frombuffer(b"".join(map(xxh3_64_digest, raws)), np.dtype(">u8")).astype(np.uint64)


def hash_meanings(meanings: Iterable[bytes]) -> Hashes:
    """Give 48 bits of the xxh3-64 of what each row's cells say."""
    return np.frombuffer(b"".join(map(xxh3_64_digest, meanings)), np.dtype(">u8")).astype(np.uint64) & MEANING


def key_order(key: Hashes, rest: Hashes) -> Positions:
    """Give the order by key, equal keys as they came; `rest` is looked at only where two keys share all of `key`."""
    order = np.argsort(key, kind="stable")
    alike = alike_neighbours(key, order)
    if same_key(rest[order[alike]], rest[order[alike + 1]]).all():
        return order
    return np.lexsort((rest >> _MEANING_BITS, key))


def alike_neighbours(key: Hashes, order: Positions) -> Positions:
    """Give the places in an order by key at which one and the next share all of `key`."""
    ordered = key[order]
    return np.flatnonzero(ordered[1:] == ordered[:-1])


def same_key(rest: Hashes, other: Hashes) -> Mask:
    """Say where two keys that agree in `key` agree in the other bits too."""
    agrees: Mask = rest >> _MEANING_BITS == other >> _MEANING_BITS
    return agrees
