"""The layout of an export as data: which column feeds which field, and how texts are written.

LeaseWorks publishes no layout, so every part of this is configuration (`[leaseworks.layout.accounts]` and so on),
checked in full before anything is read.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from drawbar.connectors.leaseworks.formats import ISO, MoneyFormat, date_pattern
from drawbar.connectors.leaseworks.records import ENTITIES, KEYS, LeaseWorksRecord
from drawbar.middleware.settings import Section

DELIVERY_DATE = "@delivery_date"
"""A constant that stands for the business date of the delivery (midnight UTC in a timestamp)."""

SINGULAR = {
    "lessees": "lessee",
    "accounts": "account",
    "vehicles": "vehicle",
    "vehicle_states": "state of vehicle",
    "payments": "payment",
    "notes": "note",
    "promises": "promise of account",
    "gl_summary": "posting",
}


class EntityChange(Section):
    """What `[leaseworks.layout.<entity>]` may change; whatever it leaves out stays as in the default layout."""

    file: str | None = Field(None, description="name of the file in a delivery")
    complete: bool | None = Field(None, description="the file holds every record, so a missing key means it has gone")
    columns: dict[str, str] | None = Field(None, description="our field = their column")
    constants: dict[str, str] | None = Field(None, description="our field = text, for columns that they do not have")
    when_empty: dict[str, str] | None = Field(None, description="our field = text to read where their cell is empty")
    codes: dict[str, dict[str, str]] | None = Field(None, description="our field = { their code = our value }")
    dates: tuple[str, ...] | None = Field(None, description="date formats, for instance MM/DD/YYYY")
    timestamps: tuple[str, ...] | None = Field(None, description="ISO 8601, or a format with HH:MI:SS")
    time_zone: str | None = Field(None, description="zone of timestamps that carry none, such as America/New_York")
    money: MoneyFormat | None = Field(None, description="how amounts are written")
    none_marks: tuple[str, ...] | None = Field(None, description="texts that mean nothing, such as NULL")
    encoding: str | None = Field(None, description="utf-8, cp1252, utf-16 …")
    delimiter: str | None = Field(None, description="what separates cells")
    quote: str | None = Field(None, description='what encloses cells; "" when nothing does')
    skip_lines: int | None = Field(None, ge=0, le=1000, description="lines before the header (or the first row)")
    header: tuple[str, ...] | None = Field(None, description="names of the columns of a file without a header line")
    json_lines: bool | None = Field(None, description="each line is a JSON object; columns name its members")
    fixed_width: dict[str, tuple[int, int]] | None = Field(
        None, description="their column = [first character from 1, length], for files without delimiters"
    )


class LayoutSettings(Section):
    """Changes to the default layout: `all` for every entity, then those of one entity."""

    all: EntityChange = EntityChange()
    lessees: EntityChange = EntityChange()
    accounts: EntityChange = EntityChange()
    vehicles: EntityChange = EntityChange()
    vehicle_states: EntityChange = EntityChange()
    payments: EntityChange = EntityChange()
    notes: EntityChange = EntityChange()
    promises: EntityChange = EntityChange()
    gl_summary: EntityChange = EntityChange()


class EntityLayout(Section):
    """The layout of one entity in full; raises when a field is bound twice, never, or to nonsense."""

    entity: str
    file: str = Field(min_length=1)
    complete: bool
    columns: dict[str, str]
    constants: dict[str, str] = Field(default_factory=dict)
    when_empty: dict[str, str] = Field(default_factory=dict)
    codes: dict[str, dict[str, str]] = Field(default_factory=dict)
    dates: tuple[str, ...] = Field(("MM/DD/YYYY",), min_length=1)
    timestamps: tuple[str, ...] = Field((ISO,), min_length=1)
    time_zone: str = ""
    money: MoneyFormat = MoneyFormat()
    none_marks: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip_lines: int = 0
    header: tuple[str, ...] = ()
    json_lines: bool = False
    fixed_width: dict[str, tuple[int, int]] = Field(default_factory=dict)

    @property
    def model(self) -> type[LeaseWorksRecord]:
        return ENTITIES[self.entity]

    @property
    def key_column(self) -> str:
        return self.columns[KEYS[self.entity]]

    @property
    def rows_before(self) -> int:
        """How many rows of a file stand before the first record."""
        return self.skip_lines + (1 if self.has_header_line else 0)

    @property
    def has_header_line(self) -> bool:
        """Whether a line of the file names its columns."""
        return not (self.header or self.fixed_width or self.json_lines)

    @property
    def members(self) -> tuple[str, ...]:
        """The columns that are read, each once, in the layout's order."""
        return tuple(dict.fromkeys(self.columns.values()))

    @property
    def line_quote(self) -> str:
        """What can hide a line end that does not end a row; "" when each line is a row."""
        return "" if self.fixed_width or self.json_lines else self.quote

    @property
    def place(self) -> str:
        """The table of the settings that changes this layout."""
        return f"[leaseworks.layout.{self.entity}]"

    @property
    def version(self) -> str:
        """A fingerprint that changes with the layout's effect: rows read under another one must be read again.

        The file's name does not count, nor whether lines are JSON: such a line never was a row with delimiters, so a
        comparison of cells tells what has changed.
        """
        text = json.dumps(self.model_dump(mode="json", exclude={"file", "json_lines"}), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.time_zone) if self.time_zone else None

    @field_validator("dates", "timestamps")
    @classmethod
    def _formats(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for text_format in formats:
            if text_format != ISO:
                date_pattern(text_format)
        return formats

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key if name else ""
        except (ZoneInfoNotFoundError, ValueError):
            message = f"time_zone {name!r} is not known; give one such as America/New_York"
            raise ValueError(message) from None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "A".encode(name)
            return codecs.lookup(name).name
        except LookupError:
            message = f"encoding {name!r} is not known; give utf-8, cp1252, utf-16 or another of Python's codecs"
            raise ValueError(message) from None

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_character(cls, mark: str) -> str:
        if len(mark) > 1 or not mark.isascii() or mark in {"\r", "\n"}:
            message = f"{mark!r} is not one ASCII character"
            raise ValueError(message)
        return mark

    @model_validator(mode="after")
    def _bindings(self) -> EntityLayout:
        wrong = [*self._field_problems(), *self._code_problems(), *self._width_problems()]
        if self.json_lines and (self.fixed_width or self.header):
            wrong.append("json_lines name their own columns: leave out header and fixed_width")
        if not self.delimiter and not self.fixed_width:
            wrong.append("delimiter is empty and there is no fixed_width")
        if self.delimiter and self.delimiter == self.quote:
            wrong.append(f"delimiter and quote are both {self.quote!r}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _field_problems(self) -> list[str]:
        fields, wrong = set(self.model.model_fields), []
        for table in ("columns", "constants", "when_empty", "codes"):
            for name in sorted(getattr(self, table).keys() - fields):
                near = get_close_matches(name, fields, n=1)
                wrong.append(f"{table}.{name} is not a field{f'; did you mean {near[0]}?' if near else ''}")
        both = sorted(self.columns.keys() & self.constants.keys())
        wrong += [f"{name} has a column and a constant; keep one" for name in both]
        unbound = sorted(fields - self.columns.keys() - self.constants.keys())
        wrong += [f"{name} has neither a column nor a constant" for name in unbound]
        if KEYS[self.entity] in self.constants:
            wrong.append(f"{KEYS[self.entity]} is the key and needs a column")
        return wrong

    def _code_problems(self) -> list[str]:
        wrong = []
        for name, enum in code_fields(self.model).items():
            if name not in self.codes:
                wrong.append(f"codes.{name} is needed: their code = one of {', '.join(enum)}")
            for code, value in self.codes.get(name, {}).items():
                if value not in set(enum):
                    wrong.append(f"codes.{name}: {code!r} = {value!r} is not one of {', '.join(enum)}")
        plain = sorted(self.codes.keys() & self.model.model_fields.keys() - code_fields(self.model).keys())
        return wrong + [f"codes.{name}: the field takes any text, so it has no codes" for name in plain]

    def _width_problems(self) -> list[str]:
        if not self.fixed_width:
            return []
        missing = sorted(set(self.columns.values()) - self.fixed_width.keys())
        wrong = [f"fixed_width lacks {column}" for column in missing]
        return wrong + [
            f"fixed_width.{column}: first character and length count from 1"
            for column, (first, length) in self.fixed_width.items()
            if first < 1 or length < 1
        ]


def code_fields(model: type[LeaseWorksRecord]) -> dict[str, type[StrEnum]]:
    """The fields of a record that hold a code, with our words for it."""
    kinds = {name: kind for name, (kind, _) in field_kinds(model).items()}
    return {name: kind for name, kind in kinds.items() if issubclass(kind, StrEnum)}


def field_kinds(model: type[LeaseWorksRecord]) -> dict[str, tuple[type, bool]]:
    """The bare type of each field of a record, and whether it may be None."""
    kinds = {}
    for name, info in model.model_fields.items():
        options = typing.get_args(info.annotation) if _is_union(info.annotation) else (info.annotation,)
        bare = next(_bare(option) for option in options if option is not types.NoneType)
        kinds[name] = (bare, types.NoneType in options)
    return kinds


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in {typing.Union, types.UnionType}


def _bare(annotation: Any) -> type:
    inner = typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation
    if not isinstance(inner, type):
        message = f"{annotation} is not a type that a layout can feed"
        raise TypeError(message)
    return inner


def effective_layouts(
    default: Mapping[str, EntityLayout], changes: LayoutSettings | None = None
) -> dict[str, EntityLayout]:
    """Apply the settings to the default layout; raise ValueError that names entity and entry of all that is wrong."""
    layouts, wrong = {}, []
    for entity, layout in default.items():
        steps = (changes.all, getattr(changes, entity)) if changes else ()
        try:
            layouts[entity] = _changed(layout, *steps)
        except ValidationError as error:
            wrong += [f"{entity}: {_said(item)}" for item in error.errors(include_input=False)]
    if wrong:
        raise ValueError("; ".join(wrong))
    return layouts


def _said(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"])
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _changed(layout: EntityLayout, *changes: EntityChange) -> EntityLayout:
    values = layout.model_dump()
    for change in changes:
        given = change.model_dump(exclude_unset=True, exclude_none=True)
        columns, constants = given.pop("columns", {}), given.pop("constants", {})
        values["columns"] = {k: v for k, v in values["columns"].items() if k not in constants} | columns
        values["constants"] = {k: v for k, v in values["constants"].items() if k not in columns} | constants
        for table in ("when_empty", "codes", "money"):
            values[table] |= given.pop(table, {})
        values |= given
    return EntityLayout.model_validate(values)
