"""Who handles which kind of message of the inbox."""

from __future__ import annotations

from drawbar.connectors.salesforce.outbound_message import KIND as OUTBOUND_MESSAGE
from drawbar.jobs.agent_events import AgentEventHandler
from drawbar.jobs.hub import Hub
from drawbar.jobs.leaseworks_dispositions import DISPOSITION, LeaseWorksDispositionHandler
from drawbar.jobs.message_answers import TOLD_BY_TWILIO, TwilioHandler
from drawbar.jobs.outbound_messages import OutboundMessageHandler
from drawbar.jobs.quickbooks import HINTED, hinted
from drawbar.jobs.remarketing_asks import OFFERED
from drawbar.jobs.remarketing_offers import OfferHandler
from drawbar.jobs.sync_requests import RECORD_CHANGED, SyncRequestHandler
from drawbar.middleware.repossession.orders import AGENT_EVENT
from drawbar.middleware.server.sync_requests import KIND as SYNC_REQUEST
from drawbar.middleware.sync.inbox_handling import Handlers


def inbox_handlers(hub: Hub) -> Handlers:
    """Give the handlers by kind."""
    sync_requests = SyncRequestHandler(hub)
    return {
        SYNC_REQUEST: sync_requests.asked, RECORD_CHANGED: sync_requests.told, HINTED: hinted(hub),
        OUTBOUND_MESSAGE: OutboundMessageHandler(hub).notified, AGENT_EVENT: AgentEventHandler(hub).told,
        DISPOSITION: LeaseWorksDispositionHandler(hub).told, TOLD_BY_TWILIO: TwilioHandler(hub).told,
        OFFERED: OfferHandler(hub).offered,
    }  # fmt: skip
