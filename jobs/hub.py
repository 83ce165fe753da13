"""The hub as jobs and commands see it: settings, database, locks, and the systems that are coupled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from drawbar.middleware.accounting.settings import AccountingSettings
from drawbar.middleware.auctions.settings import AuctionInvoiceSettings
from drawbar.middleware.collections.settings import CollectionSettings
from drawbar.middleware.database.engine import place_of
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.locks import IN_USE, Locks, LockTaken
from drawbar.middleware.messages.records import MessageChannel
from drawbar.middleware.messages.settings import MessageSettings
from drawbar.middleware.observe import Observers
from drawbar.middleware.ports import BulkReader, RecordFinder, Target
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.resale.settings import ResaleSettings
from drawbar.middleware.settings import RetentionSettings, SyncSettings
from drawbar.middleware.sync.failure_desk import FailureReporter

if TYPE_CHECKING:  # what a hub is not configured for costs its commands no time
    from drawbar.connectors.agent_mail.connector import AgentMail
    from drawbar.connectors.fleetrock.connector import FleetRock
    from drawbar.connectors.leaseworks.connector import LeaseWorks
    from drawbar.connectors.leaseworks.imports import LeaseWorksImports
    from drawbar.connectors.mbsi.connector import Mbsi
    from drawbar.connectors.orion.connector import Orion
    from drawbar.connectors.passtime.connector import PassTime
    from drawbar.connectors.quickbooks_desktop.settings import QuickBooksDesktopSettings
    from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline
    from drawbar.connectors.rdn.connector import Rdn
    from drawbar.connectors.spireon.connector import Spireon
    from drawbar.middleware.mail import Mailer
    from drawbar.middleware.messages.channel import MessageSender
    from drawbar.middleware.repairs.conditions import VehicleFinder

TARGET = "salesforce"
SYSTEM = "leaseworks"
ENGINE_FILE = "engine.db"
"""Where the job engine keeps its records in the data folder, when the hub is on SQLite."""


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that a job works with; put together in `wiring`, and by tests.

    `zone` is the lender's: it says which business day it is. Who wants to hear of the work joins `observers`.
    """

    data_folder: Path
    engine: Engine
    locks: Locks
    sync: SyncSettings
    collections: CollectionSettings
    leaseworks: LeaseWorks
    salesforce: Callable[[], Target]
    reader: Callable[[], BulkReader]
    reporter: FailureReporter
    changes: Callable[[], RecordFinder]
    vehicles: Callable[[], VehicleFinder]
    fleetrock: Callable[[], FleetRock]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: tzinfo = UTC
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    gps: GpsSettings = field(default_factory=GpsSettings)
    observers: Observers = field(default_factory=Observers)
    orion: Orion | None = None
    imports: LeaseWorksImports | None = None
    passtime: PassTime | None = None
    spireon: Spireon | None = None
    accounting: AccountingSettings = field(default_factory=AccountingSettings)
    quickbooks_online: QuickBooksOnline | None = None
    further_books: Mapping[str, QuickBooksOnline] = field(default_factory=dict)
    quickbooks_desktop: QuickBooksDesktopSettings | None = None
    repossession: RepossessionSettings = field(default_factory=RepossessionSettings)
    remarketing: RemarketingSettings = field(default_factory=RemarketingSettings)
    resale: ResaleSettings = field(default_factory=ResaleSettings)
    auction_invoices: AuctionInvoiceSettings = field(default_factory=AuctionInvoiceSettings)
    mailer: Mailer | None = None
    agents: Mapping[str, AgentSettings] = field(default_factory=dict)
    rdn: Rdn | None = None
    mbsi: Mbsi | None = None
    agent_mail: AgentMail | None = None
    messages: MessageSettings = field(default_factory=MessageSettings)
    senders: Mapping[MessageChannel, MessageSender] = field(default_factory=dict)

    def mail(self) -> Mailer:
        """Give the server that takes our e-mail; ConfigError when there is none."""
        if self.mailer is None:
            raise ConfigError("there is no mail server", remedy="Add [mail] to drawbar.toml.")
        return self.mailer

    def books(self, name: str = "") -> QuickBooksOnline:
        """Give a company that money is posted to, "" for the first; ConfigError when there is none."""
        if self.quickbooks_online is None:
            raise ConfigError("QuickBooks Online is not configured", remedy="Add [quickbooks_online] to drawbar.toml.")
        return self.further_books[name] if name else self.quickbooks_online

    def all_books(self) -> list[QuickBooksOnline]:
        """Give all companies of QuickBooks Online, the first one first; ConfigError when there is none."""
        return [self.books(), *self.further_books.values()]

    def leaseworks_imports(self) -> LeaseWorksImports:
        """Give the way for what LeaseWorks is told; ConfigError when there is none."""
        if self.imports is None:
            raise ConfigError("LeaseWorks takes no imports", remedy="Add [leaseworks.imports] to drawbar.toml.")
        return self.imports

    @property
    def deliveries_folder(self) -> Path:
        """Where fetched deliveries are kept."""
        return self.data_folder / "deliveries"


@dataclass(frozen=True, slots=True)
class HubDatabase:
    """Where a hub keeps its state: its own tables (`hub`), the job engine's (`engine`), and who works on it (`locks`).

    On PostgreSQL both engines reach one database, on SQLite a file each.
    """

    hub: Engine
    engine: Engine
    locks: Locks

    @property
    def place(self) -> str:
        """The URL, without password."""
        return place_of(self.hub)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody else from the hub for a block.

        Raises LockTaken while somebody works on it, ConfigError when the database does not answer.
        """
        try:
            lock = self.locks.take(IN_USE)
        except OperationalError as error:
            raise ConfigError(
                f"{self.place} cannot be opened ({type(error.orig).__name__})",
                remedy="See that the server answers, the database is there, and the user may enter it.",
            ) from None
        if lock is None:
            raise LockTaken(
                f"a worker, a run or another command is at work on {self.place}",
                remedy="Stop the worker, wait until runs have ended (drawbar runs), and try again.",
            )
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        self.hub.dispose()
        self.engine.dispose()
