"""A vehicle's disposition starts a repossession and moves it on, from either end: Salesforce or LeaseWorks (P12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.repo_facts import facts_of
from drawbar.jobs.repo_standing import (
    DISPOSITION_FIELD,
    arrived_last,
    arrived_since_said,
    imported,
    on_its_way,
    said_at,
    said_by,
    set_here,
    stands_as,
    with_said,
)
from drawbar.jobs.repossessions import RepoOffice
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.cases import RepoCase, RepoCases
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.facts import RepoFacts
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.repossession.states import WITH_AGENT, RepoEvent
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json

PENDING, AT_REST = "PENDING", "ON LEASE"
STEPS: Final[Mapping[str, RepoEvent]] = {
    AT_REST: RepoEvent.CANCEL,
    PENDING: RepoEvent.REQUEST,
    "ORDERED": RepoEvent.ORDER,
    "REPOSSESSED": RepoEvent.REPOSSESSED,
    "IN STORAGE": RepoEvent.STORED,
    "IN REPAIR": RepoEvent.REPAIR,
    "INVENTORY": RepoEvent.REPAIRED,
    "REMARKETING": RepoEvent.OFFER,
    "SOLD": RepoEvent.SELL,
    "RELEASED": RepoEvent.RELEASE,
}
"""What people set on the vehicle → what it is to its repossession."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """A disposition that was set: `side` remembers what each end said last, so that it is acted on when it changes."""

    asset: str
    word: str
    side: str
    act_id: str
    at: datetime
    who: str
    role: Role | None
    echo: bool = False
    """Whether a side shows what the hub has told it."""

    @property
    def event(self) -> CaseEvent:
        kind = STEPS.get(self.word)
        if kind is None:
            raise RecordRejected(
                f"{self.word!r} is not known", record=f"vehicle {self.asset}", field=DISPOSITION_FIELD,
                remedy=f"Known are: {', '.join(STEPS)}.", code="UNKNOWN_CODE",
            )  # fmt: skip
        reason = f"the disposition was set to {self.word}"
        return CaseEvent(self.side, self.act_id, kind, self.at, self.who, reason)

    @property
    def in_salesforce(self) -> bool:
        return self.side == TARGET

    def is_news(self, connection: Connection, case: RepoCase | None) -> bool:
        """Say whether it is another than that of which the vehicle's latest case knows.

        A side that has said nothing yet and has the vehicle on lease never asked for the repossession, so it does not
        cancel what others asked for.
        """
        if self.echo:
            return False
        if case is None:
            return self.word == PENDING
        before, on_their_way = self._standing(connection, case)
        return self.word not in (before, *on_their_way) and bool(before or self.word != AT_REST)

    def _standing(self, connection: Connection, case: RepoCase) -> tuple[str, Sequence[str]]:
        """Give what stood there before, and what else may be seen there that nobody but the hub has said."""
        said = said_by(self.side, case)
        if not self.in_salesforce:
            taken, told = imported(connection, self.asset)
            since = said_at(self.side, case)
            return (told if taken is not None and (since is None or since <= taken) else said), ()
        arrived = arrived_since_said(connection, case)
        if arrived is None:
            return said, on_its_way(case, arrived_last(connection, case))
        if self.at >= arrived.at.replace(microsecond=0):  # Salesforce's times are whole seconds
            return arrived.word, on_its_way(case, arrived)
        return said, [each.word for each in set_here(case)]

    def remember(self, connection: Connection, case: RepoCase) -> None:
        arrived = arrived_last(connection, case)
        RepoCases(connection).note_asked(case, with_said(case, self.side, self.word, self.at, arrived))


@dataclass(frozen=True, slots=True)
class Dispositions:
    """Acts on dispositions, from whichever end they come."""

    hub: Hub

    def effect(self, set_to: Disposition, handling: Handling) -> Effect | None:
        """Work out what a disposition does; raises RecordRejected for an unknown word, or a step that may not be."""
        with reading(self.hub.engine) as connection:
            case = _latest(connection, set_to.asset)
            if not set_to.word or not (set_to.is_news(connection, case) or _has_come_back(set_to, case)):
                return None
        event = set_to.event
        facts = facts_of(self.hub, set_to.asset) if event.kind is RepoEvent.REQUEST else None

        def act(connection: Connection) -> Json:
            said = set_to.word if set_to.in_salesforce else ""
            return self._act(RepoOffice(self.hub, connection, handling.now, handling.run_id, said), set_to, facts)

        return act

    def _act(self, office: RepoOffice, set_to: Disposition, facts: RepoFacts | None) -> Json:
        case = _latest(office.connection, set_to.asset)
        if not set_to.is_news(office.connection, case):
            if case is not None and _has_come_back(set_to, case):
                set_to.remember(office.connection, case)
            return {}
        if facts is None and (case is None or not case.course.open):
            key = "" if case is None else case.key
        else:
            key = self._moved(office, set_to, facts, case)
        if key:
            self._remember(office, set_to, office.cases.get(key))
        return {"repossession": key}

    def _remember(self, office: RepoOffice, set_to: Disposition, case: RepoCase) -> None:
        """Remember what was said; where a word of the hub is still on its way to Salesforce, it shall not undo it."""
        waiting = set_to.in_salesforce and on_its_way(case, arrived_last(office.connection, case))
        set_to.remember(office.connection, case)
        if waiting:
            office.set_disposition(case, set_to.word)

    def _moved(self, office: RepoOffice, set_to: Disposition, facts: RepoFacts | None, case: RepoCase | None) -> str:
        """Open or move the case, and name it."""
        event = set_to.event
        if facts is not None:
            return office.request(facts, event, set_to.role).case.key
        if case is None:
            return ""
        if event.kind is RepoEvent.ORDER:
            _refuse_unordered(case)
        else:
            office.step(case.key, event, set_to.role)
        return case.key


def _has_come_back(set_to: Disposition, case: RepoCase | None) -> bool:
    """Say whether it is what the hub has set last, or LeaseWorks was told last: to be remembered, and no news."""
    if case is None:
        return False
    return set_to.echo or (set_to.in_salesforce and bool(set_here(case)) and stands_as(case) == set_to.word)


def _refuse_unordered(case: RepoCase) -> None:
    if case.course.state not in WITH_AGENT:
        raise RecordRejected(
            f"no order went out: it is {case.course.state}", record=case.name, field=DISPOSITION_FIELD,
            code="ILLEGAL_STEP", remedy="Order on the Repossession Case: Next Step Order.",
        )  # fmt: skip


def _latest(connection: Connection, asset: str) -> RepoCase | None:
    return RepoCases(connection).latest_of(asset)


@dataclass(frozen=True, slots=True)
class DispositionRule:
    """Hears of dispositions that people set in Salesforce."""

    hub: Hub

    @property
    def object(self) -> str:
        return VEHICLE.api_name

    @property
    def fields(self) -> tuple[str, ...]:
        return (DISPOSITION_FIELD,)

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        word = str(edited.fields[DISPOSITION_FIELD] or "")
        act_id = f"{edited.id} {edited.modified_at:%Y%m%dT%H%M%S} {word}"
        role = self.hub.repossession.role_of(edited.login)
        set_to = Disposition(edited.key, word, TARGET, act_id, edited.modified_at, edited.modified_by, role)
        return Dispositions(self.hub).effect(set_to, handling) if edited.key else None
