"""What QuickBooks Online refuses, why, and what to do about it: by fault code, else by the range that a code is in.

Intuit's fault codes by range (read 2026-11): 1-499 authentication, 500-599 unsupported, 600-1999 general, 2000-4999
validation, 5000-9999 business rules, 10000 and above the service itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from requests import Response

from drawbar.middleware.errors import DrawbarError, RecordRejected
from drawbar.middleware.vendor import UNAUTHORIZED, Refusal, Said, VendorBusy, VendorStopped
from drawbar.middleware.vendor_login import LogInRefused

Kind = Literal["record", "retry", "stop"]
"""record: this record cannot go on; retry: the same call may succeed later; stop: nothing will until somebody acts."""

NAME: Final = "QuickBooks"

STALE: Final = "5010"
"""The SyncToken is not the document's newest: somebody changed it since it was read."""

NOT_FOUND: Final = "610"
"""Object not found: never there, or deleted."""

_LONGEST: Final = 500


class QuickBooksRefused(RecordRejected):
    """QuickBooks will not take this as it is."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a fault means for the record or the run, and the sentence that says what to do."""

    kind: Kind
    remedy: str


RULINGS: Final[Mapping[str, Ruling]] = {
    "610": Ruling("record", "The document or a record that it names was deleted in QuickBooks: restore it there."),
    "620": Ruling("record", "Give the document the date of an open period, or open the period in QuickBooks."),
    "2010": Ruling("record", "This is a defect of Drawbar: report the property that the message names."),
    "2020": Ruling("record", "Give the value that the message names in the accounting rules."),
    "2050": Ruling("record", "Shorten the text that the message names."),
    "2500": Ruling("record", "Mend the reference that the message names: account, class, location, item or name."),
    "3001": Ruling("retry", "Too many calls; the next try may succeed."),
    "003001": Ruling("retry", "Too many calls; the next try may succeed."),
    "3100": Ruling("stop", "Let an administrator of the company connect it again: drawbar quickbooks connect"),
    "3200": Ruling("stop", "Connect the company again: drawbar quickbooks connect"),
    "5010": Ruling("retry", "Somebody changed the document at the same moment; the next try reads it again."),
    "6000": Ruling("record", "Read the message: a business rule of QuickBooks refuses the document."),
    "6140": Ruling("record", "Another document has this number: renumber one of them in QuickBooks."),
    "6190": Ruling("stop", "The subscription of the company has ended: renew it in QuickBooks."),
    "6210": Ruling("record", "The books are closed for this date: give another date, or reopen the period."),
    "6240": Ruling("record", "Another name of any kind (vendor, customer, employee) is spelled so: rename one."),
    "6540": Ruling("record", "The deposit holds the transaction: take it out of the deposit first."),
    "10000": Ruling("retry", "QuickBooks failed inside; the next try may succeed."),
}
"""Codes with a remedy of their own."""

