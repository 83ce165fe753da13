"""All systems of a lender around one hub for a simulated day: vendors, org, callers, and the weather between them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import requests
import zeep
from cryptography.fernet import Fernet
from pydantic import SecretStr
from requests import Response
from standardwebhooks import Webhook
from starlette.applications import Starlette

from drawbar.connectors.fleetrock.client import FleetRockClient
from drawbar.connectors.fleetrock.connector import FleetRock
from drawbar.connectors.passtime.client import PassTimeClient
from drawbar.connectors.passtime.connector import PassTime
from drawbar.connectors.quickbooks_desktop.queue import BillQueue
from drawbar.connectors.quickbooks_desktop.records import BillLine, VendorBill
from drawbar.connectors.quickbooks_desktop.settings import SYSTEM as DESKTOP
from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline
from drawbar.connectors.quickbooks_online.webhook import IntuitSignature
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.reader import open_reader
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.connectors.salesforce.target import open_target
from drawbar.connectors.salesforce.vehicles import SalesforceVehicles
from drawbar.connectors.spireon.client import SpireonClient
from drawbar.connectors.spireon.connector import Spireon
from drawbar.jobs.books import Books
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.hub import Hub
from drawbar.jobs.quickbooks import HINTED
from drawbar.jobs.serving import Serving
from drawbar.jobs.soap import SoapMount
from drawbar.jobs.wiring import Settings
from drawbar.middleware.accounting.posting import entry_of
from drawbar.middleware.accounting.records import AccountingEvent
from drawbar.middleware.accounting.rules import load_rules
from drawbar.middleware.retry import Clocks
from drawbar.middleware.server.callers import SYNC_REQUESTS, Callers
from drawbar.middleware.server.webhooks import WebhookSource
from drawbar.middleware.sync.pickup import Pickups, Task
from drawbar.middleware.sync.runs import Run
from drawbar.sandbox.connections import Connections
from drawbar.sandbox.fault_middleware import FaultMiddleware
from drawbar.sandbox.faults import Fault, Faults
from drawbar.sandbox.fleetrock.vendor import FleetRockVendor
from drawbar.sandbox.gps.trucks import Yard
from drawbar.sandbox.passtime.vendor import PassTimeVendor
from drawbar.sandbox.quickbooks.logins import App
from drawbar.sandbox.quickbooks.vendor import REALM
from drawbar.sandbox.quickbooks.vendor import QuickBooksOnline as SimulatedCompany
from drawbar.sandbox.quickbooks_desktop.company import Company
from drawbar.sandbox.quickbooks_desktop.web_connector import Connector, Visited
from drawbar.sandbox.spireon.vendor import SpireonVendor
from drawbar.sandbox.vendors import Vendor, path_of, vendor_routes
from tests.jobs.world import PlainContext, World
from tests.sandbox.local_server import serve

MORNING: Final = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
YARD_KEY: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VERIFIER: Final = "verifier-canary"
PATH_TOKEN: Final = "0123456789abcdef0123456789abcdef"
ORG: Final = "00D1I000003qqqE"
_FIRST_TOKEN: Final = "first-token"
_BOOKS_KEY: Final = Fernet.generate_key().decode()
_CONTRACT: Final = Path(__file__).parent.parent / "connectors/quickbooks_desktop/documented/intuit-asmx.wsdl"
_RULES: Final = load_rules(None)


class Clock:
    """The time that all share: it goes on by `step` seconds whenever the hub looks, and by whatever is slept."""

    def __init__(self) -> None:
        self.time = MORNING
        self.step = 20.0

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=self.step)
        return self.time

    def seen(self) -> datetime:
        """The time as the vendors see it, who do not make it pass."""
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def becomes(self, hour: int, *, day: int = 2) -> None:
        later = datetime(2026, 3, day, hour, tzinfo=UTC)
        assert later > self.time
        self.time = later

    @property
    def clocks(self) -> Clocks:
        return Clocks(self._seconds, self, self.sleep)

    def _seconds(self) -> float:
        return (self.time - MORNING).total_seconds()


class Vendors:
    """The simulated vendors of the sandbox at one address, with faults on the way to them; `others` join them."""

    def __init__(self, folder: Path, files: Path, clock: Clock, *others: Vendor) -> None:
        self.passtime = PassTimeVendor(folder / "passtime", Yard(files, "PassTime"), clock=clock.seen)
        self.spireon = SpireonVendor(folder / "spireon", Yard(files, "Spireon"), clock=clock.seen)
        self.fleetrock = FleetRockVendor(folder / "fleetrock", files, clock=clock.seen)
        self.books = SimulatedCompany(App("app", "secret", _FIRST_TOKEN), clock=clock)
        self.desktop = Company()
        self.faults, self.connections = Faults(), Connections()
        all_of_them: tuple[Vendor, ...] = (self.passtime, self.spireon, self.fleetrock, self.books, *others)
        routes = vendor_routes(all_of_them)
        self.app = FaultMiddleware(Starlette(routes=routes), faults=self.faults, connections=self.connections)

    def settings(self, origin: str) -> dict[str, Any]:
        """Give the vendors' tables of drawbar.toml."""
        found = {each.section: each.where_found(origin + path_of(each)) for each in (self.passtime, self.spireon)}
        secrets = {"password": self.passtime.password()}, {
            "password": self.spireon.password(), "app_token": self.spireon.app_token(), "page_size": 5,
        }  # fmt: skip
        fleetrock = {**self.fleetrock.where_found(origin + path_of(self.fleetrock)), "key": self.fleetrock.key()}
        books = {
            **self.books.where_found(origin + path_of(self.books)), "client_secret": "secret",
            "encryption_key": _BOOKS_KEY, "webhook_verifier_token": VERIFIER,
        }  # fmt: skip
        return {
            "passtime": {**found["passtime"], **secrets[0]}, "spireon": {**found["spireon"], **secrets[1]},
            "fleetrock": {**fleetrock, "first_days": 60, "window_days": 30}, "quickbooks_online": books,
            "quickbooks_desktop": {"companies": {"north": {"user": "north", "password": "north password"}}},
        }  # fmt: skip


