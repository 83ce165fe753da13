"""The org in a browser, for whoever sits at this machine: Lightning pages where they are built, else plain ones."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from drawbar.sandbox.ids import full_id
from drawbar.sandbox.pages.flexipages import LightningApp
from drawbar.sandbox.pages.lightning import MEDIA_TYPES, NOT_BUILT, Lightning, LightningPages
from drawbar.sandbox.pages.reading import ROWS_IN_LIST, PageReader, record_link
from drawbar.sandbox.reading import read_by_ids
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.store import Org
from drawbar.sandbox.uiapi.answers import answer
from drawbar.sandbox.uiapi.records import save

HERE = Path(__file__).parent
PLAIN_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
LIGHTNING_POLICY = f"{PLAIN_POLICY}; script-src 'self'; connect-src 'self'; img-src 'self' data:"
HEADERS = {
    "Content-Security-Policy": PLAIN_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

LONGEST_BODY = 100_000

_Page = Callable[[Request], Response]


def page_routes(org: Org, lightning: Lightning | None = None) -> list[Route]:
    """Give the routes of the pages; they answer only callers on this machine."""
    pages = Pages(org, lightning)
    table: list[tuple[str, _Page]] = [
        ("/", pages.home),
        ("/pages/style.css", pages.style),
        ("/lightning/o/{object}/list", pages.listing),
        ("/lightning/r/{object}/{id}/view", pages.record),
        ("/pages/lightning-frame.css", pages.frame),
        ("/pages/lightning/{file}", pages.built),
        ("/pages/records/{id}", pages.fields),
        ("/queue", pages.queue),
        ("/page/{tab}", pages.own_page),
        ("/vehicle/{key}", partial(pages.by_key, "Vehicle__c", "LeaseWorks_Id__c")),
        ("/account/{key}", partial(pages.by_key, "Lease_Account__c", "LeaseWorks_Id__c")),
        ("/vehicle/{key}", partial(pages.by_key, "Vehicle__c", "LeaseWorks_Id__c")),
        ("/lessee/{key}", partial(pages.by_key, "Account", "LeaseWorks_Id__c")),
        ("/case/{key}", partial(pages.by_key, "Case", "CaseNumber")),
        ("/{id}", pages.short),
    ]
    routes = [Route(path, _local(page), methods=["GET"]) for path, page in table]
    asked = [
        Route("/pages/graphql", _local(pages.graphql, with_body=True), methods=["POST"]),
        Route("/pages/records/{id}", _local(pages.save, with_body=True), methods=["PATCH"]),
    ]
    return [*asked, *routes]


def _local(page: _Page, *, with_body: bool = False) -> Callable[[Request], Awaitable[Response]]:
    """Answer callers on this machine; pages run in threads, where a body has to be there already."""

    async def endpoint(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            return Response("The pages answer only on loopback.", status_code=403, media_type="text/plain")
        if with_body:
            refusal = await _read_json(request)
            if refusal is not None:
                return refusal
        return await run_in_threadpool(page, request)

    return endpoint


async def _read_json(request: Request) -> Response | None:
    """Read the body, for the page to find; None when it is JSON, which no form of another site can send."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return JSONResponse({"errors": [{"message": "The body must be JSON."}]}, status_code=415, headers=HEADERS)
    if int(request.headers.get("content-length", LONGEST_BODY + 1)) > LONGEST_BODY:
        return JSONResponse({"errors": [{"message": "The body is too long."}]}, status_code=413, headers=HEADERS)
    try:
        request.state.asked = json.loads(await request.body())
    except ValueError:
        return JSONResponse({"errors": [{"message": "The body is not JSON."}]}, status_code=400, headers=HEADERS)
    return None


