"""RDN as a target of the outbox: an order becomes a case once, a changed order changes the case.

Before a case is created RDN's cases are looked through for our order's number, so an answer that was lost costs no
second case. Each difference is one call, and a call that was made already finds no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from drawbar.connectors.rdn.client import RdnClient
from drawbar.connectors.rdn.records import CaseStanding, ListedCase
from drawbar.connectors.rdn.settings import SYSTEM
from drawbar.connectors.rdn.wire import FIELDS, changed_parts, to_case
from drawbar.middleware.records import Outcome, Scalar, TargetRecord
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.channel import Channel, at_most_one, comment_on_nothing, too_late_to_hold
from drawbar.middleware.repossession.placing import (
    COMMENT,
    ORDER,
    WITHDRAWAL,
    PlacedOrder,
    agent_of,
    choose_agent,
    done,
    nothing_to_withdraw,
    order_comment,
    order_withdrawal,
    placed_order,
)

_LONGEST_LIFE: Final = timedelta(days=400)
"""Comments and look-ups concern orders that are at most so old."""

_TOO_LATE: Final = frozenset({CaseStanding.CLOSED, CaseStanding.REPOSSESSED, CaseStanding.DECLINED})
_STOPPED: Final = frozenset({CaseStanding.ON_HOLD, CaseStanding.CLOSED})


@dataclass(slots=True)
class _Cases:
    """RDN's cases by our order's number, read when the first is asked for."""

    client: RdnClient
    since: date
    until: date
    _found: dict[str, list[ListedCase]] = field(default_factory=dict)
    _read: bool = False

    def of(self, order_number: str) -> ListedCase | None:
        """Give the case of an order; raises RecordRejected when there are two."""
        if not self._read:
            for case in self.client.cases(self.since, self.until):
                self._found.setdefault(case.client_reference, []).append(case)
            self._read = True
        cases = self._found.get(order_number, [])
        at_most_one([each.case_id for each in cases], order_number, system="RDN", called="cases")
        return cases[0] if cases else None


@dataclass(frozen=True, slots=True)
class RdnTarget(Channel):
    """Implements `RecordTarget`."""

    client: RdnClient
    agents: Mapping[str, AgentSettings]
    clock: Callable[[], datetime]
    name: str = SYSTEM
    chunk_size: int = 50

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Bring at most 50 records of one object into step; one outcome per record, in order."""
        ordered = [each.fields.get("ordered_on") for each in records]
        days = [each for each in ordered if isinstance(each, date)]
        cases = self._cases(min(days) - timedelta(days=1) if len(days) == len(records) > 0 else None)
        acts = {COMMENT: self._comment, WITHDRAWAL: self._withdrawal}
        return self.settled(records, lambda each: acts.get(each.object, self._order)(each, cases))

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Read fields of orders as texts, as RDN holds them; orders without a case are left out, comments too."""
        cases, names = self._cases(), {ours: theirs for theirs, ours in FIELDS.items()}
        found: dict[str, dict[str, Scalar]] = {}
        for key in keys if object_name == ORDER else ():
            case = cases.of(key)
            if case is not None:
                held = self.client.case(case.case_id)
                found[key] = {name: str(held.get(names[name]) or "") or None for name in fields}
        return found

    def _cases(self, since: date | None = None) -> _Cases:
        """Give RDN's cases since the day before the first order, so far back as orders live where no day is known."""
        today = self.clock().date()
        return _Cases(self.client, since or today - _LONGEST_LIFE, today + timedelta(days=1))

    def _order(self, record: TargetRecord, cases: _Cases) -> Outcome:
        placed = placed_order(record)
        wanted = to_case(placed.order)
        case = cases.of(record.key)
        if case is None:
            name = placed.agent or choose_agent(self.agents, placed.order, SYSTEM)
            case_id = self.client.add_case(wanted | {"vendor_id": self._vendor(name, record.key)})
            self._bring_to(case_id, CaseStanding.PENDING, placed)
            return done(record, "created", case_id)
        held = self.client.case(case.case_id)
        for operation, (part, told) in changed_parts(held, wanted).items():
            self.client.change_case(operation, case.case_id, **{part: told})
        if placed.agent and held.get("vendor_id") != self._vendor(placed.agent, record.key):
            vendor = self._vendor(placed.agent, record.key)
            self.client.change_case("reassignCase", case.case_id, vendor_id=vendor)
        self._bring_to(case.case_id, case.status, placed)
        return done(record, "updated", case.case_id)

    def _vendor(self, agent: str, order_number: str) -> str:
        return agent_of(self.agents, agent, SYSTEM, f"order {order_number}").id

    def _withdrawal(self, record: TargetRecord, cases: _Cases) -> Outcome:
        number, reason = order_withdrawal(record)
        case = cases.of(number)
        if case is None:
            raise nothing_to_withdraw(number)
        if case.status is not CaseStanding.CLOSED:
            self.client.change_case("closeCase", case.case_id, reason=reason)
        return done(record, "updated", case.case_id)

    def _bring_to(self, case_id: str, now: CaseStanding, placed: PlacedOrder) -> None:
        """Hold, reopen or close a case, where it does not stand so already."""
        if placed.standing == "closed":
            if now is not CaseStanding.CLOSED:
                self.client.change_case("closeCase", case_id, reason=placed.reason)
        elif placed.standing == "on hold":
            if now in _TOO_LATE:
                raise too_late_to_hold(placed, now, f"RDN case {case_id}")
            if now is not CaseStanding.ON_HOLD:
                self.client.change_case("holdCase", case_id, reason=placed.reason)
        elif now in _STOPPED:
            self.client.change_case("reopenCase", case_id)

    def _comment(self, record: TargetRecord, cases: _Cases) -> Outcome:
        comment = order_comment(record)
        case = cases.of(comment.order_number)
        if case is None:
            raise comment_on_nothing(comment, "RDN has no case of its order")
        there = [each for each in self.client.updates(case.case_id) if each.update_text == comment.text]
        if not there:
            self.client.change_case("addCaseUpdate", case.case_id, update_text=comment.text)
        return done(record, "updated" if there else "created", case.case_id)
