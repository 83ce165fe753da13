"""The tables of one SELECT: its object, and a join for every parent that a path goes through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from drawbar.sandbox.computed import ParentColumn, computed_columns
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.formula.formula import parse_formula
from drawbar.sandbox.formula.sqlite import formula_call, path_of, record_references
from drawbar.sandbox.schema import Field, Schema, SObject
from drawbar.sandbox.soql.columns import Column
from drawbar.sandbox.soql.refusals import QueryRefusals
from drawbar.sandbox.soql.sql import Sql, listed, quoted
from drawbar.sandbox.soql.syntax import Path, Source
from drawbar.sandbox.tables import table_name

LONGEST_PATH = 5
DEEPEST_FORMULA = 20
"""Formulas that use formulas; a real org limits the compiled size instead."""


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What all parts of one compilation share."""

    schema: Schema
    now: datetime
    user_id: str
    include_deleted: bool
    refusals: QueryRefusals
    numbers: Iterator[int] = field(default_factory=count)

    def object_named(self, source: Source) -> SObject:
        """Find the object of FROM; INVALID_TYPE when the org has none."""
        found = self.schema.get(source.name)
        if found is None:
            raise self.refusals.no_object(source.position, source.name)
        return found

    @property
    def moment(self) -> datetime:
        return self.now.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Table:
    """One object in FROM, under its alias; `joined` when it is a parent and may be absent."""

    sobject: SObject
    alias: str
    joined: bool = False

    def column(self, name: str) -> str:
        return f"{self.alias}.{quoted(name)}"

    @property
    def id(self) -> Sql:
        return Sql(self.column("Id"))


@dataclass(frozen=True, slots=True)
class Parent:
    """The tables that a relationship leads to: one, or one for each object that a polymorphic lookup may name."""

    tables: tuple[Table, ...]
    relationship_name: str = ""

    @property
    def polymorphic(self) -> bool:
        return len(self.tables) > 1

    @property
    def id(self) -> Sql:
        return _coalesce([table.id for table in self.tables])

    @property
    def type_name(self) -> Sql:
        """The name of the object that the lookup names in this row."""
        cases = (Sql(f"WHEN {table.id.text} IS NOT NULL THEN ?", (table.sobject.name,)) for table in self.tables)
        return listed(cases, " ").wrapped("CASE ", " END")


