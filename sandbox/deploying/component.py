"""Components of metadata: one object, field, page or permission set, wherever its text stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from lxml import etree

from drawbar.sandbox.deploying.parsing import Spot
from drawbar.sandbox.metadata import NAMESPACE, Element

META: Final = "-meta.xml"

FOLDERS: Final[Mapping[str, tuple[str, str]]] = {
    "applications": ("app", "CustomApplication"),
    "customPermissions": ("customPermission", "CustomPermission"),
    "flexipages": ("flexipage", "FlexiPage"),
    "flows": ("flow", "Flow"),
    "globalValueSets": ("globalValueSet", "GlobalValueSet"),
    "layouts": ("layout", "Layout"),
    "objects": ("object", "CustomObject"),
    "pathAssistants": ("pathAssistant", "PathAssistant"),
    "permissionsetgroups": ("permissionsetgroup", "PermissionSetGroup"),
    "permissionsets": ("permissionset", "PermissionSet"),
    "quickActions": ("quickAction", "QuickAction"),
    "reports": ("report", "Report"),
    "settings": ("settings", "Settings"),
    "standardValueSets": ("standardValueSet", "StandardValueSet"),
    "tabs": ("tab", "CustomTab"),
    "workflows": ("workflow", "Workflow"),
}
"""Folder in a zip → ending of its files, type of the component."""

PARTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "businessProcesses": ("businessProcess", "businessProcesses", "BusinessProcess"),
    "compactLayouts": ("compactLayout", "compactLayouts", "CompactLayout"),
    "fields": ("field", "fields", "CustomField"),
    "listViews": ("listView", "listViews", "ListView"),
    "recordTypes": ("recordType", "recordTypes", "RecordType"),
    "validationRules": ("validationRule", "validationRules", "ValidationRule"),
}
"""Element of an object's file → ending and folder of the part in a source folder, type of the component."""

TYPES: Final = frozenset(
    {
        *(kind for _, kind in FOLDERS.values()),
        *(kind for _, _, kind in PARTS.values()),
        "LightningComponentBundle",
        "WorkflowOutboundMessage",
    }
)
"""The types that this org takes; a real org takes several hundred."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component; a part of an object is named with it (`Case.Days_Past_Due__c`).

    `file` is its place in the zip, `spots` where its elements begin there. A web component has `files`: its sources by
    name.
    """

    kind: str
    name: str
    element: Element
    file: str = ""
    spots: Mapping[etree._Element, Spot] = field(default_factory=dict, repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def owner(self) -> str:
        """The object that it is a part of, "" for none."""
        return self.name.partition(".")[0] if "." in self.name else ""

    @property
    def own_name(self) -> str:
        """The name without the object's: `Days_Past_Due__c`."""
        return self.name.rpartition(".")[2]

    @property
    def type_name(self) -> str:
        """What its element is called: settings are named by what they are about (`PathAssistantSettings`)."""
        return f"{self.name}{self.kind}" if self.kind == "Settings" else self.kind

    def problem(self, text: str, at: Element | None = None) -> Problem:
        """Say what is wrong with it, at an element of it or at its beginning."""
        spot = self.spots.get((at or self.element).node, (1, 1))
        return Problem(self.kind, self.name, self.file, spot, text)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something for which a deployment fails."""

    kind: str
    name: str
    file: str
    spot: Spot
    text: str


def source_path(component: Component) -> str:
    """Give where a component stands in a source folder: `objects/Case/fields/Days_Past_Due__c.field-meta.xml`."""
    for ending, folder, kind in PARTS.values():
        if kind == component.kind:
            return f"objects/{component.owner}/{folder}/{component.own_name}.{ending}{META}"
    if component.kind == "CustomObject":
        return f"objects/{component.name}/{component.name}.object{META}"
    folder, ending = next((folder, ending) for folder, (ending, kind) in FOLDERS.items() if kind == component.kind)
    return f"{folder}/{component.name}.{ending}{META}"


def source_text(component: Component) -> bytes:
    """Write a component as a source file has it."""
    root = etree.Element(f"{NAMESPACE}{component.type_name}", nsmap={None: NAMESPACE.strip("{}")})
    root.extend([_copy(each) for each in component.element.node])
    etree.indent(root, space="    ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _copy(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element, with_tail=False))


def name_in_folder(folder: str, path: str) -> str:
    """Give the name of the component that a file in a folder of a zip holds: `Drawbar/Delinquency` for a report."""
    below = PurePosixPath(path).relative_to(folder).as_posix()
    return below.rpartition(".")[0]
