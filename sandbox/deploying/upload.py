"""Reads the zip of a deployment: its manifest, and the components that the manifest names.

Limits: Metadata API Developer Guide, "Deploy Metadata with Apex Testing Using REST" (read 2026-11).
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from drawbar.sandbox.deploying.component import FOLDERS, META, PARTS, TYPES, Component, Problem, name_in_folder
from drawbar.sandbox.deploying.parsing import Document, Malformed, Spot, parse_document
from drawbar.sandbox.metadata import NAMESPACE, Element
from drawbar.sandbox.rest.releases import NEWEST, OLDEST, VERSION

LARGEST_ZIP: Final = 39 * 1024 * 1024
LARGEST_UNPACKED: Final = 400 * 1024 * 1024
MOST_FILES: Final = 10_000
MANIFEST: Final = "package.xml"
BUNDLES: Final = "lwc"
MANIFEST_TYPES: Final = {"ReportFolder": "Report"}
"""Types that a manifest knows under the name of another."""


class UnusableZip(Exception):
    """A zip that is refused as a whole: status code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Upload:
    """What a zip brings: components, and what is wrong with its files."""

    components: tuple[Component, ...]
    problems: tuple[Problem, ...]


def read_upload(content: bytes, *, largest_unpacked: int = LARGEST_UNPACKED) -> Upload:
    """Read a zip; UnusableZip when it is none, or is too big."""
    files = _unpacked(content, largest_unpacked)
    manifest = files.pop(MANIFEST, None)
    if manifest is None:
        return Upload((), (_about_manifest("No package.xml found"),))
    try:
        wanted = _wanted(parse_document(manifest))
    except Malformed as error:
        return Upload((), (_about_manifest(error.problem, error.spot),))
    except _WrongManifest as error:
        return Upload((), (error.problem,))
    return _Reading(files, wanted).upload()


def _unpacked(content: bytes, largest: int) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = [each for each in packed.infolist() if not each.is_dir()]
            if len(entries) > MOST_FILES:
                raise UnusableZip("LIMIT_EXCEEDED", f"The zip holds more than {MOST_FILES} files")
            if sum(each.file_size for each in entries) > largest:
                raise UnusableZip("LIMIT_EXCEEDED", f"The unzipped files are larger than {largest} bytes")
            return {each.filename: packed.read(each) for each in entries}
    except zipfile.BadZipFile as error:
        raise UnusableZip("INVALID_ZIP_FILE", "The file is no zip") from error


