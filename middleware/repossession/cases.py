"""Repossession cases as the hub keeps them: one open case per vehicle, with all that was told of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.errors import NotThere, RetryLater
from drawbar.middleware.repossession.events import CaseEvent, Course, Kind, Step, follow
from drawbar.middleware.repossession.facts import FACTS, RepoFacts
from drawbar.middleware.repossession.states import RepoEvent, RepoNote, RepoState
from drawbar.middleware.repossession.tables import repo_case, repo_event, repo_order, repo_step

_KINDS: Final[Mapping[str, Kind]] = {**{each.value: each for each in RepoNote}, **{e.value: e for e in RepoEvent}}
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that went to an agent; active until `ended_at`."""

    number: str
    order_type: str
    channel: str
    ordered_at: datetime
    ended_at: datetime | None = None
    ended_as: str = ""


@dataclass(frozen=True, slots=True)
class RepoCase:
    """A repossession case: `facts` are those of `facts_at`, `asked` is what people had entered when last looked at."""

    key: str
    asset: str
    account: str
    sequence: int
    requested_at: datetime
    changed_at: datetime
    facts: RepoFacts
    facts_at: datetime
    course: Course
    orders: tuple[PlacedOrder, ...]
    asked: Mapping[str, str]

    @property
    def active_orders(self) -> tuple[PlacedOrder, ...]:
        return tuple(each for each in self.orders if each.ended_at is None)

    @property
    def next_order(self) -> str:
        """The number of its next order."""
        return f"{self.key}-O{len(self.orders) + 1}"

    @property
    def name(self) -> str:
        """How errors call it."""
        return f"repossession {self.key}"


