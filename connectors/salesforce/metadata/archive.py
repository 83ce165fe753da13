"""The package as it travels to an org: source files joined into the metadata format, in a zip with its `package.xml`.

A source folder holds an object in many files; the metadata format holds it in one. Where each line of a joined file
came from is remembered, so that what an org says of a line can be said of the file that a person edits.
Sources: Metadata API Developer Guide, "Working with the Zip File", "Metadata Types"; Salesforce DX Developer Guide,
"Salesforce DX Project Structure and Source Format" (read 2026-11).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from lxml import etree

from drawbar.connectors.salesforce.metadata.markup import NAMESPACE
from drawbar.connectors.salesforce.metadata.schema import parse
from drawbar.middleware.errors import ConfigError

META: Final = "-meta.xml"
MANIFEST_FILE: Final = "package.xml"

TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "app": ("applications", "CustomApplication"),
    "customPermission": ("customPermissions", "CustomPermission"),
    "flexipage": ("flexipages", "FlexiPage"),
    "flow": ("flows", "Flow"),
    "object": ("objects", "CustomObject"),
    "pathAssistant": ("pathAssistants", "PathAssistant"),
    "permissionset": ("permissionsets", "PermissionSet"),
    "permissionsetgroup": ("permissionsetgroups", "PermissionSetGroup"),
    "quickAction": ("quickActions", "QuickAction"),
    "report": ("reports", "Report"),
    "reportFolder": ("reports", "ReportFolder"),
    "settings": ("settings", "Settings"),
    "standardValueSet": ("standardValueSets", "StandardValueSet"),
    "tab": ("tabs", "CustomTab"),
    "workflow": ("workflows", "Workflow"),
}
"""Ending of a source file → folder in the zip, type of the component."""

PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "businessProcess": ("businessProcesses", "BusinessProcess"),
    "compactLayout": ("compactLayouts", "CompactLayout"),
    "field": ("fields", "CustomField"),
    "listView": ("listViews", "ListView"),
    "recordType": ("recordTypes", "RecordType"),
    "validationRule": ("validationRules", "ValidationRule"),
}
"""Ending of a source file that is a part of an object → its element in the object's file, type of the component."""

MESSAGES: Final = "outboundMessages"
"""Parts of a workflow that are components of their own in a manifest (`WorkflowOutboundMessage`)."""

SECOND_STEP: Final = frozenset({"Flow"})
"""Types that are deployed after the others: an outbound message has to be in the org before the flow that sends it."""

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a source file; `path` is below the package's folder, `line` 0 when no line is to blame."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip that an org can take: its bytes, what it holds by type, and where its lines come from."""

    content: bytes
    members: Mapping[str, tuple[str, ...]]
    places: Mapping[str, tuple[Place, ...]]

    @property
    def digest(self) -> str:
        """The SHA-256 of the zip; the same sources make the same zip."""
        return hashlib.sha256(self.content).hexdigest()

    def source_of(self, file: str, line: int) -> Place:
        """Give the source of a line (from 1) of a file in the zip; the file itself when it is not ours."""
        lines = self.places.get(file, ())
        if not lines:
            return Place(file, line)
        return lines[line - 1] if 0 < line <= len(lines) else Place(lines[0].path, 0)


@dataclass(frozen=True, slots=True)
class SourceText:
    """One source file: its path below the package's folder, and its bytes."""

    path: str
    content: bytes

    @property
    def name(self) -> str:
        """The component's name by its file: `Lease_Account__c`, `Case.Log_Call`."""
        return self._bare.rpartition(".")[0]

    @property
    def kind(self) -> str:
        """The ending that tells the type of the component: `field`, `app`."""
        return self._bare.rpartition(".")[2]

    @property
    def _bare(self) -> str:
        return PurePosixPath(self.path).name.removesuffix(META)


