"""A real server on a free loopback port, for routes under test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute


class _Server(uvicorn.Server):
    """Tells when it listens; leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def served(routes: Callable[[str], Sequence[BaseRoute]]) -> Iterator[str]:
    """Serve the routes that are made for an address, and give it, such as http://127.0.0.1:40123."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as where:
        where.bind(("127.0.0.1", 0))
        where.listen(64)
        address = f"http://127.0.0.1:{where.getsockname()[1]}"
        config = uvicorn.Config(
            Starlette(routes=list(routes(address))), log_config=None, access_log=False, lifespan="off", ws="none"
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [where]})
        thread.start()
        server.listening.wait()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()
