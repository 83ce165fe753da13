"""From an auction's invoice to the books: judged, decided, posted once, retried, and what the truck brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from drawbar.connectors.quickbooks_desktop.settings import SYSTEM as DESKTOP
from drawbar.connectors.quickbooks_desktop.settings import CompanySettings, QuickBooksDesktopSettings
from drawbar.jobs.auction_invoice_edits import AuctionInvoiceEdits
from drawbar.jobs.auction_invoices import AUCTION_INVOICE
from drawbar.jobs.auction_postings import AuctionPostings
from drawbar.jobs.sales import SaleEdits
from drawbar.middleware.accounting.settings import AccountingSettings
from drawbar.middleware.auctions.settings import AuctionInvoiceSettings
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.remarketing.tables import remarketing_order
from drawbar.middleware.resale.sales_book import SalesBook
from drawbar.middleware.sync.inbox import Conflict
from drawbar.middleware.sync.pickup import Pickups
from drawbar.sandbox.leaseworks.delivery import prepare_root
from drawbar.sandbox.leaseworks.taking import take_imports, taken_rows
from tests.jobs.auction_house import RULES, Auction, requested, sent
from tests.jobs.books import serve_books
from tests.jobs.conftest import OpenWorld
from tests.jobs.office import with_imports
from tests.jobs.paper_book import PaperBook
from tests.jobs.people import AVERY, CASEY
from tests.jobs.test_resale import LENDER, notice, sell, title
from tests.jobs.yard import ACCOUNT, VEHICLE, Yard
from tests.mail_server import serve_mail

SHORT = {"work_order": f"{VEHICLE}-M001-W1", "gross": "30000.00", "net": "29349.99"}
"""Proceeds of which a cent is missing."""


@pytest.fixture
def yard(open_world: OpenWorld) -> Iterator[Yard]:
    with serve_books() as books, serve_mail() as mail:
        yard = Yard(open_world(), books, mail, **LENDER)
        at_auction(yard)
        yield yard


def at_auction(yard: Yard) -> None:
    """Let the truck be at an auction."""
    rules = AuctionInvoiceSettings.model_validate(RULES)
    yard.world.hub = replace(yard.world.hub, auction_invoices=rules)
    yard.world.org.change("Lease_Account__c", ACCOUNT, Payoff_Amount__c=41000)
    yard.truck(Disposition__c="REMARKETING")
    requested(yard)


@pytest.fixture
def auction(yard: Yard) -> Auction:
    return sellable(yard)


def ready(yard: Yard) -> Auction:
    at_auction(yard)
    return sellable(yard)


def sellable(yard: Yard) -> Auction:
    """Give an auction that may sell the truck: its title is clear, and the notice's days are over on the 13th."""
    title(yard, "Received", "Clear")
    notice(yard)
    yard.later(days=4)
    return Auction(yard)


@pytest.mark.spec("R16", "R18", "R20", "R21", "R22", "R14", "R07")
def test_an_invoice_is_judged_posted_once_and_stands_in_books_salesforce_and_leaseworks(auction: Auction) -> None:
    yard, org, company = auction.yard, auction.yard.world.org, auction.yard.books.vendor.company
    (received,) = auction.sends()
    number = received.invoice.number
    assert received.invoice.status == "APPROVED"
    assert auction.request().status == "INVOICING"
    yard.hear()
    shown = org.record("Auction_Invoice__c", number)
    assert (shown["Status__c"], shown["Actual_Net__c"], shown["Name"]) == ("APPROVED", 29350, "INV-9")

    for _ in range(2):
        auction.acts().post(number, AVERY)
        yard.hear("postings", "accounting-mail", "edits", "inbox", "deliver", "postings")

    (invoice,) = company.objects("Invoice")
    assert (invoice["TotalAmt"], invoice["TxnDate"]) == (Decimal(30000), "2026-03-16")
    assert sorted(each["TotalAmt"] for each in company.objects("Payment")) == [Decimal(650), Decimal(29350)]
    (bill,) = company.objects("Bill")
    assert (bill["TotalAmt"], bill["TxnDate"]) == (Decimal(400), "2026-03-16")
    assert org.record("Vehicle__c", VEHICLE)["Disposition__c"] == "SOLD"
    (sale,) = org.records("Sale__c").values()
    assert (sale["Status__c"], sale["Price__c"], sale["Net_Proceeds__c"]) == ("Accepted", 30000, 29350)
    assert (sale["Balance__c"], sale["Recovery_Percent__c"]) == (41000, -28.41)
    kept = auction.kept(number)
    assert auction.states(number) == [("sale", "POSTED"), ("expense", "POSTED")]
    assert (kept.status, kept.posted_at is not None) == ("APPROVED", True)
    assert [each.service for each in kept.by_hand] == ["SALE FEE"]
    assert (auction.request().status, auction.request().order.status) == ("COMPLETED", "COMPLETED")
    assert yard.world.letters() == []


