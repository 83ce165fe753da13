"""Work orders from Salesforce to Accounting and into the books."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from drawbar.jobs.work_order_edits import WorkOrderEdits
from drawbar.jobs.work_orders import WORK_ORDER
from tests.jobs.books import Books, serve_books
from tests.jobs.conftest import OpenWorld
from tests.jobs.yard import AVERY, VEHICLE, Yard
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
    given = {
        "Kind__c": "Transport", "Vehicle__c": yard.id_of("Vehicle__c", VEHICLE), "Vendor__c": "Transport Carriers",
        "Amount__c": 412.5, "Reference__c": "TC-77", "Done_Date__c": "2026-03-01",
    }  # fmt: skip
    return yard.create(WORK_ORDER, **(given | fields))


@pytest.mark.spec("P18", "P21")
def test_an_approved_order_goes_to_accounting_by_mail_and_to_quickbooks_as_a_bill_each_once(yard: Yard) -> None:
    rule = WorkOrderEdits(yard.world.hub)
    record_id = order(yard)
    assert yard.tell(rule, record_id) == {"work_order": "WO-000001", "status": "Open"}
    assert yard.books.numbers("Bill") == []

    yard.change(WORK_ORDER, record_id, by=AVERY, Decision__c="Approved")
    yard.tell(rule, record_id)
    for _ in range(2):
        assert yard.world.run("accounting-mail").state == "succeeded"
        assert yard.world.run("postings").state == "succeeded"
        assert yard.world.run("deliver").state == "succeeded"
        told = yard.tell(rule, record_id)
        assert told == {"work_order": "WO-000001", "status": "Approved", "changed": False}

    ((recipients, letter),) = yard.mail.letters
    assert recipients == ("accounting@lender.example",)
    assert letter["Message-ID"] == "<WO-000001@lender.example>"
    (paper,) = letter.iter_attachments()
    assert (paper.get_filename(), paper.get_content()[:5]) == ("WO-000001.pdf", b"%PDF-")
    (bill,) = yard.books.vendor.company.objects("Bill")
    assert (bill["DocNumber"], bill["TotalAmt"], bill["TxnDate"]) == ("WO-000001", Decimal("412.5"), "2026-03-01")
    (attached,) = yard.books.vendor.company.objects("Attachable")
    assert attached["AttachableRef"] == [{"EntityRef": {"type": "Bill", "value": bill["Id"]}}]
    assert yard.books.vendor.company.attachments[attached["Id"]] == paper.get_content()
    shown = yard.world.org.record(WORK_ORDER, "WO-000001")
    assert (shown["Status__c"], shown["Decided_By__c"]) == ("Approved", AVERY)
    assert yard.world.letters() == []
