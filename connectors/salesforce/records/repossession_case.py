"""Case with record type Repossession: all that the workbook held, and what people enter (P11, P13, P14, P28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, ClassVar, Final

from drawbar.connectors.salesforce.fields import (
    SEE_PLACES,
    Checkbox,
    Currency,
    Date,
    DateTime,
    LongText,
    Lookup,
    Number,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.case import (
    CASE,
    CaseDaysPastDue,
    CaseKey,
    CaseLeaseAccount,
    CaseLessee,
    CaseOrigin,
    CasePastDue,
    CaseRecordType,
    CaseStatusField,
    CaseSubject,
    CloseReason,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

STAGES: Final = (
    "Requested", "Under Review", "Another Chance", "Approved", "Ordered", "Accepted", "Declined", "Located",
    "Failed Attempt", "On Hold", "Cancelled", "Lost", "Repossessed", "In Storage", "In Repair", "Inventory",
    "Remarketing", "Sold", "Released", "Final Review", "Closed",
)  # fmt: skip
DECISIONS: Final = ("Proceed", "Another Chance")
ORDER_TYPES: Final = (
    "Involuntary Repossession", "Voluntary Repossession", "Impound Involuntary Repossession",
    "Impound Voluntary Repossession", "Skip Trace", "Door Knock",
)  # fmt: skip
CHANNELS: Final = ("E-mail", "RDN", "MBSi")
NEXT_STEPS: Final = (
    "Review", "Order", "Hold", "Resume", "Cancel", "Located", "Failed Attempt", "Lost", "Repossessed", "In Storage",
    "Repair", "Inventory", "Offer for Sale", "Sold", "Release", "Final Review", "Close",
)  # fmt: skip

ATTEMPT_RESULTS: Final = (
    "Customer not found", "Nobody home", "Refused or threatened", "Product not found", "Promised to pay", "Paid",
    "Product issue",
)  # fmt: skip

_text = partial(Text, owner="Drawbar", source="repossessions")
_lines = partial(LongText, owner="Drawbar", source="repossessions")
_number = partial(Number, owner="Drawbar", source="repossessions")
_usd = partial(Currency, owner="Drawbar", source="repossessions")
_date = partial(Date, owner="Drawbar", source="repossessions")
_instant = partial(DateTime, owner="Drawbar", source="repossessions")
_choice = partial(Picklist, owner="Drawbar", source="repossessions")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepossessionCase(Provenance):
    """A repossession as the hub knows it."""

    sobject: ClassVar[SObject] = CASE

    case_key: CaseKey
    record_type: CaseRecordType
    account: CaseLessee
    lease_account: CaseLeaseAccount
    subject: CaseSubject
    status: CaseStatusField
    origin: CaseOrigin
    close_reason: CloseReason
    days_past_due: CaseDaysPastDue
    past_due_amount: CasePastDue
    vehicle: Annotated[
        str,
        Lookup(
            api_name="Vehicle__c", help="The vehicle that is repossessed.", owner="Drawbar", source="repossessions",
            to="Vehicle__c", children="Repossessions",
        ),
    ]  # fmt: skip
    stage: Annotated[
        str,
        _choice(
            api_name="Repossession_Stage__c", help="Where the repossession stands. Next Step moves it.", tracked=True,
            values=STAGES,
        ),
    ]  # fmt: skip
    requested_at: Annotated[
        datetime, _instant(api_name="Repossession_Requested__c", help="When the repossession was asked for.")
    ]
    requested_by: Annotated[str, _text(api_name="Requested_By__c", help="Who asked for the repossession.", length=120)]
    request_reason: Annotated[
        str | None, _text(api_name="Request_Reason__c", help="Why the repossession was asked for.")
    ]
    payments_made: Annotated[
        int,
        _number(api_name="Payments_Made__c", help="Payments made on the account so far.", unit="payments", precision=4),
    ]
    payoff: Annotated[
        Decimal | None, _usd(api_name="Payoff_Amount__c", help="What pays the account off, as LeaseWorks says.")
    ]
    promises_kept: Annotated[
        int, _number(api_name="Promises_Kept__c", help="Promises that were kept.", unit="promises", precision=4)
    ]
    promises_broken: Annotated[
        int, _number(api_name="Promises_Broken__c", help="Promises that were broken.", unit="promises", precision=4)
    ]
    gps_verdict: Annotated[
        str | None,
        _choice(
            api_name="GPS_Verdict__c", label="GPS Verdict", help="Whether an agent would find the vehicle now.",
            values=("Good", "Doubtful", "Poor"),
        ),
    ]  # fmt: skip
    gps_reasons: Annotated[
        str | None,
        _lines(api_name="GPS_Reasons__c", label="GPS Reasons", help="The reasons of the GPS verdict.", length=4_000),
    ]
    last_location: Annotated[
        str | None,
        _text(api_name="Last_Location__c", help="Where the vehicle's GPS device last was.", audience=SEE_PLACES),
    ]
    last_seen: Annotated[
        datetime | None,
        _instant(api_name="Last_Seen__c", help="When the GPS device last told where it is.", audience=SEE_PLACES),
    ]
    market_value: Annotated[
        Decimal | None, _usd(api_name="Market_Value__c", help="What the vehicle would bring, as last valued.")
    ]
    value_source: Annotated[
        str | None, _text(api_name="Market_Value_Source__c", help="Who said what the vehicle would bring.")
    ]
    value_date: Annotated[
        date | None,
        _date(
            api_name="Market_Value_Date__c",
            help="The day of the valuation. Empty when the market value was entered on the vehicle.",
        ),
    ]  # fmt: skip
    condition: Annotated[
        str | None, _text(api_name="Vehicle_Condition__c", help="The vehicle's condition, as last told.")
    ]
    recovery_costs: Annotated[
        Decimal | None,
        _usd(
            api_name="Recovery_Costs__c",
            help="What recovering and selling would cost. Empty when nobody knows the market value.",
        ),
    ]  # fmt: skip
    estimate: Annotated[
        Decimal | None,
        _usd(
            api_name="Estimated_Recovery__c",
            help="Market value less what recovering and selling cost. Empty when nobody knows the market value.",
        ),
    ]
    least_recovery: Annotated[
        Decimal,
        _usd(
            api_name="Least_Recovery__c",
            help="What has to be left after costs; with less, an order takes an override. A setting of Drawbar.",
        ),
    ]  # fmt: skip
    worth: Annotated[
        bool,
        Checkbox(
            api_name="Worth_Recovering__c", owner="Drawbar", source="repossessions",
            help="Ticked when the estimated recovery is enough. Without it an order takes an override.",
        ),
    ]  # fmt: skip
    blocked_by: Annotated[
        str | None,
        _lines(
            api_name="Order_Blocked_By__c", length=2_000,
            help="Why no order may go out now: holds, an active order, an account that is paid. Empty when one may.",
        ),
    ]  # fmt: skip
    decision: Annotated[
        str | None,
        _choice(api_name="Decision_Taken__c", help="The decision that counts.", tracked=True, values=DECISIONS),
    ]
    decided_by: Annotated[str | None, _text(api_name="Decided_By__c", help="Who decided.", length=120)]
    decided_at: Annotated[datetime | None, _instant(api_name="Decided_At__c", help="When it was decided.")]
    decided_why: Annotated[str | None, _text(api_name="Decided_Why__c", help="Why it was decided so.")]
    override: Annotated[
        str | None,
        _text(
            api_name="Override__c", help="Why it was approved although it is not worth recovering. Empty: no override."
        ),
    ]
    order_number: Annotated[
        str | None, _text(api_name="Order_Number__c", help="The number of the latest order to an agent.", length=60)
    ]
    repossession_type: Annotated[
        str | None,
        _choice(
            api_name="Repossession_Type__c", help="Whether the customer hands the vehicle over.",
            values=("Voluntary", "Involuntary"),
        ),
    ]  # fmt: skip
    ordered_as: Annotated[
        str | None,
        _choice(api_name="Ordered_As__c", help="The type of the latest order.", values=ORDER_TYPES),
    ]
    ordered_at: Annotated[datetime | None, _instant(api_name="Ordered_At__c", help="When the latest order went out.")]
    agent: Annotated[
        str | None, _text(api_name="Agent__c", help="The agent who works on the order, or the way that it went.")
    ]
    attempts: Annotated[
        int, _number(api_name="Failed_Attempts__c", help="Attempts that failed.", unit="attempts", precision=3)
    ]
    attempt_reason: Annotated[str | None, _text(api_name="Last_Failed_Why__c", help="Why the last attempt failed.")]
    repossessed_date: Annotated[
        date | None, _date(api_name="Repossessed_Date__c", help="The day of the repossession.", tracked=True)
    ]
    repossessed_by: Annotated[
        str | None, _text(api_name="Repossessed_By__c", help="The staff or agent who did it.", length=120)
    ]
    unit_number: Annotated[
        str | None, _text(api_name="Unit_Number__c", help="The unit number of what was returned.", length=80)
    ]
    returned_quantity: Annotated[
        int | None,
        _number(
            api_name="Returned_Quantity__c", help="How many of the products came back; 0: lost.", unit="pieces",
            precision=4,
        ),
    ]  # fmt: skip
    storage_place: Annotated[str | None, _text(api_name="Storage_Place__c", help="Where the vehicle was taken to.")]
    keys: Annotated[str | None, _text(api_name="Keys__c", help="Whether there are keys, and where.", length=80)]
    mileage: Annotated[
        str | None, _text(api_name="Mileage__c", help="Miles on the odometer when it was repossessed.", length=80)
    ]
    personal_property: Annotated[
        str | None, _text(api_name="Personal_Property__c", help="What of the customer was in the vehicle.")
    ]
    costs: Annotated[Decimal, _usd(api_name="Repossession_Costs__c", help="What agents have invoiced so far.")]
    contract_status: Annotated[
        str,
        _choice(
            api_name="Contract_Status__c", help="Terminated once the repossession is recorded.",
            values=("Active", "Terminated"),
        ),
    ]  # fmt: skip
    history: Annotated[
        str,
        _lines(
            api_name="Repossession_History__c", length=32_000, visible_lines=10,
            help="Every step: when, from where to where, by which event, who, why. The latest last.",
        ),
    ]  # fmt: skip
    news: Annotated[
        str | None,
        _lines(api_name="Agent_News__c", length=8_000, help="What agents have told besides, the latest last."),
    ]


_entered_text = partial(Text, owner="Salesforce")
_entered_choice = partial(Picklist, owner="Salesforce")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepossessionEntries:
    """What people enter on a repossession; Drawbar reads it, acts on it when it changes, and never writes it."""

    sobject: ClassVar[SObject] = CASE

    case_key: CaseKey
    decision: Annotated[
        str | None,
        _entered_choice(
            api_name="Decision__c", values=DECISIONS, tracked=True,
            help="Proceed has the repossession go on, Another Chance ends it. Say why beside it.",
        ),
    ]  # fmt: skip
    decision_reason: Annotated[str | None, _entered_text(api_name="Decision_Reason__c", help="Why you decide so.")]
    override_reason: Annotated[
        str | None,
        _entered_text(
            api_name="Override_Reason__c",
            help="Only when the vehicle is not worth recovering: why it is to be repossessed all the same.",
        ),
    ]
    next_step: Annotated[
        str | None,
        _entered_choice(
            api_name="Next_Step__c", values=NEXT_STEPS, tracked=True,
            help="The step that you ask for. What it needs stands beside it: reason, day, order, recovery.",
        ),
    ]  # fmt: skip
    step_reason: Annotated[
        str | None, _entered_text(api_name="Step_Reason__c", help="Why; needed to hold, cancel, fail, lose, release.")
    ]
    step_date: Annotated[
        date | None,
        Date(api_name="Step_Date__c", owner="Salesforce", help="The day of the step, when it was not today."),
    ]
    attempt_result: Annotated[
        str | None,
        _entered_choice(api_name="Attempt_Result__c", values=ATTEMPT_RESULTS, help="Why an attempt failed."),
    ]
    promised_date: Annotated[
        date | None,
        Date(
            api_name="Promised_Date__c", owner="Salesforce",
            help="The day by which the customer promised to pay, when that is why the attempt failed.",
        ),
    ]  # fmt: skip
    order_type: Annotated[
        str | None,
        _entered_choice(api_name="Order_Type__c", values=ORDER_TYPES, help="What is ordered of the agent."),
    ]
    order_by: Annotated[
        str | None,
        _entered_choice(api_name="Order_By__c", values=CHANNELS, help="The way of the order. Empty: the usual one."),
    ]
    order_instructions: Annotated[
        str | None,
        LongText(api_name="Order_Instructions__c", owner="Salesforce", length=2_000, help="What the agent shall know."),
    ]
    recovered_by: Annotated[
        str | None, _entered_text(api_name="Recovered_By__c", help="The staff who repossessed it.", length=120)
    ]
    recovered_unit: Annotated[
        str | None, _entered_text(api_name="Recovered_Unit__c", help="Unit number of what was returned.", length=60)
    ]
    recovered_condition: Annotated[
        str | None, _entered_text(api_name="Recovered_Condition__c", help="Its condition when it was returned.")
    ]
    recovered_quantity: Annotated[
        int | None,
        Number(
            api_name="Recovered_Quantity__c", owner="Salesforce", unit="pieces", precision=4,
            help="How many were returned, at most those that were given.",
        ),
    ]  # fmt: skip
