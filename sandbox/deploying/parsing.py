"""Parses metadata files so that every element knows its line and column, which is where an org points at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

Spot = tuple[int, int]
"""Line and column of an element's beginning, both from 1."""


class Malformed(Exception):
    """A file that is no XML: what is wrong, and where."""

    def __init__(self, problem: str, spot: Spot) -> None:
        super().__init__(problem)
        self.problem = problem
        self.spot = spot


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its root, and where each element begins."""

    root: etree._Element
    spots: Mapping[etree._Element, Spot]


def parse_document(content: bytes) -> Document:
    """Parse a file; Malformed when it is no XML, or declares a document type."""
    if b"<!DOCTYPE" in content:
        raise Malformed("Error parsing file: DOCTYPE is disallowed", (1, 1))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Malformed(f"Error parsing file: {error.msg}", (line, column)) from error
    return Document(root, dict(zip(root.iter(), _spots(content), strict=True)))


def _spots(content: bytes) -> list[Spot]:
    """Give line and column of every element in the order of the document; lxml keeps the lines alone."""
    found: list[Spot] = []
    reader = expat.ParserCreate()
    reader.StartElementHandler = lambda *_: found.append((reader.CurrentLineNumber, reader.CurrentColumnNumber + 1))
    reader.Parse(content, True)
    return found
