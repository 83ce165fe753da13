"""The rules for an auction's invoice, in their order, each decision with its reason (R17, R18); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from drawbar.middleware.auctions.invoices import AuctionInvoice, FeeLine, ProceedsLine
from drawbar.middleware.auctions.settings import RECEIVED, AuctionInvoiceSettings, InvoiceStatus, Verdict

OPEN: Final = "OPEN"
RE_SALE: Final = "RE SALE"
_WORST: Final[tuple[Verdict, ...]] = ("REJECTED", "FOR APPROVAL", "APPROVED")


class JudgedOrder(Protocol):
    """A work order as the rules see it; `state` is where the vehicle stands, such as TX."""

    @property
    def number(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def state(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What other invoices hold that were not rejected: services and sales by work order, each with its invoice."""

    services: Mapping[tuple[str, str], str]
    sales: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision of one rule; `subject` says on what, "" on the whole invoice."""

    rule: str
    subject: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class JudgedFee:
    """A detail after the rules: its estimate, and whether the lessee owes it."""

    line: FeeLine
    estimate: Decimal | None
    collectible: bool
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class JudgedProceeds:
    """Proceeds after the rules."""

    line: ProceedsLine
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of an invoice."""

    status: InvoiceStatus
    rulings: tuple[Ruling, ...]
    fees: tuple[JudgedFee, ...]
    proceeds: tuple[JudgedProceeds, ...]


def judge(
    invoice: AuctionInvoice, orders: Mapping[str, JudgedOrder], taken: Taken, settings: AuctionInvoiceSettings
) -> Judgement:
    """Apply the rules to an invoice whose work orders are all known; the first that rejects ends it."""
    before = [*_pre_checks(invoice, taken), *_orders(invoice, orders)]
    if _worst([each.verdict for each in before]) == "REJECTED":
        return _rejected(invoice, before)
    fees = [_fee(invoice, line, orders[line.work_order], settings) for line in invoice.fees]
    proceeds = [_proceeds(invoice, line) for line in invoice.proceeds]
    details, sold = _worst([each.verdict for each in fees]), _worst([*_unsold(invoice), *(_verdicts(proceeds))])
    together = settings.status_of(details, sold)
    reason = f"details are {details}, proceeds are {sold}"
    rulings = [*before, *_collectible(fees, orders), *_estimated(fees), *_balanced(invoice, proceeds)]
    rulings.append(Ruling("R18(5) together", "", together, reason))
    return _cycled(Judgement(together, tuple(rulings), tuple(fees), tuple(proceeds)), settings)


def _pre_checks(invoice: AuctionInvoice, taken: Taken) -> Iterator[Ruling]:
    right = invoice.kind == "PAYMENT RECEIVED"
    yield Ruling(
        "R16 type", "", "APPROVED" if right else "REJECTED",
        f"the type is {invoice.kind}" + ("" if right else "; an auction's invoice is PAYMENT RECEIVED"),
    )  # fmt: skip
    for fee in invoice.fees:
        other = taken.services.get((fee.work_order, fee.service))
        if other:
            subject = f"{fee.service} on {fee.work_order}"
            yield Ruling("R17 paid before", subject, "REJECTED", f"stands in auction invoice {other} already")
    for sold in invoice.proceeds:
        other = taken.sales.get(sold.work_order)
        if other:
            reason = f"its sale stands in auction invoice {other} already"
            yield Ruling("R17 paid before", sold.work_order, "REJECTED", reason)


def _orders(invoice: AuctionInvoice, orders: Mapping[str, JudgedOrder]) -> Iterator[Ruling]:
    for number in invoice.work_orders:
        order = orders[number]
        right = (order.status, order.kind) == (OPEN, RE_SALE)
        reason = f"the work order is {order.status} and {order.kind}" + ("" if right else ", not OPEN and RE SALE")
        yield Ruling("R18(1) work order", number, "APPROVED" if right else "REJECTED", reason)


