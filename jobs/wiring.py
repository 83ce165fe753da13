"""Puts the hub together: the only module that names every connector.

What only some hubs or commands need is imported where it is needed: every command waits for what stands at the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter
from pydantic import Field, ValidationInfo, field_validator
from sqlalchemy import Engine, make_url

import drawbar
from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.connectors.fleetrock.settings import FleetRockSettings
from drawbar.connectors.leaseworks.connector import LeaseWorks
from drawbar.connectors.leaseworks.settings import ImportSettings, LeaseWorksSettings
from drawbar.connectors.mbsi.settings import MbsiSettings
from drawbar.connectors.orion.settings import OrionSettings
from drawbar.connectors.passtime.settings import PassTimeSettings
from drawbar.connectors.quickbooks_desktop.settings import QuickBooksDesktopSettings
from drawbar.connectors.quickbooks_online.settings import SYSTEM, QuickBooksOnlineSettings
from drawbar.connectors.rdn.settings import RdnSettings
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS, KEYS, RECORDS
from drawbar.connectors.salesforce.records.sobject import record_fields
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.spireon.settings import SpireonSettings
from drawbar.connectors.twilio.settings import SYSTEM as TWILIO
from drawbar.connectors.twilio.settings import TwilioSettings
from drawbar.jobs.catalogue import JOBS, Job
from drawbar.jobs.hub import ENGINE_FILE, Hub, HubDatabase
from drawbar.jobs.reporter import SyncErrorReporter
from drawbar.middleware.accounting.settings import AccountingSettings
from drawbar.middleware.auctions.settings import AuctionInvoiceSettings
from drawbar.middleware.collections.settings import CollectionSettings
from drawbar.middleware.database.engine import open_database, reading
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.locks import Locks
from drawbar.middleware.log import RunLog
from drawbar.middleware.mail_settings import MailSettings
from drawbar.middleware.messages.records import MessageChannel
from drawbar.middleware.messages.settings import MessageSettings
from drawbar.middleware.metric_catalogue import Sample
from drawbar.middleware.observe import Observers, RunActivity
from drawbar.middleware.ports import Check, Checkable
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.resale.settings import ResaleSettings
from drawbar.middleware.server.settings import ServerSettings
from drawbar.middleware.server.soap.settings import SoapSettings
from drawbar.middleware.settings import HubSettings, Section
from drawbar.middleware.sync.health import read_health

if TYPE_CHECKING:
    from drawbar.connectors.agent_mail.connector import AgentMail
    from drawbar.connectors.fleetrock.client import FleetRockClient
    from drawbar.connectors.fleetrock.connector import FleetRock
    from drawbar.connectors.leaseworks.imports import LeaseWorksImports
    from drawbar.connectors.mbsi.connector import Mbsi
    from drawbar.connectors.orion.connector import Orion
    from drawbar.connectors.passtime.connector import PassTime
    from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline
    from drawbar.connectors.rdn.connector import Rdn
    from drawbar.connectors.salesforce.checks import SalesforceChecks
    from drawbar.connectors.salesforce.client import SalesforceClient
    from drawbar.connectors.spireon.connector import Spireon
    from drawbar.connectors.twilio.sender import TwilioSender
    from drawbar.jobs.serving import Serving
    from drawbar.middleware.engine import JobBody, JobContext, JobEngine
    from drawbar.middleware.mail import Mailer
    from drawbar.middleware.messages.channel import MessageSender
    from drawbar.middleware.metrics import MetricsPage
    from drawbar.middleware.ports import BulkReader, RecordFinder, Target
    from drawbar.middleware.repairs.conditions import VehicleFinder
    from drawbar.middleware.server.webhooks import WebhookSource

_NEEDED = ("LeaseWorks", "Salesforce")


class ScheduleSettings(Section):
    """When jobs start by themselves, as cron expressions of five fields; an empty one starts nothing."""

    time_zone: str = Field("America/New_York", description="zone in which the expressions are meant")
    accounts: str = Field("15 5 * * 1-6", description="LeaseWorks deliveries into Salesforce")
    deliver: str = Field("*/15 * * * *", description="what waits in the outbox, such as after a pause")
    inbox: str = Field("*/15 * * * *", description="messages that a server has left; it starts a run itself for each")
    edits: str = Field("*/5 * * * *", description="what people changed in Salesforce and no outbound message told")
    leaseworks_import: str = Field(
        "*/30 * * * *", description="people's changes in Salesforce to LeaseWorks; when it takes imports"
    )
    reconcile: str = Field("", description="comparison of the hub with Salesforce; repairs nothing")
    orion: str = Field("", description="Orion's data sets, such as 45 6 * * 1-6, after the LeaseWorks deliveries")
    fleetrock: str = Field("", description="FleetRock's repair orders and payments, such as 10 * * * *")
    gps_book: str = Field("0 1 * * *", description="where all trucks are; when PassTime or Spireon is configured")
    gps_delinquent: str = Field(
        "*/15 * * * *",
        description="where trucks of delinquent accounts went; when PassTime or Spireon is configured",
    )
    prune: str = Field("30 3 * * *", description="forgetting what is older than [retention] keeps")
    gps_alerts: str = Field("", description="GPS alerts and recovery, from what is known already")
    repossessions: str = Field("30 6 * * 1-6", description="accounts in default, and open repossessions looked at anew")
    postings: str = Field("", description="general ledger summaries and other entries into QuickBooks")
    rdn: str = Field("*/10 * * * *", description="orders and events of RDN; when RDN is configured")
    mbsi: str = Field("*/10 * * * *", description="orders and events of MBSi; when MBSi is configured")
    agent_mail: str = Field("*/5 * * * *", description="mail to and from repo agents; when it is configured")
    messages: str = Field(
        "*/5 * * * *", description="messages to lessees and their answers; when [twilio] or [mail] is configured"
    )
    quickbooks: str = Field("", description="what changed in QuickBooks; at least once in 30 days")
    resale: str = Field("", description="reminders of titles that wait too long, such as 30 6 * * 1-5")
    accounting_mail: str = Field(
        "*/10 * * * *", description="letters to Accounting, and of repossessions; when a mail server is configured"
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("is not a time zone such as America/New_York")
        return name

    @field_validator("*")
    @classmethod
    def _cron(cls, expression: str, field: ValidationInfo) -> str:
        if field.field_name != "time_zone" and expression and not croniter.is_valid(expression):
            raise ValueError("is not a cron expression of five fields such as 15 5 * * 1-6")
        return expression


class Settings(HubSettings):
    """All of `drawbar.toml`."""

    schedule: ScheduleSettings = ScheduleSettings()
    server: ServerSettings = ServerSettings()
    soap: SoapSettings = SoapSettings()
    collections: CollectionSettings = CollectionSettings()
    gps: GpsSettings = GpsSettings()
    accounting: AccountingSettings = AccountingSettings()
    repossession: RepossessionSettings = RepossessionSettings()
    remarketing: RemarketingSettings = RemarketingSettings()
    resale: ResaleSettings = ResaleSettings()
    auction_invoices: AuctionInvoiceSettings = AuctionInvoiceSettings()
    messages: MessageSettings = MessageSettings()
    mail: MailSettings | None = None
    leaseworks: LeaseWorksSettings | None = None
    quickbooks_online: QuickBooksOnlineSettings | None = None
    salesforce: SalesforceSettings | None = None
    orion: OrionSettings | None = None
    fleetrock: FleetRockSettings | None = None
    passtime: PassTimeSettings | None = None
    spireon: SpireonSettings | None = None
    quickbooks_desktop: QuickBooksDesktopSettings | None = None
    agents: dict[str, AgentSettings] = Field(
        {}, description="repo agents by name, each in a table [agents.NAME]: channel, company, id, address, territories"
    )
    rdn: RdnSettings | None = None
    mbsi: MbsiSettings | None = None
    agent_mail: AgentMailSettings | None = None
    twilio: TwilioSettings | None = None

    @property
    def leaseworks_imports(self) -> ImportSettings | None:
        """How LeaseWorks is told of changes, when it is."""
        return self.leaseworks.imports if self.leaseworks is not None else None

    def cron(self, job: str) -> str:
        """Give the expression by which a job starts, "" when it does not, or when what it needs is not configured."""
        needs = JOBS[job].needs
        if needs and all(getattr(self, section) is None for section in needs):
            return ""
        return str(getattr(self.schedule, job.replace("-", "_")))

    @property
    def public_url(self) -> str:
        """The address of the hub's server as others see it, without a path."""
        scheme = "http" if self.server.tls_certificate is None else "https"
        return self.soap.public_url or f"{scheme}://{self.server.address}:{self.server.port}"


