from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from drawbar.sandbox.faults import Fault
from drawbar.sandbox.leaseworks.edits import edit_delivery
from tests.jobs import naive
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg


@pytest.mark.spec("P25")
def test_a_delivery_that_is_changed_under_its_name_after_a_part_was_taken_is_not_mixed(
    open_world: OpenWorld, org: ServedOrg, days: list[Path], tmp_path: Path
) -> None:
    world = open_world()
    world.deliver(days[0])
    org.local.faults.arm(Fault(kind="429", retry_after=3600, times=None))
    assert world.run().state == "paused"
    here = world.files / "outbound" / days[0].name
    shutil.copytree(here, tmp_path / "first")

    edit_delivery(here, "accounts", "LW00000004", {"OFFICE": "RENO"})
    org.local.faults.clear()
    tomorrow = open_world()
    mixed = tomorrow.run()

    assert (mixed.state, tomorrow.waiting()) == ("stopped", [days[0].name])
    assert "was changed after a part of it had been taken" in mixed.error

    shutil.rmtree(here)
    shutil.copytree(tmp_path / "first", here)
    assert tomorrow.run().state == "succeeded"
    assert org.records("Lease_Account__c").keys() == {row["ACCT_NO"] for row in naive.rows(days[0], "accounts.csv")}
