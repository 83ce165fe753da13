"""What a proxy in front tells of the caller: believed of the proxies that are set, taken away from everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

CLIENT_CERTIFICATE: Final = "x-client-certificate-"
"""How the names of headers begin in which a proxy tells of the caller's certificate."""

_TOLD_BY_PROXIES: Final = CLIENT_CERTIFICATE.encode()


class BehindProxies:
    """Wraps an app: addresses and certificates of callers are what trusted proxies tell, and nobody else."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._app = app
        self._told = ProxyHeadersMiddleware(app, list(trusted))  # type: ignore[arg-type]  # the same protocol, other types

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = (scope.get("client") or ("",))[0]
        if peer in self._told.trusted_hosts:
            await self._told(scope, receive, send)  # type: ignore[arg-type]
            return
        if scope["type"] == "http":
            scope["headers"] = [each for each in scope["headers"] if not each[0].startswith(_TOLD_BY_PROXIES)]
        await self._app(scope, receive, send)
