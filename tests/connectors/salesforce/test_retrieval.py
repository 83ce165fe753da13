"""What a retrieval shows is compared with the package; zips of an org are read within bounds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import drawbar
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.errors import SalesforceStopped
from drawbar.connectors.salesforce.metadata import unzipping
from drawbar.connectors.salesforce.metadata.archive import Archive, pack, read_sources
from drawbar.connectors.salesforce.metadata.file_comparison import compare_files, compared_members
from drawbar.connectors.salesforce.metadata.markup import NAMESPACE
from drawbar.connectors.salesforce.metadata.org_parts import HubPlace, org_parts
from drawbar.connectors.salesforce.metadata.unzipping import read_zip
from drawbar.connectors.salesforce.retrieval import Retriever
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.middleware.retry import Clocks
from drawbar.middleware.settings import Secret
from drawbar.sandbox.app import LocalOrg, OrgOptions
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.seeds import DEFAULT_USERNAME
from drawbar.sandbox.source import SALESFORCE, load_schema
from tests.sandbox.local_server import serve

PACKAGE = Path(drawbar.__path__[0]).resolve() / "salesforce"
RULE = "ValidationRule Vehicle__c.Market_Value_Not_Negative"
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def archive() -> Archive:
    (packed,) = pack(read_sources(PACKAGE), "67.0")
    return packed


@pytest.fixture(scope="module")
def files(archive: Archive) -> Files:
    return read_zip(archive.content)


def changed(files: Files, path: str, old: str, new: str) -> Files:
    """Give the files of an org in which one text stands otherwise."""
    content = files[path].decode()
    assert old in content
    return {**files, path: content.replace(old, new, 1).encode()}


CHANGES = {
    "a component": (
        "lwc/readings/readings.js", "?? null", "?? 0", "lwc/readings/readings.js", "the org has another text",
    ),
    "a rule": (
        "objects/Vehicle__c.object", "must not be below zero", "may be what it will", RULE, "errorMessage: the package",
    ),
    "an action": (
        "quickActions/Vehicle__c.Send_To_Auction.quickAction", ">REMARKETING<", ">SOLD<",
        "quickActions/Vehicle__c.Send_To_Auction.quickAction", "the package has REMARKETING, the org has SOLD",
    ),
    "a page": (
        "flexipages/Vehicle_Record_Page.flexipage", ">c:vehicleMap<", ">c:map<",
        "flexipages/Vehicle_Record_Page.flexipage", "the org lacks",
    ),
    "a report": (
        "reports/Drawbar/Post_Sale.report", ">Account_Review__c.Debt__c<", ">Account_Review__c.Name<",
        "reports/Drawbar/Post_Sale.report", "columns: the org lacks Sum Account_Review__c.Debt__c",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_the_org_says_otherwise_is_named(what: str, files: Files) -> None:
    path, old, new, name, detail = CHANGES[what]

    (found,) = compare_files({path: files[path]}, changed(files, path, old, new))

    assert (found.kind, found.what) == ("different", name)
    assert detail in found.detail


def test_what_the_org_lacks_is_named_and_what_it_says_besides_is_no_difference(files: Files) -> None:
    path = "tabs/Sale__c.tab"
    more = changed(files, path, "</CustomTab>", "<hasSidebar>false</hasSidebar></CustomTab>")
    less = {name: content for name, content in files.items() if name != path}

    assert compare_files({path: files[path]}, more) == []
    assert [(each.kind, each.what) for each in compare_files(files, less)] == [("missing", path)]
    vehicle = "objects/Vehicle__c.object"
    renamed = changed(files, vehicle, "Market_Value_Not_Negative", "Other")
    assert [(each.kind, each.what) for each in compare_files({vehicle: files[vehicle]}, renamed)] == [("missing", RULE)]


def test_what_the_package_says_twice_the_org_has_to_say_twice() -> None:
    path, element = "tabs/Sale__c.tab", "<description>Sales</description>"
    once, twice = (f'<CustomTab xmlns="{NAMESPACE}">{element * count}</CustomTab>'.encode() for count in (1, 2))

    (found,) = compare_files({path: twice}, {path: once})

    assert (found.kind, found.detail) == ("different", "CustomTab/description: the org lacks Sales")
    assert compare_files({path: twice}, {path: twice}) == compare_files({path: once}, {path: twice}) == []


def test_what_the_org_gives_that_is_no_metadata_is_told(files: Files) -> None:
    (found,) = compare_files({"tabs/Sale__c.tab": files["tabs/Sale__c.tab"]}, {"tabs/Sale__c.tab": b"<tab"})

    assert (found.kind, found.detail) == ("different", "the org has no XML there")


def test_a_flow_that_somebody_has_activated_is_the_same_flow() -> None:
    place = HubPlace("https://hub.example/outbound", "drawbar@example.com", active=False)
    draft = pack(list(org_parts(place)), "67.0")[-1]
    active = pack(list(org_parts(replace(place, active=True))), "67.0")[-1]

    assert draft.content != active.content
    assert compare_files(read_zip(draft.content), read_zip(active.content)) == []


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    """Retrievals from an org that has the package."""
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    local = LocalOrg(tmp_path_factory.mktemp("org"), load_schema(), client, options=OrgOptions(project=SALESFORCE))
    with serve(local.app, local.connections) as port:
        settings = SalesforceSettings(
            login_url=f"http://127.0.0.1:{port}", auth="client_credentials", client_id="client",
            client_secret=Secret("secret"),
        )  # fmt: skip
        yield Retriever(SalesforceClient(settings), Clocks(), 30.0)
    local.close()


def test_an_org_that_has_the_package_gives_it_back(retriever: Retriever, archive: Archive, files: Files) -> None:
    held = retriever.retrieve(compared_members(archive.members))

    assert compare_files(files, held) == []
    assert "reports/Drawbar/Post_Sale.report" in held


def test_what_the_org_does_not_have_is_left_out(retriever: Retriever) -> None:
    assert retriever.retrieve({"Report": ("Drawbar/Nothing",)}) == {}


def test_a_fault_is_told_by_its_code_and_without_the_session(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    soap = retriever.client.soap
    monkeypatch.setattr(
        retriever.client, "soap", lambda api, envelope: soap(api, lambda _session: envelope("00Dnobody"))
    )

    with pytest.raises(SalesforceStopped, match="INVALID_SESSION_ID") as refused:
        retriever.retrieve({"Report": ("Drawbar/Post_Sale",)})

    assert "00Dnobody" not in str(refused.value)


def zipped(content: bytes, count: int = 1) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(count):
            packed.writestr(f"../../etc/{number}", content)
    return held.getvalue()


def test_a_zip_is_read_in_memory_and_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unzipping, "MOST_FILES", 3)
    monkeypatch.setattr(unzipping, "LARGEST_FILE", 1_000)
    monkeypatch.setattr(unzipping, "LARGEST_WHOLE", 1_500)

    assert read_zip(zipped(b"x")) == {"../../etc/0": b"x"}
    for content, reason in (
        (zipped(b"0" * 1_001), "larger than the 1,000 bytes"),
        (zipped(b"0" * 900, 2), "larger than the 600 bytes"),
        (zipped(b"x", 4), "has 4 files"),
        (b"PK and nothing", "BadZipFile"),
    ):
        with pytest.raises(ValueError, match=reason):
            read_zip(content)
