"""Reads XML from strangers: what is dangerous is refused by expat before lxml builds anything of it.

Neither parser reads a file or the network. Limits hold per message: see `XmlLimits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from lxml import etree

_FEED: Final = 16_384
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1", "windows-1252"})
"""Encodings that expat and libxml2 are known to read alike; two readings of one message would be two messages."""


class XmlRefused(Exception):
    """A message is not taken in: it is not well-formed, or uses what SOAP forbids or what nobody needs."""


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """How much XML one message may hold; `body_bytes` also holds while it is received."""

    body_bytes: int = 2_000_000
    depth: int = 64
    nodes: int = 50_000
    """Elements and attributes, names of namespaces among them."""

    attributes: int = 64
    """Of one element."""

    tag_bytes: int = 65_536
    """Of one tag, comment or processing instruction."""


def parse(body: bytes, limits: XmlLimits) -> etree._Element:
    """Parse a message; comments and processing instructions are left out, CDATA becomes text.

    Raises XmlRefused for a DOCTYPE, an encoding that is not one of five, XML that is not well-formed, and limits.
    """
    _Guard(limits).look_through(body)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True, strip_cdata=True,
    )  # fmt: skip
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused(f"the message is not well-formed: {error}") from None


class _Guard:
    """Looks through a message with expat, which builds nothing, and refuses it at the first thing that is wrong."""

    def __init__(self, limits: XmlLimits) -> None:
        self._limits = limits
        self._depth = 0
        self._nodes = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = False
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def look_through(self, body: bytes) -> None:
        if len(body) > self._limits.body_bytes:
            raise XmlRefused(f"the message is longer than {self._limits.body_bytes} bytes")
        try:
            for begin in range(0, len(body), _FEED):
                self._parser.Parse(body[begin : begin + _FEED], False)
                self._refuse_long_tag(min(begin + _FEED, len(body)))
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise XmlRefused(f"the message is not well-formed: {error}") from None
        except (ValueError, LookupError) as error:
            raise XmlRefused(f"the message cannot be read: {error}") from None

    def _refuse_long_tag(self, fed: int) -> None:
        """A tag is told of when it ends; one that does not end is given up before it fills the memory."""
        if fed - self._parser.CurrentByteIndex > self._limits.tag_bytes + _FEED:
            raise XmlRefused(f"a tag is longer than {self._limits.tag_bytes} bytes")

    def _doctype(self, *_: object) -> None:
        raise XmlRefused("the message has a document type (DOCTYPE), which SOAP forbids")

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise XmlRefused("the message is in an encoding other than " + ", ".join(sorted(_ENCODINGS)))

    def _start(self, _name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._nodes += 1 + len(attributes)
        if self._depth > self._limits.depth:
            raise XmlRefused(f"elements lie deeper than {self._limits.depth} in each other")
        if self._nodes > self._limits.nodes:
            raise XmlRefused(f"the message has more than {self._limits.nodes} elements and attributes")
        if len(attributes) > self._limits.attributes:
            raise XmlRefused(f"an element has more than {self._limits.attributes} attributes")

    def _end(self, _name: str) -> None:
        self._depth -= 1
