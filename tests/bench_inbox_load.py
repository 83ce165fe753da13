"""What `make bench-inbox` sends, and a sender that leaves the processors to the server: all is written beforehand.

Messages are sent when their time has come, whether earlier ones were answered or not, and each is measured from that
time: what waits for a free connection counts as well.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, cast

import httptools
import uvloop
from standardwebhooks import Webhook

_FIRST_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 60.0

_NOTIFICATION: Final = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>{organization}</OrganizationId>
   <ActionId>04kC00000004CdkIAE</ActionId>
   <SessionId xsi:nil="true"/>
   <EnterpriseUrl>https://example.my.salesforce.com/services/Soap/c/67.0/{organization}</EnterpriseUrl>
   <PartnerUrl>https://example.my.salesforce.com/services/Soap/u/67.0/{organization}</PartnerUrl>
   <Notification>
    <Id>04l{number:012d}</Id>
    <sObject xsi:type="sf:Case" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
     <sf:Id>500{number:012d}</sf:Id>
     <sf:CaseNumber>{number:08d}</sf:CaseNumber>
     <sf:Status>Working</sf:Status>
    </sObject>
   </Notification>
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>"""


@dataclass(frozen=True, slots=True)
class Access:
    """What the server knows its callers by."""

    key: str
    webhook_key: str
    organization: str
    path_token: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message: how the request of a number reads, and what an acknowledgement is."""

    name: str
    request: Callable[[Access, int], bytes]
    status: int
    says: bytes = b""


def _sync_request(access: Access, number: int) -> bytes:
    body = json.dumps({"object": "Case", "key": f"C{number}"}).encode()
    headers = {
        "Authorization": f"Bearer {access.key}", "Content-Type": "application/json", "Idempotency-Key": f"m{number}",
    }  # fmt: skip
    return _post("/v1/sync-requests", headers, body)


def _webhook(access: Access, number: int) -> bytes:
    body = json.dumps({"type": "record.changed", "data": {"object": "Case", "key": f"C{number}"}})
    at, name = datetime.now(UTC), f"m{number}"
    headers = {
        "Content-Type": "application/json", "webhook-id": name, "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(access.webhook_key).sign(name, at, body),
    }  # fmt: skip
    return _post("/webhooks/bench", headers, body.encode())


def _outbound_message(access: Access, number: int) -> bytes:
    body = _NOTIFICATION.format(organization=access.organization, number=number).encode()
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return _post(f"/soap/salesforce/{access.path_token}", headers, body)


KINDS: Final = (
    Kind("Webhook", _webhook, 204),
    Kind("Outbound message (SOAP)", _outbound_message, 200, b">true<"),
    Kind("Sync request", _sync_request, 202, b'"waiting"'),
)


def _post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    told = {"Host": "127.0.0.1", "Accept": "*/*", **headers, "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + body


class _Connection(asyncio.Protocol):
    """One connection; takes a request at a time and tells when its answer is whole."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._due = 0.0
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._load.free(self)

    def send(self, request: bytes, due: float) -> None:
        self._due, self._body = due, b""
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._load.answered(self, self._due, self._parser.get_status_code(), self._body)

    def connection_lost(self, error: Exception | None) -> None:
        self._load.lost(error)


@dataclass(slots=True)
class _Load:
    """The messages that are still to be sent, and the seconds that those took which were."""

    kind: Kind
    count: int
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]
    seconds: list[float] = field(default_factory=list)
    _idle: deque[_Connection] = field(default_factory=deque)
    _waiting: deque[tuple[bytes, float]] = field(default_factory=deque)

    def send(self, request: bytes, due: float) -> None:
        if self._idle:
            self._idle.popleft().send(request, due)  # in turn, so that none is idle for so long that it is closed
        else:
            self._waiting.append((request, due))

    def free(self, connection: _Connection) -> None:
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._idle.append(connection)

    def answered(self, connection: _Connection, due: float, status: int, body: bytes) -> None:
        if status != self.kind.status or self.kind.says not in body:
            self._fail(f"a message was answered with {status}: {body.decode(errors='replace')[:200]}")
            return
        self.seconds.append(self.loop.time() - due)
        if len(self.seconds) < self.count:
            self.free(connection)
        elif not self.done.done():
            self.done.set_result(None)

    def lost(self, error: Exception | None) -> None:
        self._fail(f"the server closed a connection ({error})")

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(SystemExit(why))


def send(port: int, kind: Kind, requests: Sequence[bytes], *, rate: int, connections: int) -> tuple[float, list[float]]:
    """Send at a rate; give the seconds until the last was acknowledged, and those of each from its time on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_sent(port, kind, requests, rate, connections))


async def _sent(
    port: int, kind: Kind, requests: Sequence[bytes], rate: int, connections: int
) -> tuple[float, list[float]]:
    loop = asyncio.get_running_loop()
    load = _Load(kind, len(requests), loop, loop.create_future())
    opened = [
        (await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port))[0] for _ in range(connections)
    ]
    begin = loop.time() + _FIRST_SECONDS
    for number, request in enumerate(requests):
        due = begin + number / rate
        loop.call_at(due, load.send, request, due)
    await asyncio.wait_for(load.done, _PATIENCE_SECONDS + len(requests) / rate)
    wall = loop.time() - begin
    for transport in opened:
        transport.abort()
    return wall, load.seconds
