"""Serves a local org on loopback: over TLS, and over plain HTTP when asked to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from anyio.from_thread import start_blocking_portal

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.certificate import Certificate

LOOPBACK = "127.0.0.1"
BACKLOG = 128
GRACE_SECONDS = 5
LOOK_EVERY_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running org is found; None where it does not listen."""

    https: str | None
    http: str | None


class _Server(uvicorn.Server):
    """A server that leaves signals alone: whoever runs it decides when it stops."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is being answered, then cut the connections: an idle client need not agree to the end of TLS."""
        cutting = asyncio.create_task(self._cut_idle())
        await super().shutdown(sockets)
        await cutting

    async def _cut_idle(self) -> None:
        if self.server_state.tasks:
            await asyncio.wait(tuple(self.server_state.tasks), timeout=GRACE_SECONDS)
        for connection in tuple(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if isinstance(transport, asyncio.Transport):
                transport.abort()


@asynccontextmanager
async def serve(
    local: LocalOrg, *, port: int | None = 8443, http_port: int | None = None, certificate: Certificate | None = None
) -> AsyncIterator[Addresses]:
    """Serve an org until the block ends; port 0 takes a free one, None none. `port` needs a certificate.

    Raises OSError when a port is taken.
    """
    listening: list[tuple[_Server, socket.socket]] = []
    urls: dict[str, str] = {}
    if port is not None and certificate is not None:
        listening.append(_listener(local, port, certificate))
        urls["https"] = f"https://localhost:{listening[-1][1].getsockname()[1]}"
    if http_port is not None:
        listening.append(_listener(local, http_port, None))
        urls["http"] = f"http://localhost:{listening[-1][1].getsockname()[1]}"
    tasks = [asyncio.create_task(server.serve(sockets=[where])) for server, where in listening]
    try:
        await _started(listening, tasks)
        yield Addresses(urls.get("https"), urls.get("http"))
    finally:
        for server, _ in listening:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _listener(local: LocalOrg, port: int, certificate: Certificate | None) -> tuple[_Server, socket.socket]:
    config = uvicorn.Config(
        local.app,
        http=local.connections.protocol(),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    return _Server(config), _bound(port)


def _bound(port: int) -> socket.socket:
    """Listen on loopback and nowhere else: the pages need no log-in.

    The protocol is named because asyncio switches Nagle's algorithm off only then; with it each answer takes 40 ms.
    """
    where = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    where.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        where.bind((LOOPBACK, port))
    except OSError:
        where.close()
        raise
    where.listen(BACKLOG)
    return where


async def _started(listening: Sequence[tuple[_Server, socket.socket]], tasks: Sequence[asyncio.Task[None]]) -> None:
    while not all(server.started for server, _ in listening):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(LOOK_EVERY_SECONDS)


@contextmanager
def serve_in_background(
    local: LocalOrg, *, port: int | None = None, http_port: int | None = 0, certificate: Certificate | None = None
) -> Iterator[Addresses]:
    """Do as `serve` does, on a thread of its own, for callers that do not run an event loop."""
    serving = serve(local, port=port, http_port=http_port, certificate=certificate)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving) as addresses:
        yield addresses
