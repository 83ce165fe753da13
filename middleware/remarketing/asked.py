"""What is asked of remarketing, by whom, and what of it is refused at sight (R04, R05); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.remarketing.requests import (
    HOME,
    PRIORITIES,
    Collateral,
    Priority,
    RemarketingRequest,
    Storage,
)
from drawbar.middleware.remarketing.statuses import RemarketingStatus

REPOSSESSED: Final = frozenset({"REPOSSESSED", "IN STORAGE", "IN REPAIR", "INVENTORY", "REMARKETING"})
"""Dispositions of a vehicle that the lender has and has not sold."""

SOLD: Final = "SOLD"

MOST: Final[Mapping[str, int]] = {
    "address": 255, "country": 40, "zip_code": 20, "state": 20, "contact": 120, "phone": 40, "fax": 40,
    "collector": 80, "override reason": 255, "comment": 4_000,
}  # fmt: skip
"""Characters that a text may have, everywhere that it goes."""

MOST_OF_ATTRIBUTE: Final = 255


@dataclass(frozen=True, slots=True)
class Act:
    """Who asks for something, from which side, and under which name, so that it is done once.

    `asked_as` is a hash of a program's request: the same name for another request is refused.
    """

    source: str
    act_id: str
    who: str
    asked_as: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """A vehicle as it stands when somebody asks: its disposition, and why it may not be sold, "" when it may."""

    collateral: Collateral
    storage: Storage
    disposition: str
    hold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What people say when they ask for a request; an empty vendor is the preselected one."""

    vendor: str = ""
    override_reason: str = ""
    priority: str = "NORMAL"
    comment: str = ""
    collector: str = ""
    storage: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionNews:
    """What an auction tells of a request: each part may be left out."""

    status: RemarketingStatus | None = None
    external_reference: str = ""
    comment: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    ack: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A request after something was asked of it.

    `new` is False when it was done before. `before` is the request that it takes the place of.
    """

    request: RemarketingRequest
    new: bool = True
    before: RemarketingRequest | None = None


def refuse_unless_repossessed(asset: Asset, record: str) -> None:
    """Raise RecordRejected for a vehicle that the lender does not have, or has sold (R04)."""
    if asset.disposition == SOLD:
        raise RecordRejected(
            "the vehicle is SOLD", record=record, field="vehicle", code="SOLD",
            remedy="A vehicle that is sold is not remarketed again.",
        )  # fmt: skip
    if asset.disposition not in REPOSSESSED:
        raise RecordRejected(
            f"the vehicle is not repossessed: it is {asset.disposition or 'on lease'}", record=record,
            field="vehicle", remedy="Record its repossession first.", code="NOT_REPOSSESSED",
        )  # fmt: skip


def known_priority(word: str, record: str) -> Priority:
    """Give a priority by its word; raises RecordRejected for one that is not known."""
    for each in PRIORITIES:
        if each == word:
            return each
    raise RecordRejected(
        f"{word!r} is no priority", record=record, field="priority", remedy=f"It is one of {', '.join(PRIORITIES)}.",
        code="UNKNOWN_CODE",
    )  # fmt: skip


def stored_at(known: Storage, given: Mapping[str, str], record: str) -> Storage:
    """Give a storage place with what people say otherwise; raises RecordRejected for a state that is none."""
    refuse_too_long(given, record)
    storage = replace(known, **given)
    state = storage.state.upper()
    if state and storage.country == HOME and (len(state) != 2 or not state.isalpha()):  # noqa: PLR2004
        raise RecordRejected(
            f"{storage.state!r} is no state", record=record, field="state", remedy="Give two letters such as TX.",
            code="STATE",
        )  # fmt: skip
    return replace(storage, state=state)


def refuse_too_long(values: Mapping[str, str], record: str) -> None:
    """Raise RecordRejected for a text that would not fit where it goes; one without a name here is an attribute."""
    for name, text in values.items():
        most = MOST.get(name, MOST_OF_ATTRIBUTE)
        if len(text) > most:
            raise RecordRejected(
                f"it has {len(text)} characters, {most} fit", record=record, field=name, remedy="Shorten it.",
                code="TOO_LONG",
            )  # fmt: skip
