"""Notes what people changed in Salesforce of fields that another system owns, before it is set back (P27)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.stored import ComparedField, compared_fields
from drawbar.jobs.hub import TARGET
from drawbar.jobs.sync_requests import bulk_cell
from drawbar.middleware.ports import FoundRecord
from drawbar.middleware.records import Scalar, TargetRecord
from drawbar.middleware.sync.codec import Columns, columns_of
from drawbar.middleware.sync.delivery_log import last_told
from drawbar.middleware.sync.edit_log import Conflict, EditLog
from drawbar.middleware.sync.inbox_handling import Handling


@dataclass(frozen=True, slots=True)
class Overruled:
    """The fields of a record that the hub is about to set back."""

    record: FoundRecord
    own_user: str
    handling: Handling

    def note(self, connection: Connection, wanted: TargetRecord) -> None:
        """Note each field that holds something else than the hub wrote last: a person changed it, and loses.

        A field that holds what the hub wrote last is only behind: nobody changed it in Salesforce.
        """
        told = last_told(connection, TARGET, wanted.object, wanted.key)
        columns = columns_of(wanted)
        fields = [each for each in compared_fields(wanted.object) if each.name in columns and each.name in told]
        found = [self._conflict(each, columns, told) for each in fields]
        EditLog(connection).conflicted([each for each in found if each is not None])

    def _conflict(self, field: ComparedField, columns: Columns, told: Columns) -> Conflict | None:
        before, ours = field.stored(told[field.name]), field.stored(columns[field.name])
        theirs = field.read(bulk_cell(self.record.fields[field.path]))
        if theirs == before:
            return None
        by_a_person = self.record.modified_by != self.own_user
        return Conflict(
            object=self.record.object, key=self.record.key, field=field.field.api_name,
            kind="overruled" if ours == before else "both", target_value=_shown(theirs), source_value=_shown(ours),
            source=field.field.owner, winner=field.field.owner,
            edited_by=self.record.modified_by_name if by_a_person else "", run_id=self.handling.run_id,
            at=self.handling.now,
        )  # fmt: skip


def _shown(value: Scalar) -> str:
    return "" if value is None else str(value)
