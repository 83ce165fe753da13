"""A package in source format as it lies in a folder, read so that rules can ask it questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from lxml import etree

from drawbar.connectors.salesforce.metadata.markup import NAMESPACE
from drawbar.connectors.salesforce.metadata.schema import Finding, parse

STANDARD_OBJECTS = frozenset({"Account", "Asset", "Case", "Contact", "Event", "RecordType", "Task", "User"})
"""Standard objects that the package may refer to without bringing them."""

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


@dataclass(frozen=True)
class Package:
    """All files of a package that are XML; the schema speaks of the others."""

    files: tuple[SourceFile, ...]

    def of(self, kind: str) -> Iterator[SourceFile]:
        return (file for file in self.files if file.kind == kind)

    @cached_property
    def fields(self) -> dict[str, SourceFile]:
        """Custom fields by `Object.Field__c`."""
        return {f"{file.object}.{file.name}": file for file in self.of("CustomField")}

    @cached_property
    def objects(self) -> dict[str, SourceFile]:
        return {file.name: file for file in self.of("CustomObject")}

    def names(self, kind: str) -> frozenset[str]:
        """Give the names of all components of a kind, `Object.Name` for those that belong to an object."""
        return frozenset(f"{file.object}.{file.name}" if file.object else file.name for file in self.of(kind))

    def has_object(self, name: str) -> bool:
        return name in self.objects or name in STANDARD_OBJECTS

    def fields_of(self, object_name: str) -> Iterator[SourceFile]:
        return (file for file in self.of("CustomField") if file.object == object_name)

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
    """Read every metadata file below a folder; files that are not XML are left out."""
    found = []
    for path in metadata_paths(folder):
        try:
            root = parse(path.read_bytes())
        except ValueError:
            continue
        found.append(SourceFile(path.relative_to(folder).as_posix(), root))
    return Package(tuple(found))
