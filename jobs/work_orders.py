"""Work orders: taken down, decided once, and paid by an e-mail to Accounting and a bill in QuickBooks (P18, P21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.mail.target import PAPERS, SUBJECT, TEXT
from drawbar.jobs.books import Books
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import Hub
from drawbar.jobs.reviews import ReviewDesk
from drawbar.jobs.steps import Json
from drawbar.mappings import resale_origin, resale_work_order, resale_work_order_verdict
from drawbar.mappings.resale_work_order import SourcedWorkOrder
from drawbar.middleware.accounting.posting import entry_of
from drawbar.middleware.accounting.records import AccountingEvent, Entry
from drawbar.middleware.accounting.rules import load_rules
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.paper import Paper, render
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.work_orders import (
    Decision,
    KeptWorkOrder,
    WorkKind,
    WorkOrder,
    check_approver,
    check_complete,
    check_right,
    decided_already,
)
from drawbar.middleware.sync.papers import Papers

ACCOUNTING_MAIL: Final = "accounting_mail"
"""The target of letters to Accounting."""

WORK_ORDER: Final = "Asset_Work_Order__c"
EVENTS: Final[Mapping[WorkKind, str]] = {
    "Repair": "repair_bill", "Transport": "transport", "Storage": "storage", "Agent": "repo_agent_fee",
    "Auction": "auction_fee",
}  # fmt: skip
"""The accounting rule by which an approved order of each kind is posted."""


@dataclass(frozen=True, slots=True)
class WorkOrderDesk:
    """Takes orders down and decides them, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    @property
    def _concluding(self) -> Concluding:
        return Concluding(self.connection, self.run_id, self.now)

    @property
    def _book(self) -> WorkOrderBook:
        return WorkOrderBook(self.connection)

    def open(self, sourced: SourcedWorkOrder) -> KeptWorkOrder:
        """Keep an order that something which happened leads to, and have it shown in Salesforce."""
        kept = self._book.hear(sourced.order, now=self.now)
        if kept.decision is None:
            record = resale_work_order.to_salesforce(sourced, now=self.now)
            self._concluding.show(record, "work order", f"{kept.order.kind} of {kept.order.vehicle}", own=True)
        return kept

    def name(self, record_id: str, order: WorkOrder, made_at: datetime) -> None:
        """Give a record that a person made in Salesforce its key there, and say where it comes from."""
        origin = resale_origin.to_salesforce(WORK_ORDER, order.number, made_at, now=self.now)
        self._concluding.show(origin, "origin", f"made by {order.made_by}")
        self._concluding.name(WORK_ORDER, record_id, order.number)

    def take(self, order: WorkOrder) -> KeptWorkOrder:
        """Keep an order as people have it in Salesforce; raises RecordRejected for a change after the approval."""
        known = self._book.find(order.number)
        asked = order if known is None else replace(order, made_by=known.order.made_by)
        kept = self._book.take(asked, now=self.now)
        different = _first_difference(kept.order, asked)
        if kept.status == "Approved" and different:
            raise RecordRejected(
                f"was approved as it stood, with {kept.order.amount}; what was changed since counts for nothing",
                record=kept.order.record, field=different, code="DECIDED",
                remedy="Set it back, and make a new order for what is owed beside it.",
            )  # fmt: skip
        return kept

    def decide(self, number: str, decision: Decision, *, actor: str) -> Json:
        """Approve or reject an order; gives what follows from it. The same decision again changes nothing.

        Raises RecordRejected, with field and remedy, when the order is not complete, the person may not approve it, it
        was decided otherwise, or the accounting rules cannot post it; then nothing of it happens.
        """
        kept = self._book.get(number)
        if decided_already(kept, decision.status):
            return {"work_order": number, "status": decision.status, "changed": False}
        told: Json = {"work_order": number, "status": decision.status, "changed": True}
        if decision.status == "Approved":
            check_complete(kept.order)
            check_approver(kept.order, decision.by, self.hub.resale)
            told |= self._pay(kept.order, decision)
        else:
            check_right(decision.by, self.hub.resale, kept.order.record)
        self._book.decide(number, decision)
        detail = {"status": decision.status, "amount": str(kept.order.amount), "vendor": kept.order.vendor}
        Audit(self.connection).note(
            actor=actor, action="decide work order", subject=kept.order.record, detail=detail, now=self.now
        )
        decided = replace(kept, decision=decision)
        verdict = resale_work_order_verdict.to_salesforce(decided, now=self.now)
        self._concluding.show(verdict, "verdict", f"{decision.status.lower()} by {decision.by}")
        ReviewDesk(self.hub, self.connection, self.run_id, self.now).show(kept.order.account)
        return told

    def _pay(self, order: WorkOrder, decision: Decision) -> Json:
        """Queue the letter, the bill and its document, each for its own target: neither waits for the other."""
        day = order.done_on or decision.at.astimezone(self.hub.zone).date()
        entry = entry_of(load_rules(self.hub.accounting.rules_file), event_of(order, day))
        name = f"{order.number}.pdf"
        Papers(self.connection).keep(name, render(paper_of(order, decision, entry)), now=self.now)
        letter = letter_of(order, decision, name)
        why = f"approved by {decision.by}"
        self._concluding.send(ACCOUNTING_MAIL, letter, why)
        books = Books(self.hub, self.connection, self.run_id, self.now)
        books.queue([entry])
        books.attach(entry, name, why)
        lines = [
            {"side": each.side, "account": each.account, "amount": str(each.amount), "memo": each.memo}
            for each in entry.lines
        ]
        return {"letter": dict(letter.fields), "bill": {"vendor": entry.party, "date": str(entry.on), "lines": lines}}


