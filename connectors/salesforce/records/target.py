"""From a Salesforce record to what the sync core delivers, refused here when Salesforce would refuse it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from drawbar.connectors.salesforce.fields import Field, Lookup
from drawbar.connectors.salesforce.records.fitting import Fits, fits
from drawbar.connectors.salesforce.records.sobject import SalesforceRecord, SObject, record_fields
from drawbar.middleware.errors import RecordRejected, StopRun
from drawbar.middleware.records import Reference, TargetRecord


class FieldNotOurs(StopRun):
    """A mapping would set a field that people keep in Salesforce; nothing of it is sent."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a record class is taken apart: worked out once, used for every record.

    `values` reads the key and all fields at once; `names`, `fits`, `optional` and `fields` are parallel to what it
    gives behind the key.
    """

    sobject: SObject
    key_field: Field
    values: Callable[[SalesforceRecord], tuple[Any, ...]]
    names: tuple[str, ...]
    fits: tuple[Fits, ...]
    optional: tuple[bool, ...]
    fields: tuple[Field, ...]
    references: tuple[tuple[str, str, Lookup], ...]


@cache
def _plan(record_class: type[SalesforceRecord]) -> _Plan:
    sobject = record_class.sobject
    described = record_fields(record_class)
    _refuse_foreign_fields(sobject, described)
    key_name = next(name for name, each in described.items() if each.api_name == sobject.key)
    fields = {name: each for name, each in described.items() if name != key_name and not isinstance(each, Lookup)}
    return _Plan(
        sobject=sobject,
        key_field=described[key_name],
        values=attrgetter(key_name, *fields),
        names=tuple(each.api_name for each in fields.values()),
        fits=tuple(map(fits, fields.values())),
        optional=tuple(not each.required for each in fields.values()),
        fields=tuple(fields.values()),
        references=tuple(
            (name, each.relationship, each) for name, each in described.items() if isinstance(each, Lookup)
        ),
    )


def _refuse_foreign_fields(sobject: SObject, described: Mapping[str, Field]) -> None:
    foreign = [f"{sobject.api_name}.{each.api_name}" for each in described.values() if each.owner == "Salesforce"]
    if foreign:
        raise FieldNotOurs(
            f"{', '.join(foreign)}: owned by Salesforce, and no mapping may set it",
            remedy="Take the field out of the record class that the mapping gives, or change its owner.",
        )


def to_target(record: SalesforceRecord) -> TargetRecord:
    """Give the record as the sync core delivers it, its parents by key.

    Raises RecordRejected, with field and reason, for a value that Salesforce would refuse: too long, too large, not
    in the picklist, empty although required. Raises FieldNotOurs for a record class with a field that Salesforce owns.
    """
    plan = _plan(type(record))
    key, *values = plan.values(record)
    if reason := plan.key_field.refusal(key):
        _refuse(plan.sobject, key, plan.key_field, reason)
    for field, fit, optional, value in zip(plan.fields, plan.fits, plan.optional, values, strict=True):
        if not (optional if value is None else fit(value)):
            _judge(plan.sobject, key, field, value)
    references = {
        relationship: _parent(plan.sobject, key, lookup, getattr(record, name))
        for name, relationship, lookup in plan.references
    }
    locked = references.get(plan.sobject.locks)
    fields = dict(zip(plan.names, values, strict=True))
    return TargetRecord(plan.sobject.api_name, key, fields, references, locked.key if locked else "")


def _parent(sobject: SObject, key: str, lookup: Lookup, value: str | Reference | None) -> Reference | None:
    if value is None or isinstance(value, Reference):
        if value is not None:
            _judge(sobject, key, lookup, value)
        return value
    return Reference(lookup.to, value)


def _judge(sobject: SObject, key: str, field: Field, value: object) -> None:
    if value is None or value == "":
        if field.required:
            _refuse(sobject, key, field, "is empty")
    elif reason := field.refusal(value):
        _refuse(sobject, key, field, reason)


def _refuse(sobject: SObject, key: str, field: Field, reason: str) -> None:
    source = f" ({field.source})" if field.source else ""
    raise RecordRejected(
        f"{field.label} {reason}",
        record=f"{sobject.api_name} {key}",
        field=field.api_name,
        remedy=f"Correct it in {field.owner}{source}.",
        code="INVALID_FIELD_VALUE",
    )
