"""The floor: the least that finding the changes of a day can cost, with the same language and libraries.

`python -m tests.bench.floor learn FILE INDEX` writes the index of a file: for each line 24 bytes, the xxh3-128 of the
line and the xxh3-64 of its key, sorted. `compare` reads another file, hashes each line, looks it up, and splits the
cells of those that are not found; it checks, queues and keeps nothing. `keep` besides writes the new index, and the
lines that were not found to a durable ledger (SQLite, one transaction, `synchronous=FULL`).
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_digest, xxh3_128_digest

Hashes = npt.NDArray[np.uint64]
_BLOCK = 1 << 22


def _blocks(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        file.readline()
        while lines := file.readlines(_BLOCK):
            yield lines


def _hashed(lines: list[bytes]) -> Hashes:
    digests = np.frombuffer(b"".join(map(xxh3_128_digest, lines)), ">u8")
    return digests.reshape(-1, 2).astype(np.uint64)


def _keys(rows: list[list[bytes]]) -> Hashes:
    return np.frombuffer(b"".join(xxh3_64_digest(row[0]) for row in rows), ">u8").astype(np.uint64)


def _write(index: Hashes, path: Path) -> None:
    with path.open("wb") as file:
        file.write(np.ascontiguousarray(index).data)
        file.flush()
        os.fsync(file.fileno())


def _sorted(index: Hashes) -> Hashes:
    return index[:, np.argsort(index[0])]


def learn(file: Path, index: Path) -> int:
    """Write the index of a file: three rows of numbers, the halves of the line's hash and the hash of its key."""
    parts = [
        np.vstack([_hashed(lines).T, _keys([line.split(b",", 1) for line in lines])[None, :]])
        for lines in _blocks(file)
    ]
    _write(_sorted(np.hstack(parts)), index)
    return 0


def _read(index: Path) -> Hashes:
    return np.fromfile(index, np.uint64).reshape(3, -1)


def _compared(file: Path, known: Hashes) -> tuple[list[list[bytes]], Hashes, npt.NDArray[np.bool_]]:
    """Give the cells of the lines that are not known, the hashes of these lines, and which entries were met again."""
    rows: list[list[bytes]] = []
    fresh: list[Hashes] = []
    met = np.zeros(known.shape[1], np.bool_)
    for lines in _blocks(file):
        hashes = _hashed(lines)
        places = np.minimum(np.searchsorted(known[0], hashes[:, 0]), known.shape[1] - 1)
        found = (known[0][places] == hashes[:, 0]) & (known[1][places] == hashes[:, 1])
        met[places[found]] = True
        missed = np.flatnonzero(~found)
        fresh.append(hashes[missed])
        rows += [lines[at].rstrip(b"\n").split(b",") for at in missed.tolist()]
    return rows, np.vstack(fresh), met


def compare(file: Path, index: Path) -> int:
    """Give how many lines of a file are not in an index."""
    return len(_compared(file, _read(index))[0])


def keep(file: Path, index: Path) -> int:
    """Do that, and keep index and missed lines so that a power cut takes nothing away."""
    known = _read(index)
    rows, fresh, met = _compared(file, known)
    ledger = sqlite3.connect(index.with_suffix(".ledger"), isolation_level=None)
    ledger.execute("PRAGMA journal_mode=WAL")
    ledger.execute("PRAGMA synchronous=FULL")
    ledger.execute("BEGIN")
    ledger.execute("CREATE TABLE missed (key BLOB, line BLOB)")
    ledger.executemany("INSERT INTO missed VALUES (?, ?)", ((row[0], b",".join(row)) for row in rows))
    following = np.hstack([known[:, met], np.vstack([fresh.T, _keys(rows)[None, :]])])
    _write(_sorted(following), index.with_suffix(".next"))
    ledger.execute("COMMIT")
    ledger.close()
    return len(rows)


_KINDS: dict[str, Callable[[Path, Path], int]] = {"learn": learn, "compare": compare, "keep": keep}


def timed(step: Callable[..., int], *arguments: Any) -> dict[str, float]:
    """Do a step and give its rows, and the seconds that it took without the start of the process."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = step(*arguments)
    return {"rows": rows, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(timed(_KINDS[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3]))))
