"""Values as Salesforce keeps them, so that what was sent and what is read back can be compared.

Salesforce cuts blanks off both ends of a text and keeps none for an empty one, words line ends as CR LF, rounds
numbers to the decimals of their field, and drops the fraction of a second. It may write e-mail addresses small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from drawbar.connectors.salesforce.fields import (
    AnyLookup,
    Checkbox,
    Date,
    DateTime,
    Email,
    Field,
    Formula,
    Lookup,
    Number,
)
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS, object_fields
from drawbar.middleware.records import Reference, Scalar

RECORD_TYPE_NAME = "RecordType.DeveloperName"


@dataclass(frozen=True, slots=True)
class ComparedField:
    """A field that Drawbar sets and answers for.

    `name` is its name in a TargetRecord (a parent's relationship for a lookup), `path` the one in a query.
    `stored` gives a value of ours as Salesforce keeps it, a parent by its key; `read` understands a cell of a Bulk
    query the same way. A cell that does not fit the field's type stays text, and so differs.
    """

    name: str
    path: str
    field: Field
    stored: Callable[[Scalar | Reference], Scalar]
    read: Callable[[str], Scalar]


@cache
def compared_fields(object_name: str) -> tuple[ComparedField, ...]:
    """Give the fields of an object that may be compared.

    Left out are the key, what Salesforce owns or works out, what only tells of the delivery, lookups to several
    objects, and what people may change after Drawbar has set it.
    """
    return tuple(
        _compared(each)
        for each in object_fields(object_name)
        if each.owner != "Salesforce"
        and not isinstance(each, Formula)
        and not each.bookkeeping
        and not isinstance(each, AnyLookup)
        and each.sending == "with the record"
        and each.api_name != EXTERNAL_IDS[object_name]
    )


def _compared(field: Field) -> ComparedField:
    if isinstance(field, Lookup):
        path = RECORD_TYPE_NAME if field.to == "RecordType" else f"{field.relationship}.{EXTERNAL_IDS[field.to]}"
        return ComparedField(field.relationship, path, field, _parent_key, lambda cell: cell or None)
    stored = _stored_as(field)
    return ComparedField(field.api_name, field.api_name, field, stored, lambda cell: _read(stored, cell))


def _parent_key(value: Scalar | Reference) -> Scalar:
    return (value.key or None) if isinstance(value, Reference) else value


def _read(stored: Callable[[Scalar | Reference], Scalar], cell: str) -> Scalar:
    try:
        return stored(cell)
    except (ValueError, InvalidOperation):
        return cell


def _stored_as(field: Field) -> Callable[[Scalar | Reference], Scalar]:
    """Give the function that turns a value, or the text of one, into what the field keeps."""
    if isinstance(field, Number):
        unit = Decimal(1).scaleb(-field.scale)
        return lambda value: None if value in (None, "") else Decimal(str(value)).quantize(unit, ROUND_HALF_UP)
    if isinstance(field, DateTime):
        return _instant
    if isinstance(field, Date):
        return _day
    if isinstance(field, Checkbox):
        return lambda value: value is True or value == "true"
    return _small_text if isinstance(field, Email) else _text


def _instant(value: Scalar | Reference) -> Scalar:
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    return moment.astimezone(UTC).replace(microsecond=0) if isinstance(moment, datetime) else None


def _day(value: Scalar | Reference) -> Scalar:
    return date.fromisoformat(value) if isinstance(value, str) and value else (value if value != "" else None)  # type: ignore[return-value]


def _text(value: Scalar | Reference) -> Scalar:
    if value is None:
        return None
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip() or None


def _small_text(value: Scalar | Reference) -> Scalar:
    text = _text(value)
    return text.lower() if isinstance(text, str) else text
