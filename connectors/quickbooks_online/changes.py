"""What changed in QuickBooks Online, swept by its change data capture: the truth, where webhooks are only hints.

Source: Intuit developer documentation, "Change data capture" (2026-11): it looks back 30 days at most, gives at most
1,000 objects in all per answer, and tells of deleted ones by status.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from pydantic import BaseModel, ConfigDict

from drawbar.connectors.quickbooks_online.client import Document, QuickBooksClient
from drawbar.connectors.quickbooks_online.marks import plain_note
from drawbar.middleware.units import UtcDatetime

SWEPT: Final = (
    "Vendor", "Customer", "Bill", "BillPayment", "Invoice", "Payment", "Deposit", "JournalEntry",
)  # fmt: skip
FULL: Final = 1_000
"""An answer with so many objects may lack others."""

LOOK_BACK: Final = timedelta(days=30)
_MARGIN: Final = timedelta(hours=1)
_SHORTEST: Final = timedelta(seconds=1)


class ChangedObject(BaseModel):
    """An object as QuickBooks last told of it; `key` is our id where Drawbar posted it, amounts are US dollars."""

    model_config = ConfigDict(frozen=True)

    entity: str
    number: str
    changed_at: UtcDatetime
    deleted: bool
    sync_token: int = -1
    key: str = ""
    name: str = ""
    total: Decimal | None = None
    balance: Decimal | None = None


@dataclass(slots=True)
class Sweep:
    """One look at what changed; `notices` tells, once all is read, what it could not see."""

    client: QuickBooksClient
    now: datetime
    entities: Sequence[str] = SWEPT
    notices: list[str] = field(default_factory=list)

    def since(self, asked: datetime | None) -> Iterator[ChangedObject]:
        """Give what changed since an instant; None means as long ago as QuickBooks tells."""
        oldest = self.now - LOOK_BACK + _MARGIN
        if asked is not None and asked < oldest:
            self.notices.append(
                f"what was deleted in QuickBooks before {oldest:%Y-%m-%d %H:%M} UTC is not told any more"
            )
        return self._of(self.entities, max(asked or oldest, oldest))

    def _of(self, entities: Sequence[str], begin: datetime) -> Iterator[ChangedObject]:
        """Ask for entities together; where the answer is full, for each half of them, and at last for one alone."""
        answer = self.client.changes(entities, begin)
        if sum(map(len, answer.values())) < FULL:
            yield from _told(answer)
        elif len(entities) > 1:
            middle = len(entities) // 2
            yield from self._of(entities[:middle], begin)
            yield from self._of(entities[middle:], begin)
        else:
            yield from _told(answer)
            yield from self._of_one(entities[0], begin)

    def _of_one(self, entity: str, begin: datetime) -> Iterator[ChangedObject]:
        """Go through a crowded span: its older half by query, which does not tell of deletions, the rest as before."""
        middle = begin + (self.now - begin) / 2
        end = middle if self.now - middle > _SHORTEST else self.now + _MARGIN
        self.notices.append(
            f"{FULL} changes of {entity} or more at once: deletions before {end:%Y-%m-%d %H:%M} UTC may be missing"
        )
        yield from (_changed(entity, each) for each in self.client.changed(entity, begin, end))
        if end == middle:
            yield from self._of([entity], middle)


def read_object(client: QuickBooksClient, entity: str, number: str) -> ChangedObject | None:
    """Give an object as it stands now; None when it is not one of those that are swept, or is not there."""
    name = next((each for each in SWEPT if each.lower() == entity), None)
    document = client.read(name, number) if name else None
    return None if name is None or document is None else _changed(name, document)


def _told(answer: dict[str, list[Document]]) -> Iterator[ChangedObject]:
    return (_changed(entity, each) for entity, found in answer.items() for each in found)


def _changed(entity: str, document: Document) -> ChangedObject:
    key = plain_note(str(document.get("PrivateNote") or ""))[1]
    return ChangedObject(
        entity=entity, number=str(document["Id"]), deleted=document.get("status") == "Deleted", key=key or "",
        changed_at=datetime.fromisoformat(str(document["MetaData"]["LastUpdatedTime"])).astimezone(UTC),
        sync_token=int(document.get("SyncToken", -1)), name=str(document.get("DisplayName") or ""),
        total=_amount(document.get("TotalAmt")), balance=_amount(document.get("Balance")),
    )  # fmt: skip


def _amount(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
