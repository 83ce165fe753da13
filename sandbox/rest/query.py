"""The query resources: `/query`, `/queryAll` and the further pages of their answers."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import ALPHABET, new_id
from drawbar.sandbox.meter import note_records
from drawbar.sandbox.rest.call import Answer, Call, JsonObject
from drawbar.sandbox.rest.router import Endpoint, endpoint
from drawbar.sandbox.soql.compiled import CompiledQuery
from drawbar.sandbox.soql.compiler import compile_query
from drawbar.sandbox.soql.shapes import Record

SMALLEST_BATCH = 200
LARGEST_BATCH = 2000
BATCH_SIZE = re.compile(r"\bbatchSize\s*=\s*(\d{1,9})", re.IGNORECASE)
LOCATOR = re.compile(r"(01g\w{15})-(\d{1,9})")
MOST_SNAPSHOTS = 50
"""Answers kept for paging; the oldest goes first (a real org drops a locator after two days)."""


@dataclass(slots=True)
class Snapshot:
    """The pages of one answer after the first, as JSON in a file without a name; they do not change any more."""

    file: IO[bytes]
    resource: str
    pages: dict[int, tuple[int, int]] = field(default_factory=dict)
    total: int = 0

    def add(self, records: list[Record]) -> None:
        """Append a page, which begins at the record number `total`."""
        written = json.dumps(records, separators=(",", ":")).encode()
        self.pages[self.total] = (self.file.seek(0, 2), len(written))
        self.file.write(written)
        self.total += len(records)

    def page(self, position: int) -> list[Record]:
        """Read the page that begins at a record; KeyError when none does."""
        start, length = self.pages[position]
        self.file.seek(start)
        records: list[Record] = json.loads(self.file.read(length))
        return records


class Locators:
    """The answers that clients are paging through; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshots: dict[str, Snapshot] = {}

    def keep(self, snapshot: Snapshot) -> str:
        """Keep the pages of an answer and give its locator."""
        locator = new_id("01g", secrets.randbelow(len(ALPHABET) ** 9))
        with self._lock:
            self._snapshots[locator] = snapshot
            while len(self._snapshots) > MOST_SNAPSHOTS:
                self._snapshots.pop(next(iter(self._snapshots))).file.close()
        return locator

    def page(self, text: str) -> JsonObject:
        """Give the page that `<locator>-<position>` names; INVALID_QUERY_LOCATOR when there is none."""
        named = LOCATOR.fullmatch(text)
        with self._lock:
            snapshot = self._snapshots.get(named.group(1)) if named else None
            if named is None or snapshot is None or int(named.group(2)) not in snapshot.pages:
                raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
            position = int(named.group(2))
            records = snapshot.page(position)
        return _page(snapshot, named.group(1), records, position + len(records))

    def close(self) -> None:
        """Forget all answers."""
        with self._lock:
            for snapshot in self._snapshots.values():
                snapshot.file.close()
            self._snapshots.clear()


def _page(snapshot: Snapshot, locator: str, records: list[Record], following: int) -> JsonObject:
    done = following >= snapshot.total
    url = {} if done else {"nextRecordsUrl": f"{snapshot.resource}/{locator}-{following}"}
    return {"totalSize": snapshot.total, "done": done, **url, "records": records}


def query_endpoints(locators: Locators) -> list[Endpoint]:
    """Give the endpoints of queries, for the table of the REST API."""

    def query(call: Call) -> Answer:
        return _sent(_answered(call, locators, include_deleted=False))

    def query_all(call: Call) -> Answer:
        return _sent(_answered(call, locators, include_deleted=True))

    def further(call: Call) -> Answer:
        return _sent(locators.page(call.parts["locator"]))

    return [
        endpoint("GET HEAD", "/query", query),
        endpoint("GET HEAD", "/queryAll", query_all),
        endpoint("GET HEAD", "/query/{locator}", further),
        endpoint("GET HEAD", "/queryAll/{locator}", further),
    ]


def _sent(page: JsonObject) -> Answer:
    records = page["records"]
    note_records(sent=len(records) if isinstance(records, list) else 0)
    return Answer(body=page)


def _answered(call: Call, locators: Locators, *, include_deleted: bool) -> JsonObject:
    text = call.query.get("q", "")
    if not text.strip():
        raise SalesforceError("MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    org = call.org
    compiled = compile_query(text, org.schema, now=org.now(), user_id=call.user_id, include_deleted=include_deleted)
    with org.reading() as connection, _one_moment(connection):
        if compiled.counts_only:
            return {"totalSize": compiled.total_size(connection), "done": True, "records": []}
        resource = f"{call.root}/{'queryAll' if include_deleted else 'query'}"
        return _first_page(call, compiled, connection, locators, resource)


def _first_page(
    call: Call, compiled: CompiledQuery, connection: sqlite3.Connection, locators: Locators, resource: str
) -> JsonObject:
    size = batch_size(call.headers.get("sforce-query-options", ""))
    records = compiled.records(connection, version=call.version)
    first, second = list(islice(records, size)), list(islice(records, size))
    if not second:
        return {"totalSize": len(first), "done": True, "records": first}
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the locator, which closes it
    snapshot = Snapshot(file, resource, total=len(first))
    while second:
        snapshot.add(second)
        second = list(islice(records, size))
    return _page(snapshot, locators.keep(snapshot), first, len(first))


def batch_size(options: str) -> int:
    """Read the header `Sforce-Query-Options: batchSize=500`; from 200 to 2,000, which is the default."""
    wanted = BATCH_SIZE.search(options)
    return min(max(int(wanted.group(1)), SMALLEST_BATCH), LARGEST_BATCH) if wanted else LARGEST_BATCH


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Let parents and children be read as they are at one moment, whatever is written meanwhile."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
