"""What a page shows of which object, in which order; what is not named here follows in its describe order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drawbar.sandbox.schema import SObject

SYNC_FIELDS = ("Source_System__c", "Source_Updated__c", "Last_Synced__c", "Left_Source_Date__c")
SYSTEM_FIELDS = ("Id", "OwnerId", "RecordTypeId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById")
OTHERS = "More details"
"""The section of what no other section names; it shows only what is filled."""

HIDDEN = frozenset({"IsDeleted", "SystemModstamp", "MasterRecordId", "LastViewedDate", "LastReferencedDate"})


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields under a title."""

    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the page of one object is arranged.

    `highlights` stand in the head of the page. `columns` are those of the object's own rows in lists, which are sorted
    by `order`, latest first.
    """

    highlights: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    columns: tuple[str, ...] = ()
    order: str = "CreatedDate"
    related: tuple[str, ...] = ()


LAYOUTS: Mapping[str, Layout] = {
    "Lease_Account__c": Layout(
        highlights=("Status__c", "Days_Past_Due__c", "Past_Due_Amount__c", "Next_Due_Date__c", "Net_Outstanding__c"),
        sections=(
            Section(
                "Lessee", ("Lessee__c", "LeaseWorks_Id__c", "Portfolio__c", "Company__c", "Region__c", "Office__c")
            ),
            Section(
                "Delinquency",
                (
                    "Is_Past_Due__c",
                    "Days_Past_Due__c",
                    "Delinquency_Bucket__c",
                    "Past_Due_Since__c",
                    "Past_Due_Amount__c",
                    "Late_Fees__c",
                    "Missed_Payments__c",
                    "Assessed_Date__c",
                    "Collector__c",
                ),
            ),
            Section(
                "Payments and balance",
                (
                    "Next_Due_Date__c",
                    "Payment_Amount__c",
                    "Last_Payment_Date__c",
                    "Last_Payment_Amount__c",
                    "Payments_Made__c",
                    "Net_Outstanding__c",
                    "Gross_Outstanding__c",
                    "Gross_Receivable__c",
                    "Payoff_Amount__c",
                ),
            ),
            Section(
                "Promises",
                (
                    "Promise_Kept_Rate__c",
                    "Promises_Kept__c",
                    "Promises_Broken__c",
                    "Last_Broken_Promise__c",
                    "Open_Promise_Date__c",
                    "Open_Promise_Amount__c",
                ),
            ),
            Section("Recovery", ("Recovery_Feasibility__c", "Recovery_Reasons__c")),
            Section("Contract", ("Status__c", "Boarded_Date__c", "Maturity_Date__c", "Term_Months__c")),
        ),
        columns=("Name", "Lessee__c", "Status__c", "Days_Past_Due__c", "Past_Due_Amount__c", "Next_Due_Date__c"),
        order="Days_Past_Due__c",
        related=(
            "Vehicle__c",
            "GPS_Device__c",
            "GPS_Alert__c",
            "Case",
            "Promise_To_Pay__c",
            "Payment__c",
            "Collection_Note__c",
            "Sync_Error__c",
        ),
    ),
    "Account": Layout(
        highlights=("LeaseWorks_Id__c", "Phone", "Email__c", "BillingCity", "BillingState"),
        columns=("Name", "LeaseWorks_Id__c", "Phone", "BillingCity", "BillingState"),
        order="LastModifiedDate",
        related=("Lease_Account__c", "Case", "Contact", "Sync_Error__c"),
    ),
    "Case": Layout(
        highlights=("Status", "Days_Past_Due__c", "Past_Due_Amount__c", "Delinquency_Opened__c", "OwnerId"),
        sections=(
            Section("Case", ("CaseNumber", "Subject", "Status", "Priority", "Origin", "AccountId", "Lease_Account__c")),
            Section(
                "Delinquency",
                (
                    "Case_Key__c",
                    "Days_Past_Due__c",
                    "Delinquency_Bucket__c",
                    "Past_Due_Amount__c",
                    "Delinquency_Opened__c",
                    "Delinquency_Closed__c",
                    "Close_Reason__c",
                    "Delinquency_Reopened__c",
                    "Times_Reopened__c",
                ),
            ),
        ),
        columns=(
            "CaseNumber",
            "Subject",
            "Status",
            "Days_Past_Due__c",
            "Delinquency_Opened__c",
            "Delinquency_Closed__c",
        ),
    ),
    "Vehicle__c": Layout(
        highlights=("Year_Make_Model__c", "VIN__c", "Plate__c", "GPS_Last_Report__c", "GPS_Address__c"),
        sections=(
            Section(
                "Last position",
                (
                    "GPS_Last_Report__c",
                    "GPS_Moving_Status__c",
                    "GPS_Address__c",
                    "GPS_Latitude__c",
                    "GPS_Longitude__c",
                    "GPS_Odometer__c",
                ),
            ),
        ),
        columns=("Name", "Year_Make_Model__c", "VIN__c", "Color__c", "Odometer__c", "Disposition__c"),
    ),
    "Repair_Order__c": Layout(
        highlights=("Status__c", "Grand_Total__c", "Audit__c", "Finished__c"),
        columns=("Name", "Status__c", "Repair_Vendor__c", "Started__c", "Finished__c", "Grand_Total__c", "Audit__c"),
        order="Started__c",
        related=("Repair_Order_Line__c",),
    ),
    "Repair_Order_Line__c": Layout(
        highlights=("Kind__c", "Quantity__c", "Price__c", "Subtotal__c"),
        columns=("Name", "Kind__c", "Item__c", "Description__c", "Quantity__c", "Price__c", "Subtotal__c"),
    ),
    "Purchase_Order__c": Layout(
        highlights=("Status__c", "Grand_Total__c", "Audit__c"),
        columns=("Name", "Supplier__c", "Received__c", "Grand_Total__c", "Audit__c"),
        order="Received__c",
    ),
    "GPS_Device__c": Layout(
        highlights=("Vendor__c", "Last_Report__c", "Moving_Status__c", "Address__c"),
        columns=("Name", "Vendor__c", "Active__c", "Last_Report__c", "Address__c", "Latitude__c", "Longitude__c"),
        order="Last_Report__c",
    ),
    "GPS_Position__c": Layout(
        highlights=("Reported__c", "Moving_Status__c", "Address__c"),
        columns=("Reported__c", "Moving_Status__c", "Speed__c", "Address__c", "Latitude__c", "Longitude__c"),
        order="Reported__c",
    ),
    "GPS_Alert__c": Layout(
        highlights=("Kind__c", "Status__c", "Place__c", "Began_At__c"),
        columns=("Name", "Kind__c", "Status__c", "Place__c", "Began_At__c", "Ended_At__c", "Reason__c"),
        order="Began_At__c",
    ),
    "Promise_To_Pay__c": Layout(
        highlights=("Status__c", "Promised_Date__c", "Amount__c", "Paid_Amount__c"),
        columns=(
            "Name",
            "Promised_Date__c",
            "Amount__c",
            "Status__c",
            "Paid_Amount__c",
            "Reason__c",
        ),
        order="Promised_Date__c",
    ),
    "Payment__c": Layout(
        highlights=("Amount__c", "Effective_Date__c", "Method__c", "Is_Reversed__c"),
        columns=("Name", "Effective_Date__c", "Posted_Date__c", "Amount__c", "Method__c", "Reversed_Date__c"),
        order="Effective_Date__c",
    ),
    "Collection_Note__c": Layout(
        highlights=("Written_At__c", "Author__c", "Channel__c"),
        columns=("Name", "Written_At__c", "Author__c", "Channel__c", "Note__c"),
        order="Written_At__c",
    ),
    "Sync_Error__c": Layout(
        highlights=("Error_Code__c", "Attempts__c", "Last_Failed__c"),
        columns=("Name", "Error_Code__c", "Message__c", "Remedy__c", "Last_Failed__c"),
        order="Last_Failed__c",
    ),
    "Contact": Layout(columns=("Name", "Title", "Phone", "Email"), highlights=("Title", "Phone", "Email")),
}


def layout_of(sobject: SObject) -> Layout:
    """Give the layout of an object, without the fields that it lacks; objects without one get a plain one."""
    known = LAYOUTS.get(sobject.name, Layout())
    name = sobject.name_field
    first = (name.name,) if name else ("Id",)
    plain = tuple(each.name for each in sobject.fields if each.custom and not each.long_text)[:5]
    return Layout(
        highlights=_there(sobject, known.highlights),
        sections=tuple(_sections(sobject, known)),
        columns=_there(sobject, known.columns) or (*first, *plain),
        order=known.order if sobject.field(known.order) else "Id",
        related=known.related,
    )


def _there(sobject: SObject, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in names if sobject.field(each) is not None)


def _sections(sobject: SObject, known: Layout) -> list[Section]:
    arranged = {name for section in known.sections for name in section.fields}
    apart = arranged | HIDDEN | set(SYNC_FIELDS) | set(SYSTEM_FIELDS)
    parts = {each.compound for each in sobject.fields if each.compound and each.type != "address"}
    others = tuple(each.name for each in sobject.fields if each.name not in apart and each.name not in parts - {"Name"})
    sections = [
        *(Section(each.title, _there(sobject, each.fields)) for each in known.sections),
        Section(OTHERS if known.sections or sobject.recorded else "Details", others),
        Section("Synchronisation", _there(sobject, SYNC_FIELDS)),
        Section("System", _there(sobject, SYSTEM_FIELDS)),
    ]
    return [each for each in sections if each.fields]
