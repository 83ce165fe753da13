"""What people do with remarketing requests in Salesforce: make and change them, and set their status (R04 to R09)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.target import to_target
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.remarketing import REQUESTS, STATUSES, RemarketingOffice, vehicle_for
from drawbar.jobs.remarketing_assets import read_vehicle
from drawbar.mappings import remarketing_request
from drawbar.mappings.remarketing_status import SALESFORCE, key_of
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere, RecordRejected, RetryLater
from drawbar.middleware.remarketing.asked import Act, NewRequest
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.remarketing.statuses import known_status
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.sync.codec import columns_of
from drawbar.middleware.sync.delivery_log import last_told
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json

_VEHICLE: Final = "Vehicle__r.LeaseWorks_Id__c"
_REQUEST: Final = "Remarketing__r.Remarketing_Key__c"
_STORAGE: Final[Mapping[str, str]] = {
    "Storage_Address__c": "address", "Storage_Zip__c": "zip_code", "Storage_State__c": "state",
    "Storage_Country__c": "country", "Storage_Contact__c": "contact", "Storage_Phone__c": "phone",
    "Storage_Fax__c": "fax",
}  # fmt: skip
_EDITED: Final[Mapping[str, str]] = {**_STORAGE, "Priority__c": "priority", "Collector__c": "collector"}
_VENDOR, _REASON, _COMMENT, _TRACKING = "Vendor__c", "Override_Reason__c", "Comment__c", "Tracking_Attributes__c"
_ENTERED: Final = (*_EDITED, _VENDOR, _REASON, _COMMENT, _TRACKING)
_DEFAULTS: Final[Mapping[str, str]] = {"priority": "NORMAL"}


@dataclass(frozen=True, slots=True)
class RemarketingEdits:
    """Implements `EditRule` for requests: one that a person made is numbered; what was changed on one is taken."""

    hub: Hub
    object: str = REQUESTS
    fields: tuple[str, ...] = (_VEHICLE, *_ENTERED)

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        entered = EditedFields(f"remarketing {edited.key or edited.id}", edited.fields)
        values = {name: entered.text(name) for name in _ENTERED}
        role = self.hub.repossession.role_of(edited.login)
        if edited.key:
            _refuse_unknown(self.hub, edited.key)
            return _Changes(self.hub, edited, values, role, handling).act
        read = read_vehicle(self.hub, entered.text(_VEHICLE))
        asked = NewRequest(
            vendor=values[_VENDOR], override_reason=values[_REASON], comment=values[_COMMENT],
            priority=values["Priority__c"] or "NORMAL", collector=values["Collector__c"],
            storage={name: values[field] for field, name in _STORAGE.items() if values[field]},
        )  # fmt: skip

        def act(connection: Connection) -> Json:
            office = RemarketingOffice(self.hub, connection, handling.now, handling.run_id)
            made = office.request(read, asked, _act(edited, "request"), role).request
            office.name(REQUESTS, edited.id, made.number)
            if values[_TRACKING]:
                read_values = tracked(values[_TRACKING], record=made.record)
                office.track(made.number, read_values, _act(edited, _TRACKING), role)
            return {"remarketing": made.number, "vendor": made.order.vendor}

        return act


@dataclass(frozen=True, slots=True)
class _Changes:
    """What a person changed on a request: fields that differ from what Salesforce was told, and from what is so."""

    hub: Hub
    edited: EditedRecord
    values: Mapping[str, str]
    role: Role | None
    handling: Handling

    def act(self, connection: Connection) -> Json:
        office = RemarketingOffice(self.hub, connection, self.handling.now, self.handling.run_id)
        number = self.edited.key
        changed = set(self._changed(office, connection))
        edits = {_EDITED[name]: self.values[name] for name in sorted(changed & _EDITED.keys())}
        if edits:
            given = {name: value or _DEFAULTS.get(name, "") for name, value in edits.items()}
            office.edit(number, given, self._named("edit", given), self.role)
        if _VENDOR in changed:
            named = {name: self.values[name] for name in (_VENDOR, _REASON)}
            office.assign(number, named[_VENDOR], named[_REASON], self._named(_VENDOR, named), self.role)
        if _TRACKING in changed:
            told = tracked(self.values[_TRACKING], record=f"remarketing request {number}")
            known = dict.fromkeys(office.desk.attributes(number), "")
            office.track(number, known | told, self._named(_TRACKING, told), self.role)
        if _COMMENT in changed:
            named = {_COMMENT: self.values[_COMMENT]}
            office.comment(number, self.values[_COMMENT], self._named(_COMMENT, named), self.role)
        return {"remarketing": number, "changed": sorted(changed)}

    def _changed(self, office: RemarketingOffice, connection: Connection) -> Iterator[str]:
        request = office.book.get(self.edited.key)
        mapped = remarketing_request.to_salesforce(office.standing(request), now=self.handling.now)
        is_so = columns_of(to_target(mapped))
        told = last_told(connection, TARGET, REQUESTS, self.edited.key)
        for name in _ENTERED:
            if self.values[name] not in (_text(told.get(name)), _text(is_so.get(name))):
                yield name

    def _named(self, what: str, values: Mapping[str, str]) -> Act:
        """Name an edit by its time and by what was entered: SystemModstamp counts seconds."""
        entered = hashlib.sha256(json.dumps(dict(values), sort_keys=True).encode()).hexdigest()[:16]
        return _act(self.edited, f"{self.edited.modified_at:%Y%m%dT%H%M%S} {what} {entered}")


@dataclass(frozen=True, slots=True)
class StatusEdits:
    """Implements `EditRule` for the history: a status that a person made there is the next one, where it may be."""

    hub: Hub
    object: str = STATUSES
    fields: tuple[str, ...] = (_REQUEST, "Status__c", "Comment__c", "External_Reference__c")

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Take the step once; a change that has its key already is history."""
        if edited.key:
            return None
        entered = EditedFields(f"remarketing status {edited.id}", edited.fields)
        number = entered.text(_REQUEST)
        if not number:
            raise RetryLater(
                "its request has no number yet", record=entered.record, remedy="It is tried again by itself."
            )
        status = known_status(entered.text("Status__c"), record=f"remarketing request {number}")
        _refuse_unknown(self.hub, number)
        read = vehicle_for(self.hub, number, status)
        role = self.hub.repossession.role_of(edited.login)

        def act(connection: Connection) -> Json:
            office = RemarketingOffice(self.hub, connection, handling.now, handling.run_id)
            before = len(office.book.history(number))
            named = _act(edited, "status")
            moved = office.step(
                number, status, named, role, comment=entered.text("Comment__c"),
                reference=entered.text("External_Reference__c"), read=read,
            )  # fmt: skip
            after = len(office.book.history(number))
            if moved.new and after == before:
                raise RecordRejected(
                    f"it is {status} already", record=moved.request.record, field="Status__c", code="NO_STEP",
                    remedy="Delete this record; a comment alone is entered on the request.",
                )  # fmt: skip
            if moved.new:
                office.name(STATUSES, edited.id, key_of(number, after))
            return {"remarketing": number, "status": moved.request.status.value}

        return act


def _refuse_unknown(hub: Hub, number: str) -> None:
    """Raise RecordRejected for a number that Salesforce has and the hub does not."""
    with reading(hub.engine) as connection:
        try:
            RemarketingBook(connection).get(number)
        except NotThere:
            raise RecordRejected(
                f"the hub has no request {number}", record=f"remarketing request {number}", code="UNKNOWN_REQUEST",
                field="Remarketing_Key__c", remedy="Make a new request; was the hub's database restored?",
            ) from None  # fmt: skip


def tracked(text: str, *, record: str) -> dict[str, str]:
    """Read tracking attributes as people enter them, one a line: `name: value`; RecordRejected names a wrong line."""
    found: dict[str, str] = {}
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        name, colon, value = line.partition(":")
        if not colon or name.strip() in found:
            raise RecordRejected(
                f"line {number} is not: name: value, each name once", record=record, field=_TRACKING,
                remedy="Write one attribute a line.", code="ATTRIBUTES",
            )  # fmt: skip
        found[name.strip()] = value.strip()
    return found


def _act(edited: EditedRecord, what: str) -> Act:
    return Act(SALESFORCE, f"{edited.id} {what}", edited.modified_by)


def _text(value: object) -> str:
    return "" if value is None else str(value)
