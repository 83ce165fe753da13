"""Work orders from Salesforce to Accounting and into the books."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from drawbar.jobs.work_order_edits import WorkOrderEdits
from drawbar.jobs.work_orders import WORK_ORDER, WorkOrderDesk
from drawbar.mappings.resale_work_order import SourcedWorkOrder
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.mail import Mailer
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.work_orders import Decision, WorkOrder
from drawbar.sandbox.faults import Fault
from tests.jobs.books import Books, serve_books
from tests.jobs.conftest import OpenWorld
from tests.jobs.people import AVERY, CASEY
from tests.jobs.yard import ACCOUNT, VEHICLE, Yard
from tests.mail_server import MailServer, serve_mail


@pytest.fixture(scope="module")
def served_mail() -> Iterator[MailServer]:
    with serve_mail() as served:
        yield served


@pytest.fixture
def mail(served_mail: MailServer) -> MailServer:
    served_mail.empty()
    return served_mail


@pytest.fixture
def books() -> Iterator[Books]:
    with serve_books() as served:
        yield served


@pytest.fixture
def yard(open_world: OpenWorld, books: Books, mail: MailServer) -> Yard:
    return Yard(open_world(), books, mail)


def order(yard: Yard, **fields: Any) -> str:
    """Make an order as Casey does in Salesforce; gives its id there."""
    given: dict[str, Any] = {
        "Kind__c": "Transport", "Vehicle__c": yard.id_of("Vehicle__c", VEHICLE), "Vendor__c": "Transport Carriers",
        "Amount__c": 412.5, "Reference__c": "TC-77", "Done_Date__c": "2026-03-01",
    }  # fmt: skip
    return yard.create(WORK_ORDER, **(given | fields))


def approved(yard: Yard, number: str, **fields: Any) -> None:
    """Have an order made by the hub and approved, without a detour over Salesforce."""
    given: dict[str, Any] = {
        "kind": "Repair", "vehicle": VEHICLE, "account": ACCOUNT, "vendor": "FleetRock Repairs",
        "amount": Decimal("100.00"),
    }  # fmt: skip
    now = yard.world.hub.clock()
    made = WorkOrder(number=number, **(given | fields))
    with yard.world.hub.engine.begin() as connection:
        desk = WorkOrderDesk(yard.world.hub, connection, "run-1", now)
        desk.open(SourcedWorkOrder(made, "FleetRock", now))
        desk.decide(number, Decision("Approved", AVERY, now), actor="test")


@pytest.mark.spec("P18", "P21")
def test_an_approved_order_goes_to_accounting_by_mail_and_to_quickbooks_as_a_bill_each_once(yard: Yard) -> None:
    record_id = order(yard)
    yard.hear()
    number = yard.name_of(WORK_ORDER, record_id)
    shown = yard.world.org.record(WORK_ORDER, number)
    assert (shown["Status__c"], shown["Source_System__c"], yard.books.numbers("Bill")) == ("Open", "Salesforce", [])

    yard.change(WORK_ORDER, record_id, by=AVERY, Decision__c="Approved")
    for _ in range(2):
        yard.hear("accounting-mail", "postings")
        yard.tell(WorkOrderEdits(yard.world.hub), record_id)

    ((recipients, letter),) = yard.mail.letters
    assert recipients == ("accounting@lender.example",)
    assert letter["Message-ID"] == f"<{number}@lender.example>"
    (paper,) = letter.iter_attachments()
    assert (paper.get_filename(), paper.get_content()[:5]) == (f"{number}.pdf", b"%PDF-")
    (bill,) = yard.books.vendor.company.objects("Bill")
    assert (bill["DocNumber"], bill["TotalAmt"], bill["TxnDate"]) == (number, Decimal("412.5"), "2026-03-01")
    (attached,) = yard.books.vendor.company.objects("Attachable")
    assert attached["AttachableRef"] == [{"EntityRef": {"type": "Bill", "value": bill["Id"]}}]
    assert yard.books.vendor.company.attachments[attached["Id"]] == paper.get_content()
    shown = yard.world.org.record(WORK_ORDER, number)
    assert (shown["Status__c"], shown["Decided_By__c"]) == ("Approved", AVERY)
    assert yard.world.letters() == []


@pytest.mark.spec("P21", "P30")
def test_a_bill_that_is_refused_is_replayed_without_a_second_letter_and_its_paper_follows(yard: Yard) -> None:
    approved(yard, "FR-1", vendor="New Shop")
    yard.world.run("accounting-mail")
    assert yard.world.run("postings").state == "incomplete"
    letters = {letter.failure.object: letter.id for letter in yard.world.letters()}
    assert letters.keys() == {"Bill", "Attachable"}

    yard.books.vendor.company.write("Vendor", {"DisplayName": "New Shop"})
    (replayed,) = yard.world.replay().replay([letters["Bill"]])
    assert yard.world.run(replayed.job).state == "succeeded"
    yard.world.run("accounting-mail")

    assert yard.books.numbers("Bill") == ["FR-1"]
    assert [each["FileName"] for each in yard.books.vendor.company.objects("Attachable")] == ["FR-1.pdf"]
    assert len(yard.mail.letters) == 1
    assert yard.world.letters() == []


@pytest.mark.spec("P21", "P30")
def test_a_letter_that_is_refused_is_replayed_without_a_second_bill(yard: Yard) -> None:
    approved(yard, "FR-1")
    yard.mail.reply = "554 no thanks"
    assert yard.world.run("accounting-mail").state == "incomplete"
    yard.world.run("postings")
    (letter,) = yard.world.letters()
    assert (letter.failure.object, letter.failure.key, letter.failure.code) == (WORK_ORDER, "FR-1", "REFUSED")

    yard.mail.reply = ""
    (replayed,) = yard.world.replay().replay([letter.id])
    assert (replayed.job, yard.world.run(replayed.job).state) == ("accounting-mail", "succeeded")
    yard.world.run("postings")

    assert yard.mail.subjects() == ["Work order FR-1 approved: 100.00 US dollars to FleetRock Repairs"]
    (bill,) = yard.books.vendor.company.objects("Bill")
    assert bill["SyncToken"] == "0"


@pytest.mark.fault(12)
def test_papers_are_attached_once_though_every_answer_is_lost(yard: Yard) -> None:
    approved(yard, "FR-1")
    yard.books.faults.arm(Fault(kind="reset-after", path="/v3/company/*/upload", times=2))

    assert yard.world.run("postings").state == "succeeded"

    assert len(yard.books.vendor.company.objects("Attachable")) == 1


def test_a_mail_server_that_is_gone_pauses_the_run_and_the_letter_waits(yard: Yard) -> None:
    approved(yard, "FR-1")
    hub = yard.world.hub
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = hub.mail().settings.model_copy(update={"port": nobody.getsockname()[1]})
        yard.world.hub = replace(hub, mailer=Mailer(gone))
        assert yard.world.run("accounting-mail").state == "paused"
    yard.world.hub = hub

    assert yard.world.run("accounting-mail").state == "succeeded"
    assert len(yard.mail.letters) == 1


@pytest.mark.spec("P21", "P30")
def test_who_may_not_approve_is_told_so_on_the_order_and_nothing_is_paid(yard: Yard) -> None:
    rule = WorkOrderEdits(yard.world.hub)
    large, small = order(yard, Amount__c=900), order(yard, Amount__c=500)
    for record_id in (large, small):
        yard.change(WORK_ORDER, record_id, by=CASEY, Decision__c="Approved")

    with pytest.raises(RecordRejected, match=f"made by {CASEY}, who approves his own orders only up to 500.00"):
        yard.tell(rule, large)
    yard.hear("accounting-mail")

    (error,) = yard.world.org.records("Sync_Error__c").values()
    assert (error["Error_Code__c"], error["Object__c"]) == ("OWN_ORDER", WORK_ORDER)
    assert error["Asset_Work_Order__c"] == large
    assert yard.mail.subjects() == [
        f"Work order {yard.name_of(WORK_ORDER, small)} approved: 500.00 US dollars to Transport Carriers"
    ]


def test_a_change_after_the_approval_is_refused_by_field(yard: Yard) -> None:
    rule = WorkOrderEdits(yard.world.hub)
    record_id = order(yard)
    yard.change(WORK_ORDER, record_id, by=AVERY, Decision__c="Approved")
    yard.tell(rule, record_id)

    yard.change(WORK_ORDER, record_id, Amount__c=1)
    with pytest.raises(RecordRejected) as refused:
        yard.tell(rule, record_id)
    yard.change(WORK_ORDER, record_id, Amount__c=412.5, Decision__c="Rejected")
    with pytest.raises(RecordRejected, match="is approved since"):
        yard.tell(rule, record_id)

    assert (refused.value.field, refused.value.code) == ("Amount__c", "DECIDED")
    with yard.world.hub.engine.connect() as connection:
        assert WorkOrderBook(connection).get(yard.name_of(WORK_ORDER, record_id)).order.amount == Decimal("412.50")
