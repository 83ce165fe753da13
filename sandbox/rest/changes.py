"""What has changed or been deleted in a span of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.rest.call import Answer, Call
from drawbar.sandbox.rest.router import Endpoint, endpoint
from drawbar.sandbox.tables import BIN, quoted
from drawbar.sandbox.values import instant

KEPT = timedelta(days=30)
"""How long the org tells of a change."""


def change_endpoints() -> list[Endpoint]:
    """Give the endpoints of replication."""
    return [
        endpoint("GET HEAD", "/sobjects/{object}/updated", updated),
        endpoint("GET HEAD", "/sobjects/{object}/deleted", deleted),
    ]


def updated(call: Call) -> Answer:
    """List the ids of the records that were created or changed between `start` and `end`."""
    sobject = call.sobject(call.parts["object"])
    start, end = _span(call)
    alive = ' AND "IsDeleted" = 0' if sobject.field("IsDeleted") else ""
    rows = call.org.read(
        f'SELECT "Id" FROM {quoted(sobject.name)} WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ?{alive}'  # noqa: S608 - names of the schema
        ' ORDER BY "SystemModstamp", "Id"',
        (instant(start), instant(end)),
    )
    return Answer(200, {"ids": [row[0] for row in rows], "latestDateCovered": instant(min(end, call.org.now()))})


def deleted(call: Call) -> Answer:
    """List the records that were deleted between `start` and `end`, also those that are gone for good."""
    sobject = call.sobject(call.parts["object"])
    start, end = _span(call)
    rows = call.org.read(
        f"SELECT id, deleted_at FROM {BIN} WHERE object = ? AND deleted_at >= ? AND deleted_at < ?"  # noqa: S608 - a name of ours
        " ORDER BY deleted_at, id",
        (sobject.name, instant(start), instant(end)),
    )
    return Answer(
        200,
        {
            "deletedRecords": [{"id": row[0], "deletedDate": row[1]} for row in rows],
            "earliestDateAvailable": instant(call.org.now() - KEPT),
            "latestDateCovered": instant(min(end, call.org.now())),
        },
    )


def _span(call: Call) -> tuple[datetime, datetime]:
    start, end = _moment(call, "start"), _moment(call, "end")
    if end <= start:
        raise SalesforceError("INVALID_REPLICATION_DATE", "startDate must be before endDate")
    if start < call.org.now() - KEPT:
        raise SalesforceError("INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
    return start, end


def _moment(call: Call, name: str) -> datetime:
    given = call.query.get(name, "")
    try:
        # A plus that was not escaped in the address arrives as a blank.
        moment = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError as problem:
        raise SalesforceError("INVALID_REPLICATION_DATE", f"{name} is no date and time: {given}") from problem
    if moment.tzinfo is None:
        raise SalesforceError("INVALID_REPLICATION_DATE", f"{name} has no time zone: {given}")
    return moment
