"""Validation rules of auctions' invoices and refunds keep people from what the hub would refuse."""

from __future__ import annotations

from itertools import product

import pytest

from drawbar.middleware.auctions.kept import POSTABLE
from drawbar.middleware.auctions.settings import DEFAULT_CYCLE, STATUSES
from tests.connectors.salesforce.test_rules_for_people import Fields, refused

INVOICE: Fields = {
    "Status__c": "FOR APPROVAL", "Decision__c": None, "Decision_Reason__c": None, "Decision_Confirmed__c": False,
    "Post_Asked__c": None,
}  # fmt: skip
REFUND: Fields = {"Vehicle__c": "a01", "Type__c": "INSURANCE", "Amount__c": 120, "Manual__c": True}


@pytest.mark.spec("R19")
@pytest.mark.parametrize(("status", "decision"), [*product(STATUSES, ("Accept", "Reject"))])
def test_a_decision_counts_just_where_the_cycle_table_takes_it_from_people(status: str, decision: str) -> None:
    wanted = {"Accept": "APPROVED", "Reject": "REJECTED"}[decision]
    taken = status != "IN PROCESS" and wanted in DEFAULT_CYCLE[status]
    before = {**INVOICE, "Status__c": status, "Decision__c": decision, "Decision_Reason__c": "why"}
    rule = "Auction_Invoice__c.Decision_Of_What_Waits"

    assert refused(rule, before, {"Decision_Confirmed__c": True}) is not taken
    assert not refused(rule, before, {"Decision_Confirmed__c": True}, by_hub=True)
    assert not refused(rule, {**before, "Decision_Confirmed__c": True}, {"Decision_Reason__c": "another"})


@pytest.mark.spec("R19")
def test_a_rejection_that_counts_has_a_reason() -> None:
    rule, rejecting = "Auction_Invoice__c.Rejection_Has_Reason", {"Decision__c": "Reject"}

    assert not refused(rule, INVOICE, rejecting)
    assert refused(rule, INVOICE, {**rejecting, "Decision_Confirmed__c": True})
    assert not refused(rule, INVOICE, {**rejecting, "Decision_Confirmed__c": True, "Decision_Reason__c": "twice"})


@pytest.mark.spec("R20")
@pytest.mark.parametrize("status", STATUSES)
def test_posting_is_asked_for_just_where_it_is_done(status: str) -> None:
    before = {**INVOICE, "Status__c": status}

    assert refused("Auction_Invoice__c.Posted_When_Approved", before, {"Post_Asked__c": "2026-03-13T12:00:00Z"}) is (
        status not in POSTABLE
    )


@pytest.mark.spec("R15")
@pytest.mark.parametrize("changes", [{"Vehicle__c": None}, {"Type__c": None}, {"Amount__c": None}, {"Amount__c": 0}])
def test_a_refund_is_complete_and_settled_by_hand(changes: Fields) -> None:
    assert not refused("Refund__c.Refund_Is_Complete", REFUND, {})
    assert refused("Refund__c.Refund_Is_Complete", REFUND, changes)
    assert refused("Refund__c.Refund_Is_Manual", REFUND, {"Manual__c": False})
