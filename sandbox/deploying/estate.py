"""All components that an org has, and what can be asked of them while a deployment is judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from drawbar.sandbox.deploying.component import FOLDERS, META, PARTS, Component
from drawbar.sandbox.metadata import Element, component_files, parse_file
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.source import ACTIVITY, STANDARD_VALUE_SETS, TASK

Key = tuple[str, str]

KINDS: Mapping[str, str] = {
    **dict(FOLDERS.values()),
    **{ending: kind for ending, _, kind in PARTS.values()},
    "reportFolder": "ReportFolder",
}
"""Ending of a source file → type of the component."""


class Estate:
    """Components by type and name, beside the standard objects of the org; never changed, only replaced."""

    def __init__(self, components: Iterable[Component], standard: Mapping[str, SObject]) -> None:
        self.standard = standard
        self._components = {(each.kind, each.name): each for each in components}

    def with_these(self, components: Iterable[Component]) -> Estate:
        """Give the estate as it is once these have come."""
        return Estate([*self._components.values(), *components], self.standard)

    def get(self, kind: str, name: str) -> Component | None:
        return self._components.get((kind, name))

    def has(self, kind: str, name: str) -> bool:
        return (kind, name) in self._components

    def of(self, kind: str) -> Iterator[Component]:
        return (each for each in self._components.values() if each.kind == kind)

    def has_object(self, name: str) -> bool:
        return self.is_standard(name) or self.has("CustomObject", name)

    def is_standard(self, name: str) -> bool:
        """Say whether an object is the org's own; the fields that tasks and events share belong to Activity."""
        return name in self.standard or name == ACTIVITY

    @cached_property
    def _parts(self) -> Mapping[Key, list[Component]]:
        found: dict[Key, list[Component]] = defaultdict(list)
        for each in self._components.values():
            if each.owner:
                found[each.kind, each.owner].append(each)
        return found

    def parts(self, kind: str, owner: str) -> list[Component]:
        """Give an object's parts of a type."""
        return self._parts.get((kind, owner), [])

    def field(self, object_name: str, name: str) -> Component | None:
        owner = ACTIVITY if object_name == TASK else object_name
        return self.get("CustomField", f"{owner}.{name}")

    def has_field(self, object_name: str, name: str) -> bool:
        """Say whether an object has a field, of whatever origin."""
        if self.field(object_name, name) is not None:
            return True
        known = self.standard.get(object_name)
        if known is not None:
            return known.field(name) is not None
        return self.has("CustomObject", object_name) and name in CUSTOM_OBJECT_FIELDS

    def parent(self, object_name: str, relationship: str) -> str:
        """Give the object that a relationship (`Lease_Account__r`, `Owner`) leads to, "" when there is none."""
        if relationship.endswith("__r"):
            field = self.field(object_name, f"{relationship[:-3]}__c")
            return "" if field is None else field.element.text("referenceTo")
        known = self.standard.get(object_name)
        lookup = known.relationship(relationship) if known else None
        return lookup.reference_to[0] if lookup is not None and lookup.reference_to else ""

    def path_exists(self, object_name: str, path: str) -> bool:
        """Say whether a path of relationships and a field at its end (`Lease_Account__r.Name`) leads somewhere."""
        *relationships, name = path.split(".")
        for each in relationships:
            object_name = self.parent(object_name, each)
        return bool(object_name) and self.has_field(object_name, name)

    def picklist(self, object_name: str, name: str) -> frozenset[str] | None:
        """Give the values of a picklist; None when the object has no such picklist."""
        field = self.field(object_name, name)
        if field is not None:
            values = field.element.children("valueSet/valueSetDefinition/value")
            return frozenset(each.text("fullName") for each in values)
        for set_name, place in STANDARD_VALUE_SETS.items():
            kept = self.get("StandardValueSet", set_name)
            if place == (object_name, name) and kept is not None:
                return frozenset(each.text("fullName") for each in kept.element.children("standardValue"))
        known = self.standard.get(object_name)
        standard = known.field(name) if known else None
        return None if standard is None else frozenset(each.value for each in standard.picklist)


CUSTOM_OBJECT_FIELDS = frozenset(
    {"Id", "Name", "OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
)


def read_estate(projects: Iterable[Path], standard: Mapping[str, SObject]) -> Estate:
    """Read the components of SFDX projects; of two with the same place the later one counts."""
    components = [each for relative, path in component_files(projects).items() for each in _components(relative, path)]
    return Estate(components, standard)


def _components(relative: str, path: Path) -> Iterator[Component]:
    name, _, ending = path.name.removesuffix(META).rpartition(".")
    if ending == "js" and path.parent.parent.name == "lwc":
        files = {each.name: each.read_bytes() for each in sorted(path.parent.iterdir()) if each.is_file()}
        yield Component("LightningComponentBundle", path.parent.name, Element(parse_file(path).node), files=files)
        return
    kind = KINDS.get(ending)
    if kind is None:
        return
    parts = PurePosixPath(relative).parts
    if ending in {each for each, _, _ in PARTS.values()}:
        name = f"{parts[-3]}.{name}"
    elif kind == "Report":
        name = f"{parts[-2]}/{name}"
    element = parse_file(path)
    yield Component(kind, name, element)
    if kind == "Workflow":
        for each in element.children("outboundMessages"):
            yield Component("WorkflowOutboundMessage", f"{name}.{each.text('fullName')}", each)
