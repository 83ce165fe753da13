"""From the hub into the books: the ledger of a LeaseWorks delivery, bills, failures that people see, changes there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from drawbar.connectors.quickbooks_online.changes import ChangedObject
from drawbar.jobs.books import Books as Ledgers
from drawbar.jobs.quickbooks import HINTED, keep
from drawbar.middleware.accounting.posting import entry_of
from drawbar.middleware.accounting.records import AccountingEvent
from drawbar.middleware.accounting.rules import load_rules
from drawbar.middleware.sync.inbox import Inbox, Message
from drawbar.middleware.sync.tables import landed_row
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.quickbooks.vendor import REALM
from tests.jobs.books import FIRST_TOKEN, Books, serve_books
from tests.jobs.conftest import OpenWorld, small_book
from tests.jobs.world import World

RULES = load_rules(None)


@pytest.fixture
def books() -> Iterator[Books]:
    with serve_books() as served:
        yield served


@pytest.fixture
def lender(open_world: OpenWorld, books: Books) -> Callable[..., World]:
    """Open a hub that is connected to the company."""

    def opened(**changes: Any) -> World:
        world = open_world(**changes)
        books.connect(world)
        world.hub.books().connect(FIRST_TOKEN, now=world.hub.clock())
        return world

    return opened


def post(world: World, key: str, total: str = "412.50", party: str = "FleetRock Repairs") -> None:
    told = AccountingEvent("repair_bill", key, date(2026, 3, 1), {"total": Decimal(total)}, party=party)
    with world.hub.engine.begin() as connection:
        Ledgers(world.hub, connection, "run-1", world.hub.clock()).queue([entry_of(RULES, told)])


@pytest.mark.spec("P24")
def test_the_ledger_summary_of_a_delivery_is_posted_balanced_and_once(
    lender: Callable[..., World], books: Books
) -> None:
    world = lender(accounting={"gl_from": date(2026, 3, 1)})
    book = small_book(world)
    book.put("gl_summary", "GL1", POSTED_DT="03/02/2026", GL_ACCT="1010", DEBIT="9.99", CREDIT="0.00")
    book.put("gl_summary", "GL2", POSTED_DT="03/02/2026", GL_ACCT="1200", DEBIT="0.00", CREDIT="9.99")
    book.put("gl_summary", "GL3", POSTED_DT="03/01/2026", GL_ACCT="1010", DEBIT="5.00", CREDIT="0.00")
    book.deliver()
    world.run()

    first, second = world.run("postings"), world.run("postings")

    assert (first.state, first.summary["delivered"]["objects"]["JournalEntry"]["created"]) == ("incomplete", 1)
    assert second.summary["gl_summary"]["unchanged"] == 1
    assert second.summary["delivered"]["objects"] == {}
    (entry,) = books.vendor.company.objects("JournalEntry")
    assert {line["JournalEntryLineDetail"]["PostingType"]: line["Amount"] for line in entry["Line"]} == {
        "Debit": Decimal("9.99"), "Credit": Decimal("9.99"),
    }  # fmt: skip
    (refused,) = world.letters(object_name="GL Summary")
    assert "debits of 5.00 do not equal credits of 0.00" in refused.failure.message


@pytest.mark.spec("P21")
@pytest.mark.fault(12)
def test_bills_are_posted_once_though_every_second_answer_is_lost(lender: Callable[..., World], books: Books) -> None:
    world = lender()
    for number in range(12):
        post(world, f"WO-{number}")
    books.faults.arm(Fault(kind="reset-after", path="/v3/company/*/bill", times=None, probability=0.5, seed=7))

    run = world.run("postings")

    assert run.state == "succeeded"
    assert books.numbers("Bill") == sorted(f"WO-{number}" for number in range(12))


@pytest.mark.spec("P21", "P30")
def test_a_refused_bill_is_shown_in_salesforce_and_posted_once_its_vendor_is_there(
    lender: Callable[..., World], books: Books
) -> None:
    world = lender()
    post(world, "WO-1", party="New Shop")
    post(world, "WO-2")
    run = world.run("postings")
    assert (run.state, books.numbers("Bill")) == ("incomplete", ["WO-2"])
    world.run("deliver")
    shown = [row["Message__c"] for row in world.org.records("Sync_Error__c").values()]
    assert shown == ["there is no active vendor 'New Shop' in QuickBooks"]

    books.vendor.company.write("Vendor", {"DisplayName": "New Shop"})
    (letter,) = world.letters()
    (replayed,) = world.replay().replay([letter.id])
    assert (replayed.queued, replayed.job) == (True, "postings")
    assert world.run(replayed.job).state == "succeeded"

    assert books.numbers("Bill") == ["WO-1", "WO-2"]
    world.run("deliver")
    assert world.org.records("Sync_Error__c") == {}


def test_the_same_event_again_is_not_posted_again_and_a_corrected_one_changes_the_bill(
    lender: Callable[..., World], books: Books
) -> None:
    world = lender()
    post(world, "WO-1")
    world.run("postings")
    post(world, "WO-1")
    assert world.run("postings").summary["delivered"]["objects"] == {}
    post(world, "WO-1", total="500.00")
    world.run("postings")
    (bill,) = books.vendor.company.objects("Bill")
    assert (bill["TotalAmt"], bill["SyncToken"]) == (Decimal("500.00"), "1")


def test_books_that_do_not_answer_pause_the_run_and_nothing_is_lost(lender: Callable[..., World], books: Books) -> None:
    world = lender()
    post(world, "WO-1")
    books.faults.arm(Fault(kind="503", path="/v3/company/*", retry_after=3600, times=None))
    assert world.run("postings").state == "paused"
    books.faults.clear()
    books.connect(world)
    assert world.run("postings").state == "succeeded"
    assert books.numbers("Bill") == ["WO-1"]


def test_a_bill_that_somebody_deletes_in_quickbooks_is_told_once(lender: Callable[..., World], books: Books) -> None:
    world = lender()
    post(world, "WO-1")
    world.run("postings")
    world.run("quickbooks")
    company = books.vendor.company
    company.delete("Bill", company.objects("Bill")[0])

    first, second = world.run("quickbooks"), world.run("quickbooks")

    assert (first.state, second.state) == ("incomplete", "succeeded")
    (letter,) = world.letters()
    assert (letter.failure.key, letter.failure.code) == ("Bill WO-1", "DELETED_IN_QUICKBOOKS")
    replayed = world.replay().replay([letter.id])
    assert "reads it anew" in replayed[0].reason


def test_a_webhook_has_the_object_read_that_it_names_and_no_other_company_s(
    lender: Callable[..., World], books: Books
) -> None:
    world = lender()
    post(world, "WO-1")
    world.run("postings")
    (bill,) = books.vendor.company.objects("Bill")
    moment = "2026-03-02T06:00:00Z"
    entities = [
        {"name": "Bill", "id": number, "operation": "Update", "lastUpdated": moment} for number in (bill["Id"], "9999")
    ]
    told = [{"realmId": realm, "dataChangeEvent": {"entities": entities}} for realm in (REALM, "1")]
    body = json.dumps({"eventNotifications": told}).encode()

    with world.hub.engine.begin() as connection:
        message = Message("webhook quickbooks_online", "1", HINTED, body)
        Inbox(connection).store([message], world.hub.clock())
    assert world.run("inbox").state == "succeeded"

    with world.hub.engine.connect() as connection:
        rows = connection.execute(
            select(landed_row.c.record).where(landed_row.c.system == "quickbooks_online")
        ).scalars()
        (kept,) = [ChangedObject.model_validate_json(each) for each in rows]
    assert (kept.entity, kept.number, kept.key, kept.balance) == ("Bill", bill["Id"], "WO-1", Decimal("412.50"))


@pytest.mark.fault(24)
def test_of_changes_in_any_order_and_number_the_newest_stands(world_on_both: World) -> None:
    def change(minute: int, *, deleted: bool = False) -> ChangedObject:
        moment = datetime(2026, 3, 2, 6, minute, tzinfo=UTC)
        return ChangedObject(
            entity="Bill", number="7", changed_at=moment, deleted=deleted, sync_token=minute, total=Decimal(minute)
        )

    chunks = [[change(3), change(1)], [change(2)], [change(5, deleted=True), change(3)], [change(4)], [change(5)]]
    with world_on_both.hub.engine.begin() as connection:
        for chunk in chunks:
            keep(connection, "quickbooks_online", chunk, world_on_both.hub.clock())
        rows = connection.execute(select(landed_row.c.record)).scalars().all()

    assert [ChangedObject.model_validate_json(each) for each in rows] == [change(5, deleted=True)]
