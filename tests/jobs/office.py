"""A lender's office: a rep at work in Salesforce, the hub, and LeaseWorks' folder, with one account and its truck."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from drawbar.connectors.salesforce.outbound_message import KIND
from drawbar.connectors.salesforce.settings import SYSTEM
from drawbar.jobs.inbox import INBOX_JOB
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.inbox import Inbox, InboxEntry, Message, Stored
from drawbar.sandbox.leaseworks.delivery import OUTBOUND
from drawbar.sandbox.leaseworks.taking import add_what_was_taken, take_imports
from drawbar.sandbox.seeds import COLLECTOR_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.conftest import small_book
from tests.jobs.world import ServedOrg, World

IMPORT_JOB = "leaseworks-import"
NOTE, PROMISE, VEHICLE = "Collection_Note__c", "Promise_To_Pay__c", "Vehicle__c"


def with_imports(files: Path) -> dict[str, Any]:
    """Give the settings of a LeaseWorks that takes imports."""
    return {"surface": "folder", "folder": {"path": files}, "imports": {}}


class Rep:
    """A collector at work in Salesforce."""

    def __init__(self, org: ServedOrg) -> None:
        self._org = org

    def makes(self, name: str, **fields: object) -> str:
        return self._write("create", name, fields)

    def changes(self, name: str, record_id: str, **fields: object) -> str:
        return self._write("update", name, {"Id": record_id, **fields})

    def deletes(self, name: str, record_id: str) -> None:
        context = WriteContext(COLLECTOR_USER_ID, auto_assign=False)
        (result,) = self._org.local.org.write("delete", name, [{"Id": record_id}], context=context)
        assert result.success, result.errors

    def _write(self, operation: Any, name: str, row: dict[str, object]) -> str:
        context = WriteContext(COLLECTOR_USER_ID, auto_assign=False)
        (result,) = self._org.local.org.write(operation, name, [row], context=context)
        assert result.success, result.errors
        assert result.id is not None
        return result.id


class Office:
    """The hub between a rep and LeaseWorks."""

    def __init__(self, world: World, org: ServedOrg, trucks: int = 1) -> None:
        self.world, self.org, self.rep = world, org, Rep(org)
        self.book = small_book(world)
        for number in range(1, trucks + 1):
            self.book.vehicle(number, VIN=f"1FUJGLDR5CLBP{number:04d}")
        self.book.deliver()
        assert world.run().state == "succeeded"
        self.account = org.record("Lease_Account__c", "LW00000001")["Id"]
        self.trucks = [org.record(VEHICLE, f"VH{number:08d}")["Id"] for number in range(1, trucks + 1)]
        self.truck = self.trucks[0]

    def hears(self) -> None:
        """Sweep Salesforce, handle what was found, and deliver what follows."""
        self.world.run("edits")
        self.world.run(INBOX_JOB)
        self.world.run("deliver")

    def told(self, number: str, name: str, record_id: str) -> InboxEntry:
        """Let Salesforce notify of a record, and let it be handled; gives what became of the message."""
        body = json.dumps({"object": name, "id": record_id}).encode()
        with self.world.hub.engine.begin() as connection:
            (stored,) = Inbox(connection).store([Message(SYSTEM, number, KIND, body)], self.world.clock())
        assert isinstance(stored, Stored)
        self.world.run(INBOX_JOB)
        with reading(self.world.hub.engine) as connection:
            return Inbox(connection).get(stored.id, sender=SYSTEM, kind=KIND)

    def exchange(self) -> list[str]:
        """Send an import, let LeaseWorks take it, and read the answer; names the imports that were taken."""
        self.world.run(IMPORT_JOB)
        taken = take_imports(self.world.files, self.world.clock())
        self.world.run(IMPORT_JOB)
        return taken

    def night(self) -> Any:
        """Let a day pass: LeaseWorks delivers, with what it took, and the hub takes it in; gives how the run went."""
        day = self.book.next_day()
        folder = self.book.deliver()
        hidden = folder.rename(folder.with_name(f"{folder.name}.tmp"))
        add_what_was_taken(self.world.files, hidden, day)
        hidden.rename(self.world.files / OUTBOUND / folder.name)
        return self.world.run()

    def note(self, text: str = "Will pay on Friday", **fields: object) -> str:
        told = {"Lease_Account__c": self.account, "Channel__c": "Phone", "Note__c": text} | fields
        return self.rep.makes(NOTE, **told)

    def imported(self) -> dict[str, list[dict[str, str]]]:
        """Give the rows of all imports that were left for LeaseWorks, by file, oldest first."""
        found: dict[str, list[dict[str, str]]] = {}
        for path in sorted((self.world.files / "inbound" / "imports").glob("*/*.csv")):
            if path.name != "MANIFEST.csv":
                with path.open(encoding="utf-8", newline="") as file:
                    found.setdefault(path.stem, []).extend(csv.DictReader(file))
        return found

    def imports_dying_once(self) -> None:
        """Let the process die the next time when an import was left, before anything is noted of it."""
        imports = self.world.hub.leaseworks_imports()
        self.world.hub = replace(self.world.hub, imports=replace(imports, place=DyingPlace(imports.place)))


class Died(BaseException):
    """The process was killed."""


class DyingPlace:
    """A place for imports that is left by a process which dies at once."""

    def __init__(self, place: Any) -> None:
        self._place, self._died = place, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place, name)

    def send(self, name: str, files: Any) -> None:
        self._place.send(name, files)
        if not self._died:
            self._died = True
            raise Died
