"""HTTP to other systems: every call has a time-out, stays with its host, checks certificates and is told quietly."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from drawbar.middleware.observe import CallActivity, Observer, Observers

USER_AGENT: Final = f"drawbar/{version('drawbar')}"

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_log = structlog.get_logger(__name__)

Timeout = float | tuple[float, float] | tuple[float, None] | None
"""Seconds to connect and to wait for the next byte, as requests takes them."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to reach a system: seconds to connect, seconds to wait for bytes, connections kept, a CA file of its own."""

    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    pool: int = 16
    ca_file: Path | None = None


def origin(url: str) -> tuple[str, str, int | None]:
    """Give scheme, host and port of a URL: what must be equal for a secret to be sent along."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


def is_safe_origin(url: str) -> bool:
    """Say whether secrets may travel to a URL: https, or plain http that does not leave this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def safe_url(url: str) -> str:
    """Give an address from the settings without its last slash; ValueError when secrets must not travel to it."""
    parts = urlsplit(url)
    if not is_safe_origin(url):
        raise ValueError("must be https:// and a host (plain http only on this machine)")
    if parts.query or parts.username or parts.fragment:
        raise ValueError("must hold no user, password or query")
    return url.rstrip("/")


class TimedAdapter(HTTPAdapter):
    """The transport of one session: brings the default time-outs, and never repeats a call by itself.

    Every call that goes out is logged, and told to the observer as one to `system`.
    """

    def __init__(self, options: HttpOptions, *, system: str, observer: Observer | None = None) -> None:
        self.system = system
        self.observer = observer or Observers()
        self._timeout = (options.connect_timeout, options.read_timeout)
        self._ca_file = str(options.ca_file) if options.ca_file else None
        super().__init__(pool_connections=1, pool_maxsize=options.pool, max_retries=Retry(0, read=False))

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        # Here and not on the session, where the environment's REQUESTS_CA_BUNDLE would win over the setting.
        trusted = self._ca_file if self._ca_file and verify else verify
        call = CallActivity(self.system, request.method or "", request.url or "")
        started = time.monotonic()
        try:
            with self.observer.during(call):
                response = super().send(request, stream, timeout or self._timeout, trusted, cert, proxies)
                call.status = response.status_code
        finally:
            _note(call, time.monotonic() - started)
        return response


class HomeboundSession(Session):
    """A session that follows redirects within one origin only, and takes no password from `~/.netrc`."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = _as_it_is
        self.headers["User-Agent"] = USER_AGENT

    def get_redirect_target(self, resp: Response) -> str | None:
        """Give where to go next; a redirect to elsewhere is not followed and stays a 3xx answer."""
        target = super().get_redirect_target(resp)
        if target is None or not urlsplit(target).netloc:
            return target
        return target if origin(target) == origin(resp.url) else None

    def rebuild_auth(self, prepared_request: PreparedRequest, response: Response) -> None:
        """Keep the headers: the redirect stays at home."""


def open_session(adapter: TimedAdapter) -> Session:
    """Open a session whose every call goes through `adapter`.

    The library below would log whole URLs, and some vendors have a token in the query; `_note` logs each call instead.
    """
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    session = HomeboundSession()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    return request


def _note(call: CallActivity, seconds: float) -> None:
    """Log a call by method, host, path, status (0: no answer) and time; never its query, headers or body."""
    parts = urlsplit(call.url)
    _log.debug(
        "http call", system=call.system, method=call.method, host=parts.hostname, path=parts.path, status=call.status,
        seconds=round(seconds, 3),
    )  # fmt: skip
