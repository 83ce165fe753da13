"""What people change in Salesforce reaches LeaseWorks by its import file, once, and does not come back as news."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drawbar.jobs.inbox import INBOX_JOB
from drawbar.sandbox.leaseworks.taking import take_imports
from drawbar.sandbox.seeds import COLLECTOR_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.world import ServedOrg, World

IMPORT_JOB = "leaseworks-import"
NOTE, PROMISE, VEHICLE = "Collection_Note__c", "Promise_To_Pay__c", "Vehicle__c"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def with_imports(files: Path) -> dict[str, Any]:
    return {"surface": "folder", "folder": {"path": files}, "imports": {}}


class Rep:
    """A collector at work in Salesforce."""

    def __init__(self, org: ServedOrg) -> None:
        self._org = org

    def makes(self, name: str, **fields: object) -> str:
        return self._write("create", name, fields)

    def changes(self, name: str, record_id: str, **fields: object) -> str:
        return self._write("update", name, {"Id": record_id, **fields})

    def _write(self, operation: Any, name: str, row: dict[str, object]) -> str:
        context = WriteContext(COLLECTOR_USER_ID, auto_assign=False)
        (result,) = self._org.local.org.write(operation, name, [row], context=context)
        assert result.success, result.errors
        assert result.id is not None
        return result.id


class Office:
    """The hub between a rep and LeaseWorks, with one account and its truck."""

    def __init__(self, world: World, org: ServedOrg) -> None:
        self.world, self.org, self.rep = world, org, Rep(org)
        self.book = small_book(world)
        self.book.vehicle()
        self.book.deliver()
        assert world.run().state == "succeeded"
        self.account = org.record("Lease_Account__c", "LW00000001")["Id"]
        self.truck = org.record(VEHICLE, "VH00000001")["Id"]

    def hears(self) -> None:
        """Sweep Salesforce, handle what was found, and deliver what follows."""
        self.world.run("edits")
        self.world.run(INBOX_JOB)
        self.world.run("deliver")

    def note(self, text: str = "Will pay on Friday", **fields: object) -> str:
        told = {"Lease_Account__c": self.account, "Channel__c": "Phone", "Note__c": text} | fields
        return self.rep.makes(NOTE, **told)

    def imported(self) -> dict[str, list[dict[str, str]]]:
        """Give the rows of all imports that were left for LeaseWorks, by file."""
        found: dict[str, list[dict[str, str]]] = {}
        for path in sorted((self.world.files / "inbound" / "imports").glob("*/*.csv")):
            if path.name != "MANIFEST.csv":
                with path.open(encoding="utf-8", newline="") as file:
                    found.setdefault(path.stem, []).extend(csv.DictReader(file))
        return found


@pytest.fixture
def office(open_world: OpenWorld, org: ServedOrg, tmp_path: Path) -> Office:
    return Office(open_world(leaseworks=with_imports(tmp_path / "leaseworks")), org)


@pytest.mark.spec("P03")
def test_a_note_of_a_rep_reaches_leaseworks_and_its_return_writes_nothing(office: Office) -> None:
    note = office.note()
    office.hears()
    sent = office.world.run(IMPORT_JOB)
    taken = take_imports(office.world.files, NOON)
    office.world.run(IMPORT_JOB)
    held = office.org.record(NOTE, f"SF-{note}")
    office.book.next_day()
    office.book.put("notes", f"SF-{note}", TEXT="Will pay on Friday", AUTHOR="Casey Collector")
    office.book.deliver()
    office.org.forget_counts()
    night = office.world.run()

    assert sent.summary["imports"] == [{"name": taken[0], "rows": {"notes": 1, "promises": 0, "vehicles": 0}}]
    (row,) = office.imported()["notes"]
    assert (row["NOTE_NO"], row["ACCT_NO"], row["CHANNEL"]) == (f"SF-{note}", "LW00000001", "PH")
    assert (row["TEXT"], row["AUTHOR"]) == ("Will pay on Friday", "Casey Collector")
    assert held["Id"] == note
    assert night.state == "succeeded"
    assert office.org.records(NOTE) == {f"SF-{note}": held}
