"""The call meter: API calls, records and bytes by kind, the rolling 24-hour limit, and what clients are told of it."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal[
    "oauth",
    "describe",
    "query",
    "rest read",
    "rest write",
    "collections",
    "composite",
    "bulk ingest",
    "bulk query",
    "limits",
    "other",
]

DAY = timedelta(hours=24)
DEFAULT_DAILY_LIMIT = 100_000

_CURRENT_CALL: ContextVar[_Call | None] = ContextVar("drawbar_sandbox_call", default=None)

_DATA = r"/services/data/v[\d.]+"
_KINDS: Mapping[str, Kind] = {
    r"/services/oauth2/.*": "oauth",
    rf"{_DATA}/jobs/ingest(/.*)?": "bulk ingest",
    rf"{_DATA}/jobs/query(/.*)?": "bulk query",
    rf"{_DATA}/(query|queryAll|search|parameterizedSearch)(/.*)?": "query",
    rf"{_DATA}/composite/sobjects(/.*)?": "collections",
    rf"{_DATA}/composite(/.*)?": "composite",
    rf"{_DATA}/limits(/.*)?": "limits",
    rf"{_DATA}/sobjects/?": "describe",
    rf"{_DATA}/sobjects/[^/]+(/describe(/.*)?)?/?": "describe",
}
_SOBJECTS = re.compile(rf"{_DATA}/sobjects/.+", re.IGNORECASE)
_READS = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class Count:
    """What one kind of call has cost: calls, records and bytes of bodies, in to the org and out of it."""

    calls: int = 0
    refused: int = 0
    records_in: int = 0
    records_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


@dataclass(slots=True)
class _Call:
    """The call being answered; handlers add records to it through `note_records`. It is told to the meter once."""

    kind: Kind
    count: Count
    told: bool = False


def note_records(*, received: int = 0, sent: int = 0) -> None:
    """Add records to the call being answered; outside a call (a background job) it does nothing."""
    call = _CURRENT_CALL.get()
    if call is not None:
        call.count.records_in += received
        call.count.records_out += sent


def kind_of(method: str, path: str) -> Kind:
    """Say what kind of call this is."""
    for pattern, kind in _KINDS.items():
        if re.fullmatch(pattern, path, re.IGNORECASE) and not (kind == "describe" and method not in _READS):
            return kind
    if _SOBJECTS.fullmatch(path):
        return "rest read" if method in _READS else "rest write"
    return "other"


def counts_against_limit(path: str) -> bool:
    """Say whether a call is an API call: all below `/services/data/vXX.0/`; log-in and the list of versions are not."""
    return re.match(rf"{_DATA}/.+", path, re.IGNORECASE) is not None


class Meter:
    """Counts calls; thread-safe, in memory, empty after a restart.

    `daily_limit` is the number of API calls in any 24 hours; it may be changed while the org runs.
    """

    def __init__(
        self, *, daily_limit: int = DEFAULT_DAILY_LIMIT, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.daily_limit = daily_limit
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[Kind, Count] = {}
        self._calls_by_minute: deque[tuple[datetime, int]] = deque()

    @property
    def used(self) -> int:
        """API calls of the last 24 hours, to the minute."""
        with self._lock:
            self._forget_old_minutes()
            return sum(calls for _, calls in self._calls_by_minute)

    @property
    def limit_info(self) -> str:
        """The value of the `Sforce-Limit-Info` header: `api-usage=18/100000`."""
        return f"api-usage={self.used}/{self.daily_limit}"

    @property
    def exhausted(self) -> bool:
        return self.used >= self.daily_limit

    def count_api_call(self) -> None:
        """Take one call from the daily limit."""
        with self._lock:
            self._forget_old_minutes()
            minute = self._clock().replace(second=0, microsecond=0)
            if self._calls_by_minute and self._calls_by_minute[-1][0] == minute:
                self._calls_by_minute[-1] = (minute, self._calls_by_minute[-1][1] + 1)
            else:
                self._calls_by_minute.append((minute, 1))

    def add(self, kind: Kind, count: Count) -> None:
        """Add what a call has cost to its kind."""
        with self._lock:
            total = self._counts.setdefault(kind, Count())
            for name, value in asdict(count).items():
                setattr(total, name, getattr(total, name) + value)

    def snapshot(self) -> dict[str, object]:
        """Give all counts as JSON values: `kinds`, `total`, `api_calls_last_24_hours`, `daily_limit`."""
        used = self.used
        with self._lock:
            kinds = {kind: asdict(count) for kind, count in sorted(self._counts.items())}
        total = {name: sum(each[name] for each in kinds.values()) for name in asdict(Count())}
        return {
            "kinds": kinds,
            "total": total,
            "api_calls_last_24_hours": used,
            "daily_limit": self.daily_limit,
        }

    def clear(self, *, limit_too: bool = False) -> None:
        """Set all counts to zero; with `limit_too` also the calls taken from the daily limit."""
        with self._lock:
            self._counts.clear()
            if limit_too:
                self._calls_by_minute.clear()

    def _forget_old_minutes(self) -> None:
        oldest = self._clock() - DAY
        while self._calls_by_minute and self._calls_by_minute[0][0] <= oldest:
            self._calls_by_minute.popleft()


class MeterMiddleware:
    """Counts every call, refuses those above the daily limit (403), and sends `Sforce-Limit-Info`."""

    def __init__(self, app: ASGIApp, *, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/sandbox/"):
            await self._app(scope, receive, send)
            return
        limited = counts_against_limit(scope["path"])
        if limited and self._meter.exhausted:
            await self._refuse(scope, send)
            return
        if limited:
            self._meter.count_api_call()
        await self._count(scope, receive, send, limited=limited)

    async def _count(self, scope: Scope, receive: Receive, send: Send, *, limited: bool) -> None:
        call = _Call(kind_of(scope["method"], scope["path"]), Count(calls=1))

        async def counted_receive() -> Message:
            message = await receive()
            call.count.bytes_in += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            call.count.bytes_out += len(message.get("body", b""))
            if message["type"] == "http.response.start" and limited and message["status"] != 401:  # noqa: PLR2004
                message = {**message, "headers": [*message.get("headers", []), self._limit_header()]}
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._tell(call)  # first, so that whoever has the answer finds the call counted
            await send(message)

        token = _CURRENT_CALL.set(call)
        try:
            await self._app(scope, counted_receive, counted_send)
        finally:
            _CURRENT_CALL.reset(token)
            self._tell(call)

    def _tell(self, call: _Call) -> None:
        if not call.told:
            call.told = True
            self._meter.add(call.kind, call.count)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        self._meter.add(kind_of(scope["method"], scope["path"]), Count(refused=1))
        body = request_limit_body()
        headers = [
            (b"content-type", b"application/json;charset=UTF-8"),
            (b"content-length", str(len(body)).encode()),
            self._limit_header(),
        ]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _limit_header(self) -> tuple[bytes, bytes]:
        return (b"sforce-limit-info", self._meter.limit_info.encode())


def request_limit_body() -> bytes:
    """Give the body of the 403 that a spent daily limit is answered with."""
    return json.dumps([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]).encode()
