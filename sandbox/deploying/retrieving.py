"""Retrievals over SOAP, as far as comparing needs them: `retrieve` and `checkRetrieveStatus` of the Metadata API.

Source: Metadata API Developer Guide, "retrieve()", "checkRetrieveStatus()" (read 2026-11). A retrieval is done as soon
as it was asked for; what the org does not have is told in a message and left out.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final

from lxml import etree
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from drawbar.sandbox.deploying.component import FOLDERS, PARTS, Component, source_text
from drawbar.sandbox.deploying.installation import Installation
from drawbar.sandbox.deploying.parsing import Malformed, parse_document
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import new_id
from drawbar.sandbox.metadata import NAMESPACE
from drawbar.sandbox.sessions import Sessions

ENVELOPE: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
LARGEST_CALL: Final = 1024 * 1024
_PLACES: Final[Mapping[str, tuple[str, str]]] = {kind: (folder, ending) for folder, (ending, kind) in FOLDERS.items()}
_ELEMENTS: Final[Mapping[str, str]] = {kind: element for element, (_, _, kind) in PARTS.items()}

Members = Mapping[str, Sequence[str]]


class Retrievals:
    """The retrievals of an org, by id, as long as it runs."""

    def __init__(self, installation: Installation, sessions: Sessions) -> None:
        self._installation = installation
        self._sessions = sessions
        self._asked: dict[str, Members] = {}

    def routes(self) -> list[Route]:
        return [Route("/services/Soap/m/{version}", self._endpoint, methods=["POST"])]

    async def _endpoint(self, request: Request) -> Response:
        if int(request.headers.get("content-length", LARGEST_CALL + 1)) > LARGEST_CALL:
            return _fault("EXCEEDED_MAX_SIZE_REQUEST", "The request is too large")
        body = await request.body()
        try:
            return _answer(await run_in_threadpool(self._answered, body))
        except Malformed as error:
            return _fault("UNKNOWN_EXCEPTION", error.problem)
        except SalesforceError as error:
            return _fault(error.code, error.message)

    def _answered(self, body: bytes) -> etree._Element:
        root = parse_document(body).root
        self._sessions.user_of(root.findtext(f".//{NAMESPACE}sessionId") or "")
        call = root.find(f"{ENVELOPE}Body/*")
        operation = "" if call is None else etree.QName(call).localname
        if call is not None and operation == "retrieve":
            return self._begin(call)
        if call is not None and operation == "checkRetrieveStatus":
            return self._status(call)
        raise SalesforceError("UNKNOWN_EXCEPTION", f"No operation available for request {operation}")

    def _begin(self, call: etree._Element) -> etree._Element:
        wanted: dict[str, list[str]] = {}
        for types in call.iter(f"{NAMESPACE}types"):
            names = [each.text or "" for each in types.findall(f"{NAMESPACE}members")]
            wanted[types.findtext(f"{NAMESPACE}name") or ""] = names
        process = new_id("09S", len(self._asked) + 1)
        self._asked[process] = wanted
        return _result("retrieveResponse", {"done": "false", "id": process, "state": "Queued"})

    def _status(self, call: etree._Element) -> etree._Element:
        process = call.findtext(f"{NAMESPACE}asyncProcessId") or ""
        if process not in self._asked:
            raise SalesforceError("INVALID_ID_FIELD", f"invalid cross reference id {process}")
        found, missing = self._found(self._asked[process])
        answer = _result("checkRetrieveStatusResponse", {"done": "true", "id": process})
        result = answer[0]
        for name in missing:
            message = etree.SubElement(result, f"{NAMESPACE}messages")
            etree.SubElement(message, f"{NAMESPACE}fileName").text = "package.xml"
            etree.SubElement(message, f"{NAMESPACE}problem").text = f"Entity named '{name}' cannot be found"
        for name, value in (("status", "Succeeded"), ("success", "true"), ("zipFile", _zipped(_files(found)))):
            etree.SubElement(result, f"{NAMESPACE}{name}").text = value
        return answer

    def _found(self, wanted: Members) -> tuple[list[Component], list[str]]:
        estate = self._installation.estate
        asked = [(_kind(kind, name), name) for kind, names in wanted.items() for name in names]
        found = [each for each in (estate.get(kind, name) for kind, name in asked) if each is not None]
        return found, [name for kind, name in asked if not estate.has(kind, name)]


def _kind(kind: str, name: str) -> str:
    """Tell a folder of reports, which is asked for as a report, from the reports in it."""
    return "ReportFolder" if kind == "Report" and "/" not in name else kind


def _files(components: Sequence[Component]) -> dict[str, bytes]:
    """Give the files of components in the metadata format; the parts of one object stand in one file."""
    files: dict[str, bytes] = {}
    parts: dict[str, list[Component]] = defaultdict(list)
    for each in components:
        if each.kind in _ELEMENTS:
            parts[each.owner].append(each)
        elif each.kind == "LightningComponentBundle":
            files |= {f"lwc/{each.name}/{name}": content for name, content in each.files.items()}
        elif each.kind == "ReportFolder":
            files[f"reports/{each.name}-meta.xml"] = source_text(each)
        elif each.kind in _PLACES:
            folder, ending = _PLACES[each.kind]
            files[f"{folder}/{each.name}.{ending}"] = source_text(each)
    return files | {f"objects/{owner}.object": _object(held) for owner, held in parts.items()}


def _object(parts: Sequence[Component]) -> bytes:
    root = etree.Element(f"{NAMESPACE}CustomObject", nsmap={None: NAMESPACE.strip("{}")})
    for each in parts:
        element = etree.SubElement(root, f"{NAMESPACE}{_ELEMENTS[each.kind]}")
        element.extend([deepcopy(child) for child in each.element.node])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _zipped(files: Mapping[str, bytes]) -> str:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in files.items():
            packed.writestr(f"unpackaged/{path}", content)
    return base64.b64encode(held.getvalue()).decode()


def _result(name: str, values: Mapping[str, str]) -> etree._Element:
    answer = etree.Element(f"{NAMESPACE}{name}", nsmap={None: NAMESPACE.strip("{}")})
    result = etree.SubElement(answer, f"{NAMESPACE}result")
    for key, value in values.items():
        etree.SubElement(result, f"{NAMESPACE}{key}").text = value
    return answer


def _answer(content: etree._Element, status: int = 200) -> Response:
    envelope = etree.Element(f"{ENVELOPE}Envelope", nsmap={"soapenv": ENVELOPE.strip("{}")})
    etree.SubElement(envelope, f"{ENVELOPE}Body").append(content)
    text = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return Response(text, status, media_type="text/xml")


def _fault(code: str, message: str) -> Response:
    fault = etree.Element(f"{ENVELOPE}Fault", nsmap={"sf": NAMESPACE.strip("{}")})
    etree.SubElement(fault, "faultcode").text = f"sf:{code}"
    etree.SubElement(fault, "faultstring").text = f"{code}: {message}"
    return _answer(fault, 500)
