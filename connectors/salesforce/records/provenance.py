"""Where a record came from and when: the fields that every synced object carries (P30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from drawbar.connectors.salesforce.fields import Date, DateTime, Picklist

SOURCE_SYSTEMS = ("LeaseWorks", "FleetRock", "Drawbar", "Salesforce", "PassTime", "Spireon")

SourceSystem = Annotated[
    str,
    Picklist(
        api_name="Source_System__c",
        help="The system that this record comes from. Drawbar means that it was worked out from several.",
        owner="Drawbar",
        values=SOURCE_SYSTEMS,
    ),
]

SourceUpdated = Annotated[
    datetime,
    DateTime(
        api_name="Source_Updated__c",
        help="When the record last changed in the system that it comes from.",
        owner="Drawbar",
        source="updated_at",
    ),
]

LastSynced = Annotated[
    datetime,
    DateTime(
        api_name="Last_Synced__c",
        help="When Drawbar last wrote this record. A record that has not changed is not written again.",
        owner="Drawbar",
        bookkeeping=True,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The system that a record comes from, its time there, and the time of the last delivery."""

    source_system: SourceSystem
    source_updated: SourceUpdated
    last_synced: LastSynced


LEFT_SOURCE_DATE = Date(
    api_name="Left_Source_Date__c",
    help="The day on which this record was first missing from LeaseWorks. Empty while it is there.",
    source="absence from a complete delivery",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotProvenance(Provenance):
    """Provenance of a record whose source is a complete list, so that its absence there means something."""

    left_source_date: Annotated[date | None, LEFT_SOURCE_DATE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """All that is written of a record once it is missing from a complete delivery."""

    left_source_date: Annotated[date, LEFT_SOURCE_DATE]
    last_synced: LastSynced
