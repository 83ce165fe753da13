"""Reads one row of a request: every value checked by its field, every parent noted for the look-up that follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.schema import Field, SObject
from drawbar.sandbox.values import Stored, UnreadableBody, reference
from drawbar.sandbox.writing.plan import MASTER_RECORD_TYPE, ParentSlot, Plan


@dataclass(frozen=True, slots=True)
class ParentKey:
    """A parent that a row names by one of the parent's keys."""

    lookup: Field
    target: SObject
    key: Field
    value: Stored


@dataclass(slots=True)
class Draft:
    """One row on its way into the org.

    `given` is what the row says, `before` the record as it is (None for a new one), `values` what will be written.
    The first step that finds `errors` is the last one for the row.
    """

    given: dict[str, Stored] = field(default_factory=dict)
    parents: list[ParentKey] = field(default_factory=list)
    record_id: str | None = None
    before: dict[str, Stored] | None = None
    values: dict[str, Stored] = field(default_factory=dict)
    errors: list[SalesforceError] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.before is None

    def after(self, name: str) -> Stored:
        """Tell what a field will hold."""
        if name in self.values:
            return self.values[name]
        return self.before.get(name) if self.before else None


def read_row(plan: Plan, row: Mapping[str, object]) -> Draft:
    """Read a row into a draft; what is wrong with it is in the draft's errors.

    Raises UnreadableBody when a JSON value has a type that its field cannot take.
    """
    draft = Draft()
    for name, value in row.items():
        if name == "attributes":
            continue
        try:
            _read_value(plan, draft, name, value)
        except UnreadableBody:
            raise
        except SalesforceError as refusal:
            draft.errors.append(refusal)
    return draft


def _read_value(plan: Plan, draft: Draft, name: str, value: object) -> None:
    if value is None or isinstance(value, dict):
        parent = plan.parent(name)
        if parent is not None:
            _read_parent(plan, draft, parent, value)
            return
    slot = plan.slot(name)
    if slot.field.type == "id":
        _read_id(draft, value)
    elif value is None or (value == "" and slot.field.type == "boolean"):
        draft.given[slot.field.name] = _nothing(slot.field)
    elif slot.convert is None:
        found = reference(slot.field, value, plan.source)
        draft.given[slot.field.name] = None if found == MASTER_RECORD_TYPE else found
    else:
        draft.given[slot.field.name] = slot.convert(value)


def _nothing(field: Field) -> Stored:
    if field.type == "boolean":
        message = f"{field.label}: value not of required type: "
        raise SalesforceError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, fields=(field.name,))
    return None


def _read_id(draft: Draft, value: object) -> None:
    if value is None or value == "":
        return
    found = full_id(value) if isinstance(value, str) else None
    if found is None:
        raise SalesforceError("MALFORMED_ID", f"Record ID: id value of incorrect type: {value}", fields=("Id",))
    draft.record_id = found


def _read_parent(plan: Plan, draft: Draft, parent: ParentSlot, value: Mapping[str, object] | None) -> None:
    if value is None:
        draft.given[parent.field.name] = None
        return
    keys = {name: key for name, key in value.items() if name not in {"attributes", "type"}}
    if len(keys) != 1:
        names = ", ".join(sorted(keys)) or "none"
        message = f"{parent.field.relationship_name} must name one external id field of its parent, not {names}"
        raise SalesforceError("INVALID_FIELD", message)
    ((name, key_value),) = keys.items()
    draft.parents.append(_parent_key(plan, parent, _wanted_type(value), name, key_value))


def _wanted_type(value: Mapping[str, object]) -> object:
    attributes = value.get("attributes")
    return attributes.get("type") if isinstance(attributes, Mapping) else value.get("type")


def _parent_key(plan: Plan, parent: ParentSlot, wanted_type: object, name: str, value: object) -> ParentKey:
    for target in parent.targets:
        key = target.field(name)
        if key is None or wanted_type not in {None, target.name}:
            continue
        if not (key.external_id or key.id_lookup):
            message = f"{name} is no external ID or indexed field of {target.name}"
            raise SalesforceError("INVALID_FIELD", message)
        if key.type == "id":
            return ParentKey(parent.field, target, key, reference(key, value, "json"))
        return ParentKey(parent.field, target, key, None if value is None else plan.key_converter(target, key)(value))
    targets = " or ".join(each.name for each in parent.targets)
    raise SalesforceError("INVALID_FIELD", f"No such column '{name}' on sobject of type {targets}")
