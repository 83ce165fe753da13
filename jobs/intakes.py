"""How each LeaseWorks entity is taken in: its mapping, the rules that see it, and what its absence means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from types import ModuleType
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.jobs.gps_accounts import take_lessees
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.leaseworks_dispositions import take_dispositions
from drawbar.jobs.leaseworks_edits import made_here
from drawbar.jobs.logged_calls import take_calls
from drawbar.jobs.vehicle_states import take_states
from drawbar.jobs.vehicles import take_vehicles
from drawbar.mappings import (
    leaseworks_account,
    leaseworks_collections,
    leaseworks_departure,
    leaseworks_lessee,
    leaseworks_note,
    leaseworks_payment,
    leaseworks_vehicle,
)
from drawbar.mappings.fingerprint import mapping_fingerprint
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.gps.devices import GpsDevices
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.intake import Intake
from drawbar.middleware.sync.tables import landed_row

AnyIntake = Intake[Any]
_version = cache(mapping_fingerprint)
Departing = Literal["lessees", "accounts", "vehicles"]
_PROMISES_MAY_SHRINK = 75.0
"""Percent: promises go every day, being kept, broken or withdrawn."""


def leaseworks_intakes(hub: Hub, business_date: date, now: datetime) -> dict[str, AnyIntake]:
    """Give the intake of every entity for a delivery of that business date; keyed by entity."""
    rules = _Rules(hub, business_date, now)
    return {
        "lessees": _mapped(
            "lessees", "Account", leaseworks_lessee,
            absorb=take_lessees, on_gone=rules.departing("lessees"),
        ),
        "accounts": _mapped(
            "accounts", "Lease_Account__c", leaseworks_account,
            absorb=rules.take_accounts, on_gone=rules.accounts_gone,
        ),
        "vehicles": _mapped(
            "vehicles", "Vehicle__c", leaseworks_vehicle, absorb=rules.take_vehicles, on_gone=rules.vehicles_gone
        ),
        "vehicle_states": _unmapped("vehicle_states", "Vehicle__c", rules.take_states, None),
        "payments": _mapped("payments", "Payment__c", leaseworks_payment, absorb=rules.take_payments),
        "notes": replace(
            _mapped("notes", "Collection_Note__c", leaseworks_note, absorb=rules.take_notes),
            to_target=lambda note, now: None if made_here(note.note_number) else _note(note, now),
        ),
        "promises": replace(
            _unmapped("promises", "Lease_Account__c", rules.take_promises, rules.promises_gone),
            max_shrink_percent=_PROMISES_MAY_SHRINK,
        ),
        "gl_summary": _unmapped("gl_summary", "GL Posting", rules.land, None),
    }  # fmt: skip


def _note(note: leaseworks.Note, now: datetime) -> TargetRecord:
    return to_target(leaseworks_note.to_salesforce(note, now=now))


def _mapped(
    entity: str,
    object_name: str,
    mapping: ModuleType,
    *,
    absorb: Callable[[Connection, Sequence[Any]], None] | None = None,
    on_gone: Callable[[Connection, Sequence[str], datetime], Sequence[TargetRecord]] | None = None,
) -> AnyIntake:
    return Intake(
        feed=f"{SYSTEM}.{entity}",
        entity=entity,
        object=object_name,
        concerns=object_name,
        version=_version(mapping),
        to_target=lambda record, now: to_target(mapping.to_salesforce(record, now=now)),
        bookkeeping=BOOKKEEPING[object_name],
        absorb=absorb,
        on_gone=on_gone,
    )


def _unmapped(
    entity: str,
    concerns: str,
    absorb: Callable[[Connection, Sequence[Any]], None],
    on_gone: Callable[[Connection, Sequence[str], datetime], Sequence[TargetRecord]] | None,
) -> AnyIntake:
    return Intake(
        feed=f"{SYSTEM}.{entity}", entity=entity, object="", concerns=concerns,
        version="", to_target=lambda _record, _now: None, absorb=absorb,
        on_gone=on_gone,
    )  # fmt: skip


class _Rules:
    """What happens in the hub when records change or go."""

    def __init__(self, hub: Hub, business_date: date, now: datetime) -> None:
        self._settings = hub.collections
        self._day = business_date
        self._now = now

    def take_accounts(self, connection: Connection, records: Sequence[leaseworks.LeaseAccount]) -> None:
        self._book(connection).take_standings(map(leaseworks_collections.to_standing, records))

    def take_vehicles(self, connection: Connection, records: Sequence[leaseworks.Vehicle]) -> None:
        take_vehicles(connection, records)
        take_dispositions(connection, records, self._now)

    def take_notes(self, connection: Connection, records: Sequence[leaseworks.Note]) -> None:
        take_calls(connection, records, self._now)

    def take_payments(self, connection: Connection, records: Sequence[leaseworks.Payment]) -> None:
        self._book(connection).take_payments(map(leaseworks_collections.to_payment_entry, records))

    def take_promises(self, connection: Connection, records: Sequence[leaseworks.Promise]) -> None:
        self._book(connection).take_promises(map(leaseworks_collections.to_current_promise, records), on=self._day)

    def promises_gone(self, connection: Connection, keys: Sequence[str], _now: datetime) -> list[TargetRecord]:
        self._book(connection).drop_promises(keys, on=self._day)
        return []

    def accounts_gone(self, connection: Connection, keys: Sequence[str], now: datetime) -> list[TargetRecord]:
        self._book(connection).leave(keys, on=self._day)
        return self.departing("accounts")(connection, keys, now)

    def vehicles_gone(self, connection: Connection, keys: Sequence[str], now: datetime) -> list[TargetRecord]:
        GpsDevices(connection).drop_vehicles(keys)
        return self.departing("vehicles")(connection, keys, now)

    def departing(self, entity: Departing) -> Callable[[Connection, Sequence[str], datetime], list[TargetRecord]]:
        def departed(_connection: Connection, keys: Sequence[str], now: datetime) -> list[TargetRecord]:
            left = [leaseworks_departure.to_salesforce(entity, key, left_on=self._day, now=now) for key in keys]
            return [to_target(each) for each in left]

        return departed

    def take_states(self, connection: Connection, records: Sequence[leaseworks.VehicleState]) -> None:
        take_states(connection, records, self._now)
        take_dispositions(connection, records, self._now)

    def land(self, connection: Connection, records: Sequence[leaseworks.LeaseWorksRecord]) -> None:
        """Keep records that the hub works with later."""
        rows = [self._landed(record) for record in records]
        if not rows:
            return
        keys = [row["key"] for row in rows]
        same = (landed_row.c.system == SYSTEM, landed_row.c.entity == "gl_summary", landed_row.c.key.in_(keys))
        connection.execute(delete(landed_row).where(*same))
        connection.execute(insert(landed_row), rows)

    def _landed(self, record: leaseworks.LeaseWorksRecord) -> Mapping[str, object]:
        key = getattr(record, leaseworks.KEYS["gl_summary"])
        return {
            "system": SYSTEM, "entity": "gl_summary", "key": key, "record": record.model_dump_json(),
            "changed_at": self._now,
        }  # fmt: skip

    def _book(self, connection: Connection) -> CollectionsBook:
        return CollectionsBook(connection, self._settings)
