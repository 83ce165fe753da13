"""From a repossessed truck to the signed review of its account, as people do it in Salesforce and at the keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click import Command
from click.testing import CliRunner
from sqlalchemy import select

from drawbar.commands.auctions import auctions
from drawbar.commands.resale import resale
from drawbar.commands.session import Session
from drawbar.commands.work_orders import work_orders
from drawbar.connectors.leaseworks.import_layout import row_of
from drawbar.connectors.leaseworks.import_records import SaleRow
from drawbar.jobs.reviews import REVIEW, ReviewEdits
from drawbar.jobs.sales import SALE, SaleEdits
from drawbar.jobs.titles import VEHICLE as VEHICLES
from drawbar.jobs.titles import TitleEdits
from drawbar.jobs.work_orders import WorkOrderDesk
from drawbar.mappings.resale_work_order import SourcedWorkOrder
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import DrawbarError, RecordRejected
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.work_orders import Decision, WorkOrder
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.tables import outbox
from tests.jobs.books import serve_books
from tests.jobs.conftest import OpenWorld
from tests.jobs.people import AVERY, HUB
from tests.jobs.yard import ACCOUNT, VEHICLE, Yard
from tests.mail_server import serve_mail

LENDER = {"lender": "Example Truck Finance", "lender_address": "9 Bank Plaza, Tulsa OK"}


@pytest.fixture
def yard(open_world: OpenWorld) -> Iterator[Yard]:
    with serve_books() as books, serve_mail() as mail:
        yard = Yard(open_world(), books, mail, **LENDER)
        yard.world.org.change("Lease_Account__c", ACCOUNT, Payoff_Amount__c=41000)
        yard.truck(Disposition__c="INVENTORY")
        yield yard


@dataclass(frozen=True)
class Printed:
    """What a command printed, without what was logged meanwhile, and how it ended."""

    exit_code: int
    output: str
    error: BaseException | None


def command(yard: Yard, group: Command, *words: str) -> Printed:
    """Do a command on the yard's hub."""
    session = Session(Path("drawbar.toml"), explicit=False)
    vars(session)["hub"] = yard.world.hub
    done = CliRunner().invoke(group, words, obj=session)
    output = "".join(each for each in done.output.splitlines(True) if "[debug" not in each)
    return Printed(done.exit_code, output, done.exception)


def title(yard: Yard, *statuses: str, **fields: Any) -> None:
    """Bring the title through some steps, each heard of by itself."""
    known = {"Title_Number__c": "T-77", "Title_State__c": "OK", "Title_Received_Date__c": "2026-02-20"}
    for status in statuses:
        yard.truck(**known, Title_Status__c=status, **fields)
        yard.tell(TitleEdits(yard.world.hub), yard.id_of(VEHICLES, VEHICLE))


def notice(yard: Yard) -> str:
    """Make and send a notice, and let its days pass; the truck may be sold from 2026-03-12 on, it is the 13th."""
    made = json.loads(command(yard, resale, "notices", "make", VEHICLE, "--json").output)
    assert command(yard, resale, "notices", "sent", made["number"], "--date", "2026-03-02").exit_code == 0
    yard.world.run("deliver")
    yard.later(days=11)
    return str(made["number"])


def sell(yard: Yard, **fields: Any) -> str:
    """Enter a sale as a rep does, and submit it; gives its id in Salesforce, whose rules let the hub's user pass."""
    given: dict[str, Any] = {
        "Vehicle__c": yard.id_of(VEHICLES, VEHICLE), "Buyer__c": "Big Rig Resale LLC", "Channel__c": "Auction",
        "Price__c": 30000, "Fee__c": 150, "Sale_Date__c": "2026-03-13", "Submitted__c": True,
    }  # fmt: skip
    return yard.create(SALE, **(given | fields))


def repair(yard: Yard, amount: str) -> None:
    now = yard.world.hub.clock()
    order = WorkOrder(
        number="FR-1", kind="Repair", vehicle=VEHICLE, account=ACCOUNT, vendor="FleetRock Repairs",
        amount=Decimal(amount),
    )  # fmt: skip
    with yard.world.hub.engine.begin() as connection:
        WorkOrderDesk(yard.world.hub, connection, "run-1", now).open(SourcedWorkOrder(order, "FleetRock", now))


