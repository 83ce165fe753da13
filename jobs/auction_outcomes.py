"""What became of documents that were queued for the systems of the books: taken, refused, or still under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from drawbar.connectors.quickbooks_desktop.queue import BILL
from drawbar.connectors.quickbooks_desktop.settings import SYSTEM as DESKTOP
from drawbar.connectors.quickbooks_online.settings import system_of
from drawbar.jobs.hub import TARGET, Hub
from drawbar.mappings.accounting_quickbooks import OBJECTS
from drawbar.middleware.accounting.records import Entry
from drawbar.middleware.auctions.kept import PostedDocument
from drawbar.middleware.sync.codec import decode_refused
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters
from drawbar.middleware.sync.delivery_log import accepted_at
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.outbox import Outbox
from drawbar.middleware.sync.pickup import Pickups
from drawbar.middleware.sync.pickup_tables import pickup_task


def document_of(hub: Hub, entry: Entry) -> PostedDocument:
    """Name the document of an entry where it is posted."""
    desktop = hub.quickbooks_desktop
    if desktop is not None and entry.books in desktop.companies:
        return PostedDocument(DESKTOP, BILL, entry.key)
    return PostedDocument(system_of(entry.books), OBJECTS[entry.document], entry.key)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes as the hub knows them, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    def refusals(self, documents: Sequence[PostedDocument]) -> list[str]:
        """Say of each document that was refused, and not settled since, why."""
        return [why for each in documents for why in self._refused(each)]

    def all_taken(self, documents: Sequence[PostedDocument]) -> bool:
        """Say whether all documents stand where they were sent."""
        return all(self._taken(each) for each in documents)

    def send_again(self, documents: Sequence[PostedDocument], by: str) -> None:
        """Queue what was refused once more, as it was; its failures count as replayed."""
        for each in documents:
            self._pick_up_again(each)
            for letter in self._letters(each):
                _operation, record = decode_refused(each.object, each.key, letter.failure.payload)
                box = Outbox(self.connection, each.system)
                box.put_again(record, "upsert", "posted again", run_id=self.run_id, now=self.now)
                desk = FailureDesk(self.connection, TARGET, self.hub.reporter)
                desk.end([letter], "replayed", by=by, why="posted again", run_id=self.run_id, now=self.now)

    def _pick_up_again(self, document: PostedDocument) -> None:
        task = self._task(document)
        if task is not None and task.state == "failed":
            Pickups(self.connection, DESKTOP).put_back(task.id, self.now)

    def _letters(self, document: PostedDocument) -> list[DeadLetter]:
        found = DeadLetters(self.connection).open_of(document.object, [document.key])
        return [each for each in found if each.failure.place == document.system]

    def _refused(self, document: PostedDocument) -> list[str]:
        task = self._task(document)
        if task is not None and task.state == "failed":
            return [f"{document.object} {document.key}: {task.message}"]
        return [f"{document.object} {document.key}: {each.failure.message}" for each in self._letters(document)]

    def _taken(self, document: PostedDocument) -> bool:
        if document.system == DESKTOP:
            task = self._task(document)
            return task is not None and task.state == "done"
        return accepted_at(self.connection, document.system, document.object, document.key) is not None

    def _task(self, document: PostedDocument) -> Row[Any] | None:
        """Give what QuickBooks Desktop is to pick up; None for a document of another system."""
        if document.system != DESKTOP:
            return None
        found = select(pickup_task).where(
            pickup_task.c.system == DESKTOP, pickup_task.c.kind == BILL, pickup_task.c.key == document.key
        )
        return self.connection.execute(found).first()
