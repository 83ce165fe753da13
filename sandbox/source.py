"""Reads the SFDX source of `salesforce/` and joins it with the standard objects: the schema of the org."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.formula import parse_formula
from drawbar.sandbox.ids import custom_prefix, metadata_id
from drawbar.sandbox.metadata import Element, Metadata, MetadataError, read_metadata
from drawbar.sandbox.schema import (
    ChildRelationship,
    Field,
    FieldType,
    PicklistValue,
    RecordType,
    Schema,
    SObject,
    ValidationRule,
)
from drawbar.sandbox.standard import (
    audit_fields,
    is_deleted,
    lookup,
    minimal_objects,
    owner,
    record_id,
    recorded_objects,
    text,
)

SALESFORCE = Path(__file__).parent.parent / "salesforce"
"""Where the package keeps the org's metadata."""

STANDARD_VALUE_SETS = {
    "CaseStatus": ("Case", "Status"),
    "CaseOrigin": ("Case", "Origin"),
    "CaseReason": ("Case", "Reason"),
    "CaseType": ("Case", "Type"),
    "CasePriority": ("Case", "Priority"),
    "AccountType": ("Account", "Type"),
    "AccountRating": ("Account", "Rating"),
    "AccountOwnership": ("Account", "Ownership"),
    "Industry": ("Account", "Industry"),
    "AccountSource": ("Account", "AccountSource"),
    "LeadSource": ("Contact", "LeadSource"),
    "Salutation": ("Contact", "Salutation"),
}
"""The picklist that each standard value set of the metadata fills."""

TYPES: Mapping[str, FieldType] = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Html": "textarea",
    "Checkbox": "boolean",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Date": "date",
    "DateTime": "datetime",
    "Time": "time",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Lookup": "reference",
    "Hierarchy": "reference",
    "MasterDetail": "reference",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "AutoNumber": "string",
    "EncryptedText": "encryptedstring",
}
"""The type in a describe call of each type of the metadata; roll-up summaries and locations are not played."""

LENGTHS = {"TextArea": 255, "Email": 80, "Phone": 40, "Url": 255, "Picklist": 255, "AutoNumber": 30}
ACTIVITY, TASK = "Activity", "Task"
"""The object of the metadata that has the custom fields of tasks, and the one that shows them."""

REFERENCES = frozenset({"Lookup", "Hierarchy", "MasterDetail"})
FORMULA_TEXT_LENGTH = 1300


def standard_objects() -> dict[str, SObject]:
    """Give the objects that an org has before anything is installed in it, by name."""
    return {each.name: each for each in (*recorded_objects(), *minimal_objects())}


def load_schema(salesforce: Path = SALESFORCE) -> Schema:
    """Read the schema of the org from the SFDX project in `salesforce`; MetadataError when it cannot be played."""
    return schema_of(salesforce)


def schema_of(*projects: Path) -> Schema:
    """Read the schema of an org in which these SFDX projects are installed; MetadataError when it cannot be played."""
    metadata = read_metadata(*projects)
    reader = _Reader(metadata)
    standard = standard_objects()
    taken = {each.key_prefix for each in standard.values()}
    for name in sorted((metadata.object_names | standard.keys()) - {ACTIVITY}):
        known = standard.get(name) or reader.custom_object(name, custom_prefix(name, taken))
        standard[name] = reader.extended(known)
    standard[TASK] = _about(standard[TASK], metadata)
    objects = _with_children(_with_standard_values(standard, metadata).values())
    return Schema(objects, permission_sets=metadata.permission_sets)


def _about(task: SObject, metadata: Metadata) -> SObject:
    """Let tasks be about records of the custom objects that have activities."""
    more = tuple(name for name, element in sorted(metadata.objects.items()) if element.flag("enableActivities"))
    fields = (
        replace(each, reference_to=(*each.reference_to, *more)) if each.name == "WhatId" else each
        for each in task.fields
    )
    return replace(task, fields=tuple(fields))


