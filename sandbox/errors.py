"""A refusal in Salesforce's own words."""

from __future__ import annotations


class SalesforceError(Exception):
    """A request or a row that the org refuses: HTTP status, `errorCode`, message and the fields it concerns."""

    def __init__(self, code: str, message: str, *, status: int = 400, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
