"""`drawbar salesforce deploy` and `diff` as they are typed, against an org in which nothing is installed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import drawbar
from drawbar.connectors.salesforce.known_deployments import FILE
from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.credentials import Credentials, open_credentials
from drawbar.sandbox.deploying.deployments import Options
from drawbar.sandbox.seeds import COLLECTOR_USERNAME, DEFAULT_USERNAME, INTEGRATION_USER_ID
from drawbar.sandbox.server import serve_in_background
from drawbar.sandbox.source import schema_of
from tests.processes import typed

PACKAGE = Path(drawbar.__path__[0]).resolve() / "salesforce"
VIN = "force-app/main/default/objects/Vehicle__c/fields/VIN__c.field-meta.xml"
SETTINGS = """
[salesforce]
login_url = "{url}"
auth = "client_credentials"
client_id = "drawbar-sandbox"
client_secret = "file:{secret}"
assign = {{ Drawbar_Collector = ["{collector}"] }}
"""


@dataclass(frozen=True)
class Desk:
    """A folder with drawbar.toml, and the org that it names."""

    folder: Path
    local: LocalOrg

    def type(self, *words: str) -> CompletedProcess[str]:
        variables = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        return typed("salesforce", *words, folder=self.folder, variables=variables)

    def be(self, **columns: int) -> None:
        """Change what the org says of itself."""
        with self.local.org.transaction() as transaction:
            for name, value in columns.items():
                transaction.connection.execute(f'UPDATE "Organization" SET "{name}" = ?', (value,))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    kept = open_credentials(folder / "keys", Credentials())
    local = LocalOrg(folder / "org", schema_of(), kept.app)
    with serve_in_background(local) as addresses:
        facts = {"url": addresses.http, "secret": kept.client_secret_file, "collector": COLLECTOR_USERNAME}
        (folder / "drawbar.toml").write_text(SETTINGS.format(**facts))
        yield Desk(folder, local)
    local.close()


@pytest.fixture(scope="module")
def installed(desk: Desk) -> dict[str, CompletedProcess[str]]:
    """Go through an installation once, and keep what was printed."""
    return {
        "before": desk.type("diff"),
        "production": _in_production(desk),
        "apply": desk.type("deploy", "--apply", "--assign", f"Drawbar_Supervisor={COLLECTOR_USERNAME}"),
        "after": desk.type("diff", "--json"),
    }


def _in_production(desk: Desk) -> CompletedProcess[str]:
    desk.be(IsSandbox=0)
    with desk.local.org.transaction() as transaction:
        transaction.connection.execute('UPDATE "Organization" SET "OrganizationType" = \'Enterprise Edition\'')
    said = desk.type("deploy", "--apply")
    desk.be(IsSandbox=1)
    return said


def test_an_empty_org_lacks_everything_by_name(installed: dict[str, CompletedProcess[str]]) -> None:
    said = installed["before"]
    assert said.returncode == 1
    assert "missing    Promise_To_Pay__c: the object is missing, or hidden from the user" in said.stdout
    assert "missing    Case.Days_Past_Due__c: the field is missing" in said.stdout
    assert "missing    Drawbar_Collector: the permission set is missing" in said.stdout


def test_a_production_org_is_not_changed_without_a_persons_word(installed: dict[str, CompletedProcess[str]]) -> None:
    said = installed["production"]
    assert said.returncode != 0
    assert "is a production org. Give --yes when you are sure." in said.stderr


def test_applying_checks_installs_assigns_and_compares(installed: dict[str, CompletedProcess[str]]) -> None:
    said = installed["apply"]
    assert (said.returncode, said.stderr.count("Succeeded ...")) == (0, 4)
    assert "Step 1 of 2, check:" in said.stdout
    assert "Step 2 of 2, apply: 1 components" in said.stdout
    assert f"Drawbar_Integration assigned to {DEFAULT_USERNAME}" in said.stdout
    assert f"Drawbar_Collector assigned to {COLLECTOR_USERNAME}" in said.stdout
    assert f"Drawbar_Supervisor assigned to {COLLECTOR_USERNAME}" in said.stdout
    assert "0 differences between org and package." in said.stdout
    assert "Drawbar's user sees every field of the package." in said.stdout
    assert (installed["after"].returncode, json.loads(installed["after"].stdout)) == (0, [])


@pytest.fixture(scope="module")
def other(desk: Desk, installed: dict[str, CompletedProcess[str]]) -> Path:
    """A package that is one field longer than the installed one, and has another length in one and a defect."""
    assert installed["apply"].returncode == 0
    folder = shutil.copytree(PACKAGE, desk.folder / "salesforce")
    fields = folder / "force-app/main/default/objects/Vehicle__c/fields"
    vin = (folder / VIN).read_text()
    (fields / "Axles__c.field-meta.xml").write_text(vin.replace("VIN__c", "Axles__c"))
    assert "<length>17</length>" in vin
    (folder / VIN).write_text(vin.replace("<length>17</length>", "<length>300</length>"))
    return folder


def test_diff_names_what_is_missing_and_what_differs(desk: Desk, other: Path) -> None:
    said = desk.type("diff", "--json", "--folder", str(other))
    found: list[dict[str, Any]] = json.loads(said.stdout)
    assert said.returncode == 1
    assert [(each["kind"], each["what"], each["detail"]) for each in found] == [
        ("missing", "Vehicle__c.Axles__c", "the field is missing, or hidden from the user"),
        ("different", "Vehicle__c.VIN__c", "length: the package has 300, the org has 17"),
    ]


def test_what_the_org_refuses_is_told_by_file_and_line(desk: Desk, other: Path) -> None:
    said = desk.type("deploy", "--folder", str(other))
    line = (other / VIN).read_text().splitlines().index("    <length>300</length>") + 1
    assert said.returncode == 1
    assert f"{VIN}:{line}: CustomField Vehicle__c.VIN__c: Text fields must have a length from 1 to 255" in said.stdout
    assert "1 problems. Nothing of this step was changed." in said.stdout


def test_refusals_are_json_for_machines(desk: Desk, other: Path) -> None:
    said = desk.type("deploy", "--json", "--folder", str(other))
    (deployment,) = json.loads(said.stdout)["deployments"]
    (problem,) = deployment["problems"]
    assert (said.returncode, deployment["success"], deployment["check_only"]) == (1, False, True)
    assert (problem["name"], problem["source"]["path"]) == ("Vehicle__c.VIN__c", VIN)


def test_a_wish_that_names_no_user_is_refused(desk: Desk) -> None:
    said = desk.type("deploy", "--assign", "Drawbar_Collector")
    assert said.returncode == 2
    assert "is not like Drawbar_Collector=jo@example.com" in said.stderr


def test_a_folder_without_a_package_is_told(desk: Desk, tmp_path: Path) -> None:
    said = desk.type("deploy", "--folder", str(tmp_path))
    assert said.returncode != 0
    assert "holds no package" in said.stderr


@pytest.fixture
def under_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> str:
    """A deployment of which the org takes its time, sent by somebody else; gives its id."""
    monkeypatch.setattr(desk.local.deployments, "_seconds", 600.0)
    return desk.local.deployments.take(b"", Options(check_only=True), INTEGRATION_USER_ID).id


def test_a_deployment_is_given_up_by_its_id(desk: Desk, under_way: str) -> None:
    known = desk.folder / "drawbar-data" / FILE
    others = json.loads(known.read_text()) if known.exists() else {}
    known.parent.mkdir(exist_ok=True)
    known.write_text(json.dumps({**others, "a check of the package": under_way}))
    said = desk.type("deploy", "--cancel", under_way)
    again = desk.type("deploy", "--cancel", under_way, "--json")

    assert (said.returncode, said.stdout) == (0, f"{under_way} Canceled. Nothing of it was changed.\n")
    assert desk.local.deployments.get(under_way).status == "Canceled"
    assert json.loads(again.stdout) == {"id": under_way, "status": "Canceled", "cancelled": True}
    assert json.loads(known.read_text()) == others


def test_what_is_no_id_of_a_deployment_is_not_given_up(desk: Desk) -> None:
    said = desk.type("deploy", "--cancel", "0Af/../../sobjects")
    assert said.returncode == 2
    assert "is no id of a deployment" in said.stderr
