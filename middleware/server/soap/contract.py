"""A contract: a WSDL of our own, its schema, and what zeep makes of its types; XML becomes values and back by it.

Document/literal, one part per message, each input element named like its operation: the shape that every client knows.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import DecimalException
from pathlib import Path
from typing import Any, Final

from lxml import etree
from zeep.settings import Settings
from zeep.transports import Transport
from zeep.wsdl import Document
from zeep.xsd import ComplexType, Element, String

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.server.soap.faults import FaultSide, SoapFault

WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_ADDRESSES: Final = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")


class _NoTransport(Transport):
    """Loads nothing: a contract stands in one file."""

    def load(self, url: str) -> bytes:
        raise ConfigError(f"a contract may not refer to {url}", remedy="Put it all into one file.")


@dataclass(frozen=True, slots=True)
class ContractOperation:
    """An operation by its name, with the elements that ask and answer."""

    name: str
    asks: Element
    answers: Element


class Contract:
    """A WSDL, compiled; safe for many threads."""

    def __init__(self, wsdl: bytes) -> None:
        """Compile a WSDL. Raises ConfigError when it has another shape than ours have."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        self._root = etree.fromstring(wsdl, parser)
        # Written and read again, for the names of namespaces that are declared further up.
        schema = etree.tostring(self._root.iterfind(f"{{{WSDL}}}types/{{{XSD}}}schema").__next__())
        self._schema = etree.XMLSchema(etree.fromstring(schema, parser))
        self._validating = threading.Lock()
        self._by_tag = {each.asks.qname.text: each for each in _operations(wsdl)}

    @classmethod
    def read(cls, path: Path) -> Contract:
        """Compile the WSDL in a file."""
        return cls(path.read_bytes())

    @property
    def operations(self) -> list[ContractOperation]:
        return list(self._by_tag.values())

    def operation(self, payload: etree._Element) -> ContractOperation:
        """Find the operation that an element asks for; SoapFault names it when there is none."""
        found = self._by_tag.get(str(payload.tag))
        if found is None:
            known = ", ".join(sorted(each.name for each in self.operations))
            raise SoapFault(
                f"there is no operation {payload.tag!s}", side=FaultSide.CALLER, code="UNKNOWN_OPERATION",
                remedy=f"The operations are: {known}.",
            )  # fmt: skip
        return found

    def complaint(self, payload: etree._Element) -> str:
        """Say what the schema has against an element, "" when nothing."""
        with self._validating:  # the schema's list of errors is one for all threads
            if self._schema.validate(payload):
                return ""
            return self._schema.error_log[0].message

    def served(self, address: str) -> bytes:
        """Give the WSDL with the address at which callers reach the service."""
        root = deepcopy(self._root)
        for namespace in _ADDRESSES:
            for place in root.iter(f"{{{namespace}}}address"):
                place.set("location", address)
        return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _operations(wsdl: bytes) -> Iterator[ContractOperation]:
    settings = Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    nothing = _NoTransport()  # type: ignore[no-untyped-call]
    document = Document(io.BytesIO(wsdl), nothing, settings=settings)  # type: ignore[arg-type]
    bindings = [binding.all() for binding in document.bindings.values()]  # type: ignore[no-untyped-call]
    operations = {name: each for binding in bindings for name, each in binding.items()}
    for name, each in operations.items():
        asks, answers = each.input.body, each.output.body
        if each.style != "document" or asks is None or asks.name != name:
            raise ConfigError(
                f"operation {name} is not document/literal with an input element of its own name",
                remedy="Name the element like the operation.",
            )
        yield ContractOperation(name, asks, answers)


def decode(payload: etree._Element, kind: ComplexType) -> dict[str, object]:
    """Give what an element holds by the names of its children, as Python values by their types.

    An empty element of text is "", one with xsi:nil is None, one that may come several times is a list. Elements that
    the type does not know are passed over: a contract that minds them validates first. Raises SoapFault that names a
    field whose value is not of its type.
    """
    known = {element.name: element for _, element in kind.elements}
    values: dict[str, object] = {name: [] for name, element in known.items() if element.accepts_multiple}
    for child in payload:
        name = etree.QName(child).localname
        element = known.get(name)
        if element is None:
            continue
        value = _decoded(child, element)
        several = values.get(name)
        if element.accepts_multiple and isinstance(several, list):
            several.append(value)
        else:
            values[name] = value
    return values


def _decoded(child: etree._Element, element: Element) -> object:
    if child.get(f"{{{XSI}}}nil", "").strip() in {"1", "true"}:
        return None
    if isinstance(element.type, ComplexType):
        return decode(child, element.type)
    text = child.text or ""
    if not text.strip() and not isinstance(element.type, String):
        return None
    try:
        return element.type.pythonvalue(text)
    except (ValueError, TypeError, DecimalException):
        raise SoapFault(
            "the value is not of the type that the contract names", side=FaultSide.CALLER, code="WRONG_TYPE",
            field=str(element.name),
        ) from None  # fmt: skip


def encode(element: Element, value: Mapping[str, Any]) -> etree._Element:
    """Write values as an element of the contract; a value that is None is left out."""
    root = etree.Element(element.qname, nsmap={None: etree.QName(element.qname).namespace or ""})
    _fill(root, element, value)
    return root


def _fill(node: etree._Element, element: Element, value: Any) -> None:
    if not isinstance(element.type, ComplexType):
        node.text = element.type.xmlvalue(value)
        return
    for _, inner in element.type.elements:
        given = value.get(inner.name)
        several = given if inner.accepts_multiple and given is not None else [given]
        for each in several:
            if each is not None:
                _fill(etree.SubElement(node, inner.qname), inner, each)
