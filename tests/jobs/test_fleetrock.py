"""The job `fleetrock`: repair orders on vehicles, conditions, and payments that are written back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from drawbar.commands.fleetrock import fleetrock
from drawbar.commands.session import Session
from drawbar.connectors.fleetrock.connector import FleetRock
from drawbar.jobs.fleetrock import FleetRockJob
from drawbar.jobs.repair_payments import RepairPayment, changes, queue, send_payments
from drawbar.jobs.repo_facts import facts_of
from drawbar.jobs.repossessions import RepoOffice
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading
from drawbar.middleware.records import Reference, TargetRecord
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.states import RepoEvent, RepoState
from drawbar.middleware.retry import Clocks
from drawbar.sandbox.fleetrock.vendor import FleetRockVendor
from tests.connectors.fleetrock.shop import Moment, open_fleetrock, simulated_fleetrock, work
from tests.contracts.served_vendor import ServedVendor, refusal, serve_vendor
from tests.fake_time import FakeTime
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import World

MORNING = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
VEHICLE = "VH00000001"


class Scene:
    """A hub with vehicles in Salesforce, and a FleetRock without orders but those that a test adds."""

    def __init__(self, world: World, vendor: FleetRockVendor, served: ServedVendor, moment: Moment) -> None:
        self.world, self.vendor, self.served, self.moment = world, vendor, served, moment
        self.time = FakeTime()
        clocks = Clocks(self.time.monotonic, moment, self._sleep)
        self.fleetrock: FleetRock = open_fleetrock(served.url, vendor.key(), clocks, first_days=30, window_days=60)
        world.hub = replace(world.hub, fleetrock=lambda: self.fleetrock, clock=moment)
        self.vin = str(world.org.record("Vehicle__c", VEHICLE)["VIN__c"])

    def _sleep(self, seconds: float) -> None:
        self.time.sleep(seconds)
        self.moment.passes(seconds=seconds)

    def order(self, **dates: str) -> str:
        return self.vendor.shop.add(work(self.vin, **dates))

    def condition(self) -> object:
        return self.world.org.record("Vehicle__c", VEHICLE)["Condition__c"]

    def repossess(self) -> None:
        self.world.org.change("Vehicle__c", VEHICLE, Disposition__c="IN STORAGE")


_TRUCK = (
    TargetRecord("Account", "LE1", {"Name": "Lessee"}),
    TargetRecord("Lease_Account__c", "LW1", {"Name": "LW1"}, {"Lessee__r": Reference("Account", "LE1")}),
    TargetRecord(
        "Vehicle__c", VEHICLE, {"Name": VEHICLE, "VIN__c": "1FUJHHDR5LLAA0001"},
        {"Lease_Account__r": Reference("Lease_Account__c", "LW1")},
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def empty_yard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("no-trucks")


@pytest.fixture
def scene(open_world: OpenWorld, tmp_path: Path, empty_yard: Path) -> Iterator[Scene]:
    world, moment = open_world(), Moment(MORNING)
    for record in _TRUCK:
        (outcome,) = world.hub.salesforce().upsert([record])
        assert outcome.status == "created"
    vendor = simulated_fleetrock(tmp_path / "vendor", empty_yard, moment)
    with serve_vendor(vendor.routes()) as served:
        scene = Scene(world, vendor, served, moment)
        yield scene
        scene.fleetrock.client.close()


@pytest.mark.spec("P17")
def test_an_order_comes_to_its_vehicle_with_all_lines_and_an_audit(scene: Scene) -> None:
    order_id = scene.order(date_started="3/2/2026", date_finished="3/2/2026")

    run = scene.world.run("fleetrock")

    assert run.state == "succeeded", run.error
    order = scene.world.org.record("Repair_Order__c", order_id)
    assert (order["Vehicle__c"], order["Status__c"], order["Grand_Total__c"]) == (VEHICLE, "Finished", 390)
    assert (order["Audit__c"], order["Audit_Difference__c"]) == ("Agrees", None)
    lines = scene.world.org.records("Repair_Order_Line__c")
    assert {key: row["Subtotal__c"] for key, row in lines.items()} == {f"{order_id}:1": 300, f"{order_id}:1:11": 90}
    assert 5.0 in scene.time.slept, "the lines came seconds after the totals"


def test_a_second_reading_sends_nothing(scene: Scene) -> None:
    scene.order(date_started="3/2/2026")
    scene.world.run("fleetrock")
    scene.world.org.forget_counts()

    again = scene.world.run("fleetrock")

    assert again.summary["read"]["repair orders"]["unchanged"] == 3
    assert scene.world.org.sent() == 0


@pytest.mark.spec("P22")
def test_the_condition_becomes_inventory_when_the_last_open_order_is_finished(scene: Scene) -> None:
    scene.repossess()
    orders = [scene.order(date_started="3/2/2026") for _ in range(2)]
    conditions = []
    for order_id in (None, *orders):
        if order_id is not None:
            scene.vendor.shop.change(order_id, {"date_finished": "3/2/2026"})
        assert scene.world.run("fleetrock").state == "succeeded"
        conditions.append(scene.condition())

    assert conditions == ["In Repair", "In Repair", "Inventory"]


@pytest.mark.spec("P18", "P22")
def test_a_repossession_goes_into_repair_and_is_inventory_when_the_last_order_is_finished(scene: Scene) -> None:
    scene.repossess()
    case = stored_case(scene)
    order_id = scene.order(date_started="3/2/2026")
    states = []
    for dates in ({}, {"date_finished": "3/2/2026"}, {}):
        scene.vendor.shop.change(order_id, dates)
        assert scene.world.run("fleetrock").state == "succeeded"
        with reading(scene.world.hub.engine) as connection:
            states.append(RepoCases(connection).get(case).course.state)

    assert states == [RepoState.IN_REPAIR, RepoState.INVENTORY, RepoState.INVENTORY]


def stored_case(scene: Scene) -> str:
    """Have the vehicle repossessed and stored, and name its case."""
    hub, now = scene.world.hub, MORNING
    facts = facts_of(hub, VEHICLE)
    with hub.engine.begin() as connection:
        office = RepoOffice(hub, connection, now, "test")
        key = ""
        for kind in (RepoEvent.REQUEST, RepoEvent.REPOSSESSED, RepoEvent.STORED):
            event = CaseEvent("command line", kind.value, kind, now, "jane", "no answer for weeks")
            asked = office.request(facts, event, "admin") if not key else office.step(key, event, "admin")
            key = asked.case.key
    return key


@pytest.mark.spec("P22")
def test_what_people_enter_between_two_repairs_stays(scene: Scene) -> None:
    scene.repossess()
    scene.order(date_started="3/2/2026")
    scene.world.run("fleetrock")
    scene.world.org.change("Vehicle__c", VEHICLE, Condition__c="Damaged")

    scene.world.run("fleetrock")

    assert scene.condition() == "Damaged"


def test_an_order_waits_for_its_vehicle(scene: Scene) -> None:
    scene.world.org.change("Vehicle__c", VEHICLE, VIN__c="1FUJHHDRXLL000000")
    order_id = scene.order(date_started="3/2/2026")
    scene.world.run("fleetrock")
    before = scene.world.org.record("Repair_Order__c", order_id)["Vehicle__c"]
    scene.world.org.change("Vehicle__c", VEHICLE, VIN__c=scene.vin)
    scene.moment.passes(days=20)

    scene.world.run("fleetrock")

    assert (before, scene.world.org.record("Repair_Order__c", order_id)["Vehicle__c"]) == (None, VEHICLE)


def test_a_line_that_was_taken_off_an_order_is_dated(scene: Scene) -> None:
    order_id = scene.order(date_started="3/2/2026")
    scene.world.run("fleetrock")
    scene.vendor.shop.correct(order_id, tasks=[{**work(scene.vin)["tasks"][0], "parts": []}])

    scene.world.run("fleetrock")

    line = scene.world.org.record("Repair_Order_Line__c", f"{order_id}:1:11")
    assert line["Removed_Date__c"] == "2026-03-02"


def test_an_order_that_was_refused_is_read_again_until_it_is_right(scene: Scene) -> None:
    good, odd = scene.order(date_started="3/2/2026"), scene.order(date_started="3/2/2026")
    scene.vendor.shop.correct(odd, vin="NO-VIN-HAS-18-SIGNS")
    run = scene.world.run("fleetrock")
    refused = [(each.failure.key, each.failure.field) for each in scene.world.letters(place="fleetrock.repair_orders")]
    scene.vendor.shop.correct(odd, vin=scene.vin)
    scene.moment.passes(days=20)

    later = scene.world.run("fleetrock")

    assert (run.state, refused) == ("incomplete", [(odd, "vin")])
    assert later.state == "succeeded"
    assert scene.world.org.records("Repair_Order__c").keys() == {good, odd}
    assert scene.world.letters() == []


@pytest.mark.spec("P17")
def test_a_payment_is_written_once_and_comes_back_with_the_next_reading(scene: Scene) -> None:
    hub, order_id = scene.world.hub, scene.order(date_finished="3/1/2026", date_invoiced="3/2/2026")
    scene.moment.passes(hours=1)
    scene.world.run("fleetrock")
    payment = RepairPayment(order_id, date(2026, 3, 2), "PO-77")

    told = changes(hub, payment)
    queue(hub, payment, actor="ada", run_id="pay-1", now=scene.moment())
    result = send_payments(hub, "pay-1")
    scene.world.run("fleetrock")

    assert [(each.field, each.before) for each in told] == [("po_number", None), ("date_invoice_paid", None)]
    assert result.objects["Repair_Order__c"].updated == 1
    order = scene.world.org.record("Repair_Order__c", order_id)
    assert (order["Paid_Date__c"], order["PO_Number__c"], order["Status__c"]) == ("2026-03-02", "PO-77", "Paid")
    assert changes(hub, payment) == []


@pytest.mark.fault(12)
def test_a_payment_whose_answer_was_lost_is_sent_by_the_job_and_written_once(scene: Scene) -> None:
    hub, order_id = scene.world.hub, scene.order(date_finished="3/1/2026", date_invoiced="3/2/2026")
    scene.moment.passes(hours=1)
    queue(hub, RepairPayment(order_id, date(2026, 3, 2), None), actor="ada", run_id="pay-1", now=scene.moment())
    scene.served.weather.comes(*[refusal(503)] * 5, only="*/UpdateRO")

    paused = send_payments(hub, "pay-1")
    scene.served.weather.clears()
    run = scene.world.run("fleetrock")
    again = send_payments(hub, "pay-2")

    assert "503" in paused.paused
    assert run.summary["sent"]["objects"]["Repair_Order__c"]["updated"] == 1
    assert scene.served.weather.calls.count("/API/UpdateRO") == 1
    assert again.objects == {}


@pytest.mark.spec("P30")
def test_a_payment_that_fleetrock_refuses_is_shown_on_the_order_in_salesforce(scene: Scene) -> None:
    hub, order_id = scene.world.hub, scene.order(date_started="3/2/2026")
    scene.world.run("fleetrock")
    queue(hub, RepairPayment(order_id, date(2026, 3, 2), None), actor="ada", run_id="pay-1", now=scene.moment())

    run = scene.world.run("fleetrock")

    assert run.state == "incomplete"
    (error,) = scene.world.org.records("Sync_Error__c").values()
    assert (error["Error_Code__c"], error["Repair_Order__c"]) == ("NOT_INVOICED", order_id)
    (letter,) = scene.world.letters(place="fleetrock")
    (replayed,) = scene.world.replay().replay([letter.id])
    assert (replayed.queued, replayed.job) == (True, "fleetrock")


@dataclass(frozen=True)
class Printed:
    """What a command printed, without what was logged meanwhile, and its exit code."""

    exit_code: int
    output: str


def command(scene: Scene, *arguments: str) -> Printed:
    """Do `drawbar fleetrock ...` on the scene's hub."""
    current = Session(scene.world.settings.data_folder / "drawbar.toml", explicit=False)
    vars(current)["hub"] = scene.world.hub
    done = CliRunner().invoke(fleetrock, arguments, obj=current)
    return Printed(done.exit_code, "".join(each for each in done.output.splitlines(True) if "[debug" not in each))


