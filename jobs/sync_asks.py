"""People ask for a lease account to be brought into step at once (P30)."""

from __future__ import annotations

from dataclasses import dataclass

from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.middleware.sync.inbox_handling import Effect, Handling


@dataclass(frozen=True, slots=True)
class AccountAsks:
    """Has the sweep hear of lease accounts that people saved.

    Every record that is heard of is compared with what the hub knows, and mended, so nothing is left to do here. Other
    objects that can be asked for have rules of their own.
    """

    hub: Hub
    object: str = LEASE_ACCOUNT.api_name
    fields: tuple[str, ...] = ("Sync_Asked__c",)

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Leave the record to the comparison."""
        del edited, handling
        return None
