"""The package in `salesforce/` is what the record models say; generating it again changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import drawbar
from drawbar.connectors.salesforce.metadata.lint import lint
from drawbar.connectors.salesforce.metadata.package import (
    MANIFEST,
    SOURCE,
    Difference,
    check,
    generate,
    package_files,
)
from drawbar.connectors.salesforce.metadata.permission_sets import HUB_INTEGRATION, PERMISSION_SETS
from drawbar.connectors.salesforce.metadata.reference import field_reference
from drawbar.connectors.salesforce.records.catalogue import OBJECTS, object_fields
from drawbar.middleware.errors import ConfigError

ROOT = Path(drawbar.__path__[0]).resolve()


def test_the_package_in_the_repository_is_in_step_with_the_models() -> None:
    assert check(ROOT / "salesforce") == []


def test_the_field_reference_is_in_step_with_the_models() -> None:
    assert (ROOT / "docs" / "fields.md").read_text(encoding="utf-8") == field_reference()


def test_the_package_in_the_repository_is_clean() -> None:
    assert lint(ROOT / "salesforce") == []


HOMES = ("Accounting_Home", "Asset_Manager_Home", "Collector_Home", "Supervisor_Home")
BY_HAND = {
    "applicationVisibilities names Drawbar_Collections, which does not exist",
    *(f"tabSettings names {name}, which does not exist" for name in HOMES),
    "there is no object Sync_Request__e",
    "no settings switch paths on",
}
"""App, home pages, event and settings are written by people; a folder with nothing but generated files lacks them."""


def test_generating_twice_changes_nothing(tmp_path: Path) -> None:
    assert generate(tmp_path)
    assert generate(tmp_path) == []
    assert {each.message for each in lint(tmp_path)} == BY_HAND


def test_every_process_generates_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys, hashlib; from drawbar.connectors.salesforce.metadata.package import package_files;"
        "sys.stdout.write(hashlib.sha256(repr(package_files()).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1


def test_files_are_sorted_and_end_with_a_line_end() -> None:
    files = package_files()

    assert list(files) == sorted(files)
    assert all(content.endswith(b"\n") and b"\r" not in content for content in files.values())


def test_check_changes_nothing_and_names_what_differs(tmp_path: Path) -> None:
    generate(tmp_path)
    changed = f"{SOURCE}/tabs/Vehicle__c.tab-meta.xml"
    missing = f"{SOURCE}/tabs/Payment__c.tab-meta.xml"
    (tmp_path / changed).write_text("<CustomTab/>")
    (tmp_path / missing).unlink()

    assert check(tmp_path) == [Difference(missing, "missing"), Difference(changed, "different")]
    assert (tmp_path / changed).read_text() == "<CustomTab/>"
    assert not (tmp_path / missing).exists()


def test_a_file_that_is_no_longer_generated_is_removed(tmp_path: Path) -> None:
    generate(tmp_path)
    gone = f"{SOURCE}/tabs/Old__c.tab-meta.xml"
    (tmp_path / gone).write_text("<CustomTab/>")
    with (tmp_path / MANIFEST).open("a") as manifest:
        manifest.write(f"{gone}\n")

    assert Difference(gone, "stale") in generate(tmp_path)
    assert not (tmp_path / gone).exists()
    assert check(tmp_path) == []


def test_hand_written_files_are_never_touched(tmp_path: Path) -> None:
    generate(tmp_path)
    own = tmp_path / SOURCE / "objects/Case/validationRules/Own.validationRule-meta.xml"
    own.parent.mkdir(parents=True)
    own.write_text("mine")

    assert generate(tmp_path) == []
    assert own.read_text() == "mine"


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/hosts", "force-app/../../outside.txt"])
def test_a_list_that_names_a_file_outside_removes_nothing(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "salesforce"
    generate(folder)
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    (folder / MANIFEST).write_text(f"{path}\n")

    with pytest.raises(ConfigError, match="outside the folder"):
        generate(folder)
    assert outside.read_text() == "mine"


def test_every_custom_field_has_a_file_and_a_place_in_the_reference() -> None:
    files, reference = package_files(), field_reference()
    for sobject in OBJECTS:
        for field in object_fields(sobject.api_name):
            path = f"{SOURCE}/objects/{sobject.fields_of or sobject.api_name}/fields/{field.api_name}.field-meta.xml"
            assert (path in files) == field.custom
            assert f"| `{field.api_name}` |" in reference


def test_hand_written_rules_ship_with_the_package() -> None:
    rules = {path.name.split(".")[0] for path in (ROOT / "salesforce").rglob("*.validationRule-meta.xml")}

    assert {"Amount_Above_Zero", "Promised_After_Taken", "Delinquency_Closed_After_Opened"} <= rules


def permissions(name: str) -> str:
    return package_files()[f"{SOURCE}/permissionsets/{name}.permissionset-meta.xml"].decode()


def test_people_change_what_is_theirs_and_read_the_rest() -> None:
    collector = "".join(permissions("Drawbar_Collector").split())

    assert "<editable>true</editable><field>Vehicle__c.Disposition__c</field>" in collector
    assert "<editable>false</editable><field>Vehicle__c.VIN__c</field>" in collector
    assert "<editable>true</editable><field>Case.Priority</field>" in collector
    assert "<allowDelete>true</allowDelete>" not in collector


def test_who_collects_logs_promises_calls_visits_holds_and_messages_and_asks_for_syncs() -> None:
    collector = "".join(permissions("Drawbar_Collector").split())

    assert "<editable>true</editable><field>Collection_Note__c.Note__c</field>" in collector
    assert collector.count("<allowCreate>true</allowCreate>") == 6
    made_by_accounting = re.findall(
        r"<allowCreate>true</allowCreate>.*?<object>(\w+)</object>", "".join(permissions("Drawbar_Accounting").split())
    )
    assert sorted(made_by_accounting) == ["Refund__c", "Sync_Request__e"]


def test_each_job_sees_what_it_needs() -> None:
    accounting, collector = permissions("Drawbar_Accounting"), permissions("Drawbar_Collector")

    assert "Purchase_Order__c" in accounting
    assert "Purchase_Order__c" not in collector
    assert "Vehicle__c.GPS_Latitude__c" in collector
    assert "Vehicle__c.VIN__c" in accounting
    assert "Vehicle__c.GPS_Latitude__c" not in accounting
    assert "GPS_Position__c" not in accounting


def test_only_the_hub_is_excepted_from_rules_for_people() -> None:
    holders = [each.name for each in PERMISSION_SETS if HUB_INTEGRATION in each.custom_permissions]

    assert holders == ["Drawbar_Integration"]
    assert "<name>Hub_Integration</name>" in permissions("Drawbar_Integration")
    rules = (ROOT / "salesforce").rglob("*.validationRule-meta.xml")
    assert all("$Permission.Hub_Integration" in path.read_text(encoding="utf-8") for path in rules)


def test_the_hub_may_write_all_that_it_brings() -> None:
    integration = "".join(permissions("Drawbar_Integration").split())

    assert "<editable>true</editable><field>Account.BillingAddress</field>" in integration
    assert "<editable>false</editable><field>Lease_Account__c.Is_Past_Due__c</field>" in integration
    assert "<name>ApiEnabled</name>" in integration


def test_a_copy_of_the_package_elsewhere_is_as_good(tmp_path: Path) -> None:
    copy = tmp_path / "salesforce"
    shutil.copytree(ROOT / "salesforce", copy)

    assert check(copy) == []
    assert lint(copy) == []


@pytest.mark.parametrize(
    ("job", "home"),
    [("Collector", "Collector_Home"), ("Supervisor", "Supervisor_Home"), ("Asset_Manager", "Asset_Manager_Home"),
     ("Accounting", "Accounting_Home")],
)  # fmt: skip
def test_each_job_sees_its_own_home_page_and_no_other(job: str, home: str) -> None:
    given = "".join(permissions(f"Drawbar_{job}").split())

    seen = {each for each in HOMES if f"<tab>{each}</tab><visibility>Visible</visibility>" in given}

    assert seen == {home}
