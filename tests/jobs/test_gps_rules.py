"""GPS alerts and verdicts on recovery stand in Salesforce, on the account and its case (P08, P09, P29)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from drawbar.commands.gps import gps
from drawbar.commands.session import Session
from drawbar.jobs.delinquent import delinquent_accounts
from drawbar.jobs.gps_rules import GpsRulesJob
from drawbar.mappings.gps_alert import KIND
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.gps.book import NOT_WATCHED
from drawbar.middleware.gps.intake import take_reports
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.records import Device, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.sandbox.seeds import COLLECTOR_USER_ID, COLLECTOR_USERNAME, INTEGRATION_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.conftest import MONDAY, OpenWorld, small_book
from tests.jobs.world import ServedOrg, World

ACCOUNT = "LW00000001"
MORNING = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SEATTLE = (Decimal("47.6062"), Decimal("-122.3321"))


def reports(world: World, account: str, *spots: tuple[Decimal, Decimal], at: datetime = MORNING) -> None:
    """Let the device of an account's truck report spots, an hour apart, the last at `at`."""
    device = Device(f"S{account}", "Spireon", f"VIN{account}", account, active=True)
    times = [at - timedelta(hours=len(spots) - 1 - number) for number in range(len(spots))]
    positions = tuple(
        Position(device.serial, device.vendor, time, *spot, battery_volts=Decimal("12.6"))
        for time, spot in zip(times, spots, strict=True)
    )
    with world.hub.engine.begin() as connection:
        take_reports(connection, [DeviceReport(device, track=positions)], asked_at=at)


@pytest.mark.spec("P08", "P09", "P29")
def test_alerts_and_verdicts_stand_on_accounts_and_cases_as_long_as_they_are_watched(
    world_on_both: World, org: ServedOrg
) -> None:
    world = world_on_both
    book = small_book(world)
    book.behind(1, MONDAY - timedelta(days=45))
    book.behind(2, MONDAY - timedelta(days=3))
    book.account(3)
    book.account(4, STATUS="C")
    book.vehicle()
    book.deliver()
    world.run()
    org.change("Vehicle__c", "VH00000001", Disposition__c="PENDING")
    reports(world, ACCOUNT, SEATTLE, SEATTLE)
    org.forget_counts()

    rehearsed = GpsRulesJob(world.hub).rehearse("rehearsal", lambda *_: None)
    assert org.sent() == 0
    run = world.run("gps-alerts")

    assert (run.state, run.error) == ("succeeded", "")
    assert run.summary["read"] == rehearsed["read"]
    ((key, alert),) = org.records("GPS_Alert__c").items()
    assert (alert["Lease_Account__c"], alert["Case__c"]) == (ACCOUNT, f"{ACCOUNT}-D001")
    assert (alert["Kind__c"], alert["Status__c"], alert["Ended_At__c"]) == ("Left State", "Open", None)
    assert re.fullmatch(r"In WA, 2\d{3} miles from NJ\.", alert["Reason__c"])
    assert "In WA, not in NJ." in org.record("Lease_Account__c", ACCOUNT)["Recovery_Reasons__c"]
    assert verdicts(org) == ["Doubtful", "Poor", None, "Poor"]
    assert told_by_the_commands(world, ACCOUNT) == (key, "Left State", ACCOUNT)
    with reading(world.hub.engine) as connection:
        late = [(each.account, each.days_past_due) for each in delinquent_accounts(connection)]
    assert late == [(ACCOUNT, 45), ("LW00000002", 3)]

    org.forget_counts()
    world.run("gps-alerts")
    assert (org.sent(), org.metered()) == (0, 0)

    book.next_day()
    book.cured(1)
    book.deliver()
    world.run()
    world.run("gps-alerts")
    ended = org.record("GPS_Alert__c", key)
    assert (ended["Status__c"], ended["End_Reason__c"]) == ("Ended", NOT_WATCHED)
    assert verdicts(org) == [None, "Poor", None, "Poor"]


