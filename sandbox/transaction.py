"""One transaction of the org: what it has touched, the ids and numbers that it has given out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from drawbar.sandbox.schema import SObject
from drawbar.sandbox.tables import SEQUENCES, quoted, table_name


@dataclass(slots=True)
class Transaction:
    """The work between a BEGIN and its COMMIT; `stamp` is the instant that the rows carry."""

    connection: sqlite3.Connection
    stamp: str
    _touched: list[tuple[str, str]] = field(default_factory=list)

    def take_numbers(self, name: str, count: int, first: int = 1) -> int:
        """Take `count` numbers of a sequence and give the first of them; a new sequence begins at `first`."""
        row = self.connection.execute(
            f"INSERT INTO {SEQUENCES} (name, value) VALUES (?, ?)"  # noqa: S608 - a name of ours
            " ON CONFLICT (name) DO UPDATE SET value = value + ? RETURNING value",
            (name, first + count, count),
        ).fetchone()
        return int(row[0]) - count

    def reserve(self, name: str, count: int) -> None:
        """Let a sequence begin behind the first `count` numbers; one that has begun goes on as it is."""
        self.connection.execute(
            f"INSERT OR IGNORE INTO {SEQUENCES} (name, value) VALUES (?, ?)",  # noqa: S608 - a name of ours
            (name, count + 1),
        )

    def touch(self, sobject: SObject, ids: Iterable[str]) -> None:
        """Remember that these records carry the stamp of this transaction."""
        table = table_name(sobject)
        self._touched.extend((table, record_id) for record_id in ids)

    def restamp(self, stamp: str) -> None:
        """Give everything touched the instant of the commit, so that no stamp is older than the row can be seen."""
        for table in {table for table, _ in self._touched}:
            self.connection.executemany(
                f'UPDATE {quoted(table)} SET "SystemModstamp" = ?, "LastModifiedDate" = ? WHERE "Id" = ?',  # noqa: S608 - names of the schema
                ((stamp, stamp, record_id) for touched, record_id in self._touched if touched == table),
            )

    @contextmanager
    def part(self) -> Iterator[Callable[[], None]]:
        """Do a part that can be undone alone: by calling what is yielded, or by an exception, which goes on."""
        done = len(self._touched)
        self.connection.execute("SAVEPOINT part")

        def undo() -> None:
            del self._touched[done:]
            self.connection.execute("ROLLBACK TO part")

        try:
            yield undo
        except BaseException:
            undo()
            raise
        finally:
            self.connection.execute("RELEASE part")
