"""What is in an org from its first day: the organization, its users and profile, the Case queue, record types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from drawbar.sandbox.ids import metadata_id, new_id
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.store import Org, system_clock
from drawbar.sandbox.tables import quoted, table_name
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.values import Stored
from drawbar.sandbox.writing.defaults import QUEUE_DEVELOPER_NAME

ORGANIZATION_ID = new_id("00D", 1)
INTEGRATION_USER_ID = new_id("005", 1)
COLLECTOR_USER_ID = new_id("005", 2)
PROFILE_ID = new_id("00e", 1)
QUEUE_ID = new_id("00G", 1)
DEFAULT_USERNAME = "integration@drawbar.example"
COLLECTOR_USERNAME = "collector@drawbar.example"

Row = Mapping[str, Stored]


def open_org(
    path: Path,
    schema: Schema,
    *,
    clock: Callable[[], datetime] = system_clock,
    username: str = DEFAULT_USERNAME,
) -> Org:
    """Open the org in the SQLite file `path`, made if it is not there; `username` is its integration user."""
    org = Org(path, schema, clock=clock)
    with org.transaction() as transaction:
        for object_name, row in _seeds(schema, username):
            _keep(transaction, schema, object_name, row)
        for object_name, count in (("User", 2), ("Group", 1), ("QueueSobject", 1)):
            transaction.reserve(object_name, count)
    return org


def _seeds(schema: Schema, username: str) -> Iterator[tuple[str, Row]]:
    yield "Organization", _organization()
    yield "Profile", {"Id": PROFILE_ID, "Name": "System Administrator", "UserType": "Standard"}
    yield "User", _user(INTEGRATION_USER_ID, username, "Drawbar", "Integration", "drawbar")
    yield "User", _user(COLLECTOR_USER_ID, COLLECTOR_USERNAME, "Casey", "Collector", "casey")
    queue = {"Name": "Unassigned Cases", "DeveloperName": QUEUE_DEVELOPER_NAME, "Type": "Queue"}
    yield "Group", {"Id": QUEUE_ID, **queue}
    yield "QueueSobject", {"Id": new_id("03g", 1), "QueueId": QUEUE_ID, "SobjectType": "Case"}
    yield from _metadata_rows(schema)
    for each in schema.permission_sets:
        if each.for_programs:
            assigned = {"PermissionSetId": metadata_id("0PS", each.name), "AssigneeId": INTEGRATION_USER_ID}
            yield "PermissionSetAssignment", {"Id": metadata_id("0Pa", each.name), **assigned}


def _metadata_rows(schema: Schema) -> Iterator[tuple[str, Row]]:
    """Give the rows by which metadata shows among the records: permission sets, their groups, record types."""
    for each in schema.permission_sets:
        if each.group_of:
            titles = {"DeveloperName": each.name, "MasterLabel": each.label, "Status": "Updated"}
            yield "PermissionSetGroup", {"Id": metadata_id("0PG", each.name), **titles}
        else:
            set_id = metadata_id("0PS", each.name)
            yield "PermissionSet", {"Id": set_id, "Name": each.name, "Label": each.label, "IsOwnedByProfile": 0}
    for sobject in schema:
        for kind in sobject.record_types:
            names = {"Name": kind.label, "DeveloperName": kind.developer_name, "SobjectType": sobject.name}
            yield "RecordType", {"Id": kind.id, "IsActive": int(kind.active), **names}


def keep_metadata_rows(transaction: Transaction, schema: Schema) -> None:
    """Bring permission sets, their groups and record types among the records up to date."""
    for object_name, row in _metadata_rows(schema):
        _keep(transaction, schema, object_name, row)


def _organization() -> Row:
    return {
        "Id": ORGANIZATION_ID,
        "Name": "Drawbar Sandbox",
        "OrganizationType": "Developer Edition",
        "IsSandbox": 1,
        "InstanceName": "LOCAL",
        "TimeZoneSidKey": "UTC",
        "DefaultLocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
    }


def _user(user_id: str, username: str, first_name: str, last_name: str, alias: str) -> Row:
    return {
        "Id": user_id,
        "Username": username,
        "FirstName": first_name,
        "LastName": last_name,
        "Name": f"{first_name} {last_name}",
        "Email": username,
        "Alias": alias,
        "IsActive": 1,
        "ProfileId": PROFILE_ID,
        "UserType": "Standard",
        "TimeZoneSidKey": "UTC",
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
    }


def _keep(transaction: Transaction, schema: Schema, object_name: str, row: Row) -> None:
    """Insert a row, or bring it up to date when the org has it already."""
    sobject = schema.get(object_name)
    if sobject is None:
        return
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), transaction.stamp)
    users = dict.fromkeys(("CreatedById", "LastModifiedById"), INTEGRATION_USER_ID)
    complete: dict[str, Stored] = {**row, **stamps, **users}
    names = ", ".join(map(quoted, complete))
    settings = ", ".join(f"{quoted(each)} = excluded.{quoted(each)}" for each in row if each != "Id")
    transaction.connection.execute(
        f"INSERT INTO {quoted(table_name(sobject))} ({names}) VALUES ({', '.join('?' * len(complete))})"  # noqa: S608 - names of the schema
        f' ON CONFLICT ("Id") DO UPDATE SET {settings}',
        list(complete.values()),
    )
