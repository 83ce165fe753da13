"""A small book of accounts, on a day of its own, for whoever looks at the Lightning pages: tests and screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.pages.lightning import open_lightning
from drawbar.sandbox.seeds import DEFAULT_USERNAME
from drawbar.sandbox.source import SALESFORCE, load_schema
from tests.lightning import yard
from tests.sandbox.local_server import serve
from tests.sandbox.org_client import Clock, OrgClient

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SYNCED = {"Last_Synced__c": "2026-03-02T11:00:00Z", "Source_System__c": "LeaseWorks"}
ACCOUNT, VEHICLE, CASE = "LW00001342", "VH00001342", "00001000"
REPOSSESSION = "00001031"
PAYMENTS = 26
POSITIONS = 30
OTHERS = 30

LESSEES = ("Alder Freight", "Birch Haulage LLC", "Cedar Bros. Trucking", "Dogwood Carriers Inc", "Elm & Sons Transport")
COLLECTORS = ("MKOWALSKI", "RPATEL", "YDIALLO")

NOTES = (
    (
        "2026-03-01T16:20:00Z",
        "Phone",
        "Spoke to the dispatcher. The owner is on the road until Tuesday; call again then.",
    ),
    ("2026-02-24T14:05:00Z", "Text", "Reminder sent with amount due. No reply."),
    ("2026-02-19T20:41:00Z", "Phone", "Left voicemail. Greeting says the office is closed on Fridays."),
    ("2026-02-11T15:30:00Z", "Email", "Mailed a statement of the account, as asked."),
    ("2026-02-03T17:12:00Z", "Phone", "Truck was down for two weeks (injectors). Promised a half payment."),
)

PROMISES = (
    ("2026-03-06", 2400, "Open", 0, "2026-03-01", None, "Nothing of $2,400.00 came so far."),
    ("2026-02-13", 1200, "Broken", 0, "2026-02-03", "2026-02-17", "Nothing came by Feb 16, 2026."),
    ("2026-01-09", 1200, "Partly Kept", 700, "2026-01-02", "2026-01-13", "$700.00 of $1,200.00 came in time."),
    ("2025-11-14", 1200, "Kept", 1200, "2025-11-05", "2025-11-13", "$1,200.00 came in time."),
)


@contextmanager
def running_org(folder: Path) -> Iterator[str]:
    """Run an org with the book, and give its address."""
    lightning = open_lightning(SALESFORCE)
    assert lightning is not None, "build the pages first: make lightning"
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    local = LocalOrg(folder, load_schema(), client, lightning=lightning, clock=Clock(NOW))
    try:
        fill(OrgClient(local))
        with serve(local.app, local.connections) as port:
            yield f"http://127.0.0.1:{port}"
    finally:
        local.close()


def fill(org: OrgClient) -> None:
    """Write the book: one account with a history, and others that are delinquent."""
    org.create("Account", Name="Ruiz <Hauling> LLC", LeaseWorks_Id__c="LS1342", Phone="(555) 010-1342")
    account = org.create(
        "Lease_Account__c",
        Name=ACCOUNT,
        LeaseWorks_Id__c=ACCOUNT,
        Lessee__r={"LeaseWorks_Id__c": "LS1342"},
        Status__c="Active",
        Portfolio__c="TRUCK",
        Collector__c="YDIALLO",
        Days_Past_Due__c=46,
        Delinquency_Bucket__c="31-60",
        Past_Due_Since__c="2026-01-15",
        Past_Due_Amount__c=4800,
        Missed_Payments__c=2,
        Late_Fees__c=240.5,
        Payoff_Amount__c=61250.4,
        Net_Outstanding__c=60300,
        Next_Due_Date__c="2026-03-15",
        Payment_Amount__c=2400,
        Payments_Made__c=PAYMENTS,
        Last_Payment_Date__c="2026-01-12",
        Last_Payment_Amount__c=700,
        Promise_Kept_Rate__c=33.33,
        Promises_Kept__c=1,
        Promises_Broken__c=1,
        Open_Promise_Date__c="2026-03-06",
        Open_Promise_Amount__c=2400,
        Boarded_Date__c="2023-12-15",
        Term_Months__c=60,
        **SYNCED,
    )
    _history(org, account)
    _case(org, account, "LS1342", 46, 4800)
    _others(org)
    _repossession(org, account)
    yard.touch(org, account)
    yard.fill(org)


def _trail(org: OrgClient, account: str, vehicle: str) -> None:
    device = org.create(
        "GPS_Device__c", Name="77001342", Device_Key__c="PassTime-77001342", Vendor__c="PassTime", Vehicle__c=vehicle,
        Lease_Account__c=account, Active__c=True, Last_Report__c="2026-03-02T11:00:00Z", Latitude__c=32.78,
        Longitude__c=-96.8, Address__c="1400 Commerce St, Dallas, TX", Moving_Status__c="Stopped",
        Source_System__c="PassTime",
    )  # fmt: skip
    org.create(
        "Geofence__c", Name="Dallas yard", Fence_Key__c="yard * Dallas yard", Kind__c="Yard", Active__c=True,
        Outline__c="[[[32.6,-97.0],[32.6,-96.6],[32.85,-96.6],[32.85,-97.0],[32.6,-97.0]]]", Source_System__c="Drawbar",
    )  # fmt: skip
    for number in range(POSITIONS):
        org.create(
            "GPS_Position__c", Name=f"position {number}", Position_Key__c=f"77001342-{number}", GPS_Device__c=device,
            Reported__c=(NOW - timedelta(hours=4 + number)).isoformat(), Latitude__c=32.78 - 0.05 * number,
            Longitude__c=-96.8 + 0.04 * (number % 7) - 0.02 * number,
        )  # fmt: skip
    org.create(
        "GPS_Alert__c", Name=f"{ACCOUNT}-G1", Alert_Key__c=f"{ACCOUNT}-G1", Lease_Account__c=account,
        Kind__c="Left State", Status__c="Ended", Reason__c="The truck was in Oklahoma.", End_Reason__c="Back in TX.",
        Began_At__c="2026-02-20T09:00:00Z", Device__c="PassTime 77001342",
    )  # fmt: skip


def _history(org: OrgClient, account: str) -> None:
    vehicle = org.create(
        "Vehicle__c", Name=VEHICLE, LeaseWorks_Id__c=VEHICLE, Lease_Account__c=account, VIN__c="1XPXD49X2PN896629",
        Year__c="2023", Make__c="Peterbilt", Model__c="389", Color__c="Black", Odometer__c=438430, Plate__c="EH89046",
        Plate_State__c="AR", Disposition__c="ON LEASE", Condition__c="Running", Equipment_Cost__c=169800, **SYNCED,
    )  # fmt: skip
    _trail(org, account, vehicle)
    for number in range(PAYMENTS):
        paid = date(2026, 1, 12) - timedelta(days=30 * number)
        org.create(
            "Payment__c", LeaseWorks_Id__c=f"P{number}", Name=f"P{number}", Lease_Account__c=account,
            Amount__c=700 if number == 0 else 2400, Effective_Date__c=paid.isoformat(), Method__c="ACH", **SYNCED,
        )  # fmt: skip
    for number, (due, amount, status, paid_amount, taken, decided, reason) in enumerate(PROMISES, 1):
        org.create(
            "Promise_To_Pay__c", Name=f"{ACCOUNT}-{number:04}", Promise_Key__c=f"{ACCOUNT}-{number:04}",
            Lease_Account__c=account, Promised_Date__c=due, Amount__c=amount, Status__c=status,
            Paid_Amount__c=paid_amount, Taken_Date__c=taken, Decided_Date__c=decided, Taken_By__c="Yacine Diallo",
            Channel__c="Phone", Reason__c=reason, **SYNCED,
        )  # fmt: skip
    for number, (written, channel, text) in enumerate(NOTES):
        org.create(
            "Collection_Note__c", LeaseWorks_Id__c=f"N{number}", Lease_Account__c=account, Written_At__c=written,
            Channel__c=channel, Author__c="Yacine Diallo", Note__c=text, **SYNCED,
        )  # fmt: skip
    org.create(
        "Sync_Error__c", Sync_Error_Key__c="Payment__c P99", Lease_Account__c=account, Object__c="Payment__c",
        Record_Key__c="P99", Error_Code__c="unknown_word", Message__c="payments.method: 'BARTER' is not known.",
        Remedy__c="Enter the word in the layout, then replay.", Last_Failed__c="2026-03-02T11:00:00Z", Attempts__c=1,
        Source_System__c="Drawbar",
    )  # fmt: skip


def _case(org: OrgClient, account: str, lessee: str, days: int, amount: float) -> None:
    delinquency = next(each for each in org.sobject("Case").record_types if each.developer_name == "Delinquency")
    priority = "High" if days > 60 else "Medium" if days > 30 else "Low"
    org.create(
        "Case",
        RecordTypeId=delinquency.id,
        Account={"LeaseWorks_Id__c": lessee},
        Lease_Account__c=account,
        Case_Key__c=account,
        Subject="Delinquency 1",
        Status="New",
        Origin="LeaseWorks",
        Priority=priority,
        Days_Past_Due__c=days,
        Past_Due_Amount__c=amount,
        Delinquency_Opened__c="2026-01-20",
        Last_Synced__c="2026-03-02T11:00:00Z",
        Source_System__c="Drawbar",
    )


def _others(org: OrgClient) -> None:
    for number in range(OTHERS):
        key, days, amount = f"{2001 + number}", 3 + 3 * number, 900 + 137.5 * number
        lessee = f"{LESSEES[number % len(LESSEES)]} {1 + number // len(LESSEES)}"
        org.create("Account", Name=lessee, LeaseWorks_Id__c=f"LS{key}")
        account = org.create(
            "Lease_Account__c", Name=f"LW0000{key}", LeaseWorks_Id__c=f"LW0000{key}",
            Lessee__r={"LeaseWorks_Id__c": f"LS{key}"}, Days_Past_Due__c=days, Past_Due_Amount__c=amount,
            Collector__c=COLLECTORS[number % len(COLLECTORS)], Promises_Broken__c=number % 4, **SYNCED,
        )  # fmt: skip
        _case(org, account, f"LS{key}", days, amount)


def _repossession(org: OrgClient, account: str) -> None:
    """Ask for the vehicle: not worth recovering, under a hold, and a first decision that Drawbar refused."""
    repossession = next(each for each in org.sobject("Case").record_types if each.developer_name == "Repossession")
    org.create(
        "Hold__c", Lease_Account__c=account, Kind__c="Cure Letter", From__c="2026-02-20", Until__c="2026-03-12",
        Reason__c="Letter of February 20",
    )  # fmt: skip
    case = org.create(
        "Case", RecordTypeId=repossession.id, Account={"LeaseWorks_Id__c": "LS1342"}, Lease_Account__c=account,
        Vehicle__r={"LeaseWorks_Id__c": VEHICLE}, Case_Key__c=f"{VEHICLE}-R001", Subject=f"Repossession 1 of {VEHICLE}",
        Status="New", Origin="Salesforce", Repossession_Stage__c="Under Review", Days_Past_Due__c=46,
        Past_Due_Amount__c=4800, Payments_Made__c=PAYMENTS, Promises_Kept__c=1, Promises_Broken__c=1,
        Payoff_Amount__c=61250.4, GPS_Verdict__c="Doubtful", Market_Value__c=4000, Market_Value_Source__c="Price Guide",
        Market_Value_Date__c="2026-02-27", Recovery_Costs__c=1900, Estimated_Recovery__c=2100, Least_Recovery__c=2500,
        GPS_Reasons__c="No report for 4 hours.\nThe truck left Texas in February.", Vehicle_Condition__c="Running",
        Order_Blocked_By__c="cure letter in force until 2026-03-12", Decision__c="Another Chance",
        Last_Synced__c="2026-03-02T11:00:00Z", Source_System__c="Drawbar",
    )  # fmt: skip
    org.create(
        "Sync_Error__c", Sync_Error_Key__c=f"Case {VEHICLE}-R001", Case__c=case, Object__c="Case",
        Record_Key__c=f"{VEHICLE}-R001", Error_Code__c="REASON", Message__c="another chance needs a reason",
        Remedy__c="Say why, and save again.", Last_Failed__c="2026-03-02T11:00:00Z", Attempts__c=1,
        Source_System__c="Drawbar",
    )  # fmt: skip