def open_hub(settings: Settings) -> Hub:
    """Put the hub together from its settings; connects to nothing yet.

    Raises ConfigError when a section is missing that the jobs need.
    """
    if settings.leaseworks is None:
        raise ConfigError("LeaseWorks is not configured", remedy="Add [leaseworks] to drawbar.toml.")
    engine = open_database(settings.database_url)
    observers = Observers()
    locks = open_locks(settings, engine)
    client = cache(lambda: open_org_client(settings, observers))
    return Hub(
        data_folder=settings.data_folder, engine=engine, locks=locks, sync=settings.sync, retention=settings.retention,
        collections=settings.collections, leaseworks=LeaseWorks(settings.leaseworks),
        salesforce=cache(lambda: _target(client(), settings)), reader=cache(lambda: _reader(client(), settings)),
        reporter=SyncErrorReporter(),
        changes=cache(lambda: _changes(client())),
        vehicles=cache(lambda: _vehicles(client())), fleetrock=cache(lambda: _fleetrock(settings, observers)),
        mailer=_mailer(settings), resale=settings.resale, remarketing=settings.remarketing,
        auction_invoices=settings.auction_invoices,
        zone=ZoneInfo(settings.schedule.time_zone), gps=settings.gps, observers=observers,
        accounting=settings.accounting, orion=_orion(settings), imports=_imports(settings),
        passtime=_passtime(settings, observers), spireon=_spireon(settings, observers),
        quickbooks_online=_quickbooks_online(settings, engine, locks, observers),
        further_books=_further_books(settings, engine, locks, observers),
        quickbooks_desktop=settings.quickbooks_desktop,
        repossession=settings.repossession, agents=settings.agents,
        rdn=_rdn(settings, observers), mbsi=_mbsi(settings, engine, observers),
        agent_mail=_agent_mail(settings, engine),
        messages=settings.messages, senders=_senders(settings, observers),
    )  # fmt: skip


