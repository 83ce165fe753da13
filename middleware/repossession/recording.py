"""Recording a repossession: who did it, when, what came back, and what is lost (F15 to F17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NoReturn

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.states import RepoEvent

HELD_OF_EACH: Final = 1
"""How many pieces an account holds of a product: each vehicle is a product of its own, by its asset number."""

FAILED_REASONS: Final[Mapping[str, str]] = {
    "customer-not-found": "Customer not found",
    "nobody-home": "Nobody home",
    "refused": "Refused or threatened",
    "product-not-found": "Product not found",
    "promised": "Promised to pay",
    "paid": "Paid",
    "product-issue": "Product issue",
}
"""Why attempts fail (F18), by the word that commands and REST take."""


PROMISED: Final = "promised"


def failed_attempt(word: str, comments: str, promised_for: date | None) -> tuple[str, dict[str, str]]:
    """Give the reason and the details of an attempt that failed (F18); raises RecordRejected for an unknown word, and
    for a promise without its date.
    """
    if word not in FAILED_REASONS:
        _refuse("reason", f"{word!r} is not known", f"It is one of {', '.join(FAILED_REASONS)}.", "UNKNOWN_CODE")
    if word == PROMISED and promised_for is None:
        _refuse("promised date", "it is missing", "Enter the day by which the customer promised to pay.", "MISSING")
    promised = f" for {promised_for}" if word == PROMISED else ""
    reason = f"{FAILED_REASONS[word]}{promised}{comments and f': {comments}'}"
    return reason, {"promised_for": promised_for.isoformat()} if promised_for else {}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording says of one vehicle: it was repossessed, or it is lost."""

    kind: RepoEvent
    reason: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recording:
    """The form: `returned` holds the quantity that came back by asset number; what it does not name is lost."""

    day: date
    staff: str
    unit_number: str
    condition: str
    returned: Mapping[str, int]
    details: Mapping[str, str] = field(default_factory=dict)

    def judge(self, pending: Sequence[str], today: date) -> list[Recorded]:
        """Say what it means for each pending vehicle, in their order; raises RecordRejected when it cannot be."""
        self._refuse_incomplete(today)
        for asset, quantity in self.returned.items():
            self._refuse_quantity(asset, quantity, pending)
        return [self._recorded(each) for each in pending]

    def _recorded(self, asset: str) -> Recorded:
        told = {
            **self.details, "date": self.day.isoformat(), "staff": self.staff, "unit_number": self.unit_number,
            "condition": self.condition, "returned_quantity": str(self.returned.get(asset, 0)),
        }  # fmt: skip
        if asset in self.returned:
            return Recorded(RepoEvent.REPOSSESSED, f"recorded by {self.staff}", told)
        return Recorded(RepoEvent.LOST, "not returned when the repossession was recorded", told)

    def _refuse_incomplete(self, today: date) -> None:
        for name in ("staff", "unit_number", "condition"):
            if not getattr(self, name).strip():
                _refuse(name, "it is missing", "Enter it.", "MISSING")
        if self.day > today:
            _refuse("date", f"{self.day} lies ahead", "Enter the day on which it was done.", "INVALID_DATES")

    def _refuse_quantity(self, asset: str, quantity: int, pending: Sequence[str]) -> None:
        if asset not in pending:
            _refuse("returned", f"{asset} is not to be returned", f"It is: {', '.join(pending)}.", "UNKNOWN_VEHICLE")
        if not 0 < quantity <= HELD_OF_EACH:
            _refuse(
                "returned", f"{quantity} of {asset} cannot have come back",
                f"Enter a whole number from 1 to {HELD_OF_EACH}; leave out what is lost.", "INVALID_QUANTITY",
            )  # fmt: skip


def _refuse(field_name: str, why: str, remedy: str, code: str) -> NoReturn:
    raise RecordRejected(why, record="recording of a repossession", field=field_name, remedy=remedy, code=code)
