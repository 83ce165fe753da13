"""Lightning pages as the sandbox writes them, before any script has run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.metadata import MetadataError
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.pages.lightning import open_lightning
from drawbar.sandbox.seeds import COLLECTOR_USER_ID, DEFAULT_USERNAME
from drawbar.sandbox.source import SALESFORCE, load_schema
from tests.sandbox.conftest import START
from tests.sandbox.org_client import Clock, OrgClient, Reply, call_app


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build leaves behind: a script and a style sheet."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "main.js").write_text("export {};")
    (folder / "slds.css").write_text("a {}")
    (folder / "notes.txt").write_text("not for the web")
    return folder


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[OrgClient]:
    """An org with one account, whose pages are built."""
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    lightning = open_lightning(SALESFORCE, built)
    folder = tmp_path_factory.mktemp("book")
    local = LocalOrg(folder, load_schema(), client, lightning=lightning, clock=Clock(START))
    org = OrgClient(local)
    org.create("Account", Name="Ruiz <Hauling>", LeaseWorks_Id__c="LS1")
    lessee = {"LeaseWorks_Id__c": "LS1"}
    account = org.create("Lease_Account__c", Name="LW1", LeaseWorks_Id__c="LW1", Lessee__r=lessee, Days_Past_Due__c=37)
    org.create("Vehicle__c", Name="VH1", LeaseWorks_Id__c="VH1", Lease_Account__c=account, Make__c="Kenworth")
    org.create("Case", Subject="Behind", Lease_Account__c=account)
    yield org
    local.close()


def page(org: OrgClient, path: str) -> Reply:
    return call_app(org.local.app, "GET", path)


def places(text: str) -> list[str]:
    return re.findall(r'data-component="([\w-]+)"', text)


@pytest.mark.spec("P25")
def test_a_record_stands_as_its_page_in_the_package_arranges_it(book: OrgClient) -> None:
    text = page(book, "/account/LW1").text

    assert places(text) == ["lightning-icon", "c-account-summary", "c-collections-timeline", "c-sync-status"]
    assert "Ruiz &lt;Hauling&gt;</a>" in text
    for title in ("Vehicles (1)", "Cases (1)", "Promises to Pay (0)", "Delinquency", "Contract", "Synchronisation"):
        assert f">{title}</h2>" in text
    assert re.search(r"<dt[^>]*>Days Past Due</dt><dd>37</dd></div>\s*<div><dt>Past Due Amount", text)


@pytest.mark.spec("R05", "R09")
def test_a_remarketing_request_stands_with_its_work_order_and_the_history_of_its_statuses(book: OrgClient) -> None:
    vehicle = {"LeaseWorks_Id__c": "VH1"}
    request = book.create(
        "Remarketing__c", Remarketing_Key__c="VH1-M001", Vehicle__r=vehicle, Status__c="HOLD", Vendor__c="ritchie",
        Work_Order__c="VH1-M001-W1", Storage_Address__c="Yard 1, Tulsa",
    )  # fmt: skip
    book.create("Remarketing_Status__c", Remarketing__c=request, Status__c="HOLD", Before__c="SEND TO AUCTION")

    text = page(book, f"/lightning/r/Remarketing__c/{request}/view").text

    for title in ("Request", "Work order", "Where it is stored", "Status history (1)", "Sales (0)"):
        assert f">{title}</h2>" in text
    for value in ("VH1-M001-W1", "ritchie", "Yard 1, Tulsa", "SEND TO AUCTION"):
        assert value in text
    assert "Remarketings (1)" in page(book, "/vehicle/VH1").text


@pytest.mark.parametrize(
    ("path", "object_name"),
    [("/account/LW1", "Lease_Account__c"), ("/vehicle/VH1", "Vehicle__c"), ("/case/00001000", "Case")],
)
def test_components_are_told_the_record_that_they_stand_on(book: OrgClient, path: str, object_name: str) -> None:
    text = page(book, path).text
    record_id = str(book.local.org.read(f'SELECT "Id" FROM "{object_name}"')[0][0])

    assert f'data-record-id="{record_id}" data-object-api-name="{object_name}"' in text


def test_the_queue_is_the_home_page_of_the_app(book: OrgClient) -> None:
    text = page(book, "/queue").text
    assert places(text) == ["c-collector-queue", "c-work-list", "c-sync-status"]
    assert 'data-page-size="25" data-scope="all"' in text


def test_pages_with_a_tab_of_their_own_have_it_in_the_bar(book: OrgClient) -> None:
    text = page(book, "/page/Asset_Manager_Home").text

    assert places(text)[:2] == ["c-repo-states", "c-work-list"]
    assert 'data-list="workOrdersToApprove"' in text
    assert '<a href="/page/Asset_Manager_Home" aria-current="page">Assets</a>' in text
    assert page(book, "/page/Nobodys_Home").status == 404


def test_an_object_without_a_page_keeps_its_plain_one(book: OrgClient) -> None:
    lessee = str(book.local.org.read('SELECT "Id" FROM "Account"')[0][0])
    answer = page(book, f"/lightning/r/Account/{lessee}/view")
    assert answer.status == 200
    assert places(answer.text) == []


@pytest.mark.parametrize("path", ["/account/LW1", "/queue"])
def test_a_lightning_page_runs_only_scripts_of_its_own(book: OrgClient, path: str) -> None:
    answer = page(book, path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script[^>]*>", answer.text) == ['<script type="module" src="/pages/lightning/main.js">']
    assert " style=" not in answer.text


def test_only_what_was_built_is_served(book: OrgClient) -> None:
    script = page(book, "/pages/lightning/main.js")
    assert (script.status, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    for name in ("notes.txt", "..%2Fmain.js", "other.js"):
        assert page(book, f"/pages/lightning/{name}").status == 404


def test_a_component_reads_fields_of_a_record(book: OrgClient) -> None:
    case, account = (
        str(book.local.org.read(f'SELECT "Id" FROM "{each}"')[0][0]) for each in ("Case", "Lease_Account__c")
    )
    found = page(book, f"/pages/records/{case}?fields=Case.Lease_Account__c").json
    assert found["fields"]["Lease_Account__c"]["value"] == account
    assert page(book, f"/pages/records/{case}?fields=Case.Nope__c").status == 400
    assert page(book, "/pages/records/500000000000999AAA?fields=Case.Status").status == 404


def saved(org: OrgClient, path: str, body: object) -> Reply:
    text = json.dumps(body).encode()
    headers = {"content-type": "application/json", "content-length": str(len(text))}
    return call_app(org.local.app, "PATCH", path, text, headers)


def test_a_component_saves_fields_as_a_person_under_the_rules_of_the_org(book: OrgClient) -> None:
    (case,) = (str(row[0]) for row in book.local.org.read('SELECT "Id" FROM "Case"'))
    where = f"/pages/records/{case}"

    done = saved(book, where, {"fields": {"Attempt_Result__c": "Nobody home"}})
    refused = saved(book, where, {"fields": {"Attempt_Result__c": "Perhaps"}})
    ruled_out = saved(book, where, {"fields": {"Decision__c": "Proceed"}})
    unknown = saved(book, where, {"fields": {"Nope__c": 1}})

    row = book.local.org.read('SELECT "Attempt_Result__c", "Decision__c", "LastModifiedById" FROM "Case"')[0]
    assert (done.status, tuple(row)) == (200, ("Nobody home", None, COLLECTOR_USER_ID))
    assert refused.status == ruled_out.status == 400
    assert "Perhaps" in refused.json["output"]["fieldErrors"]["Attempt_Result__c"][0]["message"]
    assert ruled_out.json["output"]["fieldErrors"]["Decision_Reason__c"][0]["message"] == "Say why you decide so."
    assert (unknown.status, "Nope__c" in unknown.json["output"]["errors"][0]["message"]) == (400, True)
    assert saved(book, "/pages/records/500000000000999", {"fields": {}}).status == 404
    assert saved(book, where, {"Decision__c": "Proceed"}).status == 400


def test_without_a_build_there_are_plain_pages_and_a_reason(tmp_path: Path) -> None:
    assert open_lightning(SALESFORCE, tmp_path) is None
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    local = LocalOrg(tmp_path / "org", load_schema(), client, clock=Clock(START))
    answer = call_app(local.app, "GET", "/queue")
    local.close()
    assert answer.status == 404
    assert "make lightning" in answer.text


def test_a_page_that_the_app_names_and_the_project_lacks_is_told(tmp_path: Path, built: Path) -> None:
    project = shutil.copytree(SALESFORCE / "force-app/main/default/applications", tmp_path / "project")
    with pytest.raises(MetadataError, match=r"no Asset_Work_Order_Record_Page\.flexipage-meta\.xml"):
        open_lightning(project, built)
    assert open_lightning(tmp_path / "nothing", built) is None


@pytest.mark.spec("P02")
def test_a_case_shows_its_path_and_where_it_stands(book: OrgClient) -> None:
    delinquency = next(each for each in book.sobject("Case").record_types if each.developer_name == "Delinquency")
    case = book.create("Case", Subject="Spell", Status="Escalated", RecordTypeId=delinquency.id)
    text = page(book, f"/lightning/r/Case/{case}/view").text

    assert re.findall(r"<li(.*?)>(New|Working|Escalated|Closed)</li>", text) == [
        ("", "New"), ("", "Working"), (' aria-current="step"', "Escalated"), ("", "Closed"),
    ]  # fmt: skip
    assert "A supervisor decides" in text
