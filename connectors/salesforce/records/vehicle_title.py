"""The title of a vehicle, and what the hub says of its sale: further parts of Vehicle__c (P19, P20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import Date, LongText, Picklist, Text
from drawbar.connectors.salesforce.records.provenance import LastSynced
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.connectors.salesforce.records.vehicle import VEHICLE, VehicleKey

TITLE_STATUSES = ("Requested", "Received", "At DMV", "Clear", "Sent to Buyer", "Problem")


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleTitle:
    """The title as people have it; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    status: Annotated[
        str | None,
        Picklist(
            api_name="Title_Status__c",
            help="Where the title is. The vehicle can be sold once it is Clear.",
            owner="Salesforce",
            tracked=True,
            values=TITLE_STATUSES,
        ),
    ]
    number: Annotated[
        str | None,
        Text(api_name="Title_Number__c", help="Number of the title.", owner="Salesforce", tracked=True, length=40),
    ]
    state: Annotated[
        str | None,
        Text(
            api_name="Title_State__c",
            help="State that issued the title, two letters.",
            owner="Salesforce",
            length=2,
        ),
    ]
    lienholder: Annotated[
        str | None,
        Text(
            api_name="Title_Lienholder__c",
            help="Another creditor that the title names. Empty it once the lien is released.",
            owner="Salesforce",
            tracked=True,
            length=120,
        ),
    ]
    received_on: Annotated[
        date | None,
        Date(api_name="Title_Received_Date__c", help="The day on which the title came.", owner="Salesforce"),
    ]
    sent_on: Annotated[
        date | None,
        Date(
            api_name="Title_Sent_Date__c",
            help="The day on which the title went to the buyer.",
            owner="Salesforce",
        ),
    ]
    notice_recipients: Annotated[
        str | None,
        LongText(
            api_name="Notice_Recipients__c",
            help="Who beside the lessee is told of a sale, one a line: role; name; address. Roles: guarantor, "
            "lienholder, claimant.",
            owner="Salesforce",
            length=4000,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleTitleReminder:
    """What people are reminded of, once per status that lasts too long."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    reminder: Annotated[
        str | None,
        Text(
            api_name="Title_Reminder__c",
            help="What is overdue with the title. It goes when the status changes.",
            owner="Drawbar",
            source="title of the vehicle",
            length=255,
        ),
    ]
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleNotice:
    """When the vehicle may be sold, by the notice of disposition that was sent."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    sent_on: Annotated[
        date,
        Date(
            api_name="Notice_Sent_Date__c",
            help="The day on which the notice of disposition was sent.",
            owner="Drawbar",
            source="notice of disposition",
        ),
    ]
    earliest_sale_on: Annotated[
        date,
        Date(
            api_name="Earliest_Sale_Date__c",
            help="The first day on which the vehicle may be sold.",
            owner="Drawbar",
            source="notice of disposition",
        ),
    ]
    last_synced: LastSynced
