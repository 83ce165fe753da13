"""Compares source, hub and org after whatever happened, and says in words what does not agree.

It shares no code with what it checks, except for opening an index of fingerprints and following the audit's chain: the
deliveries are read as plain CSV, the org's tables straight from its database, the hub's tables by their columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select
from xxhash import xxh3_64_intdigest, xxh3_128_intdigest

from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.fingerprints import FingerprintIndex
from drawbar.middleware.sync.tables import bulk_job, dead_letter, delivery, feed, outbox, run, source_delivery
from tests.jobs import naive
from tests.jobs.world import Record, ServedOrg

COMPLETE = {"lessees.csv": "Account", "accounts.csv": "Lease_Account__c", "vehicles.csv": "Vehicle__c"}
"""The files that hold every record each time; in the others a record is shown for a while and then no more."""

WINDOWS = {"payments.csv": "PMT_NO", "notes.csv": "NOTE_NO"}

PARENTS = {
    "Lease_Account__c": "Lessee__c", "Vehicle__c": "Lease_Account__c", "Payment__c": "Lease_Account__c",
    "Collection_Note__c": "Lease_Account__c", "Promise_To_Pay__c": "Lease_Account__c", "Case": "Lease_Account__c",
}  # fmt: skip

_ROW_END = re.compile(rb'(?:[^"\n]|"[^"]*")*')


class Checker:
    """Knows the deliveries that were taken, oldest first, and looks at what they led to.

    `kept` holds what people entered in Salesforce and nothing may overwrite: (object, key) to fields.
    """

    def __init__(
        self,
        hub: Hub,
        org: ServedOrg,
        deliveries: Sequence[Path],
        kept: Mapping[tuple[str, str], Record] | None = None,
    ) -> None:
        self.hub = hub
        self.org = org
        self.deliveries = deliveries
        self.kept = kept or {}
        self.records = {name: org.records(name) for name in (*naive.COLUMNS, *PARENTS, "Sync_Error__c")}
        with reading(hub.engine) as connection:
            tables = (outbox, bulk_job, dead_letter, delivery, feed, run, source_delivery)
            self.rows = {table.name: _rows(connection, table) for table in tables}
            self.broken_at = Audit(connection).broken_at()
            sqlite = hub.engine.dialect.name == "sqlite"
            self.integrity = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() if sqlite else "ok"
        self.open_letters = [row for row in self.rows["dead_letter"] if row["state"] == "open"]
        self.excused = {(row["object"], row["key"]) for row in self.open_letters}

    def disagreements(self) -> list[str]:
        """Say everything that does not agree; nothing when all is as it should be."""
        return [
            *self._hub_is_at_rest(), *self._fingerprints(), *self._letters(), *self._source_and_org(), *self._doubles(),
            *self._orphans(), *self._cases(), *self._entered_by_people(),
        ]  # fmt: skip

    def _hub_is_at_rest(self) -> Iterator[str]:
        ended = [row for row in self.rows["run"] if row["finished_at"] is not None]
        paused = bool(ended) and max(ended, key=lambda row: row["finished_at"])["state"] == "paused"
        for row in self.rows["outbox"]:
            name = f"{row['object']} {row['key']}"
            if row["claim"]:
                yield f"{name} is claimed in the outbox, but nobody works on it"
            elif not paused:
                yield f"{name} waits in the outbox, and no pause explains it"
        yield from (f"bulk job {row['job_id']} of {row['object']} is not settled" for row in self.rows["bulk_job"])
        for row in self.rows["run"]:
            if row["state"] in ("queued", "running", "failed"):
                yield f"run {row['id']} is {row['state']} {row['error']}".rstrip()
        for row in self.rows["source_delivery"]:
            if row["state"] != "done":
                yield f"delivery {row['name']} is {row['state']}"
        if self.broken_at is not None:
            yield f"the audit is broken at line {self.broken_at}"
        if self.integrity != "ok":
            yield f"the database is damaged: {self.integrity}"

    def _fingerprints(self) -> Iterator[str]:
        feeds = {row["name"]: row for row in self.rows["feed"]}
        for object_name, (file, key, _) in naive.COLUMNS.items():
            row = feeds.get(f"{SYSTEM}.{file.removesuffix('.csv')}")
            if row is None:
                yield f"nothing was taken from {file}, though {object_name} is delivered"
                continue
            if row["source_file"] != self.deliveries[-1].name:
                yield f"{file} was last taken from {row['source_file']}, not from {self.deliveries[-1].name}"
            with reading(self.hub.engine) as connection:
                state = Feeds(connection).load(row["name"])
            if state.notice:
                yield f"the fingerprints of {file} are lost: {state.notice}"
                continue
            yield from self._fingerprints_of(object_name, file, key, state.index)

    def _fingerprints_of(self, object_name: str, file: str, key: str, index: FingerprintIndex) -> Iterator[str]:
        told = zip(index.key.tolist(), index.rest.tolist(), index.raw.tolist(), strict=True)
        held = {key << 16 | rest >> 48: raw for key, rest, raw in told}
        taken = self.deliveries if file in WINDOWS else self.deliveries[-1:]
        wanted: dict[str, bytes] = {}
        for folder in taken:
            wanted |= dict(zip((row[key] for row in naive.rows(folder, file)), raw_rows(folder / file), strict=True))
        excused = {key for name, key in self.excused if name == object_name}
        for name, raw in wanted.items():
            found = held.pop(xxh3_128_intdigest(name.encode()) >> 48, None)
            if name not in excused and found != xxh3_64_intdigest(raw):
                said = "does not know" if found is None else "has another fingerprint of"
                yield f"the hub {said} {name} of {file}"
        if len(held) > len(excused):
            yield f"the hub knows {len(held)} rows of {file} that were not delivered"

    def _letters(self) -> Iterator[str]:
        errors = self.records["Sync_Error__c"]
        told = {(row["Object__c"], row["Record_Key__c"]) for row in errors.values()}
        for row in self.open_letters:
            name = f"failure {row['id']} ({row['object']} {row['key']})"
            yield from (f"{name} has no {each}" for each in ("code", "message", "remedy", "payload") if not row[each])
            if (row["object"], row["key"]) not in told and row["key"] and row["object"] != "Sync_Error__c":
                yield f"{name} is not shown in Salesforce"
        for key, row in errors.items():
            place = (row["Object__c"], row["Record_Key__c"])
            if row["Record_Key__c"] and place not in self.excused:
                yield f"Sync_Error__c {key} is shown, but nothing is wrong any more"

    def _source_and_org(self) -> Iterator[str]:
        for object_name in naive.COLUMNS:
            wanted: naive.Expected = {}
            for folder in self.deliveries:
                wanted |= readable(folder, object_name)
            last = readable(self.deliveries[-1], object_name)
            found = self.records[object_name]
            excused = {key for name, key in self.excused if name == object_name}
            yield from (f"{object_name} {key} is missing" for key in wanted.keys() - found.keys() - excused)
            yield from (f"{object_name} {key} was never delivered" for key in found.keys() - wanted.keys() - excused)
            for key in wanted.keys() & found.keys() - excused:
                yield from _differences(object_name, key, _from_source(key, wanted[key]), found[key])
                if object_name in COMPLETE.values():
                    yield from _departure(object_name, key, found[key], gone=key not in last)
        yield from self._days_past_due()

    def _days_past_due(self) -> Iterator[str]:
        folder = self.deliveries[-1]
        late = naive.days_past_due(folder, business_date(folder))
        for key, row in self.records["Lease_Account__c"].items():
            if key in late and ("Lease_Account__c", key) not in self.excused and row["Days_Past_Due__c"] != late[key]:
                yield f"Lease_Account__c {key} is {row['Days_Past_Due__c']} days past due, not {late[key]}"

    def _doubles(self) -> Iterator[str]:
        for object_name in self.records:
            for key, number in self._counted(object_name).items():
                if number > 1:
                    yield f"{object_name} {key} is there {number} times"
        made = (row for row in self.rows["delivery"] if row["status"] == "created")
        for (target, name, key), number in Counter((row["target"], row["object"], row["key"]) for row in made).items():
            if number > 1 and name != "Sync_Error__c":
                yield f"{name} {key} was created {number} times in {target}"

    def _counted(self, object_name: str) -> Counter[str]:
        statement = f'SELECT "{EXTERNAL_IDS[object_name]}" FROM "{object_name}" WHERE "IsDeleted" = 0'
        return Counter(str(key).casefold() for (key,) in self.org.local.org.read(statement) if key)

    def _orphans(self) -> Iterator[str]:
        for object_name, lookup in PARENTS.items():
            parents = self.records["Account" if lookup == "Lessee__c" else "Lease_Account__c"]
            for key, row in self.records[object_name].items():
                if row[lookup] not in parents:
                    yield f"{object_name} {key} has no parent ({row[lookup]})"

    def _cases(self) -> Iterator[str]:
        folder = self.deliveries[-1]
        wanted = dict.fromkeys(naive.delinquent(folder, business_date(folder)), 1)
        open_now = Counter(
            row["Lease_Account__c"]
            for row in self.records["Case"].values()
            if row["Status"] != "Closed" and not row["Repossession_Stage__c"]
        )
        for key in wanted.keys() | open_now.keys():
            if wanted.get(key, 0) != open_now[key] and ("Lease_Account__c", key) not in self.excused:
                yield f"{key} has {open_now[key]} open cases instead of {wanted.get(key, 0)}"

    def _entered_by_people(self) -> Iterator[str]:
        for (object_name, key), fields in self.kept.items():
            yield from _differences(object_name, key, fields, self.records[object_name].get(key, {}))


def business_date(folder: Path) -> date:
    """Read the business date from a delivery's name."""
    return datetime.strptime(folder.name.split("-")[1], "%Y%m%d").date()  # noqa: DTZ007


