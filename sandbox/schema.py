"""What the org knows of its objects and fields; the same model serves writes, SOQL, Bulk and describe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

FieldType = Literal[
    "id",
    "string",
    "textarea",
    "boolean",
    "int",
    "double",
    "currency",
    "percent",
    "date",
    "datetime",
    "time",
    "picklist",
    "multipicklist",
    "reference",
    "email",
    "phone",
    "url",
    "address",
    "location",
    "base64",
    "combobox",
    "encryptedstring",
    "anyType",
]
"""`type` as a describe call gives it."""


@dataclass(frozen=True, slots=True)
class PicklistValue:
    """One value of a picklist."""

    value: str
    label: str
    active: bool = True
    default: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object; `recorded` holds the rest of a recorded describe, word for word.

    A field with a `formula` has no place in the table of its object: it is worked out when it is read.
    `compound` names the address or person name that the field is a part of; `blank_as_zero` is how its formula takes
    empty numbers; `starting_number` is the first of an `auto_number` (`PTP-{000000}`).
    """

    name: str
    label: str
    type: FieldType
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    custom: bool = False
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False
    id_lookup: bool = False
    restricted_picklist: bool = False
    picklist: tuple[PicklistValue, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    child_relationship_name: str | None = None
    cascade_delete: bool = False
    restricted_delete: bool = False
    formula: str | None = None
    blank_as_zero: bool = False
    auto_number: str | None = None
    starting_number: int = 1
    name_field: bool = False
    compound: str | None = None
    long_text: bool = False
    default_formula: str | None = None
    default_value: object = None
    help_text: str | None = None
    description: str | None = None
    recorded: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """Seen from the parent: `relationship_name` is what a subquery selects from."""

    child: str
    field: str
    relationship_name: str
    cascade_delete: bool = False
    restricted_delete: bool = False


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """A rule whose formula must not be true when a record is saved."""

    name: str
    formula: str
    message: str
    display_field: str | None = None


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type of an object."""

    id: str
    developer_name: str
    label: str
    active: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class SObject:
    """One object with its fields in describe order; `field` finds one whatever its case."""

    name: str
    label: str
    label_plural: str
    key_prefix: str
    fields: tuple[Field, ...]
    custom: bool = False
    children: tuple[ChildRelationship, ...] = ()
    record_types: tuple[RecordType, ...] = ()
    validation_rules: tuple[ValidationRule, ...] = ()
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    recorded: Mapping[str, object] = field(default_factory=dict)
    _fields: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    _relationships: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lookups = {each.relationship_name.lower(): each for each in self.fields if each.relationship_name}
        object.__setattr__(self, "_fields", {each.name.lower(): each for each in self.fields})
        object.__setattr__(self, "_relationships", lookups)

    def field(self, name: str) -> Field | None:
        """Find a field by name, as Salesforce does: whatever its case; None when there is none."""
        return self._fields.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """Find the lookup whose relationship name is `name` (`Owner`, `Lease_Account__r`), whatever its case."""
        return self._relationships.get(name.lower())

    @property
    def name_field(self) -> Field | None:
        """The field that names a record to people (`Name`, `CaseNumber`); None when the object has none."""
        return next((each for each in self.fields if each.name_field), None)


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set: the fields that it shows (`Case.Days__c`), and the custom permissions that it gives.

    `for_programs` says that it lets its user call the API; `group_of` names the sets that a group is made of.
    """

    name: str
    label: str
    fields: frozenset[str] = frozenset()
    custom_permissions: frozenset[str] = frozenset()
    for_programs: bool = False
    group_of: tuple[str, ...] = ()


class Schema:
    """All objects of the org, found by name whatever its case, or by the first three characters of an id.

    Who holds it sees what a deployment brings: `become` changes it in place.
    """

    def __init__(self, objects: Iterable[SObject], *, permission_sets: Iterable[PermissionSet] = ()) -> None:
        self.permission_sets = tuple(permission_sets)
        self._by_name = {each.name.lower(): each for each in objects}
        self._by_prefix = {each.key_prefix: each for each in self._by_name.values() if each.key_prefix}

    def become(self, other: Schema) -> None:
        """Take over all that another schema knows."""
        self.permission_sets = other.permission_sets
        self._by_name = {each.name.lower(): each for each in other}
        self._by_prefix = {each.key_prefix: each for each in other if each.key_prefix}

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._by_name.values())

    def get(self, name: str) -> SObject | None:
        return self._by_name.get(name.lower())

    def by_id(self, record_id: str) -> SObject | None:
        return self._by_prefix.get(record_id[:3])
