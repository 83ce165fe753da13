"""Serves an app on a socket until a signal comes, and lets what is under way end."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.server.connections import LimitedConfig
from drawbar.middleware.server.proxies import BehindProxies
from drawbar.middleware.server.settings import ServerSettings

_BACKLOG: Final = 1_024
_IDLE_SECONDS: Final = 15


def listen(address: str, port: int) -> socket.socket:
    """Give a listening socket; port 0 takes a free one.

    The protocol is named because asyncio switches Nagle's algorithm off only then: with it an answer takes 40 ms.
    Raises ConfigError when the place cannot be had.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"cannot listen at {address} port {port} ({error.strerror or error})",
            remedy="Choose another address or port under [server].",
        ) from None
    return listening


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server answers."""

    listening: socket.socket
    tls: bool

    @property
    def url(self) -> str:
        host, port = self.listening.getsockname()[:2]
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def uvicorn_server(app: ASGIApp, settings: ServerSettings) -> uvicorn.Server:
    """Give the server for an app, not yet started; it stops at SIGTERM or SIGINT when it runs on the main thread."""
    config = LimitedConfig(
        BehindProxies(app, settings.trusted_proxies),
        header_seconds=settings.request_seconds,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=settings.stop_seconds,
        backlog=_BACKLOG,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )
    return uvicorn.Server(config)
