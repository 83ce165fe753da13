"""More of the scene: messages, visits, repairs, sales, and what waits for who cares for trucks and keeps accounts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from tests.sandbox.org_client import OrgClient

SYNCED: Final = {"Last_Synced__c": "2026-03-02T11:00:00Z", "Source_System__c": "Drawbar"}
SOLD: Final = "LW00003001"
TODAY: Final = date(2026, 3, 2)
STAGES: Final = ("Requested", "Ordered", "Ordered", "Repossessed", "In Repair", "Inventory", "Inventory")
HISTORY: Final = (
    "2026-01-20 15:00 UTC  new -> Requested: request, Casey Collector (three broken promises)\n"
    "2026-01-20 16:30 UTC  Requested -> Approved: approve, Avery Approver (worth recovering)\n"
    "2026-01-21 09:00 UTC  Approved -> Ordered: order, Avery Approver\n"
    "2026-01-24 04:10 UTC  Ordered -> Failed Attempt: failed attempt, rdn (nobody home)\n"
    "2026-01-27 05:00 UTC  Failed Attempt -> Repossessed: repossessed, rdn\n"
    "2026-02-25 17:00 UTC  Inventory -> Sold: sell, Avery Approver"
)


def touch(org: OrgClient, account: str) -> None:
    """Write to the lessee, be answered, and visit: on the account with the long history."""
    message = {"Lease_Account__c": account, "Template__c": "past_due", **SYNCED}
    org.create(
        "Message__c", Message_Key__c="MSG-1", Channel__c="Text", Direction__c="Outbound", Status__c="Delivered",
        Text__c="Ruiz <Hauling> LLC: your 2023 Peterbilt 389 is 40 days past due.", Sent_At__c="2026-02-24T14:05:00Z",
        Requested_By__c="Yacine Diallo", **message,
    )  # fmt: skip
    org.create(
        "Message__c", Message_Key__c="MSG-2", Channel__c="Text", Direction__c="Inbound", Status__c="Received",
        Text__c="Will call on Monday", Sent_At__c="2026-02-24T15:40:00Z", **message,
    )  # fmt: skip
    org.create(
        "Message__c", Message_Key__c="MSG-3", Channel__c="Email", Direction__c="Outbound", Status__c="Waiting",
        Reason__c="Outside of the hours in which lessees are written to", Subject__c="Your account",
        Sent_At__c="2026-03-02T03:00:00Z", Allowed_From__c="2026-03-02T14:00:00Z", **message,
    )  # fmt: skip
    org.create(
        "Field_Visit__c", Lease_Account__c=account, Visited_At__c="2026-02-26T19:30:00Z", Rep__c="Robin Rider",
        Disposition__c="Nobody Home", Comments__c="Gate shut, the truck was not in the yard.", Latitude__c=32.78,
        Longitude__c=-96.8, Follow_Up_Date__c="2026-03-04",
    )  # fmt: skip


def fill(org: OrgClient) -> None:
    """Write repossessions at several stages, one of them sold, with repairs, work orders, titles and a review."""
    for number, stage in enumerate(STAGES, 1):
        _repossession(org, number, stage)
    account, vehicle = _truck(org, SOLD, "3001", "SOLD", Market_Value__c=31_000, Title_Status__c="Clear")
    _case(org, "3001", "Sold", account, Repossession_History__c=HISTORY)
    _repairs(org, vehicle)
    org.create(
        "Sale__c", Sale_Key__c="SALE-000001", Vehicle__c=vehicle, Buyer__c="Big Rig Resale", Channel__c="Auction",
        Price__c=30_500, Fee__c=250, Sale_Date__c="2026-02-25", Submitted__c=True, Status__c="Accepted", **SYNCED,
    )  # fmt: skip
    org.create(
        "Account_Review__c", Name=SOLD, Review_Key__c=SOLD, Lease_Account__c=account, Proceeds__c=30_750,
        Expenses__c=3_125.5, Debt__c=61_000, Deficiency__c=33_375.5, Surplus__c=0, Status__c="Waiting", **SYNCED,
    )  # fmt: skip
    org.create(
        "Purchase_Order__c", FleetRock_Id__c="PO-9", Name="PO-9", Supplier__c="Diesel Parts Co",
        Received__c="2026-02-20", Grand_Total__c=812.4, Audit__c="Differs", **SYNCED,
    )  # fmt: skip
    org.create(
        "Payment__c", LeaseWorks_Id__c="P9001", Name="P9001", Lease_Account__c=account, Amount__c=2400, Method__c="ACH",
        Effective_Date__c="2026-02-10", Reversed_Date__c="2026-02-14", Reversal_Reason__c="NSF", **SYNCED,
    )  # fmt: skip
    org.create(
        "Promise_To_Pay__c", Name=f"{SOLD}-0001", Promise_Key__c=f"{SOLD}-0001", Lease_Account__c=account,
        Promised_Date__c="2026-02-20", Amount__c=900, Status__c="Broken", Paid_Amount__c=0, Taken_Date__c="2026-02-12",
        Decided_Date__c="2026-02-24", Taken_By__c="Rita Patel", Channel__c="Phone", **SYNCED,
    )  # fmt: skip


def _repossession(org: OrgClient, number: int, stage: str) -> None:
    key = f"40{number:02d}"
    title = {"Title_Status__c": "Requested", "Title_Reminder__c": "The title was asked for 40 days ago."}
    has_title = stage in ("Repossessed", "In Repair", "Inventory")
    disposition = {"Inventory": "INVENTORY"}.get(stage, "PENDING")
    account, vehicle = _truck(
        org, f"LW0000{key}", key, disposition, Market_Value__c=22_000 + 1_000 * number,
        Storage_Place__c="Yard 4, Dallas", Condition__c="Inventory" if stage == "Inventory" else "Running",
        **(title if has_title else {}),
    )  # fmt: skip
    _case(org, key, stage, account)
    if stage in ("Repossessed", "In Repair"):
        kind, status = ("Transport", "Open") if stage == "Repossessed" else ("Repair", "Approved")
        decided = {"Decided_By__c": "Avery Approver", "Decided_At__c": "2026-02-27T16:00:00Z"}
        org.create(
            "Asset_Work_Order__c", Work_Order_Key__c=f"WO-{key}", Kind__c=kind, Vehicle__c=vehicle, Status__c=status,
            Vendor__c="Lone Star Towing", Estimate__c=900, Amount__c=875.5, Done_Date__c="2026-02-26",
            **(decided if status == "Approved" else {}), **SYNCED,
        )  # fmt: skip


def _truck(org: OrgClient, account_key: str, key: str, disposition: str, **vehicle: Any) -> tuple[str, str]:
    org.create("Account", Name=f"Elm & Sons Transport {key}", LeaseWorks_Id__c=f"LS{key}")
    account = org.create(
        "Lease_Account__c", Name=account_key, LeaseWorks_Id__c=account_key, Lessee__r={"LeaseWorks_Id__c": f"LS{key}"},
        Status__c="Active", **SYNCED,
    )  # fmt: skip
    made = org.create(
        "Vehicle__c", Name=f"VH0000{key}", LeaseWorks_Id__c=f"VH0000{key}", Lease_Account__c=account, Year__c="2021",
        VIN__c=f"1XPXD49X2PN89{key}", Make__c="Kenworth", Model__c="T680", Disposition__c=disposition,
        **vehicle, **SYNCED,
    )  # fmt: skip
    return account, made


def _case(org: OrgClient, key: str, stage: str, account: str, **more: Any) -> None:
    repossession = next(each for each in org.sobject("Case").record_types if each.developer_name == "Repossession")
    asked = TODAY - timedelta(days=int(key) % 100 + 5)
    org.create(
        "Case", RecordTypeId=repossession.id, Account={"LeaseWorks_Id__c": f"LS{key}"}, Lease_Account__c=account,
        Vehicle__r={"LeaseWorks_Id__c": f"VH0000{key}"}, Case_Key__c=f"VH0000{key}-R001", Origin="Salesforce",
        Subject=f"Repossession 1 of VH0000{key}", Status="Working", Repossession_Stage__c=stage, Agent__c="RDN",
        Repossession_Requested__c=f"{asked}T15:00:00Z", Days_Past_Due__c=75, Estimated_Recovery__c=14_000,
        **more, **SYNCED,
    )  # fmt: skip


def _repairs(org: OrgClient, vehicle: str) -> None:
    org.create(
        "Repair_Order__c", FleetRock_Id__c="RO-7", Name="RO-7", Vehicle__c=vehicle, Status__c="Finished",
        Repair_Vendor__c="Truck Care Dallas", Order_Created__c="2026-02-02T14:00:00Z",
        Finished__c="2026-02-11T20:00:00Z", Grand_Total__c=2_250, Audit__c="Agrees", **SYNCED,
    )  # fmt: skip
    org.create(
        "Repair_Order__c", FleetRock_Id__c="RO-8", Name="RO-8", Vehicle__c=vehicle, Status__c="In Progress",
        Repair_Vendor__c="Truck Care Dallas", Order_Created__c="2026-02-28T14:00:00Z", Grand_Total__c=410, **SYNCED,
    )  # fmt: skip