def _fee(invoice: AuctionInvoice, line: FeeLine, order: JudgedOrder, settings: AuctionInvoiceSettings) -> JudgedFee:
    collectible = any(each.fits(line.service, order.status, order.state) for each in settings.collectible)
    estimate = settings.estimate(invoice.vendor, line.service)
    if estimate is None:
        verdict: Verdict = "FOR APPROVAL"
        reason = f"{line.amount} was invoiced, and nothing is estimated"
    elif line.amount <= estimate:
        verdict, reason = "APPROVED", f"{line.amount} is within the estimate of {estimate}"
    else:
        verdict, reason = "FOR APPROVAL", f"{line.amount} is above the estimate of {estimate}"
    return JudgedFee(line, estimate, collectible, verdict, reason)


def _proceeds(invoice: AuctionInvoice, line: ProceedsLine) -> JudgedProceeds:
    kept, asked = line.gross - line.net, invoice.fees_of(line.work_order)
    left = kept - asked
    if left == 0:
        return JudgedProceeds(line, "APPROVED", f"gross less net, {kept}, is what the details come to")
    return JudgedProceeds(
        line, "FOR APPROVAL", f"gross less net is {kept}, the details come to {asked}: {left} is unexplained"
    )


def _unsold(invoice: AuctionInvoice) -> list[Verdict]:
    """Give a verdict for each work order of which only fees are asked: nothing that it brought pays them."""
    return ["FOR APPROVAL" for _ in _without_proceeds(invoice)]


def _without_proceeds(invoice: AuctionInvoice) -> list[str]:
    sold = {each.work_order for each in invoice.proceeds}
    return [each for each in invoice.work_orders if each not in sold]


def _verdicts(proceeds: Sequence[JudgedProceeds]) -> list[Verdict]:
    return [each.verdict for each in proceeds]


def _collectible(fees: Sequence[JudgedFee], orders: Mapping[str, JudgedOrder]) -> Iterator[Ruling]:
    for each in fees:
        order = orders[each.line.work_order]
        found = "is" if each.collectible else "is not"
        reason = f"{found} collectible: {each.line.service}, {order.status}, {order.state or 'no state'}"
        yield Ruling("R18(2) collectible", _subject(each.line), "APPROVED", reason)


def _estimated(fees: Sequence[JudgedFee]) -> Iterator[Ruling]:
    return (Ruling("R18(3) estimate", _subject(each.line), each.verdict, each.reason) for each in fees)


def _balanced(invoice: AuctionInvoice, proceeds: Sequence[JudgedProceeds]) -> Iterator[Ruling]:
    for each in proceeds:
        yield Ruling("R18(4) proceeds", each.line.work_order, each.verdict, each.reason)
    for number in _without_proceeds(invoice):
        reason = f"there are no proceeds, and {invoice.fees_of(number)} is asked for"
        yield Ruling("R18(4) proceeds", number, "FOR APPROVAL", reason)


def _cycled(judgement: Judgement, settings: AuctionInvoiceSettings) -> Judgement:
    """Reject an invoice whose status the cycle table lets no received one have."""
    allowed = settings.may_follow(RECEIVED)
    if judgement.status in allowed:
        return judgement
    reason = f"the cycle table lets no received invoice become {judgement.status}"
    ruling = Ruling("R19 cycle", "", "REJECTED", reason)
    return Judgement("REJECTED", (*judgement.rulings, ruling), judgement.fees, judgement.proceeds)


def _rejected(invoice: AuctionInvoice, rulings: Sequence[Ruling]) -> Judgement:
    reason = "; ".join(
        " ".join(filter(None, (each.subject, each.reason))) for each in rulings if each.verdict == "REJECTED"
    )
    fees = tuple(JudgedFee(line, None, collectible=False, verdict="REJECTED", reason=reason) for line in invoice.fees)
    return Judgement(
        "REJECTED", tuple(rulings), fees, tuple(JudgedProceeds(line, "REJECTED", reason) for line in invoice.proceeds)
    )


def _subject(line: FeeLine) -> str:
    return f"{line.service} on {line.work_order}"


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Give the verdict that weighs most; what nobody judged is approved."""
    return next((each for each in _WORST if each in verdicts), "APPROVED")
