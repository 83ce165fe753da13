"""How a bill comes into QuickBooks: look for it, then add or change it; what each answer leads to, as pure decisions.

qbXML has no key that makes a request safe to repeat. So each bill is looked for right before it is added: by the
vendor's number, and by the hub's mark at the end of the memo. Status codes: "Status codes in response messages",
developer.intuit.com (read 2026-11); 3100 in use is recorded traffic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from lxml import etree

from drawbar.connectors.quickbooks_desktop import qbxml
from drawbar.connectors.quickbooks_desktop.qbxml import Answer, FoundBill
from drawbar.connectors.quickbooks_desktop.records import VendorBill
from drawbar.connectors.quickbooks_desktop.settings import CompanySettings
from drawbar.middleware.errors import RecordRejected


class Step(StrEnum):
    """What is asked of QuickBooks next."""

    LOOK_BY_ID = "look by id"
    LOOK_FOR_VENDOR = "look for vendor"
    ADD_VENDOR = "add vendor"
    LOOK_FOR_BILL = "look for bill"
    ADD_BILL = "add bill"
    CHANGE_BILL = "change bill"


@dataclass(frozen=True, slots=True)
class GoOn:
    """The next step, and what it has to remember."""

    step: Step
    memory: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The bill stands in QuickBooks under this TxnID."""

    txn_id: str


@dataclass(frozen=True, slots=True)
class Again:
    """Begin anew after a while, because things have moved or QuickBooks is busy."""

    why: str
    wait: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Refused:
    """Cannot be done until somebody mends something."""

    error: RecordRejected


Decision = GoOn | Done | Again | Refused

OK, NOTHING_FOUND, NOT_FOUND_WARNING, NAME_IN_USE, OBJECT_GONE, BAD_REFERENCE, STALE, NO_PERMISSION = (
    0, 1, 500, 3100, 3120, 3140, 3200, 3260,
)  # fmt: skip
_BUSY: Final = frozenset({1000, 1010, 3170, 3175, 3176, 3180})
"""Somebody else is working on the object or its list, or QuickBooks itself was not ready."""

_BUSY_WAIT: Final = timedelta(seconds=30)
_WARNINGS: Final = range(500, 1000)
"""The request was carried out, and something beside it was not as asked."""

_REMEDIES: Final = {
    BAD_REFERENCE: "Add the vendor, account or class that it names to QuickBooks, or name another; then try it again.",
    NO_PERMISSION: "Let Drawbar do this in QuickBooks (Edit, Preferences, Integrated Applications); then try it again.",
}
_LOOK_AND_MEND: Final = "Mend it in QuickBooks or at the source of the bill; then try it again."


def begin(company: CompanySettings, txn_id: str) -> GoOn:
    """Give the step with which a bill begins; `txn_id` is what QuickBooks called it before, "" for a new one."""
    if txn_id:
        return GoOn(Step.LOOK_BY_ID, {"txn_id": txn_id})
    return GoOn(Step.LOOK_FOR_VENDOR if company.add_vendors else Step.LOOK_FOR_BILL)


def request(bill: VendorBill, step: Step, memory: Mapping[str, str], company: CompanySettings) -> etree._Element:
    """Write the request of a step."""
    match step:
        case Step.LOOK_BY_ID:
            return qbxml.bill_query_by_id(memory["txn_id"])
        case Step.LOOK_FOR_VENDOR:
            return qbxml.vendor_query(bill)
        case Step.ADD_VENDOR:
            return qbxml.vendor_add(bill)
        case Step.LOOK_FOR_BILL:
            return qbxml.bill_query(bill)
        case Step.ADD_BILL:
            return qbxml.bill_add(bill, company.payables_account)
        case Step.CHANGE_BILL:
            return qbxml.bill_mod(bill, company.payables_account, memory["txn_id"], memory["edit_sequence"])


def decide(
    bill: VendorBill, step: Step, memory: Mapping[str, str], answer: Answer, company: CompanySettings
) -> Decision:
    """Say what an answer leads to.

    Raises RetryLater for an answer that makes no sense.
    """
    if answer.code in _BUSY:
        return Again(f"QuickBooks is busy: {answer.message}", _BUSY_WAIT)
    if step is Step.LOOK_BY_ID:
        return _looked_by_id(bill, answer, company)
    if answer.code in {OBJECT_GONE, STALE}:
        return Again(f"the bill has changed in QuickBooks meanwhile: {answer.message}")
    match step:
        case Step.LOOK_FOR_VENDOR:
            return _vendor_looked_for(bill, memory, answer)
        case Step.ADD_VENDOR:
            return _vendor_added(answer)
        case Step.LOOK_FOR_BILL:
            return _bill_looked_for(bill, answer)
        case Step.ADD_BILL | Step.CHANGE_BILL:
            return _bill_written(bill, answer)


