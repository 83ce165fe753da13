"""Orion is given every business date once, by every way, and what it was given can be compared with what it has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from drawbar.commands.orion import orion
from drawbar.commands.report import report
from drawbar.commands.session import Session
from drawbar.connectors.orion.bundle import Bundle
from drawbar.connectors.orion.connector import Orion, Way
from drawbar.jobs.orion import rehearse_orion
from drawbar.jobs.orion_figures import reconcile_orion
from drawbar.jobs.wiring import checks
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.errors import ConfigError, NotThere, RetryLater
from drawbar.middleware.sync.runs import Run
from drawbar.sandbox.leaseworks.login import SftpLogin
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer, leaseworks_beside
from tests.connectors.orion.samples import PASSWORD
from tests.jobs.conftest import MONDAY
from tests.jobs.orion_book import TUESDAY, first_days, names, orion_world, require_approved
from tests.jobs.world import ServedOrg, Ticking, World


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, LeaseWorksServer]]:
    root, keys = tmp_path_factory.mktemp("orion-files"), tmp_path_factory.mktemp("orion-keys")
    with leaseworks_beside(root, keys, SftpLogin("drawbar", PASSWORD)) as server:
        yield root / "inbound" / "orion", server


@pytest.fixture(scope="module")
def taken(
    running_org: ServedOrg,
    hub_on_sqlite: Path,
    served: tuple[Path, LeaseWorksServer],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of a hub that has taken Monday, and the org beside it; tests work on copies of the folder."""
    folder = tmp_path_factory.mktemp("orion-hub")
    running_org.empty()
    shutil.copy(hub_on_sqlite, folder / "drawbar.db")
    clock = Ticking(datetime(2026, 3, 2, 10, 15, tzinfo=UTC))
    world = orion_world(folder, "", f"sqlite:///{folder}/orion.db", running_org, served[1], clock)
    first_days(world, running_org)
    world.close()
    return folder


@pytest.fixture
def inbound(served: tuple[Path, LeaseWorksServer]) -> Path:
    """Orion's folder, empty."""
    for old in served[0].iterdir():
        shutil.rmtree(old)
    return served[0]


@pytest.fixture
def monday(
    taken: Path, running_org: ServedOrg, served: tuple[Path, LeaseWorksServer], inbound: Path, tmp_path: Path
) -> Iterator[World]:
    """A hub that has taken Monday and delivered nothing to Orion yet."""
    folder = tmp_path / "hub"
    shutil.copytree(taken, folder)
    clock = Ticking(datetime(2026, 3, 2, 11, 15, tzinfo=UTC))
    world = orion_world(folder, "", f"sqlite:///{folder}/orion.db", running_org, served[1], clock)
    yield world
    world.close()


@pytest.fixture
def delivered(monday: World) -> World:
    assert monday.run("orion").state == "succeeded"
    return monday


@pytest.mark.spec("P06", "P16", "P23")
def test_the_data_sets_of_a_small_book_are_as_they_were_approved(delivered: World, inbound: Path) -> None:
    require_approved(inbound / "ORION-20260302-001")


def deliveries(run: Run) -> list[str]:
    return [each["name"] for each in run.summary["data_sets"]]


def test_a_business_date_is_delivered_once_and_again_when_asked(delivered: World, inbound: Path) -> None:
    stamps = {path: path.stat().st_mtime_ns for path in (inbound / "ORION-20260302-001").iterdir()}

    assert deliveries(delivered.run("orion")) == []
    assert deliveries(delivered.run("orion", date="2026-03-02")) == []
    assert deliveries(delivered.run("orion", again=True)) == ["ORION-20260302-002"]
    assert deliveries(delivered.run("orion")) == []

    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert names(inbound) == ["ORION-20260302-001", "ORION-20260302-002"]


def test_a_date_that_leaseworks_has_not_delivered_is_refused_by_name(delivered: World) -> None:
    done = delivered.run("orion", date="2026-03-07")
    assert done.state == "stopped"
    assert "no LeaseWorks delivery of 2026-03-07 was taken (the newest that was is of 2026-03-02)" in done.error


class Breaking(Orion):
    """An Orion that takes everything one way, and does not live to say so."""

    def __init__(self, orion: Orion, way: Way) -> None:
        self.orion, self.way = orion, way

    @property
    def ways(self) -> tuple[Way, ...]:
        return self.orion.ways

    def send(self, way: Way, bundle: Bundle, at: datetime) -> None:
        self.orion.send(way, bundle, at)
        if way == self.way:
            raise RetryLater("the line went dead")


@pytest.mark.parametrize("way", ["sftp", "sql"])
def test_a_run_that_breaks_after_a_sending_is_gone_on_with_and_doubles_nothing(
    monday: World, running_org: ServedOrg, inbound: Path, way: Way
) -> None:
    world = monday
    assert world.hub.orion is not None
    broken, whole = Breaking(world.hub.orion, way), world.hub
    world.hub = replace(whole, orion=broken)
    assert world.run("orion").state == "paused"
    content = {path.name: path.read_bytes() for path in (inbound / "ORION-20260302-001").iterdir()}
    running_org.change("Vehicle__c", "VH00000001", Disposition__c="ORDERED")
    world.hub = whole

    done = world.run("orion")
    running_org.change("Vehicle__c", "VH00000001", Disposition__c="PENDING")

    assert (done.state, deliveries(done)) == ("succeeded", ["ORION-20260302-001"])
    assert {path.name: path.read_bytes() for path in (inbound / "ORION-20260302-001").iterdir()} == content
    assert deliveries(world.run("orion")) == []
    assert reconcile_orion(world.hub, MONDAY, None).differences == ()


