"""How an org's pages, components, rules, actions and reports differ from the package: what a describe cannot show.

All that the package says has to be in the org, in whatever order; what the org says besides, such as values that it
fills in by itself, is no difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from lxml import etree

from drawbar.connectors.salesforce.metadata.comparison import OrgDifference
from drawbar.connectors.salesforce.metadata.markup import NAMESPACE
from drawbar.connectors.salesforce.metadata.schema import NotXml, parse

COMPARED: Final = (
    "CustomApplication", "CustomTab", "FlexiPage", "Flow", "Layout", "LightningComponentBundle", "PathAssistant",
    "QuickAction", "Report", "Settings", "CompactLayout", "ListView", "ValidationRule",
)  # fmt: skip
"""The types that are compared by what they say."""

PARTS: Final = {"compactLayouts": "CompactLayout", "listViews": "ListView", "validationRules": "ValidationRule"}
FOLDERS: Final = (
    "applications", "tabs", "flexipages", "flows", "layouts", "lwc", "pathAssistants", "quickActions", "reports",
    "settings",
)  # fmt: skip
NO_XML: Final = "the org has no XML there"
_LONGEST: Final = 60
_IN: Final = f"{{{NAMESPACE}}}"


def compared_members(members: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Give those of a package's components (type → names) that are compared."""
    return {kind: members[kind] for kind in COMPARED if members.get(kind)}


def compare_files(package: Mapping[str, bytes], org: Mapping[str, bytes]) -> list[OrgDifference]:
    """Give the differences between two sets of files in the metadata format, by name."""
    found: list[OrgDifference] = []
    for path, content in package.items():
        if path.startswith("objects/"):
            found.extend(_object(path, parse(content), org.get(path)))
        elif path.startswith(tuple(f"{each}/" for each in FOLDERS)):
            found.extend(_file(path, content, org.get(path)))
    return sorted(found, key=lambda each: (each.what, each.detail))


def _file(path: str, content: bytes, held: bytes | None) -> Iterator[OrgDifference]:
    if held is None:
        yield OrgDifference("missing", path, "the org does not have it")
    elif path.startswith("lwc/") and not path.endswith(".xml"):
        if content.split() != held.split():
            yield OrgDifference("different", path, "the org has another text")
    elif detail := _said_otherwise(path, content, held):
        yield OrgDifference("different", path, detail)


def _said_otherwise(path: str, content: bytes, held: bytes) -> str:
    try:
        found = parse(held)
    except NotXml:
        return NO_XML
    wanted = parse(content)
    if path.startswith("flows/"):  # whether a flow runs is for the people of the org to say
        etree.strip_elements(wanted, f"{_IN}status", with_tail=False)
    return _lacking(wanted, found)


def _object(path: str, wanted: etree._Element, held: bytes | None) -> Iterator[OrgDifference]:
    owner = path.removeprefix("objects/").removesuffix(".object")
    try:
        known = {} if held is None else _parts(parse(held))
    except NotXml:
        yield OrgDifference("different", path, NO_XML)
        return
    for (element, name), part in _parts(wanted).items():
        what = f"{PARTS[element]} {owner}.{name}"
        found = known.get((element, name))
        if found is None:
            yield OrgDifference("missing", what, "the org does not have it")
        elif detail := _lacking(part, found):
            yield OrgDifference("different", what, detail)


def _parts(root: etree._Element) -> dict[tuple[str, str], etree._Element]:
    return {
        (tag, each.findtext(f"{_IN}fullName") or ""): each
        for tag in PARTS
        for each in root.findall(f"{_IN}{tag}")
    }  # fmt: skip


def _lacking(wanted: etree._Element, found: etree._Element) -> str:
    """Say what of an element another one lacks, "" when it has all of it."""
    if not len(wanted):
        ours, theirs = _text(wanted), _text(found)
        return "" if ours == theirs else f"{_name(wanted)}: the package has {_cut(ours)}, the org has {_cut(theirs)}"
    theirs_by_name = _by_name(found)
    for name, each_of_ours in _by_name(wanted).items():
        detail = _unmatched(each_of_ours, theirs_by_name.get(name, []))
        if detail:
            return f"{_name(wanted)}/{detail}"
    return ""


def _unmatched(ours: Sequence[etree._Element], theirs: Sequence[etree._Element]) -> str:
    """Find each of our elements, of one name, among theirs; each of theirs stands for one of ours."""
    left = list(theirs)
    for each in ours:
        details = [_lacking(each, candidate) for candidate in left]
        if "" in details:
            del left[details.index("")]
        elif len(ours) == len(theirs) == 1:
            return details[0]
        else:
            return f"{_name(each)}: the org lacks {_cut(' '.join(' '.join(map(str, each.itertext())).split()))}"
    return ""


def _by_name(element: etree._Element) -> dict[str, list[etree._Element]]:
    found: dict[str, list[etree._Element]] = defaultdict(list)
    for each in _elements(element):
        found[str(each.tag)].append(each)
    return found


def _elements(element: etree._Element) -> Iterable[etree._Element]:
    return (each for each in element if isinstance(each.tag, str))


def _name(element: etree._Element) -> str:
    return str(element.tag).removeprefix(_IN)


def _text(element: etree._Element) -> str:
    return " ".join((element.text or "").split())


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
