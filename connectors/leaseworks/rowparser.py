"""Turns the cells of one row into a typed record, by a plan compiled once per layout and header."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from drawbar.connectors.leaseworks.formats import (
    Convert,
    Unreadable,
    or_empty,
    read_code,
    read_date,
    read_money,
    read_timestamp,
    read_whole,
    remembering,
    shown,
)
from drawbar.connectors.leaseworks.layout import DELIVERY_DATE, EntityLayout, field_kinds
from drawbar.middleware.errors import RecordRejected

ModelT = TypeVar("ModelT", bound=BaseModel)

_CODES = {
    "string_too_long": "TOO_LONG",
    "string_too_short": "EMPTY",
    "greater_than_equal": "TOO_SMALL",
    "greater_than": "TOO_SMALL",
    "less_than_equal": "TOO_LARGE",
}


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with one cell: our field, their column ("" for a constant), a code, a sentence and the remedy."""

    field: str
    column: str
    code: str
    message: str
    remedy: str

    @property
    def place(self) -> str:
        return f"{self.field} (column {self.column})" if self.column else self.field


class RowParser(Generic[ModelT]):
    """Understands rows of one layout; `positions` says in which cell each column stands.

    Fields whose column has no position are left to the model, which refuses a row that lacks them.
    """

    def __init__(
        self, layout: EntityLayout, model: type[ModelT], positions: Mapping[str, int], delivered_on: date
    ) -> None:
        self._layout = layout
        self._validate: Callable[[dict[str, Any]], ModelT] = model.__pydantic_validator__.validate_python
        converters = _Converters(layout, delivered_on)
        bound = {
            name: positions[column]
            for name, column in layout.columns.items()
            if column in positions and name in model.model_fields
        }
        self._plan = [(name, position, converters.of(name)) for name, position in bound.items()]
        self._typed = [(name, position, convert) for name, position, convert in self._plan if convert is not None]
        self._texts = [(name, position) for name, position, convert in self._plan if convert is None]
        self._constants = {name: converters.constant(name) for name in layout.constants if name in model.model_fields}

    def parse(self, cells: Sequence[str], record: str) -> ModelT:
        """Understand one row; raise RecordRejected that names every field in which something is wrong."""
        try:
            values: dict[str, Any] = {name: convert(cells[position]) for name, position, convert in self._typed}
            for name, position in self._texts:
                values[name] = cells[position]
            values.update(self._constants)
            return self._validate(values)
        except ValueError:
            raise rejection(self.problems(cells), record) from None

    def problems(self, cells: Sequence[str]) -> list[CellProblem]:
        """Everything that is wrong with a row, in the order of the layout."""
        values, problems = dict(self._constants), {}
        for name, position, convert in self._plan:
            text = cells[position]
            try:
                values[name] = text if convert is None else convert(text)
            except Unreadable as error:
                problems[name] = self._problem(name, error.code, error.message, error.remedy)
        try:
            self._validate(values)
        except ValidationError as error:
            for item in error.errors(include_url=False):
                name = str(item["loc"][0])
                if name not in problems:
                    problems[name] = self._invalid(name, item)
        order = [*self._layout.columns, *self._layout.constants]
        return [problems[name] for name in order if name in problems]

    def _problem(self, name: str, code: str, message: str, remedy: str = "") -> CellProblem:
        return CellProblem(name, self._layout.columns.get(name, ""), code, message, remedy)

    def _invalid(self, name: str, item: Any) -> CellProblem:
        code = _CODES.get(item["type"], "INVALID")
        value, limits = item["input"], item.get("ctx", {})
        if code == "TOO_LONG":
            return self._problem(name, code, f"has {len(value)} characters, at most {limits['max_length']} fit")
        if code == "EMPTY":
            return self._problem(name, code, "is empty")
        message = str(item["msg"]).removeprefix("Value error, ")
        if code == "TOO_SMALL":
            message = f"must not be below {limits['ge']}" if "ge" in limits else f"must be above {limits['gt']}"
        if code == "TOO_LARGE":
            message = f"must not be above {limits['le']}"
        return self._problem(name, code, f"{shown(str(value))} {message}")


def check_texts(layout: EntityLayout) -> None:
    """Raise ValueError when a constant or a `when_empty` text is not one that its field can take."""
    day = date(2000, 1, 1)
    for name in layout.when_empty:
        convert = _Converters(layout, day).of(name)
        if convert is not None:
            _try(f"when_empty.{name}", convert, "")
    for name in layout.constants:
        _try(f"constants.{name}", _Converters(layout, day).constant, name)
    for problem in RowParser(layout, layout.model, {}, day).problems(()):
        if problem.field in layout.constants:
            message = f"constants.{problem.field}: {problem.message}"
            raise ValueError(message)


def _try(place: str, convert: Convert, text: str) -> None:
    try:
        convert(text)
    except Unreadable as error:
        message = f"{place}: {error.message}"
        raise ValueError(message) from None


def rejection(problems: Sequence[CellProblem], record: str) -> RecordRejected:
    """One rejection for all problems of a row; its code is that of the first."""
    only = len(problems) == 1
    said = [problem.message if only else f"{problem.place} {problem.message}" for problem in problems]
    remedies = dict.fromkeys(problem.remedy for problem in problems if problem.remedy)
    return RecordRejected(
        "; ".join(said) + ".",
        record=record,
        field=problems[0].place if only else ", ".join(problem.field for problem in problems),
        remedy=" ".join(remedies) or "Correct it in LeaseWorks; the next delivery brings it.",
        code=problems[0].code,
    )


class _Converters:
    """Makes one reader per field of a layout."""

    def __init__(self, layout: EntityLayout, delivered_on: date) -> None:
        self._layout = layout
        self._kinds = field_kinds(layout.model)
        self._delivered_on = delivered_on
        self._by_kind: dict[type, Convert] = {
            date: read_date(layout.dates),
            datetime: read_timestamp(layout.timestamps, layout.zone),
            Decimal: read_money(layout.money),
            int: read_whole,
        }

    def of(self, name: str) -> Convert | None:
        """The reader of a field; None for plain text, which needs none."""
        kind, optional = self._kinds[name]
        marks, when_empty = frozenset(self._layout.none_marks), self._layout.when_empty.get(name, "")
        if kind is str:
            return _text(marks, when_empty) if marks or when_empty else None
        read = or_empty(self._reader(name, kind), allowed=optional, none_marks=marks, when_empty=when_empty)
        return read if kind is Decimal else remembering(read)

    def constant(self, name: str) -> object:
        text = self._layout.constants[name]
        kind, optional = self._kinds[name]
        if text == DELIVERY_DATE and kind in {date, datetime}:
            iso = f"{self._delivered_on.isoformat()}T00:00:00+00:00"
            return self._delivered_on if kind is date else datetime.fromisoformat(iso)
        if kind is str:
            return text
        return or_empty(self._reader(name, kind), allowed=optional, none_marks=frozenset(), when_empty="")(text)

    def _reader(self, name: str, kind: type) -> Convert:
        if issubclass(kind, StrEnum):
            table = self._layout.codes[name]
            codes = {code: kind(value) for code, value in table.items()}
            return read_code(codes, f"[leaseworks.layout.{self._layout.entity}.codes.{name}]")
        return self._by_kind[kind]


def _text(none_marks: frozenset[str], when_empty: str) -> Convert:
    def read(text: str) -> str:
        text = text.strip()
        return when_empty if not text or text in none_marks else text

    return read
