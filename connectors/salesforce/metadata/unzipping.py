"""Reads a zip that an org sent, in memory and within bounds: nothing is written, no name leads anywhere."""

from __future__ import annotations

import io
import zipfile
from typing import Final

MOST_FILES: Final = 10_000
LARGEST_FILE: Final = 10 * 1024 * 1024
LARGEST_WHOLE: Final = 100 * 1024 * 1024
"""Bytes of one file, and of all together, after unpacking."""


def read_zip(content: bytes) -> dict[str, bytes]:
    """Give the files by their path; ValueError for what is no zip, or is larger than it may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = [each for each in packed.infolist() if not each.is_dir()]
            if len(entries) > MOST_FILES:
                raise ValueError(f"the zip has {len(entries):,} files, {MOST_FILES:,} are allowed")
            left, found = LARGEST_WHOLE, {}
            for each in entries:
                found[each.filename] = _read(packed, each, min(left, LARGEST_FILE))
                left -= len(found[each.filename])
            return found
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"the zip cannot be read ({type(error).__name__})") from error


def _read(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Read one file, whatever size its header claims."""
    with packed.open(entry) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{entry.filename} is larger than the {most:,} bytes that are allowed")
    return content
