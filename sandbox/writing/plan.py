"""What the org knows about writing one object, worked out once: how each name in a row is read and what is required."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import Field, Schema, SObject
from drawbar.sandbox.tables import kept_fields, table_name
from drawbar.sandbox.values import Convert, Source, converter

MASTER_RECORD_TYPE = "012000000000000AAA"


@dataclass(frozen=True, slots=True)
class Slot:
    """How a row's value of one field is read. `convert` is None for references, which are looked up together."""

    field: Field
    convert: Convert | None


@dataclass(frozen=True, slots=True)
class ParentSlot:
    """A lookup whose parent a row may give by one of the parent's own keys (`Lease_Account__r`)."""

    field: Field
    targets: tuple[SObject, ...]


class Plan:
    """How rows of one object are written."""

    def __init__(self, sobject: SObject, schema: Schema, source: Source) -> None:
        self.sobject = sobject
        self.schema = schema
        self.source: Source = source
        self.table = table_name(sobject)
        self.columns = tuple(each.name for each in kept_fields(sobject))
        self._slots = {each.name: Slot(each, _convert(each, source)) for each in sobject.fields}
        self._lower = {name.lower(): slot for name, slot in self._slots.items()}
        self._parents = {
            each.relationship_name.lower(): ParentSlot(each, _targets(each, schema))
            for each in sobject.fields
            if each.relationship_name and each.type == "reference"
        }
        self._key_converters: dict[tuple[str, str], Convert] = {}
        self.fixed_at_creation = frozenset(each.name for each in sobject.fields if not each.createable)
        self.fixed_afterwards = frozenset(each.name for each in sobject.fields if not each.updateable)
        self.required = tuple(each for each in kept_fields(sobject) if _is_required(each))
        self.unique = tuple(each for each in kept_fields(sobject) if each.unique)
        self.numbered = tuple(each for each in sobject.fields if each.auto_number)
        self.references: Mapping[str, Field] = {each.name: each for each in sobject.fields if each.type == "reference"}

    def key_converter(self, target: SObject, key: Field) -> Convert:
        """Give what reads a parent's key; it may be text even where the key is a number."""
        found = self._key_converters.get((target.name, key.name))
        if found is None:
            found = self._key_converters[target.name, key.name] = converter(key, "csv")
        return found

    def slot(self, name: str) -> Slot:
        """Find how a field is read; INVALID_FIELD when the object has no such field."""
        found = self._slots.get(name) or self._lower.get(name.lower())
        if found is None:
            raise no_such_column(name, self.sobject)
        return found

    def parent(self, name: str) -> ParentSlot | None:
        """Find the lookup that a nested parent stands for; None when the name is no relationship."""
        return self._parents.get(name.lower())

    def key(self, name: str) -> Field:
        """Find the external id field that rows are matched by; NOT_FOUND when there is none of this name."""
        field = self.sobject.field(name)
        if field is None or not (field.external_id or field.id_lookup):
            message = f"Provided external ID field does not exist or is not accessible: {name}"
            raise SalesforceError("NOT_FOUND", message, status=404)
        return field


def no_such_column(name: str, sobject: SObject) -> SalesforceError:
    """The refusal of a field that the object does not have."""
    return SalesforceError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")


def _convert(field: Field, source: Source) -> Convert | None:
    return None if field.type in {"reference", "id"} else converter(field, source)


def _targets(field: Field, schema: Schema) -> tuple[SObject, ...]:
    found = (schema.get(each) for each in field.reference_to)
    return tuple(each for each in found if each is not None)


def _is_required(field: Field) -> bool:
    return not field.nillable and field.createable and field.type != "boolean"
