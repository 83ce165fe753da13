"""Compares what LeaseWorks has of vehicles with what Salesforce, which owns it, has told: Salesforce wins (P27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.records import VehicleState
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import SYSTEM
from drawbar.jobs.leaseworks_edits import told_of
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.codec import Columns, to_record
from drawbar.middleware.sync.delivery_log import accepted_at, last_told
from drawbar.middleware.sync.edit_log import Conflict, EditLog
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import outbox

FIELDS: Final[Mapping[str, str]] = {
    "condition": "Condition__c",
    "storage_place": "Storage_Place__c",
    "storage_state": "Storage_State__c",
    "market_value": "Market_Value__c",
}
"""What LeaseWorks shows of what it was told, and the fields of Salesforce that own it.

Where the vehicle stands is not among them: what people set of it in LeaseWorks moves its repossession (P12).
"""

RUN: Final = f"{SYSTEM}.vehicle_states"
"""What queued a row that tells LeaseWorks once more."""


def take_states(connection: Connection, states: Sequence[VehicleState], now: datetime) -> None:
    """Tell LeaseWorks once more what it has otherwise than it was told, and note the conflict.

    What it shows as it was told is the echo of an import. What last changed there before an import that it has
    accepted since was overtaken by that.
    """
    for state in states:
        told = told_of(connection, VEHICLE.api_name, state.asset_number)
        at = accepted_at(connection, SYSTEM, VEHICLE.api_name, state.asset_number)
        if told is not None and at is not None and state.updated_at > at:
            _compare(connection, state, told, now)


def _compare(connection: Connection, state: VehicleState, told: Columns, now: datetime) -> None:
    agreed = last_told(connection, SYSTEM, VEHICLE.api_name, state.asset_number)
    changed = [name for name in FIELDS if getattr(state, name) not in (agreed.get(name), told[name])]
    if not changed:
        return
    found = [_conflict(state, name, told, agreed, now) for name in changed]
    EditLog(connection).conflicted(found)
    if not _under_way(connection, state.asset_number):
        record: TargetRecord = to_record(VEHICLE.api_name, state.asset_number, "", told)
        change = Change(record, creates=False, why=f"LeaseWorks changed {', '.join(changed)}, which Salesforce owns")
        Outbox(connection, SYSTEM).put([change], run_id=RUN, now=now)


def _conflict(state: VehicleState, name: str, told: Columns, agreed: Columns, now: datetime) -> Conflict:
    return Conflict(
        object=VEHICLE.api_name, key=state.asset_number, field=FIELDS[name],
        kind="overruled" if told[name] == agreed.get(name) else "both", target_value=_shown(told[name]),
        source_value=_shown(getattr(state, name)), source="LeaseWorks", winner="Salesforce", edited_by="",
        run_id=RUN, at=now,
    )  # fmt: skip


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _under_way(connection: Connection, key: str) -> bool:
    """Say whether a row waits for LeaseWorks, or for its answer: it will be told anyway."""
    mine = outbox.c.target == SYSTEM, outbox.c.object == VEHICLE.api_name, outbox.c.key == key
    return connection.execute(select(outbox.c.id).where(*mine).limit(1)).first() is not None
