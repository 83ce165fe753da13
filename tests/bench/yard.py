"""A folder in which Drawbar works: its settings, its data, and the LeaseWorks folder that deliveries come to."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from drawbar.commands.settings_file import toml_value
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.manifest import MANIFEST_FILE, ManifestEntry, manifest_text, sha256_of
from tests.bench.book import COLUMNS, CONSTANTS, DAYS, Book
from tests.bench.metered import Counter, Spent, run_metered

DRAWBAR = str(Path(sys.executable).parent / "drawbar")
_DONE = (0, 5)
"""5: done, and some rows were refused, as the invalid ones of day 2 must be."""


_STEPS = """
    SELECT function_name, (completed_at_epoch_ms - started_at_epoch_ms) / 1000.0 FROM operation_outputs
    WHERE workflow_uuid = (SELECT workflow_uuid FROM operation_outputs ORDER BY started_at_epoch_ms DESC LIMIT 1)
    ORDER BY function_id
"""


@dataclass(frozen=True, slots=True)
class Yard:
    """One such folder; it can be copied as long as nothing runs in it."""

    folder: Path
    counter: Counter

    @classmethod
    def new(cls, folder: Path, counter: Counter) -> Yard:
        """Make a folder with settings that reach the counting server, and an empty database."""
        yard = cls(folder, counter)
        (folder / "leaseworks" / "outbound").mkdir(parents=True)
        yard._data.mkdir()
        yard._write_settings(json_lines=False)
        database = open_database(f"sqlite:///{yard._data / 'drawbar.db'}")
        upgrade(database)
        database.dispose()
        return yard

    @property
    def _data(self) -> Path:
        return self.folder / "drawbar-data"

    def copy(self, folder: Path) -> Yard:
        shutil.copytree(self.folder, folder)
        return Yard(folder, self.counter)

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def deliver(self, book: Book, day: int, accounts: Path) -> None:
        """Let LeaseWorks deliver a file of accounts (hard-linked, not copied), with its manifest."""
        self._write_settings(json_lines=accounts.suffix == ".jsonl")
        delivery = self.folder / "leaseworks" / "outbound" / f"LW-{DAYS[day]:%Y%m%d}-001"
        delivery.mkdir()
        os.link(accounts, delivery / "accounts.csv")
        entry = ManifestEntry("accounts.csv", book.rows_on(day), sha256_of(accounts))
        (delivery / MANIFEST_FILE).write_text(manifest_text([entry]), encoding="utf-8", newline="")

    def run_job(self) -> Spent:
        """Run the main job by the console script, as an operator does."""
        return run_metered([DRAWBAR, "run", "accounts", "--json"], self.folder, ends=_DONE)

    def steps(self) -> dict[str, float]:
        """Give the seconds of each step of the last run, as the job engine has recorded them."""
        database = sqlite3.connect(self._data / "engine.db")
        with closing(database):
            rows = database.execute(_STEPS).fetchall()
        return {re.sub(r" (of )?LW-[\d-]+", "", name): seconds for name, seconds in rows}

    def index_bytes(self) -> int:
        """Give the size of the fingerprints of the accounts."""
        with closing(sqlite3.connect(self._data / "drawbar.db")) as database:
            return int(database.execute("SELECT sum(length(content)) FROM fingerprint_segment").fetchone()[0])

    def _write_settings(self, *, json_lines: bool) -> None:
        counter = self.counter
        tables: dict[str, dict[str, object]] = {
            "leaseworks": {"surface": "folder", "required_entities": ["accounts"]},
            "leaseworks.folder": {"path": "leaseworks"},
            "leaseworks.layout.accounts": {
                "columns": {field: column.name for field, column in COLUMNS.items()}, "constants": CONSTANTS,
                "json_lines": json_lines,
            },
            "salesforce": {
                "login_url": counter.url, "ca_file": counter.ca_file, "auth": "client_credentials",
                "client_id": "bench", "client_secret": "env:DRAWBAR_BENCH_SECRET",
            },
        }  # fmt: skip
        lines: list[str] = []
        for name, values in tables.items():
            lines += [f"[{name}]", *(f"{key} = {toml_value(value)}" for key, value in values.items()), ""]
        (self.folder / "drawbar.toml").write_text("\n".join(lines), encoding="utf-8")
