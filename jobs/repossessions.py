"""Steps of repossessions as all sides take them: the rules, and what Salesforce and agents are told (P11 to P16).

What a step needs of Salesforce is read before its transaction; everything that it writes is in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.case import CASE
from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.jobs.account_holds import account_holds
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.remarketing_asks import ask_for_request
from drawbar.jobs.repo_facts import Contact
from drawbar.jobs.repo_letters import request_letter
from drawbar.jobs.repo_standing import arrived_last, stands_as, with_set
from drawbar.jobs.work_orders import ACCOUNTING_MAIL
from drawbar.mappings import repossession_case, repossession_hold, vehicle_disposition
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.cases import RepoCase, RepoCases
from drawbar.middleware.repossession.desk import Moved, RepoDesk
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.facts import RepoFacts
from drawbar.middleware.repossession.guards import CHANNEL, ORDER_TYPE
from drawbar.middleware.repossession.holds import Hold, Holds
from drawbar.middleware.repossession.orders import (
    ORDER_TYPES,
    VOLUNTARY,
    AgentEvent,
    RepoOrder,
    order_record,
    withdrawal_record,
)
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.repossession.settings import Channel
from drawbar.middleware.repossession.states import RepoEvent, RepoState
from drawbar.middleware.repossession.view import CaseView, view
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.outbox import Change, Outbox

REPOSSESSION_PART: Final = "repossession"
HOLD_PART: Final = "hold"
AGENT_NEWS: Final = "repossession.agents"
"""The place of failures that tell of agents' news which led nowhere."""

_ORDER_CODE: Final = {name: code for code, name in ORDER_TYPES.items()}


@dataclass(frozen=True, slots=True)
class RepoOffice:
    """Takes steps and tells of them, inside the caller's transaction; `now` is the hub's time, `run_id` the run's.

    `said` is the disposition that somebody has just set on the vehicle in Salesforce, "" for other steps.
    """

    hub: Hub
    connection: Connection
    now: datetime
    run_id: str
    said: str = ""

    @property
    def holds(self) -> Holds:
        return account_holds(self.hub, self.connection)

    @property
    def cases(self) -> RepoCases:
        return RepoCases(self.connection)

    @property
    def desk(self) -> RepoDesk:
        return RepoDesk(self.holds, self.hub.repossession, self.now)

    def request(self, facts: RepoFacts, event: CaseEvent, role: Role | None) -> CaseView:
        """Open a vehicle's case, and tell of it by e-mail once; or give the case that is open (P11)."""
        moved = self.desk.request(facts, event, role)
        if moved.new and self.hub.repossession.requests_to:
            letter = request_letter(moved.case, event, self.hub.repossession.requests_to)
            change = Change(letter, creates=True, why=f"{moved.case.name} was requested")
            Outbox(self.connection, ACCOUNTING_MAIL).put([change], run_id=self.run_id, now=self.now)
        return self._tell(moved)

    def step(self, key: str, event: CaseEvent, role: Role | None, facts: RepoFacts | None = None) -> CaseView:
        """Take a person's step; `facts` that were read for it are kept first, for the rules to go by."""
        if facts is not None:
            self.cases.see(self.cases.get(key), facts, self.now)
        return self._tell(self.desk.step(key, event, role))

    def order(self, key: str, event: CaseEvent, role: Role | None, facts: RepoFacts, contact: Contact) -> CaseView:
        """Send an order to an agent, by the way that the event's details name (P14)."""
        case = self.cases.see(self.cases.get(key), facts, self.now)
        placed = _with_order(event, case, self.hub)
        moved = self.desk.step(key, placed, role)
        if moved.new:
            record = order_record(_order(case, placed, contact, self.hub))
            change = Change(record, creates=True, why=f"{moved.case.name}: {event.reason or 'ordered'}")
            Outbox(self.connection, placed.details[CHANNEL]).put([change], run_id=self.run_id, now=self.now)
        return self._tell(moved)

    def told(self, news: AgentEvent) -> CaseView:
        """Take what an agent tells; what leads nowhere becomes a failure that people see on the case."""
        moved = self.desk.told(news)
        if moved.refused:
            desk = FailureDesk(self.connection, TARGET, self.hub.reporter)
            desk.fail([_failure(moved.case, news, moved.refused)], run_id=self.run_id, now=self.now)
        elif not moved.case.course.refusals:
            self._end_refusals(moved.case)
        return self._tell(moved)

    def see(self, case: RepoCase, facts: RepoFacts) -> CaseView:
        """Keep what account and vehicle look like now, and show it on the case."""
        return self._tell(Moved(self.cases.see(case, facts, self.now), new=False))

    def set_hold(self, hold: Hold, *, by: str) -> None:
        """Set a hold of the hub's own, and show it in Salesforce and on the account's open cases."""
        self.holds.set(hold)
        self.holds.note("hold set", hold, by=by, now=self.now)
        self._show_hold(hold)

    def lift_hold(self, reference: str, *, by: str) -> Hold:
        """Lift a hold that was set in the hub; one of Salesforce is lifted there."""
        known = self.holds.find(reference)
        if known is not None and not reference.startswith(f"{known.account}-H"):
            raise RecordRejected(
                "it was set in Salesforce", record=f"hold {reference}", field="lifted",
                remedy="Lift it there: enter the day in Lifted.", code="NOT_OURS",
            )  # fmt: skip
        lifted = self.holds.lift(reference, by=by, now=self.now)
        self._show_hold(lifted)
        return lifted

    def held_anew(self, account: str) -> None:
        """Show on an account's open cases what holds it now."""
        for case in self.cases.of_account(account):
            if case.course.open:
                self._tell(Moved(case, new=False))

    def _show_hold(self, hold: Hold) -> None:
        record = to_target(repossession_hold.to_salesforce(hold, now=self.now))
        self._conclude(record, HOLD_PART, f"{hold.kind} of account {hold.account}")
        self.held_anew(hold.account)

    def _tell(self, moved: Moved) -> CaseView:
        shown = view(moved.case, self.holds, self.hub.repossession, self.now)
        for order in moved.withdrawn:
            reason = shown.closed_why or shown.case.course.state.value
            change = Change(withdrawal_record(order.number, reason), creates=True, why=f"{order.number}: {reason}")
            Outbox(self.connection, order.channel).put([change], run_id=self.run_id, now=self.now)
        record = to_target(repossession_case.to_salesforce(shown, now=self.now))
        last = shown.case.course.steps[-1]
        why = f"{last.after}: {last.event.kind.value} by {last.event.source}"
        self._conclude(record, REPOSSESSION_PART, why)
        word = vehicle_disposition.DISPOSITION.get(moved.case.course.state, "")
        if word not in ("", self.said, stands_as(moved.case)):
            self.set_disposition(moved.case, word)
        if moved.new and moved.case.course.state is RepoState.REMARKETING and self.hub.remarketing.criteria:
            ask_for_request(self.connection, moved.case, self.now)
        return shown

    def set_disposition(self, case: RepoCase, word: str) -> None:
        """Have the vehicle stand in Salesforce as its repossession does, whoever took the step (P16)."""
        kept = self.cases.get(case.key)
        self.cases.note_asked(kept, with_set(kept, word, self.now, arrived_last(self.connection, kept)))
        record = vehicle_disposition.in_peoples_stead(case.asset, word)
        change = Change(record, creates=False, why=f"{case.name} is {kept.course.state}")
        Outbox(self.connection, TARGET).put([change], run_id=self.run_id, now=self.now)

    def _conclude(self, record: TargetRecord, part: str, why: str) -> None:
        derived = DerivedRecords(self.connection, TARGET, BOOKKEEPING)
        derived.conclude([Conclusion(record, part=part, why=why)], run_id=self.run_id, now=self.now)

    def _end_refusals(self, case: RepoCase) -> None:
        """End the failure that tells of news which led nowhere: it has found its place."""
        desk = FailureDesk(self.connection, TARGET, self.hub.reporter)
        opened = DeadLetters(self.connection).find(place=AGENT_NEWS, object_name=CASE.api_name, key=case.key)
        why = "an earlier event has come and explains it"
        desk.end(opened, "resolved", by="drawbar", why=why, run_id=self.run_id, now=self.now)


