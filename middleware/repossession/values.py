"""Market values that were imported from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.repossession.facts import Valuation
from drawbar.middleware.repossession.tables import vehicle_value

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class ImportedValues:
    """Implements `Valuations` with the newest imported value of each vehicle, inside the caller's transaction."""

    connection: Connection

    def value(self, asset: str, vin: str) -> Valuation | None:
        del vin  # what is imported is kept by asset number
        row = self.connection.execute(select(vehicle_value).where(vehicle_value.c.asset_number == asset)).first()
        return None if row is None else Valuation(asset, row.amount, row.valued_on, row.source)

    def take(self, valuations: Sequence[Valuation], now: datetime) -> int:
        """Keep those that are not older than what is known; gives how many."""
        newest = {each.asset: each for each in sorted(valuations, key=lambda each: each.valued_on)}
        taken = 0
        for chunk in in_chunks(newest.values(), _CHUNK):
            taken += self._take_chunk(chunk, now)
        return taken

    def _take_chunk(self, chunk: Sequence[Valuation], now: datetime) -> int:
        table = vehicle_value
        known = {
            row.asset_number: row.valued_on
            for row in self.connection.execute(
                select(table.c.asset_number, table.c.valued_on).where(
                    table.c.asset_number.in_([each.asset for each in chunk])
                )
            )
        }
        fresh = [each for each in chunk if each.asset not in known or known[each.asset] <= each.valued_on]
        self.connection.execute(delete(table).where(table.c.asset_number.in_([each.asset for each in fresh])))
        rows = [
            {
                "asset_number": each.asset, "amount": each.amount, "valued_on": each.valued_on, "source": each.source,
                "imported_at": now,
            }
            for each in fresh
        ]  # fmt: skip
        insert_rows(self.connection, table, rows)
        return len(rows)
