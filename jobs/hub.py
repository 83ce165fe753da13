"""The hub as jobs and commands see it: settings, database, locks, and the systems that are coupled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from sqlalchemy import Engine

from drawbar.connectors.leaseworks.connector import LeaseWorks
from drawbar.middleware.collections.settings import CollectionSettings
from drawbar.middleware.locks import Locks
from drawbar.middleware.ports import BulkReader, Target
from drawbar.middleware.settings import SyncSettings
from drawbar.middleware.sync.failure_desk import FailureReporter

TARGET = "salesforce"
SYSTEM = "leaseworks"


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that a job works with; put together in `wiring`, and by tests.

    `zone` is the lender's: it says which business day it is.
    """

    data_folder: Path
    engine: Engine
    locks: Locks
    sync: SyncSettings
    collections: CollectionSettings
    leaseworks: LeaseWorks
    salesforce: Callable[[], Target]
    reader: Callable[[], BulkReader]
    reporter: FailureReporter
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: tzinfo = UTC

    @property
    def deliveries_folder(self) -> Path:
        """Where fetched deliveries are kept."""
        return self.data_folder / "deliveries"

    @property
    def fingerprints_folder(self) -> Path:
        return self.data_folder / "fingerprints"
