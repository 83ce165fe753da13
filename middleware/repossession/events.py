"""What is told of a repossession, and the course that follows from all of it together; pure.

The course depends on the events and their own times alone, never on the order in which they came to the hub: a network
may deliver late, twice and in any order, and the end is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.states import BY_EVENT, FINAL, RANK, RepoEvent, RepoNote, RepoState
from drawbar.middleware.units import to_cents

Kind = RepoEvent | RepoNote


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to a case, once: `source` and `event_id` name it for ever.

    `at` is its own time, not that of its arrival. `order` is the number of the agent's order that it is about, "" when
    it is about none. `details` hold what it tells, in our words (`storage_place`, `keys`, `mileage`, `amount`).
    `asked_as` is a hash of the request of a program that asked for it, "" for everybody else.
    """

    source: str
    event_id: str
    kind: Kind
    at: datetime
    who: str
    reason: str = ""
    order: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    asked_as: str = ""

    @property
    def place(self) -> tuple[datetime, int, str, str]:
        """Where it stands among all events of a case."""
        return self.at, RANK[self.kind], self.source, self.event_id


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was taken: the status history has one line for each."""

    number: int
    event: CaseEvent
    before: RepoState | None
    after: RepoState


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that leads nowhere from the state that the case had when it happened, and why."""

    event: CaseEvent
    state: RepoState
    why: str


@dataclass(frozen=True, slots=True)
class Course:
    """All that follows from the events of a case.

    `held_from` is the state that a hold has interrupted. `order` is the number of the latest order. `told` holds the
    latest of every detail, `attempts` counts failed attempts.
    """

    state: RepoState
    steps: tuple[Step, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    held_from: RepoState | None = None
    order: str = ""
    attempts: int = 0
    told: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[CaseEvent, ...] = ()

    @property
    def open(self) -> bool:
        return self.state not in FINAL

    @property
    def costs(self) -> Decimal:
        """Add the agents' invoices up, in US dollars; of one that was told more than once the latest counts."""
        invoices = {
            (each.source, each.details.get(INVOICE_NUMBER) or each.event_id): amount_of(each)
            for each in self.notes
            if each.kind is RepoNote.INVOICE
        }
        return sum(invoices.values(), Decimal("0.00"))

    def step_of(self, *kinds: RepoEvent) -> Step | None:
        """Give the latest step that one of these events made."""
        return next((each for each in reversed(self.steps) if each.event.kind in kinds), None)


def follow(events: Iterable[CaseEvent]) -> Course:
    """Give the course of a case; the first of its events in time must be the request."""
    first, *others = sorted(events, key=lambda each: each.place)
    if first.kind is not RepoEvent.REQUEST:
        raise ValueError(f"a case begins with its request, not with {first.kind}")
    course = Course(RepoState.REQUESTED, (Step(1, first, None, RepoState.REQUESTED),), told=_details(first, {}))
    for each in others:
        course = _after(course, each)
    return course


def _after(course: Course, event: CaseEvent) -> Course:
    if isinstance(event.kind, RepoNote) or _of_former_order(course, event):
        return _noted(course, event)
    if event.kind is not RepoEvent.FAILED and _already(course, event.kind):
        return replace(course, told=_details(event, course.told))
    if why := refusal_of(course, event.kind):
        return replace(course, refusals=(*course.refusals, Refusal(event, course.state, why)))
    return _stepped(course, event, event.kind)


def _noted(course: Course, event: CaseEvent) -> Course:
    return replace(course, notes=(*course.notes, event), told=_details(event, course.told))


def _of_former_order(course: Course, event: CaseEvent) -> bool:
    """Say whether an agent answers to an order that another one has replaced."""
    answers = event.kind in (RepoEvent.ACCEPTED, RepoEvent.DECLINED)
    return answers and bool(event.order) and event.order != course.order


def _stepped(course: Course, event: CaseEvent, kind: RepoEvent) -> Course:
    before = course.state
    after = BY_EVENT[kind].to or course.held_from or before
    return replace(
        course,
        state=after,
        steps=(*course.steps, Step(len(course.steps) + 1, event, before, after)),
        held_from=before if kind is RepoEvent.HOLD else None,
        order=event.order if kind is RepoEvent.ORDER else course.order,
        attempts=course.attempts + (kind is RepoEvent.FAILED),
        told=_details(event, course.told),
    )


def _already(course: Course, kind: RepoEvent) -> bool:
    """Say whether the state is the one that an event leads to: two who tell of one thing do not contradict."""
    return kind is not RepoEvent.ORDER and kind in BY_EVENT and BY_EVENT[kind].to is course.state


def refusal_of(course: Course, kind: RepoEvent) -> str:
    """Say why an event may not come in the state that a course has, "" when it may."""
    if kind is RepoEvent.REQUEST:
        return "its repossession has been requested already"
    sources = BY_EVENT[kind].sources
    if course.state in sources:
        return ""
    return f"{kind.value!r} is no step from {course.state.value}; it is one from {', '.join(sources)}"


def leads_nowhere_new(course: Course, kind: RepoEvent) -> bool:
    """Say whether an event would change nothing, because what it tells is so already."""
    return kind is not RepoEvent.FAILED and _already(course, kind)


def _details(event: CaseEvent, told: Mapping[str, str]) -> dict[str, str]:
    return {**told, **{name: value for name, value in event.details.items() if value}}


AMOUNT: Final = "amount"
INVOICE_NUMBER: Final = "invoice_number"


def amount_of(event: CaseEvent) -> Decimal:
    """Give the amount of an invoice in US dollars; raises RecordRejected when there is none."""
    text = event.details.get(AMOUNT, "")
    try:
        return to_cents(Decimal(text))
    except InvalidOperation:
        raise RecordRejected(
            f"{text!r} is not an amount", record=f"{event.source} event {event.event_id}", field=AMOUNT,
            remedy="Correct the invoice where it was written, and have it sent again.", code="NOT_UNDERSTOOD",
        ) from None  # fmt: skip


_DAYS: Final = ("date", "promised_for")
_COUNTS: Final = ("returned_quantity",)


def refuse_malformed(event: CaseEvent) -> None:
    """Raise RecordRejected for a detail that is not what its name says: a day, a count, an amount."""
    for name in (*_DAYS, *_COUNTS):
        text = event.details.get(name, "")
        if text and not (_is_day(text) if name in _DAYS else text.isascii() and text.isdigit()):
            raise RecordRejected(
                f"{text!r} is not a {'day such as 2026-03-02' if name in _DAYS else 'whole number'}",
                record=f"{event.source} event {event.event_id}", field=name, remedy="Correct it and send it again.",
                code="NOT_UNDERSTOOD",
            )  # fmt: skip
    if event.kind is RepoNote.INVOICE:
        amount_of(event)


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def history_lines(steps: Sequence[Step]) -> list[str]:
    """Give the status history for people, one line a step: when, from where to where, by which event, who, why."""
    return [
        f"{each.event.at:%Y-%m-%d %H:%M} UTC  {each.before or 'new'} -> {each.after}: {each.event.kind.value}, "
        f"{each.event.who}{_on_one_line(each.event.reason)}"
        for each in steps
    ]


def _on_one_line(reason: str) -> str:
    """Give a reason in brackets; agents write e-mails of several lines."""
    text = " ".join(reason.split())
    return text and f" ({text})"
