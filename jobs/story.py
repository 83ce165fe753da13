"""The whole story of one account: what its source said, what became of it, and all that happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from drawbar.connectors.salesforce.records.catalogue import object_fields
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.inbound import opened
from drawbar.jobs.intakes import leaseworks_intakes
from drawbar.jobs.summaries import field_changes, readable
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import DrawbarError, NotThere, RecordRejected
from drawbar.middleware.records import SourceRow, TargetRecord
from drawbar.middleware.sync.codec import columns_of, decode
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.delivery_log import attempts, former_of, with_former
from drawbar.middleware.sync.tables import derived_record, outbox, source_delivery

Json = dict[str, Any]
LEASE_ACCOUNT = "Lease_Account__c"


def account_story(hub: Hub, number: str, now: datetime, *, ask_salesforce: bool) -> Json:
    """Tell all that is known of a lease account; raise NotThere when nothing is.

    `ask_salesforce` reads the record from the org (one or two API calls).
    """
    with reading(hub.engine) as connection:
        sources = list(_sources(hub, connection, number, now))
        story: Json = {
            "account": number,
            "sources": sources,
            "concluded": _concluded(connection, number),
            "collections": _collections(hub, connection, number),
            "waiting": _waiting(connection, number),
            "deliveries": _deliveries(connection, number),
            "failures": _failures(connection, number),
        }
    if not any(story[name] for name in ("sources", "collections", "waiting", "deliveries", "failures")):
        raise NotThere(
            f"nothing is known of account {number}", remedy="Is the number right? Has its delivery been taken?"
        )
    story["salesforce"] = _in_salesforce(hub, number) if ask_salesforce else None
    return story


def _sources(hub: Hub, connection: Connection, number: str, now: datetime) -> Iterator[Json]:
    """Find the account's row in every delivery that is kept, newest first, and map it as the mapping is now."""
    statement = (
        select(source_delivery.c.name, source_delivery.c.business_date)
        .where(source_delivery.c.system == SYSTEM)
        .order_by(source_delivery.c.business_date.desc(), source_delivery.c.name.desc())
    )
    for name, business_date in connection.execute(statement).all():
        kept = opened(hub, name)
        if kept is None or "accounts" not in kept.entities:
            continue
        source = kept.source("accounts")
        row = _row(source.batches(), number)
        if row is not None:
            told: Json = {"delivery": name, "row": row.number, "raw": row.raw.decode("utf-8", "backslashreplace")}
            try:
                record = source.parse(row)
                mapped = leaseworks_intakes(hub, business_date, now)["accounts"].to_target(record, now)
                told |= {"values": record.model_dump(mode="json"), "mapped": _mapped(mapped)}
            except RecordRejected as error:
                told["error"] = str(error)
            yield told


def _row(batches: Iterator[Any], number: str) -> SourceRow | None:
    wanted = number.encode()
    for batch in batches:
        if wanted in batch.keys:
            position = batch.keys.index(wanted)
            return SourceRow(batch.first_number + position, number, batch.raws[position])
    return None


def _mapped(record: TargetRecord | None) -> Mapping[str, object]:
    return {} if record is None else {name: readable(value) for name, value in columns_of(record).items()}


def _concluded(connection: Connection, number: str) -> Mapping[str, object]:
    """Give the account's fields that the rules concluded, as they were last queued."""
    statement = select(derived_record.c.fields).where(
        derived_record.c.target == TARGET, derived_record.c.object == LEASE_ACCOUNT, derived_record.c.key == number
    )
    found = [decode(text) for text in connection.execute(statement).scalars()]
    return {name: readable(value) for fields in found for name, value in fields.items()}


def _collections(hub: Hub, connection: Connection, number: str) -> Json | None:
    history = CollectionsBook(connection, hub.collections).history(number)
    return None if history is None else asdict(history)


def _about(connection: Connection, number: str) -> Sequence[tuple[str, str]]:
    """Name the records that belong to the account: itself, and what the rules derived for it."""
    statement = select(derived_record.c.object, derived_record.c.key).where(
        derived_record.c.target == TARGET, derived_record.c.key.startswith(f"{number}-", autoescape=True)
    )
    return [(LEASE_ACCOUNT, number), *((row.object, row.key) for row in connection.execute(statement))]


def _waiting(connection: Connection, number: str) -> list[Json]:
    return [
        {
            "object": row.object, "key": row.key, "why": row.why, "attempts": row.attempts, "since": row.queued_at,
            "changes": field_changes(row.fields, former_of(connection, row), creates=row.creates),
        }
        for name, key in _about(connection, number)
        for row in connection.execute(
            select(outbox).where(outbox.c.target == TARGET, outbox.c.object == name, outbox.c.key == key)
        )
    ]  # fmt: skip


def _deliveries(connection: Connection, number: str) -> list[Json]:
    found = [
        {
            "at": row.at, "object": row.object, "key": row.key, "operation": row.operation, "status": row.status,
            "salesforce_id": row.target_id, "why": row.why, "run": row.run_id, "code": row.code,
            "message": row.message, "changes": field_changes(row.fields, former, creates=row.status == "created"),
        }
        for name, key in _about(connection, number)
        for row, former in with_former(attempts(connection, TARGET, name, key))
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each["at"], each["object"]))


def _failures(connection: Connection, number: str) -> list[Json]:
    letters = DeadLetters(connection)
    found = [
        letter
        for name, key in _about(connection, number)
        for letter in letters.find(object_name=name, key=key, state=None)
    ]
    return [
        {
            "number": letter.id, "state": letter.state, "object": letter.failure.object, "key": letter.failure.key,
            "code": letter.failure.code, "message": letter.failure.message, "remedy": letter.failure.remedy,
            "first_at": letter.first_at, "last_at": letter.last_at, "settled_why": letter.settled_why,
        }
        for letter in found
    ]  # fmt: skip


def _in_salesforce(hub: Hub, number: str) -> Json:
    names = [each.api_name for each in object_fields(LEASE_ACCOUNT)]
    try:
        record = hub.salesforce().read(LEASE_ACCOUNT, [number], names).get(number)
    except DrawbarError as error:
        return {"error": str(error)}
    return {"record": None if record is None else {name: readable(value) for name, value in record.items()}}
