"""The org: its schema, its records in SQLite, and the one way to write them."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from drawbar.sandbox.schema import Schema, SObject
from drawbar.sandbox.soql.compiler import register_functions
from drawbar.sandbox.tables import create_tables, quoted
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.values import Stored, instant
from drawbar.sandbox.writing.results import Operation, RowResult, RowWriter, WriteContext
from drawbar.sandbox.writing.writer import Writer

CACHED_STATEMENTS = 512
PRAGMAS = (
    "busy_timeout = 10000",
    "journal_mode = WAL",
    # A killed process loses nothing; a power cut may cost the file, which a rehearsal can bear.
    "synchronous = OFF",
    "temp_store = MEMORY",
    "cache_size = -65536",
)
CHUNK = 200
"""How many ids one look-up asks for; also the rows that the org saves together."""


def system_clock() -> datetime:
    """Tell the time of this machine."""
    return datetime.now(UTC)


class Org:
    """A local org over one SQLite file; every method may be called from any thread.

    Writes come one after the other; reads go on beside them and see what is committed, or, inside `transaction`, what
    the transaction has done so far.
    """

    def __init__(self, path: Path, schema: Schema, *, clock: Callable[[], datetime] = system_clock) -> None:
        self.schema = schema
        self.clock = clock
        self._path = path
        self._writing = threading.RLock()
        self._here = threading.local()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._opened: list[sqlite3.Connection] = []
        self._writer_connection = self._connect()
        self._rules = Writer(schema, clock=self.now)
        self._writer: RowWriter = self._rules
        with self.transaction() as transaction:
            create_tables(transaction.connection, schema)

    def now(self) -> datetime:
        """Tell the org's time."""
        return self.clock()

    def close(self) -> None:
        """Close every connection; the org cannot be used afterwards."""
        with self._writing:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def intercept(self, wrap: Callable[[RowWriter], RowWriter]) -> None:
        """Put something before the rules of writing, for every write from now on: row locks, a count."""
        self._writer = wrap(self._writer)

    def become(self, stored: Schema, shown: Schema) -> None:
        """Go on with another schema: what is `stored` has a place in the tables, what is `shown` is served."""
        with self.transaction() as transaction:
            create_tables(transaction.connection, stored)
        self.schema.become(shown)
        self._rules.learn()

    def write(
        self,
        operation: Operation,
        object_name: str,
        rows: Sequence[Mapping[str, object]],
        *,
        external_id: str | None = None,
        all_or_none: bool = False,
        context: WriteContext,
    ) -> list[RowResult]:
        """Write rows and give one result per row, in order.

        Rows are mappings from field name to JSON value; a parent may be given by its external id:
        `{"Lease_Account__r": {"LeaseWorks_Id__c": "LW1"}}`. Rows to delete carry `Id`. Raises SalesforceError when the
        request as a whole is refused: no such object, no such external id field, a JSON value of the wrong type.
        """
        with self.transaction() as transaction:
            return self._writer.write(
                transaction,
                operation,
                object_name,
                rows,
                external_id=external_id,
                all_or_none=all_or_none,
                context=context,
            )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Hold the org's one writer: everything inside becomes visible at once, or, after an exception, never.

        Inside another transaction of the same thread it is a part of that one, which can be undone alone.
        """
        with self._writing:
            outer: Transaction | None = getattr(self._here, "transaction", None)
            if outer is not None:
                with outer.part():
                    yield outer
                return
            transaction = Transaction(self._writer_connection, instant(self.clock()))
            self._here.transaction = transaction
            try:
                with self._committed(transaction):
                    yield transaction
            finally:
                self._here.transaction = None

    @contextmanager
    def _committed(self, transaction: Transaction) -> Iterator[None]:
        connection = transaction.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            stamp = instant(self.clock())
            if stamp != transaction.stamp:
                transaction.restamp(stamp)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to read with; rows are tuples. Select from the object's API name."""
        transaction: Transaction | None = getattr(self._here, "transaction", None)
        if transaction is not None:
            yield transaction.connection
            return
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def read(self, sql: str, parameters: Sequence[Stored] | Mapping[str, Stored] = ()) -> list[tuple[Stored, ...]]:
        """Run one SELECT and give all its rows."""
        with self.reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    def records(self, sobject: SObject, ids: Iterable[str], *, deleted: bool = False) -> dict[str, dict[str, Stored]]:
        """Give the records with these 18-character ids, by id, as columns; those in the recycle bin only if wanted."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, dict[str, Stored]] = {}
        alive = "" if deleted or sobject.field("IsDeleted") is None else ' AND "IsDeleted" = 0'
        with self.reading() as connection:
            for start in range(0, len(wanted), CHUNK):
                part = wanted[start : start + CHUNK]
                marks = ", ".join("?" * len(part))
                cursor = connection.execute(
                    f'SELECT * FROM {quoted(sobject.name)} WHERE "Id" IN ({marks}){alive}',  # noqa: S608 - names of the schema
                    part,
                )
                names = [each[0] for each in cursor.description]
                for row in cursor:
                    record = dict(zip(names, row, strict=True))
                    found[str(record["Id"])] = record
        return found

    def record(self, sobject: SObject, record_id: str, *, deleted: bool = False) -> dict[str, Stored] | None:
        """Give one record by its 18-character id; None when there is none."""
        return self.records(sobject, [record_id], deleted=deleted).get(record_id)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, cached_statements=CACHED_STATEMENTS
        )
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        register_functions(connection)
        self._opened.append(connection)
        return connection