class _Reader:
    """Turns elements of the metadata into objects and fields."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def custom_object(self, name: str, prefix: str) -> SObject:
        """Make the bare custom object: its name field and what the org adds to every object."""
        element = self._metadata.objects.get(name)
        if element is None or not name.endswith("__c"):
            message = f"{name}: the sandbox plays Account, Contact, Case and custom objects, and does not know this one"
            raise MetadataError(message)
        name_field = _name_field(element.child("nameField"))
        owned = element.text("sharingModel") != "ControlledByParent"
        owners = (owner("Group", "User"),) if owned else ()
        fields = (record_id(), *owners, is_deleted(), name_field, *audit_fields())
        label = element.text("label") or name
        plural = element.text("pluralLabel") or f"{label}s"
        return SObject(name, label, plural, prefix, fields, custom=True)

    def extended(self, known: SObject) -> SObject:
        """Add the custom fields, record types and validation rules that the metadata gives to an object."""
        described = self._metadata.fields[ACTIVITY if known.name == TASK else known.name]
        fields = tuple(self.field(known.name, each) for each in described)
        record_types = tuple(_record_type(known.name, each) for each in self._metadata.record_types[known.name])
        rules = (_validation_rule(known.name, each) for each in self._metadata.validation_rules[known.name])
        if record_types and known.field("RecordTypeId") is None:
            fields = (lookup("RecordTypeId", "RecordType", label="Record Type ID"), *fields)
        return replace(
            known,
            fields=(*known.fields, *fields),
            record_types=record_types,
            validation_rules=tuple(each for each in rules if each is not None),
        )

    def field(self, object_name: str, element: Element) -> Field:
        """Turn the metadata of one custom field into a field of the schema."""
        name, kind = element.text("fullName"), element.text("type")
        if kind not in TYPES:
            message = f"{object_name}.{name}: the sandbox does not play fields of type {kind}"
            raise MetadataError(message)
        shape = _reference(name, element, kind) if kind in REFERENCES else _shape(kind, element)
        formula = element.text("formula")
        required = element.flag("required") or kind in {"MasterDetail", "Checkbox"}
        settings: dict[str, Any] = {
            "custom": True,
            "nillable": not required,
            "unique": element.flag("unique"),
            "case_sensitive": element.flag("caseSensitive"),
            "external_id": element.flag("externalId"),
            "id_lookup": element.flag("externalId"),
            "formula": _formula(f"{object_name}.{name}", formula),
            "blank_as_zero": element.text("formulaTreatBlanksAs") == "BlankAsZero",
            "help_text": element.text("inlineHelpText") or None,
            "description": element.text("description") or None,
            "picklist": self._picklist(element),
            "restricted_picklist": element.flag("valueSet/restricted"),
            **_default(f"{object_name}.{name}", kind, element),
            **shape,
        }
        if formula or kind == "AutoNumber":
            settings |= {"createable": False, "updateable": False, "nillable": bool(formula)}
        return Field(name, element.text("label") or name, TYPES[kind], **settings)

    def _picklist(self, element: Element) -> tuple[PicklistValue, ...]:
        shared = element.text("valueSet/valueSetName")
        if shared:
            if shared not in self._metadata.value_sets:
                message = f"{element.text('fullName')}: there is no global value set {shared}"
                raise MetadataError(message)
            return tuple(map(_picklist_value, self._metadata.value_sets[shared]))
        return tuple(map(_picklist_value, element.children("valueSet/valueSetDefinition/value")))


def _name_field(element: Element | None) -> Field:
    label = (element and element.text("label")) or "Name"
    if element is not None and element.text("type") == "AutoNumber":
        shown = element.text("displayFormat") or "{0}"
        start = int(element.text("startingNumber") or 1)
        locked: dict[str, Any] = {"nillable": False, "createable": False, "updateable": False, "id_lookup": True}
        return text("Name", 80, label, name_field=True, auto_number=shown, starting_number=start, **locked)
    return text("Name", 80, label, name_field=True, id_lookup=True)


def _shape(kind: str, element: Element) -> dict[str, Any]:
    length = int(element.text("length") or LENGTHS.get(kind, 0))
    if kind == "Text" and element.text("formula"):
        length = FORMULA_TEXT_LENGTH
    shape: dict[str, Any] = {"length": length, "long_text": kind in {"LongTextArea", "Html"}}
    if kind in {"Number", "Currency", "Percent"}:
        shape |= {"precision": int(element.text("precision") or 18), "scale": int(element.text("scale") or 0)}
    if kind == "AutoNumber":
        shape |= {"auto_number": element.text("displayFormat") or "{0}"}
        shape |= {"starting_number": int(element.text("startingNumber") or 1)}
    return shape


def _reference(name: str, element: Element, kind: str) -> dict[str, Any]:
    constraint = element.text("deleteConstraint")
    master = kind == "MasterDetail"
    child_name = element.text("relationshipName")
    return {
        "length": 18,
        "reference_to": (element.text("referenceTo"),),
        "relationship_name": name.removesuffix("__c") + "__r",
        "child_relationship_name": f"{child_name}__r" if child_name else None,
        "cascade_delete": master or constraint == "Cascade",
        "restricted_delete": constraint == "Restrict",
        "updateable": not master or element.flag("reparentableMasterDetail"),
    }


def _default(name: str, kind: str, element: Element) -> dict[str, Any]:
    given = element.text("defaultValue")
    if kind == "Checkbox":
        return {"default_value": given.lower() == "true"}
    return {"default_formula": _formula(name, given)}


def _picklist_value(element: Element) -> PicklistValue:
    value = element.text("fullName")
    active = element.text("isActive").lower() != "false"
    label = element.text("label") or value
    return PicklistValue(value, label, active, element.flag("default"), element.flag("closed"))


def _record_type(object_name: str, element: Element) -> RecordType:
    name = element.text("fullName")
    record_type = metadata_id("012", f"{object_name}.{name}")
    return RecordType(record_type, name, element.text("label") or name, active=element.flag("active"))


def _formula(name: str, text: str) -> str | None:
    """Give a formula that can be read, None for none; MetadataError names the component that it belongs to."""
    try:
        return parse_formula(text).text if text else None
    except FormulaError as problem:
        raise MetadataError(f"{name}: {problem}") from problem


def _validation_rule(object_name: str, element: Element) -> ValidationRule | None:
    if not element.flag("active"):
        return None
    name = element.text("fullName")
    return ValidationRule(
        name=name,
        formula=_formula(f"{object_name}.{name}", element.text("errorConditionFormula")) or "FALSE",
        message=element.text("errorMessage"),
        display_field=element.text("errorDisplayField") or None,
    )


def _with_standard_values(objects: Mapping[str, SObject], metadata: Metadata) -> dict[str, SObject]:
    """Replace the values of standard picklists by those of the metadata's standard value sets."""
    result = dict(objects)
    for set_name, values in metadata.standard_value_sets.items():
        if set_name not in STANDARD_VALUE_SETS:
            continue
        object_name, field_name = STANDARD_VALUE_SETS[set_name]
        picklist = tuple(map(_picklist_value, values))
        known = result[object_name]
        fields = (_with_values(each, picklist) if each.name == field_name else each for each in known.fields)
        result[object_name] = replace(known, fields=tuple(fields))
    return result


def _with_values(field: Field, picklist: tuple[PicklistValue, ...]) -> Field:
    default = next((each.value for each in picklist if each.default), None)
    return replace(field, picklist=picklist, default_value=default)


def _with_children(objects: Iterable[SObject]) -> Iterator[SObject]:
    """Let every object know the lookups that point at it; recorded children that the org lacks go."""
    known = {each.name: each for each in objects}
    children: dict[str, list[ChildRelationship]] = defaultdict(list)
    for each in known.values():
        for field in each.fields:
            for target in field.reference_to:
                if field.child_relationship_name:
                    children[target].append(_child(each, field))
    for each in known.values():
        recorded = (child for child in each.children if child.child in known and known[child.child].field(child.field))
        yield replace(each, children=(*recorded, *children[each.name]))


def _child(child: SObject, field: Field) -> ChildRelationship:
    name = field.child_relationship_name or ""
    return ChildRelationship(child.name, field.name, name, field.cascade_delete, field.restricted_delete)