_RANGES: Final[tuple[tuple[range, Ruling], ...]] = (
    (range(1, 500), Ruling("stop", "Connect the company again: drawbar quickbooks connect")),
    (range(500, 600), Ruling("record", "QuickBooks does not support this: see what the message names.")),
    (range(600, 2_000), Ruling("record", "See what the message names; QuickBooks cannot do this.")),
    (range(2_000, 5_000), Ruling("record", "Mend the value that the message names.")),
    (range(5_000, 10_000), Ruling("record", "A business rule of QuickBooks refuses the document: read the message.")),
)
_SEVERE: Final = Ruling("retry", "QuickBooks failed inside; if it stays, tell Intuit's support the code.")
_UNKNOWN: Final = Ruling("record", "Look up the code in Intuit's list of error codes.")
_BY_STATUS: Final[Mapping[int, Ruling]] = {
    401: Ruling("stop", "Connect the company again: drawbar quickbooks connect"),
    403: Ruling("stop", "See that realm_id is the company that was connected, and that the app may enter it."),
    404: Ruling("stop", "See that api_url and realm_id are right."),
    429: RULINGS["3001"],
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal as QuickBooks words it; `status` is 0 for one item of a batch."""

    status: int
    code: str
    message: str
    element: str = ""
    retry_after: float | None = None

    @property
    def ruling(self) -> Ruling:
        """What it means: by code, by the code's range, else by HTTP status."""
        if self.code in RULINGS:
            return RULINGS[self.code]
        if self.code.isdigit():
            number = int(self.code)
            return next((ruling for codes, ruling in _RANGES if number in codes), _SEVERE if number else _UNKNOWN)
        if self.status >= 500:  # noqa: PLR2004  (the servers' own failures, RFC 9110)
            return _SEVERE
        return _BY_STATUS.get(self.status, _UNKNOWN)


def read_fault(status: int, body: str, retry_after: float | None = None) -> Fault:
    """Understand the body of a refusal: a Fault, the text of a throttled call, an OAuth error, or none of these."""
    try:
        answer: object = json.loads(body)
    except ValueError:
        return _fault_in_text(status, body, retry_after)
    if isinstance(answer, Mapping):
        found = next((answer[name] for name in ("Fault", "fault") if name in answer), None)
        if found is not None:
            return as_fault(status, found, retry_after)
        if "error" in answer:
            return Fault(status, str(answer["error"]), _short(answer.get("error_description")), "", retry_after)
    return Fault(status, "", f"HTTP {status}", retry_after=retry_after)


def as_fault(status: int, fault: object, retry_after: float | None = None) -> Fault:
    """Understand a Fault: its first error, whose keys are written in two ways."""
    errors = fault.get("Error") or fault.get("error") if isinstance(fault, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, Mapping):
        return Fault(status, "", f"HTTP {status}", retry_after=retry_after)
    words = [first.get("Message") or first.get("message"), first.get("Detail") or first.get("detail")]
    text = ": ".join(dict.fromkeys(str(word) for word in words if word))
    return Fault(status, str(first.get("code", "")), _short(text), str(first.get("element") or ""), retry_after)


def read_refusal(response: Response) -> Said:
    """Understand the body of a refusal."""
    fault = read_fault(response.status_code, response.text)
    return Said(fault.code, fault.message, fault.element)


def find_refusal(answer: object) -> Said | None:
    """Find the fault in an answer of status 200."""
    if not isinstance(answer, Mapping) or "Fault" not in answer:
        return None
    fault = as_fault(200, answer["Fault"])
    return Said(fault.code, fault.message, fault.element)


def as_error(refusal: Refusal) -> DrawbarError:
    """Give the error for a call that was refused."""
    if refusal.status == UNAUTHORIZED:
        return LogInRefused(
            "QuickBooks refuses a token that it has just given",
            remedy="See that realm_id is the company that was connected: drawbar quickbooks connect",
        )
    said = refusal.said
    return as_exception(Fault(refusal.status, said.code, said.message, said.field, refusal.retry_after))


def as_exception(fault: Fault) -> DrawbarError:
    """Give the exception for a call that failed as a whole."""
    text = f"QuickBooks said {fault.code or fault.status}: {fault.message}"
    ruling = fault.ruling
    if ruling.kind == "retry":
        return VendorBusy(text, after_seconds=fault.retry_after, remedy=ruling.remedy)
    if ruling.kind == "stop":
        return VendorStopped(text, remedy=ruling.remedy)
    return QuickBooksRefused(text, field=fault.element, remedy=ruling.remedy, code=fault.code)


def _fault_in_text(status: int, body: str, retry_after: float | None) -> Fault:
    """Read `message=ThrottleExceeded; errorCode=003001; statusCode=429`."""
    pairs = dict(part.strip().partition("=")[::2] for part in body.split(";"))
    if "errorCode" in pairs:
        return Fault(status, pairs["errorCode"], _short(pairs.get("message")), "", retry_after)
    return Fault(status, "", f"HTTP {status} without an error that can be read", retry_after=retry_after)


def _short(text: object) -> str:
    return str(text or "")[:_LONGEST]