@pytest.mark.spec("R17")
def test_the_same_invoice_again_is_the_first_one_and_another_under_its_reference_is_refused(auction: Auction) -> None:
    first, again = (auction.sends()[0] for _ in range(2))
    with pytest.raises(Conflict) as refused:
        auction.sends(sent(auction="another"))
    other = auction.sends(sent(external_reference="INV-10"))[0].invoice

    assert (first.again, again.again, again.invoice) == (False, True, first.invoice)
    assert (refused.value.code, refused.value.field) == ("DUPLICATE_REFERENCE", "external_reference")
    assert other.status == "REJECTED"
    assert [each.reason for each in other.rulings if each.verdict == "REJECTED"] == [
        *[f"stands in auction invoice {first.invoice.number} already"] * 2,
        f"its sale stands in auction invoice {first.invoice.number} already",
    ]
    assert auction.request().status == "INVOICING"


@pytest.mark.spec("R17", "R18", "R12")
def test_an_invoice_about_orders_of_others_is_refused_whole_and_one_about_a_closed_order_is_rejected(
    auction: Auction,
) -> None:
    for body, vendor in ((sent(order="WO-77"), "Auction House"), (sent(), "Other Auction")):
        with pytest.raises(NotThere, match=r"there is no work order .* of "):
            auction.sends(sent(external_reference="GOOD") | body, vendor=vendor)
    with auction.yard.world.hub.engine.begin() as connection:
        book = RemarketingBook(connection)
        request = book.get(f"{VEHICLE}-M001")
        book.change(replace(request, order=replace(request.order, status="CLOSED")))
    (received,) = auction.sends()

    assert received.invoice.status == "REJECTED"
    assert auction.request().status == "INVOICE REJECTED"
    with pytest.raises(RecordRejected, match="only an invoice that is APPROVED or IN PROCESS is posted"):
        auction.acts().post(received.invoice.number, AVERY)


@pytest.mark.spec("R19", "R07")
def test_a_person_with_the_right_decides_what_waits_once_and_a_rejection_says_why(auction: Auction) -> None:
    hub = auction.yard.world.hub
    auction.yard.world.hub = replace(hub, resale=hub.resale.model_copy(update={"approvers": (AVERY,)}))
    (waiting,) = auction.sends(sent(total_net="29349.99", proceeds=[SHORT]))
    number = waiting.invoice.number
    assert waiting.invoice.status == "FOR APPROVAL"

    for by, wanted, reason, code in (
        (CASEY, "APPROVED", "", "NO_RIGHT"), (AVERY, "REJECTED", "", "NO_REASON"),
        (AVERY, "IN PROCESS", "", "ILLEGAL_STEP"),
    ):  # fmt: skip
        with pytest.raises(RecordRejected) as refused:
            auction.acts().decide(number, wanted, by, reason)  # type: ignore[arg-type]
        assert refused.value.code == code
    rehearsed = auction.acts(rehearsal=True).decide(number, "APPROVED", AVERY, "a cent")
    done = [auction.acts().decide(number, "REJECTED", AVERY, "ask for the cent") for _ in range(2)]

    assert (rehearsed.invoice.status, auction.kept(number).decision) == ("APPROVED", done[0].invoice.decision)
    assert [each.again for each in done] == [False, True]
    assert auction.request().status == "INVOICE REJECTED"
    with pytest.raises(RecordRejected, match="is REJECTED, and cannot become APPROVED"):
        auction.acts().decide(number, "APPROVED", AVERY, "")
    (anew,) = auction.sends(sent(external_reference="INV-9a"))
    assert (anew.invoice.status, auction.request().status) == ("APPROVED", "INVOICING")


