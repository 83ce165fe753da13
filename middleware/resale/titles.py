"""The title of a repossessed vehicle: where it stands, what may follow, when people are reminded (P19); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

from drawbar.middleware.errors import RecordRejected

TitleStatus = Literal["", "Requested", "Received", "At DMV", "Clear", "Sent to Buyer", "Problem"]
STATUSES: Final[tuple[TitleStatus, ...]] = get_args(TitleStatus)
STEPS: Final[Mapping[TitleStatus, frozenset[TitleStatus]]] = {
    "": frozenset({"Requested", "Received"}),
    "Requested": frozenset({"Received", "Problem"}),
    "Received": frozenset({"At DMV", "Clear", "Problem"}),
    "At DMV": frozenset({"Clear", "Problem"}),
    "Clear": frozenset({"Sent to Buyer", "Problem"}),
    "Problem": frozenset({"Requested", "Received", "At DMV"}),
    "Sent to Buyer": frozenset(),
}
"""The statuses that may follow each one. "" is a title that nobody has asked for."""

WAITING: Final = frozenset({"", "Requested", "Received", "At DMV", "Problem"})
"""Statuses that do not last: people are reminded when one does."""

_NEXT: Final[Mapping[str, str]] = {
    "": "Request the title.", "Requested": "Ask whoever holds it where it is.",
    "Received": "Apply for a repossession title, or set Clear.", "At DMV": "Ask the state's office.",
    "Problem": "Settle the problem.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Title:
    """A title as people have it; `lienholder` is another creditor on it, "" when there is none."""

    vehicle: str
    status: TitleStatus = ""
    number: str = ""
    state: str = ""
    lienholder: str = ""
    received_on: date | None = None
    sent_on: date | None = None

    @property
    def record(self) -> str:
        return f"vehicle {self.vehicle}"


@dataclass(frozen=True, slots=True)
class KeptTitle:
    """A title as the hub keeps it: in its status since when, and since when people are reminded."""

    title: Title
    since: datetime
    reminded_at: datetime | None = None

    @property
    def clear(self) -> bool:
        """Whether the vehicle may be sold."""
        return self.title.status == "Clear"


def known_status(status: str, vehicle: str) -> TitleStatus:
    """Give a status by its word; raises RecordRejected for one that is not known."""
    for each in STATUSES:
        if each == status:
            return each
    raise RecordRejected(
        f"{status!r} is no status of a title", record=f"vehicle {vehicle}", field="Title_Status__c",
        remedy=f"It is one of {', '.join(filter(None, STATUSES))}.", code="TITLE_STATUS",
    )  # fmt: skip


def check_step(before: TitleStatus, title: Title, *, sold: bool) -> None:
    """Raise RecordRejected, by field, when a title may not go to a status, or lacks what the status says."""
    if title.status != before and title.status not in STEPS[before]:
        allowed = ", ".join(each for each in STATUSES if each in STEPS[before]) or "nothing: it has left"
        raise _refused(
            title, f"the title is {before or 'not requested'} and cannot become {title.status or 'not requested'}",
            "Title_Status__c", f"What may follow: {allowed}.", "TITLE_STEP",
        )  # fmt: skip
    needed = _NEEDED.get(title.status, ())
    for name, field, word in needed:
        if not getattr(title, name):
            raise _refused(title, f"has no {word}", field, f"Enter it, then set {title.status}.", "TITLE_FACTS")
    if title.status == "Clear" and title.lienholder:
        raise _refused(
            title, f"the title names {title.lienholder} as lienholder", "Title_Lienholder__c",
            "Empty it once the lien is released.", "TITLE_LIEN",
        )  # fmt: skip
    if title.status == "Sent to Buyer" and not sold:
        raise _refused(title, "has not been sold", "Title_Status__c", "Submit the sale first.", "NOT_SOLD")


_FACTS: Final = (
    ("number", "Title_Number__c", "title number"),
    ("state", "Title_State__c", "state of the title"),
    ("received_on", "Title_Received_Date__c", "day on which the title was received"),
)
_NEEDED: Final[Mapping[TitleStatus, tuple[tuple[str, str, str], ...]]] = {
    "Received": _FACTS, "At DMV": _FACTS, "Clear": _FACTS,
    "Sent to Buyer": (*_FACTS, ("sent_on", "Title_Sent_Date__c", "day on which the title was sent")),
}  # fmt: skip


def reminder(kept: KeptTitle, now: datetime, *, days: int) -> str:
    """Give what people are reminded of, "" while the title may still wait."""
    if kept.title.status not in WAITING or now < kept.since + timedelta(days=days):
        return ""
    status = kept.title.status or "not requested"
    return f"The title is {status} since {kept.since:%Y-%m-%d}. {_NEXT[kept.title.status]}"


def _refused(title: Title, message: str, field: str, remedy: str, code: str) -> RecordRejected:
    return RecordRejected(message, record=title.record, field=field, remedy=remedy, code=code)