def connected(settings: Settings, hub: Hub, clock: Clock) -> Hub:
    """Give the hub as `open_hub` does, with connectors whose clock is the day's, so that nobody really waits."""
    clocks, watch = clock.clocks, hub.observers
    org, passtime, spireon = settings.salesforce, settings.passtime, settings.spireon
    fleetrock, books = settings.fleetrock, settings.quickbooks_online
    assert org is not None
    assert passtime is not None
    assert spireon is not None
    assert fleetrock is not None
    assert books is not None
    client = cache(lambda: SalesforceClient(org, clocks=clocks, observer=watch))
    shop = FleetRock(FleetRockClient(fleetrock, clocks=clocks, observer=watch))
    return replace(
        hub, clock=clock, fleetrock=lambda: shop,
        salesforce=cache(lambda: open_target(client(), org, EXTERNAL_IDS)),
        reader=cache(lambda: open_reader(client(), org, EXTERNAL_IDS)),
        vehicles=cache(lambda: SalesforceVehicles(client())),
        passtime=PassTime(passtime, PassTimeClient(passtime, clocks=clocks, observer=watch)),
        spireon=Spireon(spireon, SpireonClient(spireon, clocks=clocks, observer=watch)),
        quickbooks_online=QuickBooksOnline(
            books, hub.engine, hub.locks, clocks=clocks, observer=watch
        ),
    )  # fmt: skip


class Queued:
    """Implements `RunQueue`: remembers what the server has queued, which the day then runs."""

    def __init__(self) -> None:
        self.runs: dict[str, str] = {}

    def submit(self, run_id: str, job: str, parameters: Mapping[str, Any]) -> None:
        del parameters
        self.runs[run_id] = job

    def close(self) -> None:
        """Nobody is connected to anything."""


