"""Where entries go: companies of QuickBooks Online, each with an outbox, and company files of QuickBooks Desktop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.quickbooks_desktop.queue import BILL, BillQueue
from drawbar.connectors.quickbooks_desktop.settings import SYSTEM as DESKTOP
from drawbar.connectors.quickbooks_online.settings import SYSTEM as ONLINE
from drawbar.connectors.quickbooks_online.settings import system_of
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import Hub
from drawbar.mappings.accounting_desktop import to_desktop
from drawbar.mappings.accounting_quickbooks import OBJECTS, attached, to_quickbooks
from drawbar.middleware.accounting.gl import GlRefusal
from drawbar.middleware.accounting.records import Entry
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.pickup_tables import pickup_task
from drawbar.middleware.sync.tables import derived_record

_AT_ONCE: Final = 500


@dataclass(slots=True)
class Queued:
    """What was queued for QuickBooks, in entries; an entry that stands there as it is counts as unchanged."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[GlRefusal] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Give the counts, and why groups were refused."""
        refused = [{"key": each.key, "reason": str(each.error)} for each in self.refused]
        return {"created": self.created, "changed": self.changed, "unchanged": self.unchanged, "refused": refused}


@dataclass(frozen=True, slots=True)
class Books:
    """The companies that the settings name, inside the caller's transaction.

    An entry stays with the company that it was first queued for: under other rules it would stand in two.
    """

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    def check(self, entries: Sequence[Entry]) -> dict[str, RecordRejected]:
        """Say by key which entries cannot be queued, and why."""
        places = self._places(entries)
        found: dict[str, RecordRejected] = {}
        for entry in entries:
            try:
                self._check(entry, places.get((OBJECTS[entry.document], entry.key), ()))
            except RecordRejected as error:
                found[entry.key] = error
        return found

    def queue(self, entries: Sequence[Entry]) -> Queued:
        """Queue entries; what was queued before and is the same is not queued again. Raises RecordRejected."""
        for refused in self.check(entries).values():
            raise refused
        counted, places = Queued(), self._places(entries)
        for name in sorted({each.books for each in entries}):
            mine = [each for each in entries if each.books == name]
            if self._is_desktop(name):
                for each in mine:
                    self._queue_bill(each, counted, known=(OBJECTS[each.document], each.key) in places)
            else:
                self._conclude(system_of(name), mine, counted)
        return counted

    def _conclude(self, system: str, entries: Sequence[Entry], counted: Queued) -> None:
        remembered = DerivedRecords(self.connection, system, {})
        conclusions = [Conclusion(to_quickbooks(each), each.event, f"{each.event} {each.key}") for each in entries]
        for counts in remembered.conclude(conclusions, run_id=self.run_id, now=self.now).values():
            counted.created += counts.created
            counted.changed += counts.changed
            counted.unchanged += counts.unchanged

    def _queue_bill(self, entry: Entry, counted: Queued, *, known: bool) -> None:
        assert self.hub.quickbooks_desktop is not None  # noqa: S101  (the entry names one of its companies)
        news = BillQueue(self.connection, self.hub.quickbooks_desktop).put(entry.books, to_desktop(entry), self.now)
        counted.created += news and not known
        counted.changed += news and known
        counted.unchanged += not news

    def attach(self, entry: Entry, paper: str, why: str) -> None:
        """Have a paper of the hub stand at the document of an entry; QuickBooks Desktop takes none."""
        if not self._is_desktop(entry.books):
            self._send(entry, attached(entry, paper), why)

    def introduce(self, entry: Entry, why: str) -> None:
        """Have the customer of an entry stand in the books before it."""
        if not self._is_desktop(entry.books):
            self._send(entry, TargetRecord("Customer", entry.party, {}), why)

    def _send(self, entry: Entry, record: TargetRecord, why: str) -> None:
        Concluding(self.connection, self.run_id, self.now).send(system_of(entry.books), record, why)

    def _is_desktop(self, name: str) -> bool:
        desktop = self.hub.quickbooks_desktop
        return desktop is not None and name in desktop.companies

    def _check(self, entry: Entry, places: Sequence[str]) -> None:
        record = f"{entry.event} {entry.key}"
        if self._is_desktop(entry.books):
            to_desktop(entry)
        elif entry.books and entry.books not in self.hub.further_books:
            desktop = self.hub.quickbooks_desktop
            known = sorted({*self.hub.further_books, *(desktop.companies if desktop else ())})
            raise RecordRejected(
                f"there is no company {entry.books!r} of QuickBooks (there are: {', '.join(known) or 'none'})",
                record=record, field="books", code="UNKNOWN_BOOKS",
                remedy="Name one of them in the accounting rules, or add its table to drawbar.toml.",
            )  # fmt: skip
        elsewhere = [each for each in places if each != entry.books]
        if elsewhere:
            raise RecordRejected(
                f"was queued for {_spoken(elsewhere[0])} before, and would stand in {_spoken(entry.books)} as well",
                record=record, field="books", code="OTHER_BOOKS",
                remedy="Let the rules name the former company for it, or enter it in the other one by hand.",
            )  # fmt: skip

    def _places(self, entries: Sequence[Entry]) -> dict[tuple[str, str], list[str]]:
        """Give the companies for which documents have been queued, by document and key."""
        systems = {system_of(name): name for name in ("", *self.hub.further_books)}
        found: dict[tuple[str, str], list[str]] = {}
        for some in in_chunks(entries, _AT_ONCE):
            keys = [each.key for each in some]
            mine = select(derived_record.c.object, derived_record.c.key, derived_record.c.target).where(
                derived_record.c.target.in_(systems), derived_record.c.key.in_(keys)
            )
            for object_name, key, system in self.connection.execute(mine):
                found.setdefault((object_name, key), []).append(systems[system])
            bills = select(pickup_task.c.key, pickup_task.c.place).where(
                pickup_task.c.system == DESKTOP, pickup_task.c.kind == BILL, pickup_task.c.key.in_(keys)
            )
            for key, place in self.connection.execute(bills):
                found.setdefault((OBJECTS["bill"], key), []).append(place)
        return found


def _spoken(name: str) -> str:
    return f"the company {name!r}" if name else f"the company of [{ONLINE}]"