def raw_rows(path: Path) -> list[bytes]:
    """Cut a file into its rows without the header; a line end between quotes ends no row."""
    content, rows, start = path.read_bytes(), [], 0
    while start < len(content):
        found = _ROW_END.match(content, start)
        assert found is not None
        rows.append(found[0].removesuffix(b"\r"))
        start = found.end() + 1
    return [row for row in rows[1:] if row]


def readable(folder: Path, object_name: str) -> naive.Expected:
    """Give what the rows of a file say; a row that cannot be read says nothing, and must have a dead letter."""
    return dict(_readable_rows(folder, object_name))


def _readable_rows(folder: Path, object_name: str) -> Iterator[tuple[str, Record]]:
    file, key, columns = naive.COLUMNS[object_name]
    for row in naive.rows(folder, file):
        with suppress(ValueError, KeyError):
            yield row[key], {name: read(row[column]) for name, (column, read) in columns.items()}


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _differences(object_name: str, key: str, wanted: Record, found: Record) -> Iterator[str]:
    for name, value in wanted.items():
        if found.get(name) != value:
            yield f"{object_name} {key} has {name} {found.get(name)!r} instead of {value!r}"


def _from_source(key: str, wanted: Record) -> Record:
    """Leave out when the source changed a record that people made in Salesforce: its return writes nothing."""
    return {name: value for name, value in wanted.items() if name != "Source_Updated__c" or not key.startswith("SF-")}


def _departure(object_name: str, key: str, found: Record, *, gone: bool) -> Iterator[str]:
    left = found["Left_Source_Date__c"]
    if gone and not left:
        yield f"{object_name} {key} is gone from the source, and nothing says so"
    if left and not gone:
        yield f"{object_name} {key} is said to have left on {left}, but was delivered"