class Pages:
    """Writes the pages."""

    def __init__(self, org: Org, lightning: Lightning | None) -> None:
        self._org = org
        self._reader = PageReader(org)
        self._lightning = LightningPages(lightning, org.schema, self._reader) if lightning else None
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = (HERE / "style.css").read_bytes()
        self._frame = (HERE / "frame.css").read_bytes()

    def _html(self, template: str, context: Mapping[str, object], status: int = 200) -> Response:
        text = self._templates.get_template(template).render(context)
        return Response(text, status, HEADERS, media_type="text/html")

    def style(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(self._style, headers={**HEADERS, "Cache-Control": "max-age=60"}, media_type="text/css")

    def frame(self, _request: Request) -> Response:
        """The style sheet of what stands around the components."""
        return Response(self._frame, headers={**HEADERS, "Cache-Control": "max-age=60"}, media_type="text/css")

    def built(self, request: Request) -> Response:
        """A file of what was built; only those that were there at the start."""
        files = self._lightning.lightning.files if self._lightning else {}
        path = files.get(request.path_params["file"])
        if path is None or not path.exists():
            return self._missing("There is no such file.")
        headers = {**HEADERS, "Cache-Control": "no-cache"}
        return Response(path.read_bytes(), headers=headers, media_type=MEDIA_TYPES[path.suffix])

    def graphql(self, request: Request) -> Response:
        """What a component asks by `lightning/graphql`."""
        asked = request.state.asked
        text = asked.get("query") if isinstance(asked, dict) else None
        variables = asked.get("variables") if isinstance(asked, dict) else None
        if not isinstance(text, str) or not isinstance(variables, dict):
            return JSONResponse(
                {"errors": [{"message": "The body needs query, a text, and variables, an object."}]}, 400, HEADERS
            )
        return JSONResponse(answer(self._org, text, variables, user_id=INTEGRATION_USER_ID), headers=HEADERS)

    def fields(self, request: Request) -> Response:
        """What a component asks by `getRecord`: some fields of a record, `fields=Case.Status,Case.OwnerId`."""
        record_id = full_id(request.path_params["id"])
        sobject = self._org.schema.by_id(record_id) if record_id else None
        names = [each.partition(".")[2] for each in request.query_params.get("fields", "").split(",")]
        if sobject is None or record_id is None or any(sobject.field(each) is None for each in names):
            return JSONResponse({"message": "There is no such record or field."}, 400, HEADERS)
        found = read_by_ids(self._org, sobject, names, [record_id], user_id=INTEGRATION_USER_ID).get(record_id)
        if found is None:
            return JSONResponse({"message": "The requested record does not exist."}, 404, HEADERS)
        values = {each: {"value": found[each], "displayValue": None} for each in names}
        return JSONResponse({"apiName": sobject.name, "id": record_id, "fields": values}, headers=HEADERS)

    def save(self, request: Request) -> Response:
        """What a component saves by `updateRecord`: `{"fields": {name: value}}`."""
        asked = request.state.asked
        fields = asked.get("fields") if isinstance(asked, dict) else None
        if not isinstance(fields, dict):
            return JSONResponse({"message": "The body needs fields, an object."}, 400, HEADERS)
        status, body = save(self._org, request.path_params["id"], fields)
        return JSONResponse(body, status, HEADERS)

    def queue(self, request: Request) -> Response:
        """The app's home page: the collector's queue."""
        if self._lightning is None:
            return self._missing(NOT_BUILT)
        return self._lightning_html("lightning/home.html", {"regions": self._lightning.home()}, request)

    def own_page(self, request: Request) -> Response:
        """A page of the app that has a tab of its own, such as the home page of a job."""
        if self._lightning is None:
            return self._missing(NOT_BUILT)
        name = request.path_params["tab"]
        regions = self._lightning.own_page(name)
        if regions is None:
            return self._missing(f"The app has no page {name}.")
        title = self._lightning.lightning.app.own_pages[name][0]
        return self._lightning_html("lightning/own_page.html", {"regions": regions, "title": title}, request)

    def _lightning_html(self, template: str, context: Mapping[str, object], request: Request) -> Response:
        assert self._lightning is not None  # noqa: S101 - both callers have looked
        app = self._lightning.lightning.app
        frame = {"app": app, "user": INTEGRATION_USER_ID, "tabs": self._tabs(app), "here": request.url.path}
        text = self._templates.get_template(template).render({**frame, **context})
        return Response(text, headers={**HEADERS, "Content-Security-Policy": LIGHTNING_POLICY}, media_type="text/html")

    def _tabs(self, app: LightningApp) -> list[tuple[str, str]]:
        objects = [self._org.schema.get(each.removeprefix("standard-")) for each in app.tabs]
        lists = [(each.label_plural, f"/lightning/o/{each.name}/list") for each in objects if each]
        own = [(label, f"/page/{name}") for name, (label, _) in app.own_pages.items()]
        return [*own, ("Home", "/queue"), *lists]

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
        return self._record(sobject, record_id, request)

    def _record(self, sobject: SObject, record_id: str, request: Request) -> Response:
        arranged = self._lightning.record(sobject, record_id) if self._lightning else None
        if arranged is not None:
            return self._lightning_html("lightning/record.html", {"page": arranged}, request)
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
        return self._record(sobject, record_id, request)

    def short(self, request: Request) -> Response:
        """The address that Salesforce gives each record: `/500…`."""
        record_id = full_id(request.path_params["id"])
        sobject = self._org.schema.by_id(record_id) if record_id else None
        if sobject is None:
            return self._missing("There is no such page.")
        return RedirectResponse(record_link(sobject, record_id), headers=HEADERS)

    def _missing(self, reason: str) -> Response:
        return self._html("missing.html", {"reason": reason, "q": ""}, status=404)