def _looked_by_id(bill: VendorBill, answer: Answer, company: CompanySettings) -> Decision:
    found = next(qbxml.found_bills(answer), None)
    if found is not None:
        return _ours_found(bill, found)
    if answer.code in {OK, NOTHING_FOUND, NOT_FOUND_WARNING, OBJECT_GONE}:
        return begin(company, "")
    return _refused(answer)


def _vendor_looked_for(bill: VendorBill, memory: Mapping[str, str], answer: Answer) -> Decision:
    if answer.code == OK and answer.objects:
        return GoOn(Step.LOOK_FOR_BILL)
    if answer.code not in {OK, NOTHING_FOUND, NOT_FOUND_WARNING}:
        return _refused(answer)
    if memory.get("name_in_use"):
        return Refused(
            RecordRejected(
                f"QuickBooks has no vendor {bill.vendor}, but a customer, employee or other name that is called so",
                code="NAME_IN_USE", remedy="Add the vendor in QuickBooks under another name and use that; try again.",
            )
        )  # fmt: skip
    return GoOn(Step.ADD_VENDOR)


def _vendor_added(answer: Answer) -> Decision:
    if answer.code == NAME_IN_USE:
        return GoOn(Step.LOOK_FOR_VENDOR, {"name_in_use": "yes"})
    return GoOn(Step.LOOK_FOR_BILL) if _carried_out(answer) else _refused(answer)


def _bill_looked_for(bill: VendorBill, answer: Answer) -> Decision:
    if answer.code not in {OK, NOTHING_FOUND, NOT_FOUND_WARNING}:
        return _refused(answer)
    same = [each for each in qbxml.found_bills(answer) if _is_same(bill, each)]
    if not same:
        return GoOn(Step.ADD_BILL)
    ours = next((each for each in same if each.memo.endswith(bill.mark)), None)
    if ours is not None:
        return _ours_found(bill, ours)
    alike = next((each for each in same if each.total == bill.total), None)
    if alike is not None:
        return Done(alike.txn_id)
    return Refused(
        RecordRejected(
            f"QuickBooks has bill {bill.number} of {bill.vendor} already, over {same[0].total:.2f} instead of "
            f"{bill.total:.2f}", field="number", code="DUPLICATE_NUMBER",
            remedy="Compare both; correct or delete the one in QuickBooks, or correct the number. Then try again.",
        )
    )  # fmt: skip


def _is_same(bill: VendorBill, found: FoundBill) -> bool:
    """QuickBooks does not mind the case of names and numbers."""
    return (found.vendor.casefold(), found.number.casefold()) == (bill.vendor.casefold(), bill.number.casefold())


def _ours_found(bill: VendorBill, found: FoundBill) -> Decision:
    if _stands_as_wanted(bill, found):
        return Done(found.txn_id)
    if found.is_paid:
        return Refused(
            RecordRejected(
                "the bill was changed after it had been paid in QuickBooks", code="PAID",
                remedy="Settle the difference in QuickBooks by hand, then discard or correct the change.",
            )
        )  # fmt: skip
    return GoOn(Step.CHANGE_BILL, {"txn_id": found.txn_id, "edit_sequence": found.edit_sequence})


def _stands_as_wanted(bill: VendorBill, found: FoundBill) -> bool:
    lines = tuple((each.account.casefold(), each.amount) for each in bill.lines)
    same_lines = lines == tuple((account.casefold(), amount) for account, amount in found.lines)
    same_due = bill.due is None or found.due == bill.due.isoformat()
    same_day = found.dated == bill.dated.isoformat()
    return _is_same(bill, found) and same_lines and same_due and same_day and found.total == bill.total


def _bill_written(bill: VendorBill, answer: Answer) -> Decision:
    if not _carried_out(answer):
        return _refused(answer)
    written = next(qbxml.found_bills(answer), None)
    if written is None or not written.txn_id:
        return Again(f"QuickBooks did not say which bill it wrote for {bill.key}")
    return Done(written.txn_id)


def _carried_out(answer: Answer) -> bool:
    return answer.code == OK or answer.code in _WARNINGS


def _refused(answer: Answer) -> Refused:
    remedy = _REMEDIES.get(answer.code, _LOOK_AND_MEND)
    return Refused(RecordRejected(f"QuickBooks says: {answer.message}", code=str(answer.code), remedy=remedy))
