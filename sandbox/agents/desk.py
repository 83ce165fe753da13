"""The cases of a simulated network, kept in a file, and what agents do with them as time passes.

Nothing is played in the background: what has happened by a moment follows from when a case was placed and how it was
changed. An agent accepts after a minute, writes after two, repossesses after four, reports the condition after five,
sends the invoice after six, and is done after eight; every seventh case is declined. Hold and closing stop the agent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

FIRST_CASE: Final = 5_001
FIRST_EVENT: Final = 90_001
_DECLINED: Final = 7
_SCRIPT: Final = (
    (1, "accepted"), (2, "comment"), (4, "repossessed"), (5, "condition report"), (6, "invoice"), (8, "completed"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What the lender did to a case: on hold, reopened, closed, comment."""

    at: str
    kind: str
    text: str = ""

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(slots=True)
class Case:
    """A case with everything that the lender told of it."""

    number: int
    placed_at: str
    fields: dict[str, str]
    changes: list[Change] = field(default_factory=list)

    @property
    def declines(self) -> bool:
        return self.number % _DECLINED == 0

    def standing(self, now: datetime) -> str:
        """Say how the case stands: Pending, Open, On Hold, Closed, Repossessed or Declined, and so on."""
        happened = [kind for at, kind, _ in self.happenings() if at <= now]
        if "close acknowledged" in happened:
            return "Closed"
        if "repossessed" in happened:
            return "Repossessed"
        if any(each.kind == "closed" and each.when <= now for each in self.changes):
            return "Pending Close"
        if self._on_hold(now):
            return "On Hold" if "hold acknowledged" in happened else "Pending On Hold"
        return "Declined" if "declined" in happened else "Open" if "accepted" in happened else "Pending"

    def happenings(self) -> Iterator[tuple[datetime, str, str]]:
        """Give what happens to the case and when, as far as it was changed until now."""
        start = datetime.fromisoformat(self.placed_at)
        for minutes, kind in ((1, "declined"),) if self.declines else _SCRIPT:
            at = start + timedelta(minutes=minutes)
            if not self._stopped(at):
                yield at, kind, "Checked the address." if kind == "comment" else ""
        for change in self.changes:
            if change.kind in ("on hold", "closed"):
                acknowledged = "hold acknowledged" if change.kind == "on hold" else "close acknowledged"
                yield change.when + timedelta(minutes=1), acknowledged, change.text
            elif change.kind == "comment":
                yield change.when, "comment of the lender", change.text

    def _on_hold(self, at: datetime) -> bool:
        last = [each for each in self.changes if each.kind in ("on hold", "reopened") and each.when <= at]
        return bool(last) and last[-1].kind == "on hold"

    def _stopped(self, at: datetime) -> bool:
        """Say whether the agent was stopped before a moment; what happens in the same moment has happened."""
        before = at - timedelta(microseconds=1)
        return self._on_hold(before) or any(each.kind == "closed" and each.when <= before for each in self.changes)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that has happened to a case; numbers grow with time."""

    number: int
    at: datetime
    kind: str
    case: Case
    text: str


class Desk:
    """The cases of one network; safe for several threads."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.clock = clock
        self.cases: dict[int, Case] = {}
        if path.exists():
            for each in json.loads(path.read_text(encoding="utf-8")):
                changes = [Change(**change) for change in each.pop("changes")]
                self.cases[each["number"]] = Case(**each, changes=changes)

    def place(self, fields: Mapping[str, str]) -> Case:
        """Take a new case."""
        with self._lock:
            case = Case(FIRST_CASE + len(self.cases), self.clock().isoformat(), dict(fields))
            self.cases[case.number] = case
            self._keep()
        return case

    def update(self, case: Case, fields: Mapping[str, str]) -> None:
        """Replace what was told of a case."""
        with self._lock:
            case.fields.update(fields)
            self._keep()

    def change(self, case: Case, kind: str, text: str = "") -> None:
        """Put a case on hold, reopen, close or comment it."""
        with self._lock:
            case.changes.append(Change(self.clock().isoformat(), kind, text))
            self._keep()

    def find(self, number: str) -> Case | None:
        return self.cases.get(int(number)) if number.isdigit() else None

    def happened(self) -> list[Happening]:
        """Give all that has happened until now, in order."""
        now = self.clock()
        found = [
            (at, case.number, kind, case, text)
            for case in list(self.cases.values())
            for at, kind, text in case.happenings()
            if at <= now
        ]
        ordered = sorted(found, key=lambda each: each[:3])
        return [
            Happening(FIRST_EVENT + place, at, kind, case, text)
            for place, (at, _, kind, case, text) in enumerate(ordered)
        ]

    def _keep(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self._path.with_suffix(".tmp")
        unfinished.write_text(json.dumps([asdict(each) for each in self.cases.values()]), encoding="utf-8")
        unfinished.replace(self._path)
