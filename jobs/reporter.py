"""Shows failures on Salesforce pages as Sync Errors (P30)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from xxhash import xxh3_64_hexdigest

from drawbar.connectors.salesforce.payload import own_id_in
from drawbar.connectors.salesforce.records.sync_error import SYNC_ERROR
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.mappings import sync_error
from drawbar.mappings.words import line
from drawbar.middleware.failures import RecordFailure
from drawbar.middleware.records import Reference, TargetRecord
from drawbar.middleware.sync.dead_letters import DeadLetter, Failure

_LONGEST_KEY: Final = 100
_KEPT_OF_A_LONG_KEY: Final = 80


class SyncErrorReporter:
    """Implements `FailureReporter` with `Sync_Error__c`."""

    object = SYNC_ERROR.api_name

    def report(self, letter: DeadLetter, *, exists: bool, now: datetime) -> TargetRecord:
        failure = letter.failure
        told = RecordFailure(
            object=failure.object, key=_key(failure), code=failure.code, message=failure.message,
            fields=tuple(filter(None, failure.field.split(", "))), remedy=failure.remedy,
            first_failed_at=letter.first_at, last_failed_at=letter.last_at, attempts=failure.attempts,
            shown_on=(Reference(failure.object, failure.key),) if exists or own_id_in(failure.key) else (),
        )  # fmt: skip
        return to_target(sync_error.to_salesforce(told, now=now))

    def key(self, failure: Failure) -> str:
        return sync_error.sync_error_key(failure.object, _key(failure))


def _key(failure: Failure) -> str:
    """Name the record in one line that fits; two long keys that begin alike stay apart."""
    key = line(failure.key or f"row {failure.row_number} of {failure.place}")
    return key if len(key) <= _LONGEST_KEY else f"{key[:_KEPT_OF_A_LONG_KEY]}... {xxh3_64_hexdigest(key.encode())}"
