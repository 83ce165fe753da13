"""Answers SOAP over HTTP: counts the bytes while they come, and puts every error into a fault of the caller's version.

A route of it can be mounted into any Starlette or FastAPI app. Long messages are parsed on a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from lxml import etree
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.server.soap.call import SoapCall
from drawbar.middleware.server.soap.envelope import (
    SOAP_11,
    SOAP_12,
    VERSIONS,
    SoapVersion,
    answer_envelope,
    fault_envelope,
    open_envelope,
)
from drawbar.middleware.server.soap.faults import FaultSide, SoapFault, fault_of
from drawbar.middleware.server.soap.parsing import XmlRefused, parse
from drawbar.middleware.server.soap.service import SoapService

_log = structlog.get_logger(__name__)

_MEDIA_TYPES: Final = frozenset({"text/xml", "application/soap+xml", "application/xml"})
_SHORT_BYTES: Final = 16_384
_OK, _BAD_REQUEST, _NOT_ALLOWED, _TOO_LARGE, _NOT_SUPPORTED, _ERROR = 200, 400, 405, 413, 415, 500


@dataclass(frozen=True, slots=True)
class SoapHost:
    """One address at which a service answers; `address` is the one that callers use, as the WSDL names it."""

    service: SoapService
    address: str
    clock: Callable[[], datetime]

    def route(self, path: str) -> Route:
        """Give the route that answers at a path."""
        return Route(path, ServerErrorMiddleware(self, handler=_defect))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await (await self._respond(request))(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._post(request)
        wsdl = self.service.wsdl(self.address) if request.method in {"GET", "HEAD"} else None
        if wsdl is None:
            return Response("SOAP messages come by POST.\n", _NOT_ALLOWED, {"Allow": "POST"}, "text/plain")
        return Response(wsdl, media_type="text/xml")

    async def _post(self, request: Request) -> Response:
        asked = _asked_version(request)
        if request.headers.get("content-encoding", "identity") != "identity" or not _is_xml(request):
            fault = SoapFault("send text/xml or application/soap+xml, not packed", side=FaultSide.CALLER)
            return _fault(asked, fault, _NOT_SUPPORTED)
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self.service.limits.body_bytes:
                    most = self.service.limits.body_bytes
                    fault = SoapFault(f"the message is longer than {most} bytes", side=FaultSide.CALLER)
                    return _fault(asked, fault, _TOO_LARGE)
        except ClientDisconnect:
            return Response(status_code=_BAD_REQUEST)
        except HTTPException as error:  # of what stands around this: the limits of the whole server
            return _fault(asked, SoapFault(error.detail, side=FaultSide.CALLER), error.status_code)
        return await self._answer(request, bytes(body), asked)

    async def _answer(self, request: Request, body: bytes, version: SoapVersion) -> Response:
        try:
            root = await self._parsed(body)
            version = VERSIONS.get(str(root.tag), version)
            answer = await self.service.answer(self._call(request, root))
        except XmlRefused as error:
            return _fault(version, SoapFault(str(error), side=FaultSide.CALLER, code="REFUSED_XML"))
        except DrawbarError as error:
            fault = fault_of(error)  # its text may quote what the message says of people
            _log.warning("soap call refused", error_type=type(error).__name__, code=fault.code)
            return _fault(version, fault)
        return Response(answer_envelope(version, answer), media_type=version.content_type)

    async def _parsed(self, body: bytes) -> etree._Element:
        """Parse a message: a short one takes less than to hand it to a thread and back."""
        if len(body) <= _SHORT_BYTES:
            return parse(body, self.service.limits)
        return await run_in_threadpool(parse, body, self.service.limits)

    def _call(self, request: Request, root: etree._Element) -> SoapCall:
        def identify(name: str) -> None:
            request.state.caller = name

        return SoapCall(
            envelope=open_envelope(root), now=self.clock(), peer=request.client.host if request.client else "",
            path=request.path_params, headers=dict(request.headers), identify=identify,
        )  # fmt: skip


def _asked_version(request: Request) -> SoapVersion:
    """Give the version that the media type speaks of, for answers to what cannot be read."""
    return SOAP_12 if _media_type(request) == SOAP_12.content_type else SOAP_11


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "text/xml").partition(";")[0].strip().lower()


def _is_xml(request: Request) -> bool:
    return _media_type(request) in _MEDIA_TYPES


def _fault(version: SoapVersion, fault: SoapFault, status: int | None = None) -> Response:
    """SOAP 1.1 knows 500 alone for faults; 1.2 tells the caller's fault from the hub's."""
    if status is None:
        callers = version is SOAP_12 and fault.side is FaultSide.CALLER
        status = _BAD_REQUEST if callers else _ERROR
    return Response(fault_envelope(version, fault), status, media_type=version.content_type)


async def _defect(request: Request, _error: Exception) -> Response:
    """Tell of a defect without telling what it is; the error itself goes on to the server's log."""
    fault = SoapFault("the hub failed at this message; it has been noted", side=FaultSide.HUB, code="DEFECT")
    return _fault(_asked_version(request), fault)