def _with_order(event: CaseEvent, case: RepoCase, hub: Hub) -> CaseEvent:
    """Complete an order's event: its number, its type by code, and its way."""
    word = event.details.get(ORDER_TYPE, "") or "IRP"
    code = _ORDER_CODE.get(word, word)
    if code not in ORDER_TYPES:
        raise RecordRejected(
            f"{word!r} is no type of order", record=case.name, field="order type",
            remedy=f"It is one of {', '.join(ORDER_TYPES)}.", code="UNKNOWN_CODE",
        )  # fmt: skip
    channel = event.details.get(CHANNEL) or hub.repossession.order_by
    if channel not in get_args(Channel):
        raise RecordRejected(
            f"{channel!r} is no way that orders go", record=case.name, field="channel",
            remedy=f"It is one of {', '.join(get_args(Channel))}.", code="UNKNOWN_CODE",
        )  # fmt: skip
    details = {**event.details, ORDER_TYPE: code, CHANNEL: channel}
    return CaseEvent(
        event.source, event.event_id, RepoEvent.ORDER, event.at, event.who, event.reason, case.next_order, details
    )


def _order(case: RepoCase, event: CaseEvent, contact: Contact, hub: Hub) -> RepoOrder:
    facts, details = case.facts, event.details
    return RepoOrder(
        number=event.order, account=case.account, lessee_name=contact.name, lessee_phone=contact.phone,
        lessee_address=contact.address, vin=facts.vin, year=facts.year, make=facts.make, model=facts.model,
        color=facts.color, plate=facts.plate, unit_number=case.asset, order_type=details[ORDER_TYPE],
        voluntary=details[ORDER_TYPE] in VOLUNTARY, ordered_on=event.at.astimezone(hub.zone).date(),
        payments_made=facts.payments_made, days_past_due=facts.days_past_due, past_due=facts.past_due,
        payoff=facts.payoff, gps_status=_gps_status(facts), last_location=facts.last_location,
        last_seen_at=facts.last_seen_at, instructions=details.get("instructions", ""),
        reply_to=hub.repossession.reply_to,
    )  # fmt: skip


def _gps_status(facts: RepoFacts) -> str:
    first = facts.gps_reasons.splitlines()[0] if facts.gps_reasons else ""
    return ": ".join(filter(None, (facts.gps_verdict, first))) or "no verdict"


def _failure(case: RepoCase, news: AgentEvent, why: str) -> Failure:
    return Failure(
        kind="row", place=AGENT_NEWS, object=CASE.api_name, key=case.key, row_number=0,
        source=f"{news.source} event {news.event_id}", code="ILLEGAL_STEP", field="state", message=why,
        remedy="Look at the case and ask the agent; it ends by itself when an earlier event explains it.",
        payload=f"{news.kind} at {news.at.isoformat()}",
    )  # fmt: skip
