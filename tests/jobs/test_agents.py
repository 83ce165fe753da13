"""Orders from the outbox to repo agents, and what they tell into the inbox, by each channel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner
from sqlalchemy import insert

from drawbar.commands.agents import agents as agents_command
from drawbar.commands.session import Session
from drawbar.connectors.agent_mail.connector import AgentMail
from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.connectors.mbsi.connector import Mbsi, open_mbsi
from drawbar.connectors.mbsi.settings import MbsiSettings
from drawbar.connectors.rdn.connector import open_rdn
from drawbar.connectors.rdn.settings import RdnSettings
from drawbar.jobs.account_holds import account_holds
from drawbar.jobs.agent_acts import AgentAct, AgentActs
from drawbar.jobs.repo_acts import Person
from drawbar.middleware.collections.tables import account_standing
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.holds import Hold, HoldKind
from drawbar.middleware.repossession.orders import AGENT_EVENT, AgentEvent
from drawbar.middleware.repossession.told import agent_event
from drawbar.middleware.sync.inbox import Inbox
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.sandbox.certificate import open_certificate
from drawbar.sandbox.mail.server import USER, MailServer, tls_context
from drawbar.sandbox.mbsi.vendor import BASE, CLIENT, LIENHOLDER, MbsiVendor
from drawbar.sandbox.rdn.vendor import PATH, RdnVendor
from tests.contracts.served_vendor import ServedVendor, serve_vendor
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import World
from tests.moment import Moment
from tests.repo_orders import ORDER, placed

AGENTS = {
    "lone_star": AgentSettings(channel="rdn", id="4711"),
    "great_lakes": AgentSettings(channel="mbsi", id="9001"),
    "desert": AgentSettings(channel="mail", address="dispatch@desert.example"),
}
PASSWORD = "the mail password"


@dataclass
class Networks:
    """Simulated RDN and MBSi behind one port, and a mail server."""

    rdn: RdnVendor
    mbsi: MbsiVendor
    mail: MailServer
    moment: Moment
    served: ServedVendor
    ca_file: Path

    def empty(self) -> None:
        self.served.weather.clears()
        self.rdn.desk.cases.clear()
        self.mbsi.desk.cases.clear()
        self.mail.sent.clear()

    def connect(self, world: World) -> None:
        """Give a hub what reaches them."""
        url = self.served.url
        rdn = RdnSettings.model_validate({"url": url + PATH, "api_key": self.rdn.api_key()})
        network = {"url": url + BASE, "token": self.mbsi.token(), "client_id": CLIENT, "lienholder_id": LIENHOLDER}
        reach = {"host": "localhost", "user": USER, "password": PASSWORD}
        mail = AgentMailSettings.model_validate(
            {
                "sender": "repo@lender.example", "reply_to": "repo+{order}@lender.example", "ca_file": self.ca_file,
                "smtp": {**reach, "port": self.mail.smtp_port}, "imap": {**reach, "port": self.mail.imap_port},
            }
        )  # fmt: skip
        world.hub = replace(
            world.hub, agents=AGENTS, clock=self.moment, rdn=replace(open_rdn(rdn, AGENTS), clock=self.moment),
            mbsi=open_mbsi(MbsiSettings.model_validate(network), AGENTS, world.hub.engine),
            agent_mail=AgentMail(mail, AGENTS, world.hub.engine, self.moment),
        )  # fmt: skip


@pytest.fixture(scope="module")
def running_networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networks]:
    folder, moment = tmp_path_factory.mktemp("networks"), Moment()
    certificate = open_certificate(folder / "tls", datetime.now(UTC))
    rdn, mbsi = RdnVendor(folder / "rdn", moment), MbsiVendor(folder / "mbsi", moment)
    mail = MailServer(PASSWORD, moment, tls_context(certificate))
    with (
        serve_vendor([*rdn.routes(), *mbsi.routes()]) as served,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(mail.serve()),
    ):
        yield Networks(rdn, mbsi, mail, moment, served, certificate.authority)


@pytest.fixture
def networks(running_networks: Networks) -> Networks:
    running_networks.empty()
    return running_networks


@pytest.fixture
def hub(open_world: OpenWorld, networks: Networks) -> World:
    world = open_world()
    networks.connect(world)
    return world


def order(world: World, target: str, record: TargetRecord) -> None:
    """Put an order into the outbox, as the rules of repossession do."""
    now = world.hub.clock()
    with world.hub.engine.begin() as connection:
        Outbox(connection, target).put([Change(record, creates=True, why="ordered")], run_id="run-1", now=now)


def events(world: World) -> list[AgentEvent]:
    """Give the events that wait in the inbox."""
    with world.hub.engine.begin() as connection:
        found = [each.message for each in Inbox(connection).due(world.hub.clock(), 100)]
    assert {each.kind for each in found} <= {AGENT_EVENT}
    return [agent_event(each) for each in found]


CHANNELS = (("rdn", "rdn", "lone_star"), ("mbsi", "mbsi", "great_lakes"), ("agent-mail", "agent_mail", "desert"))
"""Job, target and agent of each channel."""


@pytest.mark.spec("P14", "R25")
def test_an_order_goes_out_once_and_what_the_agent_tells_comes_in_once(hub: World, networks: Networks) -> None:
    for job, target, agent in CHANNELS:
        order(hub, target, placed(f"RO-{job}", agent=agent))
    first = [hub.run(job) for job, _, _ in CHANNELS]
    networks.moment.passes(minutes=1)

    later = [hub.run(job) for _ in range(2) for job, _, _ in CHANNELS]

    assert {each.state for each in (*first, *later)} == {"succeeded"}
    assert [each.summary["sent"]["objects"]["Repossession Order"]["created"] for each in first] == [1, 1, 1]
    assert sorted((each.source, each.order_number, each.kind) for each in events(hub)) == sorted(
        (target, f"RO-{job}", "accepted") for job, target, _ in CHANNELS
    )
    assert (len(networks.rdn.desk.cases), len(networks.mbsi.desk.cases), len(networks.mail.sent)) == (1, 1, 1)


def test_an_event_is_told_once_for_good_also_when_the_inbox_has_forgotten_it(hub: World, networks: Networks) -> None:
    order(hub, "mbsi", placed("RO-1", agent="great_lakes"))
    hub.run("mbsi")
    networks.moment.passes(minutes=1)
    hub.run("mbsi")
    (event,) = events(hub)
    with hub.hub.engine.begin() as connection:
        for entry in Inbox(connection).due(hub.hub.clock(), 10):
            Inbox(connection).end(entry.number, "handled", hub.hub.clock())
        Inbox(connection).forget_handled(hub.hub.clock() + timedelta(days=31))

    hub.run("mbsi")

    assert (event.kind, events(hub)) == ("accepted", [])


@pytest.mark.fault(14)
def test_a_refused_order_becomes_a_failure_that_a_person_can_replay(hub: World) -> None:
    order(hub, "mbsi", placed("RO-BAD", agent="great_lakes", vin=""))
    order(hub, "mbsi", placed("RO-GOOD", agent="great_lakes"))

    run = hub.run("mbsi")

    assert run.state == "incomplete"
    (letter,) = hub.letters(place="mbsi")
    assert (letter.failure.key, letter.failure.field) == ("RO-BAD", "vin")
    assert run.summary["sent"]["objects"]["Repossession Order"]["created"] == 1


@pytest.mark.spec("R25")
def test_an_event_that_failed_is_told_by_a_later_run_and_its_failure_ends(hub: World, networks: Networks) -> None:
    shut = networks.rdn.desk.place({"client_reference": "RESTRICTED-1", "vin": "1FUJGLDR0CSBB1234"})
    networks.moment.passes(minutes=1)
    hub.run("rdn")
    (letter,) = hub.letters(place="rdn.events")
    assert (letter.failure.code, events(hub)) == ("RESTRICTED", [])
    networks.rdn.desk.update(shut, {"client_reference": "RO-1"})

    run = hub.run("rdn")

    assert run.state == "succeeded"
    assert [each.order_number for each in events(hub)] == ["RO-1"]
    assert hub.letters(place="rdn.events") == []


def test_a_channel_that_is_not_configured_stops_the_run_with_a_remedy(open_world: OpenWorld) -> None:
    run = open_world().run("rdn")

    assert (run.state, "Add [rdn]" in run.error) == ("stopped", True)


def command(world: World, *arguments: str) -> str:
    """Do `drawbar agents ...` on a hub; gives what it prints."""
    current = Session(world.settings.data_folder / "drawbar.toml", explicit=False)
    vars(current)["hub"] = world.hub
    vars(current)["settings"] = world.settings
    done = CliRunner().invoke(agents_command, arguments, obj=current)
    assert done.exit_code in (0, 1), done.output
    return "".join(each for each in done.output.splitlines(True) if "[debug" not in each)


def told(world: World, *arguments: str) -> Any:
    return json.loads(command(world, *arguments, "--json"))


def test_agents_and_orders_are_listed_with_what_waits_and_what_was_told(hub: World, networks: Networks) -> None:
    order(hub, "rdn", placed("RO-1", agent="lone_star"))
    hub.run("rdn")
    networks.moment.passes(minutes=1)
    hub.run("rdn")
    order(hub, "agent_mail", placed("RO-2", agent="desert"))

    listed = {each["number"]: each for each in told(hub, "orders")}

    assert {each["name"]: each["waiting"] for each in told(hub, "list")} == {
        "desert": 1, "great_lakes": 0, "lone_star": 0,
    }  # fmt: skip
    assert (listed["RO-1"]["state"], listed["RO-1"]["last_event"]) == ("created", "accepted")
    assert listed["RO-2"]["state"] == "waiting"
    assert "RO-2" in command(hub, "orders")
    assert "…@desert.example" in command(hub, "list")


def test_a_preview_shows_the_order_as_it_goes_out_and_nobody_in_it(hub: World) -> None:
    private = ("Hauler", "214-555-0142", "Mesquite", "1FUJGLDR0CSBB1234", "LW00001234", "dispatch@", "I-35")
    for job, target, agent in CHANNELS:
        order(hub, target, placed(f"RO-{job}", agent=agent))

        shown = command(hub, "preview", f"RO-{job}")

        wanted = (f"RO-{job}", "Freightliner", "2026-03-01", "14", "reporting")
        assert [each for each in wanted if each not in shown] == []
        assert [each for each in private if each in shown] == []


def test_an_agent_whose_channel_is_missing_is_a_red_line(hub: World) -> None:
    settings = hub.settings.model_copy(update={"agents": AGENTS})
    hub.settings = settings

    lines = {each["name"]: each for each in told(hub, "check")}

    assert (lines["lone_star"]["ok"], lines["lone_star"]["remedy"]) == (False, "Add [rdn] to drawbar.toml.")


@pytest.mark.spec("R24")
def test_people_give_an_order_to_another_agent_hold_it_and_comment_on_it(
    hub: World, networks: Networks, tmp_path: Path
) -> None:
    near = AgentSettings(channel="mbsi", id="9002", company="Near Recovery")
    hub.hub = replace(hub.hub, agents={**AGENTS, "near": near}, mbsi=_reaching(hub, near))
    _have_account(hub, ORDER.account)
    order(hub, "mbsi", placed("RO-1", agent="great_lakes"))
    hub.run("mbsi")
    tried = told(hub, "reassign", "RO-1", "near", "--reason", "closer", "--dry-run")
    done = told(hub, "reassign", "RO-1", "near", "--reason", "closer")
    hub.run("mbsi")
    (case,) = networks.mbsi.desk.cases.values()
    assert json.loads(case.fields["body"])["assign_service_provider_id"] == "9002"
    assert (tried["dry_run"], done["agent"], done["standing"]) == (True, "near", "open")

    told(hub, "hold", "RO-1", "--reason", "paid in part")
    hub.run("mbsi")
    assert [each.kind for each in case.changes][-1] == "on hold"
    networks.moment.passes(hours=1)
    told(hub, "resume", "RO-1", "--reason", "the cheque bounced")
    hub.run("mbsi")
    assert [each.kind for each in case.changes][-1] == "reopened"
    told(hub, "comment", "RO-1", "The key is with the neighbour.")
    hub.run("mbsi")
    assert [each.text for each in case.changes][-1] == "The key is with the neighbour."
    (tmp_path / "title.pdf").write_bytes(b"%PDF-1.7 of a title")
    told(hub, "document", "RO-1", str(tmp_path / "title.pdf"), "--title", "Certificate of title")
    (letter,) = (hub.run("mbsi"), hub.letters(place="mbsi"))[1]
    assert (letter.failure.object, letter.failure.code) == ("Repossession Document", "NO_RECOVERY")


def test_what_the_rules_do_not_allow_with_an_order_is_refused_with_a_remedy(hub: World) -> None:
    order(hub, "rdn", placed("RO-1", agent="lone_star"))
    order(hub, "rdn", placed("RO-2", agent="lone_star", standing="closed"))
    now = hub.hub.clock()
    acts = AgentActs(hub.hub, Person("ada", "command line", "admin"), now, "run-1")
    basic = replace(acts, person=Person("bob", "command line", "call centre basic"))
    hold = Hold("LW00001234-H1", ORDER.account, HoldKind.BANKRUPTCY, now.date(), None, "chapter 7", "ada", now)

    assert basic.comment("RO-1", "Mind the dog.").agent == "lone_star"
    refused: tuple[tuple[Callable[[], AgentAct], str], ...] = (
        (lambda: basic.hold("RO-1", "why"), "may not hold"),
        (lambda: acts.reassign("RO-1", "great_lakes", "why"), "reached through rdn"),
        (lambda: acts.reassign("RO-1", "lone_star", "why"), "has it already"),
        (lambda: acts.resume("RO-1", "why"), "not on hold"),
        (lambda: acts.hold("RO-2", "why"), "has ended"),
        (lambda: acts.comment("RO-1", " "), "1 to 1000"),
        (lambda: acts.document("RO-1", "a.pdf", "Title", b"text"), "no PDF"),
        (lambda: acts.document("RO-1", "a.pdf", "Title", b"%PDF-1.7"), "takes no documents"),
    )
    for act, why in refused:
        with pytest.raises(RecordRejected, match=why) as error:
            act()
        assert error.value.remedy
    with pytest.raises(NotThere, match="no order RO-9"):
        acts.hold("RO-9", "why")

    with hub.hub.engine.begin() as connection:
        account_holds(hub.hub, connection).set(hold)
    far = {**AGENTS, "far": AgentSettings(channel="rdn", id="4712")}
    with pytest.raises(RecordRejected, match=r"must not go out: .*Bankruptcy"):
        replace(acts, hub=replace(hub.hub, agents=far)).reassign("RO-1", "far", "why")
    assert acts.hold("RO-1", "bankruptcy").standing == "on hold"
    with pytest.raises(RecordRejected, match=r"must not go out: .*Bankruptcy"):
        acts.resume("RO-1", "why")


def _reaching(world: World, agent: AgentSettings) -> Mbsi:
    assert world.hub.mbsi is not None
    return replace(world.hub.mbsi, agents={**AGENTS, "near": agent})


def _have_account(world: World, account: str) -> None:
    """Let LeaseWorks have told that an account was charged off: its truck may be fetched."""
    values = {
        "account_number": account, "lessee_number": "LE1", "portfolio": "OTR", "serviced": False,
        "left_as": "Charged Off",
        "past_due_amount": Decimal("8412.50"), "late_fees": Decimal("0.00"), "missed_payments": 3,
        "payment_amount": Decimal("2100.00"), "updated_at": world.hub.clock(),
    }  # fmt: skip
    with world.hub.engine.begin() as connection:
        connection.execute(insert(account_standing).values(values))
