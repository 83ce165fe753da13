"""Knows which calls a server has not ended yet, also calls whose client was killed."""

from __future__ import annotations

import threading
from typing import Final

import requests
from starlette.types import ASGIApp, Receive, Scope, Send

LOOK: Final = "/calls-before-this-one"


class CallsUnderWay:
    """Stands before an app and counts what it has begun (`begun`), and what of it has not ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._number = 0
        self.begun = 0
        self._changed = threading.Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == LOOK:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
            return
        self.begun += 1
        self._add(1)
        try:
            await self._app(scope, receive, send)
        finally:
            self._add(-1)

    def _add(self, number: int) -> None:
        with self._changed:
            self._number += number
            self._changed.notify_all()

    def wait_until_none(self, url: str) -> None:
        """Wait until every call that reached the server so far has ended, at most two minutes.

        A call of one's own comes first: once it is answered, the server has read whatever was sent before.
        """
        requests.get(url + LOOK, timeout=120).close()
        with self._changed:
            assert self._changed.wait_for(lambda: self._number == 0, timeout=120), "a call does not end"
