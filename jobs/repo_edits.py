"""What people enter on Repossession Cases and holds in Salesforce, under the same rules (P13, P31, F15 to F19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.case import CASE
from drawbar.connectors.salesforce.records.hold import HOLD
from drawbar.connectors.salesforce.records.repossession_case import RepossessionEntries
from drawbar.connectors.salesforce.records.sobject import record_fields
from drawbar.jobs.account_holds import account_holds
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.repo_acts import Prepared, carry_out, prepare
from drawbar.jobs.repossessions import RepoOffice
from drawbar.mappings.repossession_case import CHANNEL, DECISION
from drawbar.mappings.words import at_noon
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.repossession.cases import RepoCase, RepoCases
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.holds import Hold, hold_kind
from drawbar.middleware.repossession.recording import FAILED_REASONS, Recording, failed_attempt
from drawbar.middleware.repossession.roles import Role, refuse_unless_allowed
from drawbar.middleware.repossession.states import RepoEvent
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json

SOURCE: Final = "salesforce"
EVENT_OF_DECISION: Final = {word: event for event, word in DECISION.items()}
EVENT_OF_STEP: Final[Mapping[str, RepoEvent]] = {
    "Review": RepoEvent.REVIEW, "Order": RepoEvent.ORDER, "Hold": RepoEvent.HOLD, "Resume": RepoEvent.RESUME,
    "Cancel": RepoEvent.CANCEL, "Located": RepoEvent.LOCATED, "Failed Attempt": RepoEvent.FAILED,
    "Lost": RepoEvent.LOST, "Repossessed": RepoEvent.REPOSSESSED, "In Storage": RepoEvent.STORED,
    "Repair": RepoEvent.REPAIR, "Inventory": RepoEvent.REPAIRED, "Offer for Sale": RepoEvent.OFFER,
    "Sold": RepoEvent.SELL, "Release": RepoEvent.RELEASE, "Final Review": RepoEvent.FINAL_REVIEW,
    "Close": RepoEvent.CLOSE,
}  # fmt: skip
_CHANNEL_OF: Final = {word: channel for channel, word in CHANNEL.items()}
_WORD_OF_FAILURE: Final = {text: word for word, text in FAILED_REASONS.items()}
_ASKED_BY_DECISION: Final = ("Decision__c", "Decision_Reason__c", "Override_Reason__c")
_ASKED_BY_STEP: Final = ("Next_Step__c", "Step_Reason__c", "Step_Date__c", "Attempt_Result__c", "Promised_Date__c")
_ASKED_BY_ORDER: Final = ("Next_Step__c", "Order_Type__c", "Order_By__c")

Entries = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CaseRule:
    """Hears of what people enter on a Repossession Case: a decision, then a step."""

    hub: Hub

    @property
    def object(self) -> str:
        return CASE.api_name

    @property
    def fields(self) -> tuple[str, ...]:
        entered = record_fields(RepossessionEntries).values()
        return tuple(each.api_name for each in entered if each.api_name != CASE.key)

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        entries = {name: "" if value is None else str(value) for name, value in edited.fields.items()}
        with reading(self.hub.engine) as connection:
            case = _case(connection, edited.key)
        if case is None:
            return None
        events = list(self._events(case, entries, edited, handling))
        role = self.hub.repossession.role_of(edited.login)
        prepared = [prepare(self.hub, case, each.kind) for each in events if isinstance(each.kind, RepoEvent)]

        def act(connection: Connection) -> Json:
            office = RepoOffice(self.hub, connection, handling.now, handling.run_id)
            return self._act(office, case, entries, role, list(zip(events, prepared, strict=True)))

        return act if events else None

    def _act(
        self,
        office: RepoOffice,
        case: RepoCase,
        entries: Entries,
        role: Role | None,
        steps: list[tuple[CaseEvent, Prepared]],
    ) -> Json:
        for event, prepared in steps:
            carry_out(office, case.key, event, role, prepared)
        now_case = office.cases.get(case.key)
        office.cases.note_asked(now_case, {**now_case.asked, **entries})
        return {"repossession": case.key, "state": now_case.course.state.value}

    def _events(
        self, case: RepoCase, entries: Entries, edited: EditedRecord, handling: Handling
    ) -> Iterator[CaseEvent]:
        made = CaseEvent(SOURCE, "", RepoEvent.REVIEW, edited.modified_at, edited.modified_by)
        stamp = f"{edited.id} {edited.modified_at:%Y%m%dT%H%M%S}"
        if entries["Decision__c"] and _changed(case, entries, _ASKED_BY_DECISION):
            kind = EVENT_OF_DECISION[entries["Decision__c"]]
            details = {"override": entries["Override_Reason__c"]} if entries["Override_Reason__c"] else {}
            reason = entries["Decision_Reason__c"]
            event_id = f"{stamp} decision {kind.value}"
            yield replace(made, event_id=event_id, kind=kind, reason=reason, details=details)
        step = entries["Next_Step__c"]
        asked = _ASKED_BY_ORDER if step == "Order" else _ASKED_BY_STEP
        if step and _changed(case, entries, asked):
            today = handling.now.astimezone(self.hub.zone).date()
            # SystemModstamp counts seconds, and two steps may be asked for in one.
            event_id = f"{stamp} step {step} {_digest(entries, asked)}"
            yield _step(replace(made, event_id=event_id), case, entries, today)


def _case(connection: Connection, key: str) -> RepoCase | None:
    try:
        return RepoCases(connection).get(key)
    except NotThere:
        return None


def _digest(entries: Entries, names: tuple[str, ...]) -> str:
    """Give what tells entries from others, such as one failed attempt from the next."""
    return sha256("\x1f".join(entries[name] for name in names).encode()).hexdigest()[:8]


def _changed(case: RepoCase, entries: Entries, names: tuple[str, ...]) -> bool:
    """Say whether people have entered something else since it was acted on."""
    return any(case.asked.get(name, "") != entries[name] for name in names)


def _step(made: CaseEvent, case: RepoCase, entries: Entries, today: date) -> CaseEvent:
    kind, reason, day = EVENT_OF_STEP[entries["Next_Step__c"]], entries["Step_Reason__c"], entries["Step_Date__c"]
    event = replace(made, kind=kind, reason=reason, details={"date": day} if day else {})
    if kind is RepoEvent.ORDER:
        told = {
            "order_type": entries["Order_Type__c"], "channel": _CHANNEL_OF.get(entries["Order_By__c"], ""),
            "instructions": entries["Order_Instructions__c"],
        }  # fmt: skip
        return replace(event, details=told)
    if kind is RepoEvent.FAILED:
        promised = entries["Promised_Date__c"]
        word = _WORD_OF_FAILURE.get(entries["Attempt_Result__c"], "")
        why, details = failed_attempt(word, reason, date.fromisoformat(promised) if promised else None)
        return replace(event, reason=why, details={**event.details, **details})
    if kind is RepoEvent.REPOSSESSED:
        (recorded,) = _recording(case, entries, today).judge([case.asset], today)
        return replace(event, reason=reason or recorded.reason, details=recorded.details)
    return event


def _recording(case: RepoCase, entries: Entries, today: date) -> Recording:
    day, quantity = entries["Step_Date__c"], entries["Recovered_Quantity__c"]
    return Recording(
        day=date.fromisoformat(day) if day else today, staff=entries["Recovered_By__c"],
        unit_number=entries["Recovered_Unit__c"], condition=entries["Recovered_Condition__c"],
        returned={case.asset: int(float(quantity)) if quantity else 1},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoldRule:
    """Hears of holds that people set, change, lift or delete in Salesforce (P31)."""

    hub: Hub

    @property
    def object(self) -> str:
        return HOLD.api_name

    @property
    def fields(self) -> tuple[str, ...]:
        return (
            "Lease_Account__r.LeaseWorks_Id__c", "Kind__c", "From__c", "Until__c", "Reason__c", "Lifted__c",
            "IsDeleted",
        )  # fmt: skip

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        reference = edited.key or edited.id
        with reading(self.hub.engine) as connection:
            known = account_holds(self.hub, connection).find(reference)
        hold = _hold(edited, reference, known)
        if hold == known:
            return None
        who = edited.modified_by
        refuse_unless_allowed(self.hub.repossession.role_of(edited.login), "hold", who=who, record=f"hold {reference}")

        def act(connection: Connection) -> Json:
            office = RepoOffice(self.hub, connection, handling.now, handling.run_id)
            office.holds.set(hold)
            office.holds.note("hold changed" if known else "hold set", hold, by=who, now=handling.now)
            office.held_anew(hold.account)
            return {"hold": reference}

        return act


def _hold(edited: EditedRecord, reference: str, known: Hold | None) -> Hold:
    fields, record = edited.fields, f"hold {reference}"
    account = str(fields["Lease_Account__r.LeaseWorks_Id__c"] or "")
    if not account:
        raise RecordRejected(
            "its lease account is none that LeaseWorks knows", record=record, field="Lease_Account__c",
            remedy="Set the hold on the account that LeaseWorks has.", code="UNKNOWN_ACCOUNT",
        )  # fmt: skip
    lifted = bool(fields["IsDeleted"]) or bool(fields["Lifted__c"])
    was_lifted = known is not None and known.lifted_at is not None
    until = fields["Until__c"]
    return Hold(
        reference, account, hold_kind(str(fields["Kind__c"]), record=record),
        date.fromisoformat(str(fields["From__c"])), date.fromisoformat(str(until)) if until else None,
        str(fields["Reason__c"] or ""), known.set_by if known else edited.modified_by,
        known.set_at if known else edited.modified_at,
        (known.lifted_at if known and was_lifted else _lifted_at(edited)) if lifted else None,
        (known.lifted_by if known and was_lifted else edited.modified_by) if lifted else "",
    )  # fmt: skip


def _lifted_at(edited: EditedRecord) -> datetime:
    day = edited.fields["Lifted__c"]
    return at_noon(date.fromisoformat(str(day))) if day else edited.modified_at
