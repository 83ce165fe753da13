"""A small book for Orion: what LeaseWorks and people say on Monday and on Thursday, and the approved data sets."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer
from tests.connectors.orion.samples import orion_settings, sftp_section, sql_section
from tests.jobs.conftest import MONDAY, hub_settings, small_book
from tests.jobs.paper_book import PaperBook, american
from tests.jobs.world import ServedOrg, Ticking, World

GOLDEN = Path(__file__).parent / "orion"
TUESDAY, THURSDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)


def orion_world(
    folder: Path, url: str, sql_url: str, org: ServedOrg, server: LeaseWorksServer, clock: Ticking
) -> World:
    """Open a hub of a lender in New York, with Orion beside it; LeaseWorks' files lie in `folder`."""
    files = folder / "leaseworks"
    for name in ("outbound", "archive"):
        (files / name).mkdir(parents=True, exist_ok=True)
    sections = {"sftp": sftp_section(server), "sql": sql_section(sql_url)}
    settings = hub_settings(folder, url, org, files, {"orion": orion_settings(**sections)})
    world = World(settings, org, files, clock)
    world.hub = replace(world.hub, zone=ZoneInfo("America/New_York"))
    return world


def first_days(world: World, org: ServedOrg) -> PaperBook:
    """Let LeaseWorks deliver Monday: efforts, a promise, a payment, vehicles in repossession."""
    book = small_book(world)
    book.lessee(2, LESSEE_NAME="=cmd|' /C calc'!A0", SHORT_NAME="EVIL")
    book.behind(1, MONDAY - timedelta(days=40))
    book.account(2, LESSEE_NO="LS00000002", PMTS_MADE="12")
    book.vehicle(1)
    book.vehicle(2, ACCT_NO="LW00000002", VIN="1FUJGLDR5CLBP8835")
    book.vehicle(3, ACCT_NO="LW00000002", VIN="1FUJGLDR5CLBP8836")
    book.note(1, "Promised 500 by Wednesday", WRITTEN_TS="2026-03-02T15:00:00Z")
    book.note(2, "No answer", WRITTEN_TS="2026-03-03T04:30:00Z", AUTHOR="ANN", CHANNEL="TX", ACCT_NO="LW00000002")
    book.note(3, "Statement printed", WRITTEN_TS="2026-03-02T16:00:00Z", CHANNEL="SY")
    book.note(4, "Before the day began in New York", WRITTEN_TS="2026-03-02T04:59:00Z")
    book.promise(1, "500.00", MONDAY + timedelta(days=2))
    book.payment(1, "1200.10", MONDAY, ACCT_NO="LW00000002")
    book.payment(2, "99.95", MONDAY - timedelta(days=3), ACCT_NO="LW00000002")
    book.deliver()
    assert world.run().state == "succeeded"
    org.change(
        "Vehicle__c", "VH00000001", Disposition__c="PENDING", Condition__c="Running", Market_Value__c=42000.5,
        Storage_Place__c='Yard "7", Hackensack', Storage_State__c="NJ",
    )  # fmt: skip
    for number in (2, 3):
        org.change("Vehicle__c", f"VH0000000{number}", Disposition__c="SOLD", Market_Value__c=20000 + number)
    return book


def later_days(world: World, book: PaperBook) -> None:
    """Let nothing come on Tuesday and Wednesday, and on Thursday what happened on all three days."""
    book.next_day(3)
    book.payment(3, "500.00", TUESDAY, ACCT_NO="LW00000001")
    book.payment(1, "1200.10", MONDAY, ACCT_NO="LW00000002", REVERSED_DT=american(THURSDAY), REVERSAL_REASON="NSF")
    book.note(5, "Paid as promised", WRITTEN_TS="2026-03-03T15:00:00Z")
    book.remove("promises", "LW00000001")
    book.deliver()
    assert world.run().state == "succeeded"


def names(inbound: Path) -> list[str]:
    return sorted(path.name for path in inbound.iterdir())


def rows(inbound: Path, delivery: str, data_set: str) -> list[dict[str, str]]:
    with (inbound / delivery / DATA_SETS[data_set].file).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stable(content: str) -> str:
    """Leave out when Salesforce was asked."""
    return re.sub(r"2026-03-02T\d\d:\d\d:\d\dZ(?=\r\n)", "READ_AT", content)


def require_approved(delivery: Path) -> None:
    """Compare a delivery of Monday with the approved one."""
    for name in (*(each.file for each in DATA_SETS.values()), "figures.csv"):
        found = stable((delivery / name).read_bytes().decode())
        assert found == (GOLDEN / name).read_bytes().decode(), name
