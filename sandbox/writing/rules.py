"""The formulas that a save runs: defaults of new records and validation rules."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.formula import Formula, parse_formula
from drawbar.sandbox.formula.sqlite import from_stored, path_of, to_stored
from drawbar.sandbox.schema import Field, Schema, SObject, ValidationRule
from drawbar.sandbox.tables import kept_fields, quoted, table_name
from drawbar.sandbox.values import Stored
from drawbar.sandbox.writing.rows import Draft


@dataclass(frozen=True, slots=True)
class Moment:
    """When, by whom and over which connection a save happens."""

    connection: sqlite3.Connection
    now: datetime
    user_id: str
    permissions: frozenset[str] = frozenset()

    @property
    def user(self) -> Mapping[str, object]:
        return {"$User.Id": self.user_id, **dict.fromkeys(self.permissions, True)}


class DefaultFormulas:
    """The default values of an object's fields that are formulas."""

    def __init__(self, sobject: SObject) -> None:
        self._formulas = [
            (each, parse_formula(each.default_formula))
            for each in sobject.fields
            if each.default_formula and not each.formula
        ]

    def values(self, moment: Moment) -> dict[str, Stored]:
        """Work the defaults out, as columns."""
        return {
            field.name: to_stored(field.type, field.scale, formula.evaluate({}, now=moment.now, user=moment.user))
            for field, formula in self._formulas
        }


@dataclass(frozen=True, slots=True)
class _Row:
    """A record as columns, saved or about to be."""

    sobject: SObject
    columns: Mapping[str, Stored]


class ValidationRules:
    """The active validation rules of an object; empty numbers stay empty in them."""

    def __init__(self, sobject: SObject, schema: Schema) -> None:
        self._sobject = sobject
        self._schema = schema
        self._rules = [(rule, parse_formula(rule.formula)) for rule in sobject.validation_rules]

    @property
    def ask_permissions(self) -> bool:
        """Whether some rule asks which custom permissions the user has."""
        return any(name.lower().startswith("$permission.") for _, each in self._rules for name in each.globals)

    def check(self, draft: Draft, moment: Moment) -> None:
        """Refuse a draft for every rule whose condition is true."""
        if not self._rules:
            return
        row = _Row(self._sobject, {**(draft.before or {}), **draft.values})
        for rule, formula in self._rules:
            if self._violates(rule, formula, row, draft, moment):
                fields = (rule.display_field,) if rule.display_field else ()
                draft.errors.append(SalesforceError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, fields=fields))

    def _violates(self, rule: ValidationRule, formula: Formula, row: _Row, draft: Draft, moment: Moment) -> bool:
        try:
            return self._evaluate(formula, row, moment, before=draft.before, is_new=draft.is_new) is True
        except FormulaError as problem:
            message = f"The validation rule {rule.name} cannot be worked out: {problem}"
            draft.errors.append(SalesforceError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message))
            return False

    def _evaluate(
        self,
        formula: Formula,
        row: _Row,
        moment: Moment,
        *,
        before: Mapping[str, Stored] | None = None,
        is_new: bool = False,
        blank_as_zero: bool = False,
    ) -> object:
        own = [each for each in map(row.sobject.field, formula.fields) if each is not None]
        prior = None if before is None else {each.name: from_stored(each.type, before.get(each.name)) for each in own}
        return formula.evaluate(
            {each.name: self._field(each, row, moment) for each in own},
            now=moment.now,
            user=moment.user,
            is_new=is_new,
            prior=prior,
            resolve=lambda reference: self._at(path_of(reference), row, moment),
            blank_as_zero=blank_as_zero,
        )

    def _field(self, field: Field, row: _Row, moment: Moment) -> object:
        if field.formula is None:
            return from_stored(field.type, row.columns.get(field.name))
        return self._evaluate(parse_formula(field.formula), row, moment, blank_as_zero=field.blank_as_zero)

    def _at(self, path: tuple[str, ...], row: _Row, moment: Moment) -> object:
        """Follow a path (`Lease_Account__r`, `Portfolio__c`) to its value; nothing when a parent is missing."""
        if len(path) == 1:
            field = row.sobject.field(path[0])
            if field is None:
                raise FormulaError(f"Field {path[0]} does not exist on {row.sobject.name}")
            return self._field(field, row, moment)
        lookup = row.sobject.relationship(path[0])
        if lookup is None:
            raise FormulaError(f"Relationship {path[0]} does not exist on {row.sobject.name}")
        parent = self._parent(row.columns.get(lookup.name), moment)
        return None if parent is None else self._at(path[1:], parent, moment)

    def _parent(self, parent_id: Stored, moment: Moment) -> _Row | None:
        sobject = self._schema.by_id(parent_id) if isinstance(parent_id, str) else None
        if sobject is None:
            return None
        names = [each.name for each in kept_fields(sobject)]
        found = moment.connection.execute(
            f'SELECT {", ".join(map(quoted, names))} FROM {quoted(table_name(sobject))} WHERE "Id" = ?',  # noqa: S608 - names of the schema
            (parent_id,),
        ).fetchone()
        return None if found is None else _Row(sobject, dict(zip(names, found, strict=True)))
