"""Objects, record types, business processes and tabs."""

from __future__ import annotations

from collections.abc import Iterator

from drawbar.connectors.salesforce.fields import Field
from drawbar.connectors.salesforce.metadata.fields import Children, custom_field
from drawbar.connectors.salesforce.metadata.markup import Node
from drawbar.connectors.salesforce.metadata.views import compact_assignment, view_files
from drawbar.connectors.salesforce.records.catalogue import object_fields
from drawbar.connectors.salesforce.records.sobject import RecordType, SObject


def object_files(sobject: SObject) -> Iterator[tuple[str, Node]]:
    """Give every generated file of one object by its path below `force-app/main/default`."""
    name = sobject.api_name
    folder = f"objects/{sobject.fields_of or name}"
    fields = object_fields(name)
    if not sobject.fields_of:
        yield f"{folder}/{name}.object-meta.xml", _custom_object(sobject, fields)
    for field in fields:
        if field.custom:
            node = custom_field(field, history=sobject.history)
            yield f"{folder}/fields/{field.api_name}.field-meta.xml", node
    yield from view_files(sobject, folder)
    for record_type in sobject.record_types:
        path = f"{folder}/recordTypes/{record_type.name}.recordType-meta.xml"
        yield path, _record_type(record_type)
        if record_type.process:
            path = f"{folder}/businessProcesses/{record_type.process}.businessProcess-meta.xml"
            yield path, _business_process(record_type)
    if sobject.tab_icon:
        yield f"tabs/{name}.tab-meta.xml", Node("CustomTab", [("customObject", True), ("motif", sobject.tab_icon)])


def _custom_object(sobject: SObject, fields: tuple[Field, ...]) -> Node:
    if not sobject.custom:
        return Node("CustomObject", [*compact_assignment(sobject), ("enableHistory", sobject.history)])
    return Node(
        "CustomObject",
        [
            *compact_assignment(sobject),
            ("label", sobject.label),
            ("pluralLabel", sobject.plural),
            ("description", sobject.description),
            ("nameField", _name_field(sobject, fields)),
            ("deploymentStatus", "Deployed"),
            ("sharingModel", sobject.sharing),
            ("visibility", "Public"),
            *_switches(sobject),
        ],
    )


def _switches(sobject: SObject) -> Children:
    on = ("enableBulkApi", "enableReports", "enableSearch", "enableSharing", "enableStreamingApi")
    off = ("allowInChatterGroups", "enableFeeds", "enableLicensing")
    return [
        *((name, True) for name in on),
        *((name, False) for name in off),
        ("enableActivities", sobject.activities),
        ("enableHistory", sobject.history),
    ]


def _name_field(sobject: SObject, fields: tuple[Field, ...]) -> Node:
    if sobject.auto_number is not None:
        counted = sobject.auto_number
        children: Children = [
            ("type", "AutoNumber"),
            ("label", counted.label),
            ("displayFormat", counted.display_format),
        ]
    else:
        name = next(field for field in fields if field.api_name == "Name")
        children = [("type", "Text"), ("label", name.label)]
    if sobject.history:
        children.append(("trackHistory", False))
    return Node("nameField", children)


def _record_type(record_type: RecordType) -> Node:
    children: Children = [
        ("fullName", record_type.name),
        ("label", record_type.label),
        ("description", record_type.description),
        ("active", True),
    ]
    if record_type.process:
        children.append(("businessProcess", record_type.process))
    for picklist, values in record_type.picklists:
        chosen = [("values", _value(value, default=False)) for value in values]
        children.append(("picklistValues", Node("picklistValues", [("picklist", picklist), *chosen])))
    return Node("RecordType", children)


def _business_process(record_type: RecordType) -> Node:
    first = record_type.statuses[0]
    return Node(
        "BusinessProcess",
        [
            ("fullName", record_type.process),
            ("description", record_type.process_description),
            ("isActive", True),
            *(("values", _value(status, default=status == first)) for status in record_type.statuses),
        ],
    )


def _value(value: str, *, default: bool) -> Node:
    return Node("values", [("fullName", value), ("default", default)])


def standard_value_set(values: tuple[str, ...]) -> Node:
    """Give a standard picklist with all its values; Salesforce keeps none that is not named."""
    standard = [
        ("standardValue", Node("standardValue", [("fullName", each), ("default", False), ("label", each)]))
        for each in values
    ]
    return Node("StandardValueSet", [("sorted", False), *standard])
