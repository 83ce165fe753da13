"""Errors, grouped by what happens next."""

from __future__ import annotations


class DrawbarError(Exception):
    """Something failed; says what, for which record and field, and what to do about it.

    `record` names the record as a person would look for it (`account LW00001234`, `accounts.csv row 17`),
    `field` the field of that record, `remedy` the next step. All three may be empty.
    """

    def __init__(self, message: str, *, record: str = "", field: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.record = record
        self.field = field
        self.remedy = remedy

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.record, self.field and f"field {self.field}") if part)
        text = f"{where}: {self.message}" if where else self.message
        stop = "" if text.endswith((".", "!", "?")) else "."
        return f"{text}{stop} {self.remedy}" if self.remedy else text


class RetryLater(DrawbarError):
    """The other side cannot answer now; the call may succeed after `after_seconds` (None: the caller's back-off)."""

    def __init__(self, message: str, *, after_seconds: float | None = None, record: str = "", remedy: str = "") -> None:
        super().__init__(message, record=record, remedy=remedy)
        self.after_seconds = after_seconds


class RecordRejected(DrawbarError):
    """This record cannot go on as it is; the others do. It becomes a dead letter."""

    def __init__(
        self, message: str, *, record: str = "", field: str = "", remedy: str = "", code: str = "REJECTED"
    ) -> None:
        super().__init__(message, record=record, field=field, remedy=remedy)
        self.code = code


class StopRun(DrawbarError):
    """The run must not go on; nothing that it has not committed happens."""


class NotThere(DrawbarError):
    """What was asked for by name or number does not exist; who asked has to name another."""


class ConfigError(DrawbarError):
    """The operator's settings are wrong or incomplete."""
