"""Invoices of auctions by SOAP: the models, the rules and the answers are those of REST (R12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from drawbar.jobs.auction_counter import HandedInvoice, InvoiceAnswer, InvoiceAsked, InvoiceCounter, answer
from drawbar.jobs.hub import Hub
from drawbar.middleware.server.soap.contract import Contract
from drawbar.middleware.server.soap.service import ContractService, Gate, Operation

CONTRACT: Final = Path(__file__).parent / "auction_invoices.wsdl"


@dataclass(frozen=True, slots=True)
class InvoiceOperations:
    """Hands calls over to what REST uses."""

    counter: InvoiceCounter

    def post(self, handed: HandedInvoice, caller: str, _now: datetime) -> InvoiceAnswer:
        """Take an invoice in; the same again is the first one."""
        return answer(self.counter.hand_in(handed, caller).invoice)

    def get(self, asked: InvoiceAsked, caller: str, _now: datetime) -> InvoiceAnswer:
        return answer(self.counter.invoice(asked, caller))


def invoice_service(hub: Hub, gate: Gate[str]) -> ContractService[str]:
    """Give the service."""
    operations = InvoiceOperations(InvoiceCounter(hub))
    return ContractService(
        Contract.read(CONTRACT), gate,
        {
            "PostInvoice": Operation(HandedInvoice, operations.post),
            "GetInvoice": Operation(InvoiceAsked, operations.get),
        },
    )  # fmt: skip
