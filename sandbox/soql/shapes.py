"""The shape of an answer: which column of a row becomes which member of which object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from drawbar.sandbox.soql.values import Read

Record: TypeAlias = dict[str, object]
Row: TypeAlias = Sequence[object]
Related: TypeAlias = Mapping[str, Mapping[object, list[Record]]]
"""Child records by the key of their subquery and the id of their parent."""
Build: TypeAlias = Callable[[Row, Related], Record | None]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value from one column."""

    index: int
    read: Read


@dataclass(frozen=True, slots=True)
class Address:
    """A compound address, from a column for each of its parts; null when all parts are."""

    parts: tuple[tuple[str, Leaf], ...]


@dataclass(frozen=True, slots=True)
class Children:
    """The place of a child subquery."""


@dataclass(slots=True)
class RecordShape:
    """An object of the answer; `type_index` says where its type stands when rows differ in it."""

    type_name: str
    id_index: int
    type_index: int | None = None
    members: dict[str, Leaf | Address | Children | RecordShape] = field(default_factory=dict)

    def builder(self, sobjects_url: str) -> Build:
        """Give the function that makes a record of a row; a parent that is absent becomes null."""
        setters = [_setter(key, member, self, sobjects_url) for key, member in self.members.items()]
        type_name, id_index, type_index = self.type_name, self.id_index, self.type_index

        def build(row: Row, related: Related) -> Record | None:
            record_id = row[id_index]
            if record_id is None:
                return None
            url_type = type_name if type_index is None else row[type_index]
            record: Record = {"attributes": {"type": type_name, "url": f"{sobjects_url}/{url_type}/{record_id}"}}
            for setter in setters:
                setter(record, row, related)
            return record

        return build

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, Leaf | Address | Children]]:
        """Give the values with their paths (`Account.Name`), in order, for a flat file."""
        for key, member in self.members.items():
            if isinstance(member, RecordShape):
                yield from member.leaves(f"{prefix}{key}.")
            else:
                yield prefix + key, member


_Setter: TypeAlias = Callable[[Record, Row, Related], None]


def _setter(key: str, member: Leaf | Address | Children | RecordShape, shape: RecordShape, url: str) -> _Setter:
    if isinstance(member, Leaf):
        return _leaf_setter(key, member)
    if isinstance(member, RecordShape):
        return _parent_setter(key, member.builder(url))
    return _address_setter(key, member) if isinstance(member, Address) else _children_setter(key, shape.id_index)


def _leaf_setter(key: str, leaf: Leaf) -> _Setter:
    index, read = leaf.index, leaf.read

    def setter(record: Record, row: Row, _related: Related) -> None:
        record[key] = read(row[index])

    return setter


def _parent_setter(key: str, build: Build) -> _Setter:
    def setter(record: Record, row: Row, related: Related) -> None:
        record[key] = build(row, related)

    return setter


def _address_setter(key: str, address: Address) -> _Setter:
    def setter(record: Record, row: Row, _related: Related) -> None:
        parts = {name: leaf.read(row[leaf.index]) for name, leaf in address.parts}
        record[key] = parts if any(part is not None for part in parts.values()) else None

    return setter


def _children_setter(key: str, id_index: int) -> _Setter:
    def setter(record: Record, row: Row, related: Related) -> None:
        found = related[key].get(row[id_index])
        record[key] = {"totalSize": len(found), "done": True, "records": found} if found else None

    return setter


@dataclass(frozen=True, slots=True)
class GroupShape:
    """A row of a grouped query."""

    members: tuple[tuple[str, Leaf], ...]

    def build(self, row: Row) -> Record:
        """Make the record of a group."""
        values = {key: leaf.read(row[leaf.index]) for key, leaf in self.members}
        return {"attributes": {"type": "AggregateResult"}, **values}
