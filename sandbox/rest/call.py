"""One REST call, whether it came over HTTP or as a part of a composite request, and its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn, TypeAlias

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.store import Org
from drawbar.sandbox.values import UnreadableBody
from drawbar.sandbox.writing.results import WriteContext

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
JsonObject: TypeAlias = dict[str, object]

INHERITED_BY_PARTS = ("accept", "authorization", "content-type")
"""What a part of a composite request has from the whole (REST API guide, "Composite Subrequest", read 2026-11)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a call; `body` None is an empty body.

    `rows_failed` says that a collection was answered with 200 although some of its rows were refused.
    """

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    rows_failed: bool = False

    @property
    def succeeded(self) -> bool:
        return self.status < 400  # noqa: PLR2004 - where HTTP's errors begin


@dataclass(frozen=True, slots=True)
class Call:
    """One call below `/services/data/vXX.0`; `path` is what follows (`/sobjects/Case/500…`).

    Header names are in lower case. `text` is the body as it came; a call inside a composite request carries its body
    as `value` instead. `parts` is what the router has found in the path.
    """

    org: Org
    user_id: str
    version: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    text: str = ""
    value: object = None
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The address that all paths of this version begin with."""
        return f"/services/data/v{self.version}"

    def sobject(self, name: str) -> SObject:
        """Find an object by the name in the address; NOT_FOUND when the org has none."""
        found = self.org.schema.get(name)
        if found is None:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
        return found

    def json(self) -> object:
        """Read the body; JSON_PARSER_ERROR when it is no JSON."""
        if self.value is not None:
            return self.value
        return parse_json(self.text)

    def json_object(self) -> JsonObject:
        """Read a body that must be a JSON object."""
        body = self.json()
        if not isinstance(body, dict):
            raise SalesforceError(
                "JSON_PARSER_ERROR", f"The HTTP entity body must be a JSON object, not {_kind(body)}."
            )
        return body

    def context(self, *, update_only: bool = False) -> WriteContext:
        """Say who writes, and what the headers say of it."""
        assign = self.headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE"
        return WriteContext(self.user_id, auto_assign=assign, update_only=update_only)

    @property
    def number(self) -> int:
        """The version as a number: 67."""
        return int(self.version.split(".")[0])

    def record_url(self, sobject: SObject, record_id: str) -> str:
        return f"{self.root}/sobjects/{sobject.name}/{record_id}"

    def inner(
        self, method: str, path: str, query: Mapping[str, str], value: object, headers: Mapping[str, str]
    ) -> Call:
        """Make the call of a part of a composite request; of the whole request's headers it takes over three alone."""
        taken_over = {name: self.headers[name] for name in INHERITED_BY_PARTS if name in self.headers}
        return replace(
            self, method=method, path=path, query=query, value=value, text="", headers={**taken_over, **headers}
        )


Handler: TypeAlias = Callable[[Call], Answer]


def _kind(value: object) -> str:
    return "an array" if isinstance(value, list) else "a value"


def parse_json(text: str) -> object:
    """Read JSON text; JSON_PARSER_ERROR says where it is wrong."""
    if not text.strip():
        message = "The HTTP entity body is required, but this request has no entity body."
        raise SalesforceError("JSON_PARSER_ERROR", message)
    try:
        value: object = json.loads(text, parse_constant=_no_number)
        if SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as problem:
        raise SalesforceError("JSON_PARSER_ERROR", "The body writes half of a character") from problem
    except json.JSONDecodeError as problem:
        where = f"[line:{problem.lineno}, column:{problem.colno}]"
        found = f"'{text[problem.pos]}'" if problem.pos < len(text) else "end-of-input"
        message = f"Unexpected character ({found}) at {where}: {problem.msg}"
        raise SalesforceError("JSON_PARSER_ERROR", message) from problem
    except ValueError as problem:
        raise SalesforceError("JSON_PARSER_ERROR", "A number in the body has too many digits") from problem
    except RecursionError as problem:
        raise SalesforceError("JSON_PARSER_ERROR", "The body is nested too deeply") from problem
    return value


def _no_number(name: str) -> NoReturn:
    raise SalesforceError("JSON_PARSER_ERROR", f"Non-standard token '{name}'")


def error_body(errors: Sequence[SalesforceError], text: str = "") -> list[JsonObject]:
    """Write errors as the body of an answer: an array, even of one; `text` is the body that they came from."""
    return [_error(each, text) for each in errors]


def _error(error: SalesforceError, text: str) -> JsonObject:
    if isinstance(error, UnreadableBody):
        line, column = _place(text, error.field.name)
        return {"message": f"{error.message} at [line:{line}, column:{column}]", "errorCode": error.code}
    body: JsonObject = {"message": error.message, "errorCode": error.code}
    if error.code not in _WITHOUT_FIELDS:
        body["fields"] = list(error.fields)
    return body


_WITHOUT_FIELDS = frozenset(
    {
        "INVALID_FIELD",
        "NOT_FOUND",
        "INVALID_SESSION_ID",
        "JSON_PARSER_ERROR",
        "MALFORMED_QUERY",
        "INVALID_TYPE",
        "PROCESSING_HALTED",
        "BATCH_PROCESSING_HALTED",
        "UNSUPPORTED_API_VERSION",
        "METHOD_NOT_ALLOWED",
    }
)
"""What is refused before a row is written carries no `fields` in a real org's answers."""


def _place(text: str, field_name: str) -> tuple[int, int]:
    """Find the line and column of a field's value in a body, counted from 1."""
    found = re.search(rf'"{re.escape(field_name)}"\s*:\s*', text, re.IGNORECASE)
    before = text[: found.end()] if found else ""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def refusal(error: SalesforceError, text: str = "") -> Answer:
    """Answer a call that the org refuses as a whole."""
    headers = {"WWW-Authenticate": "Token"} if error.code == "INVALID_SESSION_ID" else {}
    return Answer(error.status, error_body([error], text), headers)


def result_error(error: SalesforceError) -> JsonObject:
    """Write one error of a row inside a collection."""
    return {"statusCode": error.code, "message": error.message, "fields": list(error.fields)}