@pytest.mark.spec("P19", "P20", "P23", "P24")
def test_a_truck_is_sold_invoiced_and_its_account_reviewed_signed_off_and_posted(yard: Yard, tmp_path: Path) -> None:
    repair(yard, "3000.00")
    title(yard, "Requested", "Received", "Clear")
    notice(yard)
    record_id = sell(yard)
    yard.hear()
    yard.hear("postings")

    number, org, company = yard.name_of(SALE, record_id), yard.world.org, yard.books.vendor.company
    assert org.record(SALE, number)["Status__c"] == "Accepted"
    assert org.record(VEHICLES, VEHICLE)["Disposition__c"] == "SOLD"
    assert org.record(VEHICLES, VEHICLE)["Earliest_Sale_Date__c"] == "2026-03-12"
    (invoice,) = company.objects("Invoice")
    assert (invoice["DocNumber"], invoice["TotalAmt"]) == (number, Decimal(30150))
    assert [each["FileName"] for each in company.objects("Attachable")] == [f"{number}.pdf"]
    with yard.world.hub.engine.connect() as connection:
        (told,) = connection.execute(select(outbox.c.fields).where(outbox.c.target == "leaseworks")).scalars()
    row = row_of("sales", decode(told))
    assert isinstance(row, SaleRow)
    assert (row.sale_number, row.asset_number, row.price) == (number, VEHICLE, Decimal("30000.00"))
    waiting = org.record(REVIEW, ACCOUNT)
    assert (waiting["Open_Work_Orders__c"], waiting["Deficiency__c"]) == ("FR-1", 11000)

    assert command(yard, work_orders, "approve", "FR-1", "--by", AVERY).exit_code == 0
    yard.change(REVIEW, yard.id_of(REVIEW, ACCOUNT), by=AVERY, Attorney_Fees__c=500, Decision__c="Write Off")
    yard.hear("postings")

    signed = org.record(REVIEW, ACCOUNT)
    assert (signed["Status__c"], signed["Signed_By__c"], signed["Deficiency__c"]) == ("Signed Off", AVERY, 14500)
    (entry,) = company.objects("JournalEntry")
    assert {each["Amount"] for each in entry["Line"]} == {Decimal("14500.00")}
    shown = json.loads(command(yard, resale, "review", ACCOUNT, "--json", "--pdf", str(tmp_path / "r.pdf")).output)
    assert (shown["deficiency"], shown["signed_off"]["end"]) == ("14500.00", "Write Off")
    assert b"14,500.00" in (tmp_path / "r.pdf").read_bytes()
    with yard.world.hub.engine.connect() as connection:
        acts = [each.action for each in Audit(connection).lines()]
    assert acts[:3] == ["sign off review", "decide work order", "accept sale"]
    assert yard.world.letters() == []

    decided_before(yard, "2500.00")
    after = json.loads(command(yard, resale, "review", ACCOUNT, "--json").output)
    assert (after["deficiency"], after["claims"]) == (shown["deficiency"], shown["claims"])


def decided_before(yard: Yard, amount: str) -> None:
    """Let the hub hear late of a work order that somebody approved before the review was signed off."""
    long_ago = yard.world.clock() - timedelta(days=300)
    order = WorkOrder(
        number="WO-LATE", kind="Storage", vehicle=VEHICLE, account=ACCOUNT, vendor="Yard", amount=Decimal(amount)
    )
    with yard.world.hub.engine.begin() as connection:
        book = WorkOrderBook(connection)
        book.take(order, now=yard.world.clock())
        book.decide(order.number, Decision("Approved", AVERY, long_ago))


@pytest.mark.spec("P19", "P30", "P31")
def test_a_sale_that_may_not_be_is_shown_on_the_sale_and_counts_once_it_may(yard: Yard) -> None:
    record_id = sell(yard, by=HUB, Sale_Date__c="2026-03-02")
    yard.hear()
    (error,) = yard.world.org.records("Sync_Error__c").values()
    assert (error["Error_Code__c"], error["Object__c"], error["Sale__c"]) == ("TITLE_NOT_CLEAR", SALE, record_id)

    title(yard, "Received", "Clear")
    rule, held = SaleEdits(yard.world.hub), SaleEdits(yard.world.hub, lambda *_known: Bankrupt())
    for each, code in ((rule, "NO_NOTICE"), (held, "HOLD")):
        with pytest.raises(RecordRejected) as refused:
            yard.tell(each, record_id)
        assert refused.value.code == code
    notice(yard)
    with pytest.raises(RecordRejected, match="from 2026-03-12 on"):
        yard.tell(rule, record_id)
    yard.change(SALE, record_id, Sale_Date__c="2026-03-12")
    yard.tell(rule, record_id)

    number = yard.name_of(SALE, record_id)
    assert yard.tell(rule, record_id) == {"sale": number, "status": "Accepted", "changed": False}
    yard.change(SALE, record_id, Price__c=1)
    with pytest.raises(RecordRejected) as refused:
        yard.tell(rule, record_id)
    assert (refused.value.field, refused.value.code) == ("Price__c", "ACCEPTED")
    second = sell(yard, by=HUB)
    with pytest.raises(RecordRejected, match=f"sold by {number}"):
        yard.tell(rule, second)


class Bankrupt:
    def reason(self, account_number: str) -> str:
        return f"bankruptcy of {account_number}"


@pytest.mark.spec("P19")
def test_a_title_step_that_may_not_be_is_refused_and_a_title_that_waits_is_told_of_once(yard: Yard) -> None:
    with pytest.raises(RecordRejected, match="not requested and cannot become Clear"):
        title(yard, "Clear")
    title(yard, "Requested")
    yard.later(days=31)
    counts = [yard.world.run("resale").summary["reminded"] for _ in range(2)]
    reminder = yard.world.org.record(VEHICLES, VEHICLE)["Title_Reminder__c"]
    title(yard, "Received")
    assert yard.tell(TitleEdits(yard.world.hub), yard.id_of(VEHICLES, VEHICLE)) is None
    yard.world.run("deliver")

    assert counts == [1, 0]
    assert reminder == "The title is Requested since 2026-03-02. Ask whoever holds it where it is."
    assert yard.world.org.record(VEHICLES, VEHICLE)["Title_Reminder__c"] is None


