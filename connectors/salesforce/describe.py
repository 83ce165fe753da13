"""What the org says of its objects, as far as Drawbar asks: fields, their types and rights, record types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from drawbar.middleware.records import Scalar

_DECIMALS: Final = frozenset({"currency", "double", "percent"})


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One field; `type` is the word of a describe call, `relationship` the name under which SOQL reaches the parent.

    `values` are the active values of a picklist, `calculated` says that it is a formula.
    """

    name: str
    type: str
    createable: bool
    updateable: bool
    external_id: bool
    unique: bool
    relationship: str | None
    parents: tuple[str, ...]
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    custom: bool = False
    calculated: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """One object: fields by name, and the ids of its record types by developer name."""

    name: str
    fields: Mapping[str, FieldDescription]
    record_types: Mapping[str, str]

    def parent_of(self, relationship: str) -> str | None:
        """Give the object that a relationship leads to; None when it leads nowhere, or to several."""
        found = next((each for each in self.fields.values() if each.relationship == relationship), None)
        return found.parents[0] if found is not None and len(found.parents) == 1 else None


def read_description(answer: Mapping[str, Any]) -> ObjectDescription:
    """Understand the answer of `sobjects/X/describe`."""
    fields = (_read_field(each) for each in answer["fields"])
    types = answer.get("recordTypeInfos") or ()
    return ObjectDescription(
        name=answer["name"],
        fields={each.name: each for each in fields},
        record_types={each["developerName"]: each["recordTypeId"] for each in types if each.get("available", True)},
    )


def _read_field(answer: Mapping[str, Any]) -> FieldDescription:
    return FieldDescription(
        name=answer["name"],
        type=answer["type"],
        createable=bool(answer["createable"]),
        updateable=bool(answer["updateable"]),
        external_id=bool(answer["externalId"]),
        unique=bool(answer["unique"]),
        relationship=answer.get("relationshipName"),
        parents=tuple(answer.get("referenceTo") or ()),
        length=int(answer.get("length") or 0),
        precision=int(answer.get("precision") or 0),
        scale=int(answer.get("scale") or 0),
        nillable=bool(answer.get("nillable", True)),
        custom=bool(answer.get("custom", False)),
        calculated=bool(answer.get("calculated", False)),
        values=tuple(each["value"] for each in answer.get("picklistValues") or () if each.get("active", True)),
    )


def read_value(kind: str, value: Any) -> Scalar:
    """Turn a JSON value of a query into ours, by the type of its field; floats must have been parsed as Decimal."""
    if value is None or isinstance(value, bool):
        return value
    if kind in _DECIMALS:
        return Decimal(value)
    if kind == "int":
        return int(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "datetime":
        return datetime.fromisoformat(value)
    return str(value)


def dig(row: Mapping[str, Any], name: str) -> Any:
    """Give a field of a record as a query answers it, also a parent's (`Lease_Account__r.LeaseWorks_Id__c`)."""
    value: Any = row
    for step in name.split("."):
        if value is None:
            return None
        value = value[step]
    return value
