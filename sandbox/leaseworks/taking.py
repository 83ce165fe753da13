"""How the simulated LeaseWorks takes imports in: it looks at every row, keeps the good ones, and answers.

What was taken shows in every delivery that is written afterwards: notes under the number that the import gave them,
promises in place of the account's own, odometer readings, and what is told of vehicles in a file of its own.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from drawbar.sandbox.leaseworks.delivery import (
    IMPORT_ANSWERS,
    IMPORTS,
    MANIFEST,
    ManifestLine,
    existing_deliveries,
    read_manifest,
    sha256_of,
    write_csv,
    write_manifest,
)
from drawbar.sandbox.leaseworks.layout import VEHICLE_STATES

_CHANNELS = frozenset({"PH", "TX", "EM", "LT", "IP", "SY"})
_KEPT = "taken_imports.json"
_LONGEST_NOTE = 32_000
Row = Mapping[str, str]
Taken = dict[str, dict[str, dict[str, str]]]
"""What was taken by file and key."""


def take_imports(root: Path, now: datetime) -> list[str]:
    """Take every finished import that has no answer yet, in order; give their names.

    An import of a name that was taken before is not looked at again, whatever it holds.
    """
    names = [path.name for path in sorted((root / IMPORTS).iterdir()) if (path / MANIFEST).is_file()]
    kept = _kept(root)
    fresh = [name for name in names if name not in kept["names"]]
    for name in fresh:
        _Import(root, name, kept, now).take()
    return fresh


def taken_rows(root: Path) -> Taken:
    """Give all that was taken, by file and key."""
    taken: Taken = _kept(root)["rows"]
    return taken


def _kept(root: Path) -> dict[str, Any]:
    path = root / _KEPT
    if not path.exists():
        return {"names": [], "rows": {name: {} for name in _KEYS}}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {**kept, "rows": {name: {} for name in _KEYS} | kept["rows"]}


@dataclass(frozen=True, slots=True)
class _Import:
    """One import that waits."""

    root: Path
    name: str
    kept: dict[str, Any]
    now: datetime

    def take(self) -> None:
        """Keep its good rows and write the answer; the answer comes last, and appears whole."""
        answers = list(self._answers())
        self.kept["names"].append(self.name)
        unfinished = self.root / f"{_KEPT}.tmp"
        unfinished.write_text(json.dumps(self.kept), encoding="utf-8")
        unfinished.replace(self.root / _KEPT)
        folder = self.root / IMPORT_ANSWERS
        part = folder / f"{self.name}.csv.tmp"
        header = ("file", "row", "key", "status", "reason")
        write_csv(part, [header, *answers, ("END", str(len(answers)), "", "", "")])
        part.replace(folder / f"{self.name}.csv")

    def _answers(self) -> Iterator[Sequence[str]]:
        folder = self.root / IMPORTS / self.name
        for line in read_manifest(folder):
            if not (folder / line.file).is_file() or sha256_of(folder / line.file) != line.sha256:
                yield ("*", "0", "", "REJECTED", f"{line.file} is not what the manifest says")
                return
        known = _Known(self.root)
        for line in read_manifest(folder):
            yield from self._rows(folder / line.file, line.file, known)

    def _rows(self, path: Path, file: str, known: _Known) -> Iterator[Sequence[str]]:
        kind = file.removesuffix(".csv")
        with path.open(encoding="utf-8", newline="") as opened:
            for number, row in enumerate(csv.DictReader(opened), 1):
                key = row[_KEYS[kind]] if kind in _KEYS else ""
                reason = _CHECKS[kind](row, known) if kind in _CHECKS else f"{file} is not known here"
                if not reason:
                    stamp = f"{self.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
                    self.kept["rows"][kind][key] = {**row, "UPDATED_TS": stamp}
                yield (file, str(number), key, "REJECTED" if reason else "ACCEPTED", reason)


class _Known:
    """The accounts and vehicles on the book, as the newest delivery shows them."""

    def __init__(self, root: Path) -> None:
        there = existing_deliveries(root)
        newest = there[max(there)] if there else None
        self.accounts = _column(newest, "accounts", "ACCT_NO")
        self.vehicles = _column(newest, "vehicles", "ASSET_NO")


def _column(delivery: Path | None, entity: str, name: str) -> frozenset[str]:
    path = None if delivery is None else delivery / f"{entity}.csv"
    if path is None or not path.exists():
        return frozenset()
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(row[name] for row in csv.DictReader(file))


def _about_account(row: Row, known: _Known) -> str:
    if row["ACCT_NO"] not in known.accounts:
        return f"there is no account {row['ACCT_NO']}"
    return "" if row["CHANNEL"] in _CHANNELS else f"there is no channel {row['CHANNEL']!r}"


def _note(row: Row, known: _Known) -> str:
    long = len(row["TEXT"]) > _LONGEST_NOTE
    return _about_account(row, known) or ("the text is too long" if long else "")


def _promise(row: Row, known: _Known) -> str:
    promised, taken = (datetime.strptime(row[name], "%m/%d/%Y") for name in ("PROMISED_FOR_DT", "TAKEN_DT"))  # noqa: DTZ007
    early = promised < taken
    return _about_account(row, known) or ("it is promised for a day before it was taken" if early else "")


def _vehicle(row: Row, known: _Known) -> str:
    if row["ASSET_NO"] not in known.vehicles:
        return f"there is no vehicle {row['ASSET_NO']}"
    return "" if row["STORAGE_ST"] == "" or len(row["STORAGE_ST"]) == 2 else "a state has two letters"  # noqa: PLR2004


def _of_sale(row: Row, known: _Known) -> str:
    if row["ACCT_NO"] not in known.accounts:
        return f"there is no account {row['ACCT_NO']}"
    return "" if row["ASSET_NO"] in known.vehicles else f"there is no vehicle {row['ASSET_NO']}"


_KEYS = {
    "notes": "NOTE_NO", "promises": "PROMISE_KEY", "vehicles": "ASSET_NO", "sales": "SALE_NO", "charges": "CHARGE_NO",
}  # fmt: skip
_CHECKS: Mapping[str, Callable[[Row, _Known], str]] = {
    "notes": _note, "promises": _promise, "vehicles": _vehicle, "sales": _of_sale, "charges": _of_sale,
}  # fmt: skip


def add_what_was_taken(root: Path, delivery: Path, on: date) -> None:
    """Let a delivery show what was taken from imports; does nothing where nothing was."""
    taken = taken_rows(root)
    promises = {row["ACCT_NO"]: row for row in taken["promises"].values() if _in_force(row, on)}
    odometers = {key: row for key, row in taken["vehicles"].items() if row["ODOMETER"]}
    if taken["notes"]:
        _merge(delivery, "notes", "NOTE_NO", taken["notes"])
    if promises:
        _merge(delivery, "promises", "ACCT_NO", promises)
    if odometers:
        changed = ("ODOMETER", "UPDATED_TS")
        told = {key: {name: row[name] for name in changed} for key, row in odometers.items()}
        _merge(delivery, "vehicles", "ASSET_NO", told, only_known=True)
    if taken["vehicles"]:
        rows = [[row[name] for name in VEHICLE_STATES.header] for row in taken["vehicles"].values()]
        write_csv(delivery / VEHICLE_STATES.file_name, [VEHICLE_STATES.header, *rows])
        _list(delivery, VEHICLE_STATES.file_name, len(rows))


def _in_force(row: Row, on: date) -> bool:
    return datetime.strptime(row["PROMISED_FOR_DT"], "%m/%d/%Y").date() >= on  # noqa: DTZ007


def _merge(delivery: Path, entity: str, key: str, taken: Mapping[str, Row], *, only_known: bool = False) -> None:
    """Put rows into a file of a delivery, over those of the same key."""
    path = delivery / f"{entity}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or ())
        rows = {row[key]: row for row in reader}
    for name, row in taken.items():
        if name in rows or not only_known:
            known = rows.get(name, dict.fromkeys(header, ""))
            rows[name] = {column: row.get(column, known[column]) for column in header}
    write_csv(path, [header, *([row[name] for name in header] for row in rows.values())])
    _list(delivery, path.name, len(rows))


def _list(delivery: Path, file: str, rows: int) -> None:
    others = [line for line in read_manifest(delivery) if line.file != file]
    write_manifest(delivery, [*others, ManifestLine(file, rows, sha256_of(delivery / file))])