@pytest.mark.spec("P23")
def test_a_review_is_not_signed_off_with_open_costs_otherwise_than_it_ends_or_twice(yard: Yard) -> None:
    repair(yard, "3000.00")
    title(yard, "Received", "Clear")
    notice(yard)
    yard.tell(SaleEdits(yard.world.hub), sell(yard, Price__c=60000))
    yard.world.run("deliver")
    sign = ("sign-off", ACCOUNT, "--by", AVERY, "--end")

    assert "work orders are still open: FR-1" in str(command(yard, resale, *sign, "Pay Surplus").error)
    command(yard, work_orders, "approve", "FR-1", "--by", AVERY)
    assert "does not end with Collect" in str(command(yard, resale, *sign, "Collect").error)
    dry = command(yard, resale, *sign, "Pay Surplus", "--dry-run")
    done = [command(yard, resale, *sign, "Pay Surplus").output for _ in range(2)]
    late = command(yard, resale, *sign, "Write Off").error

    assert dry.output == f"The review of account {ACCOUNT} would end with Pay Surplus.\n"
    assert [each.split()[5] for each in done] == ["ended", "ended"]
    assert done[1].endswith("already.\n")
    assert isinstance(late, DrawbarError)
    yard.change(REVIEW, yard.id_of(REVIEW, ACCOUNT), Refunds__c=10)
    with pytest.raises(RecordRejected, match="amounts do not change any more"):
        yard.tell(ReviewEdits(yard.world.hub), yard.id_of(REVIEW, ACCOUNT))


@pytest.mark.spec("R04", "P20")
def test_a_sale_by_auction_belongs_to_the_request_and_no_other_sale_passes_meanwhile(yard: Yard) -> None:
    vendors = {"vendors": {"ritchie": {}}, "criteria": [{"name": "all", "vendors": [{"vendor": "ritchie"}]}]}
    rules = RemarketingSettings.model_validate(vendors)
    yard.world.hub = replace(yard.world.hub, remarketing=rules)
    number = json.loads(command(yard, auctions, "request", VEHICLE, "--json").output)["number"]
    assert command(yard, auctions, "status", VEHICLE, "SEND TO AUCTION").exit_code == 0
    title(yard, "Requested", "Received", "Clear")
    notice(yard)
    dealer = sell(yard, Channel__c="Dealer")
    with pytest.raises(RecordRejected, match=f"ritchie may sell the vehicle too: {number} is SEND TO AUCTION"):
        yard.tell(SaleEdits(yard.world.hub), dealer)

    yard.change(SALE, dealer, Channel__c="Auction")
    yard.hear()

    sold = yard.world.org.record(SALE, yard.name_of(SALE, dealer))
    assert (sold["Status__c"], sold["Remarketing__c"]) == ("Accepted", number)
    refused = command(yard, auctions, "request", VEHICLE)
    assert "SOLD" in str(refused.error)


def test_commands_show_what_the_hub_keeps_and_dry_runs_write_nothing(yard: Yard, tmp_path: Path) -> None:
    repair(yard, "3000.00")
    yard.truck(Notice_Recipients__c="guarantor; Pat Doe; 2 Elm St, Tulsa OK")
    dry = command(yard, resale, "notices", "make", VEHICLE, "--dry-run").output
    none = command(yard, resale, "notices", "list").output
    number = notice(yard)
    written = json.loads(command(yard, resale, "notices", "write", number, "--folder", str(tmp_path), "--json").output)
    approval = ("approve", "FR-1", "--by", AVERY)
    shown = [command(yard, work_orders, *approval, *more).output for more in (("--dry-run",), (), ())]
    (listed,) = json.loads(command(yard, work_orders, "list", "--status", "Approved", "--json").output)
    one = json.loads(command(yard, work_orders, "show", "FR-1", "--json").output)
    vehicle = json.loads(command(yard, resale, "show", VEHICLE, "--json").output)

    assert "Pat Doe (guarantor)" in dry
    assert none == "No notice has been made yet.\n"
    assert [Path(each).read_bytes()[:5] for each in written] == [b"%PDF-"] * 2
    assert [each.splitlines()[-1] for each in shown] == [
        "Work order FR-1: would be approved.", "Work order FR-1: approved.", "Work order FR-1 is approved already.",
    ]  # fmt: skip
    assert (listed["number"], one["decided_by"], one["letter_sent"]) == ("FR-1", AVERY, None)
    assert (vehicle["notice"], vehicle["work_orders"]) == (number, ["FR-1 (Approved)"])
    for group, words in ((resale, ("show", VEHICLE)), (work_orders, ("list",)), (resale, ("notices", "list"))):
        assert VEHICLE in command(yard, group, *words).output
