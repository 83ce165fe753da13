"""Deployments as the sandbox takes and refuses them, by zips of a few files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.deploying.upload import LARGEST_ZIP, UnusableZip, read_upload
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.seeds import DEFAULT_USERNAME, INTEGRATION_USER_ID
from drawbar.sandbox.source import schema_of
from tests.sandbox.org_client import Clock, OrgClient, Reply

PATH = "/metadata/deployRequest"
BOUNDARY = "boundary"
NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
LEASE = (
    f"<CustomObject {NAMESPACE}><label>Lease</label><pluralLabel>Leases</pluralLabel>"
    "<nameField><label>Name</label><type>Text</type></nameField><deploymentStatus>Deployed</deploymentStatus>"
    "<sharingModel>ReadWrite</sharingModel>{parts}</CustomObject>"
)


def field(name: str, kind: str = "Text", more: str = "<length>20</length>") -> str:
    return f"<fields><fullName>{name}</fullName><label>{name[:-3]}</label><type>{kind}</type>{more}</fields>"


def manifest(version: str = "67.0", **members: str) -> str:
    """Write a package.xml; members are names joined by blanks, by type."""
    types = "".join(
        f"<types>{''.join(f'<members>{each}</members>' for each in names.split())}<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    return f"<Package {NAMESPACE}>{types}<version>{version}</version></Package>"


def zipped(files: Mapping[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for path, content in files.items():
            packed.writestr(path, content)
    return held.getvalue()


def lease(*parts: str) -> bytes:
    """Give a zip with one custom object and its parts."""
    files = {
        "package.xml": manifest(CustomObject="Lease__c"),
        "objects/Lease__c.object": LEASE.format(parts="".join(parts)),
    }
    return zipped(files)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    clock = Clock(datetime(2026, 3, 2, 6, 0, tzinfo=UTC))
    local = LocalOrg(tmp_path_factory.mktemp("org"), schema_of(), client, clock=clock)
    yield local
    local.close()


@pytest.fixture
def org(local: LocalOrg) -> OrgClient:
    return OrgClient(local)


def form(content: bytes | None, **options: object) -> tuple[bytes, dict[str, str]]:
    told = json.dumps({"deployOptions": {"singlePackage": True, **options}}).encode()
    parts = [b'Content-Disposition: form-data; name="json"\r\nContent-Type: application/json\r\n\r\n' + told]
    if content is not None:
        parts.append(
            b'Content-Disposition: form-data; name="file"; filename="deploy.zip"\r\nContent-Type: application/zip'
            b"\r\n\r\n" + content
        )
    edge = b"--" + BOUNDARY.encode()
    body = b"".join(edge + b"\r\n" + each + b"\r\n" for each in parts) + edge + b"--\r\n"
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(len(body))}


def send(org: OrgClient, content: bytes | None, **options: object) -> Reply:
    body, headers = form(content, **options)
    return org.call("POST", PATH, body, headers=headers)


def deployed(org: OrgClient, content: bytes, **options: object) -> dict[str, Any]:
    """Deploy a zip and give the result, once it has ended."""
    sent = send(org, content, **options)
    assert sent.status == 201, sent.text
    while True:
        result: dict[str, Any] = org.get(f"{PATH}/{sent.json['id']}", includeDetails="true").json["deployResult"]
        if result["done"]:
            return result


def told(result: Mapping[str, Any]) -> list[tuple[str, int, int, str]]:
    """Give file, line, column and problem of each failure."""
    return [
        (each["fileName"], each["lineNumber"], each["columnNumber"], each["problem"])
        for each in result["details"]["componentFailures"]
    ]


def test_what_is_deployed_is_served_at_once(org: OrgClient) -> None:
    result = deployed(org, lease(field("Code__c", more="<length>20</length><required>true</required>")))

    assert (result["status"], result["success"], result["checkOnly"]) == ("Succeeded", True, False)
    made = {each["fullName"]: each["created"] for each in result["details"]["componentSuccesses"]}
    assert made == {"Lease__c": True, "Lease__c.Code__c": True}
    created = org.post("/sobjects/Lease__c", {"Name": "One", "Code__c": "A"})
    assert created.status == 201
    assert org.get("/query", q="SELECT Code__c FROM Lease__c").json["records"][0]["Code__c"] == "A"


def test_a_second_deployment_adds_to_what_is_there_and_knows_it(org: OrgClient) -> None:
    deployed(org, lease(field("Code__c")))
    files = {
        "package.xml": manifest(CustomField="Lease__c.Plate__c"),
        "objects/Lease__c.object": f"<CustomObject {NAMESPACE}>{field('Plate__c')}</CustomObject>",
    }

    result = deployed(org, zipped(files))

    assert [each["fullName"] for each in result["details"]["componentSuccesses"]] == ["Lease__c.Plate__c"]
    assert org.local.installation.estate.has("CustomField", "Lease__c.Code__c")


def test_a_check_changes_nothing(org: OrgClient) -> None:
    result = deployed(org, lease(field("Unseen__c")), checkOnly=True)

    assert (result["success"], result["checkOnly"]) == (True, True)
    assert not org.local.installation.estate.has("CustomField", "Lease__c.Unseen__c")


def test_a_permission_set_shows_a_field_from_when_it_is_assigned_until_it_is_taken_away(org: OrgClient) -> None:
    permission = "<editable>true</editable><field>Lease__c.Axles__c</field><readable>true</readable>"
    shown = f"<fieldPermissions>{permission}</fieldPermissions><label>Weighers</label>"
    files = {
        "package.xml": manifest(CustomField="Lease__c.Axles__c", CustomObject="Lease__c", PermissionSet="Weighers"),
        "objects/Lease__c.object": LEASE.format(parts=field("Axles__c")),
        "permissionsets/Weighers.permissionset": f"<PermissionSet {NAMESPACE}>{shown}</PermissionSet>",
    }
    assert deployed(org, zipped(files))["success"]
    named = org.get("/query", q="SELECT Id FROM PermissionSet WHERE Name = 'Weighers'").json["records"]
    seen = [_sees(org, "Axles__c")]
    assigned = org.post(
        "/sobjects/PermissionSetAssignment", {"PermissionSetId": named[0]["Id"], "AssigneeId": INTEGRATION_USER_ID}
    )
    seen.append(_sees(org, "Axles__c"))
    org.delete(f"/sobjects/PermissionSetAssignment/{assigned.json['id']}")
    seen.append(_sees(org, "Axles__c"))

    assert seen == [False, True, False]


def _sees(org: OrgClient, name: str) -> bool:
    return name in {each["name"] for each in org.get("/sobjects/Lease__c/describe").json["fields"]}


REFUSED_FILES: Mapping[str, tuple[dict[str, str], tuple[str, int, int, str]]] = {
    "no manifest": ({"objects/Lease__c.object": LEASE}, ("package.xml", 1, 1, "No package.xml found")),
    "a manifest that is no XML": (
        {"package.xml": "<Package>\n  <types></Package>"},
        ("package.xml", 2, 20, "Error parsing file"),
    ),
    "a version that does not exist": (
        {"package.xml": manifest("99.0")},
        ("package.xml", 1, 1, "Invalid version specified: 99.0"),
    ),
    "a type that does not exist": (
        {"package.xml": manifest(Spaceship="Lease__c")},
        ("package.xml", 1, 58, "Unknown type name 'Spaceship' specified in package.xml"),
    ),
    "a name without a file": (
        {"package.xml": manifest(CustomTab="Lease__c")},
        ("package.xml", 1, 1, "An object 'Lease__c' of type CustomTab was named in package.xml, but was not found"),
    ),
    "a file without a name": (
        {"package.xml": manifest(), "tabs/Lease__c.tab": f"<CustomTab {NAMESPACE}/>"},
        ("tabs/Lease__c.tab", 1, 1, "Not in package.xml"),
    ),
    "a folder that does not exist": (
        {"package.xml": manifest(), "spaceships/X.ship": "<X/>"},
        ("spaceships/X.ship", 1, 1, "Unknown folder 'spaceships'"),
    ),
    "a file that is no XML": (
        {"package.xml": manifest(CustomTab="Lease__c"), "tabs/Lease__c.tab": f"<CustomTab {NAMESPACE}>\n<motif>"},
        ("tabs/Lease__c.tab", 2, 8, "Error parsing file"),
    ),
    "another root": (
        {"package.xml": manifest(CustomTab="Lease__c"), "tabs/Lease__c.tab": f"<CustomApp {NAMESPACE}/>"},
        ("tabs/Lease__c.tab", 1, 1, "invalid at this location, CustomTab is expected"),
    ),
    "a name given twice": (
        {
            "package.xml": manifest(CustomObject="Lease__c"),
            "objects/Lease__c.object": LEASE.format(parts="\n" + field("Code__c") + "\n" + field("code__c")),
        },
        ("objects/Lease__c.object", 3, 1, "Duplicate name 'Lease__c.code__c' specified"),
    ),
    "a layout with a field that does not exist": (
        {
            "package.xml": manifest(Layout="Case-Case"),
            "layouts/Case-Case.layout": f"<Layout {NAMESPACE}><layoutSections><layoutColumns>\n<layoutItems><field>"
            "No__c</field></layoutItems></layoutColumns><style>OneColumn</style></layoutSections></Layout>",
        },
        ("layouts/Case-Case.layout", 2, 14, "no CustomField named Case.No__c found"),
    ),
    "a group with a permission set that does not exist": (
        {
            "package.xml": manifest(PermissionSetGroup="Team"),
            "permissionsetgroups/Team.permissionsetgroup": f"<PermissionSetGroup {NAMESPACE}><label>Team</label>\n"
            "<permissionSets>Nobody</permissionSets></PermissionSetGroup>",
        },
        ("permissionsetgroups/Team.permissionsetgroup", 2, 1, "no PermissionSet named Nobody found"),
    ),
}


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_a_file_is_refused_by_name_line_and_column(case: str, org: OrgClient) -> None:
    files, (file, line, column, problem) = REFUSED_FILES[case]

    result = deployed(org, zipped(files))

    assert result["status"] == "Failed"
    assert [(each[:3]) for each in told(result)] == [(file, line, column)]
    assert problem in told(result)[0][3]


REFUSED_FIELDS = {
    "a text without a length": (field("Bad__c", more=""), "must have a length from 1 to 255"),
    "a number without digits": (field("Bad__c", "Number", ""), "precision must be from 1 to 18"),
    "a tick box without a default": (field("Bad__c", "Checkbox", ""), "Must specify defaultValue"),
    "a picklist without values": (field("Bad__c", "Picklist", ""), "Must specify a valueSet"),
    "a type that does not exist": (field("Bad__c", "Poem", ""), "'Poem' is not a valid value for the enum 'FieldType'"),
    "a formula that cannot be read": (field("Bad__c", more="<formula>1 +</formula>"), "Syntax error"),
    "a permission that does not exist": (
        field("Bad__c", "Checkbox", "<formula>$Permission.Nobody</formula>"),
        "Field $Permission.Nobody does not exist",
    ),
    "a long text that must be filled": (
        field("Bad__c", "LongTextArea", "<length>300</length><required>true</required><visibleLines>3</visibleLines>"),
        "cannot be required",
    ),
    "another type for a field that is there": (
        field("Day__c", "Date", ""),
        "Cannot change type from Text to Date",
    ),
    "a formula for a field that held values": (
        field("Day__c", more="<formula>Name</formula>"),
        "Cannot update a field from or to a formula",
    ),
}


@pytest.mark.parametrize("case", REFUSED_FIELDS)
def test_a_field_is_refused(case: str, org: OrgClient) -> None:
    assert deployed(org, lease(field("Day__c")))["success"]
    part, problem = REFUSED_FIELDS[case]

    result = deployed(org, lease(part), checkOnly=True)

    assert not result["success"]
    assert any(problem in each[3] for each in told(result)), told(result)


def test_an_object_without_its_words_is_refused(org: OrgClient) -> None:
    files = {"package.xml": manifest(CustomObject="Bare__c"), "objects/Bare__c.object": f"<CustomObject {NAMESPACE}/>"}
    said = {each[3] for each in told(deployed(org, zipped(files)))}
    assert said == {
        f"Must specify a non-empty {name} for the CustomObject"
        for name in ("label", "pluralLabel", "nameField", "sharingModel")
    }


def test_what_is_no_zip_fails_as_a_whole(org: OrgClient) -> None:
    result = deployed(org, b"no zip")
    assert (result["status"], result["errorStatusCode"]) == ("Failed", "INVALID_ZIP_FILE")


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked() -> None:
    with pytest.raises(UnusableZip, match="larger than 1000 bytes"):
        read_upload(zipped({"package.xml": " " * 1_001}), largest_unpacked=1_000)


def test_a_zip_that_is_too_big_is_not_read(org: OrgClient) -> None:
    body, headers = form(b"")
    reply = org.call("POST", PATH, body, headers=headers | {"Content-Length": str(LARGEST_ZIP * 2)})
    assert (reply.status, reply.json[0]["errorCode"]) == (413, "LIMIT_EXCEEDED")


REFUSED_CALLS: Mapping[str, tuple[bytes | None, dict[str, object], int, str]] = {
    "without the zip": (None, {}, 400, "INVALID_MULTIPART_REQUEST"),
    "with a switch that is none": (b"", {"checkOnly": "yes"}, 400, "JSON_PARSER_ERROR"),
    "half a deployment": (b"", {"rollbackOnError": False}, 400, "INVALID_OPERATION"),
}


@pytest.mark.parametrize("case", REFUSED_CALLS)
def test_a_call_is_refused(case: str, org: OrgClient) -> None:
    content, options, status, code = REFUSED_CALLS[case]
    reply = send(org, content, **options)
    assert (reply.status, reply.json[0]["errorCode"]) == (status, code)


def test_who_is_not_signed_in_deploys_nothing(org: OrgClient) -> None:
    body, headers = form(b"")
    reply = org.call("POST", PATH, body, headers=headers | {"Authorization": "Bearer nobody"})
    assert (reply.status, reply.json[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_old_versions_have_no_deployments(org: OrgClient) -> None:
    body, headers = form(b"")
    reply = org.call("POST", f"/services/data/v48.0{PATH}", body, headers=headers)
    assert reply.status == 404


def test_a_deployment_that_has_ended_cannot_be_cancelled(org: OrgClient) -> None:
    result = deployed(org, lease(), checkOnly=True)
    reply = org.patch(f"{PATH}/{result['id']}", {"deployResult": {"status": "Canceling"}})
    assert (reply.status, reply.json[0]["errorCode"]) == (400, "INVALID_ID_FIELD")
    assert org.get(f"{PATH}/0AfDr0000009999KAA").status == 404