@dataclass
class Server:
    """The hub's server while it is served, and those who call it."""

    url: str
    key: str
    clock: Clock
    acknowledged: dict[str, str]
    """The hub's id of each message that it has acknowledged, by the sender's."""

    lost: int = 0

    def _send(self, name: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send until there is an answer, as every caller does that was told to."""
        for _ in range(5):
            try:
                answer = requests.post(self.url + path, data=body, headers=dict(headers), timeout=30)
            except requests.RequestException:
                self.lost += 1
                continue
            if answer.status_code < 300:
                self.acknowledged[name] = answer.text
            return answer
        raise AssertionError(f"{name} is never answered")

    def ask(self, object_name: str, key: str, name: str) -> bool:
        """Ask that a record is brought into step."""
        body = json.dumps({"object": object_name, "key": key}).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": name, "Content-Type": "application/json"}
        return self._send(name, "/v1/sync-requests", body, headers).ok

    def hook(self, object_name: str, key: str, name: str) -> bool:
        """Tell of a changed record by a signed webhook."""
        body = json.dumps({"type": "record.changed", "data": {"object": object_name, "key": key}})
        now = self.clock.time
        headers = {
            "webhook-id": name, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(YARD_KEY).sign(name, now, body),
        }  # fmt: skip
        return self._send(name, "/webhooks/yard", body.encode(), headers).ok

    def books_changed(self, entity: str, number: str, minute: int) -> bool:
        """Tell as Intuit does that something happened to an object."""
        told = {"name": entity, "id": number, "operation": "Update", "lastUpdated": f"2026-03-02T06:{minute:02d}:00Z"}
        notified = [{"realmId": REALM, "dataChangeEvent": {"entities": [told]}}]
        body = json.dumps({"eventNotifications": notified}).encode()
        signature = base64.b64encode(hmac.digest(VERIFIER.encode(), body, hashlib.sha256)).decode()
        name = f"{entity} {number} {minute}"
        return self._send(name, "/webhooks/quickbooks_online", body, {"intuit-signature": signature}).ok

    def outbound(self, *told: tuple[str, str, str]) -> bool:
        """Notify as Salesforce does of records: (id of the notification, object, record); says whether it was Ack."""
        rows = "".join(
            f'<Notification><Id>{number}</Id><sObject xsi:type="sf:{name}" xmlns:sf="urn:sobject.enterprise.soap'
            f'.sforce.com"><sf:Id>{record}</sf:Id></sObject></Notification>'
            for number, name, record in told
        )
        body = _NOTIFICATIONS.format(org=ORG, rows=rows).encode()
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
        answer = self._send(told[0][0], f"/soap/salesforce/{PATH_TOKEN}", body, headers)
        return ">true</" in answer.text


_NOTIFICATIONS: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><notifications '
    'xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{org}</OrganizationId>'
    "<ActionId>04k1I0000008Vo2AAE</ActionId><SessionId>none</SessionId>{rows}</notifications>"
    "</soapenv:Body></soapenv:Envelope>"
)


@dataclass
class LenderDay:
    """The day: its world, its vendors, its clock, and what was sent to the server."""

    world: World
    vendors: Vendors
    clock: Clock
    on_the_way: Faults = field(default_factory=Faults)
    """Faults of calls to the hub's server."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)

    def arm(self, *faults: Fault) -> None:
        """Arm faults of calls to vendors."""
        for each in faults:
            self.vendors.faults.arm(each)

    def run(self, job: str) -> str:
        """Run a job; gives how it ended."""
        run = self.world.run(job)
        self.runs.append(run)
        return run.state

    def owe(self, key: str, *, party: str = "FleetRock Repairs", total: str = "412.50") -> None:
        """Have a bill posted to QuickBooks Online."""
        told = AccountingEvent("repair_bill", key, date(2026, 3, 1), {"total": Decimal(total)}, party=party)
        with self.world.hub.engine.begin() as connection:
            Books(self.world.hub, connection, "bills", self.clock()).queue([entry_of(_RULES, told)])

    def owe_in_desktop(self, key: str, *, account: str = "Repairs") -> None:
        """Have a bill stand in QuickBooks Desktop."""
        bill = VendorBill(
            key=key, vendor="Ace Diesel", number=f"INV {key}", dated=date(2026, 3, 1),
            lines=(BillLine(account=account, amount=Decimal("400.75")),),
        )  # fmt: skip
        settings = self.world.settings.quickbooks_desktop
        assert settings
        with self.world.hub.engine.begin() as connection:
            assert BillQueue(connection, settings).put("north", bill, self.clock())

    def desktop_tasks(self) -> list[Task]:
        with self.world.hub.engine.connect() as connection:
            return Pickups(connection, DESKTOP).tasks(states=("waiting", "asked", "done", "failed"))

    def retry_in_desktop(self, number: int) -> None:
        with self.world.hub.engine.begin() as connection:
            Pickups(connection, DESKTOP).put_back(number, self.clock())

    def desktop_comes(self, server: Server) -> Visited | None:
        """Let the Web Connector make a visit; None when the connection broke on the way."""
        binding = "{http://developer.intuit.com/}TroubleshootWebServiceFSSoap"
        service = _intuit().create_service(  # type: ignore[no-untyped-call]
            binding, f"{server.url}/soap/quickbooks-desktop"
        )
        try:
            return Connector(service, self.vendors.desktop).visit()
        except requests.RequestException:
            return None

    @contextmanager
    def served(self) -> Iterator[Server]:
        """Serve the hub for a block; what was stored meanwhile is handled when it ends."""
        queued, connections, settings, hub = Queued(), Connections(), self.world.settings, self.world.hub
        assert settings.salesforce
        sources = {"quickbooks_online": WebhookSource(IntuitSignature(SecretStr(VERIFIER)), HINTED)}
        mount = SoapMount(
            hub, settings.soap, settings.public_url, settings.salesforce.outbound, settings.quickbooks_desktop
        )
        serving = Serving(hub, settings.server, queued, sources=sources, mounts=mount)
        with serving.app() as app:
            faulty = FaultMiddleware(app, faults=self.on_the_way, connections=connections)
            with serve(faulty, connections) as port:
                yield Server(f"http://127.0.0.1:{port}", self._key(), self.clock, self.acknowledged)
        self._go_on_with(queued.runs)
        self._go_on_with(self.world.submitted)
        self.world.submitted.clear()

    def _go_on_with(self, queued: Mapping[str, str]) -> None:
        for run_id, job in queued.items():
            JOBS[job].body(self.world.hub)(PlainContext(run_id, job, {}, submit=self.world._submitted))
            self.runs.append(self.world.outcome(run_id))

    def _key(self) -> str:
        with self.world.hub.engine.begin() as connection:
            return Callers(connection).add(f"field-app-{self.clock():%d%H%M%S}", [SYNC_REQUESTS], self.clock())


@cache
def _intuit() -> zeep.Client:
    return zeep.Client(str(_CONTRACT))  # type: ignore[no-untyped-call]
