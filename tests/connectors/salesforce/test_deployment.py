"""The package brought into an empty org over real HTTP, as far as the org shows it afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import drawbar
from drawbar.connectors.salesforce.assignments import Assigner, Assignment
from drawbar.connectors.salesforce.client import SalesforceClient, Saved
from drawbar.connectors.salesforce.deployment import LARGEST_ZIP, Deployer, DeployResult
from drawbar.connectors.salesforce.errors import SalesforceBusy, SalesforceRefused, SalesforceStopped
from drawbar.connectors.salesforce.installing import Done, Installer, OrgKind, Step, org_kind, steps
from drawbar.connectors.salesforce.known_deployments import KnownDeployments
from drawbar.connectors.salesforce.metadata.archive import Archive, SourceText, pack, read_sources
from drawbar.connectors.salesforce.metadata.comparison import compare, hidden_fields
from drawbar.connectors.salesforce.metadata.org_parts import HubPlace, event_flow, org_parts
from drawbar.connectors.salesforce.metadata.source import Package, read_package
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.middleware.errors import ConfigError, NotThere
from drawbar.middleware.retry import Clocks
from drawbar.sandbox.app import LocalOrg, OrgOptions
from drawbar.sandbox.credentials import Credentials, KeptCredentials, open_credentials
from drawbar.sandbox.deploying.judging import judge
from drawbar.sandbox.deploying.upload import read_upload
from drawbar.sandbox.seeds import COLLECTOR_USERNAME, DEFAULT_USERNAME
from drawbar.sandbox.server import serve_in_background
from drawbar.sandbox.source import schema_of

PACKAGE = Path(drawbar.__path__[0]).resolve() / "salesforce"
AMOUNT = "force-app/main/default/objects/Promise_To_Pay__c/fields/Amount__c.field-meta.xml"
IMPATIENT = Clocks(sleep=lambda _seconds: time.sleep(0.02))
PATIENCE = 60.0
HUB = HubPlace("https://hub.example.com/soap/salesforce/canary-4711", DEFAULT_USERNAME, active=True)


def client_of(url: str, kept: KeptCredentials) -> SalesforceClient:
    secret = SecretStr(kept.app.client_secret)
    return SalesforceClient(
        SalesforceSettings(login_url=url, auth="client_credentials", client_id="drawbar-sandbox", client_secret=secret)
    )


@dataclass
class Story:
    """What was seen at each stage of an installation."""

    client: SalesforceClient
    local: LocalOrg
    folder: Path
    checked: list[Done] = field(default_factory=list)
    refused: list[Done] = field(default_factory=list)
    applied: list[Done] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def installer(self) -> Installer:
        return Installer(Deployer(self.client, IMPATIENT), KnownDeployments(self.folder, "org"), PATIENCE)

    def describe(self, package: Package) -> dict[str, Any]:
        return dict(self.client.describe_all(sorted(name for name in package.objects if not name.endswith("__e"))))


def untold(_step: Step, _result: DeployResult) -> None:
    """Hear of progress, and say nothing."""


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> KeptCredentials:
    return open_credentials(tmp_path_factory.mktemp("keys"), Credentials())


@pytest.fixture(scope="module")
def sources() -> list[SourceText]:
    return [*read_sources(PACKAGE), event_flow(active=True), *org_parts(HUB)]


@pytest.fixture(scope="module")
def archives(sources: list[SourceText]) -> tuple[Archive, ...]:
    return pack(sources, "67.0")


@pytest.fixture(scope="module")
def package() -> Package:
    return read_package(PACKAGE)


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory,
    credentials: KeptCredentials,
    sources: list[SourceText],
    archives: tuple[Archive, ...],
    package: Package,
) -> Iterator[Story]:
    """Check, refuse, apply, assign: each once, in an org that begins empty."""
    folder = tmp_path_factory.mktemp("empty")
    local = LocalOrg(folder / "org", schema_of(), credentials.app)
    with serve_in_background(local) as addresses:
        story = Story(client_of(str(addresses.http), credentials), local, folder / "hub")
        story.checked = list(story.installer.run(steps(archives, apply=False), untold))
        story.seen["after check"] = story.describe(package)
        defect = [_with_defect(each) for each in sources]
        story.refused = list(story.installer.run(steps(pack(defect, "67.0"), apply=True), untold))
        story.seen["after refusal"] = story.describe(package)
        story.applied = list(story.installer.run(steps(archives, apply=True), untold))
        story.seen["unassigned"] = story.describe(package)
        story.seen["unassigned write"] = _write_promise(story.client)
        story.seen["assigned"] = Assigner(story.client).assign({"Drawbar_Integration": [DEFAULT_USERNAME]})
        story.seen["after"] = story.describe(package)
        yield story
    local.close()


def _with_defect(source: SourceText) -> SourceText:
    """Plant a label that is too long."""
    if source.path != AMOUNT:
        return source
    return SourceText(AMOUNT, source.content.replace(b">Promised Amount<", b">" + b"x" * 41 + b"<"))


def _write_promise(client: SalesforceClient) -> list[Saved] | SalesforceRefused | SalesforceStopped:
    """Write an account and a promise of it, and give what came of the promise."""
    account = {"attributes": {"type": "Lease_Account__c"}, "LeaseWorks_Id__c": "LW1", "Name": "LW1"}
    promise = {
        "attributes": {"type": "Promise_To_Pay__c"},
        "Promise_Key__c": "LW1-1",
        "Name": "LW1-1",
        "Lease_Account__r": {"LeaseWorks_Id__c": "LW1"},
        "Amount__c": 100,
        "Promised_Date__c": "2026-03-02",
    }
    try:
        client.upsert("Lease_Account__c", "LeaseWorks_Id__c", [[account]])
        return client.upsert("Promise_To_Pay__c", "Promise_Key__c", [[promise]])[0]
    except (SalesforceRefused, SalesforceStopped) as error:
        return error


def test_a_check_takes_all_and_changes_nothing(story: Story) -> None:
    (done,) = story.checked
    assert done.result.success
    assert done.result.check_only
    assert done.result.created == done.result.total
    assert set(story.seen["after check"]) == {"Account", "Case"}


def test_what_is_refused_is_told_by_file_line_and_column_and_changes_nothing(story: Story) -> None:
    (done,) = story.refused
    (problem,) = done.result.problems
    text = (PACKAGE / AMOUNT).read_text(encoding="utf-8").splitlines()
    assert (problem.component_type, problem.name) == ("CustomField", "Promise_To_Pay__c.Amount__c")
    assert problem.file == "objects/Promise_To_Pay__c.object"
    assert problem.source.path == AMOUNT
    assert "<label>" in text[problem.source.line - 1]
    assert problem.column == 9
    assert "max length=40" in problem.problem
    assert set(story.seen["after refusal"]) == {"Account", "Case"}


def test_flows_come_in_a_second_step_because_their_messages_must_be_there(
    story: Story, archives: tuple[Archive, ...]
) -> None:
    assert [(each.step.number, each.step.check_only) for each in story.applied] == [
        (1, True),
        (1, False),
        (2, True),
        (2, False),
    ]
    assert all(each.result.success for each in story.applied)
    assert set(archives[1].members) == {"Flow"}


def test_deployed_fields_are_hidden_until_the_permission_set_is_assigned(story: Story, package: Package) -> None:
    hidden = hidden_fields(package, story.seen["unassigned"])
    assert "Promise_To_Pay__c.Status__c" in hidden
    assert "Case.Days_Past_Due__c" in hidden
    assert "Promise_To_Pay__c.Amount__c" not in hidden
    assert isinstance(story.seen["unassigned write"], (SalesforceRefused, SalesforceStopped))
    assert hidden_fields(package, story.seen["after"]) == []


def test_an_org_with_the_package_differs_in_nothing(story: Story, package: Package) -> None:
    assert compare(package, story.seen["after"], Assigner(story.client).names()) == []


def test_what_was_deployed_can_be_written_and_read_without_a_restart(story: Story) -> None:
    written = _write_promise(story.client)
    assert isinstance(written, list)
    assert [each.error for each in written] == [None]
    (row,) = story.client.query("SELECT Amount__c, Lease_Account__r.Name, Is_Open__c FROM Promise_To_Pay__c")
    assert (row["Amount__c"], row["Lease_Account__r"]["Name"], row["Is_Open__c"]) == (100, "LW1", True)


def test_assigning_again_changes_nothing(story: Story) -> None:
    again = Assigner(story.client).assign({"Drawbar_Integration": [DEFAULT_USERNAME]})
    assert story.seen["assigned"] == [Assignment("Drawbar_Integration", DEFAULT_USERNAME, new=True)]
    assert again == [Assignment("Drawbar_Integration", DEFAULT_USERNAME, new=False)]


def test_users_of_a_public_group_get_a_group_of_permission_sets(story: Story) -> None:
    client = story.client
    group = client.call("POST", "sobjects/Group", body={"Name": "Leads", "DeveloperName": "Leads", "Type": "Regular"})
    (user,) = client.query(f"SELECT Id FROM User WHERE Username = '{COLLECTOR_USERNAME}'")
    client.call("POST", "sobjects/GroupMember", body={"GroupId": group.json()["id"], "UserOrGroupId": user["Id"]})

    assigned = Assigner(client).assign({"Drawbar_Collection_Lead": ["group:Leads"]})

    assert assigned == [Assignment("Drawbar_Collection_Lead", COLLECTOR_USERNAME, new=True)]
    (row,) = client.query("SELECT PermissionSetGroup.DeveloperName FROM PermissionSetAssignment WHERE AssigneeId = "
                          f"'{user['Id']}'")  # fmt: skip
    assert row["PermissionSetGroup"]["DeveloperName"] == "Drawbar_Collection_Lead"


@pytest.mark.parametrize(
    ("name", "user", "reason"),
    [
        ("Drawbar_Seller", DEFAULT_USERNAME, "no permission set Drawbar_Seller"),
        ("Drawbar_Collector", "nobody@example.com", "no user nobody@example.com"),
        ("Drawbar_Collector", "group:Nobody", "no public group Nobody"),
    ],
)
def test_who_or_what_the_org_does_not_have_is_named(story: Story, name: str, user: str, reason: str) -> None:
    with pytest.raises(NotThere, match=reason):
        Assigner(story.client).assign({name: [user]})


def test_an_org_keeps_what_was_deployed_when_it_starts_again(story: Story, credentials: KeptCredentials) -> None:
    again = LocalOrg(story.local.folder, schema_of(), credentials.app)
    try:
        promise = again.org.schema.get("Promise_To_Pay__c")
        assert promise is not None
        assert promise.field("Status__c") is not None
    finally:
        again.close()


def test_the_org_tells_what_it_is(story: Story) -> None:
    found = org_kind(story.client)
    assert (found.is_sandbox, found.production) == (True, False)
    assert OrgKind("Lender", "Enterprise Edition", is_sandbox=False).production


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory, credentials: KeptCredentials) -> Iterator[Story]:
    """An org whose deployments take longer than any test."""
    folder = tmp_path_factory.mktemp("slow")
    local = LocalOrg(folder / "org", schema_of(), credentials.app, options=OrgOptions(deploy_seconds=600))
    with serve_in_background(local) as addresses:
        yield Story(client_of(str(addresses.http), credentials), local, folder / "hub")
    local.close()


def small() -> tuple[Archive, ...]:
    """Give a zip with one component."""
    path = "force-app/main/default/customPermissions/Hub_Integration.customPermission-meta.xml"
    return pack([each for each in read_sources(PACKAGE) if each.path == path], "67.0")


def test_a_command_that_was_interrupted_goes_on_with_the_deployment_that_it_sent(slow: Story) -> None:
    hurried = Installer(Deployer(slow.client, IMPATIENT), KnownDeployments(slow.folder, "org"), 0.0)
    with pytest.raises(SalesforceBusy, match="still runs") as first:
        list(hurried.run(steps(small(), apply=False), untold))
    with pytest.raises(SalesforceBusy) as second:
        list(hurried.run(steps(small(), apply=False), untold))
    assert str(first.value) == str(second.value)
    deployer = Deployer(slow.client, IMPATIENT)
    known = KnownDeployments(slow.folder, "org").get(small()[0], check_only=True)
    assert known is not None
    deployer.cancel(known)
    (done,) = hurried.run(steps(small(), apply=False), untold)
    assert (done.result.id, done.result.status, done.resumed) == (known, "Canceled", True)
    assert KnownDeployments(slow.folder, "org").get(small()[0], check_only=True) is None


def test_a_deployment_that_the_org_has_forgotten_is_sent_again(slow: Story) -> None:
    known = KnownDeployments(slow.folder, "another")
    (archive,) = small()
    known.keep(archive, "0AfDr0000009999KAA", check_only=True)
    with pytest.raises(SalesforceBusy):
        list(Installer(Deployer(slow.client, IMPATIENT), known, 0.0).run(steps((archive,), apply=False), untold))
    sent = known.get(archive, check_only=True)
    assert sent not in (None, "0AfDr0000009999KAA")


def test_a_zip_that_no_org_takes_is_not_sent(slow: Story) -> None:
    with pytest.raises(ConfigError, match="Salesforce takes 40,894,464"):
        Deployer(slow.client).start(Archive(b"x" * (LARGEST_ZIP + 1), {}, {}), check_only=True)


def test_the_address_of_the_hub_is_in_no_repr(sources: list[SourceText]) -> None:
    assert "canary-4711" not in repr(HUB)
    assert any(b"canary-4711" in each.content for each in sources)


@pytest.mark.spec("P30")
def test_the_flow_that_hears_sync_requests_stamps_each_object_that_can_be_asked_for(story: Story) -> None:
    flow = story.local.installation.estate.get("Flow", "Drawbar_Hear_Sync_Request")

    assert flow is not None
    assert flow.element.text("status") == "Active"
    assert (flow.element.text("start/object"), flow.element.text("start/triggerType")) == (
        "Sync_Request__e", "PlatformEvent",
    )  # fmt: skip
    stamped = {each.text("object") for each in flow.element.children("recordUpdates")}
    assert stamped == {"Lease_Account__c", "Vehicle__c", "Case"}
    assert event_flow(active=False).content.count(b"<status>Draft</status>") == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"<object>Sync_Request__e<", b"<object>Sync_Wish__e<", "The flow's object Sync_Wish__e does not exist"),
        (b"<field>Sync_Asked__c<", b"<field>Sync_Wanted__c<", "The field Lease_Account__c.Sync_Wanted__c"),
        (b"<triggerType>PlatformEvent<", b"<triggerType>RecordAfterSave<", "is not supported for Sync_Request__e"),
    ],
)
def test_an_org_refuses_a_flow_that_hears_or_stamps_what_is_not_there(
    story: Story, old: bytes, new: bytes, reason: str
) -> None:
    flow = event_flow(active=False)
    (archive,) = pack([SourceText(flow.path, flow.content.replace(old, new, 1))], "67.0")

    problems = judge(read_upload(archive.content).components, story.local.installation.estate)

    assert any(reason in each.text for each in problems)
