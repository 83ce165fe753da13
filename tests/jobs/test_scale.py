"""A night with 12,000 accounts costs what changed, not what there is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from drawbar.sandbox.leaseworks.delivery import OUTBOUND, ManifestLine, delivery_name, sha256_of, write_manifest
from drawbar.sandbox.leaseworks.layout import ENTITIES
from tests.jobs.conftest import MONDAY
from tests.jobs.world import ServedOrg, World

ACCOUNTS, CHANGED, LESSEES = 12_000, 240, 200
EVERY = ACCOUNTS // CHANGED


def accounts(fees: str) -> Iterable[str]:
    """Write the rows of all accounts; every fiftieth has these late fees."""
    for number in range(ACCOUNTS):
        charged = fees if number % EVERY == 0 else "0.00"
        yield (
            f"LW{number:08d},LS{number % LESSEES:08d},TRK,01,NE,HH,A,01/15/2024,01/15/2028,48,1200.00,03/15/2026,,0,"
            f"0.00,{charged},30000.00,33000.00,33000.00,,24,02/15/2026,1200.00,JDOE,2026-03-02T05:00:00Z"
        )


def lessees() -> Iterable[str]:
    for number in range(LESSEES):
        yield f"LS{number:08d},Haulage {number},H{number},,,,1 Dock Road,Hackensack,NJ,07601,2026-03-02T05:00:00Z"


def deliver(files: Path, day: date, fees: str) -> None:
    """Write a delivery of which all files but two are empty."""
    folder = files / OUTBOUND / delivery_name(day)
    folder.mkdir(parents=True)
    lines = []
    for entity in ENTITIES:
        rows = {"accounts": accounts(fees), "lessees": lessees()}.get(entity.name, ())
        text = [",".join(entity.header), *rows]
        path = folder / entity.file_name
        path.write_text("\r\n".join(text) + "\r\n", encoding="utf-8", newline="")
        lines.append(ManifestLine(path.name, len(text) - 1, sha256_of(path)))
    write_manifest(folder, lines)


@pytest.mark.spec("P01", "P25")
def test_two_percent_of_changes_send_exactly_the_changed_accounts(world: World, org: ServedOrg) -> None:
    deliver(world.files, MONDAY, "0.00")
    assert world.run().state == "succeeded"
    assert org.sent() == ACCOUNTS + LESSEES
    before = stamps(org)
    assert len(before) == ACCOUNTS
    org.forget_counts()
    deliver(world.files, MONDAY + timedelta(days=1), "61.50")

    run = world.run()

    assert run.state == "succeeded"
    assert org.sent() == CHANGED
    assert org.metered() == 1
    touched = {key for key, (fee, synced) in stamps(org).items() if before[key] != (fee, synced)}
    assert touched == {f"LW{number:08d}" for number in range(0, ACCOUNTS, EVERY)}
    counts = run.summary["deliveries"][0]["objects"]["Lease_Account__c"]
    assert (counts["changed"], counts["created"], counts["left"]) == (CHANGED, 0, ACCOUNTS - CHANGED)


def stamps(org: ServedOrg) -> dict[str, tuple[object, object]]:
    """Give late fees and time of the last write of every account."""
    statement = 'SELECT "LeaseWorks_Id__c", "Late_Fees__c", "Last_Synced__c" FROM "Lease_Account__c"'
    return {str(key): (fees, synced) for key, fees, synced in org.local.org.read(statement)}
