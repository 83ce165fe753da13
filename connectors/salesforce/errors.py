"""What Salesforce refuses, why, and what to do about it: one table, by error code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from drawbar.middleware.errors import DrawbarError, RecordRejected, RetryLater, StopRun

Kind = Literal["record", "retry", "stop"]
"""record: this record cannot go on; retry: the same call may succeed later; stop: nothing will until somebody acts."""

_LONGEST_MESSAGE: Final = 1_000

_MISSING_PARENT: Final = "foreign key external id"
"""Salesforce tells of a parent that is not there as INVALID_FIELD, and only the message sets the two apart."""


class SalesforceBusy(RetryLater):
    """Salesforce cannot answer now; the call may be made again."""


class SalesforceRefused(RecordRejected):
    """Salesforce will not take this as it is."""


class SalesforceStopped(StopRun):
    """Salesforce will take nothing more from us until somebody acts; `code` is its error code or HTTP status."""

    def __init__(self, message: str, *, code: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code


class LoginRefused(StopRun):
    """Salesforce does not accept our credentials, or no longer accepts the token they gave us."""


class QuotaSpent(StopRun):
    """The org's daily API calls are spent, or only the reserve is left; the work goes on in the next window."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an error code means for the record or the run, and the sentence that says what to do."""

    kind: Kind
    remedy: str


