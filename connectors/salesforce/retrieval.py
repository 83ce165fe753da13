"""Retrieves components of an org as a zip of metadata, over SOAP: REST deploys, and retrieves nothing.

Source: Metadata API Developer Guide, "retrieve()", "checkRetrieveStatus()", "RetrieveResult" (read 2026-11).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from drawbar.connectors.salesforce.client import SalesforceClient, about_no_record
from drawbar.connectors.salesforce.deployment import FIRST_WAIT, LONGEST_WAIT
from drawbar.connectors.salesforce.errors import SalesforceBusy, SalesforceStopped
from drawbar.connectors.salesforce.metadata.markup import NAMESPACE
from drawbar.connectors.salesforce.metadata.schema import parse
from drawbar.connectors.salesforce.metadata.unzipping import read_zip
from drawbar.middleware.retry import Clocks

_ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_IN: Final = f"{{{NAMESPACE}}}"


@dataclass(frozen=True, slots=True)
class Retriever:
    """Retrievals from one org."""

    client: SalesforceClient
    clocks: Clocks
    patience: float

    def retrieve(self, members: Mapping[str, Sequence[str]]) -> dict[str, bytes]:
        """Give the files of components (type → names) by their place in the metadata format (`reports/X.report`).

        What the org does not have is left out. Raises SalesforceStopped when the org refuses, fails, or sends what
        must not be read; SalesforceBusy when it takes longer than `patience` seconds.
        """
        process = self._call(_request(members, self.client.version)).findtext(f".//{_IN}id") or ""
        until, wait = self.clocks.monotonic() + self.patience, FIRST_WAIT
        while (found := self._call(_question(process))).findtext(f".//{_IN}done") != "true":
            if self.clocks.monotonic() + wait > until:
                raise SalesforceBusy("the retrieval still runs", remedy="Run the same command again.")
            self.clocks.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        if found.findtext(f".//{_IN}success") != "true":
            reason = found.findtext(f".//{_IN}errorMessage") or "it gave no reason"
            raise SalesforceStopped(f"the org could not give its components: {reason}", remedy=RIGHTS)
        return _files(found)

    def _call(self, call: etree._Element) -> etree._Element:
        with about_no_record():
            answer = self.client.soap("m", lambda session: _enveloped(call, session))
        try:
            return parse(answer.content)
        except ValueError:
            raise SalesforceStopped("the org answered what is no SOAP", remedy="Run the same command again.") from None


RIGHTS: Final = "Give the user of the settings Modify Metadata Through Metadata API Functions, or leave this out."


def _enveloped(call: etree._Element, session: str) -> bytes:
    envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"soap": _ENVELOPE, None: NAMESPACE})
    header = etree.SubElement(etree.SubElement(envelope, f"{{{_ENVELOPE}}}Header"), f"{_IN}SessionHeader")
    etree.SubElement(header, f"{_IN}sessionId").text = session
    etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body").append(call)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _request(members: Mapping[str, Sequence[str]], version: str) -> etree._Element:
    call = etree.Element(f"{_IN}retrieve", nsmap={None: NAMESPACE})
    request = etree.SubElement(call, f"{_IN}retrieveRequest")
    etree.SubElement(request, f"{_IN}apiVersion").text = version
    etree.SubElement(request, f"{_IN}singlePackage").text = "true"
    unpackaged = etree.SubElement(request, f"{_IN}unpackaged")
    for kind, names in members.items():
        types = etree.SubElement(unpackaged, f"{_IN}types")
        for name in names:
            etree.SubElement(types, f"{_IN}members").text = name
        etree.SubElement(types, f"{_IN}name").text = kind
    etree.SubElement(unpackaged, f"{_IN}version").text = version
    return call


def _question(process: str) -> etree._Element:
    call = etree.Element(f"{_IN}checkRetrieveStatus", nsmap={None: NAMESPACE})
    etree.SubElement(call, f"{_IN}asyncProcessId").text = process
    etree.SubElement(call, f"{_IN}includeZip").text = "true"
    return call


def _files(found: etree._Element) -> dict[str, bytes]:
    try:
        files = read_zip(base64.b64decode(found.findtext(f".//{_IN}zipFile") or "", validate=True))
    except ValueError as error:
        raise SalesforceStopped(
            f"what the org retrieved cannot be read: {error}", remedy="Leave it out: --describe-only."
        ) from None
    return {path.removeprefix("unpackaged/"): content for path, content in files.items()}
