"""What heads the page of a record, and which lists people choose from; list views cannot be sorted in metadata.

Salesforce calls standard fields otherwise in list views than everywhere else: `NAME`, `CASES.CASE_NUMBER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STANDARD_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "Case": {
        "CASES.CASE_NUMBER": "CaseNumber",
        "CASES.SUBJECT": "Subject",
        "CASES.STATUS": "Status",
        "CASES.PRIORITY": "Priority",
        "CASES.CLOSED": "IsClosed",
        "ACCOUNT.NAME": "AccountId",
    },
}
"""What the list views of standard objects call a field → its API name."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition of a list view; an empty `value` is a blank field."""

    field: str
    operation: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A list view that everyone sees."""

    name: str
    label: str
    columns: tuple[str, ...]
    filters: tuple[Filter, ...] = ()


COMPACT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Account": ("Name", "LeaseWorks_Id__c", "Phone", "Mobile_Phone__c", "Email__c"),
    "Lease_Account__c": (
        "Name",
        "Lessee__c",
        "Status__c",
        "Days_Past_Due__c",
        "Past_Due_Amount__c",
        "Next_Due_Date__c",
        "Promise_Kept_Rate__c",
    ),
    "Vehicle__c": ("Name", "Year_Make_Model__c", "VIN__c", "Plate__c", "Disposition__c", "Condition__c"),
    "Payment__c": ("Name", "Lease_Account__c", "Amount__c", "Effective_Date__c", "Method__c", "Is_Reversed__c"),
    "Collection_Note__c": ("Name", "Lease_Account__c", "Written_At__c", "Author__c", "Channel__c"),
    "Promise_To_Pay__c": (
        "Name",
        "Lease_Account__c",
        "Status__c",
        "Amount__c",
        "Promised_Date__c",
        "Paid_Amount__c",
    ),
    "Case": ("CaseNumber", "Status", "Priority", "Lease_Account__c", "Days_Past_Due__c", "Past_Due_Amount__c"),
    "Field_Visit__c": ("Name", "Lease_Account__c", "Visited_At__c", "Rep__c", "Disposition__c", "Follow_Up_Date__c"),
    "Hold__c": ("Name", "Lease_Account__c", "Kind__c", "From__c", "Until__c", "Lifted__c"),
    "Asset_Work_Order__c": ("Name", "Kind__c", "Vehicle__c", "Vendor__c", "Amount__c", "Status__c"),
    "Remarketing__c": ("Name", "Vehicle__c", "Status__c", "Vendor__c", "External_Reference__c", "Priority__c"),
    "Remarketing_Status__c": ("Name", "Remarketing__c", "Before__c", "Status__c", "Set_By__c", "Started_At__c"),
    "Sale__c": ("Name", "Vehicle__c", "Buyer__c", "Price__c", "Sale_Date__c", "Status__c"),
    "Auction_Invoice__c": ("Name", "Vendor__c", "Auction_Date__c", "Total_Gross__c", "Actual_Net__c", "Status__c"),
    "Auction_Invoice_Line__c": ("Name", "Part__c", "Vehicle__c", "Service__c", "Amount__c", "Status__c"),
    "Refund__c": ("Name", "Vehicle__c", "Type__c", "Amount__c"),
    "Account_Review__c": ("Name", "Lease_Account__c", "Proceeds__c", "Deficiency__c", "Surplus__c", "Status__c"),
    "Sync_Error__c": ("Name", "Object__c", "Record_Key__c", "Error_Code__c", "Attempts__c", "Last_Failed__c"),
}
"""Per object the fields of its compact layout, its name first."""

LIST_VIEWS: Mapping[str, tuple[ListView, ...]] = {
    "Lease_Account__c": (
        ListView(
            name="All_Lease_Accounts",
            label="All Lease Accounts",
            columns=("NAME", "Lessee__c", "Status__c", "Days_Past_Due__c", "Next_Due_Date__c", "Net_Outstanding__c"),
        ),
        ListView(
            name="Past_Due",
            label="Past Due",
            columns=("NAME", "Lessee__c", "Days_Past_Due__c", "Past_Due_Amount__c", "Late_Fees__c", "Collector__c"),
            filters=(Filter("Days_Past_Due__c", "greaterThan", "0"),),
        ),
    ),
    "Vehicle__c": (
        ListView(
            name="All_Vehicles",
            label="All Vehicles",
            columns=("NAME", "Year_Make_Model__c", "VIN__c", "Lease_Account__c", "Disposition__c", "Condition__c"),
        ),
        ListView(
            name="Overdue_Titles",
            label="Overdue Titles",
            columns=("NAME", "VIN__c", "Title_Status__c", "Title_State__c", "Title_Reminder__c"),
            filters=(Filter("Title_Reminder__c", "notEqual"),),
        ),
        ListView(
            name="Off_Lease",
            label="Off Lease",
            columns=("NAME", "Year_Make_Model__c", "VIN__c", "Disposition__c", "Condition__c", "Storage_Place__c"),
            filters=(Filter("Disposition__c", "notEqual", "ON LEASE"),),
        ),
    ),
    "Payment__c": (
        ListView(
            name="All_Payments",
            label="All Payments",
            columns=("NAME", "Lease_Account__c", "Amount__c", "Effective_Date__c", "Method__c"),
        ),
        ListView(
            name="Reversed_Payments",
            label="Reversed Payments",
            columns=("NAME", "Lease_Account__c", "Amount__c", "Reversed_Date__c", "Reversal_Reason__c"),
            filters=(Filter("Is_Reversed__c", "equals", "1"),),
        ),
    ),
    "Collection_Note__c": (
        ListView(
            name="All_Notes",
            label="All Notes",
            columns=("NAME", "Lease_Account__c", "Written_At__c", "Author__c", "Channel__c"),
        ),
    ),
    "Promise_To_Pay__c": (
        ListView(
            name="Open_Promises",
            label="Open Promises",
            columns=("NAME", "Lease_Account__c", "Amount__c", "Promised_Date__c", "Taken_By__c"),
            filters=(Filter("Status__c", "equals", "Open"),),
        ),
        ListView(
            name="Broken_Promises",
            label="Broken Promises",
            columns=("NAME", "Lease_Account__c", "Amount__c", "Paid_Amount__c", "Promised_Date__c", "Decided_Date__c"),
            filters=(Filter("Status__c", "equals", "Broken"),),
        ),
    ),
    "Case": (
        ListView(
            name="Open_Delinquencies",
            label="Open Delinquencies",
            columns=(
                "CASES.CASE_NUMBER",
                "CASES.SUBJECT",
                "CASES.STATUS",
                "CASES.PRIORITY",
                "Days_Past_Due__c",
                "Past_Due_Amount__c",
            ),
            filters=(Filter("CASES.CLOSED", "equals", "0"), Filter("Delinquency_Opened__c", "notEqual")),
        ),
        ListView(
            name="Open_Repossessions",
            label="Open Repossessions",
            columns=(
                "CASES.CASE_NUMBER",
                "CASES.SUBJECT",
                "Repossession_Stage__c",
                "Days_Past_Due__c",
                "GPS_Verdict__c",
                "Estimated_Recovery__c",
            ),
            filters=(Filter("CASES.CLOSED", "equals", "0"), Filter("Repossession_Stage__c", "notEqual")),
        ),
    ),
    "Field_Visit__c": (
        ListView(
            name="All_Visits",
            label="All Field Visits",
            columns=("NAME", "Lease_Account__c", "Visited_At__c", "Rep__c", "Disposition__c", "Follow_Up_Date__c"),
        ),
        ListView(
            name="Follow_Ups",
            label="Field Visits to Follow Up",
            columns=("NAME", "Lease_Account__c", "Disposition__c", "Follow_Up_Date__c", "Rep__c"),
            filters=(Filter("Follow_Up_Date__c", "greaterOrEqual", "LAST_N_DAYS:7"),),
        ),
    ),
    "Geofence__c": (
        ListView(
            name="All_Geofences",
            label="All Geofences",
            columns=("NAME", "Kind__c", "Lease_Account__c", "Active__c"),
        ),
    ),
    "Hold__c": (
        ListView(
            name="All_Holds",
            label="All Holds",
            columns=("NAME", "Lease_Account__c", "Kind__c", "From__c", "Until__c", "Lifted__c"),
        ),
    ),
    "Asset_Work_Order__c": (
        ListView(
            name="Open_Work_Orders",
            label="Open Work Orders",
            columns=("NAME", "Kind__c", "Vehicle__c", "Vendor__c", "Estimate__c", "Amount__c", "Done_Date__c"),
            filters=(Filter("Status__c", "equals", "Open"),),
        ),
        ListView(
            name="All_Work_Orders",
            label="All Work Orders",
            columns=("NAME", "Kind__c", "Vehicle__c", "Vendor__c", "Amount__c", "Status__c", "Decided_By__c"),
        ),
    ),
    "Remarketing__c": (
        ListView(
            name="Current_Remarketings",
            label="Current Remarketings",
            columns=("NAME", "Vehicle__c", "Status__c", "Status_At__c", "Vendor__c", "External_Reference__c"),
            filters=(Filter("Current__c", "equals", "1"),),
        ),
        ListView(
            name="Remarketings_Without_Vendor",
            label="Without Vendor",
            columns=("NAME", "Vehicle__c", "Status__c", "Storage_State__c", "Requested_At__c"),
            filters=(Filter("Current__c", "equals", "1"), Filter("Vendor__c", "equals")),
        ),
        ListView(
            name="All_Remarketings",
            label="All Remarketings",
            columns=("NAME", "Vehicle__c", "Status__c", "Vendor__c", "Work_Order_Status__c", "Current__c"),
        ),
    ),
    "Sale__c": (
        ListView(
            name="All_Sales",
            label="All Sales",
            columns=("NAME", "Vehicle__c", "Buyer__c", "Price__c", "Sale_Date__c", "Status__c"),
        ),
    ),
    "Auction_Invoice__c": (
        ListView(
            name="Invoices_For_Approval",
            label="For Approval",
            columns=("NAME", "Vendor__c", "Auction_Date__c", "Total_Gross__c", "Total_Expense__c", "Received_At__c"),
            filters=(Filter("Status__c", "equals", "FOR APPROVAL"),),
        ),
        ListView(
            name="Invoices_To_Post",
            label="To Post",
            columns=("NAME", "Vendor__c", "Funds_Received_Date__c", "Total_Gross__c", "Actual_Net__c", "Status__c"),
            filters=(Filter("Status__c", "equals", "APPROVED,IN PROCESS"), Filter("Posted_At__c", "equals")),
        ),
        ListView(
            name="All_Auction_Invoices",
            label="All Auction Invoices",
            columns=("NAME", "Vendor__c", "Auction_Date__c", "Total_Gross__c", "Status__c", "Posted_At__c"),
        ),
    ),
    "Auction_Invoice_Line__c": (
        ListView(
            name="Failed_Transactions",
            label="Failed Transactions",
            columns=("NAME", "Auction_Invoice__c", "Vehicle__c", "Service__c", "Amount__c", "Gross__c"),
            filters=(Filter("Transaction_Status__c", "equals", "FAILED"),),
        ),
        ListView(
            name="Manual_Accounting",
            label="Manual Accounting",
            columns=("NAME", "Auction_Invoice__c", "Vehicle__c", "Service__c", "Amount__c", "Status__c"),
            filters=(Filter("Collectible__c", "equals", "0"), Filter("Part__c", "equals", "Vendor Fee")),
        ),
    ),
    "Refund__c": (
        ListView(name="All_Refunds", label="All Refunds", columns=("NAME", "Vehicle__c", "Type__c", "Amount__c")),
    ),
    "Account_Review__c": (
        ListView(
            name="Waiting_Reviews",
            label="Waiting for Sign-Off",
            columns=("NAME", "Proceeds__c", "Expenses__c", "Debt__c", "Deficiency__c", "Surplus__c"),
            filters=(Filter("Status__c", "equals", "Waiting"),),
        ),
    ),
    "Sync_Error__c": (
        ListView(
            name="All_Sync_Errors",
            label="All Sync Errors",
            columns=("NAME", "Object__c", "Record_Key__c", "Error_Code__c", "Attempts__c", "Last_Failed__c"),
        ),
    ),
}
"""Per object the list views that come with the package."""
