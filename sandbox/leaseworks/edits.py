"""Changes that a person makes to a delivery by hand, to see what comes of them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from drawbar.sandbox.leaseworks.delivery import (
    ARCHIVE,
    MANIFEST,
    OUTBOUND,
    DeliveryError,
    existing_deliveries,
    read_manifest,
    sha256_of,
    write_csv,
    write_manifest,
)
from drawbar.sandbox.leaseworks.layout import ENTITIES, VEHICLE_STATES, Entity

_STAMP = "UPDATED_TS"

EDITABLE: tuple[Entity, ...] = (*ENTITIES, VEHICLE_STATES)
"""The files that a person may change."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One value of one row, as it was and as it now is."""

    column: str
    before: str
    after: str


def find_delivery(root: Path, name: str | None) -> Path:
    """Give a delivery's folder by name, or the newest one; raise DeliveryError when there is none."""
    there = existing_deliveries(root)
    if name is None and there:
        return there[max(there)]
    if name not in there:
        known = ", ".join(sorted(there)) or "none"
        message = f"There is no delivery {name or 'yet'} under {root}; there are: {known}."
        raise DeliveryError(message)
    return there[name]


def change_delivery(
    root: Path, delivery: Path, entity: str, key: str, values: Mapping[str, str]
) -> tuple[Path, list[Edit]]:
    """Change a delivery as `edit_delivery` does; one that was fetched already is copied as the day's next one.

    Gives the delivery that now holds the change; none is made when the values are there already. Raises
    DeliveryError, and then nothing has changed.
    """
    if delivery.parent.name != ARCHIVE:
        return delivery, edit_delivery(delivery, entity, key, values)
    again = root / OUTBOUND / _next_name(root, delivery.name)
    unfinished = again.with_name(f"{again.name}.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(delivery, unfinished)
    try:
        edits = edit_delivery(unfinished, entity, key, values)
    except DeliveryError:
        shutil.rmtree(unfinished)
        raise
    if not edits:
        shutil.rmtree(unfinished)
        return delivery, edits
    unfinished.rename(again)
    return again, edits


def _next_name(root: Path, name: str) -> str:
    day = name.rpartition("-")[0]
    taken = [int(each.rpartition("-")[2]) for each in existing_deliveries(root) if each.startswith(f"{day}-")]
    return f"{day}-{max(taken) + 1:03d}"


def edit_delivery(delivery: Path, entity: str, key: str, values: Mapping[str, str]) -> list[Edit]:
    """Change values in every row of an entity that has this key, and make the manifest true again.

    A key that is not the entity's own is looked for in ACCT_NO, so that all payments of an account can be changed at
    once. UPDATED_TS moves on by a second unless it is set. Values are written as given, wrong ones too. Raises
    DeliveryError when the entity, the key or a column is unknown.
    """
    found = _entity(entity)
    path = delivery / found.file_name
    if not path.exists() or not (delivery / MANIFEST).exists():
        message = f"{delivery} lacks {MANIFEST} or {path.name}."
        raise DeliveryError(message)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    _check_columns(found, header, values)
    chosen = _chosen(found, header, rows, key)
    edits = [edit for row in chosen for edit in _change(header, row, values)]
    _swap(path, header, rows)
    _correct_manifest(delivery, path)
    return edits


def _entity(name: str) -> Entity:
    found = next((entity for entity in EDITABLE if entity.name == name), None)
    if found is None:
        message = f"{name} is not an entity; there are: {', '.join(entity.name for entity in EDITABLE)}."
        raise DeliveryError(message)
    return found


def _check_columns(entity: Entity, header: list[str], values: Mapping[str, str]) -> None:
    unknown = [column for column in values if column not in header]
    if unknown:
        message = f"{entity.file_name} has no column {', '.join(unknown)}; it has: {', '.join(header)}."
        raise DeliveryError(message)


def _chosen(entity: Entity, header: list[str], rows: list[list[str]], key: str) -> list[list[str]]:
    for column in (entity.key, "ACCT_NO"):
        if column in header:
            chosen = [row for row in rows if row[header.index(column)] == key]
            if chosen:
                return chosen
    message = f"{entity.file_name} has no row {key}."
    raise DeliveryError(message)


def _change(header: list[str], row: list[str], values: Mapping[str, str]) -> list[Edit]:
    """Change one row in place; give what really changed, the time stamp left out."""
    changed = [
        Edit(column, row[header.index(column)], value)
        for column, value in values.items()
        if row[header.index(column)] != value
    ]
    for edit in changed:
        row[header.index(edit.column)] = edit.after
    if changed and _STAMP not in values:
        place = header.index(_STAMP)
        row[place] = _a_second_later(row[place])
    return changed


def _a_second_later(stamp: str) -> str:
    try:
        later = datetime.fromisoformat(stamp) + timedelta(seconds=1)
    except ValueError:
        return stamp
    return f"{later:%Y-%m-%dT%H:%M:%SZ}"


def _swap(path: Path, header: list[str], rows: list[list[str]]) -> None:
    unfinished = path.with_name(f"{path.name}.tmp")
    write_csv(unfinished, [header, *rows])
    unfinished.replace(path)


def _correct_manifest(delivery: Path, path: Path) -> None:
    lines = [
        replace(line, sha256=sha256_of(path)) if line.file == path.name else line for line in read_manifest(delivery)
    ]
    write_manifest(delivery, lines)
