"""Account: the lessee, a standard object with our fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import Email, ExternalId, Phone, Text, TextArea
from drawbar.connectors.salesforce.records.provenance import Departure, SnapshotProvenance
from drawbar.connectors.salesforce.records.sobject import SObject

ACCOUNT = SObject(
    api_name="Account",
    label="Account",
    plural="Accounts",
    description="A customer; those with a LeaseWorks ID are lessees and are kept in step with LeaseWorks.",
    key="LeaseWorks_Id__c",
    history=True,
)

LesseeKey = Annotated[
    str,
    ExternalId(
        api_name="LeaseWorks_Id__c",
        label="LeaseWorks ID",
        help="The lessee's number in LeaseWorks.",
        source="lessees.lessee_number",
        length=20,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessee(SnapshotProvenance):
    """The lessee as LeaseWorks knows it (P01, P25)."""

    sobject: ClassVar[SObject] = ACCOUNT

    leaseworks_id: LesseeKey
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Account Name",
            help="The lessee's full name.",
            source="lessees.name",
            length=255,
            required=True,
        ),
    ]
    account_number: Annotated[
        str,
        Text(
            api_name="AccountNumber",
            label="Account Number",
            help="The lessee's number in LeaseWorks.",
            source="lessees.lessee_number",
            length=40,
        ),
    ]
    short_name: Annotated[
        str | None,
        Text(
            api_name="Short_Name__c",
            help="The name by which collectors are assigned and lists are sorted.",
            source="lessees.short_name",
            length=40,
        ),
    ]
    phone: Annotated[
        str | None,
        Phone(
            api_name="Phone",
            label="Account Phone",
            help="The lessee's telephone number, as LeaseWorks has it.",
            source="lessees.phone",
        ),
    ]
    mobile_phone: Annotated[
        str | None,
        Phone(
            api_name="Mobile_Phone__c",
            help="The number that text messages go to, as LeaseWorks has it.",
            source="lessees.mobile",
            tracked=True,
        ),
    ]
    email: Annotated[
        str | None,
        Email(
            api_name="Email__c",
            help="The lessee's e-mail address. Empty when LeaseWorks holds one that cannot be written to.",
            source="lessees.email",
            tracked=True,
        ),
    ]
    email_as_given: Annotated[
        str | None,
        Text(
            api_name="Email_As_Given__c",
            help="What LeaseWorks holds as e-mail address when it is not one. Correct it in LeaseWorks.",
            source="lessees.email",
            length=80,
        ),
    ]
    billing_street: Annotated[
        str | None,
        TextArea(
            api_name="BillingStreet",
            label="Billing Street",
            help="Street of the lessee's address.",
            source="lessees.street",
            length=255,
            secured_as="BillingAddress",
        ),
    ]
    billing_city: Annotated[
        str | None,
        Text(
            api_name="BillingCity",
            label="Billing City",
            help="City of the lessee's address.",
            source="lessees.city",
            length=40,
            secured_as="BillingAddress",
        ),
    ]
    billing_state: Annotated[
        str | None,
        Text(
            api_name="BillingState",
            label="Billing State/Province",
            help="State of the lessee's address, two letters.",
            source="lessees.state",
            length=80,
            secured_as="BillingAddress",
        ),
    ]
    billing_postal_code: Annotated[
        str | None,
        Text(
            api_name="BillingPostalCode",
            label="Billing Zip/Postal Code",
            help="ZIP code of the lessee's address.",
            source="lessees.postal_code",
            length=20,
            secured_as="BillingAddress",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LesseeDeparture(Departure):
    """What is written once the record is missing from LeaseWorks."""

    sobject: ClassVar[SObject] = ACCOUNT

    leaseworks_id: LesseeKey
