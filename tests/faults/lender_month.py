"""The systems of a lender around one hub for a simulated month: those of the day, repo networks, mail of all sides.

What people, agents, the shop and LeaseWorks do stands in `month_script.py`; here is how each of them does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from click.testing import CliRunner, Result
from sqlalchemy import select

from drawbar.cli import drawbar
from drawbar.commands.session import Session
from drawbar.connectors.agent_mail.connector import AgentMail
from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.connectors.mbsi.client import MbsiClient
from drawbar.connectors.mbsi.settings import MbsiSettings
from drawbar.connectors.rdn.client import RdnClient
from drawbar.connectors.rdn.connector import Rdn
from drawbar.connectors.rdn.settings import RdnSettings
from drawbar.connectors.salesforce.changes import SalesforceChanges
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.jobs.catalogue import JOBS, job_that_empties
from drawbar.jobs.wiring import open_hub
from drawbar.middleware.database.engine import reading
from drawbar.middleware.mail_settings import MailSettings
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.resale.settings import ResaleSettings
from drawbar.middleware.sync.inbox import Inbox
from drawbar.middleware.sync.runs import Run
from drawbar.middleware.sync.tables import outbox
from drawbar.sandbox.certificate import open_certificate
from drawbar.sandbox.mail.server import USER, MailServer, tls_context
from drawbar.sandbox.mbsi.vendor import BASE, CLIENT, LIENHOLDER, MbsiVendor
from drawbar.sandbox.rdn.vendor import PATH, RdnVendor
from tests.faults.lender_day import Clock, LenderDay, Vendors, connected
from tests.faults.month_book import MonthBook, whole_book
from tests.jobs.conftest import OpenWorld
from tests.jobs.people import AVERY, People
from tests.jobs.world import PlainContext, ServedOrg, World
from tests.mail_server import MailServer as AccountingServer
from tests.mail_server import serve_mail
from tests.sandbox.local_server import serve

AGENTS: Final = {
    "lone_star": AgentSettings(channel="rdn", id="4711", company="Lone Star Recovery"),
    "great_lakes": AgentSettings(channel="mbsi", id="9001", company="Great Lakes Repossession"),
    "desert": AgentSettings(channel="mail", address="dispatch@desert.example", company="Desert Towing"),
    "silent": AgentSettings(channel="mail", address="dispatch@silent.example", territories=["AZ"]),
}
_PASSWORD: Final = "the mail password"
_LAYOUT: Final = {"vehicles": {"columns": {"disposition": "DISP"}}}


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the script: who does what on which day, to the account that plays a part.

    Acts of one hour are done one after the other, then the hub works; `told` is what is entered, said or shown.
    """

    day: int
    hour: int
    actor: str
    act: str
    part: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


class Died(BaseException):
    """The hub's process was killed."""


class MonthVendors(Vendors):
    """The day's vendors, and the repo networks beside them."""

    def __init__(self, folder: Path, files: Path, clock: Clock) -> None:
        self.rdn = RdnVendor(folder / "rdn", clock.seen)
        self.mbsi = MbsiVendor(folder / "mbsi", clock.seen)
        super().__init__(folder, files, clock, self.rdn, self.mbsi)

    def settings(self, origin: str) -> dict[str, Any]:
        mbsi = {"token": self.mbsi.token(), "client_id": CLIENT, "lienholder_id": LIENHOLDER}
        return super().settings(origin) | {
            "rdn": {"url": f"{origin}/vendors/rdn{PATH}", "api_key": self.rdn.api_key(), "calls_per_minute": 6_000},
            "mbsi": {"url": f"{origin}/vendors/mbsi{BASE}", "calls_per_minute": 6_000, **mbsi},
            "agents": AGENTS,
        }


@dataclass
class Post:
    """The mail servers: one that reaches agents and holds what they answer, one of Accounting."""

    agents: MailServer
    accounting: AccountingServer
    portal: BlockingPortal
    authority: Path

    def settings(self) -> dict[str, Any]:
        """Give the tables of drawbar.toml."""
        reach = {"host": "localhost", "user": USER, "password": _PASSWORD}
        agent_mail = {
            "sender": "repo@lender.example", "reply_to": "repo+{order}@lender.example", "ca_file": self.authority,
            "smtp": {**reach, "port": self.agents.smtp_port}, "imap": {**reach, "port": self.agents.imap_port},
        }  # fmt: skip
        return {
            "agent_mail": AgentMailSettings.model_validate(agent_mail),
            "mail": MailSettings(
                host="127.0.0.1", port=self.accounting.port, security="none", sender="hub@lender.example"
            ),
            "resale": ResaleSettings(
                accounting_to=("accounting@lender.example",), approvers=(AVERY,), lender="Example Truck Finance",
                lender_address="9 Bank Plaza, Tulsa OK",
            ),
        }  # fmt: skip