def _quickbooks_online(
    settings: Settings, engine: Engine, locks: Locks, observers: Observers | None = None
) -> QuickBooksOnline | None:
    if settings.quickbooks_online is None:
        return None
    from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline

    return QuickBooksOnline(settings.quickbooks_online, engine, locks, observer=observers)


def _further_books(
    settings: Settings, engine: Engine, locks: Locks, observers: Observers | None = None
) -> dict[str, QuickBooksOnline]:
    books = settings.quickbooks_online
    if books is None or not books.companies:
        return {}
    from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline

    return {
        name: QuickBooksOnline(books.of(name), engine, locks, name=name, observer=observers) for name in books.companies
    }


def _imports(settings: Settings) -> LeaseWorksImports | None:
    if settings.leaseworks is None or settings.leaseworks.imports is None:
        return None
    from drawbar.connectors.leaseworks.imports import open_imports

    return open_imports(settings.leaseworks)


def _orion(settings: Settings) -> Orion | None:
    if settings.orion is None:
        return None
    from drawbar.connectors.orion.connector import Orion

    return Orion(settings.orion)


def _passtime(settings: Settings, observers: Observers | None = None) -> PassTime | None:
    if settings.passtime is None:
        return None
    from drawbar.connectors.passtime.connector import open_passtime

    return open_passtime(settings.passtime, observers)


def _spireon(settings: Settings, observers: Observers | None = None) -> Spireon | None:
    if settings.spireon is None:
        return None
    from drawbar.connectors.spireon.connector import open_spireon

    return open_spireon(settings.spireon, observers)


def _changes(client: SalesforceClient) -> RecordFinder:
    from drawbar.connectors.salesforce.changes import SalesforceChanges

    return SalesforceChanges(client, EXTERNAL_IDS)


def _mailer(settings: Settings) -> Mailer | None:
    if settings.mail is None:
        return None
    from drawbar.middleware.mail import Mailer

    return Mailer(settings.mail)


def _rdn(settings: Settings, observers: Observers | None = None) -> Rdn | None:
    if settings.rdn is None:
        return None
    from drawbar.connectors.rdn.connector import open_rdn

    return open_rdn(settings.rdn, settings.agents, observers)


def _mbsi(settings: Settings, engine: Engine, observers: Observers | None = None) -> Mbsi | None:
    if settings.mbsi is None:
        return None
    from drawbar.connectors.mbsi.connector import open_mbsi

    return open_mbsi(settings.mbsi, settings.agents, engine, observers)


def _agent_mail(settings: Settings, engine: Engine) -> AgentMail | None:
    if settings.agent_mail is None:
        return None
    from drawbar.connectors.agent_mail.connector import AgentMail

    return AgentMail(settings.agent_mail, settings.agents, engine)


