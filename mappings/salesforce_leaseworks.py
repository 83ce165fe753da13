"""What people enter in Salesforce → rows of LeaseWorks' import (P03, P05, P27, F05, F11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypeVar

from pydantic import ValidationError

from drawbar.connectors.leaseworks.import_records import ImportRow, NoteRow, PromiseRow, VehicleRow
from drawbar.connectors.leaseworks.records import ContactChannel
from drawbar.mappings.words import line, optional_lines
from drawbar.middleware.errors import RecordRejected

Row = TypeVar("Row", bound=ImportRow)

Fields = Mapping[str, object]
"""Fields by API name, as REST JSON gives them."""

ACCOUNT: Final = "Lease_Account__r.LeaseWorks_Id__c"
NOTE_FIELDS: Final = (
    ACCOUNT, "Written_At__c", "CreatedDate", "Author__c", "CreatedBy.Name", "Channel__c", "Note__c"
)  # fmt: skip
PROMISE_FIELDS: Final = (
    ACCOUNT, "Promised_Date__c", "Amount__c", "Taken_Date__c", "CreatedDate", "Taken_By__c", "CreatedBy.Name",
    "Channel__c",
)  # fmt: skip
VISIT_FIELDS: Final = (
    ACCOUNT, "Visited_At__c", "CreatedDate", "Rep__c", "CreatedBy.Name", "Latitude__c", "Longitude__c",
    "Disposition__c", "Comments__c", "Follow_Up_Date__c", "Promise_Amount__c", "Promise_Date__c",
)  # fmt: skip
VEHICLE_FIELDS: Final = (
    "Disposition__c", "Condition__c", "Storage_Place__c", "Storage_State__c", "Market_Value__c",
    "Odometer_Reading__c", "Odometer_Read_Date__c",
)  # fmt: skip

_LONGEST_AUTHOR: Final = 60
_LIMITS: Final = {"Latitude__c": 90, "Longitude__c": 180}


def to_note(key: str, fields: Fields) -> NoteRow:
    """Map a note; one that names no author and no time is by who made it, at that time.

    Raises RecordRejected for a note without account, channel or text.
    """
    record = f"Collection_Note__c {key}"
    text = optional_lines(_text(fields, "Note__c"))
    if text is None:
        raise _missing(record, "Note__c", "Write what was said.")
    return _row(
        NoteRow, record, note_number=key, account_number=_account(fields, record), written_at=written_at(fields),
        author=author_of(fields, "Author__c"), channel=_channel(fields, record), text=text,
    )  # fmt: skip


def written_at(fields: Fields) -> datetime:
    """Give when a note was written: as it says, or when it was made."""
    return datetime.fromisoformat(_text(fields, "Written_At__c") or _text(fields, "CreatedDate")).astimezone(UTC)


def author_of(fields: Fields, name: str) -> str:
    """Give who wrote a note or took a promise: as it says, or who made the record."""
    return line(_text(fields, name) or _text(fields, "CreatedBy.Name"))[:_LONGEST_AUTHOR]


def to_promise(key: str, fields: Fields) -> PromiseRow:
    """Map a promise; one that does not say who took it and when was taken by who made the record, on that day (UTC).

    Raises RecordRejected for a promise without account or channel, or of no money.
    """
    record = f"Promise_To_Pay__c {key}"
    made = datetime.fromisoformat(_text(fields, "CreatedDate")).astimezone(UTC).date().isoformat()
    return _row(
        PromiseRow, record, promise_key=key, account_number=_account(fields, record),
        promised_for=date.fromisoformat(_text(fields, "Promised_Date__c")), amount=_money(fields["Amount__c"]),
        taken_on=date.fromisoformat(_text(fields, "Taken_Date__c") or made),
        taken_by=author_of(fields, "Taken_By__c"), channel=_channel(fields, record),
    )  # fmt: skip


def to_visit_note(key: str, fields: Fields, *, dispositions: Sequence[str], now: datetime) -> NoteRow:
    """Map a visit to a note of it; one that names no rep and no time is by who entered it, at that time.

    Raises RecordRejected for a visit without account, of a disposition that is none of `dispositions`, that has not
    been yet, or with a position or a follow-up that cannot be.
    """
    record = f"Field_Visit__c {key}"
    at = visited_at(fields)
    if at > now:
        raise _refused("is still to come", record, "Visited_At__c", "FUTURE", "Enter when the rep was there.")
    said = [
        f"Field visit: {_disposition(fields, record, dispositions)}.", _text(fields, "Comments__c").strip(),
        _follow_up(fields, record, at.date()), _promised(fields, record, at.date()), _position(fields, record),
    ]  # fmt: skip
    return _row(
        NoteRow, record, note_number=key, account_number=_account(fields, record), written_at=at,
        author=author_of(fields, "Rep__c"), channel=ContactChannel.IN_PERSON,
        text=optional_lines("\n".join(filter(None, said))),
    )  # fmt: skip


def to_visit_promise(key: str, fields: Fields) -> PromiseRow | None:
    """Map what was promised on a visit, taken by the rep on its day (UTC); None when nothing was."""
    if fields["Promise_Amount__c"] is None and not _text(fields, "Promise_Date__c"):
        return None
    record = f"Field_Visit__c {key}"
    return _row(
        PromiseRow, record, promise_key=key, account_number=_account(fields, record),
        promised_for=date.fromisoformat(_text(fields, "Promise_Date__c")), amount=_money(fields["Promise_Amount__c"]),
        taken_on=visited_at(fields).date(), taken_by=author_of(fields, "Rep__c"), channel=ContactChannel.IN_PERSON,
    )  # fmt: skip


def visited_at(fields: Fields) -> datetime:
    """Give when a rep was there: as the visit says, or when it was entered."""
    return datetime.fromisoformat(_text(fields, "Visited_At__c") or _text(fields, "CreatedDate")).astimezone(UTC)


def _disposition(fields: Fields, record: str, known: Sequence[str]) -> str:
    word = _text(fields, "Disposition__c")
    if not word:
        raise _missing(record, "Disposition__c", "Choose what came of the visit.")
    if word not in known:
        raise _refused(
            f"{word!r} is no disposition of a visit that the hub knows", record, "Disposition__c", "UNKNOWN_CODE",
            f"Choose one of {', '.join(known)}; or add it to collections.visit_dispositions.",
        )  # fmt: skip
    return word


def _follow_up(fields: Fields, record: str, visited: date) -> str:
    day = _text(fields, "Follow_Up_Date__c")
    if day and date.fromisoformat(day) < visited:
        raise _refused(
            f"{day} is before the visit", record, "Follow_Up_Date__c", "BEFORE_VISIT", "Enter a day after the visit."
        )
    return f"Follow up on {day}." if day else ""


def _promised(fields: Fields, record: str, visited: date) -> str:
    amount, day = _money(fields["Promise_Amount__c"]), _text(fields, "Promise_Date__c")
    if amount is None and not day:
        return ""
    if amount is None or amount <= 0:
        raise _refused("is no amount", record, "Promise_Amount__c", "MISSING", "Enter what was promised, or no day.")
    if not day:
        raise _missing(record, "Promise_Date__c", "Enter the day by which it was promised, or no amount.")
    if date.fromisoformat(day) < visited:
        raise _refused(
            f"{day} is before the visit", record, "Promise_Date__c", "BEFORE_VISIT", "Enter the day that was promised."
        )
    return f"Promised {amount:,.2f} by {day}."


def _position(fields: Fields, record: str) -> str:
    degrees = [_money(fields[name]) for name in _LIMITS]
    for (name, limit), value in zip(_LIMITS.items(), degrees, strict=True):
        if value is None and any(each is not None for each in degrees):
            raise _missing(record, name, "Enter latitude and longitude, or neither.")
        if value is not None and abs(value) > limit:
            reason, remedy = f"{value} lies beyond {limit} degrees", "Enter degrees; west and south are negative."
            raise _refused(reason, record, name, "NO_PLACE", remedy)
    return "" if degrees[0] is None else f"Position {degrees[0]:f}, {degrees[1]:f}."


def to_vehicle(key: str, fields: Fields) -> VehicleRow:
    """Map all that Salesforce owns of a vehicle."""
    reading, read_on = fields["Odometer_Reading__c"], _text(fields, "Odometer_Read_Date__c")
    return _row(
        VehicleRow, f"Vehicle__c {key}", asset_number=key, disposition=_text(fields, "Disposition__c"),
        condition=_text(fields, "Condition__c"), storage_place=line(_text(fields, "Storage_Place__c")),
        storage_state=_text(fields, "Storage_State__c"), market_value=_money(fields["Market_Value__c"]),
        odometer=None if reading is None else int(Decimal(str(reading))),
        odometer_on=date.fromisoformat(read_on) if read_on else None,
    )  # fmt: skip


def _row(kind: type[Row], record: str, **values: object) -> Row:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise RecordRejected(
            f"{first['msg']}, as LeaseWorks takes it", record=record, field=str(first["loc"][0]), code="NOT_TAKEN",
            remedy="Correct the record in Salesforce.",
        ) from None  # fmt: skip


def _account(fields: Fields, record: str) -> str:
    account = _text(fields, ACCOUNT)
    if not account:
        raise RecordRejected(
            "its lease account is none of LeaseWorks'", record=record, field="Lease_Account__c", code="NO_ACCOUNT",
            remedy="Make it anew on a lease account that has a LeaseWorks ID.",
        )  # fmt: skip
    return account


def _channel(fields: Fields, record: str) -> ContactChannel:
    word = _text(fields, "Channel__c")
    if not word:
        raise _missing(record, "Channel__c", "Choose how lessee and lessor spoke.")
    try:
        return ContactChannel(word)
    except ValueError:
        raise RecordRejected(
            f"{word!r} is no channel that LeaseWorks has", record=record, field="Channel__c", code="UNKNOWN_CODE",
            remedy=f"Choose one of {', '.join(ContactChannel)}.",
        ) from None  # fmt: skip


def _missing(record: str, field: str, remedy: str) -> RecordRejected:
    return _refused("is empty", record, field, "MISSING", remedy)


def _refused(message: str, record: str, field: str, code: str, remedy: str) -> RecordRejected:
    return RecordRejected(message, record=record, field=field, code=code, remedy=remedy)


def _text(fields: Fields, name: str) -> str:
    value = fields[name]
    return "" if value is None else str(value)


def _money(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
