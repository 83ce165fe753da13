"""Golden pairs: a source record and the Salesforce record that it becomes, one JSON file each.

`python -m tests.mappings.golden` checks them, `--write` writes what the mappings give now: look at the difference.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from shapely.geometry import shape

from drawbar.connectors.fleetrock.audit import audit_order
from drawbar.connectors.fleetrock.records import STAGES, read_order, read_purchase
from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.salesforce.records.sobject import SalesforceRecord
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.mappings import (
    auction_invoice,
    auction_invoice_line,
    auction_refund,
    collections_account,
    collections_case,
    collections_promise,
    fleetrock_line,
    fleetrock_order,
    fleetrock_purchase,
    gps_alert,
    gps_alert_task,
    gps_device,
    gps_geofence,
    gps_position,
    gps_recovery,
    gps_vehicle,
    leaseworks_account,
    leaseworks_departure,
    leaseworks_lessee,
    leaseworks_note,
    leaseworks_payment,
    leaseworks_vehicle,
    lessee_message,
    remarketing_request,
    remarketing_status,
    repairs_condition,
    repossession_case,
    repossession_hold,
    resale_origin,
    resale_proceeds,
    resale_review,
    resale_sale,
    resale_work_order,
    resale_work_order_verdict,
    sync_error,
    visit_origin,
    visit_promise,
)
from drawbar.middleware.auctions.kept import KeptInvoice
from drawbar.middleware.auctions.proceeds import Refund
from drawbar.middleware.collections.records import Assessment, PromiseHistoryEntry
from drawbar.middleware.failures import RecordFailure
from drawbar.middleware.gps.episodes import Alert
from drawbar.middleware.gps.feasibility import Feasibility
from drawbar.middleware.gps.geofences import FenceKind, Geofence
from drawbar.middleware.gps.records import Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.messages.records import Message
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.remarketing.history import StatusChange
from drawbar.middleware.repossession.cases import PlacedOrder, RepoCase
from drawbar.middleware.repossession.events import CaseEvent, follow
from drawbar.middleware.repossession.facts import worth_of
from drawbar.middleware.repossession.holds import Hold
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.view import CaseView
from drawbar.middleware.resale.review import Entered, SignOff, Sold, review_account
from drawbar.middleware.resale.sales import KeptSale
from drawbar.middleware.resale.work_orders import KeptWorkOrder

FOLDER = Path(__file__).parent
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

Given = Mapping[str, Any]
assessment = TypeAdapter(Assessment)
promise = TypeAdapter(PromiseHistoryEntry)
failure = TypeAdapter(RecordFailure)
report = TypeAdapter(DeviceReport)
position = TypeAdapter(Position)
gps = TypeAdapter(Alert)
feasibility = TypeAdapter(Feasibility)
sourced = TypeAdapter(resale_work_order.SourcedWorkOrder)
kept_order = TypeAdapter(KeptWorkOrder)
kept_orders = TypeAdapter(list[KeptWorkOrder])
kept_sale = TypeAdapter(KeptSale)
standing = TypeAdapter(remarketing_request.StandingRequest)
status_change = TypeAdapter(StatusChange)
sold_vehicles = TypeAdapter(list[Sold])
entered = TypeAdapter(Entered)
signed = TypeAdapter(SignOff | None)
kept_invoice = TypeAdapter(KeptInvoice)
refund = TypeAdapter(Refund)
sold_proceeds = TypeAdapter(resale_proceeds.SoldProceeds)
hold = TypeAdapter(Hold)
message = TypeAdapter(Message)
repo_case = TypeAdapter(RepoCase)
repo_events = TypeAdapter(list[CaseEvent])
repo_orders = TypeAdapter(list[PlacedOrder])


def _case(given: Given) -> SalesforceRecord:
    assessed = assessment.validate_python(given["assessment"])
    case = next(each for each in assessed.cases if each.key == given["case"])
    return collections_case.to_salesforce(assessed, case, now=NOW)


def _departure(given: Given) -> SalesforceRecord:
    left_on = date.fromisoformat(given["left_on"])
    return leaseworks_departure.to_salesforce(given["entity"], given["key"], left_on=left_on, now=NOW)


def _repair_order(given: Given) -> SalesforceRecord:
    order = read_order(given["order"], STAGES)
    audit = audit_order(order, settled=given.get("settled", True))
    judged = fleetrock_order.JudgedOrder(order, given["vehicle"], audit, given.get("page", ""))
    return fleetrock_order.to_salesforce(judged, now=NOW)


def _repair_line(given: Given) -> SalesforceRecord:
    order = read_order(given["order"], STAGES)
    task = order.tasks[given["task"]]
    part = task.parts[given["part"]] if "part" in given else None
    return fleetrock_line.to_salesforce(fleetrock_line.OrderLine(order, task, part), now=NOW)


def _review(given: Given) -> SalesforceRecord:
    sales, orders = sold_vehicles.validate_python(given["sales"]), kept_orders.validate_python(given["orders"])
    review = review_account(given["account"], sales, orders, entered.validate_python(given["entered"]))
    sign_off = signed.validate_python(given["sign_off"])
    return resale_review.to_salesforce(resale_review.StandingReview(review, NOW, sign_off), now=NOW)


def _invoice_line(given: Given) -> SalesforceRecord:
    kept = kept_invoice.validate_python(given["invoice"])
    placed = auction_invoice_line.LineOfInvoice(kept, kept.lines[given["line"]])
    return auction_invoice_line.to_salesforce(placed, now=NOW)


def _repossession(given: Given) -> SalesforceRecord:
    course = follow(repo_events.validate_python(given["events"]))
    orders = tuple(repo_orders.validate_python(given["orders"]))
    case = repo_case.validate_python({**given["case"], "course": course, "orders": orders})
    worth = worth_of(case.facts, RepossessionSettings())
    return repossession_case.to_salesforce(CaseView(case, worth, tuple(given["blocked"])), now=NOW)


def _alert_task(alert: Alert, given: Given) -> SalesforceRecord:
    if "closes" in given:
        return gps_alert_task.ended(alert, closes=given["closes"], now=NOW)
    return gps_alert_task.to_salesforce(alert, given["user"], now=NOW)


MAPPINGS: dict[str, Callable[[Given], SalesforceRecord]] = {
    "leaseworks_lessee": lambda given: leaseworks_lessee.to_salesforce(
        leaseworks.Lessee.model_validate(given), now=NOW
    ),
    "leaseworks_account": lambda given: leaseworks_account.to_salesforce(
        leaseworks.LeaseAccount.model_validate(given), now=NOW
    ),
    "leaseworks_vehicle": lambda given: leaseworks_vehicle.to_salesforce(
        leaseworks.Vehicle.model_validate(given), now=NOW
    ),
    "leaseworks_payment": lambda given: leaseworks_payment.to_salesforce(
        leaseworks.Payment.model_validate(given), now=NOW
    ),
    "leaseworks_note": lambda given: leaseworks_note.to_salesforce(leaseworks.Note.model_validate(given), now=NOW),
    "leaseworks_departure": _departure,
    "collections_account": lambda given: collections_account.to_salesforce(assessment.validate_python(given), now=NOW),
    "collections_promise": lambda given: collections_promise.to_salesforce(promise.validate_python(given), now=NOW),
    "collections_case": _case,
    "fleetrock_order": _repair_order,
    "fleetrock_line": _repair_line,
    "fleetrock_purchase": lambda given: fleetrock_purchase.to_salesforce(read_purchase(given), now=NOW),
    "repairs_condition": lambda given: repairs_condition.to_salesforce(
        repairs_condition.ConcludedCondition(**given), now=NOW
    ),
    "gps_device": lambda given: gps_device.to_salesforce(report.validate_python(given), now=NOW),
    "gps_geofence": lambda given: gps_geofence.to_salesforce(
        Geofence(given["name"], FenceKind(given["kind"]), given["account"], shape(given["geometry"])), now=NOW
    ),
    "gps_position": lambda given: gps_position.to_salesforce(position.validate_python(given), now=NOW),
    "gps_vehicle": lambda given: gps_vehicle.to_salesforce(
        given["asset_number"], position.validate_python(given["position"]), now=NOW
    ),
    "gps_alert": lambda given: gps_alert.to_salesforce(gps.validate_python(given), now=NOW),
    "gps_alert_task": lambda given: _alert_task(gps.validate_python(given["alert"]), given),
    "gps_recovery": lambda given: gps_recovery.to_salesforce(feasibility.validate_python(given), now=NOW),
    "resale_work_order": lambda given: resale_work_order.to_salesforce(sourced.validate_python(given), now=NOW),
    "resale_work_order_verdict": lambda given: resale_work_order_verdict.to_salesforce(
        kept_order.validate_python(given), now=NOW
    ),
    "resale_origin": lambda given: resale_origin.to_salesforce(given["object"], given["key"], NOW, now=NOW),
    "resale_sale": lambda given: resale_sale.to_salesforce(
        kept_sale.validate_python(given), given.get("request", ""), now=NOW
    ),
    "remarketing_request": lambda given: remarketing_request.to_salesforce(standing.validate_python(given), now=NOW),
    "remarketing_status": lambda given: remarketing_status.to_salesforce(
        given["request"], status_change.validate_python(given["change"]), now=NOW
    ),
    "resale_review": _review,
    "resale_proceeds": lambda given: resale_proceeds.to_salesforce(sold_proceeds.validate_python(given), now=NOW),
    "auction_invoice": lambda given: auction_invoice.to_salesforce(kept_invoice.validate_python(given), now=NOW),
    "auction_invoice_line": _invoice_line,
    "auction_refund": lambda given: auction_refund.to_salesforce(
        refund.validate_python(given["refund"]), given["system"], now=NOW
    ),
    "repossession_case": _repossession,
    "repossession_hold": lambda given: repossession_hold.to_salesforce(hold.validate_python(given), now=NOW),
    "lessee_message": lambda given: lessee_message.to_salesforce(message.validate_python(given), now=NOW),
    "visit_origin": lambda given: visit_origin.to_salesforce(given["key"], NOW, now=NOW),
    "visit_promise": lambda given: visit_promise.to_salesforce(given["key"], given["promise"], now=NOW),
    "sync_error": lambda given: sync_error.to_salesforce(failure.validate_python(given), now=NOW),
}


def pairs() -> Iterator[Path]:
    """Give every golden pair, by mapping and name."""
    return (path for mapping in MAPPINGS for path in sorted((FOLDER / mapping).glob("*.json")))


def becomes(path: Path) -> dict[str, Any]:
    """Give what the mapping makes today of a pair's source."""
    given = json.loads(path.read_text(encoding="utf-8"))["given"]
    return _plain(to_target(MAPPINGS[path.parent.name](given)))


def expected(path: Path) -> dict[str, Any]:
    """Give what the pair says that the source becomes."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")).get("becomes", {})
    return found


def _plain(target: TargetRecord) -> dict[str, Any]:
    return {
        "object": target.object,
        "key": target.key,
        "parent": target.parent,
        "references": {
            name: None if each is None else f"{each.object} {each.key}" for name, each in target.references.items()
        },
        "fields": {name: _scalar(value) for name, value in target.fields.items()},
    }


def _scalar(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def main(arguments: list[str]) -> int:
    """Check all pairs, or write them; give the exit code."""
    differing = [path for path in pairs() if becomes(path) != expected(path)]
    for path in differing:
        if "--write" in arguments:
            given = json.loads(path.read_text(encoding="utf-8"))["given"]
            pair = json.dumps({"given": given, "becomes": becomes(path)}, indent=2, ensure_ascii=False)
            path.write_text(f"{pair}\n", encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(FOLDER)} differs\n")
    return 1 if differing and "--write" not in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
