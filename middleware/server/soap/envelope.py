"""SOAP envelopes of both versions: what is in one, and how answers and faults are put into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from drawbar.middleware.server.soap.faults import FaultSide, SoapFault

WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PROBLEM: Final = "urn:drawbar:problem"
"""Namespace of what stands in the detail of a fault."""

_UNDERSTOOD: Final = frozenset({f"{{{WSSE}}}Security"})
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class SoapVersion:
    """What differs between SOAP 1.1 and 1.2. `codes` names the two sides of a fault; `must` the words for true."""

    name: str
    namespace: str
    content_type: str
    codes: tuple[str, str]

    def tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"


SOAP_11: Final = SoapVersion("1.1", "http://schemas.xmlsoap.org/soap/envelope/", "text/xml", ("Client", "Server"))
SOAP_12: Final = SoapVersion(
    "1.2", "http://www.w3.org/2003/05/soap-envelope", "application/soap+xml", ("Sender", "Receiver")
)
VERSIONS: Final = {each.tag("Envelope"): each for each in (SOAP_11, SOAP_12)}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it came: its version, its header blocks, and the children of its body (PHP may send several)."""

    version: SoapVersion
    headers: Sequence[etree._Element]
    body: etree._Element

    @property
    def payload(self) -> etree._Element:
        """The element that names the operation; SoapFault when there is none."""
        first = next(iter(self.body), None)
        if first is None:
            raise SoapFault("the body of the message is empty", side=FaultSide.CALLER)
        return first


def open_envelope(root: etree._Element) -> Envelope:
    """Take a message apart.

    Raises SoapFault when it is no envelope, has no body, or has a header block that must be understood and is not.
    """
    version = VERSIONS.get(str(root.tag))
    if version is None:
        raise SoapFault("the message is not a SOAP 1.1 or 1.2 envelope", side=FaultSide.VERSION)
    header, body = root.find(version.tag("Header")), root.find(version.tag("Body"))
    if body is None:
        raise SoapFault("the envelope has no body", side=FaultSide.CALLER)
    blocks = [] if header is None else list(header)
    for block in blocks:
        needed = block.get(version.tag("mustUnderstand"), "").strip() in {"1", "true"}
        if needed and str(block.tag) not in _UNDERSTOOD:
            raise SoapFault(f"the header {block.tag!s} is not understood", side=FaultSide.UNDERSTANDING)
    return Envelope(version, blocks, body)


def answer_envelope(version: SoapVersion, payload: etree._Element) -> bytes:
    """Put an answer into an envelope."""
    root = etree.Element(version.tag("Envelope"), nsmap={"soap": version.namespace})
    etree.SubElement(root, version.tag("Body")).append(payload)
    return _written(root)


def fault_envelope(version: SoapVersion, fault: SoapFault) -> bytes:
    """Put a fault into an envelope, in the shape of the version."""
    root = etree.Element(version.tag("Envelope"), nsmap={"soap": version.namespace})
    body = etree.SubElement(root, version.tag("Body"))
    told = etree.SubElement(body, version.tag("Fault"))
    code = f"soap:{_code(version, fault.side)}"
    if version is SOAP_11:
        etree.SubElement(told, "faultcode").text = code
        etree.SubElement(told, "faultstring").text = fault.message
        detail = "detail"
    else:
        etree.SubElement(etree.SubElement(told, version.tag("Code")), version.tag("Value")).text = code
        text = etree.SubElement(etree.SubElement(told, version.tag("Reason")), version.tag("Text"))
        text.set(_XML_LANG, "en")
        text.text = fault.message
        detail = version.tag("Detail")
    _add_problem(told, detail, fault)
    return _written(root)


def _add_problem(told: etree._Element, detail: str, fault: SoapFault) -> None:
    parts = {"code": fault.code, "record": fault.record, "field": fault.field, "remedy": fault.remedy}
    if not any(parts.values()):
        return
    problem = etree.SubElement(etree.SubElement(told, detail), f"{{{PROBLEM}}}problem", nsmap={None: PROBLEM})
    for name, value in parts.items():
        if value:
            etree.SubElement(problem, f"{{{PROBLEM}}}{name}").text = value


def _code(version: SoapVersion, side: FaultSide) -> str:
    match side:
        case FaultSide.CALLER:
            return version.codes[0]
        case FaultSide.HUB:
            return version.codes[1]
        case FaultSide.VERSION:
            return "VersionMismatch"
        case FaultSide.UNDERSTANDING:
            return "MustUnderstand"


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
