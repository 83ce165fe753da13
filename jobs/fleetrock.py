"""Takes in FleetRock's repair orders and purchase orders, concludes the condition of vehicles, writes back payments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.fleetrock.audit import audit_order
from drawbar.connectors.fleetrock.connector import FleetRock, is_whole
from drawbar.connectors.fleetrock.records import UNDER_REPAIR, OrderStage, PurchaseOrder, RepairOrder
from drawbar.connectors.fleetrock.settings import SYSTEM
from drawbar.connectors.fleetrock.target import ORDER, FleetRockTarget
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.jobs.polling import PollingJob, Reading
from drawbar.jobs.repair_work import RepairWork
from drawbar.jobs.steps import Json, RunSteps
from drawbar.jobs.work_orders import WORK_ORDER
from drawbar.mappings import fleetrock_line, fleetrock_order, fleetrock_purchase, repairs_condition, resale_work_order
from drawbar.mappings.fleetrock_line import lines_of
from drawbar.mappings.fleetrock_order import JudgedOrder
from drawbar.mappings.repairs_condition import ConcludedCondition
from drawbar.mappings.resale_work_order import SourcedWorkOrder
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repairs.book import OrderKnown, OrderRead, RepairBook, Stands, lines_gone
from drawbar.middleware.repairs.conditions import VehicleStanding, condition_of
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.work_orders import WorkOrder
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.polled import PolledFeed, PolledResult, PolledRun, Refused

ORDERS: Final = f"{SYSTEM}.repair_orders"
PURCHASES: Final = f"{SYSTEM}.purchase_orders"
CONDITIONS: Final = f"{SYSTEM}.conditions"
LINE: Final = "Repair_Order_Line__c"
PURCHASE: Final = "Purchase_Order__c"
VEHICLE: Final = "Vehicle__c"
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOGETHER: Final = 200
"""Orders whose vehicles are looked up at once."""


@dataclass(frozen=True, slots=True)
class TakenOrder:
    """An order with all that its records are made from: vehicle and audit, and the lines that it has no more.

    `work` is the work order that it leads to: the repair of a repossessed vehicle, which nobody has decided yet.
    """

    judged: JudgedOrder
    whole: bool
    gone: tuple[str, ...]
    work: WorkOrder | None = None

    @property
    def order(self) -> RepairOrder:
        return self.judged.order


@dataclass(frozen=True, slots=True)
class FleetRockJob(PollingJob):
    """Reads by event, from some hours before the last reading on."""

    def readings(self, now: datetime) -> Sequence[Reading]:
        del now  # every reading has the time of its run
        return (
            Reading("repair orders", self._take_orders),
            Reading("vehicle conditions", self._conclude),
            Reading("purchase orders", self._take_purchases),
        )

    def send(self, steps: RunSteps) -> Json:
        return {"sent": steps.send("payments", lambda: FleetRockTarget(self.hub.fleetrock()), (ORDER,))}

    def _take_orders(self, run: PolledRun) -> PolledResult:
        fleetrock, book = self.hub.fleetrock(), RepairBook(run.connection, SYSTEM)
        since = fleetrock.since(run.cursor(ORDERS), run.now)
        patience = timedelta(days=fleetrock.settings.settle_days)
        failed = [letter.failure.key for letter in DeadLetters(run.connection).find(place=ORDERS)]
        again = {*book.to_read_again(), *self._found_at_last(book), *filter(None, failed)}
        answers = fleetrock.orders(since, run.now, sorted(again))
        orders = _OrderFeed(self, fleetrock, patience)
        source = f"FleetRock since {since:%Y-%m-%d %H:%M} UTC"
        feed = orders.feed(run.now, news_since=since)
        return run.take(feed, orders.joined(answers, book, run.now), source=source, cursor=run.now.isoformat)

    def _found_at_last(self, book: RepairBook) -> list[str]:
        """Name the orders whose vehicle was not in Salesforce when they were read, and is now."""
        missing = book.vins_without_vehicle()
        found = self.hub.vehicles().by_vin(missing) if missing else {}
        return book.orders_without_vehicle(list(found))

    def _conclude(self, run: PolledRun) -> PolledResult:
        book = RepairBook(run.connection, SYSTEM)

        def absorb(connection: Connection, concluded: Sequence[_VehicleNews]) -> None:
            RepairBook(connection, SYSTEM).concluded([each.vehicle for each in concluded])

        feed: PolledFeed[_VehicleNews] = PolledFeed(
            CONDITIONS, VEHICLE, key_of=lambda each: each.vehicle, to_targets=_condition, own=frozenset(), absorb=absorb
        )
        return run.take(feed, self._news(book), source="repair orders")

    def _news(self, book: RepairBook) -> Iterator[_VehicleNews]:
        """Give what repairs lead to for each vehicle with news, asking Salesforce where the vehicle stands."""
        for vehicles in in_chunks(book.vehicles_with_news(), _TOGETHER):
            names = ("Disposition__c", "Condition__c")
            found = self.hub.salesforce().read(VEHICLE, vehicles, names)
            for repairs in book.repairs(vehicles):
                held = found.get(repairs.vehicle, {})
                standing = VehicleStanding(*(str(held.get(name) or "") for name in names))
                condition = condition_of(repairs, standing)
                yield _VehicleNews(repairs.vehicle, condition and ConcludedCondition(repairs.vehicle, condition))

    def _take_purchases(self, run: PolledRun) -> PolledResult:
        fleetrock = self.hub.fleetrock()
        since = fleetrock.since(run.cursor(PURCHASES), run.now)
        feed: PolledFeed[PurchaseOrder] = PolledFeed(
            PURCHASES, PURCHASE, key_of=lambda each: each.id, to_targets=_purchase, own=frozenset({PURCHASE})
        )
        source = f"FleetRock since {since:%Y-%m-%d %H:%M} UTC"
        return run.take(feed, fleetrock.purchases(since, run.now), source=source, cursor=run.now.isoformat)


@dataclass(frozen=True, slots=True)
class _VehicleNews:
    """A vehicle whose repairs have changed, and the condition that they lead to, if any."""

    vehicle: str
    concluded: ConcludedCondition | None


@dataclass(frozen=True, slots=True)
class _OrderFeed:
    """How repair orders are taken in; `patience` is how long lines of an order may still come."""

    job: FleetRockJob
    fleetrock: FleetRock
    patience: timedelta

    def feed(self, now: datetime, *, news_since: datetime) -> PolledFeed[TakenOrder]:
        def absorb(connection: Connection, orders: Sequence[TakenOrder]) -> None:
            RepairBook(connection, SYSTEM).take([_read(each) for each in orders], now=now, news_since=news_since)
            for work in (each.work for each in orders if each.work is not None):
                WorkOrderBook(connection).hear(work, now=now)

        return PolledFeed(
            ORDERS, ORDER, key_of=lambda each: each.order.id, to_targets=_order_and_lines,
            own=frozenset({ORDER, LINE, WORK_ORDER}), absorb=absorb,
        )  # fmt: skip

    def joined(
        self, answers: Iterable[RepairOrder | Refused], book: RepairBook, now: datetime
    ) -> Iterator[TakenOrder | Refused]:
        """Add to each order what the hub and Salesforce know: its vehicle, and which lines it had before."""
        for chunk in in_chunks(answers, _TOGETHER):
            orders = [each for each in chunk if isinstance(each, RepairOrder)]
            known = book.known({each.id for each in orders})
            vins = {each.vin.upper() for each in orders if each.vin}
            vehicles = self.job.hub.vehicles().by_vin(sorted(vins)) if vins else {}
            works = RepairWork.of(self.job.hub, book.connection, sorted(set(vehicles.values())), orders)
            for each in chunk:
                if isinstance(each, Refused):
                    book.unwatch(each.key)
                    yield each
                else:
                    taken = self._taken(each, vehicles, known, now)
                    yield replace(taken, work=works.order_of(each, taken.judged.vehicle))

    def _taken(
        self, order: RepairOrder, vehicles: Mapping[str, str], known: Mapping[str, OrderKnown], now: datetime
    ) -> TakenOrder:
        before = known.get(order.id)
        watched = before.watched_since if before is not None else now
        settled = watched is not None and watched + self.patience < now
        vehicle = vehicles.get(order.vin.upper()) or (before.vehicle if before is not None else None) or None
        page = self.fleetrock.settings.order_page.replace("{id}", order.id) if order.id.isalnum() else ""
        judged = JudgedOrder(order, vehicle, audit_order(order, settled=settled), page)
        return TakenOrder(judged, is_whole(order) or settled, lines_gone(known, order.id, _line_keys(order)))


def _line_keys(order: RepairOrder) -> tuple[str, ...]:
    return tuple(line.key for line in lines_of(order))


def _read(taken: TakenOrder) -> OrderRead:
    order = taken.order
    stands: Stands = "open" if order.stage in UNDER_REPAIR else "finished"
    return OrderRead(
        id=order.id, vin=order.vin.upper(), vehicle=taken.judged.vehicle or "",
        stands="void" if order.stage is OrderStage.DELETED else stands, line_keys=_line_keys(order),
        complete=taken.whole, over_since=order.date_finished,
    )  # fmt: skip


def _order_and_lines(taken: TakenOrder, now: datetime) -> Iterator[TargetRecord]:
    yield to_target(fleetrock_order.to_salesforce(taken.judged, now=now))
    for line in lines_of(taken.order):
        yield to_target(fleetrock_line.to_salesforce(line, now=now))
    for key in taken.gone:
        yield to_target(fleetrock_line.removed(key, on=now.date(), now=now))
    if taken.work is not None:
        sourced = SourcedWorkOrder(taken.work, "FleetRock", taken.order.updated_at or _NEVER)
        yield to_target(resale_work_order.to_salesforce(sourced, now=now))


def _purchase(order: PurchaseOrder, now: datetime) -> Iterator[TargetRecord]:
    yield to_target(fleetrock_purchase.to_salesforce(order, now=now))


def _condition(news: _VehicleNews, now: datetime) -> Iterator[TargetRecord]:
    if news.concluded is not None:
        yield to_target(repairs_condition.to_salesforce(news.concluded, now=now))
