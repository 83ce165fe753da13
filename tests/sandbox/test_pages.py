"""The org in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.seeds import DEFAULT_USERNAME
from drawbar.sandbox.source import load_schema
from tests.sandbox.conftest import START
from tests.sandbox.org_client import Clock, OrgClient, Reply, call_app


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrgClient]:
    """Drawbar's own org with one delinquent account."""
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    local = LocalOrg(tmp_path_factory.mktemp("book"), load_schema(), client, clock=Clock(START))
    org = OrgClient(local)
    org.create("Account", Name="Ruiz <Hauling>", LeaseWorks_Id__c="LS1")
    account = org.create(
        "Lease_Account__c",
        Name="LW00001234",
        LeaseWorks_Id__c="LW00001234",
        Lessee__r={"LeaseWorks_Id__c": "LS1"},
        Days_Past_Due__c=37,
        Past_Due_Amount__c=1234.5,
        Next_Due_Date__c="2026-03-15",
        Last_Synced__c="2026-03-02T05:30:00Z",
    )
    for number in range(12):
        org.create(
            "Payment__c",
            LeaseWorks_Id__c=f"P{number}",
            Lease_Account__c=account,
            Amount__c=100 + number,
            Effective_Date__c=f"2026-02-{number + 1:02}",
        )
    org.create(
        "Promise_To_Pay__c", Promise_Key__c="K1", Lease_Account__c=account, Status__c="Broken", Amount__c=500,
        Promised_Date__c="2026-02-20",
    )  # fmt: skip
    org.create("Case", Subject="Behind", Lease_Account__c=account)
    yield org
    local.close()


def page(org: OrgClient, path: str, client: str = "127.0.0.1") -> Reply:
    return call_app(org.local.app, "GET", path, client=client)


class _Resources(HTMLParser):
    """Collects what a browser would fetch, and what it would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"link", "script", "img", "iframe", "style"}:
            self.found += [f"{tag} {value}" for name, value in attrs if name in {"href", "src"}] or [tag]


def test_an_account_is_found_by_its_leaseworks_number(book: OrgClient) -> None:
    answer = page(book, "/account/LW00001234")
    assert answer.status == 200
    for text in ("LW00001234", "37", "$1,234.50", "Mar 15, 2026", "Last synced Mar 2, 2026, 05:30 UTC"):
        assert text in answer.text
    assert answer.text.index("Delinquency</h2>") < answer.text.index("Payments and balance</h2>")


def test_it_shows_what_hangs_on_the_account(book: OrgClient) -> None:
    text = page(book, "/account/LW00001234").text
    for title in ("Vehicles", "Cases", "Promises to Pay", "Payments", "Collection Notes", "Sync Errors"):
        assert f"<h2>{title} " in text
    assert "Broken" in text
    assert "View all 12" in text
    assert text.index("Feb 12, 2026") < text.index("Feb 11, 2026")
    assert "Feb 2, 2026" not in text


def test_names_are_text_and_lead_to_their_records(book: OrgClient) -> None:
    text = page(book, "/account/LW00001234").text
    assert "Ruiz &lt;Hauling&gt;</a>" in text
    assert "<Hauling>" not in text


def test_a_case_is_found_by_its_number_and_every_record_by_its_id(book: OrgClient) -> None:
    assert "Behind" in page(book, "/case/00001000").text
    account = str(book.local.org.read('SELECT "Id" FROM "Account"')[0][0])
    view = f"/lightning/r/Account/{account}/view"
    assert page(book, view).status == 200
    short = page(book, f"/{account[:15]}")
    assert (short.status, short.headers["location"]) == (307, view)


def test_the_list_of_payments_goes_on_from_page_to_page(book: OrgClient) -> None:
    answer = page(book, "/lightning/o/Payment__c/list?start=10")
    assert "Feb 2, 2026" in answer.text
    assert "Feb 12, 2026" not in answer.text
    assert "start=0" in answer.text


def test_a_related_list_is_that_of_its_record(book: OrgClient) -> None:
    answer = page(book, "/lightning/o/Payment__c/list?by=Lease_Account__c&id=avC000000000000AAA")
    assert "None." in answer.text


@pytest.mark.parametrize("text", ["LW0000", "lw00001234", "ruiz", "Haul", "00001000"])
def test_a_search_finds_names_and_keys(book: OrgClient, text: str) -> None:
    assert "/lightning/r/" in page(book, f"/?q={text}").text


@pytest.mark.parametrize("text", ["x", "%25%25", "__________", "nobody"])
def test_a_search_for_something_else_finds_nothing(book: OrgClient, text: str) -> None:
    assert "/lightning/r/" not in page(book, f"/?q={text}").text


def test_a_search_that_is_markup_stays_text(book: OrgClient) -> None:
    text = page(book, "/?q=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    "path", ["/account/LW9", "/case/1", "/nothing", "/lightning/o/Nope__c/list", "/lightning/r/Account/x/view"]
)
def test_what_is_not_there_is_told_in_a_page(book: OrgClient, path: str) -> None:
    answer = page(book, path)
    assert answer.status == 404
    assert "Not found" in answer.text


@pytest.mark.parametrize("path", ["/", "/account/LW00001234", "/lightning/o/Case/list", "/nothing"])
def test_pages_fetch_nothing_but_their_style_and_run_nothing(book: OrgClient, path: str) -> None:
    answer = page(book, path)
    assert _Resources(answer.text).found == ["link /pages/style.css"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_pages_answer_only_on_loopback_and_only_read(book: OrgClient) -> None:
    assert page(book, "/", client="192.0.2.1").status == 403
    assert call_app(book.local.app, "POST", "/").status == 405


def test_the_style_is_served(book: OrgClient) -> None:
    answer = page(book, "/pages/style.css")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
