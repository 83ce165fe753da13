"""Titles of vehicles: steps that people take in Salesforce are checked, and what lasts too long is told once (P19)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.concluding import Concluding
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import Json
from drawbar.mappings import resale_vehicle
from drawbar.middleware.database.engine import reading
from drawbar.middleware.resale.sales import SALEABLE
from drawbar.middleware.resale.sales_book import SalesBook
from drawbar.middleware.resale.titles import WAITING, KeptTitle, Title, check_step, known_status, reminder
from drawbar.middleware.sync.inbox_handling import Effect, Handling

VEHICLE: Final = "Vehicle__c"
_PART: Final = "title reminder"


@dataclass(frozen=True, slots=True)
class TitleDesk:
    """Takes steps of titles, inside the caller's transaction."""

    connection: Connection
    run_id: str
    now: datetime

    def take(self, title: Title) -> Json:
        """Keep a title as people have it; raises RecordRejected, by field, for a step that may not follow."""
        book = SalesBook(self.connection)
        known = book.title(title.vehicle)
        before = known.title.status if known else ""
        check_step(before, title, sold=book.sale_of(title.vehicle) is not None)
        if known is None or known.title.status != title.status:
            book.keep_title(KeptTitle(title, self.now))
            if known is not None and known.reminded_at is not None:
                self._remind(title.vehicle, "")
        else:
            book.keep_title(replace(known, title=title))
        return {"vehicle": title.vehicle, "title": title.status, "before": before}

    def remind(self, days: int) -> int:
        """Remind people of every title that has waited for so many days, once per status; gives how many."""
        book, reminded = SalesBook(self.connection), 0
        for kept in book.titles(sorted(WAITING)):
            text = reminder(kept, self.now, days=days)
            if text and kept.reminded_at is None and book.sale_of(kept.title.vehicle) is None:
                self._remind(kept.title.vehicle, text)
                book.remind(kept.title.vehicle, self.now)
                reminded += 1
        return reminded

    def _remind(self, vehicle: str, text: str) -> None:
        concluding = Concluding(self.connection, self.run_id, self.now)
        record = resale_vehicle.title_reminder(vehicle, text, now=self.now)
        concluding.show(record, _PART, text or "the title has gone on")


@dataclass(frozen=True, slots=True)
class TitleEdits:
    """Implements `EditRule` for the title on a vehicle; a repossessed vehicle's title is watched from then on."""

    hub: Hub
    object: str = VEHICLE
    fields: tuple[str, ...] = (
        "Title_Status__c", "Title_Number__c", "Title_State__c", "Title_Lienholder__c", "Title_Received_Date__c",
        "Title_Sent_Date__c", "Disposition__c",
    )  # fmt: skip

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Take the title's step; None when the hub knows the title as it is."""
        if not edited.key:
            return None
        title, fields = _title(edited), EditedFields(f"vehicle {edited.key}", edited.fields)
        with reading(self.hub.engine) as connection:
            known = SalesBook(connection).title(edited.key)
        same = title == (known.title if known else Title(edited.key))
        if same and (known is not None or fields.text("Disposition__c") not in SALEABLE):
            return None
        return lambda connection: TitleDesk(connection, handling.run_id, handling.now).take(title)


def _title(edited: EditedRecord) -> Title:
    fields = EditedFields(f"vehicle {edited.key}", edited.fields)
    return Title(
        vehicle=edited.key, status=known_status(fields.text("Title_Status__c"), edited.key),
        number=fields.text("Title_Number__c"), state=fields.text("Title_State__c").upper(),
        lienholder=fields.text("Title_Lienholder__c"), received_on=fields.day("Title_Received_Date__c"),
        sent_on=fields.day("Title_Sent_Date__c"),
    )  # fmt: skip
