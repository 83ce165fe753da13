"""The manifest of a delivery: which files belong to it, how many rows each has, and their SHA-256."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MANIFEST_FILE = "MANIFEST.csv"
MAX_MANIFEST_BYTES = 1 << 20

_HEADER = ["file", "rows", "sha256"]
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)


class ManifestIncompleteError(Exception):
    """The manifest has no last line yet: the delivery is still arriving."""


class ManifestDamagedError(Exception):
    """The manifest is finished but contradicts itself or is not a manifest."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file: its name, its data rows without header (of the decrypted file), and its SHA-256 as delivered."""

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a delivery holds."""

    entries: tuple[ManifestEntry, ...]

    def entry(self, file: str) -> ManifestEntry | None:
        return next((entry for entry in self.entries if entry.file == file), None)


def read_manifest(content: bytes) -> Manifest:
    """Understand a manifest; raise ManifestIncompleteError without its END line, ManifestDamagedError when wrong."""
    try:
        lines = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        message = "the manifest is not CSV in UTF-8"
        raise ManifestDamagedError(message) from None
    if not lines or lines[-1][0] != "END" or len(lines[-1]) < len(_HEADER):
        message = "the manifest has no END line yet"
        raise ManifestIncompleteError(message)
    if lines[0] != _HEADER:
        message = f"the manifest begins with {','.join(lines[0])!r}, not with {','.join(_HEADER)!r}"
        raise ManifestDamagedError(message)
    entries = tuple(_entry(row) for row in lines[1:-1])
    _check(entries, lines[-1][1])
    return Manifest(entries)


def _entry(row: list[str]) -> ManifestEntry:
    if len(row) != len(_HEADER):
        message = f"the manifest line {','.join(row)!r} has not three columns"
        raise ManifestDamagedError(message)
    file, rows, sha256 = row
    if not _PLAIN_NAME.fullmatch(file):
        message = f"the manifest names {file!r}, which is not a plain file name"
        raise ManifestDamagedError(message)
    if not _WHOLE.fullmatch(rows) or not _SHA256.fullmatch(sha256.lower()):
        message = f"the manifest line of {file} has no row count or no SHA-256"
        raise ManifestDamagedError(message)
    return ManifestEntry(file, int(rows), sha256.lower())


def _check(entries: tuple[ManifestEntry, ...], count: str) -> None:
    if count != str(len(entries)):
        message = f"the manifest lists {len(entries)} files, but its END line says {count}"
        raise ManifestDamagedError(message)
    names = [entry.file for entry in entries]
    if len(set(names)) < len(names):
        message = "the manifest lists a file twice"
        raise ManifestDamagedError(message)


def manifest_text(entries: Iterable[ManifestEntry]) -> str:
    """The manifest of these files, as it stands in a delivery."""
    listed = list(entries)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    writer.writerows((entry.file, entry.rows, entry.sha256) for entry in listed)
    writer.writerow(("END", len(listed), ""))
    return text.getvalue()


def sha256_of_bytes(content: bytes) -> str:
    """The SHA-256 of the content of a file, in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
