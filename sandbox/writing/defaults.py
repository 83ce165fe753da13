"""What the org itself puts into a record: defaults, owner, stamps, numbers, and what follows from other fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from drawbar.sandbox.ids import new_id
from drawbar.sandbox.schema import Field, SObject
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.values import Stored
from drawbar.sandbox.writing.plan import Plan
from drawbar.sandbox.writing.results import WriteContext
from drawbar.sandbox.writing.rows import Draft

QUEUE_DEVELOPER_NAME = "Unassigned_Cases"
"""The queue that the sandbox's active assignment rule gives Cases to."""

NUMBER_FORMAT = re.compile(r"\{(0+)\}")
DATE_FORMAT = re.compile(r"\{(YYYY|YY|MM|DD)\}")


def auto_number(shown: str, number: int, when: datetime) -> str:
    """Write a number as an auto-number's display format says: `PTP-{YYYY}-{000000}`."""
    parts = {"YYYY": f"{when:%Y}", "YY": f"{when:%y}", "MM": f"{when:%m}", "DD": f"{when:%d}"}
    dated = DATE_FORMAT.sub(lambda found: parts[found[1]], shown)
    return NUMBER_FORMAT.sub(lambda found: str(number).rjust(len(found[1]), "0"), dated)


def constant_defaults(sobject: SObject) -> dict[str, Stored]:
    """Give the values that a new record has when nothing else is said: check boxes, default picklist values."""
    defaults: dict[str, Stored] = {}
    for field in sobject.fields:
        if field.type == "boolean" and not field.formula:
            defaults[field.name] = int(bool(field.default_value))
        elif field.picklist:
            defaults[field.name] = _default_choice(field)
    return {name: value for name, value in defaults.items() if value is not None}


def _default_choice(field: Field) -> str | None:
    return next((each.value for each in field.picklist if each.default), None)


def give_ids(transaction: Transaction, plan: Plan, drafts: Sequence[Draft], when: datetime) -> None:
    """Give new records their ids and automatic numbers, in the order of the rows."""
    new = [each for each in drafts if each.is_new]
    if not new:
        return
    first = transaction.take_numbers(plan.sobject.name, len(new))
    for number, draft in enumerate(new, first):
        draft.record_id = new_id(plan.sobject.key_prefix, number)
        draft.values["Id"] = draft.record_id
    for field in plan.numbered:
        first = transaction.take_numbers(f"{plan.sobject.name}.{field.name}", len(new), field.starting_number)
        for number, draft in enumerate(new, first):
            draft.values[field.name] = auto_number(field.auto_number or "{0}", number, when)


def stamp(plan: Plan, draft: Draft, moment: str, context: WriteContext) -> None:
    """Note who wrote the record and when; a record that names no owner belongs to who creates it."""
    values = draft.values
    values["LastModifiedDate"] = values["SystemModstamp"] = moment
    values["LastModifiedById"] = context.user_id
    if draft.is_new:
        values["CreatedDate"] = moment
        values["CreatedById"] = context.user_id
        if plan.sobject.field("OwnerId") and values.get("OwnerId") is None:
            values["OwnerId"] = context.user_id


def _derive_person(draft: Draft, _moment: str) -> None:
    names = (draft.after("FirstName"), draft.after("LastName"))
    draft.values["Name"] = " ".join(str(each) for each in names if each)


def _derive_custom_name(draft: Draft, _moment: str) -> None:
    if draft.is_new and not draft.values.get("Name") and draft.record_id:
        draft.values["Name"] = draft.record_id[:15]


class CaseRules:
    """What makes a Case closed, and who gets a Case when the assignment rule runs."""

    def __init__(self, case: SObject) -> None:
        status = case.field("Status")
        self._closed = {each.value for each in status.picklist if each.closed} if status else set()

    def derive(self, draft: Draft, moment: str) -> None:
        """Set `IsClosed` and `ClosedDate` by the status; a reopened Case has no closing date."""
        closed = draft.after("Status") in self._closed
        draft.values["IsClosed"] = int(closed)
        if not closed:
            draft.values["ClosedDate"] = None
        elif draft.is_new or draft.before is None or not draft.before.get("IsClosed"):
            draft.values["ClosedDate"] = moment


def derivation(sobject: SObject) -> Callable[[Draft, str], None] | None:
    """Give what an object's records derive from their own fields when they are saved; None when nothing."""
    if sobject.name == "Case":
        return CaseRules(sobject).derive
    if sobject.custom:
        return _derive_custom_name
    return _DERIVATIONS.get(sobject.name)


_DERIVATIONS: Mapping[str, Callable[[Draft, str], None]] = {"Contact": _derive_person, "User": _derive_person}
