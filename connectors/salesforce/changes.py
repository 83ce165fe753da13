"""Looks records of the org up by its own ids, and finds what changed lately, by SystemModstamp."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.describe import dig
from drawbar.connectors.salesforce.soql import select, select_changed
from drawbar.middleware.ports import FoundRecord

PAGE: Final = 2_000
"""Records that are asked for at once; as many as one answer holds (REST API guide, "Query", API 67.0)."""

_OF_EVERY_RECORD: Final = (
    "Id", "CreatedById", "LastModifiedById", "LastModifiedBy.Name", "LastModifiedBy.Username", "SystemModstamp",
    "IsDeleted",
)  # fmt: skip


class SalesforceChanges:
    """Implements `RecordFinder`. `external_ids` names the external id field of each object."""

    def __init__(self, client: SalesforceClient, external_ids: Mapping[str, str], *, page: int = PAGE) -> None:
        self._client = client
        self._external_ids = external_ids
        self._page = page

    def own_user(self) -> str:
        return self._own_user

    @cached_property
    def _own_user(self) -> str:
        return self._client.user_id()

    def found(self, object_name: str, record_id: str, fields: Sequence[str]) -> FoundRecord | None:
        query = select(self._names(object_name, fields), object_name, "Id", [record_id])
        rows = self._client.query(query, deleted=True)
        return next((self._read(object_name, fields, row) for row in rows), None)

    def changed_since(self, object_name: str, fields: Sequence[str], since: datetime) -> Iterator[FoundRecord]:
        """Page by (SystemModstamp, Id), each page by a query of its own, so that what changes meanwhile comes last."""
        names = self._names(object_name, fields)
        after: tuple[datetime, str] | None = None
        while True:
            query = select_changed(names, object_name, since, after, self._page)
            page = [self._read(object_name, fields, row) for row in self._client.query(query, deleted=True)]
            yield from page
            if len(page) < self._page:
                return
            after = page[-1].modified_at, page[-1].id

    def _names(self, object_name: str, fields: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*_OF_EVERY_RECORD, self._external_ids[object_name], *fields]))

    def _read(self, object_name: str, fields: Sequence[str], row: Mapping[str, Any]) -> FoundRecord:
        return FoundRecord(
            object=object_name, id=str(row["Id"]), key=str(row[self._external_ids[object_name]] or ""),
            fields={name: dig(row, name) for name in fields}, created_by=str(row["CreatedById"]),
            modified_by=str(row["LastModifiedById"]), modified_by_name=str(dig(row, "LastModifiedBy.Name") or ""),
            modified_by_login=str(dig(row, "LastModifiedBy.Username") or ""),
            modified_at=datetime.fromisoformat(str(row["SystemModstamp"])).astimezone(UTC),
            deleted=bool(row["IsDeleted"]),
        )  # fmt: skip
