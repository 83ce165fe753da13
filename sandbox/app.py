"""One local org with everything that answers at its address: log-in, REST, Bulk, faults, meter, pages, vendors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from drawbar.sandbox.bulk.jobs import BulkJobs
from drawbar.sandbox.bulk.routes import bulk_routes
from drawbar.sandbox.connections import Connections
from drawbar.sandbox.control import control_routes
from drawbar.sandbox.deploying.deployments import Deployments
from drawbar.sandbox.deploying.installation import GrantingWriter, Installation
from drawbar.sandbox.deploying.retrieving import Retrievals
from drawbar.sandbox.deploying.routes import deploy_routes
from drawbar.sandbox.fault_middleware import FaultMiddleware
from drawbar.sandbox.faults import Faults
from drawbar.sandbox.locks import LockingWriter
from drawbar.sandbox.meter import DEFAULT_DAILY_LIMIT, Meter, MeterMiddleware
from drawbar.sandbox.oauth import ConnectedApp, OAuthEndpoints
from drawbar.sandbox.pages.lightning import Lightning
from drawbar.sandbox.pages.routes import page_routes
from drawbar.sandbox.rest.api import RestApi
from drawbar.sandbox.rest.query import Locators
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import ORGANIZATION_ID, open_org
from drawbar.sandbox.sessions import DEFAULT_SESSION_SECONDS, Sessions
from drawbar.sandbox.store import system_clock
from drawbar.sandbox.vendors import Vendor, vendor_routes

HOSTS = ["localhost", "127.0.0.1", "[::1]"]
"""The names that the org answers to; a web page elsewhere that points its own name here gets nothing."""

SMALLEST_GZIP = 1024
DEPLOYED = "deployed"
"""The folder, in the org's own, that keeps what was deployed to it."""


@dataclass(frozen=True, slots=True)
class OrgOptions:
    """How the org behaves; seconds are seconds of the org's clock, except for Bulk jobs and deployments.

    `project` is the SFDX project that its schema was read from, None for an org in which nothing is installed.
    """

    session_seconds: float = DEFAULT_SESSION_SECONDS
    bulk_processing_seconds: float = 0.0
    daily_api_calls: int = DEFAULT_DAILY_LIMIT
    deploy_seconds: float = 0.0
    project: Path | None = None


class LocalOrg:
    """An open org; `app` answers HTTP calls. Close it when no more calls come."""

    def __init__(
        self,
        folder: Path,
        schema: Schema,
        client: ConnectedApp,
        *,
        options: OrgOptions | None = None,
        vendors: Sequence[Vendor] = (),
        lightning: Lightning | None = None,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        settings = options or OrgOptions()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.client = client
        self.folder = folder
        self.vendors = vendors
        self.lightning = lightning
        self.org = open_org(folder / "org.db", schema, clock=clock, username=client.username)
        self.faults = Faults()
        self.meter = Meter(daily_limit=settings.daily_api_calls, clock=clock)
        self.org.intercept(lambda writer: LockingWriter(writer, faults=self.faults, schema=schema))
        self.sessions = Sessions(ORGANIZATION_ID, clock=clock, seconds=settings.session_seconds)
        self.jobs = BulkJobs(
            self.org,
            folder / "bulk",
            faults=self.faults,
            meter=self.meter,
            processing_seconds=settings.bulk_processing_seconds,
        )
        self.installation = Installation(self.org, settings.project, folder / DEPLOYED)
        self.org.intercept(lambda writer: GrantingWriter(writer, self.installation))
        self.deployments = Deployments(self.installation, clock=clock, seconds=settings.deploy_seconds)
        self.locators = Locators()
        self.connections = Connections()
        self.app = self._app()
        self.jobs.start()

    def close(self) -> None:
        """Stop the Bulk jobs after what they have in hand, and close the database."""
        self.jobs.stop()
        self.deployments.stop()
        self.locators.close()
        self.org.close()

    def _app(self) -> ASGIApp:
        rest = RestApi(self.org, self.sessions, meter=self.meter, locators=self.locators)
        routes = [
            *OAuthEndpoints(self.org, self.client, self.sessions).routes(),
            *bulk_routes(self.jobs, signed_in=self.sessions.signed_in),
            *deploy_routes(self.deployments, signed_in=self.sessions.signed_in),
            *Retrievals(self.installation, self.sessions).routes(),
            *rest.routes(),
            *control_routes(meter=self.meter, faults=self.faults),
            *page_routes(self.org, self.lightning),
            *vendor_routes(self.vendors),
        ]
        app: ASGIApp = Starlette(routes=routes)
        app = GZipMiddleware(app, minimum_size=SMALLEST_GZIP)
        app = FaultMiddleware(app, faults=self.faults, connections=self.connections)
        app = MeterMiddleware(app, meter=self.meter)
        return TrustedHostMiddleware(app, allowed_hosts=HOSTS)
