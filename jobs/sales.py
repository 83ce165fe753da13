"""Sales of repossessed vehicles: checked, then invoiced, posted, and told to Salesforce and LeaseWorks, once (P20)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.account_holds import SaleHolds
from drawbar.jobs.books import Books
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import SYSTEM as LEASEWORKS
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.repo_dispositions import Disposition, Dispositions
from drawbar.jobs.reviews import ReviewDesk
from drawbar.jobs.steps import Json
from drawbar.mappings import resale_origin, resale_sale, vehicle_disposition
from drawbar.middleware.accounting.posting import entry_of
from drawbar.middleware.accounting.records import AccountingEvent, Entry
from drawbar.middleware.accounting.rules import load_rules
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.paper import Paper, render
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.resale.holds import HoldPolicy
from drawbar.middleware.resale.sales import CHANNELS, KeptSale, Sale, SaleCase, check_sale
from drawbar.middleware.resale.sales_book import SalesBook
from drawbar.middleware.sync.inbox_handling import Effect, Handling
from drawbar.middleware.sync.papers import Papers

SALE: Final = "Sale__c"
SOLD: Final = "SOLD"
AUCTION: Final = "Auction"
_SELLER: Final = "sales"
"""The role in repossessions of who enters a sale: Salesforce lets nobody else."""

_NOTHING: Final = Decimal("0.00")
_ACCOUNT: Final = "Vehicle__r.Lease_Account__r"
_EDITED_BY: Final = "LastModifiedBy.Username"


@dataclass(frozen=True, slots=True)
class SaleDesk:
    """Accepts sales, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime
    holds: HoldPolicy

    def accept(
        self, sale: Sale, disposition: str, payoff: Decimal | None, *, by: str, auctioned_on: date | None = None
    ) -> Json:
        """Make a sale count; the same sale again changes nothing. RecordRejected says by field why it does not.

        `auctioned_on` is the day on which the vehicle was sold where the invoice is dated later.
        """
        book = SalesBook(self.connection)
        before = book.sale_of(sale.vehicle) if sale.vehicle else None
        if before is not None and before.sale.number == sale.number:
            return _again(before, sale)
        case = SaleCase(
            disposition, book.title(sale.vehicle), book.notice_of(sale.vehicle),
            before.sale.number if before else "", self.holds.reason(sale.account), payoff,
        )  # fmt: skip
        sold = replace(sale, sold_on=auctioned_on or sale.sold_on)
        check_sale(sold, case, self.now.astimezone(self.hub.zone).date())
        request = self._request(sale)
        kept = KeptSale(sale, payoff or _NOTHING, by, self.now)
        book.keep_sale(kept)
        self._end_repossession(kept)
        entry = self._invoice(kept)
        self._tell(kept, request)
        detail = {"vehicle": sale.vehicle, "price": str(sale.price), "payoff": str(kept.payoff)}
        Audit(self.connection).note(
            actor=f"{by} (Salesforce)", action="accept sale", subject=sale.record, detail=detail, now=self.now
        )
        ReviewDesk(self.hub, self.connection, self.run_id, self.now).show(sale.account)
        return {"sale": sale.number, "status": "Accepted", "changed": True, "invoice": str(entry.total("debit"))}

    def _end_repossession(self, kept: KeptSale) -> None:
        """Have the vehicle's repossession go to Sold; raises RecordRejected where that is no step of it."""
        sold = Disposition(
            kept.sale.vehicle, SOLD, "salesforce", kept.sale.number, self.now, kept.entered_by, _SELLER
        )  # fmt: skip
        effect = Dispositions(self.hub).effect(sold, Handling(self.run_id, self.now))
        if effect is not None:
            effect(self.connection)

    def _invoice(self, kept: KeptSale) -> Entry:
        entry = entry_of(load_rules(self.hub.accounting.rules_file), event_of(kept.sale))
        name = f"{kept.sale.number}.pdf"
        Papers(self.connection).keep(name, render(paper_of(kept.sale, entry)), now=self.now)
        books = Books(self.hub, self.connection, self.run_id, self.now)
        books.introduce(entry, f"buyer of {kept.sale.vehicle}")
        books.queue([entry])
        books.attach(entry, name, f"invoice of {kept.sale.vehicle}")
        return entry

    def _request(self, sale: Sale) -> str:
        """Give the remarketing request that a sale belongs to, "" for none (R04).

        Raises RecordRejected for a sale by another way while an auction may sell the vehicle too.
        """
        current = RemarketingBook(self.connection).current_of(sale.vehicle)
        if current is None or sale.channel == AUCTION:
            return current.number if current is not None else ""
        if current.at_auction:
            raise RecordRejected(
                f"{current.order.vendor} may sell the vehicle too: {current.number} is {current.status}",
                record=sale.record, field="Channel__c", code="AT_AUCTION",
                remedy="Void the remarketing request first, and wait until the auction has accepted that.",
            )  # fmt: skip
        return ""

    def _tell(self, kept: KeptSale, request: str) -> None:
        concluding, why = Concluding(self.connection, self.run_id, self.now), f"sold by {kept.sale.number}"
        concluding.show(resale_sale.to_salesforce(kept, request, now=self.now), "verdict", why)
        concluding.send(TARGET, vehicle_disposition.in_peoples_stead(kept.sale.vehicle, SOLD), why, creates=False)
        concluding.send(LEASEWORKS, resale_sale.to_leaseworks(kept), why)