class _WrongManifest(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def _about_manifest(text: str, spot: Spot = (1, 1)) -> Problem:
    return Problem("", MANIFEST, MANIFEST, spot, text)


def _wanted(document: Document) -> dict[str, set[str]]:
    """Give the names that the manifest wants of each type."""
    root = Element(document.root)
    version = root.text("version")
    named = VERSION.fullmatch(version)
    if not named or not OLDEST <= int(named[1]) <= NEWEST:
        raise _WrongManifest(_about_manifest(f"Invalid version specified: {version or 'none'}"))
    wanted: dict[str, set[str]] = defaultdict(set)
    for types in root.children("types"):
        kind = types.text("name")
        if kind not in TYPES:
            spot = document.spots[types.node]
            raise _WrongManifest(_about_manifest(f"Unknown type name '{kind}' specified in package.xml", spot))
        wanted[kind] |= {each.own_text for each in types.children("members")}
    return wanted


class _Reading:
    """The files of a zip on their way to components."""

    def __init__(self, files: Mapping[str, bytes], wanted: Mapping[str, set[str]]) -> None:
        self._files = files
        self._wanted = wanted
        self._problems: list[Problem] = []

    def upload(self) -> Upload:
        components = [*self._from_files(), *self._bundles()]
        found = {(MANIFEST_TYPES.get(each.kind, each.kind), each.name) for each in components} | self._unreadable()
        for kind, names in self._wanted.items():
            missing = sorted(name for name in names - {"*"} if (kind, name) not in found)
            self._problems += [
                _about_manifest(
                    f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
                )
                for name in missing
            ]
        self._problems += list(_twice(components))
        return Upload(tuple(components), tuple(self._problems))

    def _unreadable(self) -> set[tuple[str, str]]:
        """Give what could not be read: it is not missing besides."""
        return {(each.kind, each.name) for each in self._problems}

    def _from_files(self) -> Iterator[Component]:
        for path, content in sorted(self._files.items()):
            folder = path.partition("/")[0]
            if folder == BUNDLES:
                continue
            if folder not in FOLDERS:
                self._problems.append(Problem("", path, path, (1, 1), f"Unknown folder '{folder}' in the zip"))
                continue
            yield from self._from_file(folder, path, content)

    def _from_file(self, folder: str, path: str, content: bytes) -> Iterator[Component]:
        kind = FOLDERS[folder][1]
        is_folder = folder == "reports" and path.endswith(META)
        name = path.removeprefix("reports/").removesuffix(META) if is_folder else name_in_folder(folder, path)
        if not self._is_wanted(kind, name, path):
            return
        try:
            document = parse_document(content)
        except Malformed as error:
            self._problems.append(Problem(kind, name, path, error.spot, error.problem))
            return
        root = Component("ReportFolder" if is_folder else kind, name, Element(document.root), path, document.spots)
        if document.root.tag != f"{NAMESPACE}{root.type_name}":
            text = f"Error parsing file: Element {document.root.tag!s} invalid at this location, {kind} is expected"
            self._problems.append(root.problem(text))
            return
        yield from self._split(root) if kind in ("CustomObject", "Workflow") else (root,)

    def _is_wanted(self, kind: str, name: str, path: str) -> bool:
        wanted = self._wanted.get(kind, set())
        parts = any(each.startswith(f"{name}.") for names in self._wanted.values() for each in names)
        if name in wanted or "*" in wanted or (kind in ("CustomObject", "Workflow") and parts):
            return True
        self._problems.append(Problem(kind, name, path, (1, 1), "Not in package.xml"))
        return False

    def _split(self, root: Component) -> Iterator[Component]:
        """Give an object and its parts, or a workflow and its messages, each as a component of its own."""
        kept = etree.Element(root.element.node.tag, nsmap=root.element.node.nsmap)
        spots = dict(root.spots)
        spots[kept] = root.spots[root.element.node]
        for node in list(root.element.node):
            tag = str(node.tag).removeprefix(NAMESPACE)
            kind = "WorkflowOutboundMessage" if tag == "outboundMessages" else PARTS.get(tag, ("", "", ""))[2]
            if kind:
                name = f"{root.name}.{Element(node).text('fullName')}"
                yield Component(kind, name, Element(node), root.file, root.spots)
            if not kind or root.kind == "Workflow":
                kept.append(node)
        if {root.name, "*"} & self._wanted.get(root.kind, set()):
            yield Component(root.kind, root.name, Element(kept), root.file, spots)

    def _bundles(self) -> Iterator[Component]:
        bundles: dict[str, dict[str, bytes]] = defaultdict(dict)
        for path, content in sorted(self._files.items()):
            if path.startswith(f"{BUNDLES}/"):
                _, name, file = path.split("/", 2)
                bundles[name][file] = content
        for name, files in bundles.items():
            path = f"{BUNDLES}/{name}/{name}.js{META}"
            if not self._is_wanted("LightningComponentBundle", name, path):
                continue
            try:
                document = parse_document(files.get(f"{name}.js{META}", b""))
            except Malformed as error:
                self._problems.append(Problem("LightningComponentBundle", name, path, error.spot, error.problem))
                continue
            yield Component("LightningComponentBundle", name, Element(document.root), path, document.spots, files)


def _twice(components: Iterable[Component]) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for each in components:
        key = (each.kind, each.name.lower())
        if key in seen:
            yield each.problem(f"Duplicate name '{each.name}' specified")
        seen.add(key)
