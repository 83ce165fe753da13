"""The org in a browser: plain pages to read records by, for whoever sits at this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from drawbar.sandbox.ids import full_id
from drawbar.sandbox.pages.reading import ROWS_IN_LIST, PageReader, record_link
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.store import Org

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_Page = Callable[[Request], Response]


def page_routes(org: Org) -> list[Route]:
    """Give the routes of the pages; they only read, and answer only callers on this machine."""
    pages = Pages(org)
    table: list[tuple[str, _Page]] = [
        ("/", pages.home),
        ("/pages/style.css", pages.style),
        ("/lightning/o/{object}/list", pages.listing),
        ("/lightning/r/{object}/{id}/view", pages.record),
        ("/account/{key}", partial(pages.by_key, "Lease_Account__c", "LeaseWorks_Id__c")),
        ("/vehicle/{key}", partial(pages.by_key, "Vehicle__c", "LeaseWorks_Id__c")),
        ("/lessee/{key}", partial(pages.by_key, "Account", "LeaseWorks_Id__c")),
        ("/case/{key}", partial(pages.by_key, "Case", "CaseNumber")),
        ("/{id}", pages.short),
    ]
    return [Route(path, _local(page), methods=["GET"]) for path, page in table]


def _local(page: _Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            return Response("The pages answer only on loopback.", status_code=403, media_type="text/plain")
        return await run_in_threadpool(page, request)

    return endpoint


class Pages:
    """Writes the pages."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._reader = PageReader(org)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = (HERE / "style.css").read_bytes()

    def _html(self, template: str, context: Mapping[str, object], status: int = 200) -> Response:
        text = self._templates.get_template(template).render(context)
        return Response(text, status, HEADERS, media_type="text/html")

    def style(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(self._style, headers={**HEADERS, "Cache-Control": "max-age=60"}, media_type="text/css")

    def home(self, request: Request) -> Response:
        """All objects, and what a search (`q`) finds."""
        text = request.query_params.get("q", "").strip()
        found = self._reader.search(text)
        return self._html("home.html", {"objects": self._reader.looked_at(), "q": text, "tables": found})

    def listing(self, request: Request) -> Response:
        """The records of an object, 50 to a page; `by` and `id` narrow them to those of one parent."""
        sobject = self._org.schema.get(request.path_params["object"])
        if sobject is None:
            return self._missing(f"There is no object {request.path_params['object']}.")
        field = sobject.field(request.query_params.get("by", ""))
        value = request.query_params.get("id")
        start = request.query_params.get("start", "0")
        first = int(start) if start.isdecimal() and len(start) < 10 else 0  # noqa: PLR2004 - more digits than rows
        by = field.name if field is not None and field.type == "reference" else None
        table = self._reader.list_table(sobject, by=by, value=value, start=first)
        narrowed = {"by": by, "id": value} if by and value else {}
        links = {
            "previous": urlencode({**narrowed, "start": max(0, first - ROWS_IN_LIST)}) if first else "",
            "following": urlencode({**narrowed, "start": first + ROWS_IN_LIST})
            if first + len(table.rows) < table.count
            else "",
        }
        return self._html("list.html", {"table": table, "first": first, "q": "", **links})

    def record(self, request: Request) -> Response:
        """One record, as a record page in Salesforce shows it."""
        sobject = self._org.schema.get(request.path_params["object"])
        record_id = full_id(request.path_params["id"])
        if sobject is None or record_id is None:
            return self._missing("There is no such record.")
        return self._record(sobject, record_id)

    def _record(self, sobject: SObject, record_id: str) -> Response:
        page = self._reader.record_page(sobject, record_id)
        if page is None:
            return self._missing(f"There is no {sobject.label} {record_id}, or it was deleted.")
        return self._html("record.html", {"page": page, "q": ""})

    def by_key(self, object_name: str, field_name: str, request: Request) -> Response:
        """One record by a key that people know."""
        key = request.path_params["key"]
        sobject = self._org.schema.get(object_name)
        field = sobject.field(field_name) if sobject else None
        record_id = self._reader.id_by(sobject, field.name, key) if sobject and field else None
        if sobject is None or record_id is None:
            return self._missing(f"There is no {sobject.label if sobject else object_name} {key}.")
        return self._record(sobject, record_id)

    def short(self, request: Request) -> Response:
        """The address that Salesforce gives each record: `/500…`."""
        record_id = full_id(request.path_params["id"])
        sobject = self._org.schema.by_id(record_id) if record_id else None
        if sobject is None:
            return self._missing("There is no such page.")
        return RedirectResponse(record_link(sobject, record_id), headers=HEADERS)

    def _missing(self, reason: str) -> Response:
        return self._html("missing.html", {"reason": reason, "q": ""}, status=404)
