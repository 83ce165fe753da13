"""The org as the sync core sees it: records by external key, a few by call or many by job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any, Final

from drawbar.connectors.salesforce.bulk import MAX_UPLOAD_BYTES, BulkIngest, BulkJob, PollPlan
from drawbar.connectors.salesforce.client import COLLECTION_SIZE, COLLECTIONS_AT_ONCE, SalesforceClient, Saved
from drawbar.connectors.salesforce.describe import ObjectDescription, dig, read_value
from drawbar.connectors.salesforce.errors import (
    RULINGS,
    OrgError,
    SalesforceRefused,
    SalesforceStopped,
    read_row_error,
)
from drawbar.connectors.salesforce.payload import OWN_ID, BulkSheet, Wording, bulk_row, rest_body
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.salesforce.soql import key_chunks, plain_name, select
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.ports import ApiBudget, BulkState
from drawbar.middleware.records import Outcome, OutcomeStatus, Scalar, TargetRecord

_LARGEST_ROW_BYTES: Final = 1_000_000
"""No row is larger: Salesforce's own limit is 400,000 characters per Bulk record."""

_Worded = tuple[TargetRecord, Mapping[str, object]]


class SalesforceTarget:
    """Implements `Target` on an org. `external_ids` names the external id field of each object (parents too)."""

    chunk_size = COLLECTION_SIZE * COLLECTIONS_AT_ONCE
    max_upload_bytes = MAX_UPLOAD_BYTES

    def __init__(
        self,
        client: SalesforceClient,
        external_ids: Mapping[str, str],
        *,
        plan: PollPlan | None = None,
        patience: float = 6 * 3600.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        name: str = "salesforce",
    ) -> None:
        self.name = name
        self._client = client
        self._wording = Wording(external_ids, self._record_type_id)
        self._bulk = BulkIngest(client, plan or PollPlan(), patience, clock, sleep)
        self._ended: dict[str, BulkJob] = {}

    @property
    def budget(self) -> ApiBudget:
        return self._client.gauge.budget

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Write at most 1,000 records of one object in one call, 200 to a collection; an outcome per record, in order.

        When Salesforce refuses a collection as a whole because of one record, halves are tried until that record is
        found, and the others are written.
        """
        self._take(len(records))
        outcomes: dict[int, Outcome] = {}
        fit: list[tuple[int, TargetRecord, Mapping[str, object]]] = []
        for position, record in enumerate(records):
            try:
                fit.append((position, record, rest_body(record, self._wording)))
            except SalesforceRefused as refused:
                outcomes[position] = _refused(record, refused)
        for named in (False, True):
            some = [each for each in fit if (OWN_ID in each[1].fields) is named]
            write = self._name if named else self._write
            written = write([(record, body) for _, record, body in some])
            outcomes.update(zip((position for position, _, _ in some), written, strict=True))
        return [outcomes[position] for position in range(len(records))]

    def _name(self, pairs: Sequence[_Worded]) -> list[Outcome]:
        """Write records that are named by Salesforce's own id, and give them their key so."""
        outcomes: list[Outcome] = []
        for part in in_chunks(pairs, COLLECTION_SIZE):
            object_name = part[0][0].object
            try:
                saved = self._client.update(object_name, [body for _, body in part])
            except SalesforceRefused as refused:
                outcomes += [_refused(record, refused) for record, _ in part]
            else:
                pieces = zip(part, saved, strict=True)
                outcomes += [_outcome(object_name, record.key, each) for (record, _), each in pieces]
        return outcomes

    def _write(self, pairs: Sequence[_Worded]) -> list[Outcome]:
        parts = list(in_chunks(pairs, COLLECTION_SIZE))
        return [
            outcome
            for part, result in zip(parts, self._try(parts), strict=True)
            for outcome in (self._isolate(part, result) if isinstance(result, SalesforceRefused) else result)
        ]

    def _try(self, parts: Sequence[Sequence[_Worded]]) -> list[list[Outcome] | SalesforceRefused]:
        """Write parts in one call, and each in a call of its own when that one call is refused."""
        if not parts:
            return []
        object_name = parts[0][0][0].object
        key_field = self._wording.external_id(object_name)
        try:
            answers = self._client.upsert(object_name, key_field, [[body for _, body in part] for part in parts])
        except SalesforceRefused as refused:
            return [refused] if len(parts) == 1 else [self._try([part])[0] for part in parts]
        return [_outcomes(object_name, part, answer) for part, answer in zip(parts, answers, strict=True)]

    def _isolate(self, pairs: Sequence[_Worded], refused: SalesforceRefused) -> list[Outcome]:
        """Try halves; when both are refused in the same words the cause is common, and the search ends."""
        if len(pairs) == 1:
            return [_refused(pairs[0][0], refused)]
        halves = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]
        results = [self._try([half])[0] for half in halves]
        reasons = [each.message for each in results if isinstance(each, SalesforceRefused)]
        if len(reasons) == len(halves) and len(set(reasons)) == 1:
            return [_refused(record, refused) for record, _ in pairs]
        return [
            outcome
            for half, result in zip(halves, results, strict=True)
            for outcome in (self._isolate(half, result) if isinstance(result, SalesforceRefused) else result)
        ]

    def delete(self, object_name: str, keys: Sequence[str]) -> list[Outcome]:
        """Delete at most 1,000 records by external key; one that is not there counts as deleted."""
        self._take(len(keys))
        ids = self._ids_by_key(object_name, keys)
        found = [(key, ids[key][0]) for key in keys if len(ids.get(key, ())) == 1]
        saved = self._client.delete([record_id for _, record_id in found]) if found else []
        results = {key: each for (key, _), each in zip(found, saved, strict=True)}
        return [self._deleted(object_name, key, results.get(key), ids.get(key, [])) for key in keys]

    def _deleted(self, object_name: str, key: str, saved: Saved | None, ids: Sequence[str]) -> Outcome:
        if saved is None and len(ids) > 1:
            message = f"{len(ids)} records hold this external id"
            return _failed(object_name, key, OrgError(0, "DUPLICATE_EXTERNAL_ID", message))
        if saved is None or saved.error is None or saved.error.code == "ENTITY_IS_DELETED":
            return Outcome(object_name, key, "deleted", target_id=ids[0] if ids else "")
        return _failed(object_name, key, saved.error)

    def open_bulk_upsert(self, object_name: str) -> str:
        """Create a bulk job and give its id; the caller stores the id before it uploads."""
        self._client.gauge.require()
        return self._bulk.open_upsert(object_name, self._wording.external_id(object_name))

    def upload_bulk(self, job_id: str, records: Iterable[TargetRecord]) -> int:
        """Upload the records that can travel in one job, tell Salesforce to begin, and say how many they are.

        These are the largest group with equal columns (see `bulk_row`) and those that have some of these columns, up to
        `max_upload_bytes`. The others get no outcome from this job: the caller delivers them again, by another job or
        by calls. The same records always give the same upload, also after a crash. When no record can travel by Bulk
        (each holds the text #N/A, which would empty its field, because a spreadsheet wrote an error value) the job is
        aborted.
        """
        with ExitStack() as stack:
            sheets = self._sheets(records, stack)
            if not sheets:
                self._bulk.abort(job_id)
                return 0
            largest = sheets[max(sheets, key=lambda each: (sheets[each].rows, each))]
            for narrower in (each for each in sheets.values() if set(each.columns) < set(largest.columns)):
                largest.absorb(narrower)
            self._bulk.upload(job_id, largest.content())
            return largest.rows

    def _sheets(self, records: Iterable[TargetRecord], stack: ExitStack) -> dict[tuple[str, ...], BulkSheet]:
        """Write records to one sheet per set of columns, until one of them is full."""
        sheets: dict[tuple[str, ...], BulkSheet] = {}
        for row in filter(None, (bulk_row(each, self._wording) for each in records)):
            columns = tuple(row)
            if columns not in sheets:
                limit = self.max_upload_bytes - _LARGEST_ROW_BYTES
                sheets[columns] = stack.enter_context(closing(BulkSheet(columns, limit)))
            sheets[columns].add(row)
            if sheets[columns].full:
                break
        return sheets

    def bulk_state(self, job_id: str) -> BulkState:
        return self._bulk.job(job_id).state

    def wait_for_bulk(self, job_id: str) -> BulkState:
        """Wait until the job no longer runs; raises RetryLater when patience ends (the job goes on)."""
        self._ended[job_id] = self._bulk.wait(job_id)
        return self._ended[job_id].state

    def bulk_outcomes(self, job_id: str, object_name: str) -> Iterator[Outcome]:
        """Stream the outcome of every uploaded row of a job that has ended; rows it never reached are `retry`."""
        key_field = self._wording.external_id(object_name)
        job = self._ended.pop(job_id, None) or self._bulk.job(job_id)
        if job.processed > job.failed:
            written = self._bulk.results(job_id, "successfulResults", (key_field, "sf__Created", "sf__Id"))
            for key, created, record_id in written:
                status: OutcomeStatus = "created" if created.lower() == "true" else "updated"
                yield Outcome(object_name, key, status, record_id)
        if job.failed:
            for key, error in self._bulk.results(job_id, "failedResults", (key_field, "sf__Error")):
                yield _failed(object_name, key, read_row_error(error))
        if job.state != "complete":
            never = OrgError(0, "UNPROCESSED", job.message or f"the Bulk job ended as {job.state}")
            for (key,) in self._bulk.results(job_id, "unprocessedrecords", (key_field,)):
                yield _failed(object_name, key, never)

    def abort_bulk(self, job_id: str) -> None:
        self._bulk.abort(job_id)

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Read fields (also a parent's: `Lease_Account__r.LeaseWorks_Id__c`) by external key.

        Keys that do not exist are left out. Values have the types that the org describes.
        """
        if not keys:
            return {}
        kinds = {name: self._kind(object_name, name) for name in fields}
        found: dict[str, dict[str, Scalar]] = {}
        for key, row in self._rows(object_name, keys, fields):
            found[key] = {name: read_value(kinds[name], dig(row, name)) for name in fields}
        return found

    def _kind(self, object_name: str, name: str) -> str:
        *path, field = plain_name(name).split(".")
        described = self._client.describe(object_name)
        for step in path:
            parent = described.parent_of(step)
            if parent is None:
                return "string"
            described = self._client.describe(parent)
        return _field_kind(described, field)

    def _ids_by_key(self, object_name: str, keys: Sequence[str]) -> dict[str, list[str]]:
        ids: dict[str, list[str]] = {}
        for key, row in self._rows(object_name, keys, ["Id"]):
            ids.setdefault(key, []).append(str(row["Id"]))
        return ids

    def _rows(
        self, object_name: str, keys: Sequence[str], fields: Sequence[str]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Query by external key, as many keys at a time as fit; give the key as it was asked for, and the row."""
        key_field = self._wording.external_id(object_name)
        asked = {key.casefold(): key for key in keys} | {key: key for key in keys}
        wanted = list(dict.fromkeys([key_field, *fields]))
        for chunk in key_chunks(keys):
            for row in self._client.query(select(wanted, object_name, key_field, chunk)):
                held = str(row[key_field])
                key = asked.get(held) or asked.get(held.casefold())
                if key is not None:
                    yield key, row

    def _record_type_id(self, object_name: str, developer_name: str) -> str:
        types = self._client.describe(object_name).record_types
        if developer_name not in types:
            raise SalesforceRefused(
                f"{object_name} has no record type {developer_name} that the integration user may use",
                record=object_name,
                field="RecordTypeId",
                remedy="Deploy the metadata and assign the Drawbar permission set.",
                code="INVALID_CROSS_REFERENCE_KEY",
            )
        return types[developer_name]

    def _take(self, count: int) -> None:
        if count > self.chunk_size:
            raise ValueError(f"{count} records do not fit into one call of {self.chunk_size}")
        self._client.gauge.require()


def open_target(
    client: SalesforceClient, settings: SalesforceSettings, external_ids: Mapping[str, str]
) -> SalesforceTarget:
    """Open the target that the settings describe; nothing is called yet."""
    plan = PollPlan(settings.bulk_poll_first_seconds, settings.bulk_poll_longest_seconds)
    return SalesforceTarget(client, external_ids, plan=plan, patience=settings.bulk_patience_seconds)


def _outcomes(
    object_name: str, part: Sequence[_Worded], answer: list[Saved] | SalesforceRefused
) -> list[Outcome] | SalesforceRefused:
    if isinstance(answer, SalesforceRefused):
        return answer
    return [_outcome(object_name, record.key, each) for (record, _), each in zip(part, answer, strict=True)]


def _outcome(object_name: str, key: str, saved: Saved) -> Outcome:
    if saved.error is not None:
        return replace(_failed(object_name, key, saved.error), target_id=saved.id)
    return Outcome(object_name, key, "created" if saved.created else "updated", target_id=saved.id)


def _failed(object_name: str, key: str, error: OrgError) -> Outcome:
    ruling = error.ruling
    status: OutcomeStatus = "retry" if ruling.kind == "retry" else "refused"
    return Outcome(
        object_name, key, status, code=error.code, message=error.message, fields=error.fields, remedy=ruling.remedy
    )


def _refused(record: TargetRecord, refused: SalesforceRefused) -> Outcome:
    fields = tuple(filter(None, refused.field.split(", ")))
    return Outcome(
        record.object,
        record.key,
        "refused",
        code=refused.code,
        message=refused.message,
        fields=fields,
        remedy=refused.remedy,
    )


def _field_kind(described: ObjectDescription, field: str) -> str:
    if field not in described.fields:
        raise SalesforceStopped(
            f"{described.name} has no field {field} that the integration user may see.",
            code="INVALID_FIELD",
            remedy=RULINGS["INVALID_FIELD"].remedy,
        )
    return described.fields[field].type