def _again(before: KeptSale, sale: Sale) -> Json:
    """Answer for a sale that counts already; raises RecordRejected when what counts was changed since."""
    names = {"buyer": "Buyer__c", "price": "Price__c", "fee": "Fee__c", "sold_on": "Sale_Date__c"}
    for name, field in names.items():
        if getattr(before.sale, name) != getattr(sale, name):
            raise RecordRejected(
                "was accepted as it stood; what was changed since counts for nothing", record=sale.record, field=field,
                remedy="Set it back; correct the invoice in QuickBooks.", code="ACCEPTED",
            )  # fmt: skip
    return {"sale": sale.number, "status": "Accepted", "changed": False}


def event_of(sale: Sale) -> AccountingEvent:
    """Give what is posted for a sale: one invoice, under the sale's number, for ever."""
    if sale.price is None or sale.sold_on is None:
        raise RecordRejected("has no price or day", record=sale.record, remedy="Enter both.", code="INCOMPLETE")
    memo = " ".join(filter(None, ("Sale of", sale.vehicle, sale.vin)))
    return AccountingEvent(
        "sale_invoice", sale.number, sale.sold_on, {"price": sale.price, "fee": sale.fee}, company=sale.company,
        portfolio=sale.portfolio, party=sale.buyer, memo=memo,
    )  # fmt: skip


def paper_of(sale: Sale, entry: Entry) -> Paper:
    """Give the invoice."""
    facts = [
        ("Invoice", sale.number), ("Date", f"{sale.sold_on}"), ("Due", f"{entry.due or sale.sold_on}"),
        ("Buyer", sale.buyer), ("Vehicle", sale.vehicle), ("VIN", sale.vin), ("Sold by", sale.channel),
    ]  # fmt: skip
    rows = [(line.item, f"{line.amount:,}") for line in entry.lines if line.side == "credit"]
    table = [("What", "US dollars"), *rows, ("Total", f"{entry.total('credit'):,}")]
    return Paper(title=f"Invoice {sale.number}", facts=facts, table=table)


@dataclass(frozen=True, slots=True)
class SaleEdits:
    """Implements `EditRule` for sales: a submitted one is checked and made to count."""

    hub: Hub
    holds: Callable[[Hub, Connection, datetime], HoldPolicy] = SaleHolds
    object: str = SALE
    fields: tuple[str, ...] = (
        "Name", "Vehicle__r.LeaseWorks_Id__c", "Vehicle__r.VIN__c", "Vehicle__r.Disposition__c",
        f"{_ACCOUNT}.LeaseWorks_Id__c", f"{_ACCOUNT}.Company__c", f"{_ACCOUNT}.Portfolio__c",
        f"{_ACCOUNT}.Payoff_Amount__c", "Buyer__c", "Channel__c", "Price__c", "Fee__c", "Sale_Date__c",
        "Submitted__c", _EDITED_BY,
    )  # fmt: skip

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect:
        """Name a sale that is new; accept one that is submitted."""
        key = edited.key or str(edited.fields["Name"])
        fields = EditedFields(f"sale {key}", edited.fields)
        submitted = bool(edited.fields.get("Submitted__c"))
        sale = _sale(key, fields) if submitted else None
        payoff, by = fields.money(f"{_ACCOUNT}.Payoff_Amount__c"), fields.text(_EDITED_BY) or edited.modified_by

        def act(connection: Connection) -> Json:
            if not edited.key:
                concluding = Concluding(connection, handling.run_id, handling.now)
                origin = resale_origin.to_salesforce(SALE, key, edited.modified_at, now=handling.now)
                concluding.show(origin, "origin", "a person made it")
                concluding.name(SALE, edited.id, key)
            if sale is None:
                return {"sale": key, "status": "Draft"}
            desk = SaleDesk(
                self.hub, connection, handling.run_id, handling.now, self.holds(self.hub, connection, handling.now)
            )
            return desk.accept(sale, fields.text("Vehicle__r.Disposition__c"), payoff, by=by)

        return act


def _sale(key: str, fields: EditedFields) -> Sale:
    channel = next((each for each in CHANNELS if each == fields.text("Channel__c")), None)
    if channel is None:
        raise RecordRejected(
            "says not how the vehicle is sold", record=f"sale {key}", field="Channel__c",
            remedy=f"Choose one of {', '.join(CHANNELS)}.", code="CHANNEL",
        )  # fmt: skip
    return Sale(
        number=key, vehicle=fields.text("Vehicle__r.LeaseWorks_Id__c"), vin=fields.text("Vehicle__r.VIN__c"),
        account=fields.text(f"{_ACCOUNT}.LeaseWorks_Id__c"), company=fields.text(f"{_ACCOUNT}.Company__c"),
        portfolio=fields.text(f"{_ACCOUNT}.Portfolio__c"), buyer=fields.text("Buyer__c"), channel=channel,
        price=fields.money("Price__c"), fee=fields.money("Fee__c") or _NOTHING, sold_on=fields.day("Sale_Date__c"),
    )  # fmt: skip
