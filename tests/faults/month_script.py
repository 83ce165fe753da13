"""The script of the month, line by line: day, hour, who, what, which part, and what is told.

Parts are named after how they end. Every step of a repossession is taken, and every state stood in, by some of them
(`docs/repossession-states.md`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tests.faults.lender_month import Act
from tests.faults.month_acts import AGENT, CLERK, LEASEWORKS, SHOP, WEATHER

ENDS: Final[Mapping[str, Sequence[str]]] = {
    "payer": (),
    "breaker": ("Another Chance", "Cancelled"),
    "surplus": ("Closed",),
    "deficit": ("Closed",),
    "redeemed": ("Released",),
    "bankrupt": ("Cancelled",),
    "letter": ("In Storage",),
    "withdrawn": ("Cancelled",),
    "vanished": ("Closed",),
    "quiet": (),
}
"""Each part, and how its repossessions stand when the month is over."""

PARTS: Final = tuple(ENDS)
CASEY, AVERY = "Casey", "Avery"
_LATE: Final = {"days": 75, "amount": "3600.00"}
_PENDING: Final = {"Disposition__c": "PENDING", "Market_Value__c": 40_000}
_PROCEED: Final = {"Decision__c": "Proceed", "Decision_Reason__c": "no answer for weeks"}

_PROMISED: Final = {"Attempt_Result__c": "Promised to pay", "Promised_Date__c": "2026-03-09"}


def _step(step: str, **told: object) -> dict[str, object]:
    return {"Next_Step__c": step, **told}


def _title(status: str, **told: object) -> dict[str, object]:
    return {"Title_Status__c": status, **told}


def _for(kind: str, vendor: str, amount: float) -> dict[str, object]:
    return {"Kind__c": kind, "Vendor__c": vendor, "Amount__c": amount, "Done_Date__c": "2026-03-09"}


def _sold(buyer: str, price: float, fee: float, day: str) -> dict[str, object]:
    money = {"Price__c": price, "Fee__c": fee}
    return {"Buyer__c": buyer, "Channel__c": "Auction", "Sale_Date__c": day, "Submitted__c": True, **money}


def _held(kind: str, since: str, reason: str, **told: str) -> dict[str, object]:
    return {"Kind__c": kind, "From__c": since, "Reason__c": reason, **told}


_SURPLUS_SALE: Final = _sold("Big Rig Resale LLC", 60_000.10, 150, "2026-03-12")
_DEFICIT_SALE: Final = _sold("Auction Buyer", 22_000, 99.99, "2026-03-20")
_RECEIVED: Final = _title(
    "Received", Title_Number__c="T-77", Title_State__c="NJ", Title_Received_Date__c="2026-03-10"
)  # fmt: skip

_ORG: Final = "/services/data/*"
_RDN, _MBSI, _BOOKS = "/vendors/rdn/*", "/vendors/mbsi/*", "/vendors/quickbooks_online/v3/*"
_FLEETROCK: Final = "/vendors/fleetrock/API/*"
_COURIER: Final = "drawbar.middleware.sync.deliver:Courier"


def _fault(day: int, kind: str, path: str, **more: object) -> Act:
    return Act(day, 6, WEATHER, "fault", told={"kind": kind, "path": path, **more})


def _kill(day: int, hour: int, place: str) -> Act:
    return Act(day, hour, WEATHER, "kills", told={"place": place})


_WEATHER: Final = (
    _fault(2, "429", _ORG, retry_after=2, skip=2),
    _fault(2, "500", _ORG, skip=4),
    _fault(2, "reset-after", _ORG, method="PATCH", skip=1),
    _fault(2, "truncate", _ORG, method="GET", skip=9),
    _kill(2, 6, f"{_COURIER}._call"),
    _fault(4, "reset-after", _RDN),
    _fault(4, "429", _RDN, skip=2, retry_after=5),
    _fault(4, "500", _MBSI),
    _fault(4, "reset-after", f"{_MBSI}/orders", method="POST"),
    Act(4, 6, WEATHER, "agents' mail", told={"answer": "451 4.3.0 come back later"}),
    _kill(4, 6, "drawbar.connectors.rdn.target:RdnTarget.upsert"),
    _kill(4, 6, "drawbar.connectors.mbsi.target:MbsiTarget.upsert"),
    _kill(4, 6, "drawbar.connectors.agent_mail.target:hand_over"),
    _fault(5, "truncate", _RDN, skip=1),
    _fault(5, "malformed", _MBSI),
    _kill(5, 6, "drawbar.middleware.sync.inbox_handling:InboxHandling._handle_one"),
    _kill(5, 6, f"{_COURIER}._claim"),
    _kill(5, 6, "drawbar.connectors.leaseworks.imports:LeaseWorksImports.send"),
    _fault(9, "500", _FLEETROCK),
    _fault(9, "truncate", _FLEETROCK, skip=2),
    Act(13, 6, WEATHER, "Accounting refuses", told={"reply": "451 4.3.0 come back later"}),
    _fault(13, "reset-after", f"{_BOOKS}/bill", times=2),
    _fault(13, "429", _BOOKS, skip=3, retry_after=5),
    _fault(13, "401", _BOOKS, skip=6),
    _kill(13, 6, "drawbar.connectors.quickbooks_online.target:QuickBooksTarget.upsert"),
    _kill(13, 6, "drawbar.middleware.mail:Post.send"),
    _kill(13, 6, "drawbar.middleware.sync.polled:PolledRun.take"),
    _fault(20, "500", f"{_BOOKS}/invoice"),
    _kill(20, 6, "drawbar.jobs.steps:RunSteps.finish"),
)
"""What goes wrong on the way, and where workers die, armed in the morning of a day. On a day on which any die, all work
is done by workers, who are killed at other moments as well."""

_PLAYED: Final = (
    Act(2, 6, LEASEWORKS, "is behind", "payer", {"days": 10, "amount": "1200.00"}),
    Act(2, 6, LEASEWORKS, "is behind", "breaker", {"days": 40, "amount": "2400.00"}),
    Act(2, 6, LEASEWORKS, "promises", "payer", {"amount": "1200.00", "by_day": 5}),
    Act(2, 6, LEASEWORKS, "promises", "breaker", {"amount": "1200.00", "by_day": 3}),
    Act(2, 6, LEASEWORKS, "account", "surplus", {"PAYOFF_AMT": "41000.00"}),
    Act(2, 6, LEASEWORKS, "account", "deficit", {"PAYOFF_AMT": "41000.33"}),
    Act(2, 6, LEASEWORKS, "account", "letter", {"PAYOFF_AMT": "35000.00"}),
    *(
        Act(2, 6, LEASEWORKS, "is behind", part, _LATE)
        for part in ("surplus", "deficit", "redeemed", "bankrupt", "letter", "withdrawn", "vanished")
    ),
    Act(2, 9, CASEY, "writes a note", "payer", {"Channel__c": "Phone", "Note__c": "Will pay on Thursday"}),
    Act(2, 9, CASEY, "vehicle", "surplus", {"Disposition__c": "PENDING"}),
    *(Act(2, 9, CASEY, "vehicle", part, _PENDING) for part in ("bankrupt", "letter", "withdrawn", "vanished")),
    Act(2, 9, CASEY, "vehicle", "redeemed", {"Market_Value__c": 40_000}),
    Act(2, 10, CLERK, "types", "redeemed", {"words": ("repo", "request", "{account}", "--reason", "no answer")}),
    Act(3, 6, LEASEWORKS, "shows", "deficit", {"disposition": "PENDING"}),
    Act(3, 9, CASEY, "vehicle", "deficit", {"Market_Value__c": 40_000}),
    Act(3, 9, CASEY, "tries", "surplus", _PROCEED | {"says": "not worth recovering"}),
    *(Act(3, 9, CASEY, "case", part, _PROCEED) for part in ("bankrupt", "letter", "withdrawn", "vanished")),
    Act(3, 9, CASEY, "case", "redeemed", _step("Review")),
    Act(4, 9, CASEY, "case", "surplus", _PROCEED | _step("Order", Override_Reason__c="it carries a new engine")),
    Act(4, 9, CASEY, "case", "deficit", _PROCEED | _step("Order", Order_By__c="RDN")),
    Act(4, 9, CASEY, "case", "redeemed", _PROCEED | _step("Order", Order_By__c="MBSi")),
    Act(4, 9, CASEY, "case", "withdrawn", _step("Order", Order_Type__c="Voluntary Repossession")),
    Act(4, 9, CASEY, "case", "vanished", _step("Order", Order_Type__c="Skip Trace")),
    Act(4, 9, CASEY, "sets a hold", "bankrupt", _held("Bankruptcy", "2026-03-04", "26-10042")),
    Act(4, 9, CASEY, "sets a hold", "letter", _held("Cure Letter", "2026-03-04", "sent", Until__c="2026-03-09")),
    Act(4, 13, CASEY, "tries", "bankrupt", _step("Order", says="Order Blocked By")),
    Act(4, 13, CASEY, "tries", "letter", _step("Order", says="Order Blocked By")),
    Act(5, 6, LEASEWORKS, "pays", "payer", {"amount": "1200.00"}),
    Act(5, 6, LEASEWORKS, "is cured", "payer"),
    Act(5, 9, CASEY, "case", "bankrupt", _step("Hold", Step_Reason__c="bankruptcy 26-10042")),
    Act(5, 9, CASEY, "vehicle", "breaker", _PENDING),
    Act(5, 9, AGENT, "answers", "surplus", {"text": "LOCATED\nLocation: Dallas TX"}),
    Act(5, 9, AGENT, "answers", "vanished", {"text": "LOCATED\nLocation: Yuma AZ"}),
    Act(5, 9, CASEY, "case", "withdrawn", _step("Cancel", Step_Reason__c="paid in full")),
    Act(6, 6, LEASEWORKS, "pays", "withdrawn", {"amount": "3600.00"}),
    Act(6, 6, LEASEWORKS, "is cured", "withdrawn"),
    Act(6, 9, CASEY, "case", "breaker", {"Decision__c": "Another Chance", "Decision_Reason__c": "a new job"}),
    Act(6, 9, CASEY, "case", "vanished", _step("Failed Attempt") | _PROMISED),
    Act(6, 9, AGENT, "answers", "surplus", {"text": "REPOSSESSED\nKeys: 2\nStorage: Yard 7", "times": 2}),
    Act(6, 9, AGENT, "answers", "surplus", {"text": "FAILED ATTEMPT\nReason: nobody home", "minutes": 120}),
    Act(9, 6, LEASEWORKS, "shows", "breaker", {"disposition": "PENDING"}),
    Act(9, 9, CASEY, "case", "surplus", _step("In Storage")),
    Act(9, 9, CASEY, "vehicle", "surplus", _title("Requested", Storage_Place__c="Yard 7", Storage_State__c="NJ")),
    Act(9, 9, CASEY, "case", "deficit", _step("In Storage")),
    Act(9, 9, CASEY, "vehicle", "deficit", _title("Requested", Storage_Place__c="Yard 9", Storage_State__c="N")),
    Act(9, 9, CASEY, "orders work", "surplus", _for("Storage", "Storage Yard", 180.25)),
    Act(9, 9, CASEY, "orders work", "deficit", _for("Transport", "Transport Carriers", 412.50)),
    Act(9, 9, AGENT, "answers", "surplus", {"text": "INVOICE\nAmount: 450.00\nInvoice: A-77"}),
    Act(9, 9, SHOP, "repairs", "surplus", {"date_started": "3/9/2026"}),
    Act(10, 9, CASEY, "vehicle", "breaker", {"Disposition__c": "ON LEASE"}),
    Act(10, 9, CASEY, "vehicle", "surplus", _RECEIVED),
    Act(10, 9, CASEY, "vehicle", "deficit", _RECEIVED | {"Storage_State__c": "NJ"}),
    Act(10, 9, CASEY, "case", "letter", _step("Order", Order_Instructions__c="the cure letter has ended")),
    *(
        Act(10, 11, CLERK, "types", part, {"words": words})
        for part in ("surplus", "deficit")
        for words in (
            ("resale", "notices", "make", "{vehicle}"),
            ("resale", "notices", "sent", "ND-{vehicle}-1", "--date", "2026-03-10"),
        )
    ),
    Act(11, 9, CASEY, "vehicle", "surplus", _title("Clear")),
    Act(11, 9, CASEY, "vehicle", "deficit", _title("At DMV")),
    Act(11, 9, AGENT, "answers", "letter", {"text": "DECLINED\nReason: no driver"}),
    Act(11, 9, CASEY, "case", "redeemed", _step("Release", Step_Reason__c="the customer has paid all")),
    Act(11, 9, SHOP, "repairs", "surplus", {"date_finished": "3/10/2026", "date_invoiced": "3/11/2026"}),
    Act(12, 9, CASEY, "case", "letter", _step("Order", Order_By__c="MBSi")),
    Act(12, 9, CASEY, "case", "deficit", _step("Inventory")),
    Act(12, 9, CASEY, "vehicle", "deficit", _title("Clear")),
    Act(12, 9, CASEY, "case", "vanished", _step("Lost", Step_Reason__c="the trail is cold")),
    Act(12, 9, CASEY, "tries to sell", "surplus", {**_SURPLUS_SALE, "says": "Earliest Sale Date"}),
    Act(12, 9, CASEY, "work", "surplus", {"kind": "Agent", "Vendor__c": "Recovery Agency"}),
    Act(12, 9, CASEY, "work", "surplus", {"kind": "Repair", "Vendor__c": "FleetRock Repairs"}),
    Act(12, 9, CASEY, "work", "deficit", {"kind": "Agent", "Vendor__c": "Recovery Agency", "Expenses__c": 100}),
    Act(13, 9, AVERY, "work", "surplus", {"kind": "Agent", "Decision__c": "Approved"}),
    Act(13, 9, AVERY, "work", "surplus", {"kind": "Repair", "Decision__c": "Approved"}),
    Act(13, 9, AVERY, "work", "surplus", {"kind": "Storage", "Decision__c": "Approved"}),
    Act(13, 9, AVERY, "work", "deficit", {"kind": "Agent", "Decision__c": "Approved"}),
    Act(13, 9, AVERY, "work", "deficit", {"kind": "Transport", "Decision__c": "Approved"}),
    Act(13, 9, AVERY, "work", "redeemed", {"kind": "Agent", "Decision__c": "Rejected"}),
    Act(13, 9, CASEY, "case", "deficit", _step("Offer for Sale")),
    Act(13, 9, CASEY, "case", "vanished", _step("Final Review")),
    Act(13, 9, CASEY, "lifts the hold", "bankrupt", {"Lifted__c": "2026-03-13"}),
    Act(13, 9, CASEY, "case", "bankrupt", _step("Resume")),
    Act(13, 9, CASEY, "case", "letter", _step("In Storage")),
    Act(16, 9, CASEY, "case", "vanished", _step("Close")),
    Act(16, 9, CASEY, "case", "bankrupt", _step("Cancel", Step_Reason__c="the court forbids it")),
    Act(16, 9, CASEY, "sets a hold", "letter", _held("Dispute", "2026-03-16", "says it was paid")),
    Act(20, 6, LEASEWORKS, "is behind", "breaker", {"days": 21, "amount": "1200.00"}),
    Act(20, 9, CASEY, "sells", "surplus", {**_SURPLUS_SALE, "Sale_Date__c": "2026-03-20"}),
    Act(20, 9, CASEY, "sells", "deficit", _DEFICIT_SALE),
    Act(20, 9, CASEY, "tries to sell", "letter", {**_DEFICIT_SALE, "says": "title"}),
    Act(23, 9, AVERY, "review", "surplus", {"Decision__c": "Pay Surplus"}),
    Act(23, 9, AVERY, "review", "deficit", {"Attorney_Fees__c": 500, "Decision__c": "Write Off"}),
    Act(23, 9, CASEY, "case", "surplus", _step("Final Review")),
    Act(23, 9, CASEY, "case", "deficit", _step("Final Review")),
    Act(26, 6, LEASEWORKS, "account", "surplus", {"STATUS": "R"}),
    Act(26, 6, LEASEWORKS, "account", "deficit", {"STATUS": "R"}),
    Act(26, 9, CASEY, "case", "surplus", _step("Close")),
    Act(26, 9, CASEY, "case", "deficit", _step("Close")),
)  # fmt: skip

SCRIPT: Final = tuple(sorted((*_WEATHER, *_PLAYED), key=lambda each: (each.day, each.hour)))
"""Every line, in the order in which it is played."""
