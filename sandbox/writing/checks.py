"""Checks a draft as a whole: fields that cannot be written, fields that are missing, values that must be unique."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import Field
from drawbar.sandbox.values import Stored
from drawbar.sandbox.writing.lookups import comparable, find_ids
from drawbar.sandbox.writing.plan import Plan
from drawbar.sandbox.writing.rows import Draft


def check_writable(plan: Plan, draft: Draft) -> None:
    """Refuse values for fields that only the org writes, and changes of fields that are fixed once created."""
    fixed = plan.fixed_at_creation if draft.is_new else plan.fixed_afterwards
    named = dict.fromkeys([*draft.given, *(each.lookup.name for each in draft.parents)])
    if not fixed.isdisjoint(named):
        locked = [each for each in named if each in fixed]
        message = (
            f"Unable to create/update fields: {', '.join(locked)}. Please check the security settings of this field and"
            " verify that it is read/write for your profile or permission set."
        )
        draft.errors.append(SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=tuple(locked)))


def check_required(plan: Plan, draft: Draft) -> None:
    """Refuse a draft that would leave required fields empty."""
    missing = [
        each.name
        for each in plan.required
        if draft.values.get(each.name) is None and (draft.is_new or each.name in draft.values)
    ]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        draft.errors.append(SalesforceError("REQUIRED_FIELD_MISSING", message, fields=tuple(missing)))


class UniqueValues:
    """Who holds which value of the unique fields, in the table and among the drafts already accepted."""

    def __init__(self, connection: sqlite3.Connection, plan: Plan, drafts: Sequence[Draft]) -> None:
        self._fields = plan.unique
        self._holders = {
            field.name: find_ids(connection, plan.sobject, field, _given(drafts, field)) for field in plan.unique
        }

    def check(self, draft: Draft) -> None:
        """Refuse a draft whose value another record holds."""
        for field in self._fields:
            others = [each for each in self._holding(draft, field) if each != draft.record_id]
            if others:
                message = f"duplicate value found: {field.name} duplicates value on record with id: {others[0]}"
                draft.errors.append(SalesforceError("DUPLICATE_VALUE", message))

    def accept(self, draft: Draft) -> None:
        """Let an accepted draft hold its values from now on."""
        for field in self._fields:
            value = draft.values.get(field.name)
            if value is not None and draft.record_id is not None:
                self._holders[field.name].setdefault(comparable(field, value), []).append(draft.record_id)

    def _holding(self, draft: Draft, field: Field) -> Sequence[str]:
        value = draft.values.get(field.name)
        return () if value is None else self._holders[field.name].get(comparable(field, value), ())


def _given(drafts: Sequence[Draft], field: Field) -> list[Stored]:
    return [each.values[field.name] for each in drafts if each.values.get(field.name) is not None]
