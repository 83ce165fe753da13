"""What each type of metadata may hold, from the Metadata WSDL (v63) that simple-salesforce ships.

Checked element by element and not by a schema, because an org says type, element, line and column of what it refuses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lxml import etree

from drawbar.sandbox.deploying.component import Component, Problem
from drawbar.sandbox.metadata import NAMESPACE, Element

XSD = "{http://www.w3.org/2001/XMLSchema}"
NEWER: Mapping[str, Mapping[str, str]] = {"CustomField": {"displayLocationInDecimal": "xsd:boolean"}}
"""Elements that a v67 org takes and the v63 WSDL lacks, by type."""

ENCODED = frozenset({"targetConfigs"})
"""Elements that the WSDL has as encoded text and files have as XML."""

_LEAVES: Mapping[str, re.Pattern[str]] = {
    "boolean": re.compile(r"true|false|1|0"),
    "int": re.compile(r"[+-]?\d+"),
    "double": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}(Z|[+-]\d{2}:\d{2})?"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """An element of a type: what it holds, and how often it may and must be there."""

    type: str
    needed: bool
    many: bool


@dataclass(frozen=True, slots=True)
class Grammar:
    """All types by name: their elements, or the words of an enumeration."""

    types: Mapping[str, Mapping[str, Slot]]
    words: Mapping[str, frozenset[str]]

    def problems(self, component: Component) -> Iterator[Problem]:
        """Say what is wrong with the form of a component."""
        if component.type_name not in self.types:
            yield component.problem(f"Entity type: '{component.type_name}' is unknown")
            return
        yield from self._within(component.element, component.type_name, component.problem)

    def _within(
        self, element: Element, type_name: str, problem: Callable[[str, Element | None], Problem]
    ) -> Iterator[Problem]:
        slots = self.types[type_name]
        counts: Counter[str] = Counter()
        for node in element.node:
            name = str(node.tag).removeprefix(NAMESPACE)
            child = Element(node)
            counts[name] += 1
            slot = slots.get(name)
            if slot is None:
                yield problem(
                    f"Error parsing file: Element {node.tag!s} invalid at this location in type {type_name}", child
                )
            elif counts[name] > 1 and not slot.many:
                yield problem(f"Error parsing file: Duplicate element {node.tag!s} in type {type_name}", child)
            elif slot.type in self.types:
                yield from self._within(child, slot.type, problem)
            elif name not in ENCODED and (reason := self._leaf(child.own_text, slot.type)):
                yield problem(f"Error parsing file: {reason}", child)
        for name, slot in slots.items():
            if slot.needed and not counts[name]:
                yield problem(f"Required field is missing: {name}", element)

    def _leaf(self, text: str, type_name: str) -> str:
        words = self.words.get(type_name)
        if words is not None:
            return "" if text in words else f"'{text}' is not a valid value for the enum '{type_name}'"
        pattern = _LEAVES.get(type_name)
        return "" if pattern is None or pattern.fullmatch(text) else f"'{text}' is not a valid {type_name}"


@cache
def grammar() -> Grammar:
    """Read the WSDL."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    wsdl = etree.fromstring(files("simple_salesforce").joinpath("metadata.wsdl").read_bytes(), parser)
    found = {str(each.get("name")): each for each in wsdl.iter(f"{XSD}complexType")}
    types = {name: dict(_slots(name, found)) for name in found}
    for name, added in NEWER.items():
        types[name] |= {each: Slot(_bare(kind), needed=False, many=False) for each, kind in added.items()}
    words = {
        str(each.get("name")): frozenset(str(word.get("value")) for word in each.iter(f"{XSD}enumeration"))
        for each in wsdl.iter(f"{XSD}simpleType")
        if each.find(f".//{XSD}enumeration") is not None
    }
    return Grammar(types, words)


def _slots(name: str, found: Mapping[str, etree._Element]) -> Iterator[tuple[str, Slot]]:
    extension = found[name].find(f"{XSD}complexContent/{XSD}extension")
    if extension is not None:
        yield from _slots(_bare(str(extension.get("base"))), found)
    for element in found[name].iterfind(f".//{XSD}sequence/{XSD}element"):
        needed = element.get("minOccurs", "1") != "0"
        yield (
            str(element.get("name")),
            Slot(
                _bare(str(element.get("type"))),
                needed,
                element.get("maxOccurs") is not None and element.get("maxOccurs") != "1",
            ),
        )


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
