"""Validation rules keep people from what the hub would refuse, and say the same as the hub."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

import drawbar
from drawbar.connectors.salesforce.records.repossession_case import DECISIONS, NEXT_STEPS
from drawbar.jobs.repo_edits import EVENT_OF_DECISION, EVENT_OF_STEP
from drawbar.middleware.repossession.states import BY_EVENT, Guard, RepoState
from drawbar.middleware.resale.sales import SALEABLE
from drawbar.sandbox.formula.formula import parse_formula

OBJECTS: Final = Path(drawbar.__path__[0]).resolve() / "salesforce/force-app/main/default/objects"
NOW: Final = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)
Fields = Mapping[str, object]

CASE: Final[Fields] = {
    "Repossession_Stage__c": "Requested", "Decision__c": None, "Decision_Reason__c": None, "Override_Reason__c": None,
    "Worth_Recovering__c": True, "Next_Step__c": None, "Step_Reason__c": None, "Order_Blocked_By__c": None,
}  # fmt: skip
VEHICLE: Final[Fields] = {"Disposition__c": "INVENTORY", "Title_Status__c": "Received"}
DRAFT: Final[Fields] = {
    "Submitted__c": False, "Vehicle__c": "a01", "Buyer__c": "Big Rig Resale", "Price__c": 30_000,
    "Sale_Date__c": date(2026, 3, 13), "Vehicle__r.Title_Status__c": "Clear",
    "Vehicle__r.Notice_Sent_Date__c": date(2026, 3, 2), "Vehicle__r.Earliest_Sale_Date__c": date(2026, 3, 12),
    "Vehicle__r.Disposition__c": "INVENTORY",
}  # fmt: skip
SUBMITTED: Final = {"Submitted__c": True}


def refused(rule: str, before: Fields, changes: Fields, *, by_hub: bool = False) -> bool:
    """Say whether a rule (`Case.Order_Is_Free`) refuses a change of a record."""
    object_name, _, name = rule.partition(".")
    file = OBJECTS / object_name / "validationRules" / f"{name}.validationRule-meta.xml"
    formula = etree.parse(file).findtext("{*}errorConditionFormula")
    assert formula is not None
    user = {"$Permission.Hub_Integration": by_hub}
    return parse_formula(formula).evaluate({**before, **changes}, now=NOW, user=user, prior=before) is True


@pytest.mark.spec("P12")
@pytest.mark.parametrize("step", NEXT_STEPS)
def test_a_step_is_refused_where_the_state_machine_takes_none(step: str) -> None:
    sources = BY_EVENT[EVENT_OF_STEP[step]].sources

    taken = {
        stage for stage in RepoState
        if not refused("Case.Repossession_Step_Is_Legal", {**CASE, "Repossession_Stage__c": stage.value},
                       {"Next_Step__c": step})
    }  # fmt: skip

    assert taken == set(sources)


def test_a_step_may_follow_a_decision_that_nobody_has_acted_on_yet() -> None:
    rule, decided = "Case.Repossession_Step_Is_Legal", {**CASE, "Decision__c": "Proceed"}

    assert not refused(rule, decided, {"Next_Step__c": "Order"})
    assert not refused(rule, CASE, {"Decision__c": "Proceed", "Next_Step__c": "Order"})
    assert not refused(rule, decided, {"Next_Step__c": "Review"})
    assert refused(rule, decided, {"Next_Step__c": "Sold"})
    assert not refused(rule, {**CASE, "Next_Step__c": "Sold"}, {"Step_Reason__c": "why"})


@pytest.mark.parametrize(("decision", "stage"), [*product(DECISIONS, RepoState)])
def test_a_decision_is_refused_where_the_state_machine_takes_none(decision: str, stage: RepoState) -> None:
    taken = stage in BY_EVENT[EVENT_OF_DECISION[decision]].sources
    before = {**CASE, "Repossession_Stage__c": stage.value}

    assert refused("Case.Repossession_Decision_Is_Open", before, {"Decision__c": decision}) is not taken


@pytest.mark.parametrize("step", NEXT_STEPS)
def test_a_step_needs_the_reason_that_the_state_machine_asks_for(step: str) -> None:
    """An attempt that failed has a result instead."""
    needed = Guard.REASON in BY_EVENT[EVENT_OF_STEP[step]].guards and step != "Failed Attempt"

    assert refused("Case.Repossession_Step_Has_Reason", CASE, {"Next_Step__c": step}) is needed
    assert not refused("Case.Repossession_Step_Has_Reason", CASE, {"Next_Step__c": step, "Step_Reason__c": "paid"})


SOLD: Final = {"Disposition__c": "SOLD"}
PROCEED: Final = {"Decision__c": "Proceed"}
UNWORTHY: Final = {**CASE, "Worth_Recovering__c": False}
HELD: Final = {**CASE, "Order_Blocked_By__c": "bankruptcy since 2026-02-01"}
RULES: Final[Mapping[str, tuple[str, Fields, Fields, Fields]]] = {
    "an order under a hold": (
        "Case.Repossession_Order_Is_Free", HELD, {"Next_Step__c": "Order"}, {"Next_Step__c": "Hold"},
    ),
    "a decision without a reason": (
        "Case.Repossession_Decision_Has_Reason", CASE, PROCEED, {**PROCEED, "Decision_Reason__c": "no answer"},
    ),
    "an override without a reason": (
        "Case.Repossession_Override_Has_Reason", UNWORTHY, PROCEED, {**PROCEED, "Override_Reason__c": "blocks a yard"},
    ),
    "sold without a clear title": (
        "Vehicle__c.Sold_With_Clear_Title", VEHICLE, SOLD, {**SOLD, "Title_Status__c": "Clear"},
    ),
    "asked for although we have it": (
        "Vehicle__c.Disposition_Step_Is_Legal", VEHICLE, {"Disposition__c": "PENDING"}, {"Disposition__c": "RELEASED"},
    ),
    "moved although it is sold": (
        "Vehicle__c.Disposition_Step_Is_Legal", {**VEHICLE, **SOLD}, {"Disposition__c": "IN STORAGE"},
        {"Disposition__c": "ON LEASE"},
    ),
    "a sale without a clear title": (
        "Sale__c.Sale_With_Clear_Title", DRAFT, {**SUBMITTED, "Vehicle__r.Title_Status__c": "Received"}, SUBMITTED,
    ),
    "a sale without a notice": (
        "Sale__c.Sale_After_Notice", DRAFT, {**SUBMITTED, "Vehicle__r.Notice_Sent_Date__c": None}, SUBMITTED,
    ),
    "a sale before its day": (
        "Sale__c.Sale_After_Notice", DRAFT, {**SUBMITTED, "Sale_Date__c": date(2026, 3, 11)}, SUBMITTED,
    ),
    "a sale without a buyer": ("Sale__c.Sale_Is_Complete", DRAFT, {**SUBMITTED, "Buyer__c": None}, SUBMITTED),
    "a sale that is still to come": (
        "Sale__c.Sale_Is_Complete", DRAFT, {**SUBMITTED, "Sale_Date__c": date(2026, 3, 14)},
        {"Sale_Date__c": date(2026, 3, 14)},
    ),
}  # fmt: skip
"""What is refused: the rule, the record before, a change that is refused, one that is taken."""


@pytest.mark.spec("P15", "P19")
@pytest.mark.parametrize("what", RULES)
def test_people_are_kept_from_it_and_the_hub_is_not(what: str) -> None:
    rule, before, bad, good = RULES[what]

    assert refused(rule, before, bad)
    assert not refused(rule, before, bad, by_hub=True)
    assert not refused(rule, before, good)


def test_a_vehicle_is_sold_from_the_same_dispositions_as_in_the_hub() -> None:
    every = ("ON LEASE", "PENDING", "ORDERED", *SALEABLE, "SOLD", "RELEASED")

    taken = {
        each for each in every
        if not refused("Sale__c.Sale_Of_What_Is_Ours", DRAFT, {**SUBMITTED, "Vehicle__r.Disposition__c": each})
    }  # fmt: skip

    assert taken == SALEABLE


VISIT: Final[Fields] = {
    "Disposition__c": "Paid", "Visited_At__c": NOW, "Latitude__c": None, "Longitude__c": None, "Promise__c": None,
    "Follow_Up_Date__c": None, "Promise_Amount__c": None, "Promise_Date__c": None, "Visit_Key__c": None,
}  # fmt: skip


@pytest.mark.spec("F05")
@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        ("Visit_Has_Disposition", {"Disposition__c": None}, {"Disposition__c": "Truck Seen"}),
        ("Visit_Has_Been", {"Visited_At__c": NOW + timedelta(hours=2)}, {"Visited_At__c": NOW - timedelta(days=9)}),
        ("Position_Is_Whole", {"Latitude__c": 32.7}, {"Latitude__c": 32.7, "Longitude__c": -96.8}),
        ("Position_Is_Whole", {"Latitude__c": 1, "Longitude__c": -181}, {}),
        ("Follow_Up_After_Visit", {"Follow_Up_Date__c": date(2026, 3, 12)}, {"Follow_Up_Date__c": date(2026, 3, 13)}),
        ("Promise_Is_Whole", {"Promise_Amount__c": 10}, {}),
        ("Promise_Is_Whole", {"Promise_Date__c": date(2026, 3, 20)}, {}),
        ("Promise_Is_Whole", {"Promise_Amount__c": 10, "Promise_Date__c": date(2026, 3, 12)},
         {"Promise_Amount__c": 10, "Promise_Date__c": date(2026, 3, 13)}),
        ("Promise_Was_Taken", {"Promise__c": "a02", "Promise_Amount__c": 11}, {"Promise_Amount__c": 11}),
        ("Key_Is_Given_By_Drawbar", {"Visit_Key__c": "SF-1"}, {"Rep__c": "Robin"}),
    ],
)  # fmt: skip
def test_a_visit_that_the_hub_would_refuse_is_refused_at_once(rule: str, wrong: Fields, right: Fields) -> None:
    name = f"Field_Visit__c.{rule}"
    before = {**VISIT, "Promise__c": wrong.get("Promise__c")}

    assert refused(name, before, wrong)
    assert not refused(name, VISIT, right)
    assert not refused(name, before, wrong, by_hub=True)
