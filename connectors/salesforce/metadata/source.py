"""A package in source format as it lies in a folder, read so that rules can ask it questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from lxml import etree

from drawbar.connectors.salesforce.metadata.components import Source, read_sources
from drawbar.connectors.salesforce.metadata.markup import NAMESPACE
from drawbar.connectors.salesforce.metadata.schema import Finding, parse

STANDARD_OBJECTS = frozenset({"Account", "Activity", "Asset", "Case", "Contact", "Event", "RecordType", "Task", "User"})
"""Standard objects that the package may refer to without bringing them."""

STANDARD_FIELDS: dict[str, frozenset[str]] = {
    "Account": frozenset({"Name", "AccountNumber", "Phone"}),
    "Case": frozenset(
        {"AccountId", "CaseNumber", "IsClosed", "Origin", "Priority", "RecordTypeId", "Status", "Subject"}
    ),
    "Contact": frozenset({"Name", "LastName", "Phone", "Email"}),
    "RecordType": frozenset({"Name", "DeveloperName"}),
    "Task": frozenset({"ActivityDate", "Description", "IsClosed", "Priority", "Status", "Subject", "WhatId", "WhoId"}),
    "User": frozenset({"Name", "Username"}),
}
"""Fields that standard objects have and that pages and components of the package may name."""

SYSTEM_FIELDS = frozenset({"Id", "OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"})

STANDARD_PARENTS: dict[str, dict[str, str]] = {
    "Case": {"Account": "Account", "Contact": "Contact", "RecordType": "RecordType", "Owner": "User"},
    "Contact": {"Account": "Account"},
}
"""Relationships of standard objects → the object that they lead to."""

STANDARD_VALUES: dict[str, frozenset[str]] = {
    "CaseOrigin": frozenset({"Phone", "Email", "Web"}),
    "CasePriority": frozenset({"High", "Medium", "Low"}),
    "CaseStatus": frozenset({"New", "Working", "Escalated", "Closed"}),
}
"""Standard picklists as a new org has them."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One metadata file: its path in the folder, and its root element."""

    path: str
    root: etree._Element

    @property
    def kind(self) -> str:
        return etree.QName(self.root).localname

    @property
    def name(self) -> str:
        """The component's name by its file: `Lease_Account__c`, `Delinquency`."""
        return PurePosixPath(self.path).name.split(".")[0]

    @property
    def object(self) -> str:
        """The object that the component belongs to, "" when to none."""
        parts = PurePosixPath(self.path).parts
        return parts[parts.index("objects") + 1] if "objects" in parts else ""

    def text(self, name: str) -> str:
        """Give the text of a child element, "" when there is none."""
        return text(self.root, name)

    def all(self, name: str) -> list[etree._Element]:
        return children(self.root, name)

    def finding(self, message: str, at: etree._Element | None = None) -> Finding:
        element = self.root if at is None else at
        return Finding(self.path, element.sourceline or 0, message)


def text(element: etree._Element, path: str) -> str:
    """Give the text below an element (`valueSet/restricted`), "" when there is none."""
    steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
    return (element.findtext(steps) or "").strip()


def children(element: etree._Element, path: str) -> list[etree._Element]:
    """Give all elements below an element by a path of names."""
    return element.findall("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))


def _objects_of(name: str) -> tuple[str, ...]:
    """Give the objects that have the fields of a folder: those of activities are of tasks and of events."""
    return ("Task", "Event") if name == "Activity" else (name,)


@dataclass(frozen=True)
class Package:
    """All files of a package that are XML, of which the schema speaks for the others, and the sources of components."""

    files: tuple[SourceFile, ...]
    sources: tuple[Source, ...] = ()

    def of(self, kind: str) -> Iterator[SourceFile]:
        return (file for file in self.files if file.kind == kind)

    @cached_property
    def fields(self) -> dict[str, SourceFile]:
        """Custom fields by `Object.Field__c`."""
        return {f"{name}.{file.name}": file for file in self.of("CustomField") for name in _objects_of(file.object)}

    @cached_property
    def objects(self) -> dict[str, SourceFile]:
        return {file.name: file for file in self.of("CustomObject")}

    @property
    def described(self) -> list[str]:
        """The objects by which an org shows the package: tasks for all activities, because the hub writes no events.

        Platform events (`Sync_Request__e`) are no records, and the hub's user need not see them.
        """
        return sorted("Task" if name == "Activity" else name for name in self.objects if not name.endswith("__e"))

    def names(self, kind: str) -> frozenset[str]:
        """Give the names of all components of a kind, `Object.Name` for those that belong to an object."""
        return frozenset(f"{file.object}.{file.name}" if file.object else file.name for file in self.of(kind))

    def has_object(self, name: str) -> bool:
        return name in self.objects or name in STANDARD_OBJECTS

    def has_field(self, object_name: str, name: str) -> bool:
        """Say whether an object has a field; a custom object has a `Name`."""
        if f"{object_name}.{name}" in self.fields or name in STANDARD_FIELDS.get(object_name, frozenset()):
            return True
        return self.has_object(object_name) and (
            name in SYSTEM_FIELDS or (name == "Name" and object_name[-3:] == "__c")
        )

    def parent_of(self, object_name: str, relationship: str) -> str:
        """Give the object that a relationship (`Lease_Account__r`) leads to, "" when there is none."""
        field = self.fields.get(f"{object_name}.{relationship.removesuffix('__r')}__c")
        if field is not None and relationship.endswith("__r"):
            return field.text("referenceTo")
        return STANDARD_PARENTS.get(object_name, {}).get(relationship, "")

    def child_of(self, parent: str, relationship: str) -> str:
        """Give the object whose lookup gives a parent a list of this name, "" when there is none."""
        lookups = (each for each in self.of("CustomField") if each.text("referenceTo") == parent)
        return next((each.object for each in lookups if each.text("relationshipName") == relationship), "")

    @cached_property
    def _fields_by_object(self) -> dict[str, list[SourceFile]]:
        found: dict[str, list[SourceFile]] = defaultdict(list)
        for file in self.of("CustomField"):
            for name in {file.object, *_objects_of(file.object)}:
                found[name].append(file)
        return found

    def fields_of(self, object_name: str) -> list[SourceFile]:
        return self._fields_by_object.get(object_name, [])

    def picklist_values(self, object_name: str, picklist: str) -> frozenset[str] | None:
        """Give the values of a picklist, None when the package cannot know them."""
        field = self.fields.get(f"{object_name}.{picklist}")
        if field is not None:
            values = children(field.root, "valueSet/valueSetDefinition/value")
            return frozenset(text(value, "fullName") for value in values)
        return self.standard_values(f"{object_name}{picklist}")

    def standard_values(self, name: str) -> frozenset[str] | None:
        for file in self.of("StandardValueSet"):
            if file.name == name:
                return frozenset(text(value, "fullName") for value in file.all("standardValue"))
        return STANDARD_VALUES.get(name)


def metadata_paths(folder: Path) -> list[Path]:
    """Give every metadata file below a folder, in order of path."""
    return sorted(folder.rglob("*-meta.xml"))


def read_package(folder: Path) -> Package:
    """Read every metadata file and component below a folder; metadata files that are not XML are left out."""
    found = []
    for path in metadata_paths(folder):
        try:
            root = parse(path.read_bytes())
        except ValueError:
            continue
        found.append(SourceFile(path.relative_to(folder).as_posix(), root))
    return Package(tuple(found), read_sources(folder))
