"""Reads a whole file only to see what would be understood of it, even when columns are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from drawbar.connectors.leaseworks.cells import cells_of, row_encoding, split_row
from drawbar.connectors.leaseworks.formats import Unreadable
from drawbar.connectors.leaseworks.header import raw_lines
from drawbar.connectors.leaseworks.layout import EntityLayout, field_kinds
from drawbar.connectors.leaseworks.rowparser import CellProblem, RowParser

_SAMPLE = 5
_DATES_SEEN = 500


class Trial:
    """What came of reading a file: rows and those understood, problems counted by (code, field), unknown codes.

    `first` holds the first row of each problem; `strange_dates` texts that are no dates in the layout's formats.
    """

    def __init__(self, path: Path, layout: EntityLayout, names: Sequence[str], today: date) -> None:
        self.rows = self.understood = 0
        self.first: dict[tuple[str, str], tuple[int, CellProblem]] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self.codes: dict[str, Counter[str]] = {}
        self.strange_dates: list[str] = []
        self.sample: list[Mapping[str, str]] = []
        self._layout = layout
        self._columns = len(names)
        self._positions = {name: position for position, name in enumerate(names)}
        self._cells = cells_of(layout, names)
        self._encoding = row_encoding(layout)
        self._parser = RowParser(layout, _partial(layout, self._positions), self._positions, today)
        self._keys: set[bytes] = set()
        for raw in _rows(path, layout):
            self._add(raw)

    def _add(self, raw: bytes) -> None:
        self.rows += 1
        problems = [*self._problems(raw), *self._repeated(raw)]
        self.understood += not problems
        for problem in problems:
            kind = (problem.code, problem.field)
            self.counts[kind] += 1
            self.first.setdefault(kind, (self.rows, problem))

    def _problems(self, raw: bytes) -> list[CellProblem]:
        try:
            texts = split_row(raw, self._cells, self._encoding, self._columns)
        except Unreadable as error:
            return [CellProblem("", "", error.code, error.message, error.remedy)]
        problems = self._parser.problems(texts)
        for problem in problems:
            self._remember(problem, texts)
        if not problems and len(self.sample) < _SAMPLE:
            values = self._parser.parse(texts, "").model_dump(mode="json")
            self.sample.append({name: "" if value is None else str(value) for name, value in values.items()})
        return problems

    def _remember(self, problem: CellProblem, texts: Sequence[str]) -> None:
        text = texts[self._positions[problem.column]].strip() if problem.column in self._positions else ""
        if problem.code == "UNKNOWN_CODE":
            self.codes.setdefault(problem.field, Counter())[text] += 1
        elif problem.code in {"NOT_A_DATE", "IMPOSSIBLE_DATE"} and len(self.strange_dates) < _DATES_SEEN:
            self.strange_dates += [text] if field_kinds(self._layout.model)[problem.field][0] is date else []

    def _repeated(self, raw: bytes) -> list[CellProblem]:
        position = self._positions.get(self._layout.key_column)
        key = self._cells.keys([raw], position)[0] if position is not None else b""
        if key and key in self._keys:
            said = f"{key.decode()!r} stands in more than one row; the first counts"
            return [CellProblem("", self._layout.key_column, "DUPLICATE_KEY", said, "")]
        self._keys.add(key)
        return []


def _rows(path: Path, layout: EntityLayout) -> Iterator[bytes]:
    return islice((raw for rows in raw_lines(path, layout) for raw in rows), layout.rows_before, None)


def _partial(layout: EntityLayout, positions: Mapping[str, int]) -> type[BaseModel]:
    """A record of only the fields that the file can feed, so that a missing column does not hide the other fields."""
    fed = {ours for ours, column in layout.columns.items() if column in positions} | layout.constants.keys()
    known = layout.model.model_fields
    fields: dict[str, Any] = {name: (info.annotation, info) for name, info in known.items() if name in fed}
    return create_model("Partial", __config__=ConfigDict(str_strip_whitespace=True), **fields)
