"""LeaseWorks in the scripted month: its book, its deliveries, and what it takes from imports."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zlib import crc32

from drawbar.sandbox.leaseworks.delivery import OUTBOUND
from drawbar.sandbox.leaseworks.taking import add_what_was_taken, take_imports, taken_rows
from tests.jobs.paper_book import PaperBook, Row

_IN_ARIZONA: Final = 9
"""The number of the account whose truck the agent looks for who never answers by himself."""


def vin_of(number: int) -> str:
    """Give a truck's VIN that the simulated FleetRock makes up no repairs for."""
    made = (f"1FUJGLDR5C{letter}B{number:05d}" for letter in "ABCDEFGHJKLMNPRSTUVWXYZ")
    return next(each for each in made if crc32(each.encode()) % 100 >= 20)


class MonthBook(PaperBook):
    """LeaseWorks' rows, whose vehicles show a disposition as well: what was last set there, or taken from an import."""

    def __init__(self, root: Path, today: date) -> None:
        super().__init__(root, today)
        self.dispositions: dict[str, str] = {}

    def take_imports(self, now: datetime) -> list[str]:
        """Take what the hub has left, as LeaseWorks does in the evening; names the imports."""
        names = take_imports(self.root, now)
        told = taken_rows(self.root)["vehicles"] if names else {}
        self.dispositions |= {asset: row["DISPOSITION"] for asset, row in told.items() if row["DISPOSITION"]}
        return names

    def sets(self, asset: str, word: str) -> None:
        """Let somebody in LeaseWorks set a vehicle's disposition."""
        self.dispositions[asset] = word
        kept = self.root / "taken_imports.json"
        taken = json.loads(kept.read_text()) if kept.exists() else {"rows": {"vehicles": {}}}
        if asset in taken["rows"]["vehicles"]:
            stamp = f"{self.today}T05:00:00Z"
            taken["rows"]["vehicles"][asset] |= {"DISPOSITION": word, "UPDATED_TS": stamp}
            kept.write_text(json.dumps(taken))

    def deliver_all(self) -> Path:
        """Deliver today's book with what was taken from imports, visible only when it is whole."""
        folder = self.deliver(encoded={"vehicles": self._vehicles()})
        hidden = folder.rename(folder.with_name(f"{folder.name}.tmp"))
        add_what_was_taken(self.root, hidden, self.today)
        return hidden.rename(self.root / OUTBOUND / folder.name)

    def _vehicles(self) -> bytes:
        rows: list[Row] = [
            row | {"DISP": self.dispositions.get(asset, "")} for asset, row in self.rows["vehicles"].items()
        ]
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
        return text.getvalue().encode()


def whole_book(files: Path, accounts: int) -> MonthBook:
    """Begin a book of accounts that each have a lessee and a truck; the lessee of the ninth lives in Arizona."""
    book = MonthBook(files, date(2026, 3, 2))
    for number in range(1, accounts + 1):
        book.lessee(number, STATE="AZ" if number == _IN_ARIZONA else "NJ")
        book.account(number, LESSEE_NO=f"LS{number:08d}")
        book.vehicle(number, VIN=vin_of(number), ACCT_NO=f"LW{number:08d}")
    return book