RULINGS: Final[Mapping[str, Ruling]] = {
    "REQUIRED_FIELD_MISSING": Ruling("record", "Fill the field at the source, or give it a default in Salesforce."),
    "STRING_TOO_LONG": Ruling("record", "Shorten the text at the source, or lengthen the field in Salesforce."),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Ruling(
        "record", "Add the value to the picklist (and the record type) in Salesforce, or map it to one that is there."
    ),
    "DUPLICATE_VALUE": Ruling(
        "record", "Another record already holds this unique value: merge the two, or mend the key at the source."
    ),
    "DUPLICATES_DETECTED": Ruling(
        "record", "A duplicate rule blocks the record: let the integration user bypass it, or merge the records."
    ),
    "DUPLICATE_EXTERNAL_ID": Ruling(
        "record", "Several records hold this external id: make the field unique and merge the records."
    ),
    "ENTITY_IS_DELETED": Ruling(
        "record", "Somebody deleted the record: restore it from the Recycle Bin, or empty the bin and replay."
    ),
    "INVALID_FIELD": Ruling(
        "record", "Deploy the current metadata, or assign the permission set that shows the field to the user."
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Ruling(
        "record", "The user may not write this field: assign the Drawbar permission set, or deploy the metadata."
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": Ruling("record", "Give the integration user edit rights on the record."),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Ruling(
        "record", "Give the integration user access to the parent record that this one names."
    ),
    "INSUFFICIENT_ACCESS": Ruling("stop", "Give the integration user the permission that the message names."),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Ruling(
        "record", "A validation rule refuses the record: mend the values, or except the integration user from it."
    ),
    "FIELD_FILTER_VALIDATION_EXCEPTION": Ruling("record", "A lookup filter refuses the parent: mend one of them."),
    "FIELD_INTEGRITY_EXCEPTION": Ruling("record", "Mend the value that the message names at the source."),
    "INVALID_CROSS_REFERENCE_KEY": Ruling(
        "record", "The parent is not in Salesforce: deliver it first, then replay this record."
    ),
    "MALFORMED_ID": Ruling("record", "Mend the record id that the message names."),
    "NUMBER_OUTSIDE_VALID_RANGE": Ruling("record", "Mend the number at the source, or widen the field in Salesforce."),
    "INVALID_EMAIL_ADDRESS": Ruling("record", "Mend the e-mail address at the source."),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": Ruling("record", "Mend the value at the source; its type does not fit."),
    "JSON_PARSER_ERROR": Ruling("record", "Mend the value that the message names; its type does not fit the field."),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Ruling(
        "record", "A trigger or flow of the org failed on the record: show its message to the org's administrator."
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": Ruling(
        "record", "A flow of the org failed on the record: show its message to the org's administrator."
    ),
    "DELETE_FAILED": Ruling("record", "Other records depend on this one: delete or move them first."),
    "TRANSFER_REQUIRES_READ": Ruling("record", "Give the new owner read rights on the object."),
    "INACTIVE_OWNER_OR_USER": Ruling("record", "The owner is inactive: activate the user, or map another owner."),
    "UNABLE_TO_LOCK_ROW": Ruling("retry", "Another change held the record or its parent; the next try may succeed."),
    "SERVER_UNAVAILABLE": Ruling("retry", "Salesforce is overloaded; the next try may succeed."),
    "REQUEST_LIMIT_EXCEEDED": Ruling("retry", "Too many long calls ran at once; the next try may succeed."),
    "QUERY_TIMEOUT": Ruling("retry", "The query took too long; the next try may succeed."),
    "QUERY_TOO_COMPLICATED": Ruling("stop", "Ask for fewer fields at once."),
    "UNKNOWN_EXCEPTION": Ruling("retry", "Salesforce failed inside; if it stays, report the error id to its support."),
    "INTERNAL_SERVER_ERROR": Ruling("retry", "Salesforce failed inside; the next try may succeed."),
    "TXN_SECURITY_METERING_ERROR": Ruling("retry", "A security policy could not be judged in time; try again."),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Ruling("retry", "Another record of the call failed; send this one again."),
    "PROCESSING_HALTED": Ruling("retry", "Another record of the call stopped it; send this one again."),
    "BATCH_PROCESSING_HALTED": Ruling("retry", "Another batch stopped the job; send this record again."),
    "UNPROCESSED": Ruling("retry", "The Bulk job ended before it reached this record; send it again."),
    "STORAGE_LIMIT_EXCEEDED": Ruling("stop", "The org's storage is full: delete records or buy storage."),
    "INVALID_SESSION_ID": Ruling("stop", "Check the policies of the External Client App and the user's profile."),
    "API_DISABLED_FOR_ORG": Ruling("stop", "Give the integration user the permission API Enabled."),
    "API_CURRENTLY_DISABLED": Ruling("stop", "The org's API is switched off: ask its administrator."),
    "FUNCTIONALITY_NOT_ENABLED": Ruling("stop", "Switch the feature on in Setup, or give the user its permission."),
    "UNSUPPORTED_API_VERSION": Ruling("stop", "Set api_version to one that the org offers."),
    "INVALID_TYPE": Ruling("stop", "Deploy the metadata, or assign the permission set that shows the object."),
    "MALFORMED_QUERY": Ruling("stop", "This is a defect of Drawbar: report the message."),
    "NOT_FOUND": Ruling("stop", "Deploy the metadata: the object or its external id field is missing, or hidden."),
}
"""Every error code that we know what to say about; object reference of the SOAP API, "Core Data Types", v67."""

UNKNOWN_CODE: Final = Ruling("record", "Look up the error code in Salesforce's object reference.")

_STATUS_RULINGS: Final[Mapping[int, Ruling]] = {
    401: RULINGS["INVALID_SESSION_ID"],
    403: RULINGS["INSUFFICIENT_ACCESS"],
    404: RULINGS["NOT_FOUND"],
    410: RULINGS["UNSUPPORTED_API_VERSION"],
    429: RULINGS["SERVER_UNAVAILABLE"],
}


@dataclass(frozen=True, slots=True)
class OrgError:
    """An error as Salesforce words it; `status` is 0 for an error of one row."""

    status: int
    code: str
    message: str
    fields: tuple[str, ...] = ()
    retry_after: float | None = None

    @property
    def ruling(self) -> Ruling:
        """What it means: by code; for a whole call whose code we do not know, by status."""
        if self.code == "INVALID_FIELD" and _MISSING_PARENT in self.message.lower():
            return RULINGS["INVALID_CROSS_REFERENCE_KEY"]
        known = RULINGS.get(self.code)
        if known is not None or not self.status:
            return known or UNKNOWN_CODE
        if self.status >= 500:  # noqa: PLR2004  (the servers' own failures, RFC 9110)
            return RULINGS["UNKNOWN_EXCEPTION"]
        return _STATUS_RULINGS.get(self.status, UNKNOWN_CODE)

    @property
    def spends_the_day(self) -> bool:
        """Whether the daily calls are spent, and not only too many running at once (both have one code)."""
        if self.code != "REQUEST_LIMIT_EXCEEDED" or self.status == 429:  # noqa: PLR2004
            return False
        return "concurrent" not in self.message.lower()


def as_exception(error: OrgError) -> DrawbarError:
    """Give the exception for a call that failed as a whole."""
    text = f"Salesforce said {error.code or error.status}: {error.message}"
    if error.spends_the_day:
        return QuotaSpent(text, remedy="Nothing to do: the work goes on when calls of the rolling 24 hours are free.")
    ruling = error.ruling
    if ruling.kind == "retry":
        return SalesforceBusy(text, after_seconds=error.retry_after, remedy=ruling.remedy)
    if ruling.kind == "stop":
        return SalesforceStopped(text, code=error.code or str(error.status), remedy=ruling.remedy)
    return SalesforceRefused(text, field=", ".join(error.fields), remedy=ruling.remedy, code=error.code)


def read_error(status: int, body: str, retry_after: float | None = None) -> OrgError:
    """Understand the body of a refusal: a list of errors, one OAuth error, a list of records (300), or neither."""
    try:
        answer: object = json.loads(body)
    except ValueError:
        code, message = _read_fault(body)
        unread = f"HTTP {status} without an error that can be read"
        return OrgError(status, code, message or unread, retry_after=retry_after)
    if status == 300:  # noqa: PLR2004
        return OrgError(status, "DUPLICATE_EXTERNAL_ID", "several records hold this external id")
    first = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(first, Mapping):
        return OrgError(status, "", f"HTTP {status}", retry_after=retry_after)
    return as_org_error(status, first, retry_after)


def _read_fault(body: str) -> tuple[str, str]:
    """Understand a SOAP fault: its code without prefix (`sf:INVALID_SESSION_ID`) and its words, empty for no fault."""
    from lxml import etree  # noqa: PLC0415  (few calls are SOAP, and no other command should wait for it)

    if "<!DOCTYPE" in body:
        return "", ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body.encode(), parser)
    except etree.XMLSyntaxError:
        return "", ""
    code, message = (root.findtext(f".//{{*}}Fault/{name}") or "" for name in ("faultcode", "faultstring"))
    return code.rpartition(":")[2], message[:_LONGEST_MESSAGE]


def as_org_error(status: int, error: Mapping[str, Any], retry_after: float | None = None) -> OrgError:
    """Understand one error: of a call (`errorCode`), of a row (`statusCode`) or of a log-in (`error`)."""
    code = error.get("errorCode") or error.get("statusCode") or error.get("error") or ""
    message = str(error.get("message") or error.get("error_description") or "")
    fields = tuple(map(str, error.get("fields") or ()))
    return OrgError(status, str(code), message[:_LONGEST_MESSAGE], fields, retry_after)


def read_row_error(text: str) -> OrgError:
    """Understand `sf__Error` of a Bulk result: `CODE:message:field1,field2 --`, fields often missing."""
    code, _, rest = text.partition(":")
    message, colon, names = rest.rpartition(":")
    if not colon or not names.rstrip().endswith("--"):
        return OrgError(0, code.strip(), rest[:_LONGEST_MESSAGE])
    fields = tuple(filter(None, names.strip().removesuffix("--").strip().split(",")))
    return OrgError(0, code.strip(), message[:_LONGEST_MESSAGE], fields)
