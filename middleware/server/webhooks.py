"""Webhooks: what other systems tell the hub, each signed in its own way; verified, stored, then acknowledged."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, Protocol

from fastapi import Request
from standardwebhooks import Webhook
from starlette.responses import Response

from drawbar.middleware.errors import NotThere
from drawbar.middleware.server.direct import DirectRoute
from drawbar.middleware.server.gate import peer
from drawbar.middleware.server.problems import PROBLEM_RESPONSES, Unknown
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.sync.inbox import Message
from drawbar.middleware.sync.inbox_writer import InboxWriter

TOLERANCE: Final = timedelta(minutes=5)


class BadSignature(Unknown):
    """The webhook was not signed by whom it claims, not just now, or not as it stands."""


class SignatureScheme(Protocol):
    """How a system signs its webhooks; a vendor's own scheme lives in `connectors/<vendor>/webhook.py`."""

    def message_id(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """Verify a webhook and give the id under which its sender sent it; raises BadSignature.

        `headers` are by names in lower case, `body` is as it came. A sender that gives no id gets one that is made of
        what was signed, so that the same webhook always has the same.
        """
        ...


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """A system that sends webhooks: how it signs them, and the kind of message that they become in the inbox."""

    scheme: SignatureScheme
    kind: str


class StandardWebhooks:
    """The scheme of standardwebhooks.com (specification 1.0, read 2026-11): HMAC-SHA256 over id, time and body.

    Any of the keys may have signed, so that one can be replaced by another.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [Webhook(key) for key in keys]

    def message_id(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        message_id, signatures = headers.get("webhook-id", ""), headers.get("webhook-signature", "")
        sent_at = _moment(headers.get("webhook-timestamp", ""))
        if sent_at is None or not message_id:
            raise _refused("webhook-id or webhook-timestamp is missing, or no such")
        if abs(now - sent_at) > TOLERANCE:
            raise _refused("webhook-timestamp is more than five minutes from now")
        try:
            wanted = [key.sign(message_id, sent_at, body.decode()) for key in self._keys]
        except UnicodeDecodeError:
            raise _refused("the body is not UTF-8") from None
        given = signatures.encode().split()
        if not any(hmac.compare_digest(one, each.encode()) for one in given for each in wanted):
            raise _refused("no signature fits the body")
        return message_id


def _moment(seconds: str) -> datetime | None:
    """Read seconds since 1970; None when that is no number, or one beyond all times."""
    if not (seconds.isascii() and seconds.isdigit()):
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _refused(reason: str) -> BadSignature:
    return BadSignature(reason, remedy="Sign the body as it is sent, just before sending, with the key of this hub.")


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Takes webhooks of these sources; `sender` in the inbox is `webhook NAME`."""

    sources: Mapping[str, WebhookSource]
    inbox: InboxWriter
    quotas: Quotas
    clock: Callable[[], datetime]

    def route(self) -> DirectRoute:
        source = {"name": "source", "in": "path", "required": True, "schema": {"type": "string"}}
        return DirectRoute(
            "/webhooks/{source}", self._take, methods=["POST"], summary="Tell the hub of something, signed",
            status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=PROBLEM_RESPONSES, tags=["webhooks"],
            openapi_extra={"parameters": [source]},
        )  # fmt: skip

    async def _take(self, request: Request) -> Response:
        """The body is what the source sends. A webhook that is sent again is acknowledged again, to no effect."""
        source = request.path_params["source"]
        known = self.sources.get(source)
        self.quotas.count_call(f"webhook {source if known else ''} {peer(request)}")
        if known is None:
            raise NotThere("no such source of webhooks is configured", remedy="See [server.webhooks] in drawbar.toml.")
        body = await request.body()
        message_id = known.scheme.message_id(request.headers, body, self.clock())
        request.state.caller = f"webhook {source}"
        message = Message(f"webhook {source}", message_id, known.kind, body)
        await asyncio.wrap_future(self.inbox.submit(message))
        return Response(status_code=HTTPStatus.NO_CONTENT)