def event_of(order: WorkOrder, on: date) -> AccountingEvent:
    """Give what is posted for an approved order: one bill, under the order's number, for ever."""
    amount = order.amount or Decimal("0.00")
    amounts = {"total": amount}
    if order.kind == "Agent":
        amounts = {"fee": amount - order.expenses, "expenses": order.expenses}
    memo = " ".join(filter(None, (order.kind, order.vehicle, order.vin, order.reference)))
    return AccountingEvent(
        EVENTS[order.kind], order.number, on, amounts, company=order.company, portfolio=order.portfolio,
        party=order.vendor, memo=memo,
    )  # fmt: skip


def letter_of(order: WorkOrder, decision: Decision, paper: str) -> TargetRecord:
    """Give the letter that tells Accounting of an approved order."""
    facts = "\n".join(f"{name}: {value}" for name, value in _facts(order, decision))
    text = f"Work order {order.number} was approved.\n\n{facts}\n\nIts bill in QuickBooks has the same number.\n"
    subject = f"Work order {order.number} approved: {order.amount:,} US dollars to {order.vendor}"
    return TargetRecord(WORK_ORDER, order.number, {SUBJECT: subject, TEXT: text, PAPERS: paper})


def paper_of(order: WorkOrder, decision: Decision, entry: Entry) -> Paper:
    """Give the order as a paper: what was done, for how much, who approved it, and how it is posted."""
    head = [("Account", "Memo", "US dollars")]
    posted = [(line.account, line.memo, f"{line.amount:,}") for line in entry.lines if line.side == "debit"]
    return Paper(
        title=f"Work order {order.number}", facts=_facts(order, decision),
        table=[*head, *posted, ("Total", "", f"{entry.total('debit'):,}")], text=order.description,
    )  # fmt: skip


def _facts(order: WorkOrder, decision: Decision) -> list[tuple[str, str]]:
    over = f" (above the estimate by {order.over_estimate:,})" if order.over_estimate else ""
    facts = [
        ("Kind", order.kind), ("Vehicle", order.vehicle), ("VIN", order.vin), ("Lease account", order.account),
        ("Vendor", order.vendor), ("Vendor's number", order.reference),
        ("Estimate", "" if order.estimate is None else f"{order.estimate:,}"), ("Amount", f"{order.amount:,}{over}"),
        ("Of it expenses", f"{order.expenses:,}" if order.expenses else ""),
        ("Done on", f"{order.done_on or ''}"), ("Approved by", decision.by),
        ("Approved at", f"{decision.at:%Y-%m-%d %H:%M} UTC"),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]


_FIELD_NAMES: Final = {
    "kind": "Kind__c", "vehicle": "Vehicle__c", "vendor": "Vendor__c", "amount": "Amount__c",
    "expenses": "Expenses__c", "done_on": "Done_Date__c", "description": "Description__c",
    "reference": "Reference__c", "estimate": "Estimate__c",
}  # fmt: skip


def _first_difference(kept: WorkOrder, asked: WorkOrder) -> str:
    different = [name for name in _FIELD_NAMES if getattr(kept, name) != getattr(asked, name)]
    return _FIELD_NAMES[different[0]] if different else ""