def test_a_payment_is_shown_before_it_is_written_and_then_audited(scene: Scene) -> None:
    order_id = scene.order(date_finished="3/1/2026", date_invoiced="3/2/2026")
    scene.moment.passes(hours=1)
    payment = ("pay", order_id, "--date", "2026-03-02", "--po", "PO-7")

    shown = command(scene, *payment, "--dry-run")
    written_by_then = "/API/UpdateRO" in scene.served.weather.calls
    paid = command(scene, *payment)
    again = command(scene, *payment, "--json")

    assert f"{order_id} date_invoice_paid: (empty) -> 2026-03-02" in shown.output
    assert not written_by_then
    assert (paid.exit_code, "written." in paid.output) == (0, True), paid.output
    assert json.loads(again.output) == {"order": order_id, "result": "is so already", "changes": []}
    with reading(scene.world.hub.engine) as connection:
        (line,) = Audit(connection).lines(10)
    assert (line.action, line.subject, line.detail["po_number"]) == (
        "pay repair order", f"repair order {order_id}", "PO-7"
    )  # fmt: skip


def test_a_payment_that_cannot_be_sent_now_waits_for_the_job(scene: Scene) -> None:
    order_id = scene.order(date_finished="3/1/2026", date_invoiced="3/2/2026")
    scene.moment.passes(hours=1)
    with scene.world.hub.locks.held("target fleetrock", "writing to fleetrock"):
        waiting = command(scene, "pay", order_id, "--date", "2026-03-02")

    run = scene.world.run("fleetrock")

    assert (waiting.exit_code, "waiting" in waiting.output) == (6, True)
    assert run.summary["sent"]["objects"]["Repair_Order__c"]["updated"] == 1