def test_files_that_are_lost_before_all_was_sent_are_not_made_anew_behind_orions_back(monday: World) -> None:
    world = monday
    assert world.hub.orion is not None
    whole = world.hub
    world.hub = replace(whole, orion=Breaking(world.hub.orion, "sql"))
    world.run("orion")
    shutil.rmtree(whole.data_folder / "orion")
    world.hub = whole

    done = world.run("orion")

    assert done.state == "stopped"
    assert "ORION-20260302-001: was sent by sftp, but its files are not in" in done.error
    assert deliveries(world.run("orion", date="2026-03-02", again=True)) == ["ORION-20260302-002"]


def test_a_rehearsal_counts_and_writes_nothing(monday: World, inbound: Path) -> None:
    world = monday

    (told,) = rehearse_orion(world.hub, {}, world.clock())

    assert told["name"] == "ORION-20260302-001"
    assert told["contents"]["transactions"] == {"rows": 1, "totals": {"amount": "1200.10"}}
    assert names(inbound) == []
    assert not (world.hub.data_folder / "orion").exists()
    assert deliveries(world.run("orion")) == ["ORION-20260302-001"], "a rehearsal is no delivery"


def test_files_are_removed_when_they_are_old_and_figures_stay(delivered: World) -> None:
    delivered.clock.time += timedelta(days=delivered.hub.sync.keep_days + 1)

    assert delivered.run("orion").state == "succeeded"

    assert list((delivered.hub.data_folder / "orion").iterdir()) == []
    assert reconcile_orion(delivered.hub, MONDAY, None).compared > 20


@pytest.mark.spec("P06")
def test_orions_tables_agree_until_somebody_changes_a_cent(delivered: World, inbound: Path) -> None:
    world = delivered
    agreed = reconcile_orion(world.hub, MONDAY, None)
    assert (agreed.differences, agreed.source) == ((), "Orion's database")
    from_file = reconcile_orion(world.hub, MONDAY, inbound / "ORION-20260302-001" / "figures.csv")
    assert (from_file.differences, from_file.compared) == ((), agreed.compared)

    with_orion(world, "UPDATE orion_transactions SET amount = '1200.11'")
    with_orion(world, "DELETE FROM orion_efforts WHERE collector = 'ANN'")

    found = {
        (each.key.data_set, each.key.group, each.key.figure): each.by
        for each in reconcile_orion(world.hub, MONDAY, None).differences
    }
    assert found == {
        ("efforts", "all", "rows"): Decimal(-1),
        ("efforts", "collector=ANN; channel=Text; result=Payment", "rows"): Decimal(-1),
        ("transactions", "all", "amount"): Decimal("0.01"),
        ("transactions", "collector=JDOE; kind=Payment; method=ACH", "amount"): Decimal("0.01"),
    }


def with_orion(world: World, statement: str) -> None:
    engine = open_database(f"sqlite:///{world.settings.data_folder}/orion.db")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_what_was_not_delivered_cannot_be_compared(delivered: World) -> None:
    with pytest.raises(NotThere, match="nothing of 2026-03-03 was delivered to Orion in full"):
        reconcile_orion(delivered.hub, TUESDAY, None)


def test_without_settings_the_job_stops_and_says_what_is_missing(monday: World) -> None:
    monday.hub = replace(monday.hub, orion=None)

    done = monday.run("orion")

    assert (done.state, "Add [orion.sftp] or [orion.sql]" in done.error) == ("stopped", True)
    with pytest.raises(ConfigError):
        rehearse_orion(monday.hub, {}, monday.clock())


def test_doctor_looks_at_orion_where_it_is_set_up(delivered: World) -> None:
    found = [each for each in checks(delivered.settings, delivered.clock()) if each.system == "Orion"]
    assert [(each.name, each.ok) for each in found] == [
        ("sftp reachable", True), ("sftp host key", True), ("sftp login", True), ("sftp folders", True), ("sql", True),
    ]  # fmt: skip


@pytest.mark.spec("P06", "P16")
def test_the_commands_report_deliver_and_reconcile(delivered: World, inbound: Path, tmp_path: Path) -> None:
    call = command(delivered)
    figures = tmp_path / "figures.csv"
    figures.write_text(
        (inbound / "ORION-20260302-001/figures.csv").read_text().replace("all,amount,1200.10", "all,amount,1200.09")
    )

    shown = call("report", "repo-log", "--html", str(tmp_path / "log.html"), "--excel", str(tmp_path / "log.xlsx"))
    listed = call("report", "efforts", "--by", "result", "--json", "--unmasked").stdout
    efforts = json.loads(listed[listed.index("{") :])  # a log that nobody has set up comes before it
    nothing = call("orion", "deliver", "--dry-run")
    differing = call("orion", "reconcile", str(figures), "--date", "2026-03-02")

    assert (shown.exit_code, "A***" in shown.stdout, "Acme" in shown.stdout) == (0, True, False), shown.output
    assert "Acme" not in (tmp_path / "log.html").read_text()
    assert {each["result"]: each["rows"] for each in efforts["groups"]} == {
        "Promise to Pay": 1, "Payment": 1,
    }  # fmt: skip
    assert efforts["rows"][1]["collector"] == "ANN"
    assert "every business date was delivered" in nothing.stdout
    assert (differing.exit_code, "1 figure differs." in differing.stdout) == (5, True), differing.output
    assert "-0.01" in differing.stdout


def command(world: World) -> Callable[..., Result]:
    """Give a function that types `drawbar report` or `drawbar orion` at the world's hub."""
    current = Session(Path("unused"), explicit=False)
    current.__dict__ |= {"settings": world.settings, "hub": world.hub}
    commands = {"report": report, "orion": orion}
    return lambda name, *words: CliRunner().invoke(commands[name], words, obj=current)
