"""What each side said last of where a vehicle stands, and what the hub itself has set in Salesforce since (P12, P16).

It is kept with the vehicle's latest repossession. A disposition that the hub sets comes back when Salesforce is looked
at the next time; and until it has arrived there, the one before it is still to be seen. Neither is news. What people
set after it has arrived is, whichever word it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import SYSTEM, TARGET
from drawbar.middleware.repossession.cases import RepoCase
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.delivery_log import TOLD, accepted_at, attempts, last_told

DISPOSITION_FIELD: Final = "Disposition__c"
_SET_HERE: Final = "dispositions set by the hub"
_ARRIVED_BEFORE: Final = "the hub's disposition had arrived before at"
_APART: Final = ", "


@dataclass(frozen=True, slots=True)
class Stood:
    """A disposition of the hub's, and when it was set or arrived."""

    word: str
    at: datetime


def said_by(side: str, case: RepoCase) -> str:
    """Give what a side said last of where the vehicle stands, "" when it has said nothing."""
    return case.asked.get(_memory(side), "")


def set_here(case: RepoCase) -> tuple[Stood, ...]:
    """Give what the hub has set in Salesforce since people said something, the latest last.

    What had been replaced before the latest arrived is forgotten.
    """
    entries = filter(None, case.asked.get(_SET_HERE, "").split(_APART))
    parted = (entry.rpartition(" ") for entry in entries)
    return tuple(Stood(word, datetime.fromisoformat(moment)) for word, _, moment in parted)


def on_its_way(case: RepoCase, arrived: Stood | None) -> tuple[str, ...]:
    """Name what the hub has set since the word that Salesforce took last; all that it has set where it took none."""
    known = set_here(case)
    return tuple(each.word for each in known[_place_of(arrived, known) + 1 :])


def stands_as(case: RepoCase) -> str:
    """Give the disposition that Salesforce has, or is about to have."""
    ours = set_here(case)
    return ours[-1].word if ours else said_by(TARGET, case)


def said_at(side: str, case: RepoCase) -> datetime | None:
    """Give when a side said it, by its own clock."""
    text = case.asked.get(_moment(side), "")
    return datetime.fromisoformat(text) if text else None


def with_said(case: RepoCase, side: str, word: str, at: datetime, arrived: Stood | None) -> Mapping[str, str]:
    """Give what is remembered after a side has said a word: it replaces what had arrived, and may be what was set."""
    told = {**case.asked, _memory(side): word, _moment(side): at.isoformat()}
    if side == TARGET:
        told[_ARRIVED_BEFORE] = _time_of(arrived)
        if stands_as(case) == word or not on_its_way(case, arrived):
            told.pop(_SET_HERE, None)
    return told


def with_set(case: RepoCase, word: str, now: datetime, arrived: Stood | None) -> Mapping[str, str]:
    """Give what is remembered after the hub has set a word."""
    ours = set_here(case)
    known = (*ours[max(_place_of(arrived, ours), 0) :], Stood(word, now))
    told = _APART.join(f"{each.word} {each.at.isoformat()}" for each in known)
    return {_ARRIVED_BEFORE: _time_of(arrived), **case.asked, _SET_HERE: told}


def arrived_since_said(connection: Connection, case: RepoCase) -> Stood | None:
    """Give the hub's disposition that Salesforce took since people said something, or since the repossession began."""
    arrived = arrived_last(connection, case)
    return None if _time_of(arrived) == case.asked.get(_ARRIVED_BEFORE, "") else arrived


def arrived_last(connection: Connection, case: RepoCase) -> Stood | None:
    """Give the disposition of the hub's that Salesforce took last for the vehicle; None when it never took one."""
    found = [
        Stood(str(decode(row.fields)[DISPOSITION_FIELD]), row.at)
        for row in attempts(connection, TARGET, VEHICLE.api_name, case.asset)
        if row.status in TOLD and DISPOSITION_FIELD in decode(row.fields)
    ]
    return found[-1] if found else None


def imported(connection: Connection, asset: str) -> tuple[datetime | None, str]:
    """Give when LeaseWorks was told of a vehicle last, and as which disposition; (None, "") when it never was."""
    told = last_told(connection, SYSTEM, VEHICLE.api_name, asset).get("disposition")
    return accepted_at(connection, SYSTEM, VEHICLE.api_name, asset), str(told or "")


def _place_of(arrived: Stood | None, known: Sequence[Stood]) -> int:
    """Find among the words that were set the one that has arrived; -1 when it is none of them."""
    if arrived is None:
        return -1
    return max((n for n, each in enumerate(known) if each.word == arrived.word and each.at <= arrived.at), default=-1)


def _time_of(arrived: Stood | None) -> str:
    return "" if arrived is None else arrived.at.isoformat()


def _moment(side: str) -> str:
    return f"disposition in {side} at"


def _memory(side: str) -> str:
    return f"disposition in {side}"
