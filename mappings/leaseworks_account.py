"""LeaseWorks lease account → Lease_Account__c, the part that LeaseWorks owns (P01)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.leaseworks.records import AccountStatus
from drawbar.connectors.salesforce.records.lease_account import LeaseAccount
from drawbar.mappings.words import line, optional_line, our_word

STATUS = {
    AccountStatus.ACTIVE: "Active",
    AccountStatus.PAID_OFF: "Paid Off",
    AccountStatus.REPOSSESSED: "Repossessed",
    AccountStatus.CHARGED_OFF: "Charged Off",
    AccountStatus.TERMINATED: "Terminated",
}


def to_salesforce(account: leaseworks.LeaseAccount, *, now: datetime) -> LeaseAccount:
    """Map a lease account; one that is in the delivery has not left LeaseWorks."""
    number = account.account_number
    return LeaseAccount(
        leaseworks_id=number,
        name=number,
        lessee=account.lessee_number,
        status=our_word(STATUS, account.status, record=f"account {number}", field="status"),
        portfolio=line(account.portfolio),
        company=optional_line(account.company),
        region=optional_line(account.region),
        office=optional_line(account.office),
        collector=optional_line(account.collector),
        boarded_date=account.boarded_on,
        maturity_date=account.maturity_date,
        term_months=account.term_months,
        payment_amount=account.payment_amount,
        next_due_date=account.next_due_date,
        past_due_since=account.past_due_since,
        missed_payments=account.missed_payments,
        past_due_amount=account.past_due_amount,
        late_fees=account.late_fees,
        net_outstanding=account.net_outstanding,
        gross_outstanding=account.gross_outstanding,
        gross_receivable=account.gross_receivable,
        payoff_amount=account.payoff_amount,
        payments_made=account.payments_made,
        last_payment_date=account.last_payment_on,
        last_payment_amount=account.last_payment_amount,
        source_system="LeaseWorks",
        source_updated=account.updated_at,
        last_synced=now,
        left_source_date=None,
    )