class Scope:
    """Resolves the paths of one SELECT and collects the joins that they need."""

    def __init__(self, context: QueryContext, sobject: SObject, alias: str | None = None) -> None:
        self.context = context
        self.sobject = sobject
        self.table = Table(sobject, self._new_alias())
        self._own_names = {sobject.name.lower(), (alias or sobject.name).lower()}
        self._parents: dict[tuple[str, ...], Parent] = {(): Parent((self.table,))}
        self._joins: list[str] = []

    @property
    def from_clause(self) -> str:
        return " ".join([f"FROM {quoted(table_name(self.sobject))} AS {self.table.alias}", *self._joins])

    def names_of(self, path: Path) -> tuple[str, ...]:
        """Give the names of a path without the object's own name or alias (`Account.Name` of an Account)."""
        names = path.names
        if len(names) > 1 and names[0].lower() in self._own_names and self.sobject.relationship(names[0]) is None:
            return names[1:]
        return names

    def column(self, path: Path) -> Column:
        """Find the field that a path names; INVALID_FIELD when a part of it is unknown."""
        names = self.names_of(path)
        parent = self.parent(names[:-1], path.position)
        column = self._member(parent, names[:-1], names[-1])
        if column is None:
            entity = "Name" if parent.polymorphic else parent.tables[0].sobject.name
            raise self.context.refusals.no_column(path.position, names[-1], entity)
        return column

    def parent(self, names: tuple[str, ...], position: int) -> Parent:
        """Join the parents along `names`, each once however often it is named."""
        if len(names) > LONGEST_PATH:
            message = f"SOQL statements cannot query more than {LONGEST_PATH} levels of parent relationships"
            raise self.context.refusals.invalid_field(position, message)
        key = tuple(name.lower() for name in names)
        if key not in self._parents:
            child = self.parent(names[:-1], position)
            self._parents[key] = self._joined(child, names[-1], position)
        return self._parents[key]

    def _joined(self, child: Parent, name: str, position: int) -> Parent:
        for table in child.tables:
            lookup = table.sobject.relationship(name)
            targets = [] if lookup is None else self._targets(lookup)
            if lookup is not None and targets:
                tables = tuple(self._join(table, lookup, target) for target in targets)
                return Parent(tables, lookup.relationship_name or name)
        raise self.context.refusals.no_relationship(position, name)

    def _targets(self, lookup: Field) -> list[SObject]:
        found = (self.context.schema.get(name) for name in lookup.reference_to)
        return [target for target in found if target is not None]

    def _join(self, table: Table, lookup: Field, target: SObject) -> Table:
        parent = Table(target, self._new_alias(), joined=True)
        condition = f"{parent.id.text} = {table.column(lookup.name)}"
        self._joins.append(f"LEFT JOIN {quoted(table_name(target))} AS {parent.alias} ON {condition}")
        return parent

    def _new_alias(self) -> str:
        return f"t{next(self.context.numbers)}"

    def _member(self, parent: Parent, names: tuple[str, ...], name: str, depth: int = 0) -> Column | None:
        if parent.polymorphic and name.lower() == "type":
            return Column(Field("Type", "Type", "string"), parent.type_name)
        found = [(table, known) for table in parent.tables if (known := table.sobject.field(name)) is not None]
        if not found:
            return None
        pieces = [self._stored(table, known, names, depth) for table, known in found]
        return Column(found[0][1], _coalesce(pieces), entity=found[0][0].sobject.name)

    def _stored(self, table: Table, known: Field, names: tuple[str, ...], depth: int) -> Sql:
        shown = computed_columns(table.sobject).get(known.name)
        if shown is not None:
            return _of_parent(table, shown)
        if known.formula is None:
            return Sql(table.column(known.name))
        worked_out = self._formula(known, known.formula, names, depth)
        if table.joined:
            return worked_out.wrapped(f"CASE WHEN {table.id.text} IS NOT NULL THEN ", " END")
        return worked_out

    def _formula(self, known: Field, text: str, names: tuple[str, ...], depth: int) -> Sql:
        if depth > DEEPEST_FORMULA:
            raise SalesforceError(
                "INVALID_FIELD", f"The formula of {known.name} refers to itself", fields=(known.name,)
            )
        arguments = {}
        for reference in sorted(record_references(parse_formula(text))):
            column = self._referenced(reference, names, depth)
            if column is None:
                message = f"The formula of {known.name} refers to the unknown field {reference}"
                raise SalesforceError("INVALID_FIELD", message, fields=(known.name,))
            arguments[reference] = column
        types = {reference: column.field.type for reference, column in arguments.items()}
        specification = formula_call(known, types, now=self.context.moment, user_id=self.context.user_id)
        pieces = [Sql("?", (specification,)), *(column.sql for column in arguments.values())]
        return listed(pieces).wrapped("formula_value(", ")")

    def _referenced(self, reference: str, names: tuple[str, ...], depth: int) -> Column | None:
        parts = path_of(reference)
        parent = self.parent((*names, *parts[:-1]), 0)
        return self._member(parent, (*names, *parts[:-1]), parts[-1], depth + 1)


def _of_parent(table: Table, shown: ParentColumn) -> Sql:
    found = (
        f'SELECT p.{quoted(shown.column)} FROM {quoted(shown.parent)} AS p WHERE p."Id" = {table.column(shown.lookup)}'  # noqa: S608 - names of the schema
    )
    return Sql(f"({found})")


def _coalesce(pieces: list[Sql]) -> Sql:
    return pieces[0] if len(pieces) == 1 else listed(pieces).wrapped("COALESCE(", ")")
