"""The states that lessees live in: where a vehicle is at home unless a geofence says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.gps.tables import lessee_home


@dataclass(frozen=True, slots=True)
class LesseeHomes:
    """The remembered states, inside the caller's transaction."""

    connection: Connection

    def take(self, states: Mapping[str, str]) -> None:
        """Keep the state of each lessee, by number; an empty one is forgotten."""
        for numbers in in_chunks(states, 500):
            self.connection.execute(delete(lessee_home).where(lessee_home.c.lessee_number.in_(numbers)))
            rows = [{"lessee_number": each, "state": states[each]} for each in numbers if states[each]]
            insert_rows(self.connection, lessee_home, rows)

    def any(self) -> bool:
        """Say whether the state of any lessee is known."""
        return self.connection.execute(select(lessee_home.c.lessee_number).limit(1)).first() is not None

    def states(self) -> dict[str, str]:
        """Give the state of every lessee that is known to live in one."""
        rows = self.connection.execute(select(lessee_home.c.lessee_number, lessee_home.c.state))
        return {row.lessee_number: row.state for row in rows}
