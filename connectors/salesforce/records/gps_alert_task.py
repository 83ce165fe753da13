"""Task: what a GPS alert asks the collector to do, made when it is raised (P09).

Custom fields of tasks belong to the object Activity, which tasks and events share (developer.salesforce.com, Object
Reference, Task, and Metadata API, CustomField, read 2026-11). What a task is about (`WhatId`) is a Case or an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    SEE_PLACES,
    AnyLookup,
    Date,
    DateTime,
    ExternalId,
    LongText,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import LastSynced, Provenance
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.middleware.records import Reference

OPEN_STATUS, CLOSED_STATUS = "Not Started", "Completed"
TASK_STATUSES = (OPEN_STATUS, "In Progress", CLOSED_STATUS, "Waiting on someone else", "Deferred")
TASK_PRIORITIES = ("High", "Normal", "Low")

TASK = SObject(
    api_name="Task",
    label="Task",
    plural="Tasks",
    description="What somebody has to do; Drawbar makes one for each GPS alert.",
    key="Drawbar_Key__c",
    locks="What",
    fields_of="Activity",
    audience=SEE_PLACES,
    editors=SEE_PLACES,
)

TaskKey = Annotated[
    str,
    ExternalId(
        api_name="Drawbar_Key__c",
        help="Key of the GPS alert that this task is about; given by Drawbar, never changes.",
        owner="Drawbar",
        source="GPS alerts",
        length=40,
    ),
]

TaskStatus = Annotated[
    str,
    Picklist(
        api_name="Status",
        help="Drawbar sets Not Started, and Completed when the alert ends and nobody has begun. Between these it is "
        "yours.",
        owner="Drawbar",
        source="GPS alerts",
        required=True,
        sending="on change",
        values=TASK_STATUSES,
        restricted=False,
    ),
]

AlertEnded = Annotated[
    datetime | None,
    DateTime(
        api_name="GPS_Alert_Ended__c",
        label="GPS Alert Ended",
        help="When what the alert tells of ended. Empty while it goes on.",
        owner="Drawbar",
        source="GPS reports",
    ),
]

EndReason = Annotated[
    str | None,
    Text(
        api_name="GPS_Alert_End_Reason__c",
        label="GPS Alert End Reason",
        help="Why the alert ended or was withdrawn.",
        owner="Drawbar",
        source="GPS alerts",
        length=255,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GpsAlertTask(Provenance):
    """The task of an alert that goes on; it belongs to the integration user."""

    sobject: ClassVar[SObject] = TASK

    alert_key: TaskKey
    status: TaskStatus
    subject: Annotated[
        str,
        Text(
            api_name="Subject",
            help="What the vehicle did, and of which account it is.",
            owner="Drawbar",
            source="GPS alerts",
            length=255,
        ),
    ]
    priority: Annotated[
        str,
        Picklist(
            api_name="Priority",
            help="How urgent it is.",
            owner="Drawbar",
            source="GPS alerts",
            required=True,
            sending="on change",
            values=TASK_PRIORITIES,
            restricted=False,
        ),
    ]
    due: Annotated[
        date,
        Date(
            api_name="ActivityDate",
            label="Due Date",
            help="The day on which the alert was raised.",
            owner="Drawbar",
            source="GPS alerts",
            sending="on change",
        ),
    ]
    description: Annotated[
        str | None,
        LongText(
            api_name="Description",
            label="Comments",
            help="Why the alert was raised.",
            owner="Drawbar",
            source="GPS alerts",
            sending="on change",
            length=32_000,
        ),
    ]
    what: Annotated[
        Reference,
        AnyLookup(
            api_name="WhatId",
            label="Related To",
            help="The delinquency case that was open when the alert was raised; without one the lease account.",
            owner="Drawbar",
            source="GPS alerts",
            to="Case",
            others=("Lease_Account__c",),
        ),
    ]
    alert_ended: AlertEnded
    end_reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedGpsAlertTask(GpsAlertTask):
    """The same for a collector who is known."""

    owner: Annotated[
        Reference,
        AnyLookup(
            api_name="OwnerId",
            label="Assigned To",
            help="The collector of the account, where the settings name the collector's user.",
            owner="Drawbar",
            source="accounts.collector",
            sending="on change",
            to="User",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedGpsAlertTask:
    """What is written on the task of an alert that has ended and that somebody has begun to work on."""

    sobject: ClassVar[SObject] = TASK

    alert_key: TaskKey
    alert_ended: AlertEnded
    end_reason: EndReason
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedGpsAlertTask(EndedGpsAlertTask):
    """The same for a task that nobody has begun: it is closed."""

    status: TaskStatus
