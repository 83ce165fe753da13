"""A schema for metadata source files, made from the Metadata WSDL (v63) that simple-salesforce ships.

The WSDL describes what travels in SOAP; a source file is one element of a type derived from `Metadata`. Order is
free in files and fixed in the schema, so both are sorted by name before they are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from lxml import etree

from drawbar.connectors.salesforce.metadata.markup import NAMESPACE

XSD = "{http://www.w3.org/2001/XMLSchema}"

ADDED_SINCE: tuple[tuple[str, str, str], ...] = (("CustomField", "displayLocationInDecimal", "xsd:boolean"),)
"""Elements that Salesforce writes and takes although the v63 WSDL lacks them: type, element, its type."""

ENCODED = ("targetConfigs",)
"""Elements that travel in SOAP as encoded text and stand in files as XML, for which the WSDL has no types."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a file of the package: where, and what; `line` is 0 when no line is to blame."""

    path: str
    line: int
    message: str


@cache
def metadata_schema() -> etree.XMLSchema:
    """Give the schema with one element for each kind of metadata file."""
    wsdl = etree.fromstring(files("simple_salesforce").joinpath("metadata.wsdl").read_bytes(), _parser())
    within = next(each for each in wsdl.iter(f"{XSD}schema") if each.get("targetNamespace") == NAMESPACE)
    schema = etree.fromstring(etree.tostring(within), _parser())
    bases = _bases(schema)
    for type_name, element, element_type in ADDED_SINCE:
        sequence = schema.find(f"{XSD}complexType[@name='{type_name}']//{XSD}sequence")
        assert sequence is not None  # noqa: S101  (the WSDL is part of a pinned library)
        etree.SubElement(sequence, f"{XSD}element", name=element, type=element_type, minOccurs="0")
    _flatten(schema, bases)
    for sequence in schema.iter(f"{XSD}sequence"):
        sequence[:] = sorted(sequence, key=lambda child: child.get("name", "~"))
    for soap_element in schema.findall(f"{XSD}element"):
        schema.remove(soap_element)
    for type_name in sorted(name for name in bases if _is_metadata(name, bases)):
        etree.SubElement(schema, f"{XSD}element", name=type_name, type=f"tns:{type_name}")
    return etree.XMLSchema(schema)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)


def _bases(schema: etree._Element) -> dict[str, str]:
    """Give the base type of each derived type."""
    found = {}
    for complex_type in schema.findall(f"{XSD}complexType"):
        extension = complex_type.find(f"{XSD}complexContent/{XSD}extension")
        if extension is not None:
            found[str(complex_type.get("name"))] = str(extension.get("base")).rpartition(":")[2]
    return found


def _flatten(schema: etree._Element, bases: dict[str, str]) -> None:
    """Give parts of files that extend another part (an app's overrides those of an object) their base's elements.

    Else the schema would want the base's elements before their own, and no order by name could suit it.
    """
    types = {str(each.get("name")): each for each in schema.findall(f"{XSD}complexType")}
    parts = [name for name in bases if not _is_metadata(name, bases)]
    elements = {name: _once(_elements(types, name, bases)) for name in parts}
    for name in parts:
        own = types[name]
        for content in list(own):
            own.remove(content)
        etree.SubElement(own, f"{XSD}sequence").extend(elements[name])


def _once(elements: Iterable[etree._Element]) -> list[etree._Element]:
    """Copy elements, of those with one name the last: a type may say anew what its base says."""
    return [deepcopy(each) for each in {each.get("name"): each for each in elements}.values()]


def _elements(types: dict[str, etree._Element], name: str, bases: dict[str, str]) -> Iterator[etree._Element]:
    """Give the elements of a type, those of its bases first."""
    if name in bases:
        yield from _elements(types, bases[name], bases)
    if name in types:
        yield from (each for sequence in types[name].iter(f"{XSD}sequence") for each in sequence)


def _is_metadata(name: str, bases: dict[str, str]) -> bool:
    while name in bases:
        name = bases[name]
    return name == "Metadata"


class NotXml(ValueError):
    """A file that cannot be parsed: what is wrong, and in which line (0 when in none)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse(content: bytes) -> etree._Element:
    """Parse a metadata file; entities and DTDs are not followed.

    Raises NotXml that says what is wrong, in which line and column.
    """
    if b"<!DOCTYPE" in content:
        raise NotXml("has a DOCTYPE, which no metadata file has", 0)
    try:
        return etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise NotXml(f"is not XML (line {line}, column {column}): {error.msg}", line) from None


def schema_findings(path: Path, shown_as: str) -> list[Finding]:
    """Give what the schema says against one file, by line of the file."""
    try:
        root = parse(path.read_bytes())
    except NotXml as error:
        return [Finding(shown_as, error.line, str(error))]
    _sort(root)
    for encoded in root.iter(*(f"{{{NAMESPACE}}}{name}" for name in ENCODED)):
        del encoded[:]
    schema = metadata_schema()
    if schema.validate(root):
        return []
    return [Finding(shown_as, entry.line, entry.message.replace(f"{{{NAMESPACE}}}", "")) for entry in schema.error_log]


def _sort(element: etree._Element) -> None:
    element[:] = sorted(element, key=lambda child: (etree.QName(child).localname != "fullName", str(child.tag)))
    for child in element:
        _sort(child)
