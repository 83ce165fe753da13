"""Parts of the package that differ from org to org: outbound messages to the hub, and the flows that send them.

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
from drawbar.connectors.salesforce.metadata.permission_sets import HUB_INTEGRATION, people_change
from drawbar.connectors.salesforce.records.catalogue import OBJECTS, object_fields
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.connectors.salesforce.records.sync_error import SYNC_ERROR

MESSAGE: Final = "Drawbar_Record_Changed"


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
