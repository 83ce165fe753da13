"""Keeps a survey between the step that examines a source and the step that takes it in: reading it twice costs most."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_128

from drawbar.middleware.sync.fingerprints import FingerprintIndex
from drawbar.middleware.sync.survey import Kept, Survey

_ARRAYS: Final = ("numbers", "key", "rest", "raw", "mapped", "places", "first", "rewritten")
_FORM: Final = 2
"""Goes up when what is kept of a survey changes: one that another release has written is made anew."""

_CHECKSUM_BYTES: Final = 16
_BLOCK_BYTES: Final = 1 << 20


def write_survey(found: Survey, path: Path, about: str) -> None:
    """Write a survey to a file for this user alone; `about` names what was compared with what."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = found.kept
    words = {"about": f"{_FORM} {about}", "rows": found.rows, "kept": kept is not None}
    arrays = {name: getattr(found, name) for name in _ARRAYS}
    arrays["duplicates"] = np.array([*found.duplicates.items()], np.int64).reshape(-1, 2)
    if kept is not None:
        arrays |= {"kept_numbers": np.array(kept.numbers, np.int64), "kept_size": np.array(kept.size)}
        arrays |= _packed("keys", kept.keys) | _packed("raws", kept.raws)
    partial = path.with_suffix(".part")
    with partial.open("w+b") as file:
        partial.chmod(0o600)
        file.write(bytes(_CHECKSUM_BYTES))
        np.savez(file, words=_bytes(json.dumps(words).encode()), **arrays)
        checksum = _checksum(file)
        file.seek(0)
        file.write(checksum)
    partial.replace(path)


def read_survey(path: Path, about: str, index: FingerprintIndex) -> Survey | None:
    """Read a survey of this index; None when there is none about this, or it is not what was written.

    It is never flushed to the disk, so a power cut may leave an empty or torn one: it is made anew then.
    """
    try:
        with path.open("rb") as file:
            return _read(file, about, index) if file.read(_CHECKSUM_BYTES) == _checksum(file) else None
    except FileNotFoundError:
        return None


def _read(file: BinaryIO, about: str, index: FingerprintIndex) -> Survey | None:
    file.seek(_CHECKSUM_BYTES)
    with np.load(file, allow_pickle=False) as arrays:
        words = json.loads(arrays["words"].tobytes())
        if words["about"] != f"{_FORM} {about}":
            return None
        return Survey(
            rows=words["rows"], duplicates=dict(arrays["duplicates"].tolist()),
            kept=_kept(arrays) if words["kept"] else None, index=index,
            **{name: arrays[name] for name in _ARRAYS},
        )  # fmt: skip


def _checksum(file: BinaryIO) -> bytes:
    file.seek(_CHECKSUM_BYTES)
    checksum = xxh3_128()
    while block := file.read(_BLOCK_BYTES):
        checksum.update(block)
    return checksum.digest()


def _kept(arrays: Any) -> Kept:
    return Kept(
        arrays["kept_numbers"].tolist(), _unpacked("keys", arrays), _unpacked("raws", arrays), int(arrays["kept_size"])
    )


def _packed(name: str, texts: Sequence[bytes]) -> dict[str, npt.NDArray[Any]]:
    return {name: _bytes(b"".join(texts)), f"{name}_ends": np.array([0, *accumulate(map(len, texts))], np.int64)}


def _unpacked(name: str, arrays: Any) -> list[bytes]:
    whole = arrays[name].tobytes()
    return [whole[start:end] for start, end in pairwise(arrays[f"{name}_ends"].tolist())]


def _bytes(content: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8)
