"""A delivery for Orion as files: one CSV per data set, the figures, and a manifest of all of them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TextIO

from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.connectors.orion.figures import Figures, figures, figures_text, grouped
from drawbar.connectors.orion.shape import DataSet, Row, read, written
from drawbar.middleware.manifest import MANIFEST_FILE, ManifestEntry, manifest_text, sha256_of

FIGURES_FILE: Final = "figures.csv"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a delivery in a folder of this machine; `digest` is the SHA-256 of the manifest."""

    name: str
    business_date: date
    folder: Path
    digest: str

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, the manifest last."""
        return (*(each.file for each in DATA_SETS.values()), FIGURES_FILE, MANIFEST_FILE)

    def rows(self, data_set: DataSet) -> Iterator[Row]:
        """Read the rows of a data set."""
        with (self.folder / data_set.file).open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, strict=True)
            next(lines)
            for line in lines:
                yield {each.name: read(each.kind, text) for each, text in zip(data_set.columns, line, strict=True)}


def bundle_name(business_date: date, number: int) -> str:
    """Name the delivery of a business date: `ORION-20260302-001`, and `-002` when it is delivered again."""
    return f"ORION-{business_date:%Y%m%d}-{number:03d}"


def write_bundle(
    folder: Path, name: str, business_date: date, rows: Mapping[str, Sequence[Row]]
) -> tuple[Bundle, Figures]:
    """Write the rows of every data set below `folder`, for its owner alone; gives the bundle and its figures.

    The bundle is there whole or not at all; one of the same name that is there is replaced.
    """
    part, whole = folder / f".{name}.part", folder / name
    for old in (part, whole):
        shutil.rmtree(old, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    found = {
        key: value
        for each in DATA_SETS.values()
        for key, value in figures(each, grouped(each, rows[each.name])).items()
    }
    entries = [_written(part, each, rows[each.name]) for each in DATA_SETS.values()]
    entries.append(_text(part / FIGURES_FILE, figures_text(business_date, found), len(found)))
    digest = _text(part / MANIFEST_FILE, manifest_text(entries), len(entries)).sha256
    part.replace(whole)
    return Bundle(name, business_date, whole, digest), found


def open_bundle(folder: Path, name: str, business_date: date, digest: str) -> Bundle | None:
    """Open a bundle that was written below `folder`; None when it is not there as it was written."""
    path = folder / name
    if not (path / MANIFEST_FILE).is_file() or sha256_of(path / MANIFEST_FILE) != digest:
        return None
    return Bundle(name, business_date, path, digest)


def write_rows(file: TextIO, data_set: DataSet, rows: Iterable[Row]) -> int:
    """Write rows as CSV with a header, exactly, and count them."""
    table = csv.writer(file)
    table.writerow(data_set.header)
    number = 0
    for row in rows:
        table.writerow([written(row[name]) for name in data_set.header])
        number += 1
    return number


def _written(folder: Path, data_set: DataSet, rows: Sequence[Row]) -> ManifestEntry:
    path = folder / data_set.file
    path.touch(0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        number = write_rows(file, data_set, rows)
    return ManifestEntry(path.name, number, sha256_of(path))


def _text(path: Path, text: str, rows: int) -> ManifestEntry:
    path.touch(0o600)
    path.write_bytes(text.encode())
    return ManifestEntry(path.name, rows, sha256_of(path))
