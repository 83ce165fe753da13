"""The data sets that Orion is given. This table makes CSV files, SQL tables, workbooks, reports and their description.

No public description of Orion's interface was found (searched 2026-07), so names and columns are ours; what they hold
is what the lender's process asks of Orion (spec P06, P16, P23).
"""

from __future__ import annotations

from typing import Final

from drawbar.connectors.orion.shape import Column, DataSet, Kind

_DATE = Column("business_date", Kind.DATE, "business date of the delivery", "LeaseWorks delivery", key=True)
_DAY = Column("day", Kind.DATE, "day on which it happened; between two deliveries there may be several", "worked out")
_ACCOUNT = Column("account_number", Kind.TEXT, "lease account", "hub, account standing", 20)
_LESSEE = Column("lessee_number", Kind.TEXT, "customer", "hub, account standing", 20)
_PORTFOLIO = Column("portfolio", Kind.TEXT, "portfolio of the account", "hub, account standing", 20)
_LESSEE_NAME = Column("lessee_name", Kind.TEXT, "name of the customer", "Salesforce, Account.Name", 255, personal=True)


def _of_account(name: str, kind: Kind, meaning: str, field: str, length: int = 0, *, personal: bool = False) -> Column:
    return Column(name, kind, meaning, f"Salesforce, Lease_Account__c.{field}", length, personal=personal)


def _of_vehicle(name: str, kind: Kind, meaning: str, field: str, length: int = 0, *, key: bool = False) -> Column:
    return Column(name, kind, meaning, f"Salesforce, Vehicle__c.{field}", length, key=key)


_OWNER = _of_account("collector", Kind.TEXT, "collector whom the account belongs to", "Collector__c", 60, personal=True)
_DAYS_LATE = _of_account("days_past_due", Kind.COUNT, "days past due", "Days_Past_Due__c")
_PAST_DUE = _of_account("past_due_amount", Kind.MONEY, "amount past due", "Past_Due_Amount__c")

EFFORTS: Final = DataSet(
    name="efforts",
    title="Collection efforts",
    one_row="one call, text, e-mail, letter or visit that somebody noted",
    columns=(
        _DATE,
        Column(
            "effort_number", Kind.TEXT, "number of the note", "Salesforce, Collection_Note__c.LeaseWorks_Id__c", 30,
            key=True,
        ),
        _DAY,
        Column("made_at", Kind.INSTANT, "when it was noted", "Salesforce, Collection_Note__c.Written_At__c"),
        Column(
            "collector", Kind.TEXT, "who noted it", "Salesforce, Collection_Note__c.Author__c", 60, personal=True
        ),
        Column("channel", Kind.TEXT, "how they spoke", "Salesforce, Collection_Note__c.Channel__c", 20),
        _ACCOUNT,
        _LESSEE,
        _PORTFOLIO,
        Column(
            "result", Kind.TEXT,
            "`Promise to Pay` when a promise was taken on the account that day, else `Payment` when money was posted "
            "that day and stands, else `No Result`",
            "hub, promises and payments", 20,
        ),
        Column("days_past_due", Kind.COUNT, "days past due on that day", "hub, account standing"),
        Column("past_due_amount", Kind.MONEY, "amount past due at the delivery", "hub, account standing"),
    ),
    group_by=("collector", "channel", "result"),
    totals=(),
    screen=("day", "collector", "channel", "account_number", "result", "days_past_due", "past_due_amount",),
)  # fmt: skip

TRANSACTIONS: Final = DataSet(
    name="transactions",
    title="Transactions",
    one_row="one payment that was posted, or one that was taken back (a reversal)",
    columns=(
        _DATE,
        Column("transaction_number", Kind.TEXT, "number of the payment", "hub, payments", 30, key=True),
        Column("kind", Kind.TEXT, "`Payment` or `Reversal`", "hub, payments", 10, key=True),
        _DAY,
        _ACCOUNT,
        _LESSEE,
        _PORTFOLIO,
        _OWNER,
        Column("method", Kind.TEXT, "how the money came in", "Salesforce, Payment__c.Method__c", 20),
        Column("effective_on", Kind.DATE, "day that the money counts from", "hub, payments"),
        Column("amount", Kind.MONEY, "amount; below zero for a reversal", "hub, payments"),
        Column("promise_key", Kind.TEXT, "the promise that it counts towards, if any", "hub, promise history", 40),
    ),
    group_by=("collector", "kind", "method"),
    totals=("amount",),
    screen=("day", "transaction_number", "kind", "account_number", "collector", "method", "amount", "promise_key",),
)  # fmt: skip

