"""Cuts TCP connections: what an unplugged cable or a killed load balancer looks like to a client."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import MutableMapping
from typing import TypeAlias

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_SEND_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


Ends: TypeAlias = tuple[object, object]
"""The client's and the server's address and port: together they name one open connection."""


class Connections:
    """The open connections of the servers of an org."""

    def __init__(self) -> None:
        self._open: MutableMapping[Ends, asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Give the `http` class for a uvicorn configuration; it needs `proxy_headers=False`."""
        opened = self._open

        class RecordingProtocol(H11Protocol):
            """uvicorn's HTTP protocol, which also records the connection."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                opened[self.client, self.server] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                opened.pop((self.client, self.server), None)
                super().connection_lost(exc)

        return RecordingProtocol

    async def reset(self, scope: Scope, receive: Receive) -> None:
        """Drop a call's connection with a TCP reset: nothing more is sent, not even the end of TLS."""
        transport = self._of(scope)
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _SEND_RESET_ON_CLOSE)
        transport.abort()
        await _until_disconnected(receive)

    async def close(self, scope: Scope, receive: Receive) -> None:
        """End a call's connection after what has been sent so far."""
        self._of(scope).close()
        await _until_disconnected(receive)

    def _of(self, scope: Scope) -> asyncio.Transport:
        return self._open[scope["client"], scope["server"]]


async def _until_disconnected(receive: Receive) -> None:
    # A call that returns before the server knows of the disconnection would still get an answer.
    while (await receive())["type"] != "http.disconnect":
        pass
