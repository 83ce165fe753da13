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

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_digest, xxh3_128, xxh3_128_digest

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

_MAGIC: Final = b"DRAWBAR FINGERPRINTS 2\n\0"
_COLUMNS: Final = 4
_HEAD_BYTES: Final = len(_MAGIC) + 8 + 16
_MEANING_BITS: Final = np.uint64(48)
MEANING: Final = np.uint64((1 << 48) - 1)
"""The part of `rest` that tells what the cells say."""

NOT_UNDERSTOOD: Final = 0
"""Raw hash of a row that was refused: no real row is taken for equal to it (odds 1 in 2**64)."""


class DamagedIndex(Exception):
    """A fingerprint file is missing or not what was written; the feed is compared from scratch."""


class Fingerprints(Protocol):
    """What can be written as an index: its length, and its four columns one after the other, ordered by key."""

    def __len__(self) -> int: ...

    def columns(self) -> Iterator[Hashes]: ...


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

    def columns(self) -> Iterator[Hashes]:
        yield from (self.key, self.rest, self.raw, self.mapped)

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

    @classmethod
    def load(cls, path: Path) -> FingerprintIndex:
        """Read an index that `save` wrote; raise DamagedIndex when it is not there or not whole."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DamagedIndex(f"{path.name} cannot be read ({error.strerror})") from None
        head, rows = content[: len(_MAGIC)], int.from_bytes(content[len(_MAGIC) : len(_MAGIC) + 8], "little")
        if head != _MAGIC or len(content) != _HEAD_BYTES + rows * _COLUMNS * 8:
            raise DamagedIndex(f"{path.name} is not a whole fingerprint file")
        if xxh3_128_digest(memoryview(content)[_HEAD_BYTES:]) != content[_HEAD_BYTES - 16 : _HEAD_BYTES]:
            raise DamagedIndex(f"{path.name} does not match its checksum")
        return cls(*np.frombuffer(content, np.uint64, offset=_HEAD_BYTES).reshape(_COLUMNS, rows))


def save(fingerprints: Fingerprints, folder: Path, feed: str) -> Path:
    """Write an index under a name of its own, column by column, flushed to the disk, and give its path."""
    path = folder / f"{feed}-{secrets.token_hex(8)}.fingerprints"
    folder.mkdir(parents=True, exist_ok=True)
    checksum = xxh3_128()
    with path.open("xb") as file:
        file.write(bytes(_HEAD_BYTES))
        for column in fingerprints.columns():
            written = np.ascontiguousarray(column)
            checksum.update(written.data)
            file.write(written.data)
        file.seek(0)
        file.write(_MAGIC + len(fingerprints).to_bytes(8, "little") + checksum.digest())
        file.flush()
        os.fsync(file.fileno())
    _flush_folder(folder)
    return path


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    alike = np.flatnonzero(key[order[1:]] == key[order[:-1]])
    beyond = rest >> _MEANING_BITS
    return np.lexsort((beyond, key)) if np.any(beyond[order[alike]] != beyond[order[alike + 1]]) else order


def same_key(rest: Hashes, other: Hashes) -> Mask:
    """Say where two keys that agree in `key` agree in the other bits too."""
    agrees: Mask = rest >> _MEANING_BITS == other >> _MEANING_BITS
    return agrees