@pytest.mark.spec("R19", "R20", "R21", "R22")
def test_people_accept_and_post_in_salesforce_and_what_cannot_be_posted_is_told_there_and_posted_later(
    yard: Yard,
) -> None:
    auction, org = Auction(yard), yard.world.org
    notice(yard)
    yard.later(days=4)
    (waiting,) = auction.sends(sent(total_net="29349.99", proceeds=[SHORT]))
    number = waiting.invoice.number
    yard.hear()
    record_id = yard.id_of(AUCTION_INVOICE, number)
    rule = AuctionInvoiceEdits(yard.world.hub)
    yard.refused(AUCTION_INVOICE, "does not wait", Id=record_id, Decision__c="Accept", Decision_Confirmed__c=True,
                 Status__c="APPROVED")  # fmt: skip
    yard.change(AUCTION_INVOICE, record_id, by=AVERY, Decision__c="Accept", Decision_Reason__c="a cent")
    assert yard.tell(rule, record_id) == {"invoice": number}
    yard.change(AUCTION_INVOICE, record_id, by=AVERY, Decision_Confirmed__c=True)
    yard.hear()
    assert org.record(AUCTION_INVOICE, number)["Status__c"] == "APPROVED"
    yard.change(AUCTION_INVOICE, record_id, by=AVERY, Post_Asked__c="2026-03-17T11:00:00Z")
    yard.hear("postings", "deliver")

    shown = org.record(AUCTION_INVOICE, number)
    assert (shown["Status__c"], shown["Posted_At__c"]) == ("IN PROCESS", None)
    assert "the title is not requested, not clear" in shown["Transactions__c"]
    assert "SALE FEE on VH00000001: 250.00" in shown["Manual_Accounting__c"]
    assert auction.states(number) == [("sale", "FAILED"), ("expense", "POSTED")]
    assert [row["Transaction_Status__c"] for row in org.records("Auction_Invoice_Line__c").values()] == [
        "FAILED", "POSTED", None,
    ]  # fmt: skip
    assert (yard.books.numbers("Invoice"), org.records("Sale__c")) == ([], {})
    with pytest.raises(RecordRejected, match="its transactions decide"):
        auction.acts().decide(number, "REJECTED", AVERY, "no")

    title(yard, "Received", "Clear")
    yard.change(AUCTION_INVOICE, record_id, by=AVERY, Post_Asked__c="2026-03-17T12:00:00Z")
    yard.hear("postings", "deliver", "postings", "deliver")

    shown = org.record(AUCTION_INVOICE, number)
    assert (shown["Status__c"], shown["Decided_By__c"], shown["Posted_At__c"] is not None) == ("APPROVED", AVERY, True)
    assert auction.states(number) == [("sale", "POSTED"), ("expense", "POSTED")]
    assert len(yard.books.vendor.company.objects("Bill")) == 1
    assert org.record("Vehicle__c", VEHICLE)["Disposition__c"] == "SOLD"


@pytest.mark.spec("R21", "R22")
def test_what_quickbooks_refuses_is_told_on_the_invoice_and_posted_again_alone(auction: Auction) -> None:
    yard, company = auction.yard, auction.yard.books.vendor.company
    with yard.world.hub.engine.begin() as connection:
        connection.execute(update(remarketing_order).values(vendor="New Auction"))
    (received,) = auction.sends(vendor="New Auction")
    number = received.invoice.number
    auction.acts().post(number, AVERY)
    yard.world.run("postings")
    assert auction.states(number) == [("sale", "QUEUED"), ("expense", "FAILED")]
    assert auction.kept(number).status == "IN PROCESS"
    assert "New Auction" in auction.kept(number).failed[0].error

    company.write("Vendor", {"DisplayName": "New Auction"})
    assert auction.acts().post(number, AVERY).status == "APPROVED"
    for job in ("postings", "deliver", "postings"):
        yard.world.run(job)

    assert auction.states(number) == [("sale", "POSTED"), ("expense", "POSTED")]
    assert [len(company.objects(each)) for each in ("Invoice", "Payment", "Bill")] == [1, 2, 1]
    assert yard.world.letters() == []
    assert auction.request().status == "COMPLETED"


@pytest.mark.spec("R20")
def test_reversing_a_posted_transaction_changes_neither_the_invoice_nor_the_request(auction: Auction) -> None:
    yard, company = auction.yard, auction.yard.books.vendor.company
    (received,) = auction.sends()
    auction.acts().post(received.invoice.number, AVERY)
    for job in ("postings", "deliver", "postings"):
        yard.world.run(job)
    before = auction.kept(received.invoice.number)
    (bill,) = company.objects("Bill")
    company.delete("Bill", bill)
    for job in ("quickbooks", "postings"):
        yard.world.run(job)

    assert (before.posted_at is not None, auction.kept(before.number)) == (True, before)
    assert auction.request().status == "COMPLETED"


@pytest.mark.spec("R22")
def test_a_sale_at_the_auction_that_a_rep_has_entered_already_is_the_sale_of_the_invoice(auction: Auction) -> None:
    yard = auction.yard
    yard.tell(SaleEdits(yard.world.hub), sell(yard))
    (received,) = auction.sends()
    auction.acts().post(received.invoice.number, AVERY)
    for job in ("deliver", "postings", "deliver", "postings"):
        yard.world.run(job)

    assert auction.states(received.invoice.number) == [("sale", "POSTED"), ("expense", "POSTED")]
    (invoice,) = yard.books.vendor.company.objects("Invoice")
    assert (invoice["TotalAmt"], len(yard.world.org.records("Sale__c"))) == (Decimal(30150), 1)
    assert len(yard.books.vendor.company.objects("Payment")) == 2


