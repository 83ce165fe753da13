"""LeaseWorks payment → Payment__c (P01)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.leaseworks.records import PaymentMethod
from drawbar.connectors.salesforce.records.payment import Payment
from drawbar.mappings.words import optional_line, our_word

METHOD = {
    PaymentMethod.ACH: "ACH",
    PaymentMethod.CHECK: "Check",
    PaymentMethod.CARD: "Card",
    PaymentMethod.WIRE: "Wire",
    PaymentMethod.CASH: "Cash",
    PaymentMethod.LOCKBOX: "Lockbox",
}


def to_salesforce(payment: leaseworks.Payment, *, now: datetime) -> Payment:
    """Map a payment; a reversed one keeps its amount and gets the date and reason of its reversal."""
    number = payment.payment_number
    return Payment(
        leaseworks_id=number,
        name=number,
        lease_account=payment.account_number,
        amount=payment.amount,
        effective_date=payment.effective_on,
        posted_date=payment.posted_on,
        method=our_word(METHOD, payment.method, record=f"payment {number}", field="method"),
        reference=optional_line(payment.reference),
        reversed_date=payment.reversed_on,
        reversal_reason=optional_line(payment.reversal_reason),
        source_system="LeaseWorks",
        source_updated=payment.updated_at,
        last_synced=now,
    )
