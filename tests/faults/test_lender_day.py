"""One day of a lender with every vendor coupled, and trouble on every way: nothing is lost, doubled, or left unsaid."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from drawbar.sandbox.faults import Fault
from drawbar.sandbox.leaseworks.book import BookPlan
from drawbar.sandbox.leaseworks.delivery import write_deliveries
from drawbar.sandbox.leaseworks.edits import edit_delivery
from tests.connectors.fleetrock.shop import work
from tests.faults.checker import Checker
from tests.faults.lender_day import ORG, PATH_TOKEN, YARD_KEY, Clock, LenderDay, Server, Vendors, connected
from tests.faults.vendor_checker import VendorChecker
from tests.jobs.conftest import OpenWorld
from tests.jobs.naive import rows
from tests.jobs.world import ServedOrg
from tests.sandbox.local_server import serve

PASSTIME, SPIREON, FLEETROCK = "/vendors/passtime/*", "/vendors/spireon/v0/*", "/vendors/fleetrock/API/Get?O"
BOOKS = "/vendors/quickbooks_online/v3/*"
ORG_FAULTS = (
    Fault(kind="429", retry_after=2, skip=2),
    Fault(kind="500", skip=4),
    Fault(kind="401", skip=5),
    Fault(kind="reset-after", method="PATCH", times=2, skip=1),
    Fault(kind="truncate", method="PATCH", skip=4),
    Fault(kind="malformed", method="PATCH", skip=6),
    Fault(kind="lock-row", share=0.1, times=4, seed=3),
)
GPS_FAULTS = (
    Fault(kind="401", path=PASSTIME, skip=3),
    Fault(kind="429", path=PASSTIME, skip=5),
    Fault(kind="429", path=PASSTIME, skip=6, retry_after=9),
    Fault(kind="500", path=PASSTIME, skip=8),
    Fault(kind="malformed", path=PASSTIME, skip=9),
    Fault(kind="truncate", path=PASSTIME, skip=10),
    Fault(kind="401", path=SPIREON, skip=1),
    Fault(kind="truncate", path=SPIREON, skip=2),
    Fault(kind="reset-after", path=SPIREON, skip=3),
    Fault(kind="malformed", path=SPIREON, skip=4),
    Fault(kind="429", path=SPIREON, skip=6, retry_after=7_200),
)
REPAIR_FAULTS = (
    Fault(kind="500", path=FLEETROCK),
    Fault(kind="429", path=FLEETROCK, skip=1, retry_after=30),
    Fault(kind="malformed", path=FLEETROCK, skip=2),
    Fault(kind="truncate", path=FLEETROCK, skip=3),
    Fault(kind="401", path=FLEETROCK, skip=5),
)
BOOK_FAULTS = (
    Fault(kind="reset-after", path=f"{BOOKS}/bill", times=3, probability=0.5, seed=7),
    Fault(kind="429", path=BOOKS, skip=2, retry_after=5),
    Fault(kind="429", path=BOOKS, skip=4),
    Fault(kind="401", path=BOOKS, skip=6),
    Fault(kind="500", path=BOOKS, skip=8),
    Fault(kind="truncate", path=f"{BOOKS}/bill", skip=1),
)
DESKTOP_FAULTS = (
    Fault(kind="reset-after", path="/soap/quickbooks-desktop", skip=6),
    Fault(kind="reset-before", path="/soap/quickbooks-desktop", skip=13),
)
CALLER_FAULTS = (
    Fault(kind="reset-after", path="/v1/*", times=2, probability=0.4, seed=1),
    Fault(kind="reset-before", path="/webhooks/*", times=2),
    Fault(kind="reset-after", path="/webhooks/*", skip=3, times=2),
    Fault(kind="reset-after", path="/soap/salesforce/*", skip=2, times=2),
)


@pytest.fixture
def day(open_world: OpenWorld, tmp_path: Path) -> Iterator[LenderDay]:
    files, clock = tmp_path / "leaseworks", Clock()
    vendors = Vendors(tmp_path / "vendors", files, clock)
    with serve(vendors.app, vendors.connections) as port:
        outbound = {"organization_id": ORG, "path_token": PATH_TOKEN}
        world = open_world(
            files=files, salesforce={"outbound": outbound}, server={"webhooks": {"yard": {"keys": [YARD_KEY]}}},
            **vendors.settings(f"http://127.0.0.1:{port}"),
        )  # fmt: skip
        world.clock = clock  # type: ignore[assignment]
        world.hub = connected(world.settings, world.hub, clock)
        world.hub.books().connect("first-token", now=clock())
        yield LenderDay(world, vendors, clock)


@pytest.mark.fault(12, 13, 15, 17, 24)
def test_a_day_of_all_feeds_in_bad_weather_loses_nothing_doubles_nothing_and_explains_the_rest(
    day: LenderDay, org: ServedOrg, tmp_path: Path
) -> None:
    deliveries = write_deliveries(tmp_path / "book", BookPlan(accounts=40, seed=7), 2)
    odd = rows(deliveries[0], "accounts.csv")[3]["ACCT_NO"]
    edit_delivery(deliveries[0], "accounts", odd, {"STATUS": "Z"})

    ended = _morning(day, deliveries[0])
    wrong_order = _noon(day)
    _messages_and_visits(day)
    day.run("deliver")

    assert ended == {"accounts": "incomplete", "gps-book": "paused", "gps-delinquent": "succeeded"}
    assert _unsaid(day) == []
    assert {letter.failure.code for letter in day.world.letters()} == {
        "UNKNOWN_CODE", "INVALID_FIELD", "NOT_UNDERSTOOD", "NO_SUCH_REFERENCE", "UNKNOWN_OBJECT",
    }  # fmt: skip
    assert [(each.key, each.code) for each in day.desktop_tasks() if each.state != "done"] == [("D-2", "3140")]
    assert _idle(day) == []

    _mend(day, wrong_order, deliveries[1])
    _evening(day)

    assert day.world.letters() == []
    assert org.records("Sync_Error__c") == {}
    assert Checker(day.world.hub, org, deliveries).disagreements() == []
    bills = {f"WO-{number}": "412.50" for number in range(8)}
    desktop = tuple(f"D-{number}" for number in range(4))
    assert VendorChecker(day, day.clock.time, bills, desktop).disagreements() == []


def _morning(day: LenderDay, delivery: Path) -> dict[str, str]:
    """LeaseWorks delivers, and everybody is asked where the trucks are; gives how the jobs end."""
    for fault in ORG_FAULTS:
        day.world.org.local.faults.arm(fault)
    day.world.deliver(delivery)
    ended = {"accounts": day.run("accounts")}
    for _ in range(2):
        day.vendors.passtime.write_export()
        day.clock.sleep(1)
    day.arm(*GPS_FAULTS)
    ended["gps-book"] = day.run("gps-book")
    day.clock.becomes(14)
    day.run("gps-book")
    day.clock.becomes(16)
    ended["gps-delinquent"] = day.run("gps-delinquent")
    return ended


def _noon(day: LenderDay) -> str:
    """Repairs come in and bills go out, among them one that each side refuses; gives the refused order."""
    vin = str(next(iter(day.world.org.records("Vehicle__c").values()))["VIN__c"])
    shop = day.vendors.fleetrock.shop
    _, wrong = (shop.add(work(vin, date_started="3/2/2026")) for _ in range(2))
    shop.correct(wrong, vin="NO-VIN-HAS-18-SIGNS")
    day.arm(*REPAIR_FAULTS, *BOOK_FAULTS)
    assert day.run("fleetrock") == "incomplete"
    for number in range(8):
        day.owe(f"WO-{number}", party="New Shop" if number == 5 else "FleetRock Repairs")
    assert day.run("postings") == "incomplete"
    return wrong


def _messages_and_visits(day: LenderDay) -> None:
    """Callers send twice and in any order, over connections that break; the Web Connector comes and breaks off too."""
    for number in range(4):
        day.owe_in_desktop(f"D-{number}", account="Unknown" if number == 2 else "Repairs")
    for fault in (*DESKTOP_FAULTS, *CALLER_FAULTS):
        day.on_the_way.arm(fault)
    with day.served() as server:
        messages = _told(day, server) * 2
        random.Random(5).shuffle(messages)
        for send in messages:
            assert send()
        visits = []
        for _ in range(4):
            visits.append(day.desktop_comes(server))
            day.clock.sleep(1_860)
    assert [each is None for each in visits] == [True, True, False, False]


def _told(day: LenderDay, server: Server) -> list[Callable[[], bool]]:
    """Give what callers send: sync requests, webhooks, notifications of Salesforce and of QuickBooks."""
    accounts = list(day.world.org.records("Lease_Account__c").values())[:6]
    (bill, *_) = day.vendors.books.company.objects("Bill")
    sends: list[Callable[[], bool]] = []
    for number, row in enumerate(accounts):
        key, record = str(row["LeaseWorks_Id__c"]), str(row["Id"])
        sends += [
            partial(server.ask, "Lease_Account__c", key, f"ask-{number}"),
            partial(server.hook, "Lease_Account__c", key, f"hook-{number}"),
            partial(server.outbound, (f"04l{number:015d}", "Lease_Account__c", record)),
            partial(server.books_changed, "Bill", str(bill["Id"]), number),
        ]
    return [*sends, partial(server.outbound, ("04l000000000000099", "Contact", "003000000000000AAA"))]


def _unsaid(day: LenderDay) -> list[str]:
    """Give the open failures that nobody sees in Salesforce."""
    shown = {(row["Object__c"], row["Record_Key__c"]) for row in day.world.org.records("Sync_Error__c").values()}
    failures = [letter.failure for letter in day.world.letters()]
    return [str(each) for each in failures if (each.object, each.key) not in shown]


def _idle(day: LenderDay) -> list[object]:
    """Give the faults that never fired: those would prove nothing."""
    armed = [*day.world.org.local.faults.listed(), *day.vendors.faults.listed(), *day.on_the_way.listed()]
    return [each for each in armed if not each["fired"]]


def _mend(day: LenderDay, wrong_order: str, delivery: Path) -> None:
    """People mend what was refused where it was wrong, and have it tried again or give it up."""
    vendors, world = day.vendors, day.world
    vendors.fleetrock.shop.correct(wrong_order, vin=str(next(iter(world.org.records("Vehicle__c").values()))["VIN__c"]))
    vendors.books.company.write("Vendor", {"DisplayName": "New Shop"})
    vendors.desktop.accounts.add("Unknown")
    day.clock.becomes(9, day=3)
    for letter in world.letters():
        if letter.failure.place == "quickbooks_online":
            world.replay().replay([letter.id])
        elif letter.failure.place == "inbox":
            world.replay().discard([letter.id], "Contacts are not kept in step")
    (failed,) = (each for each in day.desktop_tasks() if each.state == "failed")
    day.retry_in_desktop(failed.id)
    world.deliver(delivery)


def _evening(day: LenderDay) -> None:
    """In fair weather every job runs once more; the last readings are all of one moment."""
    for job in ("accounts", "fleetrock", "postings", "quickbooks"):
        assert day.run(job) == "succeeded", job
    with day.served() as server:
        day.desktop_comes(server)
    day.vendors.passtime.write_export()
    day.clock.becomes(18, day=3)
    day.clock.step = 0
    for job in ("gps-book", "gps-delinquent", "fleetrock", "deliver", "prune"):
        assert day.run(job) == "succeeded", job
