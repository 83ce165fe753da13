"""Rows of read-only views, by a watermark of (time of last change, key): ties are never missed, nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, Select, and_, or_, select

from drawbar.connectors.leaseworks.layout import SINGULAR, EntityLayout
from drawbar.connectors.leaseworks.records import LeaseWorksRecord
from drawbar.connectors.leaseworks.rowparser import RowParser
from drawbar.connectors.leaseworks.settings import SqlSettings
from drawbar.connectors.leaseworks.views import (
    ViewShape,
    as_text,
    canonical,
    reading_only,
    rows_of,
    sql_layout,
    view_shape,
)
from drawbar.middleware.errors import StopRun
from drawbar.middleware.records import RowBatch, SourceRow

RecordT = TypeVar("RecordT", bound=LeaseWorksRecord)

_REPEATED_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SqlCursor:
    """How far a view has been read: the newest change time that was seen, in UTC, and its key."""

    updated_at: datetime
    key: str

    def as_json(self) -> dict[str, str]:
        return {"updated_at": self.updated_at.isoformat(), "key": self.key}

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> SqlCursor:
        return cls(datetime.fromisoformat(stored["updated_at"]), stored["key"])


class SqlView(Generic[RecordT]):
    """A RowSource over one view, oldest change first; never complete, for a deleted row leaves no trace.

    Rows whose change time or key is empty come first, so that each is refused by name instead of overlooked.
    Raises StopRun from `batches` when the view lacks a column or its change time is not a timestamp, RetryLater
    when the database does not answer.
    """

    def __init__(
        self,
        engine: Engine,
        settings: SqlSettings,
        layout: EntityLayout,
        model: type[RecordT],
        cursor: SqlCursor | None,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._layout = sql_layout(layout)
        self._model = model
        self._view = settings.views[layout.entity]
        self._start = cursor
        self._cursor = cursor

    @property
    def entity(self) -> str:
        return self._layout.entity

    @property
    def complete(self) -> bool:
        return False

    @property
    def layout_version(self) -> str:
        return self._layout.version

    @property
    def description(self) -> str:
        return f"view {self._view}"

    @property
    def cursor(self) -> SqlCursor | None:
        """What to store once every row has been taken over; it moves while `batches` is read."""
        return self._cursor

    @property
    def notices(self) -> tuple[str, ...]:
        """What is odd about the view but stops nothing."""
        return self._shape.notices

    def batches(self) -> Iterator[RowBatch]:
        number = 1
        for rows in self._pages():
            keys = [as_text(row[self._shape.key]).strip().encode() for row in rows]
            yield RowBatch(number, keys, [canonical(row) for row in rows])
            self._move_cursor(rows[-1])
            number += len(rows)

    def meanings(self, raws: Sequence[bytes]) -> Sequence[bytes]:
        return raws  # written in one way only

    def parse(self, row: SourceRow) -> RecordT:
        cells = json.loads(row.raw)
        texts = [cells[name] or "" for name in self._shape.names]
        key = row.key or "(without number)"
        return self._parser.parse(texts, f"{self.description} row {row.number}, {SINGULAR[self.entity]} {key}")

    def _pages(self) -> Iterator[list[Mapping[str, Any]]]:
        with reading_only(self._engine, self._settings) as connection:
            shape = self._shape
            unplaced = self._select().where(or_(shape.updated.is_(None), shape.key_column.is_(None)))
            if rows := rows_of(connection, unplaced):
                yield rows
            after: Mapping[str, Any] | None = None
            while rows := rows_of(connection, self._page_after(after)):
                self._refuse_repeated(after, rows[0])
                yield rows
                after = rows[-1]

    def _refuse_repeated(self, after: Mapping[str, Any] | None, first: Mapping[str, Any]) -> None:
        place = (self._shape.updated.name, self._shape.key_column.name)
        if after is not None and all(after[name] == first[name] for name in place):
            raise StopRun(
                f"{place[0]} is finer than a microsecond, so pages cannot follow each other.",
                record=self.description,
                remedy="Cast it to microseconds in the view, for instance to DATETIME2(6).",
            )

    def _page_after(self, after: Mapping[str, Any] | None) -> Select[Any]:
        shape = self._shape
        updated, key = shape.updated, shape.key_column
        placed = self._select().where(updated.is_not(None), key.is_not(None))
        if after is not None:
            last, last_key = after[updated.name], after[key.name]
            placed = placed.where(or_(updated > last, and_(updated == last, key > last_key)))
        elif self._start is not None:
            placed = placed.where(updated >= self._overlapping(self._start.updated_at))
        return placed.order_by(updated, key).limit(self._settings.page_rows)

    def _select(self) -> Select[Any]:
        return select(*(self._shape.view.c[name] for name in self._shape.names))

    def _overlapping(self, reached: datetime) -> datetime:
        """Where to begin: before the last row, as far as late commits (and a clock set back) may lie behind it."""
        start = reached - timedelta(minutes=self._settings.overlap_minutes)
        if self._shape.aware:
            return start
        zone = self._layout.zone or UTC
        shifts = zone.utcoffset(None) is None
        return (start - (_REPEATED_HOUR if shifts else timedelta())).astimezone(zone).replace(tzinfo=None)

    def _move_cursor(self, last: Mapping[str, Any]) -> None:
        reached, key = last[self._shape.updated.name], last[self._shape.key]
        if reached is None or key is None:
            return
        aware = reached if reached.tzinfo else reached.replace(tzinfo=self._layout.zone or UTC)
        cursor = SqlCursor(aware.astimezone(UTC), as_text(key))
        if self._cursor is None or cursor.updated_at >= self._cursor.updated_at:
            self._cursor = cursor

    @cached_property
    def _shape(self) -> ViewShape:
        return view_shape(self._engine, self._view, self._layout)

    @cached_property
    def _parser(self) -> RowParser[RecordT]:
        positions = {column_name: self._shape.names.index(name) for column_name, name in self._shape.bound.items()}
        return RowParser(self._layout, self._model, positions, date.min)
