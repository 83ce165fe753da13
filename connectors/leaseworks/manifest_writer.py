"""Writes the manifest of a folder of files, for exports that come without one."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.layout import EntityLayout
from drawbar.connectors.leaseworks.pgp import PgpBox, plain_name
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.manifest import MANIFEST_FILE, Manifest, ManifestEntry, manifest_text, sha256_of


def write_manifest(folder: Path, layouts: Mapping[str, EntityLayout], pgp: PgpBox | None) -> Manifest:
    """Count and hash the files that the layouts know and write `MANIFEST.csv` beside them, in one step.

    Raises ConfigError when there is no such file or an encrypted one cannot be opened.
    """
    by_file = {layout.file: layout for layout in layouts.values()}
    paths = sorted(path for path in folder.iterdir() if path.is_file() and plain_name(path.name) in by_file)
    if not paths:
        raise ConfigError(f"{folder} holds none of {', '.join(by_file)}.", remedy="Name the files so, or set file.")
    entries = tuple(
        ManifestEntry(path.name, _rows(path, by_file[plain_name(path.name)], pgp), sha256_of(path)) for path in paths
    )
    partial = folder / f".{MANIFEST_FILE}.part"
    partial.write_bytes(manifest_text(entries).encode())
    partial.replace(folder / MANIFEST_FILE)
    return Manifest(entries)


def _rows(path: Path, layout: EntityLayout, pgp: PgpBox | None) -> int:
    if plain_name(path.name) == path.name:
        return CsvFile(path, layout, layout.model, delivered_on=date.min).count()
    if pgp is None:
        raise ConfigError(f"{path.name} is encrypted.", remedy="Give our key under [leaseworks.pgp].")
    with tempfile.TemporaryDirectory() as hidden:
        plain = Path(hidden) / plain_name(path.name)
        pgp.open([(path, plain)])
        return CsvFile(plain, layout, layout.model, delivered_on=date.min).count()
