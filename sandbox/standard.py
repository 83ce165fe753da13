"""The standard objects: Account, Contact and Case as a real org describes them, and the few around them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from drawbar.sandbox.schema import ChildRelationship, Field, PicklistValue, SObject

DESCRIBES = Path(__file__).parent / "describes"
RECORDED = ("Account", "Contact", "Case")
LONGEST_SHORT_TEXT = 255
CLOSED_STATUSES = frozenset({"Closed"})
TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")


def recorded_objects() -> Iterator[SObject]:
    """Read the recorded describes; what is custom in them belonged to the org that was recorded and is left out."""
    for name in RECORDED:
        yield recorded_object(json.loads((DESCRIBES / f"{name}.json").read_text()))


def recorded_object(describe: Mapping[str, Any]) -> SObject:
    """Turn the body of a describe call into an object of the schema."""
    kept = {key: value for key, value in describe.items() if key not in {"fields", "childRelationships"}}
    children = (_child(each) for each in describe["childRelationships"] if each["relationshipName"])
    return SObject(
        name=describe["name"],
        label=describe["label"],
        label_plural=describe["labelPlural"],
        key_prefix=describe["keyPrefix"],
        fields=tuple(recorded_field(each) for each in describe["fields"] if not each["name"].endswith("__c")),
        children=tuple(children),
        recorded=kept,
    )


def _child(relationship: Mapping[str, Any]) -> ChildRelationship:
    return ChildRelationship(
        child=relationship["childSObject"],
        field=relationship["field"],
        relationship_name=relationship["relationshipName"],
        cascade_delete=relationship["cascadeDelete"],
        restricted_delete=relationship["restrictedDelete"],
    )


def recorded_field(describe: Mapping[str, Any]) -> Field:
    """Turn one field of a describe call into a field of the schema."""
    return Field(
        name=describe["name"],
        label=describe["label"],
        type=describe["type"],
        length=describe["length"],
        precision=describe["precision"] or describe["digits"],
        scale=describe["scale"],
        nillable=describe["nillable"],
        createable=describe["createable"],
        updateable=describe["updateable"],
        unique=describe["unique"],
        case_sensitive=describe["caseSensitive"],
        external_id=describe["externalId"],
        id_lookup=describe["idLookup"],
        restricted_picklist=describe["restrictedPicklist"],
        picklist=tuple(_recorded_value(each, describe["name"]) for each in describe["picklistValues"]),
        reference_to=tuple(describe["referenceTo"]),
        relationship_name=describe["relationshipName"] if describe["type"] == "reference" else None,
        auto_number="{00000000}" if describe["autoNumber"] else None,
        starting_number=1000 if describe["autoNumber"] else 1,
        default_value=describe["defaultValue"],
        name_field=describe["nameField"],
        compound=describe["compoundFieldName"],
        long_text=describe["type"] == "textarea" and describe["length"] > LONGEST_SHORT_TEXT,
        recorded=describe,
    )


def _recorded_value(value: Mapping[str, Any], field_name: str) -> PicklistValue:
    closed = field_name == "Status" and value["value"] in CLOSED_STATUSES
    return PicklistValue(value["value"], value["label"], value["active"], value["defaultValue"], closed)


def text(name: str, length: int, label: str = "", **more: Any) -> Field:
    """A line of text."""
    return Field(name, label or name, "string", length=length, **more)


def flag(name: str, label: str = "", *, default: bool = False, **more: Any) -> Field:
    """A check box."""
    return Field(name, label or name, "boolean", nillable=False, default_value=default, **more)


def lookup(name: str, *targets: str, label: str = "", **more: Any) -> Field:
    """A reference to a record of one of `targets`."""
    settings = {"relationship_name": name.removesuffix("Id"), **more}
    return Field(name, label or name, "reference", length=18, reference_to=targets, **settings)


def choice(name: str, *values: str, label: str = "", **more: Any) -> Field:
    """A restricted picklist."""
    picklist = tuple(PicklistValue(value, value) for value in values)
    return Field(name, label or name, "picklist", length=40, picklist=picklist, restricted_picklist=True, **more)


def record_id() -> Field:
    """The Id of any object."""
    return Field("Id", "Record ID", "id", length=18, nillable=False, createable=False, updateable=False, id_lookup=True)


def audit_fields() -> tuple[Field, ...]:
    """Who made and changed a record, and when; the org sets them."""
    locked: dict[str, Any] = {"nillable": False, "createable": False, "updateable": False}
    return (
        Field("CreatedDate", "Created Date", "datetime", **locked),
        lookup("CreatedById", "User", label="Created By ID", **locked),
        Field("LastModifiedDate", "Last Modified Date", "datetime", **locked),
        lookup("LastModifiedById", "User", label="Last Modified By ID", **locked),
        Field("SystemModstamp", "System Modstamp", "datetime", **locked),
    )


def is_deleted() -> Field:
    """Whether a record lies in the recycle bin."""
    return Field("IsDeleted", "Deleted", "boolean", nillable=False, createable=False, updateable=False)


def owner(*targets: str) -> Field:
    """The user or queue that a record belongs to."""
    return lookup("OwnerId", *targets, label="Owner ID", nillable=False)


def _minimal(name: str, prefix: str, *fields: Field, writable: bool = False, plural: str = "") -> SObject:
    return SObject(
        name=name,
        label=name,
        label_plural=plural or f"{name}s",
        key_prefix=prefix,
        fields=(record_id(), *fields, *audit_fields()),
        createable=writable,
        updateable=writable,
        deletable=writable and name != "User",
    )


def minimal_objects() -> tuple[SObject, ...]:
    """The objects around the records that clients ask for; each with the fields that they read."""
    name = text("Name", 255, nillable=False, name_field=True)
    developer_name = text("DeveloperName", 80, "Developer Name")
    return (
        _minimal(
            "User",
            "005",
            text("Username", 80, nillable=False, unique=True, id_lookup=True),
            text("LastName", 80, "Last Name", nillable=False, compound="Name"),
            text("FirstName", 40, "First Name", compound="Name"),
            text("Name", 121, "Full Name", createable=False, updateable=False, name_field=True),
            Field("Email", "Email", "email", length=128, nillable=False),
            text("Alias", 8, nillable=False),
            flag("IsActive", "Active", default=True),
            lookup("ProfileId", "Profile", label="Profile ID"),
            text("UserType", 40, "User Type", createable=False, updateable=False),
            text("TimeZoneSidKey", 40, "Time Zone"),
            text("LocaleSidKey", 40, "Locale"),
            text("LanguageLocaleKey", 40, "Language"),
            text("EmailEncodingKey", 40, "Email Encoding"),
            text("FederationIdentifier", 512, "SAML Federation ID", unique=True, id_lookup=True),
            writable=True,
        ),
        _minimal(
            "Organization",
            "00D",
            name,
            text("OrganizationType", 40, "Edition"),
            flag("IsSandbox", "Is Sandbox"),
            text("InstanceName", 5, "Instance Name"),
            text("NamespacePrefix", 15, "Namespace Prefix"),
            text("TimeZoneSidKey", 40, "Time Zone"),
            text("DefaultLocaleSidKey", 40, "Locale"),
            text("LanguageLocaleKey", 40, "Language"),
        ),
        _minimal(
            "Task",
            "00T",
            text("Subject", 255),
            choice("Status", *TASK_STATUSES, nillable=False, default_value=TASK_STATUSES[0]),
            choice("Priority", "High", "Normal", "Low", nillable=False, default_value="Normal"),
            lookup("WhatId", "Account", "Case", label="Related To ID"),
            lookup("WhoId", "Contact", label="Name ID"),
            Field("ActivityDate", "Due Date Only", "date"),
            text("Description", 32_000, long_text=True),
            owner("Group", "User"),
            is_deleted(),
            writable=True,
        ),
        _minimal("Profile", "00e", name, text("UserType", 40, "User Type")),
        _minimal(
            "RecordType",
            "012",
            text("Name", 80, nillable=False, id_lookup=True, name_field=True),
            developer_name,
            Field("SobjectType", "SObject Type Name", "picklist", length=40),
            flag("IsActive", "Active", default=True),
            text("Description", 255),
            text("NamespacePrefix", 15, "Namespace Prefix"),
        ),
        _minimal(
            "Group",
            "00G",
            name,
            developer_name,
            choice("Type", "Queue", "Regular"),
            Field("Email", "Email", "email", length=255),
            writable=True,
        ),
        _minimal(
            "GroupMember",
            "011",
            lookup("GroupId", "Group", nillable=False, updateable=False),
            lookup("UserOrGroupId", "User", "Group", relationship_name=None, nillable=False, updateable=False),
            writable=True,
        ),
        _minimal(
            "QueueSobject",
            "03g",
            lookup("QueueId", "Group", nillable=False, updateable=False),
            Field("SobjectType", "Sobject Type", "picklist", length=40, updateable=False),
            writable=True,
        ),
        _minimal(
            "PermissionSet",
            "0PS",
            text("Name", 80, "Permission Set Name", nillable=False, name_field=True),
            text("Label", 80, "Permission Set Label"),
            flag("IsOwnedByProfile", "Is Owned By Profile"),
        ),
        _minimal(
            "PermissionSetGroup",
            "0PG",
            text("DeveloperName", 80, "API Name", nillable=False, name_field=True),
            text("MasterLabel", 80, "Label"),
            choice("Status", "Updated", "Outdated", "Updating", "Failed"),
        ),
        _minimal(
            "PermissionSetAssignment",
            "0Pa",
            lookup("PermissionSetId", "PermissionSet", updateable=False),
            lookup("PermissionSetGroupId", "PermissionSetGroup", updateable=False),
            lookup("AssigneeId", "User", nillable=False, updateable=False),
            writable=True,
        ),
    )