def read_sources(folder: Path) -> list[SourceText]:
    """Read every file of the package's components below a folder, in order of path.

    Raises ConfigError when there are none.
    """
    root = folder / "force-app"
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    if not paths:
        raise ConfigError(f"{folder} holds no package", remedy="Name the folder that has force-app/ in it.")
    return [SourceText(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


def pack(sources: Iterable[SourceText], api_version: str) -> tuple[Archive, ...]:
    """Give the zips that install the sources, in the order in which they must be deployed.

    Raises ConfigError, with file and remedy, for a file that is no XML or whose type is not known.
    """
    steps: dict[bool, list[SourceText]] = defaultdict(list)
    for source in sources:
        steps[TYPES.get(source.kind, ("", ""))[1] in SECOND_STEP].append(source)
    return tuple(_Packing(steps[late], api_version).archive() for late in (False, True) if steps[late])


class _Packing:
    """One zip in the making."""

    def __init__(self, sources: list[SourceText], api_version: str) -> None:
        self._sources = sources
        self._api_version = api_version
        self._files: dict[str, bytes] = {}
        self._places: dict[str, tuple[Place, ...]] = {}
        self._members: dict[str, set[str]] = defaultdict(set)

    def archive(self) -> Archive:
        objects: dict[str, list[SourceText]] = defaultdict(list)
        for source in self._sources:
            owner = _owner(source)
            if owner:
                objects[owner].append(source)
            elif "/lwc/" in source.path:
                self._bundle(source)
            else:
                self._whole(source)
        for name, parts in objects.items():
            self._object(name, parts)
        members = {kind: tuple(sorted(names)) for kind, names in sorted(self._members.items())}
        self._files[MANIFEST_FILE] = _manifest(members, self._api_version)
        return Archive(_zipped(self._files), members, self._places)

    def _bundle(self, source: SourceText) -> None:
        below = source.path.partition("/lwc/")[2]
        self._keep(f"lwc/{below}", source)
        self._members["LightningComponentBundle"].add(below.partition("/")[0])

    def _whole(self, source: SourceText) -> None:
        folder, kind = _type_of(source)
        if kind == "Report":
            folder_name = PurePosixPath(source.path).parent.name
            self._keep(f"{folder}/{folder_name}/{source.name}.report", source)
            self._members[kind].add(f"{folder_name}/{source.name}")
        elif kind == "ReportFolder":
            self._keep(f"{folder}/{source.name}{META}", source)
            self._members["Report"].add(source.name)
        else:
            self._keep(f"{folder}/{source.name}.{source.kind}", source)
            self._members[kind].add(source.name)
        if kind == "Workflow":
            names = _parsed(source).iterfind(f"{{{NAMESPACE}}}{MESSAGES}/{{{NAMESPACE}}}fullName")
            self._members["WorkflowOutboundMessage"] |= {f"{source.name}.{each.text}" for each in names}

    def _keep(self, path: str, source: SourceText) -> None:
        self._files[path] = source.content
        lines = source.content.count(b"\n") + 1
        self._places[path] = tuple(Place(source.path, line) for line in range(1, lines + 1))

    def _object(self, name: str, sources: list[SourceText]) -> None:
        """Join the files of an object, its parts by element and name, as the metadata format has them."""
        joined = _Joined(name)
        self._members["CustomObject"].add(name)
        for source in sources:
            if source.kind == "object":
                joined.take(source)
            else:
                element, kind = PARTS[source.kind]
                joined.add(element, source)
                self._members[kind].add(f"{name}.{source.name}")
        path = f"objects/{name}.object"
        self._files[path], self._places[path] = joined.written()


def _owner(source: SourceText) -> str:
    """Give the object that a source file belongs to, "" when to none."""
    parts = PurePosixPath(source.path).parts
    if source.kind != "object" and source.kind not in PARTS:
        return ""
    return parts[parts.index("objects") + 1] if "objects" in parts[:-1] else ""


def _type_of(source: SourceText) -> tuple[str, str]:
    if source.path.endswith(META) and source.kind in TYPES:
        return TYPES[source.kind]
    raise ConfigError(
        f"{source.path} is of no type that Drawbar can deploy",
        remedy="Take the file out of the package, or deploy the package with the sf command line.",
    )


def _parsed(source: SourceText) -> etree._Element:
    try:
        return parse(source.content)
    except ValueError as error:
        raise ConfigError(
            f"{source.path} {error}", remedy="Run: drawbar salesforce lint, which names every such file."
        ) from None


class _Joined:
    """The file of one object, and for each of its elements the source that it came from."""

    def __init__(self, name: str) -> None:
        self._path = f"{name}.object"
        self._root = etree.Element(f"{{{NAMESPACE}}}CustomObject", nsmap={None: NAMESPACE})
        self._from: dict[etree._Element, Place] = {}

    def take(self, source: SourceText) -> None:
        """Take the elements of the object's own file."""
        root = _parsed(source)
        self._from[self._root] = Place(source.path, root.sourceline or 0)
        for child in root:
            self._root.append(self._copied(child, source))

    def add(self, element: str, source: SourceText) -> None:
        """Add the file of a part as one element; a name that the file leaves out is that of the file."""
        part = self._copied(_parsed(source), source)
        part.tag = f"{{{NAMESPACE}}}{element}"
        if part.find(f"{{{NAMESPACE}}}fullName") is None:
            named = etree.Element(f"{{{NAMESPACE}}}fullName")
            named.text = source.name
            part.insert(0, named)
        self._root.append(part)

    def _copied(self, element: etree._Element, source: SourceText) -> etree._Element:
        copied = deepcopy(element)
        for old, new in zip(element.iter(), copied.iter(), strict=True):
            self._from[new] = Place(source.path, old.sourceline or 0)
        return copied

    def written(self) -> tuple[bytes, tuple[Place, ...]]:
        """Give the file, and the source of each of its lines."""
        self._root[:] = sorted(self._root, key=lambda child: str(child.tag))
        etree.cleanup_namespaces(self._root)
        etree.indent(self._root, space="    ")
        places = [self._from.get(each, Place(self._path, 0)) for each in self._root.iter()]
        content = etree.tostring(self._root, xml_declaration=True, encoding="UTF-8")
        lines: dict[int, Place] = {}
        for element, place in zip(parse(content).iter(), places, strict=True):
            lines.setdefault(element.sourceline or 0, place)
        return content, tuple(_every_line(lines, content.count(b"\n") + 1, places[0]))


def _every_line(known: Mapping[int, Place], count: int, first: Place) -> Iterable[Place]:
    """Give the source of each line; a line on which no element begins belongs to the element before."""
    last = first
    for line in range(1, count + 1):
        last = known.get(line, last)
        yield last


def _manifest(members: Mapping[str, Iterable[str]], api_version: str) -> bytes:
    root = etree.Element(f"{{{NAMESPACE}}}Package", nsmap={None: NAMESPACE})
    for kind, names in members.items():
        types = etree.SubElement(root, f"{{{NAMESPACE}}}types")
        for name in names:
            etree.SubElement(types, f"{{{NAMESPACE}}}members").text = name
        etree.SubElement(types, f"{{{NAMESPACE}}}name").text = kind
    etree.SubElement(root, f"{{{NAMESPACE}}}version").text = api_version
    etree.indent(root, space="    ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack files so that the same files make the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, files[path])
    return held.getvalue()
