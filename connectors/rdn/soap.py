"""SOAP as RDN speaks it: zeep writes and reads by our own description of the calls, `VendorApi` carries them.

Source: public clients of the interface (namespace, headers, names of calls; read 2026-11), docs/connectors/rdn.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree
from requests import Response
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError
from zeep.helpers import serialize_object

from drawbar.middleware.vendor import Said

_SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
RESTRICTED: Final = "RESTRICTED"
NOT_FOUND: Final = "NOT_FOUND"
INVALID: Final = "INVALID"
ABOUT_RECORDS: Final = frozenset({RESTRICTED, NOT_FOUND, INVALID})
"""Our codes of faults that concern one case; RDN tells them, as all faults, with HTTP status 500."""

_WORDS: Final = (("restrict", RESTRICTED), ("not found", NOT_FOUND), ("no such", NOT_FOUND))
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call was answered with, as plain values, and how many pages there are."""

    value: object
    pages: int


@cache
def _client() -> Client:
    """Give zeep's understanding of our description; it is never asked to send anything."""
    place = Path(__file__).with_name("rdn.wsdl")
    return Client(  # type: ignore[no-untyped-call]
        str(place), settings=Settings(strict=False, forbid_dtd=True, forbid_external=True)
    )


def write_call(operation: str, api_key: str, values: Mapping[str, object], page: Mapping[str, int] | None) -> bytes:
    """Write the envelope of a call."""
    client = _client()
    headers: dict[str, object] = {"apiKey": {"api_key": api_key}}
    if page is not None:
        headers["pager"] = page
    envelope = client.create_message(  # type: ignore[no-untyped-call]
        client.service, operation, _soapheaders=headers, **values
    )
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def read_reply(operation: str, content: bytes) -> Reply:
    """Read the answer to a call; raises ValueError when it is none."""
    envelope = _parsed(content)
    if envelope.tag != f"{_SOAP}Envelope":
        raise ValueError("not a SOAP envelope")
    try:
        binding = _client().service._binding  # noqa: SLF001  (zeep offers no other way to read an answer)
        value = binding.get(operation).process_reply(envelope)
    except (ZeepError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not an answer to {operation}") from error
    pages = envelope.findtext(f"{_SOAP}Header/{{*}}pager/total_pages") or "1"
    plain: object = serialize_object(value, dict)  # type: ignore[no-untyped-call]
    return Reply(plain, int(pages))


def read_refusal(response: Response) -> Said:
    """Understand a fault; a refusal that is none is told by its status alone."""
    try:
        refusal = _parsed(response.content).find(f".//{_SOAP}Fault")
    except ValueError:
        refusal = None
    if refusal is None:
        return Said("", f"HTTP {response.status_code}")
    code, words = refusal.findtext("faultcode") or "", refusal.findtext("faultstring") or ""
    code = code.rpartition(":")[2]
    ours = code if code in ABOUT_RECORDS else next((ours for part, ours in _WORDS if part in words.lower()), code)
    return Said(ours, " ".join(words.split())[:_LONGEST] or f"HTTP {response.status_code}")


def _parsed(content: bytes) -> etree._Element:
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise ValueError("not XML") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("XML with a document type")
    return root
