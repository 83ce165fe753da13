"""Decides which record each draft writes: a new one, the one of its Id, or the one of its external id."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import Field
from drawbar.sandbox.values import Stored
from drawbar.sandbox.writing.lookups import comparable, find_ids, load, more_than_one
from drawbar.sandbox.writing.plan import Plan
from drawbar.sandbox.writing.results import Operation, WriteContext
from drawbar.sandbox.writing.rows import Draft

MISSING_ID = SalesforceError("MISSING_ARGUMENT", "Id not specified in an update call")


def match(
    connection: sqlite3.Connection,
    plan: Plan,
    operation: Operation,
    drafts: Sequence[Draft],
    key: Field | None,
    context: WriteContext,
) -> None:
    """Give each draft the record that it writes (`before`), or leave it as one to create."""
    if operation == "create":
        _must_be_new(drafts)
        return
    if key is not None and key.type != "id":
        _match_by_key(connection, plan, drafts, key, context)
    elif operation == "update":
        for draft in drafts:
            if draft.record_id is None and not draft.errors:
                draft.errors.append(MISSING_ID)
    _refuse_repeated(drafts)
    _load_before(connection, plan, drafts)


def _must_be_new(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        if draft.record_id is not None:
            message = "cannot specify Id in an insert call"
            draft.errors.append(SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=("Id",)))


def _match_by_key(
    connection: sqlite3.Connection, plan: Plan, drafts: Sequence[Draft], key: Field, context: WriteContext
) -> None:
    values = [draft.given.get(key.name) for draft in drafts]
    found = find_ids(connection, plan.sobject, key, (each for each in values if each is not None))
    counts = Counter(comparable(key, each) for each in values if each is not None)
    for draft, value in zip(drafts, values, strict=True):
        same = comparable(key, value)
        refusal = _key_refusal(plan, key, value, found.get(same, ()), repeated=counts[same] > 1, context=context)
        if refusal is not None:
            draft.errors.append(refusal)
        elif found.get(same):
            draft.record_id = found[same][0]


def _key_refusal(
    plan: Plan, key: Field, value: Stored, ids: Sequence[str], *, repeated: bool, context: WriteContext
) -> SalesforceError | None:
    if value is None:
        return SalesforceError("MISSING_ARGUMENT", f"{key.name} not specified", fields=(key.name,))
    if repeated:
        return SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=(key.name,))
    if len(ids) > 1:
        return more_than_one(key, ids)
    if not ids and context.update_only:
        message = f"no {plan.sobject.name} has {key.name} {value}, and the request allows updates only"
        return SalesforceError("NOT_FOUND", message, status=404)
    return None


def _refuse_repeated(drafts: Sequence[Draft]) -> None:
    counts = Counter(draft.record_id for draft in drafts if draft.record_id is not None)
    for draft in drafts:
        if draft.record_id is not None and counts[draft.record_id] > 1 and not draft.errors:
            message = f"Duplicate id specified: {draft.record_id}"
            draft.errors.append(SalesforceError("DUPLICATE_VALUE", message, fields=("Id",)))


def _load_before(connection: sqlite3.Connection, plan: Plan, drafts: Sequence[Draft]) -> None:
    found = load(connection, plan, [draft.record_id for draft in drafts if draft.record_id is not None])
    for draft in drafts:
        if draft.record_id is None:
            continue
        draft.before = found.get(draft.record_id)
        if draft.before is None:
            message = "invalid cross reference id"
            draft.errors.append(SalesforceError("INVALID_CROSS_REFERENCE_KEY", message, status=404))
        elif draft.before.get("IsDeleted"):
            draft.errors.append(SalesforceError("ENTITY_IS_DELETED", "entity is deleted", status=404))
