"""Metadata files as Salesforce itself writes them: same order, same indent, so that a retrieve shows no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"

Leaf = str | int | bool


@dataclass(frozen=True, slots=True)
class Node:
    """An element with children; the same name may come more than once."""

    name: str
    children: Sequence[tuple[str, Leaf | Node]] = field(default_factory=tuple)


def document(root: Node) -> bytes:
    """Write a metadata file: UTF-8, four blanks per level, `fullName` first, everything else by name."""
    top = etree.Element(f"{{{NAMESPACE}}}{root.name}", nsmap={None: NAMESPACE})
    _fill(top, root)
    etree.indent(top, space="    ")
    body = etree.tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _fill(element: etree._Element, node: Node) -> None:
    for name, value in sorted(node.children, key=lambda child: (child[0] != "fullName", child[0])):
        child = etree.SubElement(element, f"{{{NAMESPACE}}}{name}")
        if isinstance(value, Node):
            _fill(child, value)
        else:
            child.text = str(value).lower() if isinstance(value, bool) else str(value)
