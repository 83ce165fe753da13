"""The hub's own server: what it is made of, and who sees that the messages that it stores are handled soon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp

from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.jobs.auction_routes import AuctionAccountingRoutes, AuctionInvoiceRoutes
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.inbox import INBOX_JOB
from drawbar.jobs.masking import masked_message, masked_value
from drawbar.jobs.reconcile import RECONCILED
from drawbar.jobs.remarketing_routes import RemarketingRoutes
from drawbar.jobs.repo_routes import RepossessionRoutes
from drawbar.jobs.sync_requests import RECORD_CHANGED
from drawbar.middleware.database.engine import reading, tidy_often
from drawbar.middleware.database.migrate import require_current
from drawbar.middleware.database.outages import is_outage
from drawbar.middleware.server.app import ServerParts, open_app
from drawbar.middleware.server.callers import lapsed_callers
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.known_records import KnownRecordRoutes, KnownRecords, Masking, Told
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.server.settings import ServerSettings
from drawbar.middleware.server.sync_requests import SyncRequestRoutes, SyncRequests
from drawbar.middleware.server.tokens import Tokens, token_key
from drawbar.middleware.server.webhooks import StandardWebhooks, Webhooks, WebhookSource
from drawbar.middleware.sync.inbox import Inbox
from drawbar.middleware.sync.inbox_writer import InboxWriter
from drawbar.middleware.sync.runs import Runs, new_run_id

_KEY_FILE: Final = "token.key"
"""Where the key that signs tokens is kept in the data folder, unless the settings name one."""

_LOOK_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.1
"""Between looks: messages that come one upon the other shall not be looked for one by one."""

_log = structlog.get_logger(__name__)


class RunQueue(Protocol):
    """Where runs are queued for workers; closed when the server stops."""

    def submit(self, run_id: str, job: str, parameters: Mapping[str, Any]) -> None: ...

    def close(self) -> None: ...


class InboxRuns:
    """Queues a run of the job `inbox` whenever messages are due and none is queued yet.

    A run that has begun may have looked before the message came, so that one is not enough. What a process that died
    has stored, and what was put off, is found by looking every five seconds.
    """

    def __init__(self, hub: Hub, queue: RunQueue) -> None:
        self._hub = hub
        self._queue = queue
        self._submitted = ""
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="drawbar-inbox-runs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look now: a message was stored."""
        self._woken.set()

    def close(self) -> None:
        """Look once more, and end."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()
        self._queue.close()

    def _work(self) -> None:
        while True:
            last = self._stopping.is_set()
            self._woken.clear()
            try:
                self._queue_run()
            except DBAPIError as error:
                if not is_outage(error):
                    raise
                _log.warning("database away", error_type=type(error.orig).__name__)
            if last:
                return
            self._woken.wait(_LOOK_SECONDS)
            self._stopping.wait(_PAUSE_SECONDS)

    def _queue_run(self) -> None:
        now = self._hub.clock()
        with reading(self._hub.engine) as connection:
            if not Inbox(connection).is_any_due(now):
                return
            queued = [run.id for run in Runs(connection).queued() if run.job == INBOX_JOB]
        run_id = queued[0] if queued else new_run_id(INBOX_JOB, now)
        if not queued:
            with self._hub.engine.begin() as connection:
                Runs(connection).queue(run_id, INBOX_JOB, {}, by="server", now=now)
        if run_id != self._submitted:
            self._queue.submit(run_id, INBOX_JOB, {})
            self._submitted = run_id


@dataclass(frozen=True, slots=True)
class Shared:
    """What apps that are mounted have in common with the rest of the server."""

    inbox: InboxWriter
    quotas: Quotas
    sync_requests: SyncRequests


@dataclass(frozen=True, slots=True)
class Serving:
    """The server of a hub.

    `sources` send webhooks in ways of their own, beside those of the settings. `mounts` makes apps that store what
    they take in the inbox and ask their callers themselves who they are; each answers below a path.
    """

    hub: Hub
    settings: ServerSettings
    queue: RunQueue
    sources: Mapping[str, WebhookSource] = field(default_factory=dict)
    mounts: Callable[[Shared], Mapping[str, ASGIApp]] = lambda _shared: {}

    @contextmanager
    def app(self) -> Iterator[ASGIApp]:
        """Give the app that answers; what it has stored when the block ends will be handled."""
        tidy_often(self.hub.engine)
        runs = InboxRuns(self.hub, self.queue)
        inbox = InboxWriter(self.hub.engine, self.hub.clock, runs.wake, lapsed_callers)
        runs.start()
        inbox.start()
        try:
            yield open_app(self._parts(inbox))
        finally:
            inbox.close()
            runs.close()

    def _parts(self, inbox: InboxWriter) -> ServerParts:
        hub, settings = self.hub, self.settings
        quotas = Quotas(settings.calls_per_minute)
        secret = settings.token_key.get_secret_value() if settings.token_key else None
        tokens = Tokens(token_key(secret, hub.data_folder / _KEY_FILE), settings.token_seconds)
        gate = Gate(hub.engine, tokens, quotas, hub.clock)
        sync_requests = SyncRequests(hub.engine, TARGET, RECONCILED, inbox)
        records = KnownRecords(hub.engine, TARGET, SYNCED_OBJECTS, Masking(_blotted, masked_message))
        webhooks = Webhooks({**self._signed(), **self.sources}, inbox, quotas, hub.clock)
        asking = SyncRequestRoutes(sync_requests, gate)
        return ServerParts(
            gate=gate, ready=lambda: require_current(hub.engine), body_limit=settings.body_limit,
            request_seconds=settings.request_seconds,
            direct=[webhooks.route(), asking.route()],
            routers=[
                asking.routes(), RepossessionRoutes(hub, gate).routes(), RemarketingRoutes(hub, gate).routes(),
                AuctionInvoiceRoutes(hub, gate).routes(), AuctionAccountingRoutes(hub, gate).routes(),
                KnownRecordRoutes(records, gate).routes(),
            ],
            mounts=self.mounts(Shared(inbox, quotas, sync_requests)),
        )  # fmt: skip

    def _signed(self) -> dict[str, WebhookSource]:
        return {
            name: WebhookSource(
                StandardWebhooks([key.get_secret_value() for key in webhook.keys]), RECORD_CHANGED
            )
            for name, webhook in self.settings.webhooks.items()
        }  # fmt: skip


def _blotted(object_name: str, field: str, value: Told) -> Told:
    return str(masked_value(object_name, field, value)) if isinstance(value, str) else value
