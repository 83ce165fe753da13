"""A query that is ready to run, any number of times, against the org's database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.soql.shapes import Build, GroupShape, Leaf, Record, RecordShape, Related, Row
from drawbar.sandbox.soql.sql import Sql
from drawbar.sandbox.soql.values import csv_text

VERSION = "67.0"
ROWS_TOGETHER = 500
"""Parents whose children are read by one statement."""


@dataclass(frozen=True, slots=True)
class ChildPlan:
    """A child subquery: its rows for a list of parents, found by the parent's id in column `parent_index`."""

    key: str
    sql: Sql
    shape: RecordShape
    parent_index: int
    children: tuple[ChildPlan, ...]

    def by_parent(self, connection: sqlite3.Connection, ids: Iterable[object], url: str) -> dict[object, list[Record]]:
        """Read the children of all these parents at once, in their order."""
        rows = connection.execute(self.sql.text, self.sql.bound(json.dumps(list(ids)))).fetchall()
        build = self.shape.builder(url)
        related = _related(connection, self.children, [row[self.shape.id_index] for row in rows], url)
        found: dict[object, list[Record]] = {}
        for row in rows:
            record = build(row, related)
            if record is not None:
                found.setdefault(row[self.parent_index], []).append(record)
        return found


def _related(connection: sqlite3.Connection, plans: tuple[ChildPlan, ...], ids: list[object], url: str) -> Related:
    return {plan.key: plan.by_parent(connection, ids, url) for plan in plans}


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A query as SQL; `shape` is None for `COUNT()`, whose answer is only a size."""

    entity: str
    sql: Sql
    size: Sql
    shape: RecordShape | GroupShape | None
    children: tuple[ChildPlan, ...] = ()

    @property
    def counts_only(self) -> bool:
        return self.shape is None

    def total_size(self, connection: sqlite3.Connection) -> int:
        """Count the records of the answer without reading them."""
        return int(connection.execute(self.size.text, self.size.bound()).fetchone()[0])

    def records(self, connection: sqlite3.Connection, *, version: str = VERSION) -> Iterator[Record]:
        """Read the records one after the other, as JSON objects; `version` is that of the URLs in them."""
        if self.shape is None:
            return
        cursor = connection.execute(self.sql.text, self.sql.bound())
        if isinstance(self.shape, GroupShape):
            yield from map(self.shape.build, cursor)
            return
        url = f"/services/data/v{version}/sobjects"
        build = self.shape.builder(url)
        while rows := cursor.fetchmany(ROWS_TOGETHER):
            yield from self._built(connection, build, rows, url)

    def _built(self, connection: sqlite3.Connection, build: Build, rows: list[Row], url: str) -> Iterator[Record]:
        ids = [row[0] for row in rows] if self.children else []
        related = _related(connection, self.children, ids, url)
        for row in rows:
            record = build(row, related)
            if record is not None:
                yield record

    @property
    def csv_header(self) -> tuple[str, ...]:
        """The columns of a flat file (`Id`, `Account.Name`); refused for what a file cannot hold."""
        return tuple(path for path, _ in self._flat())

    def csv_rows(self, connection: sqlite3.Connection) -> Iterator[tuple[str, ...]]:
        """Read the rows of a flat file: text as Bulk 2.0 writes it, null as an empty text."""
        leaves = [leaf for _, leaf in self._flat()]
        for row in connection.execute(self.sql.text, self.sql.bound()):
            yield tuple(csv_text(leaf.read(row[leaf.index])) for leaf in leaves)

    def _flat(self) -> list[tuple[str, Leaf]]:
        if not isinstance(self.shape, RecordShape):
            raise SalesforceError("FUNCTIONALITY_NOT_ENABLED", "Aggregate Relationships not supported in Bulk Query")
        leaves = []
        for path, member in self.shape.leaves():
            if not isinstance(member, Leaf):
                message = f"Selecting compound data or child relationships not supported in Bulk Query: {path}"
                raise SalesforceError("FUNCTIONALITY_NOT_ENABLED", message)
            leaves.append((path, member))
        return leaves