@contextmanager
def serve_post(folder: Path, clock: Clock, accounting: AccountingServer) -> Iterator[Post]:
    """Serve the agents' mail until the block ends."""
    certificate = open_certificate(folder / "tls", datetime.now(UTC))
    server = MailServer(_PASSWORD, clock.seen, tls_context(certificate))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server.serve()):
        yield Post(server, accounting, portal, certificate.authority)


@dataclass
class LenderMonth:
    """The month: its day's world and vendors, its book, its people, its post."""

    day: LenderDay
    vendors: MonthVendors
    post: Post
    people: People
    book: MonthBook
    parts: Mapping[str, Sequence[int]]
    """The numbers of the accounts that play each part of the script."""

    runs: list[Run] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    answers: int = 0

    @property
    def world(self) -> World:
        return self.day.world

    @property
    def clock(self) -> Clock:
        return self.day.clock

    def comes(self, day: int, hour: int) -> None:
        """Let an hour come, unless it is later already."""
        self.book.today = date(2026, 3, day)
        if self.clock.time < datetime(2026, 3, day, hour, tzinfo=UTC):
            self.clock.becomes(hour, day=day)

    def delivers(self) -> None:
        """Let LeaseWorks deliver, and the hub take it in."""
        self.book.deliver_all()
        self.run("accounts")

    def start_anew(self) -> None:
        """Put the hub together as a process does that has just started."""
        self.world.hub.engine.dispose()
        self.world.hub = self._connected()

    def _connected(self) -> Any:
        settings, clocks = self.world.settings, self.clock.clocks
        hub = connected(settings, open_hub(settings), self.clock)
        assert settings.rdn is not None
        assert settings.mbsi is not None
        assert hub.mbsi is not None
        assert settings.agent_mail is not None
        rdn: RdnSettings = settings.rdn
        mbsi: MbsiSettings = settings.mbsi
        assert settings.salesforce is not None
        client = SalesforceClient(settings.salesforce, clocks=clocks, observer=hub.observers)
        return replace(
            hub, changes=lambda: SalesforceChanges(client, EXTERNAL_IDS),
            rdn=Rdn(rdn, RdnClient(rdn, clocks=clocks, observer=hub.observers), settings.agents, self.clock),
            mbsi=replace(hub.mbsi, client=MbsiClient(mbsi, clocks=clocks, observer=hub.observers), clock=self.clock),
            agent_mail=AgentMail(settings.agent_mail, settings.agents, hub.engine, self.clock),
        )  # fmt: skip

    def run(self, *jobs: str) -> None:
        """Run jobs one after the other, and what they ask for; one that pauses goes on when the weather has changed."""
        for job in jobs:
            run = self._ended(job, self.world.context(job, {}))
            for _ in range(5):
                if run.state != "paused":
                    break
                self.clock.sleep(600)
                self.post.accounting.reply = ""
                run = self._ended(job, self.world.context(job, {}))
            assert run.state in ("succeeded", "incomplete"), (job, run.state, run.error)
        while self.world.submitted:
            run_id, job = self.world.submitted.popitem()
            self._ended(job, PlainContext(run_id, job, {}, submit=self.world._submitted))

    def _ended(self, job: str, context: PlainContext) -> Run:
        """Work on a run until it has ended; when its process dies, another one takes it up."""
        while not self._carried_out(job, context):
            self.start_anew()
        run = self.world.outcome(context.run_id)
        self.runs.append(run)
        return run

    def _carried_out(self, job: str, context: PlainContext) -> bool:
        try:
            JOBS[job].body(self.world.hub)(context)
        except Died:
            return False
        return True

    def settle(self, *, sweep: bool) -> None:
        """Let the hub hear of what happened and pass on what follows, until nothing is left for it to do."""
        if sweep:
            self.run("edits")
        for _ in range(8):
            jobs = self._due()
            if not jobs:
                return
            self.run(*jobs)
        raise AssertionError(f"the hub does not come to rest: {jobs}")

    def morning(self, day: int) -> None:
        """Look at the open repossessions, before anybody is at work."""
        self.comes(day, 6)
        self.run("repossessions")
        self.settle(sweep=False)

    def evening(self) -> None:
        """Ask the vendors that have something of ours, and exchange imports with LeaseWorks."""
        asked = {
            "rdn": self.vendors.rdn.desk.cases, "mbsi": self.vendors.mbsi.desk.cases,
            "agent-mail": self.post.agents.sent, "fleetrock": self.vendors.fleetrock.shop.orders(),
        }  # fmt: skip
        self.run(*(job for job, ours in asked.items() if ours))
        self.settle(sweep=False)
        self.settle(sweep=True)
        self.run("leaseworks-import")
        if self.book.take_imports(self.clock()):
            self.run("leaseworks-import")
        self.settle(sweep=False)

    def _due(self) -> list[str]:
        """Name the jobs that have something to do, but for what waits for LeaseWorks until the evening."""
        with reading(self.world.hub.engine) as connection:
            messages = Inbox(connection).is_any_due(self.clock.seen())
            targets = set(connection.execute(select(outbox.c.target).distinct()).scalars())
        jobs = [job_that_empties(each) for each in sorted(targets - {"leaseworks", "collections"})]
        return (["inbox"] if messages else []) + jobs

    def typed(self, *words: str) -> Result:
        """Type a command of `drawbar`."""
        session = Session(Path("drawbar.toml"), explicit=True)
        vars(session).update(hub=self.world.hub, settings=self.world.settings)
        group, *rest = words
        command = drawbar.get_command(None, group)  # type: ignore[arg-type]
        assert command is not None
        return CliRunner().invoke(command, rest, obj=session)

    def id_of(self, object_name: str, **wanted: object) -> str:
        """Give Salesforce's id of the record that was made last of those with some values."""
        return self.ids_of(object_name, **wanted)[-1]

    def ids_of(self, object_name: str, **wanted: object) -> list[str]:
        where = " AND ".join(f'"{name}" = ?' for name in wanted)
        text = f'SELECT "Id" FROM "{object_name}" WHERE {where} AND "IsDeleted" = 0 ORDER BY "CreatedDate", "Id"'
        found = self.world.org.local.org.read(text, list(wanted.values()))  # type: ignore[arg-type]
        return [str(row[0]) for row in found]

    def account(self, number: int) -> str:
        return self.id_of("Lease_Account__c", LeaseWorks_Id__c=f"LW{number:08d}")

    def vehicle(self, number: int) -> str:
        return self.id_of("Vehicle__c", LeaseWorks_Id__c=f"VH{number:08d}")

    def case(self, number: int) -> str:
        """Give the id of the vehicle's latest repossession."""
        return self.id_of("Case", Vehicle__c=self.vehicle(number))


