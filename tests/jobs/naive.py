"""Reads a delivery in the plainest way and says what should stand in Salesforce for it; shares no code with the hub."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

Expected = dict[str, dict[str, Any]]
Read = Callable[[str], object]


def _text(cell: str) -> object:
    return cell.strip() or None


def _day(cell: str) -> object:
    return datetime.strptime(cell, "%m/%d/%Y").date().isoformat() if cell else None  # noqa: DTZ007


def _number(cell: str) -> object:
    return float(cell) if cell else None


def _instant(cell: str) -> object:
    return cell.replace("Z", ".000+0000")


def _one_of(**words: str) -> Read:
    return lambda cell: words[cell]


_CHANNELS = _one_of(PH="Phone", TX="Text", EM="Email", LT="Letter", IP="In Person", SY="System")
_STATUSES = _one_of(A="Active", P="Paid Off", R="Repossessed", C="Charged Off", T="Terminated")
_METHODS = _one_of(ACH="ACH", CHK="Check", CC="Card", WIR="Wire", CSH="Cash", LBX="Lockbox")

COLUMNS: Mapping[str, tuple[str, str, Mapping[str, tuple[str, Read]]]] = {
    "Account": ("lessees.csv", "LESSEE_NO", {
        "LeaseWorks_Id__c": ("LESSEE_NO", _text), "AccountNumber": ("LESSEE_NO", _text),
        "Name": ("LESSEE_NAME", _text), "Short_Name__c": ("SHORT_NAME", _text), "Phone": ("PHONE", _text),
        "Mobile_Phone__c": ("MOBILE", _text), "Email__c": ("EMAIL", _text), "BillingStreet": ("STREET", _text),
        "BillingCity": ("CITY", _text), "BillingState": ("STATE", _text), "BillingPostalCode": ("ZIP", _text),
        "Source_Updated__c": ("UPDATED_TS", _instant),
    }),
    "Lease_Account__c": ("accounts.csv", "ACCT_NO", {
        "LeaseWorks_Id__c": ("ACCT_NO", _text), "Name": ("ACCT_NO", _text), "Lessee__c": ("LESSEE_NO", _text),
        "Portfolio__c": ("PORTFOLIO", _text), "Company__c": ("COMPANY", _text), "Region__c": ("REGION", _text),
        "Office__c": ("OFFICE", _text), "Status__c": ("STATUS", _STATUSES), "Boarded_Date__c": ("BOARDED_DT", _day),
        "Maturity_Date__c": ("MATURITY_DT", _day), "Term_Months__c": ("TERM", _number),
        "Payment_Amount__c": ("PMT_AMT", _number), "Next_Due_Date__c": ("NEXT_DUE_DT", _day),
        "Past_Due_Since__c": ("OLDEST_UNPAID_DT", _day), "Missed_Payments__c": ("MISSED_PMTS", _number),
        "Past_Due_Amount__c": ("PAST_DUE_AMT", _number), "Late_Fees__c": ("LATE_FEES", _number),
        "Net_Outstanding__c": ("NET_OUTST", _number), "Gross_Outstanding__c": ("GROSS_OUTST", _number),
        "Gross_Receivable__c": ("GROSS_RECV", _number), "Payoff_Amount__c": ("PAYOFF_AMT", _number),
        "Payments_Made__c": ("PMTS_MADE", _number), "Last_Payment_Date__c": ("LAST_PMT_DT", _day),
        "Last_Payment_Amount__c": ("LAST_PMT_AMT", _number), "Collector__c": ("COLLECTOR", _text),
        "Source_Updated__c": ("UPDATED_TS", _instant),
    }),
    "Vehicle__c": ("vehicles.csv", "ASSET_NO", {
        "LeaseWorks_Id__c": ("ASSET_NO", _text), "Name": ("ASSET_NO", _text), "Lease_Account__c": ("ACCT_NO", _text),
        "VIN__c": ("VIN", _text), "Year__c": ("YEAR", _text), "Make__c": ("MAKE", _text), "Model__c": ("MODEL", _text),
        "Body_Type__c": ("BODY", _text), "Color__c": ("COLOR", _text), "Odometer__c": ("ODOMETER", _number),
        "Plate__c": ("PLATE", _text), "Plate_State__c": ("PLATE_ST", _text),
        "Equipment_Cost__c": ("EQUIP_COST", _number), "Source_Updated__c": ("UPDATED_TS", _instant),
    }),
    "Payment__c": ("payments.csv", "PMT_NO", {
        "LeaseWorks_Id__c": ("PMT_NO", _text), "Name": ("PMT_NO", _text), "Lease_Account__c": ("ACCT_NO", _text),
        "Effective_Date__c": ("EFFECTIVE_DT", _day), "Posted_Date__c": ("POSTED_DT", _day),
        "Amount__c": ("AMOUNT", _number), "Method__c": ("METHOD", _METHODS), "Reference__c": ("REFERENCE", _text),
        "Reversed_Date__c": ("REVERSED_DT", _day), "Reversal_Reason__c": ("REVERSAL_REASON", _text),
        "Source_Updated__c": ("UPDATED_TS", _instant),
    }),
    "Collection_Note__c": ("notes.csv", "NOTE_NO", {
        "LeaseWorks_Id__c": ("NOTE_NO", _text), "Lease_Account__c": ("ACCT_NO", _text),
        "Written_At__c": ("WRITTEN_TS", _instant), "Author__c": ("AUTHOR", _text), "Channel__c": ("CHANNEL", _CHANNELS),
        "Note__c": ("TEXT", _text), "Source_Updated__c": ("UPDATED_TS", _instant),
    }),
}  # fmt: skip
"""Per object: file, key column, and for each field the column that it shows and how a cell of it is read."""


def rows(delivery: Path, file: str) -> list[dict[str, str]]:
    """Give the rows of a file of a delivery."""
    with (delivery / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def expected(delivery: Path, object_name: str) -> Expected:
    """Give what should stand in the fields that LeaseWorks owns, by key; empty fields are there as None."""
    file, key, columns = COLUMNS[object_name]
    return {
        row[key]: {name: read(row[column]) for name, (column, read) in columns.items()} for row in rows(delivery, file)
    }


def days_past_due(delivery: Path, business_date: date) -> dict[str, int]:
    """Give the days past due of every account, by its number."""
    return {row["ACCT_NO"]: _days(row, business_date) for row in rows(delivery, "accounts.csv")}


def _days(row: Mapping[str, str], business_date: date) -> int:
    if row["STATUS"] != "A" or not row["OLDEST_UNPAID_DT"]:
        return 0
    since = datetime.strptime(row["OLDEST_UNPAID_DT"], "%m/%d/%Y").date()  # noqa: DTZ007
    return max(0, (business_date - since).days)


def delinquent(delivery: Path, business_date: date) -> set[str]:
    """Name the accounts that should have an open case."""
    late = days_past_due(delivery, business_date)
    return {row["ACCT_NO"] for row in rows(delivery, "accounts.csv") if late[row["ACCT_NO"]] and owes(row)}


def owes(row: Mapping[str, str]) -> bool:
    return float(row["PAST_DUE_AMT"]) > 0
