"""Holds on accounts: the one place that says what must not be done to an account now, and why (P15, P31)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Row, insert, select, update

from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.repossession.tables import account_hold


class HoldKind(StrEnum):
    """Why an account is left alone."""

    BANKRUPTCY = "Bankruptcy"
    SCRA = "SCRA"
    CURE_LETTER = "Cure Letter"
    CEASE_CONTACT = "Cease Contact"
    ATTORNEY = "Attorney"
    DISPUTE = "Dispute"


class HoldAction(StrEnum):
    """What asks before it happens."""

    ORDER = "order"
    MESSAGE = "message"
    STARTER = "starter"
    SALE = "sale"


_ALL: Final = frozenset(HoldAction)
_A = HoldAction
BLOCKS: Final[Mapping[HoldKind, frozenset[HoldAction]]] = {
    HoldKind.BANKRUPTCY: _ALL,
    HoldKind.SCRA: frozenset({_A.ORDER, _A.STARTER, _A.SALE}),
    HoldKind.CURE_LETTER: frozenset({_A.ORDER, _A.STARTER}),
    HoldKind.CEASE_CONTACT: frozenset({_A.ORDER, _A.MESSAGE, _A.STARTER}),
    HoldKind.ATTORNEY: frozenset({_A.MESSAGE, _A.STARTER}),
    HoldKind.DISPUTE: frozenset({_A.MESSAGE, _A.STARTER, _A.SALE}),
}
"""What each hold keeps from happening. Orders: P15; the rest is the lender's policy, for counsel to judge."""

Standing = Callable[[str, HoldAction], str]
"""Says why an account gives no occasion for an action, "" when it does: it is paid, has left, nobody knows it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold from a day to a day, both included; without `until_on` until it is lifted.

    `reference` is our key of a hold that was set here, and the target's own id of one that a person set there.
    """

    reference: str
    account: str
    kind: HoldKind
    from_on: date
    until_on: date | None
    reason: str
    set_by: str
    set_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""

    def in_force(self, day: date) -> bool:
        """Say whether it holds on a day."""
        begun = self.from_on <= day
        return begun and self.lifted_at is None and (self.until_on is None or day <= self.until_on)


def hold_kind(word: str, *, record: str) -> HoldKind:
    """Give the kind of a hold by its word; raises RecordRejected for one that is not known."""
    try:
        return HoldKind(word)
    except ValueError:
        raise RecordRejected(
            f"{word!r} is no kind of hold", record=record, field="kind",
            remedy=f"It is one of {', '.join(HoldKind)}.", code="UNKNOWN_CODE",
        ) from None  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holds:
    """All holds, inside the caller's transaction. Days are meant in `zone`, the lender's."""

    connection: Connection
    standing: Standing
    zone: tzinfo

    def reasons(self, account: str, action: HoldAction, at: datetime) -> tuple[str, ...]:
        """Give every reason why an action must not happen to an account at an instant; none: it may."""
        day = at.astimezone(self.zone).date()
        held = [each for each in self.of(account) if each.in_force(day) and action in BLOCKS[each.kind]]
        stands = self.standing(account, action)
        return (*((stands,) if stands else ()), *map(_told, held))

    def of(self, account: str) -> list[Hold]:
        """Give the holds of an account, lifted and past ones too, oldest first."""
        query = select(account_hold).where(account_hold.c.account_number == account).order_by(account_hold.c.id)
        return [_hold(row) for row in self.connection.execute(query)]

    def listed(self, day: date) -> list[Hold]:
        """Give every hold that is in force on a day, by account."""
        query = select(account_hold).where(account_hold.c.lifted_at.is_(None)).order_by(account_hold.c.account_number)
        return [hold for hold in map(_hold, self.connection.execute(query)) if hold.in_force(day)]

    def find(self, reference: str) -> Hold | None:
        row = self.connection.execute(select(account_hold).where(account_hold.c.reference == reference)).first()
        return None if row is None else _hold(row)

    def next_reference(self, account: str) -> str:
        """Give the key of the next hold that is set here: `LW00001234-H001`."""
        mine = [each for each in self.of(account) if each.reference.startswith(f"{account}-H")]
        return f"{account}-H{len(mine) + 1:03d}"

    def set(self, hold: Hold) -> None:
        """Keep a hold as it is now, a new one or another version; raises RecordRejected when its days are none."""
        _refuse_bad(hold)
        known = self.find(hold.reference)
        values = {
            "account_number": hold.account, "kind": hold.kind.value, "from_on": hold.from_on,
            "until_on": hold.until_on, "reason": hold.reason, "lifted_at": hold.lifted_at,
            "lifted_by": hold.lifted_by,
        }  # fmt: skip
        if known is None:
            made = {"reference": hold.reference, "set_by": hold.set_by, "set_at": hold.set_at}
            self.connection.execute(insert(account_hold).values(**values, **made))
        elif known != hold:
            self.connection.execute(
                update(account_hold).where(account_hold.c.reference == hold.reference).values(values)
            )

    def lift(self, reference: str, *, by: str, now: datetime) -> Hold:
        """End a hold; raises NotThere, or RecordRejected for one that was lifted already."""
        known = self.find(reference)
        if known is None:
            raise NotThere(f"there is no hold {reference}", remedy="List them with: drawbar hold list")
        if known.lifted_at is not None:
            raise RecordRejected(
                f"it was lifted by {known.lifted_by} already", record=f"hold {reference}", field="lifted_at",
                remedy="Nothing is left to do.", code="ALREADY_LIFTED",
            )  # fmt: skip
        self.connection.execute(
            update(account_hold).where(account_hold.c.reference == reference).values(lifted_at=now, lifted_by=by)
        )
        self.note("hold lifted", known, by=by, now=now)
        return Hold(
            known.reference, known.account, known.kind, known.from_on, known.until_on, known.reason, known.set_by,
            known.set_at, now, by,
        )  # fmt: skip

    def note(self, action: str, hold: Hold, *, by: str, now: datetime) -> None:
        """Have the audit tell of a hold."""
        detail = {"hold": hold.reference, "kind": hold.kind.value, "reason": hold.reason}
        Audit(self.connection).note(actor=by, action=action, subject=f"account {hold.account}", detail=detail, now=now)


def _refuse_bad(hold: Hold) -> None:
    record = f"hold {hold.reference}"
    if hold.until_on is not None and hold.until_on < hold.from_on:
        raise RecordRejected(
            f"it would end on {hold.until_on}, before it begins on {hold.from_on}", record=record, field="until",
            remedy="Correct one of the days.", code="INVALID_DATES",
        )  # fmt: skip
    if hold.kind is HoldKind.CURE_LETTER and hold.until_on is None:
        raise RecordRejected(
            "a cure letter has a last day", record=record, field="until",
            remedy="Enter the day until which the customer may cure.", code="MISSING",
        )  # fmt: skip


def _told(hold: Hold) -> str:
    until = f" until {hold.until_on}" if hold.until_on else ""
    why = f": {hold.reason}" if hold.reason else ""
    return f"{hold.kind} since {hold.from_on}{until}{why}"


def _hold(row: Row[tuple[object, ...]]) -> Hold:
    return Hold(
        row.reference, row.account_number, HoldKind(row.kind), row.from_on, row.until_on, row.reason, row.set_by,
        row.set_at, row.lifted_at, row.lifted_by,
    )  # fmt: skip
