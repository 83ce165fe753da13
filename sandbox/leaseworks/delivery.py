"""Deliveries as LeaseWorks drops them: a folder of CSV files per business day, with a manifest written last."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from drawbar.sandbox.leaseworks.book import BookPlan, BusinessDay, live_through
from drawbar.sandbox.leaseworks.layout import Kind, Table, Value

OUTBOUND, ARCHIVE, INBOUND = "outbound", "archive", "inbound"
"""The folders under the root that the SFTP server shows: what LeaseWorks sends, what was fetched, what it is sent."""

ORION = f"{INBOUND}/orion"
"""The folder in which data sets for Orion, the reporting system, are left; one server plays both."""

IMPORTS, IMPORT_ANSWERS = f"{INBOUND}/imports", "answers"
"""Where LeaseWorks is left imports, and where it leaves its answers to them."""

MANIFEST = "MANIFEST.csv"
DELIVERY_NAME = re.compile(r"LW-(\d{8})-(\d{3})")

_PLAN_FILE = "book.json"


class DeliveryError(Exception):
    """A delivery cannot be written or changed as asked; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One file of a delivery: its data rows and the SHA-256 of its bytes."""

    file: str
    rows: int
    sha256: str


def delivery_name(business_date: date, sequence: int = 1) -> str:
    """Name the delivery of a business date: `LW-20260302-001`."""
    return f"LW-{business_date:%Y%m%d}-{sequence:03d}"


def prepare_root(root: Path) -> None:
    """Make the folders that clients see."""
    for folder in (OUTBOUND, ARCHIVE, INBOUND, ORION, IMPORTS, IMPORT_ANSWERS):
        (root / folder).mkdir(parents=True, exist_ok=True)


def existing_deliveries(root: Path) -> dict[str, Path]:
    """Give the finished deliveries under the root, fetched or not, by name."""
    folders = [path for place in (ARCHIVE, OUTBOUND) for path in sorted((root / place).glob("LW-*"))]
    return {path.name: path for path in folders if DELIVERY_NAME.fullmatch(path.name) and path.is_dir()}


def write_deliveries(
    root: Path,
    plan: BookPlan,
    last_day: int,
    on_written: Callable[[Path], None] | None = None,
    complete: Callable[[Path, date], None] = lambda _folder, _day: None,
) -> list[Path]:
    """Write the deliveries of business days 1 to `last_day` that are not there yet; give the folders written.

    Those already fetched (moved to the archive) are not written again. `on_written` hears of each as it is finished;
    `complete` may add to the folder of one before that.
    Raises DeliveryError when the root holds the deliveries of another book.
    """
    prepare_root(root)
    remember_plan(root, plan)
    there = existing_deliveries(root)
    wanted = [day for day in range(1, last_day + 1) if delivery_name(plan.business_date(day)) not in there]
    written: list[Path] = []
    for day in live_through(plan, last_day, wanted[0]) if wanted else ():
        if day.day in wanted:
            written.append(write_delivery(day, root / OUTBOUND, complete=complete))
            if on_written:
                on_written(written[-1])
    return written


def remembered_plan(root: Path) -> BookPlan | None:
    """Give the plan of the book whose deliveries are under the root, None when there are none."""
    path = root / _PLAN_FILE
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return BookPlan(int(kept["accounts"]), int(kept["seed"]), date.fromisoformat(kept["start"]))


def remember_plan(root: Path, plan: BookPlan) -> None:
    """Keep the plan beside the deliveries; raise DeliveryError when another one is kept there."""
    kept = remembered_plan(root)
    if kept not in (None, plan):
        message = f"{root} holds deliveries of another book ({kept}); use that one, or another folder."
        raise DeliveryError(message)
    values = {"accounts": plan.accounts, "seed": plan.seed, "start": plan.start.isoformat()}
    (root / _PLAN_FILE).write_text(json.dumps(values) + "\n", encoding="utf-8")


def write_delivery(
    day: BusinessDay,
    outbound: Path,
    sequence: int = 1,
    complete: Callable[[Path, date], None] = lambda _folder, _day: None,
) -> Path:
    """Write one delivery and give its folder, which takes its final name only when everything is in it."""
    final = outbound / delivery_name(day.business_date, sequence)
    unfinished = outbound / f"{final.name}.tmp"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    lines = [_write_table(unfinished, table) for table in day.tables]
    write_manifest(unfinished, lines)
    complete(unfinished, day.business_date)
    unfinished.rename(final)
    return final


def write_manifest(folder: Path, lines: Sequence[ManifestLine]) -> None:
    """Write the manifest, whose last line says how many files it names."""
    rows = [("file", "rows", "sha256"), *((line.file, str(line.rows), line.sha256) for line in lines)]
    write_csv(folder / MANIFEST, [*rows, ("END", str(len(lines)), "")])


def read_manifest(folder: Path) -> list[ManifestLine]:
    """Read a manifest that `write_manifest` wrote."""
    with (folder / MANIFEST).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:-1]
    return [ManifestLine(name, int(count), sha256) for name, count, sha256 in rows]


def write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows as RFC 4180 wants it: CRLF, and quotes only where they are needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_table(folder: Path, table: Table) -> ManifestLine:
    path = folder / table.entity.file_name
    write_csv(path, _lines(table))
    return ManifestLine(path.name, len(table), sha256_of(path))


def _lines(table: Table) -> Iterator[Sequence[str]]:
    yield table.entity.header
    pairs = zip(table.entity.columns, table.columns, strict=True)
    yield from zip(*(_as_text(column.kind, values) for column, values in pairs), strict=True)


def _as_text(kind: Kind, values: Sequence[Value]) -> list[str]:
    """Write a column as the delivery shows it; none is empty."""
    if kind == "money":
        return [f"{value // 100}.{value % 100:02d}" if isinstance(value, int) else "" for value in values]
    if kind in {"text", "whole"}:
        return ["" if value is None else str(value) for value in values]
    shown = {value: _SHOW[kind](value) for value in set(values) if isinstance(value, int)}
    return [shown[value] if isinstance(value, int) else "" for value in values]


def _show_date(day: int) -> str:
    return f"{date.fromordinal(day):%m/%d/%Y}"


def _show_timestamp(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"


_SHOW: dict[Kind, Callable[[int], str]] = {"date": _show_date, "timestamp": _show_timestamp}