def _senders(settings: Settings, observers: Observers) -> dict[MessageChannel, MessageSender]:
    senders: dict[MessageChannel, MessageSender] = {}
    if settings.twilio is not None:
        senders[MessageChannel.TEXT] = _twilio(settings, settings.twilio, observers)
    mailer = _mailer(settings)
    if mailer is not None:
        from drawbar.connectors.mail.sender import MailSender

        senders[MessageChannel.EMAIL] = MailSender(mailer)
    return senders


def _twilio(settings: Settings, twilio: TwilioSettings, observers: Observers | None = None) -> TwilioSender:
    from drawbar.connectors.twilio.sender import TwilioSender

    return TwilioSender(twilio, twilio_address(settings), observer=observers)


def _vehicles(client: SalesforceClient) -> VehicleFinder:
    from drawbar.connectors.salesforce.vehicles import SalesforceVehicles

    return SalesforceVehicles(client)


def open_quickbooks_online(settings: Settings) -> dict[str, QuickBooksOnline]:
    """Give the companies alone, by name, without the rest of the hub; ConfigError when there is none."""
    engine = open_database(settings.database_url)
    locks = open_locks(settings, engine)
    company = _quickbooks_online(settings, engine, locks)
    if company is None:
        raise ConfigError("QuickBooks Online is not configured", remedy="Add [quickbooks_online] to drawbar.toml.")
    return {"": company, **_further_books(settings, engine, locks)}


def open_locks(settings: Settings, engine: Engine) -> Locks:
    return Locks(engine, settings.data_folder / "locks")


def _salesforce(settings: Settings) -> SalesforceSettings:
    if settings.salesforce is None:
        raise ConfigError("Salesforce is not configured", remedy="Add [salesforce] to drawbar.toml.")
    return settings.salesforce


def open_org_client(settings: Settings, observers: Observers | None = None) -> SalesforceClient:
    """Give the org alone, without the rest of the hub; ConfigError when it is not configured."""
    from drawbar.connectors.salesforce.client import SalesforceClient

    return SalesforceClient(_salesforce(settings), observer=observers)


def _target(client: SalesforceClient, settings: Settings) -> Target:
    from drawbar.connectors.salesforce.target import open_target

    return open_target(client, _salesforce(settings), KEYS)


def _reader(client: SalesforceClient, settings: Settings) -> BulkReader:
    from drawbar.connectors.salesforce.reader import open_reader

    return open_reader(client, _salesforce(settings), EXTERNAL_IDS)


def _fleetrock(settings: Settings, observers: Observers) -> FleetRock:
    from drawbar.connectors.fleetrock.connector import FleetRock

    return FleetRock(_fleetrock_client(settings, observers))


def _fleetrock_client(settings: Settings, observers: Observers | None = None) -> FleetRockClient:
    if settings.fleetrock is None:
        raise ConfigError("FleetRock is not configured", remedy="Add [fleetrock] to drawbar.toml.")
    from drawbar.connectors.fleetrock.client import FleetRockClient

    return FleetRockClient(settings.fleetrock, observer=observers)


def open_engine(
    settings: Settings, hub: Hub, *, concurrency: int = 2, queues: Sequence[str] = (), announce: bool = False
) -> JobEngine:
    """Give the job engine, not yet started; it works on all queues when none is named.

    What it does is logged, the beginning and end of runs at INFO with `announce`, and traced where the settings say so.
    """
    from drawbar.jobs.parts import intake_parts
    from drawbar.middleware.engine import QUEUES, Capacity, JobEngine

    hub.observers.join(RunLog(announce=announce))
    if settings.tracing.endpoint:
        hub.observers.join(_tracing().open_traces(settings.tracing.endpoint))
    return JobEngine(
        database=_engine_database(settings, settings.database_url), locks=hub.locks,
        jobs={job.name: _observed(job, hub) for job in JOBS.values()}, parts=intake_parts(hub),
        lock_of=lambda name: JOBS[name].lock,
        capacity=Capacity(queues or QUEUES, concurrency, settings.workers.hung_after_seconds),
    )  # fmt: skip


def open_server(settings: Settings, hub: Hub) -> Serving:
    """Give the hub's server, not yet started."""
    from drawbar.jobs.serving import Serving
    from drawbar.jobs.soap import SoapMount
    from drawbar.middleware.engine import JobQueue

    database = _engine_database(settings, settings.database_url)
    queue = JobQueue(database, lambda name: JOBS[name].lock)
    outbound = settings.salesforce.outbound if settings.salesforce else None
    mount = SoapMount(hub, settings.soap, settings.public_url, outbound, settings.quickbooks_desktop)
    return Serving(hub, settings.server, queue, sources=_webhook_sources(settings), mounts=mount)


