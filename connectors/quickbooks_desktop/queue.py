"""How other parts of the hub have something stand in QuickBooks Desktop, and what waits there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.quickbooks_desktop.records import VendorBill
from drawbar.connectors.quickbooks_desktop.settings import SYSTEM, QuickBooksDesktopSettings
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.sync.pickup import Pickups

BILL: Final = "bill"
"""The kind of tasks that are bills."""


@dataclass(frozen=True, slots=True)
class BillQueue:
    """The bills that wait for QuickBooks, inside the caller's transaction."""

    connection: Connection
    settings: QuickBooksDesktopSettings

    def put(self, company: str, bill: VendorBill, now: datetime) -> bool:
        """Have a bill stand in the books of a company as it is given; says whether that is news.

        `bill.key` names it: the same key with other content changes the bill in QuickBooks, the same content does
        nothing. Raises RecordRejected for a company that the settings do not name.
        """
        if company not in self.settings.companies:
            known = ", ".join(sorted(self.settings.companies)) or "none"
            raise RecordRejected(
                f"there is no company {company!r} (there are: {known})", record=f"bill {bill.key}", field="company",
                remedy="Name one of them, or add its table to drawbar.toml.", code="UNKNOWN_COMPANY",
            )  # fmt: skip
        return Pickups(self.connection, SYSTEM).enqueue(company, BILL, bill.key, bill.model_dump_json(), now)
