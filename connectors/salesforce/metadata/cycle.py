"""The cycle table of remarketing as Salesforce minds it: the path over the statuses, and the rule for steps (R07, R08).

Both come from the default table. Where the settings have another one, the hub goes by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from drawbar.connectors.salesforce.metadata.markup import Node
from drawbar.connectors.salesforce.records.remarketing import REMARKETING
from drawbar.connectors.salesforce.records.remarketing_status import REMARKETING_STATUS
from drawbar.middleware.remarketing.statuses import DEFAULT_CYCLE, MANUAL, SET_BY, RemarketingStatus, SetBy

_RULE: Final = "Step_In_The_Cycle"
_PATH: Final = "Remarketing_Status"
_STATUS: Final = "Status__c"
_BY_WHOM: Final = {
    SetBy.STAFF: "Staff set this status, with Set Status.",
    SetBy.AUCTION: "The auction sets this status.",
    SetBy.HUB: "This status follows from the auction's invoice.",
}


def cycle_files() -> Iterator[tuple[str, Node]]:
    """Give both files by their paths below `force-app/main/default`."""
    place = f"objects/{REMARKETING_STATUS.api_name}/validationRules/{_RULE}.validationRule-meta.xml"
    yield place, _rule()
    yield f"pathAssistants/{_PATH}.pathAssistant-meta.xml", _path()


def _rule() -> Node:
    return Node(
        "ValidationRule",
        [
            ("fullName", _RULE),
            ("active", True),
            ("description", "People set only a status that may follow the one that the request has."),
            ("errorConditionFormula", _formula()),
            ("errorDisplayField", _STATUS),
            ("errorMessage", "This status cannot follow the one that the request has: see the cycle table."),
        ],
    )


def _formula() -> str:
    steps = ", ".join(f'"{before}", "{_listed(after)}"' for before in RemarketingStatus if (after := _manual(before)))
    allowed = f'CASE({REMARKETING.api_name.removesuffix("__c")}__r.{_STATUS}, {steps}, "")'
    chosen = f'"|" & TEXT({_STATUS}) & "|"'
    return f"AND(NOT($Permission.Hub_Integration), ISNEW(), NOT(CONTAINS({allowed}, {chosen})))"


def _manual(before: RemarketingStatus) -> list[RemarketingStatus]:
    return [each for each in DEFAULT_CYCLE[before] if each in MANUAL]


def _listed(statuses: list[RemarketingStatus]) -> str:
    return f"|{'|'.join(statuses)}|"


def _path() -> Node:
    steps = [("pathAssistantSteps", _step(each)) for each in RemarketingStatus]
    return Node(
        "PathAssistant",
        [
            ("active", True),
            ("entityName", REMARKETING.api_name),
            ("fieldName", _STATUS),
            ("masterLabel", "Remarketing Status"),
            *steps,
            ("recordTypeName", "__MASTER__"),
        ],
    )


def _step(status: RemarketingStatus) -> Node:
    after = ", ".join(DEFAULT_CYCLE[status])
    told = f"{_BY_WHOM[SET_BY[status]]} {f'May follow: {after}.' if after else 'Nothing follows.'}"
    return Node("PathAssistantStep", [("info", told), ("picklistValueName", status.value)])
