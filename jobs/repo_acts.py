"""What people do to repossessions from the command line and by REST, each act in one transaction (F14 to F20)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, TypeVar

from sqlalchemy import Connection

from drawbar.jobs.hub import Hub
from drawbar.jobs.repo_facts import Contact, contact_of, facts_of, vehicles_of
from drawbar.jobs.repossessions import RepoOffice
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.repossession.cases import RepoCase, RepoCases
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.facts import RepoFacts
from drawbar.middleware.repossession.recording import Recording
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.repossession.states import RepoEvent
from drawbar.middleware.repossession.view import CaseView, view
from drawbar.middleware.sync.inbox import Conflict

Answer = TypeVar("Answer")

_LOOKS_FIRST: Final = frozenset({RepoEvent.REVIEW, RepoEvent.APPROVE, RepoEvent.ORDER})
"""Steps whose rules go by what account and vehicle look like now."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a step needs of Salesforce, read before its transaction."""

    facts: RepoFacts | None = None
    contact: Contact | None = None


def prepare(hub: Hub, case: RepoCase, kind: RepoEvent) -> Prepared:
    """Read what a step goes by."""
    facts = facts_of(hub, case.asset) if kind in _LOOKS_FIRST else None
    return Prepared(facts, contact_of(hub, case.account) if kind is RepoEvent.ORDER else None)


def carry_out(office: RepoOffice, key: str, event: CaseEvent, role: Role | None, prepared: Prepared) -> CaseView:
    """Take a step that was prepared."""
    if prepared.facts is not None and prepared.contact is not None:
        return office.order(key, event, role, prepared.facts, prepared.contact)
    return office.step(key, event, role, prepared.facts)


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, from which side (`command line`, `rest`), and in which role."""

    name: str
    source: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A step that a person asks for; `act_id` names it for ever, so that it is taken once.

    `asked_as` is a hash of a program's request: the same name for another request is refused.
    """

    kind: RepoEvent
    act_id: str
    reason: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    asked_as: str = ""


@dataclass(frozen=True, slots=True)
class RepoActs:
    """Acts of one person; with `dry_run` everything is tried, and undone."""

    hub: Hub
    person: Person
    now: datetime
    run_id: str
    dry_run: bool = False

    def request(self, account: str, vehicle: str, asked: Asked) -> list[CaseView]:
        """Ask for the repossession of a vehicle, or of all vehicles of the account when none is named (F14)."""
        self._refuse_other(asked.act_id, asked.asked_as)
        facts = [facts_of(self.hub, asset) for asset in ([vehicle] if vehicle else vehicles_of(self.hub, account))]
        if strange := next((each for each in facts if each.account != account), None):
            raise RecordRejected(
                f"it is leased on account {strange.account}", record=f"vehicle {strange.asset}", field="account",
                remedy="Name the account that it is leased on.", code="OTHER_ACCOUNT",
            )  # fmt: skip
        return self._within(lambda office: [
            office.request(each, self._event(asked, f"{asked.act_id}/{each.asset}"), self.person.role)
            for each in facts
        ])  # fmt: skip

    def step(self, account: str, vehicle: str, asked: Asked) -> CaseView:
        """Take a step of the account's open repossession; of several the vehicle has to be named."""
        self._refuse_other(asked.act_id, asked.asked_as)
        if done := self._done_before(account, lambda _asset: asked.act_id):
            return done[0]
        case = self._case(account, vehicle)
        prepared = prepare(self.hub, case, asked.kind)
        event = self._event(asked, asked.act_id)
        return self._within(lambda office: carry_out(office, case.key, event, self.person.role, prepared))

    def record(self, account: str, recording: Recording, act_id: str, asked_as: str = "") -> list[CaseView]:
        """Record a repossession: what came back of the account's pending vehicles, and what is lost (F15 to F17)."""
        self._refuse_other(act_id, asked_as)
        if done := self._done_before(account, lambda asset: f"{act_id}/{asset}"):
            return done
        cases = self._pending(account)
        taken = recording.judge([each.asset for each in cases], self.now.astimezone(self.hub.zone).date())

        def record(office: RepoOffice) -> list[CaseView]:
            return [
                office.step(
                    case.key,
                    self._event(
                        Asked(each.kind, act_id, each.reason, each.details, asked_as), f"{act_id}/{case.asset}"
                    ),
                    self.person.role,
                )
                for case, each in zip(cases, taken, strict=True)
            ]

        return self._within(record)

    def _done_before(self, account: str, event_id: Callable[[str], str]) -> list[CaseView]:
        """Give the cases that know an act already, which somebody asks for once more."""
        with reading(self.hub.engine) as connection:
            cases = RepoCases(connection)
            known = [
                each
                for each in cases.of_account(account)
                if cases.of_event(self.person.source, event_id(each.asset)) is not None
            ]
            return shown(self.hub, connection, known, self.now)

    def _refuse_other(self, act_id: str, asked_as: str) -> None:
        """Raise Conflict when an act of this name was asked for before by another request."""
        with reading(self.hub.engine) as connection:
            known = RepoCases(connection).asked_as(self.person.source, act_id)
        if known - {asked_as}:
            raise Conflict(
                "another request came under this Idempotency-Key", record=f"request of {self.person.name}",
                field="Idempotency-Key", remedy="Give each request a key of its own.", code="KEY_USED",
            )  # fmt: skip

    def _pending(self, account: str) -> list[RepoCase]:
        cases = [each for each in self._open_cases(account) if each.course.step_of(RepoEvent.REPOSSESSED) is None]
        if not cases:
            raise NotThere(f"account {account} has no pending repossession", remedy="Ask for one: drawbar repo request")
        return cases

    def _open_cases(self, account: str) -> list[RepoCase]:
        with reading(self.hub.engine) as connection:
            return [each for each in RepoCases(connection).of_account(account) if each.course.open]

    def _case(self, account: str, vehicle: str) -> RepoCase:
        found = [each for each in self._open_cases(account) if vehicle in ("", each.asset)]
        if not found:
            raise NotThere(
                f"account {account} has no open repossession{vehicle and f' of vehicle {vehicle}'}",
                remedy="List them with: drawbar repo list",
            )
        if len(found) > 1:
            raise NotThere(
                f"account {account} has several open repossessions: {', '.join(each.asset for each in found)}",
                remedy="Name the vehicle.",
            )
        return found[0]

    def _event(self, asked: Asked, event_id: str) -> CaseEvent:
        return CaseEvent(
            self.person.source, event_id, asked.kind, self.now, self.person.name, asked.reason,
            details=asked.details, asked_as=asked.asked_as,
        )  # fmt: skip

    def _within(self, act: Callable[[RepoOffice], Answer]) -> Answer:
        with self.hub.engine.connect() as connection:
            answer = act(RepoOffice(self.hub, connection, self.now, self.run_id))
            connection.rollback() if self.dry_run else connection.commit()
        return answer


def shown(hub: Hub, connection: Connection, cases: Sequence[RepoCase], now: datetime) -> list[CaseView]:
    """Give cases as people are shown them."""
    holds = RepoOffice(hub, connection, now, "").holds
    return [view(each, holds, hub.repossession, now) for each in cases]


def of_a_day(asked: Asked, day: date | None) -> Asked:
    """Give a step with the day on which it happened, when it was another than today."""
    return asked if day is None else replace(asked, details={**asked.details, "date": day.isoformat()})
