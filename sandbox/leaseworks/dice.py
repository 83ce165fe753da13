"""Chance without state: the same roll for the same seed, purpose, record and day, on every machine.

Library generators may change their streams between versions, so the rolls are a hash of integers (the finaliser of
SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014), and nothing is ever a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]
"""Whole numbers, one per record: cents, ordinal days, counts, codes."""

Mask = NDArray[np.bool_]
"""True for the records that are meant."""

_WORD = (1 << 64) - 1
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_GAMMA = 0x9E3779B97F4A7C15


class Dice:
    """Rolls for records: `who` holds record numbers, `moment` tells one roll for a purpose from the next (a day)."""

    def __init__(self, seed: int) -> None:
        self._seed = _mixed(seed & _WORD)

    def roll(self, purpose: str, who: Longs, moment: int = 0) -> NDArray[np.uint64]:
        """Roll 64 even bits for each record."""
        start = _mixed(_mixed(self._seed ^ crc32(purpose.encode())) + moment * _GAMMA & _WORD)
        bits = who.astype(np.uint64) * np.uint64(_GAMMA)
        bits ^= np.uint64(start)
        bits ^= bits >> np.uint64(30)
        bits *= np.uint64(_FIRST)
        bits ^= bits >> np.uint64(27)
        bits *= np.uint64(_SECOND)
        bits ^= bits >> np.uint64(31)
        return bits

    def below(self, purpose: str, who: Longs, limit: int | Longs, moment: int = 0) -> Longs:
        """Roll a whole number from 0 up to, not including, `limit` for each record."""
        sides = np.asarray(limit, dtype=np.uint64)
        return ((self.roll(purpose, who, moment) >> np.uint64(11)) % sides).astype(np.int64)

    def between(self, purpose: str, who: Longs, low: int, high: int, moment: int = 0) -> Longs:
        """Roll a whole number from `low` to `high`, both included, for each record."""
        return low + self.below(purpose, who, high - low + 1, moment)

    def happens(self, purpose: str, who: Longs, per_10_000: int | Longs, moment: int = 0) -> Mask:
        """Decide for each record whether something happens that happens so many times in 10,000."""
        return self.below(purpose, who, 10_000, moment) < per_10_000

    def choose(self, purpose: str, who: Longs, weights: Sequence[int], moment: int = 0) -> Longs:
        """Choose a position in `weights` for each record, each as often as its weight says."""
        edges = np.cumsum(np.array(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(purpose, who, int(edges[-1]), moment), side="right").astype(np.int64)


def _mixed(word: int) -> int:
    word = ((word ^ (word >> 30)) * _FIRST) & _WORD
    word = ((word ^ (word >> 27)) * _SECOND) & _WORD
    return word ^ (word >> 31)
