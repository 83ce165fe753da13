"""Queues what a rule concludes, inside the caller's transaction: for Salesforce, and for other systems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from drawbar.connectors.salesforce.payload import OWN_ID
from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.connectors.salesforce.records.sobject import SalesforceRecord
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.jobs.hub import TARGET
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.outbox import Change, Outbox


@dataclass(frozen=True, slots=True)
class Concluding:
    """The surroundings of what is concluded: the run that does it, and when."""

    connection: Connection
    run_id: str
    now: datetime

    def show(self, record: SalesforceRecord, part: str, why: str, *, own: bool = False) -> None:
        """Have a record stand in Salesforce; what stands there by an earlier conclusion is not sent again."""
        derived = DerivedRecords(self.connection, TARGET, BOOKKEEPING)
        derived.conclude([Conclusion(to_target(record), part, why, own)], run_id=self.run_id, now=self.now)

    def name(self, object_name: str, record_id: str, key: str) -> None:
        """Give a record that a person made in Salesforce, by its own id there, the hub's key."""
        self.send(TARGET, TargetRecord(object_name, key, {OWN_ID: record_id}), "named", creates=False)

    def send(self, target: str, record: TargetRecord, why: str, *, creates: bool = True) -> None:
        """Queue a record for a system."""
        Outbox(self.connection, target).put([Change(record, creates, why)], run_id=self.run_id, now=self.now)
