"""One connection to the server: uvicorn's, with the limits that it lacks for what comes before a request is whole.

uvicorn 0.54 with httptools takes headers of any length for any time (read 2026-12); a body is the guard's concern.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Final, cast

import structlog
import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from drawbar.middleware.server.problems import problem_answer

HEADER_BYTES: Final = 65_536
"""That the first line and the headers of a request may have together."""

_log = structlog.get_logger(__name__)


class LimitedConfig(uvicorn.Config):
    """The server's configuration, with the seconds that the headers of a request may take."""

    def __init__(self, app: ASGIApp, *, header_seconds: float, **named: Any) -> None:
        super().__init__(app, http=LimitedConnection, **named)
        self.header_seconds = header_seconds


class LimitedConnection(HttpToolsProtocol):
    """Ends a connection whose headers are too long (431), too slow (408), or no HTTP (400)."""

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self._header_seconds = cast("LimitedConfig", self.config).header_seconds
        self._in_headers = True
        self._header_bytes = 0
        self._has_begun = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > HEADER_BYTES:
            self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"headers may have {HEADER_BYTES} bytes")

    def on_message_begin(self) -> None:
        self._has_begun = True
        if self._patience is None:
            self._be_patient()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._calm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_headers = True
        self._header_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._end(HTTPStatus.BAD_REQUEST, msg)

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(self._header_seconds, self._lose_patience)

    def _calm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        if self._has_begun:
            self._end(HTTPStatus.REQUEST_TIMEOUT, f"the headers took more than {self._header_seconds:g} seconds")
        else:
            self.transport.close()

    def _end(self, status: HTTPStatus, why: str) -> None:
        self._calm()
        if self.transport.is_closing():
            return
        _log.info("connection ended", status=int(status), peer=(self.client or ("",))[0])
        self.transport.write(_written(problem_answer(status, why, headers={"Connection": "close"})))
        self.transport.close()


def _written(answer: Response) -> bytes:
    headers = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
    return STATUS_LINE[answer.status_code] + headers + b"\r\n" + bytes(answer.body)
