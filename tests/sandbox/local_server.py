"""Runs an ASGI application on an ephemeral loopback port, as the sandbox does, for tests of what is on the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from drawbar.sandbox.connections import Connections


@contextmanager
def serve(app: ASGIApp, connections: Connections, certificate: tuple[Path, Path] | None = None) -> Iterator[int]:
    """Serve until the block ends and give the port; `certificate` is (certificate, key) for TLS."""
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup()
            ready.set()

    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=connections.protocol(),
        proxy_headers=False,
        log_level="error",
        lifespan="off",
        ssl_certfile=str(certificate[0]) if certificate else None,
        ssl_keyfile=str(certificate[1]) if certificate else None,
    )
    server = Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(10)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
