"""Several calls in one: composite with references between its parts, and batch with independent ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.rest.call import Answer, Call, Handler, JsonObject, error_body, refusal
from drawbar.sandbox.rest.releases import check_version
from drawbar.sandbox.rest.router import Endpoint, endpoint

MOST_PARTS = 25
MOST_OF_MANY_RECORDS = 5
"""So many parts may be queries or collections (REST API guide, "Send Multiple Requests Using Composite", API 67.0)."""
REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d{1,4}\])*)\}")
STEP = re.compile(r"\.(\w+)|\[(\d{1,4})\]")
INNER_ADDRESS = re.compile(r"/?(?:services/data/)?v(?P<version>\d+\.\d+)(?P<path>/.*)?")
OF_MANY_RECORDS = re.compile(r"/(?:query|queryAll|composite/sobjects)(?:/.*)?", re.IGNORECASE)
NOT_INSIDE = re.compile(r"/composite(?:/batch|/graph)?/?", re.IGNORECASE)
ROLLED_BACK = SalesforceError(
    "PROCESSING_HALTED",
    "The transaction was rolled back since another operation in the same transaction failed.",
)
HALTED = SalesforceError("BATCH_PROCESSING_HALTED", "Batch processing halted per request", status=412)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite request."""

    reference: str
    method: str
    url: str
    body: object
    headers: Mapping[str, str]


def composite_endpoints(answer: Handler) -> list[Endpoint]:
    """Give the endpoints of composite requests; `answer` answers their parts."""
    return [
        endpoint("POST", "/composite", lambda call: composite(call, answer)),
        endpoint("POST", "/composite/batch", lambda call: batch(call, answer)),
    ]


def composite(call: Call, answer: Handler) -> Answer:
    """POST: do up to 25 calls in order; later parts refer to earlier answers by `@{reference.field}`."""
    body = call.json_object()
    parts = _parts(body)
    if body.get("allOrNone") is not True:
        done: dict[str, Answer] = {}
        for part in parts:
            done[part.reference] = _answered(call, part, done, answer)
        return _composed(done)
    return _composed(_all_or_none(call, parts, answer))


def _parts(body: JsonObject) -> list[Part]:
    given = body.get("compositeRequest")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise SalesforceError("JSON_PARSER_ERROR", "The body needs an array of objects in compositeRequest.")
    _check_count(given)
    parts = [_part(each) for each in given]
    _check_heavy(parts)
    names = [each.reference for each in parts]
    for name in names:
        if names.count(name) > 1:
            raise SalesforceError("INVALID_INPUT", f"Duplicate referenceId provided: {name}. Use a unique referenceId.")
    return parts


def _check_count(given: Sequence[object]) -> None:
    if len(given) > MOST_PARTS:
        message = f"The request has {len(given)} subrequests; the limit is {MOST_PARTS}."
        raise SalesforceError("LIMIT_EXCEEDED", message)


def _check_heavy(parts: Sequence[Part]) -> None:
    addresses = (INNER_ADDRESS.fullmatch(urlsplit(part.url).path) for part in parts)
    heavy = sum(1 for each in addresses if each and OF_MANY_RECORDS.fullmatch(each["path"] or ""))
    if heavy > MOST_OF_MANY_RECORDS:
        message = f"{heavy} subrequests are queries or collections; the limit is {MOST_OF_MANY_RECORDS}."
        raise SalesforceError("LIMIT_EXCEEDED", message)


