"""What speaks SOAP at the hub's server: sync requests, remarketing, outbound messages, QuickBooks' Web Connector."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from drawbar.connectors.quickbooks_desktop.service import PATH as QUICKBOOKS
from drawbar.connectors.quickbooks_desktop.service import web_connector_service
from drawbar.connectors.quickbooks_desktop.settings import QuickBooksDesktopSettings
from drawbar.connectors.quickbooks_desktop.web_connector import WebConnector
from drawbar.connectors.salesforce.outbound_message import PATH as OUTBOUND_MESSAGES
from drawbar.connectors.salesforce.outbound_message import OutboundMessages
from drawbar.connectors.salesforce.settings import OutboundMessageSettings
from drawbar.jobs.auction_soap import invoice_service
from drawbar.jobs.hub import Hub
from drawbar.jobs.remarketing_soap import remarketing_service
from drawbar.jobs.serving import Shared
from drawbar.middleware.server.callers import AUCTION, AUCTION_INVOICES, SYNC_REQUESTS
from drawbar.middleware.server.soap.clients import ClientAccounts
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.server.soap.security import StoredNonces, UsernameTokenGate
from drawbar.middleware.server.soap.service import SoapService
from drawbar.middleware.server.soap.settings import SoapSettings
from drawbar.middleware.server.soap.sync_service import sync_service

MOUNT: Final = "/soap"
SYNC: Final = "/sync"
REMARKETING: Final = "/remarketing"
AUCTIONS: Final = "/auction-invoices"


@dataclass(frozen=True, slots=True)
class SoapMount:
    """Makes the app below `/soap`; `public_url` is the address of the server as callers see it, without a path."""

    hub: Hub
    soap: SoapSettings
    public_url: str
    outbound: OutboundMessageSettings | None
    quickbooks: QuickBooksDesktopSettings | None

    def __call__(self, shared: Shared) -> dict[str, ASGIApp]:
        services: dict[str, SoapService] = {
            SYNC: sync_service(shared.sync_requests, self._gate(shared, SYNC_REQUESTS)),
            REMARKETING: remarketing_service(self.hub, self._gate(shared, AUCTION)),
            AUCTIONS: invoice_service(self.hub, self._gate(shared, AUCTION_INVOICES)),
        }
        if self.outbound is not None:
            services[OUTBOUND_MESSAGES] = OutboundMessages(self.outbound, shared.inbox, shared.quotas.count_refusal)
        if self.quickbooks is not None:
            connector = WebConnector(self.hub.engine, self.quickbooks, version("drawbar"))
            services[QUICKBOOKS] = web_connector_service(connector, shared.quotas.count_refusal)
        return {MOUNT: Starlette(routes=[self._route(path, service) for path, service in services.items()])}

    def _route(self, path: str, service: SoapService) -> Route:
        return SoapHost(service, f"{self.public_url}{MOUNT}{path}", self.hub.clock).route(path)

    def _gate(self, shared: Shared, scope: str) -> UsernameTokenGate:
        accounts = ClientAccounts(self.hub.engine, scope, self.soap.digest_passwords)
        quotas = shared.quotas
        return UsernameTokenGate(accounts, StoredNonces(self.hub.engine), quotas.count_call, quotas.count_refusal)
