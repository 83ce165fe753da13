"""The twenty statuses of a remarketing request: who sets each, and which may follow which (R07, R08); pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from drawbar.middleware.errors import RecordRejected


class RemarketingStatus(StrEnum):
    """Where a request stands."""

    NEW = "NEW"
    SEND_TO_AUCTION = "SEND TO AUCTION"
    AUCTION_ACCEPTED = "AUCTION ACCEPTED"
    AUCTION_REJECTED = "AUCTION REJECTED"
    UPDATE_TO_AUCTION = "UPDATE TO AUCTION"
    UPDATE_ACCEPTED = "UPDATE ACCEPTED"
    UPDATE_REJECTED = "UPDATE REJECTED"
    RECEIVED_UPDATE = "RECEIVED UPDATE"
    HOLD = "HOLD"
    HOLD_ACCEPTED = "HOLD ACCEPTED"
    HOLD_REJECTED = "HOLD REJECTED"
    VOID = "VOID"
    VOID_ACCEPTED = "VOID ACCEPTED"
    VOID_REJECTED = "VOID REJECTED"
    REDEEM = "REDEEM"
    REDEEM_ACCEPTED = "REDEEM ACCEPTED"
    REDEEM_REJECTED = "REDEEM REJECTED"
    INVOICING = "INVOICING"
    INVOICE_REJECTED = "INVOICE REJECTED"
    COMPLETED = "COMPLETED"


class SetBy(StrEnum):
    """Who sets a status."""

    STAFF = "staff"
    AUCTION = "the auction"
    HUB = "Drawbar"


_S = RemarketingStatus

MANUAL: Final = (_S.NEW, _S.SEND_TO_AUCTION, _S.UPDATE_TO_AUCTION, _S.HOLD, _S.VOID, _S.REDEEM)
"""What staff set; the auction is told of each (R10)."""

WITH_NO_AUCTION: Final = frozenset({_S.NEW, _S.AUCTION_REJECTED})
"""Statuses of an open request in which no auction has the vehicle."""

IMPLICIT: Final = (_S.INVOICING, _S.INVOICE_REJECTED, _S.COMPLETED)
"""What follows from the auction's invoice."""

SET_BY: Final[Mapping[RemarketingStatus, SetBy]] = {
    **dict.fromkeys(_S, SetBy.AUCTION), **dict.fromkeys(MANUAL, SetBy.STAFF), **dict.fromkeys(IMPLICIT, SetBy.HUB),
}  # fmt: skip

_ANSWERED: Final = (_S.UPDATE_TO_AUCTION, _S.HOLD, _S.VOID, _S.REDEEM, _S.RECEIVED_UPDATE, _S.INVOICING)
"""What may follow while the auction has the vehicle and no answer is owed."""

DEFAULT_CYCLE: Final[Mapping[RemarketingStatus, tuple[RemarketingStatus, ...]]] = {
    _S.NEW: (_S.SEND_TO_AUCTION, _S.VOID),
    _S.SEND_TO_AUCTION: (_S.AUCTION_ACCEPTED, _S.AUCTION_REJECTED, _S.HOLD, _S.VOID, _S.REDEEM),
    _S.AUCTION_ACCEPTED: _ANSWERED,
    _S.AUCTION_REJECTED: (_S.SEND_TO_AUCTION, _S.VOID),
    _S.UPDATE_TO_AUCTION: (_S.UPDATE_ACCEPTED, _S.UPDATE_REJECTED, _S.HOLD, _S.VOID, _S.REDEEM),
    _S.UPDATE_ACCEPTED: _ANSWERED,
    _S.UPDATE_REJECTED: _ANSWERED,
    _S.RECEIVED_UPDATE: _ANSWERED,
    _S.HOLD: (_S.HOLD_ACCEPTED, _S.HOLD_REJECTED, _S.VOID, _S.REDEEM),
    _S.HOLD_ACCEPTED: (_S.SEND_TO_AUCTION, _S.UPDATE_TO_AUCTION, _S.VOID, _S.REDEEM, _S.RECEIVED_UPDATE),
    _S.HOLD_REJECTED: _ANSWERED,
    _S.VOID: (_S.VOID_ACCEPTED, _S.VOID_REJECTED),
    _S.VOID_ACCEPTED: (),
    _S.VOID_REJECTED: _ANSWERED,
    _S.REDEEM: (_S.REDEEM_ACCEPTED, _S.REDEEM_REJECTED),
    _S.REDEEM_ACCEPTED: (),
    _S.REDEEM_REJECTED: _ANSWERED,
    _S.INVOICING: (_S.INVOICE_REJECTED, _S.COMPLETED),
    _S.INVOICE_REJECTED: (_S.INVOICING,),
    _S.COMPLETED: (),
}
"""Current → next, unless the settings say otherwise (COL_REMA_DISP_STATUS)."""

Cycle = Mapping[RemarketingStatus, tuple[RemarketingStatus, ...]]


def known_status(word: str, *, record: str) -> RemarketingStatus:
    """Give a status by its word; raises RecordRejected for one that is not known."""
    try:
        return RemarketingStatus(word)
    except ValueError:
        raise RecordRejected(
            f"{word!r} is no status of a remarketing request", record=record, field="status",
            remedy=f"It is one of {', '.join(RemarketingStatus)}.", code="UNKNOWN_CODE",
        ) from None  # fmt: skip


def check_step(cycle: Cycle, before: RemarketingStatus, after: RemarketingStatus, *, record: str) -> None:
    """Raise RecordRejected, by name, for a step that the cycle table does not hold."""
    allowed = cycle.get(before, ())
    if after not in allowed:
        raise RecordRejected(
            f"the request is {before} and cannot become {after}", record=record, field="status", code="ILLEGAL_STEP",
            remedy=f"What may follow: {', '.join(allowed) or 'nothing'}. The table is [remarketing.cycle].",
        )  # fmt: skip


def check_setter(status: RemarketingStatus, setter: SetBy, *, record: str) -> None:
    """Raise RecordRejected when a status is not for this side to set."""
    if SET_BY[status] is not setter:
        raise RecordRejected(
            f"{status} is set by {SET_BY[status]}, not by {setter}", record=record, field="status",
            remedy=f"Set one of {', '.join(each for each in _S if SET_BY[each] is setter)}.", code="NOT_YOURS_TO_SET",
        )  # fmt: skip
