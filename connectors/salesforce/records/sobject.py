"""What a record class says of its object, and how its fields are found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from inspect import get_annotations
from typing import ClassVar, Literal, Protocol, get_type_hints

from drawbar.connectors.salesforce.fields import JOBS, AutoNumber, Field, Formula, Job

Sharing = Literal["Private", "Read", "ReadWrite", "ControlledByParent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """A record type; `statuses` are the steps of its business process (Case only), `field` the picklist of them."""

    name: str
    label: str
    description: str
    process: str = ""
    process_description: str = ""
    statuses: tuple[str, ...] = ()
    picklists: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SObject:
    """One object: names, key, and what an administrator would otherwise click together.

    `key` is the external id field by which the hub upserts. `locks` is the relationship whose target Salesforce
    locks while a record is written ("" when none matters). A custom object without `auto_number` has a text name,
    the record's `Name` field. `audience` names the jobs that see the object, `editors` those that change what is
    people's own in it, and `logged` says that people make records of it themselves. `fields_of` names the object that
    custom fields belong to where it is another: Activity for tasks.
    """

    api_name: str
    label: str
    plural: str
    description: str
    key: str
    locks: str = ""
    sharing: Sharing = "Read"
    history: bool = False
    activities: bool = False
    auto_number: AutoNumber | None = None
    tab_icon: str = ""
    record_types: tuple[RecordType, ...] = ()
    formulas: tuple[Formula, ...] = ()
    audience: tuple[Job, ...] = JOBS
    editors: tuple[Job, ...] = ("collector", "supervisor")
    logged: bool = False
    fields_of: str = ""

    @property
    def custom(self) -> bool:
        return self.api_name.endswith("__c")


class SalesforceRecord(Protocol):
    """A frozen dataclass whose fields are annotated with `Field` descriptors."""

    sobject: ClassVar[SObject]


@cache
def record_fields(record_class: type[SalesforceRecord]) -> dict[str, Field]:
    """Give a record class's descriptors by attribute name: its own fields first, inherited ones after."""
    hints = get_type_hints(record_class, include_extras=True)
    order = [name for owner in record_class.__mro__ for name in get_annotations(owner)]
    found: dict[str, Field] = {}
    for name in order:
        for mark in getattr(hints.get(name), "__metadata__", ()):
            if isinstance(mark, Field):
                found.setdefault(name, mark)
    return found
