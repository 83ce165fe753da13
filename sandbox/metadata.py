"""Finds the metadata files of an SFDX project and reads them safely, as elements without namespaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lxml import etree

from drawbar.sandbox.schema import PermissionSet

PACKAGE = "force-app/main/default/"
"""Where an SFDX project has its components."""

EVENT = "__e"
"""Ends the names of platform events, which are no data of the org."""

NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"


class MetadataError(Exception):
    """The metadata says something that the sandbox cannot play; names the file or component and the reason."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a metadata file; paths are the names of elements, joined by slashes."""

    node: etree._Element

    def text(self, path: str) -> str:
        """Give the text of the first element at `path`, without blanks around it; empty when there is none."""
        return (self.node.findtext(_qualified(path)) or "").strip()

    @property
    def own_text(self) -> str:
        """The text of the element itself, without blanks around it."""
        return (self.node.text or "").strip()

    def flag(self, path: str) -> bool:
        return self.text(path).lower() == "true"

    def child(self, path: str) -> Element | None:
        found = self.node.find(_qualified(path))
        return None if found is None else Element(found)

    def children(self, path: str) -> Iterator[Element]:
        return (Element(each) for each in self.node.iterfind(_qualified(path)))


def _qualified(path: str) -> str:
    return "/".join(NAMESPACE + step for step in path.split("/"))


@dataclass(frozen=True, slots=True)
class Metadata:
    """All that the sandbox reads of an SFDX project, by object."""

    objects: dict[str, Element] = field(default_factory=dict)
    fields: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    record_types: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    validation_rules: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    value_sets: dict[str, list[Element]] = field(default_factory=dict)
    standard_value_sets: dict[str, list[Element]] = field(default_factory=dict)
    permission_sets: list[PermissionSet] = field(default_factory=list)

    @property
    def object_names(self) -> set[str]:
        return {*self.objects, *self.fields, *self.record_types, *self.validation_rules}


def read_metadata(*projects: Path) -> Metadata:
    """Read every metadata file of the projects that shapes the org's data, in the order of their places."""
    metadata = Metadata()
    for relative, path in component_files(projects).items():
        if not any(part.endswith(EVENT) for part in PurePosixPath(relative).parts):
            _read_file(metadata, path)
    return metadata


def component_files(projects: Iterable[Path]) -> dict[str, Path]:
    """Give the metadata files of projects by their place in a project; a later project's hides an earlier one's."""
    found = {
        path.relative_to(project).as_posix().removeprefix(PACKAGE): path
        for project in projects
        for path in project.rglob("*-meta.xml")
    }
    return dict(sorted(found.items()))


def _read_file(metadata: Metadata, path: Path) -> None:
    name, kind = path.name.removesuffix("-meta.xml").rsplit(".", 1)
    if kind == "object":
        metadata.objects[name] = parse_file(path)
    elif kind == "field":
        metadata.fields[path.parent.parent.name].append(parse_file(path))
    elif kind == "recordType":
        metadata.record_types[path.parent.parent.name].append(parse_file(path))
    elif kind == "validationRule":
        metadata.validation_rules[path.parent.parent.name].append(parse_file(path))
    elif kind == "globalValueSet":
        metadata.value_sets[name] = list(parse_file(path).children("customValue"))
    elif kind == "standardValueSet":
        metadata.standard_value_sets[name] = list(parse_file(path).children("standardValue"))
    elif kind == "permissionset":
        metadata.permission_sets.append(_permission_set(name, parse_file(path)))
    elif kind == "permissionsetgroup":
        metadata.permission_sets.append(_permission_set_group(name, parse_file(path)))


def _permission_set(name: str, element: Element) -> PermissionSet:
    shown = (each for each in element.children("fieldPermissions") if each.flag("readable"))
    rights = {each.text("name") for each in element.children("userPermissions") if each.flag("enabled")}
    return PermissionSet(
        name,
        element.text("label") or name,
        fields=frozenset(each.text("field") for each in shown),
        custom_permissions=frozenset(
            each.text("name") for each in element.children("customPermissions") if each.flag("enabled")
        ),
        for_programs="ApiEnabled" in rights,
    )


def _permission_set_group(name: str, element: Element) -> PermissionSet:
    members = tuple(each.own_text for each in element.children("permissionSets"))
    return PermissionSet(name, element.text("label") or name, group_of=members)


def parse_file(path: Path) -> Element:
    """Read one metadata file; MetadataError when it is not XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return Element(etree.parse(str(path), parser).getroot())
    except etree.XMLSyntaxError as problem:
        raise MetadataError(f"{path}: {problem}") from problem