PROMISES: Final = DataSet(
    name="promises",
    title="Promises to pay",
    one_row="one promise that was taken, or one whose outcome was decided",
    columns=(
        _DATE,
        Column("promise_key", Kind.TEXT, "account and number of the promise", "hub, promise history", 40, key=True),
        Column("event", Kind.TEXT, "`Taken` or `Decided`", "hub, promise history", 10, key=True),
        _DAY,
        _ACCOUNT,
        _LESSEE,
        _PORTFOLIO,
        Column("collector", Kind.TEXT, "who took the promise", "hub, promise history", 60, personal=True),
        Column("channel", Kind.TEXT, "how it was given", "hub, promise history", 20),
        Column("taken_on", Kind.DATE, "day on which it was given", "hub, promise history"),
        Column("promised_for", Kind.DATE, "day by which it was to be kept", "hub, promise history"),
        Column("amount", Kind.MONEY, "amount promised", "hub, promise history"),
        Column("status", Kind.TEXT, "how it stands or ended", "hub, promise history", 20),
        Column("decided_on", Kind.DATE, "day of the decision; empty while it is open", "hub, promise history"),
        Column("paid_amount", Kind.MONEY, "what was paid and counts towards it", "hub, promise history"),
    ),
    group_by=("collector", "event", "status"),
    totals=("amount", "paid_amount"),
    screen=("day", "promise_key", "event", "collector", "channel", "promised_for", "amount", "status", "paid_amount",),
)  # fmt: skip

REPO_LOG: Final = DataSet(
    name="repo-log",
    title="Repossession log",
    one_row="one vehicle whose disposition is PENDING to RELEASED",
    columns=(
        _DATE,
        _of_vehicle("asset_number", Kind.TEXT, "vehicle", "LeaseWorks_Id__c", 20, key=True),
        _ACCOUNT,
        _LESSEE,
        _LESSEE_NAME,
        _PORTFOLIO,
        _OWNER,
        _of_vehicle("vin", Kind.TEXT, "vehicle identification number", "VIN__c", 17),
        _of_vehicle("vehicle", Kind.TEXT, "year, make and model", "Year_Make_Model__c", 100),
        _of_vehicle("disposition", Kind.TEXT, "where it stands in repossession", "Disposition__c", 20),
        _of_vehicle("condition", Kind.TEXT, "its state", "Condition__c", 20),
        _of_vehicle("storage_place", Kind.TEXT, "where it is stored", "Storage_Place__c", 255),
        _of_vehicle("storage_state", Kind.TEXT, "state in which it is stored", "Storage_State__c", 2),
        _of_vehicle("market_value", Kind.MONEY, "what it would bring, as last appraised", "Market_Value__c"),
        _of_vehicle("equipment_cost", Kind.MONEY, "what it cost when the lease began", "Equipment_Cost__c"),
        _of_account("account_status", Kind.TEXT, "where the account stands", "Status__c", 20),
        _DAYS_LATE,
        _PAST_DUE,
        _of_account("payments_made", Kind.COUNT, "payments made so far", "Payments_Made__c"),
        _of_account("payoff_amount", Kind.MONEY, "what would pay the account off", "Payoff_Amount__c"),
        Column("read_at", Kind.INSTANT, "when Salesforce was asked", "worked out"),
    ),
    group_by=("disposition", "condition"),
    totals=("market_value", "equipment_cost"),
    screen=(
        "asset_number",
        "account_number",
        "lessee_name",
        "vehicle",
        "disposition",
        "condition",
        "storage_state",
        "market_value",
        "days_past_due",
    ),
    snapshot=True,
)

POST_SALE: Final = DataSet(
    name="post-sale",
    title="Accounts after the sale",
    one_row="one account of which a vehicle has the disposition SOLD",
    columns=(
        _DATE,
        Column("account_number", Kind.TEXT, "lease account", "Salesforce, Vehicle__c.Lease_Account__c", 20, key=True),
        _LESSEE,
        _LESSEE_NAME,
        _PORTFOLIO,
        _OWNER,
        Column("vehicles_sold", Kind.COUNT, "vehicles of the account that are SOLD", "Salesforce, Vehicle__c"),
        Column("market_value", Kind.MONEY, "their market value, as last appraised", "Salesforce, Vehicle__c"),
        _of_account("account_status", Kind.TEXT, "where the account stands", "Status__c", 20),
        _of_account("balance", Kind.MONEY, "net outstanding", "Net_Outstanding__c"),
        _PAST_DUE,
        _of_account("late_fees", Kind.MONEY, "late fees owing", "Late_Fees__c"),
        _of_account("payoff_amount", Kind.MONEY, "what would pay the account off", "Payoff_Amount__c"),
        Column("payments_received", Kind.COUNT, "payments that stand", "hub, payments"),
        Column("amount_received", Kind.MONEY, "their sum", "hub, payments"),
        Column("promises_kept", Kind.COUNT, "promises that were kept", "hub, promise history"),
        Column("promises_broken", Kind.COUNT, "promises that were broken", "hub, promise history"),
        Column("read_at", Kind.INSTANT, "when Salesforce was asked", "worked out"),
    ),
    group_by=("portfolio", "account_status"),
    totals=("balance", "market_value", "amount_received"),
    screen=(
        "account_number",
        "lessee_name",
        "vehicles_sold",
        "market_value",
        "account_status",
        "balance",
        "amount_received",
    ),
    snapshot=True,
)

DATA_SETS: Final = {each.name: each for each in (EFFORTS, TRANSACTIONS, PROMISES, REPO_LOG, POST_SALE)}
"""Every data set, by name."""
