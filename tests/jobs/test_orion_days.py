"""Orion's data sets of a small book on PostgreSQL: approved values, and days on which LeaseWorks delivered nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drawbar.middleware.database.migrate import upgrade
from drawbar.sandbox.leaseworks.login import SftpLogin
from drawbar.sandbox.leaseworks.sftp import leaseworks_beside
from tests.connectors.orion.samples import PASSWORD
from tests.jobs.orion_book import first_days, later_days, orion_world, require_approved, rows
from tests.jobs.world import ServedOrg, Ticking
from tests.postgres import create_database


@pytest.mark.spec("P06", "P16", "P23")
def test_what_happened_on_days_without_a_delivery_is_in_the_next_one(
    org: ServedOrg, postgres: str, tmp_path: Path
) -> None:
    clock = Ticking(datetime(2026, 3, 2, 10, 15, tzinfo=UTC))
    (tmp_path / "keys").mkdir()
    with leaseworks_beside(tmp_path / "files", tmp_path / "keys", SftpLogin("drawbar", PASSWORD)) as server:
        world = orion_world(tmp_path, create_database(postgres), create_database(postgres), org, server, clock)
        upgrade(world.hub.engine)
        book = first_days(world, org)
        inbound = tmp_path / "files" / "inbound" / "orion"
        assert world.run("orion").state == "succeeded"
        require_approved(inbound / "ORION-20260302-001")
        later_days(world, book)

        (told,) = world.run("orion").summary["data_sets"]

        world.close()
    assert (told["name"], told["first_day"]) == ("ORION-20260305-001", "2026-03-03")
    moved = [
        (each["transaction_number"], each["kind"], each["day"], each["amount"], each["promise_key"])
        for each in rows(inbound, told["name"], "transactions")
    ]
    assert moved == [
        ("P1", "Reversal", "2026-03-05", "-1200.10", ""), ("P3", "Payment", "2026-03-03", "500.00", "LW00000001-0001"),
    ]  # fmt: skip
    (effort,) = rows(inbound, told["name"], "efforts")
    assert (effort["effort_number"], effort["result"]) == ("N5", "Payment")
    (decided,) = rows(inbound, told["name"], "promises")
    assert (decided["event"], decided["status"], decided["paid_amount"]) == ("Decided", "Kept", "500.00")
    (sold,) = rows(inbound, told["name"], "post-sale")
    assert (sold["payments_received"], sold["amount_received"], sold["market_value"]) == ("1", "99.95", "40005.00")
