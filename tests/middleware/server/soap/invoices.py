"""A contract for tests: an invoice for vehicles, with a date, amounts, an empty note, and a list."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr
from sqlalchemy import Engine

from drawbar.middleware.errors import RecordRejected, RetryLater, StopRun
from drawbar.middleware.server.soap.contract import Contract
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.server.soap.security import StoredNonces, UsernameTokenGate
from drawbar.middleware.server.soap.service import ContractService, Operation

CONTRACT = Path(__file__).parent / "invoices.wsdl"
NAMESPACE = "urn:test:invoices"
CALLER, PASSWORD = "auction", "correct horse battery"
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class Party(BaseModel):
    name: str


class Vehicle(BaseModel):
    vin: str
    price: Decimal


class Invoice(BaseModel):
    model_config = ConfigDict(frozen=True)

    number: str
    date: date
    note: str | None = "left out"
    seller: Party
    buyer: Party
    vehicle: list[Vehicle]


class Receipt(BaseModel):
    number: str
    received: date
    total: Decimal
    note: str | None
    parties: list[str]


def take_invoice(invoice: Invoice, caller: str, _now: datetime) -> Receipt:
    match invoice.number:
        case "refuse":
            raise RecordRejected(
                "there is no such lot", record="lot 7", field="number", remedy="Send another.", code="NO_LOT"
            )
        case "later":
            raise RetryLater("the database is away")
        case "stop":
            raise StopRun("secret inner matter")
        case "defect":
            raise KeyError("canary")
    assert caller == CALLER
    return Receipt(
        number=invoice.number, received=invoice.date, total=sum((each.price for each in invoice.vehicle), Decimal()),
        note=invoice.note, parties=[invoice.seller.name, invoice.buyer.name],
    )  # fmt: skip


class OneAccount:
    """Knows one caller."""

    def is_right(self, name: str, password: str, _now: datetime) -> bool:
        return (name, password) == (CALLER, PASSWORD)

    def password(self, name: str, _now: datetime) -> SecretStr | None:
        return SecretStr(PASSWORD) if name == CALLER else None


def invoice_host(engine: Engine, address: str, now: datetime | None = None) -> SoapHost:
    gate = UsernameTokenGate(OneAccount(), StoredNonces(engine), lambda _name: None, lambda _peer: None)
    service = ContractService(Contract.read(CONTRACT), gate, {"SubmitInvoice": Operation(Invoice, take_invoice)})
    return SoapHost(service, f"{address}/soap/invoices", lambda: now or datetime.now(UTC))
