"""The SELECT list of a query for records: its columns, and the shape of the answer."""

from __future__ import annotations

from collections.abc import Iterator

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import Field
from drawbar.sandbox.soql.columns import Column
from drawbar.sandbox.soql.functions import is_display
from drawbar.sandbox.soql.scope import Parent, Scope
from drawbar.sandbox.soql.shapes import Address, Children, Leaf, RecordShape
from drawbar.sandbox.soql.sql import Sql, listed
from drawbar.sandbox.soql.syntax import Call, Path, Query, Selected
from drawbar.sandbox.soql.values import format_reader, json_reader, label_reader

MOST_WITH_FIELDS = 200
READERS = {"TOLABEL": label_reader, "FORMAT": format_reader, "CONVERTCURRENCY": json_reader}


class SelectList:
    """The columns of an SQL SELECT, each once."""

    def __init__(self) -> None:
        self._positions: dict[Sql, int] = {}

    def index(self, sql: Sql) -> int:
        """Give the position of a column, which is added when it is new."""
        return self._positions.setdefault(sql, len(self._positions))

    @property
    def sql(self) -> Sql:
        return listed(self._positions)

    def numbered(self) -> Sql:
        """The columns under the names c0, c1 …"""
        return listed(sql + f" AS c{position}" for sql, position in self._positions.items())


class RecordSelection:
    """Collects what a query selects of one object and its parents."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self.scope = scope
        self.columns = SelectList()
        self.shape = RecordShape(scope.sobject.name, self.columns.index(scope.table.id))
        self._query = query

    def add(self, selected: Selected) -> None:
        """Add one item of the SELECT list; a field may be selected once only."""
        operand = selected.operand
        if isinstance(operand, Call) and not is_display(operand):
            self._add_all(operand)
        elif isinstance(operand, Call):
            self._add_shown(operand, selected.alias)
        elif selected.alias is not None:
            raise self._malformed(operand, "only aggregate expressions use field aliasing")
        else:
            self._add_path(operand)

    def add_children(self, key: str, position: int) -> None:
        """Keep the place of a child subquery."""
        self._put(self.shape, key, Children(), position)

    def _add_all(self, call: Call) -> None:
        for name in self._fields(call):
            self._add_path(Path((name,), call.position))

    def _fields(self, call: Call) -> Iterator[str]:
        """List the fields of `FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`."""
        which = str(call.arguments[0]).upper() if len(call.arguments) == 1 else ""
        if call.name.upper() != "FIELDS" or which not in {"ALL", "STANDARD", "CUSTOM"}:
            raise self._malformed(call, f"Invalid function: {call}")
        if which != "STANDARD" and (self._query.limit is None or self._query.limit > MOST_WITH_FIELDS):
            message = f"The SOQL FIELDS function must have a LIMIT of at most {MOST_WITH_FIELDS}"
            raise SalesforceError("MALFORMED_QUERY", message)
        for each in self.scope.sobject.fields:
            if each.type != "location" and (which == "ALL" or each.custom == (which == "CUSTOM")):
                yield each.name

    def _add_shown(self, call: Call, alias: str | None) -> None:
        argument = call.arguments[0] if len(call.arguments) == 1 else None
        if not isinstance(argument, Path):
            raise self._malformed(call, f"{call.name} takes one field")
        column = self.scope.column(argument)
        leaf = Leaf(self.columns.index(column.sql), READERS[call.name.upper()](column.field))
        shape = self.shape if alias else self._parent_shape(argument)
        self._put(shape, alias or column.name, leaf, call.position)

    def _add_path(self, path: Path) -> None:
        column = self.scope.column(path)
        shape = self._parent_shape(path)
        if column.field.type == "location":
            raise self.scope.context.refusals.no_column(path.position, column.name, column.entity)
        leaf = self._address(path, column.field) if column.field.type == "address" else self._leaf(column)
        self._put(shape, column.name, leaf, path.position)

    def _leaf(self, column: Column) -> Leaf:
        return Leaf(self.columns.index(column.sql), json_reader(column.field))

    def _address(self, path: Path, field: Field) -> Address:
        names = self.scope.names_of(path)[:-1]
        sobject = self.scope.parent(names, path.position).tables[0].sobject
        prefix = field.name.removesuffix("Address")
        parts = (each for each in sobject.fields if each.compound == field.name)
        return Address(tuple(self._part(names, each, prefix, path.position) for each in parts))

    def _part(self, names: tuple[str, ...], part: Field, prefix: str, position: int) -> tuple[str, Leaf]:
        key = part.name.removeprefix(prefix)
        return key[0].lower() + key[1:], self._leaf(self.scope.column(Path((*names, part.name), position)))

    def _parent_shape(self, path: Path) -> RecordShape:
        """Find or make the object of the answer that the last parent of a path becomes."""
        shape = self.shape
        names = self.scope.names_of(path)[:-1]
        for depth in range(1, len(names) + 1):
            parent = self.scope.parent(names[:depth], path.position)
            member = shape.members.setdefault(parent.relationship_name, self._new_shape(parent))
            if not isinstance(member, RecordShape):
                raise self._duplicate(path.position, parent.relationship_name)
            shape = member
        return shape

    def _new_shape(self, parent: Parent) -> RecordShape:
        id_index = self.columns.index(parent.id)
        if parent.polymorphic:
            return RecordShape("Name", id_index, self.columns.index(parent.type_name))
        return RecordShape(parent.tables[0].sobject.name, id_index)

    def _put(self, shape: RecordShape, key: str, member: Leaf | Address | Children, position: int) -> None:
        if key in shape.members:
            raise self._duplicate(position, key)
        shape.members[key] = member

    def _duplicate(self, position: int, key: str) -> SalesforceError:
        return self.scope.context.refusals.invalid_field(position, f"duplicate field selected: {key}")

    def _malformed(self, operand: Path | Call, message: str) -> SalesforceError:
        return self.scope.context.refusals.malformed(operand.position, message)
