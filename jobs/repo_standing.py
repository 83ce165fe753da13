"""What each side said last of where a vehicle stands, and what the hub itself has set in Salesforce since (P12, P16).

It is kept with the vehicle's latest repossession. A disposition that the hub sets comes back when Salesforce is looked
at the next time; and until it has arrived there, the one before it is still to be seen. Neither is news.
"""

from __future__ import annotations

from collections.abc import Mapping
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
_APART: Final = ", "


def said_by(side: str, case: RepoCase) -> str:
    """Give what a side said last of where the vehicle stands, "" when it has said nothing."""
    return case.asked.get(_memory(side), "")


def set_here(case: RepoCase) -> tuple[str, ...]:
    """Give what the hub has set in Salesforce since people said something, the latest last."""
    return tuple(filter(None, case.asked.get(_SET_HERE, "").split(_APART)))


def stands_as(case: RepoCase) -> str:
    """Give the disposition that Salesforce has, or is about to have."""
    ours = set_here(case)
    return ours[-1] if ours else said_by(TARGET, case)


def said_at(side: str, case: RepoCase) -> datetime | None:
    """Give when a side said it, by its own clock."""
    text = case.asked.get(_moment(side), "")
    return datetime.fromisoformat(text) if text else None


def with_said(case: RepoCase, side: str, word: str, at: datetime) -> Mapping[str, str]:
    """Give what is remembered after a side has said a word: of what the hub has set, the latest may have come back."""
    told = {**case.asked, _memory(side): word, _moment(side): at.isoformat()}
    if side == TARGET and set_here(case)[-1:] == (word,):
        del told[_SET_HERE]
    return told


def with_set(case: RepoCase, word: str) -> Mapping[str, str]:
    """Give what is remembered after the hub has set a word."""
    return {**case.asked, _SET_HERE: _APART.join((*set_here(case), word))}


def arrived_at(connection: Connection, asset: str) -> datetime | None:
    """Give when Salesforce took the last disposition that the hub has set on a vehicle; None when it never did."""
    found = [
        row.at
        for row in attempts(connection, TARGET, VEHICLE.api_name, asset)
        if row.status in TOLD and DISPOSITION_FIELD in decode(row.fields)
    ]
    return found[-1] if found else None


def imported(connection: Connection, asset: str) -> tuple[datetime | None, str]:
    """Give when LeaseWorks was told of a vehicle last, and as which disposition; (None, "") when it never was."""
    told = last_told(connection, SYSTEM, VEHICLE.api_name, asset).get("disposition")
    return accepted_at(connection, SYSTEM, VEHICLE.api_name, asset), str(told or "")


def _moment(side: str) -> str:
    return f"disposition in {side} at"


def _memory(side: str) -> str:
    return f"disposition in {side}"
