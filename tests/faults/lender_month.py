"""The systems of a lender around one hub for a simulated month: those of the day, repo networks, mail of all sides.

What people, agents, the shop and LeaseWorks do stands in `month_script.py`; here is how each of them does it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from click.testing import CliRunner, Result
from sqlalchemy import select

from drawbar.cli import drawbar
from drawbar.commands.session import Session
from drawbar.connectors.agent_mail.sending import OUTCOME_UNKNOWN
from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.jobs.catalogue import JOBS, job_that_empties
from drawbar.jobs.wiring import ScheduleSettings
from drawbar.middleware.database.engine import reading
from drawbar.middleware.mail_settings import MailSettings
from drawbar.middleware.repossession.agent_tables import agent_mail
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.resale.settings import ResaleSettings
from drawbar.middleware.sync.inbox import Inbox
from drawbar.middleware.sync.runs import Run
from drawbar.middleware.sync.tables import outbox
from drawbar.sandbox.certificate import open_certificate
from drawbar.sandbox.mail.server import USER, MailServer, tls_context
from drawbar.sandbox.mbsi.vendor import BASE, CLIENT, LIENHOLDER, MbsiVendor
from drawbar.sandbox.rdn.vendor import PATH, RdnVendor
from tests.faults.lender_day import Clock, LenderDay, Vendors
from tests.faults.month_book import MonthBook, whole_book
from tests.faults.month_worker import Crew, SharedClock, month_hub
from tests.jobs.conftest import OpenWorld
from tests.jobs.people import AVERY, People
from tests.jobs.under_way import CallsUnderWay
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
_NOTHING_BY_THE_CLOCK: Final = {name: "" for name in ScheduleSettings.model_fields if name != "time_zone"}
_LAYOUT: Final = {"vehicles": {"columns": {"disposition": "DISP"}}}


@dataclass(frozen=True, slots=True)
class Scale:
    """How big a month is: accounts of its book, kills on each day of workers, the hub's database ("" for a file)."""

    accounts: int
    kills_a_day: int
    url: str = ""


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

    crew: Crew
    runs: list[Run] = field(default_factory=list)
    answers: int = 0
    inquiries: int = 0
    """How often a clerk asked an agent whether a letter had come."""

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
        """Have a run worked on until it has ended: by a worker's process, or by the hub in this one."""
        if self.crew.is_on_duty:
            self.crew.carry_out(self.world.hub, context.run_id, job)
        else:
            JOBS[job].body(self.world.hub)(context)
        run = self.world.outcome(context.run_id)
        self.runs.append(run)
        return run

    def settle(self, *, sweep: bool) -> None:
        """Let the hub hear of what happened and pass on what follows, until nothing is left for it to do."""
        if sweep:
            self.run("edits")
        for _ in range(8):
            jobs = self._due()
            if not jobs and not self._asks_agents():
                return
            self.run(*jobs)
        raise AssertionError(f"the hub does not come to rest: {jobs}")

    def _asks_agents(self) -> bool:
        """Ask agents for letters that may have reached them when a worker died over them, and settle the failures."""
        asked = select(agent_mail.c.message_id, agent_mail.c.key).where(agent_mail.c.state == "asked")
        with reading(self.world.hub.engine) as connection:
            may_have_come = {row.key: f"<{row.message_id}>" for row in connection.execute(asked)}
        there = {str(each["Message-ID"]) for each in self.post.agents.sent}
        unknown = self.world.letters(code=OUTCOME_UNKNOWN)
        desk = self.world.replay("clerk")
        for each in unknown:
            if may_have_come[each.failure.key] in there:
                desk.discard([each.id], "the agent has it")
            else:
                desk.replay([each.id])
        self.inquiries += len(unknown)
        return bool(unknown)

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
        self.crew.goes_off_duty()

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

    def asked(self, *words: str) -> Any:
        """Give what a command tells machines."""
        result = self.typed(*words, "--json")
        assert result.exit_code == 0, (words, result.output, result.exception)
        return json.loads(result.stdout)

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
    scale: Scale,
) -> Iterator[LenderMonth]:
    """Open a month; the first accounts of its book play the parts, the others pay."""
    files, clock = folder / "leaseworks", SharedClock()
    patch.setattr(org.local.org, "clock", clock.seen)
    vendors = MonthVendors(folder / "vendors", files, clock)
    calls = CallsUnderWay(vendors.app)
    with (
        serve(calls, vendors.connections) as port, serve_mail() as accounting,
        serve_post(folder, clock, accounting) as post,
    ):  # fmt: skip
        where = {"surface": "folder", "folder": {"path": files}, "imports": {}, "layout": _LAYOUT}
        vendors_found = vendors.settings(f"http://127.0.0.1:{port}")
        world = open_world(
            url=scale.url, files=files, leaseworks=where, schedule=_NOTHING_BY_THE_CLOCK, **vendors_found,
            **post.settings(),
        )  # fmt: skip
        world.clock = clock  # type: ignore[assignment]
        world.hub.engine.dispose()
        world.hub = month_hub(world.settings, clock)
        crew = Crew(world.settings, clock, lambda: calls.begun + org.calls_begun, scale.kills_a_day, folder / "deaths")
        playing = {part: [number] for number, part in enumerate(parts, 1)}
        book = whole_book(files, scale.accounts)
        day = LenderDay(world, vendors, clock)
        month = LenderMonth(day, vendors, post, People(org), book, playing, crew)
        world.hub.books().connect("first-token", now=clock())
        try:
            yield month
        finally:
            crew.goes_off_duty()
