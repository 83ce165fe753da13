"""The XML of the simulated RDN: reads a call, writes an answer or a fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

RDN: Final = "https://api.recoverydatabase.net/2.0/"
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_Value = str | Mapping[str, str] | Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its name, the key that was shown, the page that was asked for, and its values, nested ones by name."""

    name: str
    api_key: str
    page: int
    per_page: int
    values: dict[str, str] = field(default_factory=dict)
    nested: dict[str, dict[str, str]] = field(default_factory=dict)


def read_call(content: bytes) -> Call:
    """Read a call; raises ValueError for something else."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    body = root.find(f"{{{_SOAP}}}Body")
    if body is None or not len(body) or root.getroottree().docinfo.doctype:
        raise ValueError("no SOAP call")
    (operation,) = body
    values = {str(each.tag): each.text or "" for each in operation if not len(each)}
    nested = {str(each.tag): {str(part.tag): part.text or "" for part in each} for each in operation if len(each)}
    key, page, size = (root.findtext(f".//{{{_SOAP}}}Header//{name}") for name in ("api_key", "page", "per_page"))
    return Call(etree.QName(operation).localname, key or "", int(page or 1), int(size or 100), values, nested)


def answer(call: Call, value: _Value, *, inside: str = "", pages: int | None = None) -> bytes:
    """Write an answer: a text, a record, or items, `inside` another element where one is named."""
    envelope, body = _envelope(pages)
    response = etree.SubElement(body, f"{{{RDN}}}{call.name}Response")
    place = etree.SubElement(response, "return")
    if inside:
        place = etree.SubElement(place, inside)
    if isinstance(value, str):
        place.text = value
    elif isinstance(value, Mapping):
        _fill(place, value.items())
    else:
        for each in value:
            _fill(etree.SubElement(place, "item"), each.items())
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def fault(code: str, words: str) -> bytes:
    """Write a SOAP fault."""
    envelope, body = _envelope(None)
    refusal = etree.SubElement(body, f"{{{_SOAP}}}Fault")
    _fill(refusal, [("faultcode", code), ("faultstring", words)])
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _envelope(pages: int | None) -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"SOAP-ENV": _SOAP, "ns1": RDN})
    if pages is not None:
        pager = etree.SubElement(etree.SubElement(envelope, f"{{{_SOAP}}}Header"), f"{{{RDN}}}pager")
        etree.SubElement(pager, "total_pages").text = str(pages)
    return envelope, etree.SubElement(envelope, f"{{{_SOAP}}}Body")


def _fill(place: etree._Element, values: Iterable[tuple[str, str]]) -> None:
    for name, text in values:
        etree.SubElement(place, name).text = text
