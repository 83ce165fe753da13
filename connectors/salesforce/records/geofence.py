"""Geofence__c: a place of the lender's that the map of a vehicle shows: a yard, a home, an area to watch, a border."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    SEE_PLACES,
    Checkbox,
    DateTime,
    ExternalId,
    LongText,
    Lookup,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import LastSynced, SourceSystem
from drawbar.connectors.salesforce.records.sobject import SObject

GEOFENCE_KINDS = ("Home", "Yard", "Watch", "Border")

GEOFENCE = SObject(
    api_name="Geofence__c",
    label="Geofence",
    plural="Geofences",
    description="A place that the GPS rules know by the lender's files; the map of a vehicle shows it.",
    key="Fence_Key__c",
    tab_icon="Custom8: Diamond",
    audience=SEE_PLACES,
)

FenceKey = Annotated[
    str,
    ExternalId(
        api_name="Fence_Key__c",
        help="Kind, account and name of the place; given by Drawbar, never changes.",
        owner="Drawbar",
        source="geofence files",
        length=120,
    ),
]
Active = Annotated[
    bool,
    Checkbox(
        api_name="Active__c",
        help="Ticked while the lender's files have the place.",
        owner="Drawbar",
        source="geofence files",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeofenceRecord:
    """A place as the files have it."""

    sobject: ClassVar[SObject] = GEOFENCE

    fence_key: FenceKey
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Geofence",
            help="The name of the place.",
            owner="Drawbar",
            source="geofence files",
            length=80,
            required=True,
        ),
    ]
    kind: Annotated[
        str,
        Picklist(
            api_name="Kind__c",
            help="What the place means: a home is not to be left, an area to watch not to be entered.",
            owner="Drawbar",
            source="geofence files",
            values=GEOFENCE_KINDS,
        ),
    ]
    lease_account: Annotated[
        str | None,
        Lookup(
            api_name="Lease_Account__c",
            help="Whose home it is. Empty for a place that all accounts have in common.",
            owner="Drawbar",
            source="geofence files",
            to="Lease_Account__c",
            children="Geofences",
        ),
    ]
    outline: Annotated[
        str,
        LongText(
            api_name="Outline__c",
            help="The outline for the map, as JSON: rings of points, each latitude and longitude in degrees. Coarser "
            "than what the rules count by.",
            owner="Drawbar",
            source="geofence files",
            length=30_000,
        ),
    ]
    active: Active
    source_system: SourceSystem
    source_updated: Annotated[
        datetime,
        DateTime(
            api_name="Source_Updated__c",
            help="When Drawbar read the place from the lender's files, when it was last sent.",
            owner="Drawbar",
            bookkeeping=True,
        ),
    ]
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class GeofenceRemoval:
    """A place that the files do not have any more."""

    sobject: ClassVar[SObject] = GEOFENCE

    fence_key: FenceKey
    active: Active
    last_synced: LastSynced
