"""A lender's book by hand: the rows that LeaseWorks shows, changed by the test and delivered day by day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from drawbar.sandbox.leaseworks.delivery import (
    OUTBOUND,
    ManifestLine,
    delivery_name,
    prepare_root,
    sha256_of,
    write_csv,
    write_manifest,
)
from drawbar.sandbox.leaseworks.layout import ENTITIES

Row = dict[str, str]

_DEFAULTS: Mapping[str, Row] = {
    "lessees": {
        "LESSEE_NAME": "Acme Haulage, LLC", "SHORT_NAME": "ACME", "PHONE": "(201) 555-0100", "MOBILE": "",
        "EMAIL": "office@acme.example", "STREET": "1 Dock Road", "CITY": "Hackensack", "STATE": "NJ", "ZIP": "07601",
    },
    "accounts": {
        "LESSEE_NO": "LS00000001", "PORTFOLIO": "TRK", "COMPANY": "01", "REGION": "NE", "OFFICE": "HH", "STATUS": "A",
        "BOARDED_DT": "01/15/2024", "MATURITY_DT": "01/15/2028", "TERM": "48", "PMT_AMT": "1200.00",
        "NEXT_DUE_DT": "03/15/2026", "OLDEST_UNPAID_DT": "", "MISSED_PMTS": "0", "PAST_DUE_AMT": "0.00",
        "LATE_FEES": "0.00", "NET_OUTST": "30000.00", "GROSS_OUTST": "33000.00", "GROSS_RECV": "33000.00",
        "PAYOFF_AMT": "", "PMTS_MADE": "24", "LAST_PMT_DT": "02/15/2026", "LAST_PMT_AMT": "1200.00",
        "COLLECTOR": "JDOE",
    },
    "vehicles": {
        "ACCT_NO": "LW00000001", "VIN": "1FUJGLDR5CLBP8834", "YEAR": "2022", "MAKE": "Freightliner",
        "MODEL": "Cascadia", "BODY": "Sleeper", "COLOR": "White", "ODOMETER": "412000", "PLATE": "AB123C",
        "PLATE_ST": "NJ", "EQUIP_COST": "141000.00",
    },
    "payments": {
        "ACCT_NO": "LW00000001", "AMOUNT": "1200.00", "METHOD": "ACH", "REFERENCE": "", "REVERSED_DT": "",
        "REVERSAL_REASON": "",
    },
    "notes": {"ACCT_NO": "LW00000001", "WRITTEN_TS": "2026-03-01T15:00:00Z", "AUTHOR": "JDOE", "CHANNEL": "PH"},
    "promises": {"TAKEN_BY": "JDOE", "CHANNEL": "PH"},
    "gl_summary": {},
}  # fmt: skip


def american(day: date) -> str:
    """Write a date as the default layout has it."""
    return f"{day:%m/%d/%Y}"


class PaperBook:
    """The rows by entity and key; what is put carries the time stamp of the book's day.

    `encoded` gives the bytes of a file in place of what the rows would give (a damaged file, another encoding).
    """

    def __init__(self, root: Path, today: date) -> None:
        self.root = root
        self.today = today
        self.rows: dict[str, dict[str, Row]] = {entity.name: {} for entity in ENTITIES}
        prepare_root(root)

    def put(self, entity: str, key: str, **columns: str) -> Row:
        """Add a row, or change columns of the one that is there."""
        known = self.rows[entity].get(key, dict(_DEFAULTS[entity]))
        key_column = next(each.key for each in ENTITIES if each.name == entity)
        row = known | {key_column: key, "UPDATED_TS": f"{self.today}T05:00:00Z"} | columns
        self.rows[entity][key] = row
        return row

    def account(self, number: int = 1, **columns: str) -> Row:
        return self.put("accounts", f"LW{number:08d}", **columns)

    def behind(self, number: int, since: date, amount: str = "1200.00") -> Row:
        """Let an account be past due since a day."""
        late = {"OLDEST_UNPAID_DT": american(since), "PAST_DUE_AMT": amount, "MISSED_PMTS": "1"}
        return self.account(number, **late)

    def cured(self, number: int) -> Row:
        return self.account(number, OLDEST_UNPAID_DT="", PAST_DUE_AMT="0.00", MISSED_PMTS="0")

    def lessee(self, number: int = 1, **columns: str) -> Row:
        return self.put("lessees", f"LS{number:08d}", **columns)

    def vehicle(self, number: int = 1, **columns: str) -> Row:
        return self.put("vehicles", f"VH{number:08d}", **columns)

    def note(self, number: int, text: str, **columns: str) -> Row:
        return self.put("notes", f"N{number}", TEXT=text, **columns)

    def payment(self, number: int, amount: str, on: date, **columns: str) -> Row:
        days = {"EFFECTIVE_DT": american(on), "POSTED_DT": american(on)}
        return self.put("payments", f"P{number}", **days | {"AMOUNT": amount} | columns)

    def promise(self, account: int, amount: str, due: date, taken: date | None = None) -> Row:
        terms = {"AMOUNT": amount, "PROMISED_FOR_DT": american(due), "TAKEN_DT": american(taken or self.today)}
        return self.put("promises", f"LW{account:08d}", **terms)

    def remove(self, entity: str, key: str) -> None:
        del self.rows[entity][key]

    def deliver(
        self, *, sequence: int = 1, extra: Mapping[str, list[Row]] | None = None,
        encoded: Mapping[str, bytes] | None = None, manifest: bool = True, entities: tuple[str, ...] = (),
    ) -> Path:  # fmt: skip
        """Write today's delivery and give its folder; `extra` rows follow the book's own, keys repeated or not."""
        folder = self.root / OUTBOUND / delivery_name(self.today, sequence)
        folder.mkdir()
        lines = []
        for entity in ENTITIES:
            if entities and entity.name not in entities:
                continue
            rows = [*self.rows[entity.name].values(), *(extra or {}).get(entity.name, [])]
            path = folder / entity.file_name
            write_csv(path, [entity.header, *([row.get(name, "") for name in entity.header] for row in rows)])
            if encoded and entity.name in encoded:
                path.write_bytes(encoded[entity.name])
            lines.append(ManifestLine(path.name, len(rows), sha256_of(path)))
        if manifest:
            write_manifest(folder, lines)
        return folder

    def next_day(self, days: int = 1) -> date:
        self.today += timedelta(days=days)
        return self.today
