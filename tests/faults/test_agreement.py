"""Whatever happens to whom in whatever order: source, hub and org agree in the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, event

from drawbar.connectors.salesforce.session import OrgAdapter
from drawbar.sandbox.faults import Fault
from tests.faults.checker import Checker
from tests.faults.conftest import LONG, Times
from tests.jobs.conftest import MONDAY, OpenWorld
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import Record, ServedOrg, World

ACCOUNTS = st.integers(1, 4)
AMOUNTS = st.sampled_from(["0.01", "61.50", "1200.00", "99999.99"])
TEXTS = st.sampled_from(
    ["Promised Friday.", 'He said "no".', "=1+1", "Müller & Söhne", "two\r\nlines", "#N/A", "a,b;c\t"]
)
WEATHER: list[dict[str, Any]] = [
    {"kind": "reset-before", "times": 2}, {"kind": "reset-after", "method": "PATCH", "times": 2},
    {"kind": "truncate", "path": "*/composite/sobjects/*"}, {"kind": "401", "skip": 1},
    {"kind": "503", "retry_after": 0, "times": 2}, {"kind": "lock-row", "share": 0.5, "times": 3},
    {"kind": "bulk-failed", "share": 0.5}, {"kind": "500", "method": "PATCH"}, {"kind": "429", "retry_after": 0},
    {"kind": "429", "retry_after": 3600, "skip": 2}, {"kind": "request-limit", "skip": 1},
]  # fmt: skip


class Died(BaseException):
    """The end of a process: nothing in the product may catch it."""


class Mortal:
    """Lets a hub's process die at a chosen moment: before one of its commits, before or after one of its calls."""

    def __init__(self) -> None:
        self.left: int | None = None

    def moment(self) -> None:
        """Pass one moment at which a process might die."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = 0
                raise Died

    def commit(self, _connection: Connection) -> None:
        self.moment()

    @contextmanager
    def calls(self) -> Iterator[None]:
        send: Callable[..., Any] = OrgAdapter.send

        def mortal(*arguments: Any, **named: Any) -> Any:
            self.moment()
            answer = send(*arguments, **named)
            self.moment()
            return answer

        with mock.patch.object(OrgAdapter, "send", mortal):
            yield


class Sync(RuleBasedStateMachine):
    """A lender's book and people in Salesforce change at will, processes die, calls fail; the checker is the model."""

    open_world: OpenWorld
    org: ServedOrg
    place: Path
    number = 0

    def __init__(self) -> None:
        super().__init__()
        Sync.number += 1
        self.org.empty()
        self.mortal = Mortal()
        self.name = f"hub-{Sync.number}"
        self.files = self.place / f"files-{Sync.number}"
        self.world = self._open()
        self.book = PaperBook(self.files, MONDAY)
        self.taken: list[Path] = []
        self.kept: dict[tuple[str, str], Record] = {}
        self.notes = self.payments = 0

    def _open(self) -> World:
        world = self.open_world(self.name, files=self.files, sync={"bulk_above": 4})
        event.listen(world.hub.engine, "commit", self.mortal.commit)
        return world

    @initialize(vehicles=st.integers(1, 8))
    def board(self, vehicles: int) -> None:
        for number in (1, 2):
            self.book.lessee(number)
        for number in (1, 2, 3):
            self.book.account(number, LESSEE_NO=f"LS{1 + number % 2:08d}")
        for number in range(1, vehicles + 1):
            self.book.vehicle(number, ACCT_NO=f"LW{1 + number % 3:08d}")
        self._deliver()

    @rule(number=ACCOUNTS, fees=AMOUNTS)
    def charge(self, number: int, fees: str) -> None:
        self.book.account(number, LATE_FEES=fees)

    @rule(number=ACCOUNTS, days=st.integers(1, 90), amount=AMOUNTS)
    def fall_behind(self, number: int, days: int, amount: str) -> None:
        self.book.behind(number, self.book.today - timedelta(days=days), amount)

    @rule(number=ACCOUNTS)
    def cure(self, number: int) -> None:
        self.book.cured(number)

    @rule(number=ACCOUNTS, text=TEXTS)
    def write_note(self, number: int, text: str) -> None:
        self.notes += 1
        self.book.note(self.notes, text, ACCT_NO=f"LW{number:08d}")

    @rule(number=ACCOUNTS, amount=AMOUNTS)
    def pay(self, number: int, amount: str) -> None:
        self.payments += 1
        self.book.payment(self.payments, amount, self.book.today, ACCT_NO=f"LW{number:08d}")

    @rule(number=ACCOUNTS, amount=AMOUNTS)
    def promise(self, number: int, amount: str) -> None:
        self.book.promise(number, amount, self.book.today + timedelta(days=3))

    @rule(number=st.integers(1, 8))
    def sell_vehicle(self, number: int) -> None:
        key = f"VH{number:08d}"
        if key in self.book.rows["vehicles"] and len(self.book.rows["vehicles"]) > 1:
            self.book.remove("vehicles", key)

    @rule(number=st.integers(1, 8), color=st.sampled_from(["White", "Red"]))
    def paint(self, number: int, color: str) -> None:
        if f"VH{number:08d}" in self.book.rows["vehicles"]:
            self.book.vehicle(number, COLOR=color)

    @rule(number=ACCOUNTS, status=st.sampled_from(["Z", "A"]))
    def spoil_or_mend(self, number: int, status: str) -> None:
        """Give an account a code that nobody knows, or a good one again."""
        if f"LW{number:08d}" in self.book.rows["accounts"]:
            self.book.account(number, STATUS=status)

    @rule(value=st.sampled_from([61_000.0, 1.0]), number=st.integers(1, 8))
    def appraise(self, value: float, number: int) -> None:
        """A person changes fields that belong to Salesforce."""
        self._enter("Vehicle__c", f"VH{number:08d}", {"Condition__c": "Damaged", "Market_Value__c": value})

    @rule(priority=st.sampled_from(["High", "Medium"]), number=ACCOUNTS)
    def change_case(self, priority: str, number: int) -> None:
        self._enter("Case", f"LW{number:08d}-D001", {"Priority": priority, "Description": f"{priority} by a person"})

    def _enter(self, object_name: str, key: str, fields: Record) -> None:
        if key in self.org.records(object_name):
            self.org.change(object_name, key, **fields)
            self.kept[object_name, key] = self.kept.get((object_name, key), {}) | fields

    @rule(weather=st.sampled_from(WEATHER))
    def trouble(self, weather: dict[str, Any]) -> None:
        self.org.local.faults.arm(Fault.model_validate(weather))

    @rule()
    def next_night(self) -> None:
        self._deliver()
        self._run()

    @rule(moment=st.integers(0, 60))
    def a_night_with_a_death(self, moment: int) -> None:
        self._deliver()
        self._run(dies_at=moment)

    @rule(moment=st.integers(0, 20))
    def deliver_what_waits(self, moment: int) -> None:
        self._run("deliver", dies_at=moment)

    @rule()
    def replay(self) -> None:
        letters = self.world.letters()
        if letters:
            self.world.replay().replay([letters[0].id])

    def _deliver(self) -> None:
        self.book.next_day()
        folder = self.book.deliver()
        self.taken.append(Path(shutil.copytree(folder, self.place / f"{self.name}-taken" / folder.name)))

    def _run(self, job: str = "accounts", *, dies_at: int | None = None) -> str:
        self.mortal.left = dies_at
        try:
            with self.mortal.calls():
                return self.world.run(job).state
        except Died:
            self.mortal.left = None
            self.world.close()
            self.world = self._open()
            return "dead"
        finally:
            self.mortal.left = None

    def teardown(self) -> None:
        """Let the weather clear, and one more night pass."""
        self.org.local.faults.clear()
        self.world.close()
        self.world = self._open()
        self._deliver()
        state = self._run()
        assert state in ("succeeded", "incomplete"), self.world.hub
        with self.world.hub.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM run WHERE state IN ('queued', 'running')")  # of processes that died
        assert Checker(self.world.hub, self.org, self.taken, self.kept).disagreements() == []
        self.world.close()


@pytest.mark.fault(1, 12, 15, 19, 24)
def test_they_always_agree_in_the_end(open_world: OpenWorld, org: ServedOrg, tmp_path: Path, times: Times) -> None:
    machine = type("AnySync", (Sync,), {"open_world": staticmethod(open_world), "org": org, "place": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=times(4, 60), stateful_step_count=times(10, 25), deadline=None, derandomize=not LONG,
            suppress_health_check=list(HealthCheck), database=None, phases=[Phase.generate, Phase.shrink],
        ),
    )  # fmt: skip