@contextmanager
def open_month(
    open_world: OpenWorld,
    org: ServedOrg,
    folder: Path,
    patch: pytest.MonkeyPatch,
    parts: Sequence[str],
    accounts: int,
) -> Iterator[LenderMonth]:
    """Open a month with a book of so many accounts; the first of them play the parts, the others pay."""
    files, clock = folder / "leaseworks", Clock()
    patch.setattr(org.local.org, "clock", clock.seen)
    vendors = MonthVendors(folder / "vendors", files, clock)
    with (
        serve(vendors.app, vendors.connections) as port, serve_mail() as accounting,
        serve_post(folder, clock, accounting) as post,
    ):  # fmt: skip
        where = {"surface": "folder", "folder": {"path": files}, "imports": {}, "layout": _LAYOUT}
        vendors_found = vendors.settings(f"http://127.0.0.1:{port}")
        world = open_world(files=files, leaseworks=where, **vendors_found, **post.settings())
        world.clock = clock  # type: ignore[assignment]
        playing = {part: [number] for number, part in enumerate(parts, 1)}
        book = whole_book(files, accounts)
        month = LenderMonth(LenderDay(world, vendors, clock), vendors, post, People(org), book, playing)
        month.start_anew()
        world.hub.books().connect("first-token", now=clock())
        yield month