def _webhook_sources(settings: Settings) -> dict[str, WebhookSource]:
    """Give the vendors that sign webhooks in their own way, where the settings hold the key."""
    from drawbar.middleware.server.webhooks import WebhookSource

    found: dict[str, WebhookSource] = {}
    books, twilio = settings.quickbooks_online, settings.twilio
    if books is not None and books.webhook_verifier_token is not None:
        from drawbar.connectors.quickbooks_online.webhook import IntuitSignature
        from drawbar.jobs.quickbooks import HINTED

        found[SYSTEM] = WebhookSource(IntuitSignature(books.webhook_verifier_token), HINTED)
    if twilio is not None:
        from drawbar.connectors.twilio.webhook import TwilioSignature
        from drawbar.jobs.message_answers import TOLD_BY_TWILIO

        found[TWILIO] = WebhookSource(TwilioSignature(twilio, twilio_address(settings)), TOLD_BY_TWILIO)
    return found


def twilio_address(settings: Settings) -> str:
    """Give the address at which Twilio tells the hub of answers, and of what became of messages."""
    return f"{settings.public_url}/webhooks/{TWILIO}"


def quickbooks_address(settings: Settings) -> str:
    """Give the address at which Web Connectors of QuickBooks Desktop reach the hub."""
    from drawbar.connectors.quickbooks_desktop.service import PATH as QUICKBOOKS
    from drawbar.jobs.soap import MOUNT

    return f"{settings.public_url}{MOUNT}{QUICKBOOKS}"


def outbound_address(settings: Settings) -> str:
    """Give the address to which the org sends outbound messages, "" when the hub takes none; it holds a secret."""
    from drawbar.connectors.salesforce.outbound_message import PATH as OUTBOUND
    from drawbar.jobs.soap import MOUNT

    outbound = settings.salesforce.outbound if settings.salesforce else None
    if outbound is None:
        return ""
    return f"{settings.public_url}{MOUNT}{OUTBOUND.format(token=outbound.path_token.get_secret_value())}"


def open_hub_database(settings: Settings, url: str) -> HubDatabase:
    """Give a database that holds a hub, or shall hold it; connects to nothing yet."""
    hub = open_database(url)
    return HubDatabase(hub, _engine_database(settings, url), open_locks(settings, hub))


def _engine_database(settings: Settings, url: str) -> Engine:
    from drawbar.middleware.engine import open_engine_database

    on_sqlite = make_url(url).get_backend_name() == "sqlite"
    return open_engine_database(f"sqlite:///{settings.data_folder / ENGINE_FILE}" if on_sqlite else url)


def _observed(job: Job, hub: Hub) -> JobBody:
    def run(context: JobContext) -> None:
        with hub.observers.during(RunActivity(context.run_id, context.job)):
            job.body(hub)(context)

    return run


def _tracing() -> ModuleType:
    """Give the module that makes traces; ConfigError when what it needs is not installed."""
    try:
        from drawbar.middleware import tracing
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"tracing.endpoint is set, but the package {error.name} is not installed",
            remedy="Run: pip install 'drawbar[tracing]', or empty tracing.endpoint.",
        ) from None
    return tracing


def _tracing_check(endpoint: str) -> Check:
    try:
        checked: Check = _tracing().check(endpoint)
    except ConfigError as error:
        return Check("Tracing", "packages", ok=False, detail=error.message, remedy=error.remedy)
    return checked


def open_metrics(settings: Settings, hub: Hub) -> MetricsPage:
    """Give the page that tells how the hub stands, read from its database whenever somebody asks."""
    from drawbar.jobs.vital_signs import Expected, samples
    from drawbar.middleware.metrics import MetricsPage

    schedule, org = settings.schedule, settings.salesforce
    crons = {job: settings.cron(job) for job in JOBS}
    expected = Expected(crons, schedule.time_zone, org.api_reserve_percent if org else 0)

    def read() -> list[Sample]:
        with reading(hub.engine) as connection:
            health = read_health(connection, list(JOBS))
        return list(samples(health, expected, hub.clock()))

    return MetricsPage(read)


def checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """Check every configured system, for `drawbar doctor`; no hub is without LeaseWorks and Salesforce."""
    from drawbar.middleware.remarketing.checks import remarketing_checks
    from drawbar.middleware.repossession.checks import repossession_checks
    from drawbar.middleware.server.checks import server_checks

    systems: dict[str, Checkable | None] = {
        "LeaseWorks": LeaseWorks(settings.leaseworks) if settings.leaseworks else None,
        "Salesforce": _org_checks(settings) if settings.salesforce else None,
        "LeaseWorks imports": _imports(settings),
        "Orion": _orion(settings),
        **_vendor_checks(settings),
        **agent_checks(settings),
        **_books_checks(settings),
    }
    for name, system in systems.items():
        if system is not None:
            yield from system.checks(now)
        elif name in _NEEDED:
            remedy = f"Add [{name.lower()}] to drawbar.toml."
            yield Check(name, "settings", ok=False, detail="not configured", remedy=remedy)
    yield from agents_reached(settings)
    yield from repossession_checks(settings.repossession, settings.agents)
    yield from remarketing_checks(settings.remarketing)
    yield from server_checks(settings.server, now)
    if settings.quickbooks_desktop is not None:
        from drawbar.connectors.quickbooks_desktop.checks import QuickBooksDesktopChecks

        desktop = QuickBooksDesktopChecks(settings.quickbooks_desktop, quickbooks_address(settings))
        yield from desktop.checks(now)
    if settings.tracing.endpoint:
        yield _tracing_check(settings.tracing.endpoint)


def _books_checks(settings: Settings) -> dict[str, Checkable]:
    if settings.quickbooks_online is None:
        return {}
    return {each.system: each for each in open_quickbooks_online(settings).values()}


def _vendor_checks(settings: Settings) -> dict[str, Checkable]:
    from drawbar.connectors.fleetrock.checks import FleetRockChecks
    from drawbar.connectors.mail.checks import MailChecks
    from drawbar.connectors.passtime.checks import PassTimeChecks
    from drawbar.connectors.spireon.checks import SpireonChecks

    passtime, spireon = _passtime(settings), _spireon(settings)
    found: dict[str, Checkable] = {}
    if settings.fleetrock is not None:
        found["FleetRock"] = FleetRockChecks(_fleetrock_client(settings))
    if passtime is not None:
        found["PassTime"] = PassTimeChecks(passtime)
    if spireon is not None:
        found["Spireon"] = SpireonChecks(spireon.client)
    mailer = _mailer(settings)
    if mailer is not None:
        found["Mail"] = MailChecks(mailer)
    if settings.twilio is not None:
        from drawbar.connectors.twilio.checks import TwilioChecks

        found["Twilio"] = TwilioChecks(_twilio(settings, settings.twilio), twilio_address(settings))
    return found


def agents_reached(settings: Settings) -> Iterator[Check]:
    """Check that the channel of every repo agent is configured."""
    for name, agent in sorted(settings.agents.items()):
        there = getattr(settings, agent.target) is not None
        remedy = "" if there else f"Add [{agent.target}] to drawbar.toml."
        detail = f"by {agent.channel}" if there else f"{agent.channel} is not configured"
        yield Check("Repo agents", name, ok=there, detail=detail, remedy=remedy)


def agent_checks(settings: Settings) -> dict[str, Checkable]:
    """Give the checks of every channel to repo agents that is configured."""
    found: dict[str, Checkable] = {}
    rdn = _rdn(settings)
    if rdn is not None:
        from drawbar.connectors.rdn.checks import RdnChecks

        found["RDN"] = RdnChecks(rdn.client)
    if settings.mbsi is not None:
        from drawbar.connectors.mbsi.checks import MbsiChecks
        from drawbar.connectors.mbsi.client import MbsiClient

        found["MBSi"] = MbsiChecks(MbsiClient(settings.mbsi))
    if settings.agent_mail is not None:
        from drawbar.connectors.agent_mail.checks import AgentMailChecks

        found["Agent mail"] = AgentMailChecks(settings.agent_mail)
    return found


def _org_checks(settings: Settings) -> SalesforceChecks:
    from drawbar.connectors.salesforce.checks import SalesforceChecks
    from drawbar.connectors.salesforce.metadata.source import read_package

    needed: dict[str, set[str]] = {}
    for record in RECORDS:
        names = {each.api_name for each in record_fields(record).values()}
        needed.setdefault(record.sobject.api_name, set()).update(names)
    reserve = _salesforce(settings).api_reserve_percent
    package = read_package(Path(drawbar.__path__[0]) / "salesforce")
    return SalesforceChecks(open_org_client(settings), needed, EXTERNAL_IDS, reserve, package)
