"""How a vendor with an interface for programs is described, and what is known of a call that it refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from requests import Response

from drawbar.middleware.errors import DrawbarError, RecordRejected, RetryLater, StopRun
from drawbar.middleware.http import HttpOptions
from drawbar.middleware.retry import HTTP_RETRIES, NO_ANSWER, RetryTable
from drawbar.middleware.vendor_login import LogInRefused, Proof

UNREADABLE: Final = "unreadable answer"
"""The code of an answer that is cut short or is not JSON: repeatable calls are made again."""

UNAUTHORIZED: Final = 401
_ABOUT_THE_RECORD: Final = frozenset({400, 404, 409, 410, 422})


class VendorBusy(RetryLater):
    """A vendor cannot answer now, or does not answer; `maybe_done` says that the call may have had its effect."""

    def __init__(
        self,
        message: str,
        *,
        after_seconds: float | None = None,
        record: str = "",
        remedy: str = "",
        maybe_done: bool = False,
    ) -> None:
        super().__init__(message, after_seconds=after_seconds, record=record, remedy=remedy)
        self.maybe_done = maybe_done


class CallRefused(RecordRejected):
    """A vendor refuses a call because of the record that it is about; `status` is the HTTP status."""

    def __init__(self, message: str, *, status: int, code: str, record: str = "", remedy: str = "") -> None:
        super().__init__(message, record=record, remedy=remedy, code=code or str(status))
        self.status = status


class VendorStopped(StopRun):
    """A vendor refuses in a way that a person has to mend."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a vendor says in a refusal: its code and its words, with whatever its support needs to find the call.

    `field` is the field of the record that it names, "" for none.
    """

    code: str
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that failed for good: `status` 0 for no answer, what was said, the call in words, and its record."""

    status: int
    said: Said
    retry_after: float | None
    call: str
    record: str
    repeatable: bool


def _in_no_words_of_its_own(_refusal: Refusal) -> DrawbarError | None:
    return None


def _none_in(_answer: object) -> Said | None:
    return None


@dataclass(frozen=True, slots=True)
class Vendor:
    """How a vendor is called and reached: `system` in metrics and logs, `name` for people, `url` without a last slash.

    `read_refusal` understands the body of a refusal, `find_refusal` a refusal in an answer of status 200. Whatever the
    HTTP status, `about_records` are codes of refusals that concern the record alone (SOAP tells every refusal with
    status 500), `about_tokens` codes that ask for a new token. `retries` says which refusals are tried again.
    `throttled_seconds` is the wait after a 429 without `Retry-After`, None: as after other failures; `concurrent_calls`
    how many calls may be on their way at one time, 0: any number. `as_error` gives the error for a refusal in the
    vendor's own words, None: ours. `secrets` are never told, even where the vendor repeats them.
    """

    system: str
    name: str
    url: str
    http: HttpOptions
    read_refusal: Callable[[Response], Said]
    about_records: frozenset[str] = frozenset()
    find_refusal: Callable[[object], Said | None] = _none_in
    about_tokens: frozenset[str] = frozenset()
    retries: RetryTable = field(default_factory=lambda: HTTP_RETRIES)
    throttled_seconds: float | None = None
    concurrent_calls: int = 0
    as_error: Callable[[Refusal], DrawbarError | None] = _in_no_words_of_its_own
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def retry_table(self) -> RetryTable:
        """Which failures are tried again, those included that the vendor does not tell of."""
        return {**self.retries, (200, UNREADABLE): "if-repeatable"}

    def wants_another_token(self, status: int, code: str) -> bool:
        """Say whether a refusal is about the token."""
        return status == UNAUTHORIZED or code in self.about_tokens

    def error(self, refusal: Refusal) -> DrawbarError:
        """Give the error for a call that failed, by what happens next."""
        told = refusal.status != NO_ANSWER and refusal.said.code != UNREADABLE
        return (self.as_error(refusal) if told else None) or self._by_status(refusal)

    def _by_status(self, refusal: Refusal) -> DrawbarError:
        status, said, record = refusal.status, refusal.said, refusal.record
        text = f"{self.name} answered {refusal.call}: {said.message}"
        if self.wants_another_token(status, said.code):
            return LogInRefused(text, remedy=f"Check the user and password of [{self.system}].")
        if said.code in self.about_records:
            return CallRefused(text, status=status, code=said.code, record=record, remedy=f"Ask {self.name} about it.")
        if self._may_pass(status, said.code):
            maybe_done = HTTP_RETRIES.get((status, "")) != "always"
            lost = maybe_done and not refusal.repeatable
            remedy = "The call may have had its effect: look before you repeat it." if lost else ""
            if status == NO_ANSWER:
                text = f"{self.name} did not answer {refusal.call}: {said.message}"
            after = refusal.retry_after
            return VendorBusy(text, after_seconds=after, record=record, remedy=remedy, maybe_done=maybe_done)
        if status in _ABOUT_THE_RECORD:
            return CallRefused(text, status=status, code=said.code, record=record, remedy=f"Ask {self.name} about it.")
        return VendorStopped(text, remedy=f"Check url and rights of [{self.system}], or ask {self.name}.")

    def _may_pass(self, status: int, code: str) -> bool:
        return (status, "") in HTTP_RETRIES or code == UNREADABLE

    def without_secrets(self, text: str, proof: Proof) -> str:
        """Take secrets, and what says who calls, out of words of the vendor, should it ever repeat them."""
        told = (value.split()[-1:] for value in (*proof.headers.values(), *proof.parameters.values()))
        for secret in (*self.secrets, *(word for words in told for word in words)):
            text = text.replace(secret, "***") if secret else text
        return text
