"""Writes records as JSON text that keeps the type of every value, and reads them back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from xxhash import xxh3_64_intdigest

from drawbar.middleware.records import Reference, Scalar, TargetRecord

Columns = Mapping[str, Scalar | Reference]
"""Fields and parents of a record under one roof, keyed by the target's names."""

_REMEMBERED = 16_384
"""Days and instants whose text is kept: a delivery repeats the same few a million times."""

_NO_PARENT = Reference("", "")


@dataclass(frozen=True, slots=True)
class Written:
    """A record whose values are put into words: its text for the outbox and its hash cost each value only once."""

    form: _Form
    words: Sequence[str]

    @property
    def fields(self) -> str:
        """All columns, as `encode` writes them."""
        return self.form.template % tuple(self.words)

    @property
    def columns(self) -> str:
        """The names of the columns in order, with tabs between."""
        return self.form.columns

    @property
    def digest(self) -> int:
        """The xxh3-64 of what makes the record what it is: equal values, written alike, give equal hashes."""
        told = [self.words[position] for position in self.form.told]
        return xxh3_64_intdigest("\n".join([self.form.columns, *told]).encode("utf-8", "surrogatepass"))


def write(columns: Columns, *, bookkeeping: frozenset[str] = frozenset()) -> Written:
    """Put a record's values into words; `bookkeeping` names columns that do not count for its hash."""
    form = _form(tuple(columns), bookkeeping)
    values = [columns[name] for name in form.order]
    return Written(form, ["null" if value is None else _WORDS.get(type(value), _any)(value) for value in values])


def encode(columns: Columns) -> str:
    """Give compact JSON with sorted keys: equal records give equal text."""
    return write(columns).fields


def decode(text: str) -> dict[str, Scalar | Reference]:
    """Read what `encode` wrote."""
    columns: dict[str, Any] = json.loads(text)
    for name, value in columns.items():
        if type(value) is dict:  # no word of JSON: a mapping with one entry, whose name tells the type
            ((kind, told),) = value.items()
            columns[name] = _DECODERS[kind](told)
    return columns


def columns_of(record: TargetRecord) -> dict[str, Scalar | Reference]:
    """Put fields and parents of a record under one roof."""
    parents = {name: reference or _NO_PARENT for name, reference in record.references.items()}
    return {**record.fields, **parents}


def to_record(object_name: str, key: str, parent: str, columns: Columns) -> TargetRecord:
    """Take fields and parents apart again."""
    references: dict[str, Reference | None] = {}
    fields: dict[str, Scalar] = {}
    for name, value in columns.items():
        if isinstance(value, Reference):
            references[name] = None if value == _NO_PARENT else value
        else:
            fields[name] = value
    return TargetRecord(object_name, key, fields, references, parent)


def encode_refused(record: TargetRecord, operation: str) -> str:
    """Give a refused record as its dead letter keeps it: all that is needed to send it again."""
    return encode({"$operation": operation, "$lock": record.parent, **columns_of(record)})


def decode_refused(object_name: str, key: str, payload: str) -> tuple[str, TargetRecord]:
    """Read operation and record from what `encode_refused` wrote."""
    columns = decode(payload)
    operation, parent = str(columns.pop("$operation")), str(columns.pop("$lock"))
    return operation, to_record(object_name, key, parent, columns)


@dataclass(frozen=True, slots=True)
class _Form:
    """How all records with the same columns are written: their order, the text around their values, what counts."""

    order: tuple[str, ...]
    columns: str
    template: str
    told: tuple[int, ...]


@lru_cache(512)
def _form(names: tuple[str, ...], bookkeeping: frozenset[str]) -> _Form:
    order = tuple(sorted(names))
    places = ",".join(f"{_quoted(name)}:".replace("%", "%%") + "%s" for name in order)
    told = tuple(position for position, name in enumerate(order) if name not in bookkeeping)
    return _Form(order, "\t".join(order), f"{{{places}}}", told)


_quoted = json.encoder.encode_basestring

_any = json.JSONEncoder(ensure_ascii=False).encode


def _instant_word(value: datetime) -> str:
    return f'{{"$instant":"{value.isoformat()}"}}'


_utc_word = lru_cache(_REMEMBERED)(_instant_word)
"""Instants that are equal have one text only where their zone is the same, so the others are not remembered."""

_WORDS: Mapping[type, Callable[[Any], str]] = {
    str: _quoted,
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    # Bound methods of the texts, because a million rows hold thirty values each and these run without a Python frame.
    Decimal: '{"$decimal":"%s"}'.__mod__,
    date: lru_cache(_REMEMBERED)('{"$date":"%s"}'.__mod__),
    datetime: lambda value: _utc_word(value) if value.tzinfo is UTC else _instant_word(value),
    Reference: lambda value: f'{{"$parent":[{_quoted(value.object)},{_quoted(value.key)}]}}',
}
"""By exact type; what JSON knows itself in other types, such as a word of an enumeration, is left to `json`."""


_DECODERS: Mapping[str, Callable[[Any], Scalar | Reference]] = {
    "$decimal": Decimal,
    "$instant": lru_cache(_REMEMBERED)(datetime.fromisoformat),
    "$date": lru_cache(_REMEMBERED)(date.fromisoformat),
    "$parent": lambda pair: Reference(*pair),
}