@dataclass(frozen=True, slots=True)
class RepoCases:
    """All cases, inside the caller's transaction."""

    connection: Connection

    def get(self, key: str) -> RepoCase:
        """Give a case, and keep others from changing it until the transaction ends; raises NotThere."""
        query = select(repo_case).where(repo_case.c.case_key == key)
        row = self.connection.execute(query.with_for_update()).first()
        if row is None:
            raise NotThere(f"there is no repossession {key}", remedy="List them with: drawbar repo list")
        return next(self._whole([row]))

    def open_of(self, asset: str) -> RepoCase | None:
        """Give the open case of a vehicle, locked as `get` does."""
        return self._one(repo_case.c.asset_number == asset, repo_case.c.open)

    def latest_of(self, asset: str) -> RepoCase | None:
        """Give the latest case of a vehicle, open or not, locked as `get` does."""
        query = select(repo_case.c.case_key).where(repo_case.c.asset_number == asset)
        key = self.connection.execute(query.order_by(repo_case.c.sequence.desc()).limit(1)).scalar()
        return None if key is None else self.get(key)

    def of_account(self, account: str) -> list[RepoCase]:
        """Give the cases of an account, oldest first."""
        query = select(repo_case).where(repo_case.c.account_number == account)
        rows = self.connection.execute(query.order_by(repo_case.c.requested_at, repo_case.c.case_key))
        return list(self._whole(rows.all()))

    def open_assets(self) -> set[str]:
        """Name the vehicles whose repossession is open."""
        return set(self.connection.execute(select(repo_case.c.asset_number).where(repo_case.c.open)).scalars())

    def assets(self) -> set[str]:
        """Name the vehicles that have or had a repossession."""
        return set(self.connection.execute(select(repo_case.c.asset_number).distinct()).scalars())

    def listed(self, states: Collection[RepoState] = (), *, only_open: bool = False) -> Iterator[RepoCase]:
        """Give cases by the time of their request: of some states, or all."""
        query = select(repo_case).order_by(repo_case.c.requested_at, repo_case.c.case_key)
        if states:
            query = query.where(repo_case.c.state.in_([each.value for each in states]))
        if only_open:
            query = query.where(repo_case.c.open)
        for rows in in_chunks(self.connection.execute(query).all(), _CHUNK):
            yield from self._whole(rows)

    def of_order(self, number: str) -> RepoCase | None:
        """Give the case that an order is of, locked."""
        key = self.connection.execute(select(repo_order.c.case_key).where(repo_order.c.number == number)).scalar()
        return None if key is None else self.get(key)

    def of_event(self, source: str, event_id: str) -> RepoCase | None:
        """Give the case that already knows an event, None when none does."""
        query = select(repo_event.c.case_key).where(repo_event.c.source == source, repo_event.c.event_id == event_id)
        key = self.connection.execute(query).scalar()
        return None if key is None else self.get(key)

    def asked_as(self, source: str, act_id: str) -> set[str]:
        """Give the hashes of the requests under which an act was asked for, of one vehicle or of several."""
        named = or_(repo_event.c.event_id == act_id, repo_event.c.event_id.startswith(f"{act_id}/", autoescape=True))
        query = select(repo_event.c.asked_as).where(repo_event.c.source == source, named)
        return set(self.connection.execute(query).scalars())

    def next_sequence(self, asset: str) -> int:
        query = select(func.max(repo_case.c.sequence)).where(repo_case.c.asset_number == asset)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def open_case(self, key: str, sequence: int, facts: RepoFacts, request: CaseEvent, now: datetime) -> RepoCase:
        """Make a case out of its request; raises RetryLater when another process has just made one."""
        values = {
            "case_key": key, "asset_number": facts.asset, "sequence": sequence, "account_number": facts.account,
            "state": RepoState.REQUESTED.value, "open": True, "requested_at": request.at, "changed_at": now,
            "facts": FACTS.dump_json(facts).decode(), "facts_at": now, "asked": "{}",
        }  # fmt: skip
        try:
            self.connection.execute(insert(repo_case).values(values))
        except IntegrityError:
            raise RetryLater(
                "its repossession has just been asked for", record=f"vehicle {facts.asset}", remedy="Look again."
            ) from None
        self._keep(key, request, now)
        course = follow([request])
        self._write_steps(key, (), course.steps)
        return RepoCase(key, facts.asset, facts.account, sequence, request.at, now, facts, now, course, (), {})

    def add(self, case: RepoCase, event: CaseEvent, now: datetime) -> RepoCase:
        """Keep one more event of a case, and give the case with the course that follows from all of them."""
        events = self.events(case.key)
        self._keep(case.key, event, now)
        course = follow([*events, event])
        self._write_steps(case.key, case.course.steps, course.steps)
        values = {"state": course.state.value, "open": course.open, "changed_at": now}
        self.connection.execute(update(repo_case).where(repo_case.c.case_key == case.key).values(values))
        return replace(case, course=course, changed_at=now)

    def see(self, case: RepoCase, facts: RepoFacts, now: datetime) -> RepoCase:
        """Keep what account and vehicle look like now."""
        values = {"facts": FACTS.dump_json(facts).decode(), "facts_at": now}
        self.connection.execute(update(repo_case).where(repo_case.c.case_key == case.key).values(values))
        return replace(case, facts=facts, facts_at=now)

    def note_asked(self, case: RepoCase, asked: Mapping[str, str]) -> RepoCase:
        """Remember what people have entered, so that it is acted on once."""
        values = {"asked": json.dumps(dict(sorted(asked.items())))}
        self.connection.execute(update(repo_case).where(repo_case.c.case_key == case.key).values(values))
        return replace(case, asked=dict(asked))

    def place(self, case: RepoCase, order: PlacedOrder) -> RepoCase:
        """Keep an order that goes out."""
        values = {
            "number": order.number, "case_key": case.key, "order_type": order.order_type, "channel": order.channel,
            "ordered_at": order.ordered_at, "ended_as": "",
        }  # fmt: skip
        self.connection.execute(insert(repo_order).values(values))
        return replace(case, orders=(*case.orders, order))

    def end_orders(self, case: RepoCase, numbers: Collection[str], ended_as: str, at: datetime) -> RepoCase:
        """Note how orders ended; one that has ended already stays as it is."""
        ended = {each.number for each in case.active_orders} & set(numbers)
        self.connection.execute(
            update(repo_order).where(repo_order.c.number.in_(ended)).values(ended_at=at, ended_as=ended_as)
        )
        orders = tuple(
            replace(each, ended_at=at, ended_as=ended_as) if each.number in ended else each for each in case.orders
        )
        return replace(case, orders=orders)

    def events(self, key: str) -> list[CaseEvent]:
        """Give all that was told of a case."""
        rows = self.connection.execute(select(repo_event).where(repo_event.c.case_key == key))
        return [_event(row) for row in rows]

    def _one(self, *conditions: object) -> RepoCase | None:
        query = select(repo_case).where(*conditions).with_for_update()  # type: ignore[arg-type]
        rows = self.connection.execute(query).all()
        return next(self._whole(rows), None)

    def _whole(self, rows: Sequence[Row[tuple[object, ...]]]) -> Iterator[RepoCase]:
        keys = [row.case_key for row in rows]
        events: dict[str, list[CaseEvent]] = {key: [] for key in keys}
        for row in self.connection.execute(select(repo_event).where(repo_event.c.case_key.in_(keys))):
            events[row.case_key].append(_event(row))
        orders: dict[str, list[PlacedOrder]] = {key: [] for key in keys}
        placed = select(repo_order).where(repo_order.c.case_key.in_(keys)).order_by(repo_order.c.number)
        for row in self.connection.execute(placed):
            orders[row.case_key].append(_order(row))
        for row in rows:
            yield RepoCase(
                row.case_key, row.asset_number, row.account_number, row.sequence, row.requested_at, row.changed_at,
                FACTS.validate_json(row.facts), row.facts_at, follow(events[row.case_key]),
                tuple(orders[row.case_key]), json.loads(row.asked),
            )  # fmt: skip

    def _keep(self, key: str, event: CaseEvent, now: datetime) -> None:
        values = {
            "source": event.source, "event_id": event.event_id, "case_key": key, "kind": event.kind.value,
            "at": event.at, "who": event.who, "reason": event.reason, "order_number": event.order,
            "details": json.dumps(dict(event.details)), "asked_as": event.asked_as, "received_at": now,
        }  # fmt: skip
        self.connection.execute(insert(repo_event).values(values))

    def _write_steps(self, key: str, before: Sequence[Step], after: Sequence[Step]) -> None:
        """Write the steps anew from the first that differs: an event that came late stands in its own place."""
        same = 0
        while same < min(len(before), len(after)) and before[same] == after[same]:
            same += 1
        gone = repo_step.c.case_key == key, repo_step.c.number > same
        self.connection.execute(delete(repo_step).where(*gone))
        insert_rows(self.connection, repo_step, [_step_row(key, each) for each in after[same:]])


def _step_row(key: str, step: Step) -> dict[str, object]:
    event = step.event
    return {
        "case_key": key, "number": step.number, "source": event.source, "event_id": event.event_id,
        "kind": event.kind.value, "before": step.before.value if step.before else "", "after": step.after.value,
        "at": event.at, "who": event.who, "reason": event.reason,
    }  # fmt: skip


def _event(row: Row[tuple[object, ...]]) -> CaseEvent:
    return CaseEvent(
        row.source, row.event_id, _KINDS[row.kind], row.at, row.who, row.reason, row.order_number,
        json.loads(row.details), row.asked_as,
    )  # fmt: skip


def _order(row: Row[tuple[object, ...]]) -> PlacedOrder:
    return PlacedOrder(row.number, row.order_type, row.channel, row.ordered_at, row.ended_at, row.ended_as)
