"""LeaseWorks lessee → Account (P01, P25)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.salesforce.records.account import Lessee
from drawbar.connectors.salesforce.records.sobject import record_fields
from drawbar.mappings.words import line, optional_line, optional_lines

EMAIL = record_fields(Lessee)["email"]


def to_salesforce(lessee: leaseworks.Lessee, *, now: datetime) -> Lessee:
    """Map a lessee; an e-mail address that Salesforce would refuse is kept as text, and keeps nothing else out."""
    email = optional_line(lessee.email)
    usable = email is not None and not EMAIL.refusal(email)
    return Lessee(
        leaseworks_id=lessee.lessee_number,
        name=line(lessee.name),
        account_number=lessee.lessee_number,
        short_name=optional_line(lessee.short_name),
        phone=optional_line(lessee.phone),
        mobile_phone=optional_line(lessee.mobile),
        email=email if usable else None,
        email_as_given=None if usable else email,
        billing_street=optional_lines(lessee.street),
        billing_city=optional_line(lessee.city),
        billing_state=optional_line(lessee.state),
        billing_postal_code=optional_line(lessee.postal_code),
        source_system="LeaseWorks",
        source_updated=lessee.updated_at,
        last_synced=now,
        left_source_date=None,
    )