def _part(given: JsonObject) -> Part:
    texts = {name: given.get(name) for name in ("referenceId", "method", "url")}
    for name, text in texts.items():
        if not isinstance(text, str) or not text:
            raise SalesforceError("INVALID_INPUT", f"Each subrequest needs a {name}.")
    reference = str(texts["referenceId"])
    if not re.fullmatch(r"\w+", reference):
        message = f"The referenceId {reference} may contain only letters, numbers and underscores."
        raise SalesforceError("INVALID_INPUT", message)
    headers = given.get("httpHeaders")
    return Part(
        reference=reference,
        method=str(texts["method"]).upper(),
        url=str(texts["url"]),
        body=given.get("body"),
        headers={str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {},
    )


def _all_or_none(call: Call, parts: Sequence[Part], answer: Handler) -> dict[str, Answer]:
    done: dict[str, Answer] = {}
    with call.org.transaction() as transaction, transaction.part() as undo:
        for part in parts:
            done[part.reference] = result = _answered(call, part, done, answer)
            if not result.succeeded or result.rows_failed:
                undo()
                halted = refusal(ROLLED_BACK)
                return {each.reference: result if each is part else halted for each in parts}
    return done


def _answered(call: Call, part: Part, done: Mapping[str, Answer], answer: Handler) -> Answer:
    try:
        return _inner(call, part.method, _filled_text(part.url, done), _filled(part.body, done), part.headers, answer)
    except SalesforceError as error:
        return refusal(error)


def _inner(call: Call, method: str, url: str, body: object, headers: Mapping[str, str], answer: Handler) -> Answer:
    address = urlsplit(url)
    found = INNER_ADDRESS.fullmatch(address.path)
    if found is None or NOT_INSIDE.fullmatch(found["path"] or ""):
        raise SalesforceError("NOT_FOUND", f"The subrequest {method} {url} is not supported.", status=404)
    check_version(found["version"])
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    return answer(call.inner(method, found["path"] or "", query, body, headers))


def _filled(value: object, done: Mapping[str, Answer]) -> object:
    if isinstance(value, str):
        return _filled_text(value, done)
    if isinstance(value, dict):
        return {name: _filled(each, done) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, done) for each in value]
    return value


def _filled_text(text: str, done: Mapping[str, Answer]) -> str:
    return REFERENCE.sub(lambda found: _referred(found[1], found[2], done), text)


def _referred(name: str, path: str, done: Mapping[str, Answer]) -> str:
    value = done[name].body if name in done else None
    for step in STEP.finditer(path):
        value = _step(value, step[1], step[2])
    if not isinstance(value, str | int | float):
        message = f"Invalid reference specified. No value for {name}{path} found in {name}"
        raise SalesforceError("PROCESSING_HALTED", message)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _step(value: object, name: str | None, position: str | None) -> object:
    if position is not None:
        return value[int(position)] if isinstance(value, list) and int(position) < len(value) else None
    return value.get(name) if isinstance(value, dict) else None


def _composed(done: Mapping[str, Answer]) -> Answer:
    responses = [
        {
            "body": each.body,
            "httpHeaders": dict(each.headers),
            "httpStatusCode": each.status,
            "referenceId": reference,
        }
        for reference, each in done.items()
    ]
    return Answer(200, {"compositeResponse": responses})


def batch(call: Call, answer: Handler) -> Answer:
    """POST: do up to 25 calls in order, each for itself; `haltOnError` stops at the first that fails."""
    body = call.json_object()
    given = body.get("batchRequests")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise SalesforceError("JSON_PARSER_ERROR", "The body needs an array of objects in batchRequests.")
    _check_count(given)
    results: list[JsonObject] = []
    for each in given:
        halted = body.get("haltOnError") is True and any(int(str(done["statusCode"])) >= 400 for done in results)  # noqa: PLR2004 - where HTTP's errors begin
        result = Answer(HALTED.status, error_body([HALTED])) if halted else _batched(call, each, answer)
        results.append({"statusCode": result.status, "result": result.body})
    failed = any(int(str(each["statusCode"])) >= 400 for each in results)  # noqa: PLR2004 - where HTTP's errors begin
    return Answer(200, {"hasErrors": failed, "results": results})


def _batched(call: Call, given: JsonObject, answer: Handler) -> Answer:
    method, url = str(given.get("method", "")).upper(), str(given.get("url", ""))
    try:
        return _inner(call, method, url, given.get("richInput"), {}, answer)
    except SalesforceError as error:
        return refusal(error)
