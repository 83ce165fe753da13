"""Handles what Salesforce tells of changed records: each is looked up in the org, then brought into step."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from drawbar.connectors.salesforce.outbound_message import ChangedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.reconcile import RECONCILED
from drawbar.jobs.sync_requests import SyncRequestHandler
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.server.sync_requests import SyncRequest
from drawbar.middleware.sync.inbox import InboxEntry
from drawbar.middleware.sync.inbox_handling import Effect, Handling


@dataclass(frozen=True, slots=True)
class OutboundMessageHandler:
    """Handles notifications; in whatever order they come, the org is asked what is so now."""

    hub: Hub

    def notified(self, entry: InboxEntry, handling: Handling) -> Effect:
        """Ask the org for the record and queue what it should be; nothing happens for one that is gone by now.

        Raises RecordRejected for an object that the hub does not keep in step, or a record that is not the hub's.
        """
        changed = _changed(entry)
        if changed.object not in RECONCILED:
            raise RecordRejected(
                f"{changed.object} is no object that the hub keeps in step", record=f"{changed.object} {changed.id}",
                field="object", code="UNKNOWN_OBJECT",
                remedy="Take the outbound message away from the flow or rule of this object in Salesforce.",
            )  # fmt: skip
        found = self.hub.reader().keys_of(changed.object, [changed.id])
        key = next(iter(found.values()), None)
        if key is None:
            return lambda _connection: {"passed_over": f"{changed.object} {changed.id} is gone, or not the hub's"}
        request = SyncRequest(object=changed.object, key=key)
        return SyncRequestHandler(self.hub).effect(request, entry, handling)


def _changed(entry: InboxEntry) -> ChangedRecord:
    try:
        return ChangedRecord.model_validate_json(entry.message.body)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise RecordRejected(
            "the notification does not name a record of Salesforce", record=f"notification {entry.message.message_id}",
            field=place, code="NOT_UNDERSTOOD", remedy="See what the flow or rule in Salesforce sends.",
        ) from None  # fmt: skip