@pytest.mark.parametrize("wrong", [("pay", "7"), ("pay", "7", "--po", "a\nb"), ("pay", "7", "--po", "x" * 81)])
def test_a_payment_without_a_sense_is_refused_before_anything_is_asked(wrong: tuple[str, ...]) -> None:
    assert CliRunner().invoke(fleetrock, wrong, obj=None).exit_code == 2


def test_orders_are_shown_as_they_are_in_fleetrock_and_listed_as_the_hub_knows_them(scene: Scene) -> None:
    order_id = scene.order(date_started="3/2/2026")
    scene.world.run("fleetrock")

    one = json.loads(command(scene, "order", order_id, "--json").output)
    (listed,) = json.loads(command(scene, "orders", "--open", "--json").output)

    assert (one["status"], one["lines"], one["audit"]) == ("In Progress", 2, "Agrees")
    assert (listed["order"], listed["vehicle"], listed["watched_since"]) == (order_id, VEHICLE, None)
    assert order_id in command(scene, "orders").output
    assert "Agrees" in command(scene, "order", order_id).output


def test_a_rehearsal_reads_and_changes_nothing(scene: Scene) -> None:
    order_id = scene.order(date_started="3/2/2026")

    summary = FleetRockJob(scene.world.hub).rehearse("rehearsal", lambda _phase, _done, _total: None)

    assert summary["read"]["repair orders"]["created"] == 3
    assert order_id not in scene.world.org.records("Repair_Order__c")
    assert json.loads(command(scene, "orders", "--json").output) == []


@pytest.mark.fault(1)
def test_a_run_that_died_after_reading_reads_the_same_again_to_no_effect(scene: Scene) -> None:
    """The step's answer is lost, its work is not: the next process does the step once more."""
    scene.repossess()
    scene.order(date_started="3/2/2026")
    context = scene.world.context("fleetrock", {})
    job = FleetRockJob(scene.world.hub)
    job(context)
    for name in [each for each in context.recorded if each.startswith(("read", "deliver", "end"))]:
        del context.recorded[name]

    job(context)

    assert scene.world.outcome(context.run_id).state == "succeeded"
    assert scene.condition() == "In Repair"
    assert len(scene.world.org.records("Repair_Order_Line__c")) == 2
