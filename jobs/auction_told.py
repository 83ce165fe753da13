"""Auctions' invoices and proceeds for machines: by REST, SOAP and `--json`, amounts as text in US dollars."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from drawbar.mappings.resale_proceeds import SoldProceeds
from drawbar.middleware.auctions.kept import KeptInvoice, KeptLine
from drawbar.middleware.auctions.settings import InvoiceStatus, Verdict


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProceedsTold(_Told):
    """Proceeds of a vehicle, and what the rules said of them."""

    work_order: str
    remarketing: str
    vehicle: str
    gross: Decimal
    net: Decimal
    buyer: str
    status: Verdict
    reason: str


class FeeTold(_Told):
    """A detail, and what the rules said of it."""

    work_order: str
    remarketing: str
    vehicle: str
    service: str
    estimate: Decimal | None
    amount: Decimal
    collectible: bool
    status: Verdict
    reason: str


class RulingTold(_Told):
    """A decision of one rule."""

    rule: str
    subject: str
    verdict: Verdict
    reason: str


class TransactionTold(_Told):
    """What became of a transaction."""

    key: str
    kind: str
    vehicle: str
    service: str
    state: str
    error: str


class InvoiceTold(_Told):
    """An invoice with all that is known of it."""

    number: str
    external_reference: str
    vendor: str
    type: str
    auction: str
    auctioned_on: date
    funds_received_on: date | None
    total_gross: Decimal
    total_net: Decimal
    total_expense: Decimal
    actual_net: Decimal
    status: InvoiceStatus
    received_at: datetime
    received_from: str
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    posted_at: datetime | None
    proceeds: list[ProceedsTold]
    fees: list[FeeTold]
    rulings: list[RulingTold]
    transactions: list[TransactionTold]
    manual_accounting: list[FeeTold]


class VehicleProceedsTold(_Told):
    """What a vehicle brought; `recovery_percent` is null where there was no balance."""

    vehicle: str
    sale: str
    gross: Decimal
    expense: Decimal
    refunds: Decimal
    net_proceeds: Decimal
    balance: Decimal
    net_gain: Decimal
    recovery_percent: Decimal | None
    expenses: list[dict[str, str]]
    refund_details: list[dict[str, str]]


def told(kept: KeptInvoice) -> InvoiceTold:
    """Give an invoice."""
    decision = kept.decision
    return InvoiceTold(
        number=kept.number, external_reference=kept.reference, vendor=kept.vendor, type=kept.kind,
        auction=kept.auction, auctioned_on=kept.auctioned_on, funds_received_on=kept.funds_received_on,
        total_gross=kept.total_gross, total_net=kept.total_net, total_expense=kept.total_expense,
        actual_net=kept.actual_net, status=kept.status, received_at=kept.received_at,
        received_from=kept.received_from, decided_by=decision.by if decision else None,
        decided_at=decision.at if decision else None, decision_reason=decision.reason if decision else None,
        posted_at=kept.posted_at, proceeds=[_proceeds(each) for each in kept.proceeds],
        fees=[_fee(each) for each in kept.fees],
        rulings=[
            RulingTold(rule=each.rule, subject=each.subject, verdict=each.verdict, reason=each.reason)
            for each in kept.rulings
        ],
        transactions=[
            TransactionTold(
                key=each.key, kind=each.kind, vehicle=kept.lines[each.line].vehicle,
                service=kept.lines[each.line].service, state=each.state, error=each.error,
            )
            for each in kept.postings
        ],
        manual_accounting=[_fee(each) for each in kept.by_hand],
    )  # fmt: skip


def proceeds_told(vehicle: str, sold: SoldProceeds) -> VehicleProceedsTold:
    """Give what a vehicle brought."""
    found = sold.proceeds
    return VehicleProceedsTold(
        vehicle=vehicle, sale=sold.sale, gross=found.gross, expense=found.expense, refunds=found.refunded,
        net_proceeds=found.net, balance=found.balance, net_gain=found.gain, recovery_percent=found.recovery,
        expenses=[
            {"type": each.service, "currency": "USD", "amount": str(each.amount)} for each in found.expenses
        ],
        refund_details=[
            {"type": each.kind, "currency": "USD", "amount": str(each.amount), "manual": "yes"}
            for each in found.refunds
        ],
    )  # fmt: skip


def _proceeds(line: KeptLine) -> ProceedsTold:
    assert line.gross is not None  # noqa: S101  (a line of proceeds has both)
    assert line.net is not None  # noqa: S101
    return ProceedsTold(
        work_order=line.work_order, remarketing=line.request, vehicle=line.vehicle, gross=line.gross, net=line.net,
        buyer=line.buyer, status=line.verdict, reason=line.reason,
    )  # fmt: skip


def _fee(line: KeptLine) -> FeeTold:
    assert line.amount is not None  # noqa: S101  (a fee has one)
    return FeeTold(
        work_order=line.work_order, remarketing=line.request, vehicle=line.vehicle, service=line.service,
        estimate=line.estimate, amount=line.amount, collectible=line.collectible, status=line.verdict,
        reason=line.reason,
    )  # fmt: skip
