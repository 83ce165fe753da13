"""Parts of the package that differ from org to org: outbound messages to the hub, and the flows.

An outbound message names the hub's address and a user of the org, so it is made when it is deployed and kept in no
file. Its address holds a secret. The flows leave out what the hub itself has written, by the custom permission that
its user alone has. Sources: Metadata API Developer Guide, "Workflow", "Flow" (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from drawbar.connectors.salesforce.metadata.archive import META, SourceText
from drawbar.connectors.salesforce.metadata.fields import Children
from drawbar.connectors.salesforce.metadata.markup import Node, document
from drawbar.connectors.salesforce.metadata.package import API_VERSION, SOURCE
from drawbar.connectors.salesforce.metadata.permission_sets import HUB_INTEGRATION, SYNC_REQUEST, people_change
from drawbar.connectors.salesforce.records.catalogue import OBJECTS, object_fields
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.connectors.salesforce.records.sync_error import SYNC_ERROR

MESSAGE: Final = "Drawbar_Record_Changed"
ASKED: Final = "Sync_Asked__c"
HEARS_REQUESTS: Final = "Drawbar_Hear_Sync_Request"


@dataclass(frozen=True, slots=True)
class HubPlace:
    """Where the hub takes outbound messages, as which user of the org they are sent, and whether flows send them."""

    address: str = field(repr=False)
    username: str
    active: bool


def told_objects() -> list[SObject]:
    """Give the objects in which people change or log something, which the hub has to hear of."""
    return [
        each
        for each in OBJECTS
        if each is not SYNC_ERROR and (each.logged or any(map(people_change, object_fields(each.api_name))))
    ]


def org_parts(place: HubPlace) -> Iterator[SourceText]:
    """Give a workflow with the outbound message, and a flow that sends it, for each object that people change."""
    for sobject in told_objects():
        name = sobject.api_name
        flow = flow_name(sobject)
        yield SourceText(f"{SOURCE}/workflows/{name}.workflow{META}", document(_workflow(sobject, place)))
        yield SourceText(f"{SOURCE}/flows/{flow}.flow{META}", document(_flow(sobject, active=place.active)))


def event_flow(*, active: bool) -> SourceText:
    """Give the flow that hears `Sync_Request__e` and stamps the record that it names with the time of asking."""
    content = document(_event_flow(active=active))
    return SourceText(f"{SOURCE}/flows/{HEARS_REQUESTS}.flow{META}", content)


def flow_name(sobject: SObject) -> str:
    """Give the name of the flow of an object: `Drawbar_Tell_Promise_To_Pay`."""
    return f"Drawbar_Tell_{sobject.api_name.removesuffix('__c')}"


def _workflow(sobject: SObject, place: HubPlace) -> Node:
    message: Children = [
        ("fullName", MESSAGE),
        ("apiVersion", API_VERSION),
        ("description", f"Tells Drawbar that a {sobject.label} has changed; Drawbar then reads it itself."),
        ("endpointUrl", place.address),
        ("fields", "Id"),
        ("includeSessionId", False),
        ("integrationUser", place.username),
        ("name", "Drawbar Record Changed"),
        ("protected", False),
        ("useDeadLetterQueue", False),
    ]
    return Node("Workflow", [("outboundMessages", Node("outboundMessages", message))])


def _flow(sobject: SObject, *, active: bool) -> Node:
    call: Children = [
        ("name", "Tell_Drawbar"),
        ("label", "Tell Drawbar"),
        ("locationX", 176),
        ("locationY", 323),
        ("actionName", f"{sobject.api_name}.{MESSAGE}"),
        ("actionType", "outboundMessage"),
        ("flowTransactionModel", "CurrentTransaction"),
    ]
    start: Children = [
        ("locationX", 50),
        ("locationY", 0),
        ("connector", Node("connector", [("targetReference", "Tell_Drawbar")])),
        ("filterFormula", f"NOT({{!$Permission.{HUB_INTEGRATION}}})"),
        ("object", sobject.api_name),
        ("recordTriggerType", "CreateAndUpdate"),
        ("triggerType", "RecordAfterSave"),
    ]
    return Node(
        "Flow",
        [
            ("actionCalls", Node("actionCalls", call)),
            ("apiVersion", API_VERSION),
            ("description", f"Sends the outbound message to Drawbar when a person has saved a {sobject.label}."),
            ("environments", "Default"),
            ("interviewLabel", f"Drawbar: tell of {sobject.label} {{!$Flow.CurrentDateTime}}"),
            ("label", f"Drawbar: tell of {sobject.label}"),
            ("processType", "AutoLaunchedFlow"),
            ("start", Node("start", start)),
            ("status", "Active" if active else "Draft"),
        ],
    )


def asked_objects() -> list[SObject]:
    """Give the objects whose records can be asked for: those with the field that says when somebody did."""
    return [each for each in OBJECTS if any(field.api_name == ASKED for field in object_fields(each.api_name))]


def _event_flow(*, active: bool) -> Node:
    asked = asked_objects()
    choose: Children = [
        ("name", "Which_Object"),
        ("label", "Which object"),
        ("locationX", 176),
        ("locationY", 158),
        ("defaultConnectorLabel", "Another one"),
        *(("rules", _is_about(each)) for each in asked),
    ]
    start: Children = [
        ("locationX", 50),
        ("locationY", 0),
        ("connector", _to("Which_Object")),
        ("object", SYNC_REQUEST),
        ("triggerType", "PlatformEvent"),
    ]
    return Node(
        "Flow",
        [
            ("apiVersion", API_VERSION),
            ("decisions", Node("decisions", choose)),
            ("description", "Stamps the record that a Sync Request names, so that Drawbar hears of it."),
            ("environments", "Default"),
            ("interviewLabel", "Drawbar: hear sync request {!$Flow.CurrentDateTime}"),
            ("label", "Drawbar: hear sync request"),
            ("processType", "AutoLaunchedFlow"),
            *(("recordUpdates", _stamp(each, 176 + 264 * place)) for place, each in enumerate(asked)),
            ("start", Node("start", start)),
            ("status", "Active" if active else "Draft"),
        ],
    )


def _stamp_name(sobject: SObject) -> str:
    return f"Stamp_{sobject.api_name.removesuffix('__c')}"


def _to(name: str) -> Node:
    return Node("connector", [("targetReference", name)])


def _is_about(sobject: SObject) -> Node:
    condition: Children = [
        ("leftValueReference", "$Record.Object_Name__c"),
        ("operator", "EqualTo"),
        ("rightValue", Node("rightValue", [("stringValue", sobject.api_name)])),
    ]
    rule: Children = [
        ("name", f"Is_{sobject.api_name.removesuffix('__c')}"),
        ("conditionLogic", "and"),
        ("conditions", Node("conditions", condition)),
        ("connector", _to(_stamp_name(sobject))),
        ("label", sobject.label),
    ]
    return Node("rules", rule)


def _stamp(sobject: SObject, across: int) -> Node:
    named: Children = [
        ("field", "Id"),
        ("operator", "EqualTo"),
        ("value", Node("value", [("elementReference", "$Record.Record_Id__c")])),
    ]
    asked: Children = [
        ("field", ASKED),
        ("value", Node("value", [("elementReference", "$Flow.CurrentDateTime")])),
    ]
    update: Children = [
        ("name", _stamp_name(sobject)),
        ("label", f"Stamp the {sobject.label}"),
        ("locationX", across),
        ("locationY", 323),
        ("filterLogic", "and"),
        ("filters", Node("filters", named)),
        ("inputAssignments", Node("inputAssignments", asked)),
        ("object", sobject.api_name),
    ]
    return Node("recordUpdates", update)
