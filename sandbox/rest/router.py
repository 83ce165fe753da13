"""Finds what answers a call, by method and path; the same table serves HTTP and the parts of composite requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.rest.call import Answer, Call, Handler, refusal


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A handler and where it answers: `/sobjects/{object}/{id}` captures both names, `{rest+}` what is left."""

    methods: frozenset[str]
    pattern: re.Pattern[str]
    handler: Handler


def endpoint(methods: str, path: str, handler: Handler) -> Endpoint:
    """Make an endpoint; `methods` are joined by blanks (`GET HEAD`)."""
    pattern = re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", re.escape(path))
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", pattern)
    return Endpoint(frozenset(methods.split()), re.compile(f"{pattern}/?", re.IGNORECASE), handler)


class Router:
    """The endpoints of the REST API, in the order in which they are tried."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = tuple(endpoints)

    def answer(self, call: Call) -> Answer:
        """Answer a call; whatever the org refuses becomes an answer in its own words."""
        try:
            return self._find(call)
        except SalesforceError as error:
            return refusal(error, call.text)

    def _find(self, call: Call) -> Answer:
        method = _method(call)
        allowed: set[str] = set()
        for each in self._endpoints:
            found = each.pattern.fullmatch(call.path)
            if found is None:
                continue
            if method in each.methods:
                parts = {name: unquote(value) for name, value in found.groupdict().items()}
                return each.handler(replace(call, method=method, parts=parts))
            allowed |= each.methods
        if allowed:
            names = ",".join(sorted(allowed))
            message = f"HTTP Method '{method}' not allowed. Allowed are {names}"
            raise SalesforceError("METHOD_NOT_ALLOWED", message, status=405)
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)


def _method(call: Call) -> str:
    """Tell the method; clients that cannot PATCH say it in the address of a POST."""
    return call.query.get("_HttpMethod", call.method).upper() if call.method == "POST" else call.method