@pytest.mark.spec("R20", "R21", "R22")
def test_leaseworks_is_told_of_sale_and_charge_by_import_and_what_it_rejects_is_posted_again(
    open_world: OpenWorld, tmp_path: Path
) -> None:
    folder = tmp_path / "lw"
    prepare_root(folder)
    with serve_books() as books, serve_mail() as mail:
        yard = Yard(open_world(leaseworks=with_imports(folder), files=folder), books, mail, **LENDER)
        auction = ready(yard)
        (received,) = auction.sends()
        number = received.invoice.number
        auction.acts().post(number, AVERY)
        exchange(yard, "deliver", "postings")
        exchange(yard, "postings", "deliver")
        rejected = auction.kept(number)
        states = auction.states(number)

        book = PaperBook(folder, date(2026, 3, 17))
        book.put("accounts", ACCOUNT)
        book.put("vehicles", VEHICLE, ACCT_NO=ACCOUNT)
        book.deliver()
        auction.acts().post(number, AVERY)
        for _ in range(2):
            exchange(yard, "deliver", "postings")
        taken = taken_rows(folder)

    assert states == [("sale", "FAILED"), ("expense", "FAILED")]
    assert rejected.status == "IN PROCESS"
    assert all("there is no account LW1" in each.error for each in rejected.postings)
    assert auction.states(number) == [("sale", "POSTED"), ("expense", "POSTED")]
    assert auction.kept(number).status == "APPROVED"
    (charge,) = taken["charges"].values()
    assert (charge["CHARGE_NO"], charge["SERVICE"], charge["AMOUNT"]) == (f"{number}-2", "TRANSPORT", "400.00")
    assert (charge["ACCT_NO"], charge["CHARGED_DT"], len(taken["sales"])) == (ACCOUNT, "03/16/2026", 1)
    assert [len(books.vendor.company.objects(each)) for each in ("Invoice", "Bill")] == [1, 1]


def exchange(yard: Yard, *jobs: str) -> None:
    """Send an import, let LeaseWorks answer it, and read the answer; then let other jobs follow."""
    yard.world.run("leaseworks-import")
    take_imports(yard.world.files, yard.world.clock())
    for job in ("leaseworks-import", *jobs):
        yard.world.run(job)


@pytest.mark.spec("R21", "R22")
def test_a_company_file_of_quickbooks_desktop_takes_the_bills_alone_and_what_it_refuses_waits_anew(
    auction: Auction, tmp_path: Path
) -> None:
    hub, rules = auction.yard.world.hub, tmp_path / "rules.toml"
    default = files("drawbar.middleware.accounting").joinpath("default_rules.toml").read_text(encoding="utf-8")
    rules.write_text(f'{default}\n[companies.01]\nbooks = "files"\n', encoding="utf-8")
    company = CompanySettings(user="files", password=SecretStr("a long password"))
    auction.yard.world.hub = replace(
        hub, accounting=AccountingSettings(rules_file=rules),
        quickbooks_desktop=QuickBooksDesktopSettings(companies={"files": company}),
    )  # fmt: skip
    (received,) = auction.sends()
    number = received.invoice.number
    auction.acts().post(number, AVERY)
    first = auction.kept(number)
    picked_up(auction, RecordRejected("there is no vendor", code="3140"))
    refused = [each.error for each in auction.kept(number).postings]
    auction.acts().post(number, AVERY)
    again = auction.states(number)
    picked_up(auction, None)

    assert [(each.kind, each.state) for each in first.postings] == [("sale", "FAILED"), ("expense", "QUEUED")]
    assert "QuickBooks Desktop takes bills from Drawbar, and no invoice" in refused[0]
    assert refused[1] == "bill AF-40fee919a9dd: there is no vendor"
    assert again == [("sale", "FAILED"), ("expense", "QUEUED")]
    assert auction.states(number) == [("sale", "FAILED"), ("expense", "POSTED")]
    with reading(hub.engine) as connection:
        assert SalesBook(connection).sale_of(VEHICLE) is None


def picked_up(auction: Auction, refused: RecordRejected | None) -> None:
    """Let a company file fetch the bill that waits, and take it or not; then look what has become of it."""
    hub = auction.yard.world.hub
    now = hub.clock()
    with hub.engine.begin() as connection:
        pickups = Pickups(connection, DESKTOP)
        visit = pickups.visit(str(pickups.open_visit("files", now)), now)
        task = pickups.next("files", now)
        assert visit is not None
        assert task is not None
        pickups.ask(task, visit, "add bill", {}, now)
        asked = pickups.asked(visit)
        assert asked is not None
        pickups.fail(asked, visit, refused, now) if refused else pickups.done(asked, visit, "1-1", now)
        pickups.close_visit(visit, now)
        assert AuctionPostings(hub, connection, "look-1", now).look() == 1