@pytest.mark.spec("P09")
def test_each_alert_is_a_task_of_the_collector_closed_with_it_unless_somebody_has_begun(
    open_world: OpenWorld, org: ServedOrg
) -> None:
    world = open_world(gps={"collectors": {"JDOE": COLLECTOR_USERNAME}})
    book = small_book(world)
    accounts = [f"LW{number:08d}" for number in range(1, 5)]
    for number in range(1, 5):
        book.behind(number, MONDAY - timedelta(days=45))
    book.account(4, COLLECTOR="NOBODY")
    book.deliver()
    world.run()
    for account in accounts:
        reports(world, account, SEATTLE, SEATTLE)

    first, second = world.run("gps-alerts"), world.run("gps-alerts")

    tasks = org.records("Task")
    untouched, begun, deleted, unknown = (f"{account}-G0001" for account in accounts)
    assert (first.state, first.error, set(tasks)) == ("succeeded", "", {untouched, begun, deleted, unknown})
    assert second.summary["read"]["tasks"]["read"] == 0
    about = org.record("Case", f"{accounts[0]}-D001")["Id"]
    assert (tasks[untouched]["WhatId"], tasks[untouched]["Status"]) == (about, "Not Started")
    assert [tasks[key]["OwnerId"] for key in (untouched, unknown)] == [COLLECTOR_USER_ID, INTEGRATION_USER_ID]
    org.change("Task", begun, Status="In Progress", Subject="Called the lessee")
    org.local.org.write("delete", "Task", [{"Id": tasks[deleted]["Id"]}], context=WriteContext(COLLECTOR_USER_ID))

    book.next_day()
    for number in range(1, 5):
        book.cured(number)
    book.deliver()
    world.run()
    assert world.run("gps-alerts").state == "succeeded"

    after = org.records("Task")
    assert {key: row["Status"] for key, row in after.items()} == {
        untouched: "Completed", begun: "In Progress", unknown: "Completed",
    }  # fmt: skip
    assert after[begun]["Subject"] == "Called the lessee"
    assert {row["GPS_Alert_End_Reason__c"] for row in after.values()} == {NOT_WATCHED}
    org.forget_counts()
    world.run("gps-alerts")
    assert org.sent() == 0


def verdicts(org: ServedOrg) -> list[str | None]:
    """Give the verdict on each account, by number."""
    return [each["Recovery_Feasibility__c"] for _, each in sorted(org.records("Lease_Account__c").items())]


def told_by_the_commands(world: World, account: str) -> tuple[str, str, str]:
    """Give what the commands tell of the account, and see that what they tell people names it as well."""
    (alert,) = typed(world, "alerts")
    device = typed(world, "device", f"S{account}")
    judged = typed(world, "feasibility", account)
    kind = KIND[AlertKind(alert["episode"]["kind"])]
    assert (device["region"], device["every_minutes"]) == ("WA", 15)
    assert [each["key"] for each in device["alerts"]] == [alert["key"]]
    for words in (["alerts"], ["device", f"Spireon:S{account}"], ["feasibility", account]):
        assert account in shown(world, *words).output
    assert isinstance(shown(world, "device", "S0").exception, NotThere)
    assert isinstance(shown(world, "feasibility", "LW99999999").exception, NotThere)
    assert (judged["feasibility"]["account"], judged["situation"]["case_key"]) == (account, f"{account}-D001")
    return alert["key"], kind, device["track"]["account"]


def shown(world: World, *words: str) -> Result:
    """Type a command of `drawbar gps`."""
    session = Session(Path("drawbar.toml"), explicit=True)
    vars(session).update(hub=world.hub, settings=world.settings)
    return CliRunner().invoke(gps, words, obj=session)


def typed(world: World, *words: str) -> Any:
    """Type a command of `drawbar gps` for machines."""
    return json.loads(shown(world, *words, "--json").output)


SQUARE = [[[-96.9, 32.7], [-96.7, 32.7], [-96.7, 32.9], [-96.9, 32.9], [-96.9, 32.7]]]


def fence_file(folder: Path, *names: str) -> Path:
    marks = [{"name": name, "kind": "yard"} for name in names] + [{"name": "Lot", "kind": "home", "account": ACCOUNT}]
    square = {"type": "Polygon", "coordinates": SQUARE}
    features = [{"type": "Feature", "properties": mark, "geometry": square} for mark in marks]
    file = folder / "fences.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


@pytest.mark.spec("P07", "P08")
def test_geofences_stand_in_salesforce_while_the_files_have_them(
    open_world: OpenWorld, org: ServedOrg, tmp_path: Path
) -> None:
    world = open_world(gps={"geofences": fence_file(tmp_path, "Dallas", "Tulsa")})
    small_book(world).deliver()
    world.run()
    world.run("gps-alerts")
    org.forget_counts()
    world.run("gps-alerts")
    sent_again = org.sent()
    shown = org.records("Geofence__c")
    fence_file(tmp_path, "Dallas")
    world.run("gps-alerts")
    world.run("gps-alerts")

    assert sent_again == 0
    assert {key: (each["Kind__c"], each["Lease_Account__c"]) for key, each in shown.items()} == {
        "yard * Dallas": ("Yard", None), "yard * Tulsa": ("Yard", None), f"home {ACCOUNT} Lot": ("Home", ACCOUNT),
    }  # fmt: skip
    outline = json.loads(shown["yard * Dallas"]["Outline__c"])
    assert outline == [[[latitude, longitude] for longitude, latitude in SQUARE[0]]]
    active = {key: bool(each["Active__c"]) for key, each in org.records("Geofence__c").items()}
    assert active == {"yard * Dallas": True, "yard * Tulsa": False, f"home {ACCOUNT} Lot": True}
