"""Work orders that agents' invoices lead to: what recovering a vehicle cost, to be approved before it is paid (P21)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import Hub
from drawbar.mappings.resale_work_order import SourcedWorkOrder
from drawbar.middleware.database.engine import reading
from drawbar.middleware.records import Scalar
from drawbar.middleware.repossession.cases import RepoCase, RepoCases
from drawbar.middleware.repossession.events import AMOUNT, INVOICE_NUMBER
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.states import RepoNote
from drawbar.middleware.resale.work_orders import WorkOrder
from drawbar.middleware.units import to_cents

_ACCOUNT: Final = "Lease_Account__r"
_FIELDS: Final = (f"{_ACCOUNT}.Company__c", f"{_ACCOUNT}.Portfolio__c")


@dataclass(frozen=True, slots=True)
class AgentInvoices:
    """Makes work orders of what agents tell; Salesforce is asked for the vehicle's books, in one call."""

    hub: Hub

    def order_of(self, news: AgentEvent) -> SourcedWorkOrder | None:
        """Give the work order of an invoice; None for other news, and for an order that is not ours.

        An invoice that is told twice, by its number, is one work order; one without a number is its event's own. Its
        number fits into QuickBooks (21 characters), where its bill has the same. Whom it is owed to, people enter
        before they approve it.
        """
        amount = _amount(news) if news.kind == RepoNote.INVOICE else None
        if amount is None:
            return None
        with reading(self.hub.engine) as connection:
            case = RepoCases(connection).of_order(news.order_number)
        if case is None:
            return None
        row = self.hub.salesforce().read(VEHICLE.api_name, [case.asset], _FIELDS).get(case.asset, {})
        return SourcedWorkOrder(_work_order(case, news, row, amount), "Drawbar", news.at)


def _amount(news: AgentEvent) -> Decimal | None:
    """Give what an invoice asks for; None for a text that is no amount, which the repossession refuses by name."""
    try:
        return to_cents(Decimal(news.details.get(AMOUNT, "")))
    except InvalidOperation:
        return None


def _work_order(case: RepoCase, news: AgentEvent, row: Mapping[str, Scalar], amount: Decimal) -> WorkOrder:
    reference = news.details.get(INVOICE_NUMBER, "")
    told = hashlib.sha256(f"{news.order_number} {news.source} {reference or news.event_id}".encode()).hexdigest()[:12]
    return WorkOrder(
        number=f"RA-{told}", kind="Agent", vehicle=case.asset,
        account=case.account, vin=case.facts.vin, company=str(row.get(f"{_ACCOUNT}.Company__c") or ""),
        portfolio=str(row.get(f"{_ACCOUNT}.Portfolio__c") or ""),
        description=f"Invoice {reference or 'without number'} of order {news.order_number}, told by {news.source}",
        reference=reference, amount=amount, done_on=news.at.date(),
    )  # fmt: skip
