"""Every mapping passes the mapping contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import strategies as st

from drawbar.connectors.fleetrock import audit
from drawbar.connectors.fleetrock import records as fleetrock
from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.leaseworks.records import ContactChannel
from drawbar.connectors.salesforce.records.lease_account import BUCKETS
from drawbar.connectors.salesforce.records.sobject import SalesforceRecord
from drawbar.mappings import (
    collections_account,
    collections_case,
    collections_promise,
    fleetrock_line,
    fleetrock_order,
    fleetrock_purchase,
    gps_alert,
    gps_alert_task,
    gps_device,
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
    resale_review,
    resale_sale,
    resale_work_order,
    resale_work_order_verdict,
    sync_error,
)
from drawbar.middleware.collections.records import (
    AccountStanding,
    Assessment,
    CaseStatus,
    DelinquencyCase,
    PromiseHistoryEntry,
    PromiseStatus,
    PromiseSummary,
)
from drawbar.middleware.failures import RecordFailure
from drawbar.middleware.gps.episodes import Alert, Episode
from drawbar.middleware.gps.feasibility import Feasibility, Reason, Verdict
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.records import Device, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.messages.records import Message, MessageChannel, MessageStatus
from drawbar.middleware.records import Reference
from drawbar.middleware.remarketing.history import StatusChange
from drawbar.middleware.remarketing.requests import (
    PRIORITIES,
    AuctionOrder,
    Collateral,
    RemarketingRequest,
    Storage,
)
from drawbar.middleware.remarketing.statuses import RemarketingStatus
from drawbar.middleware.repossession.cases import PlacedOrder, RepoCase
from drawbar.middleware.repossession.events import CaseEvent, follow
from drawbar.middleware.repossession.facts import RepoFacts, worth_of
from drawbar.middleware.repossession.holds import Hold, HoldKind
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.states import RepoEvent, RepoNote
from drawbar.middleware.repossession.view import CaseView
from drawbar.middleware.resale.review import Entered, SignOff, Sold, review_account
from drawbar.middleware.resale.sales import CHANNELS, KeptSale, Sale
from drawbar.middleware.resale.work_orders import KINDS, Decision, KeptWorkOrder, WorkOrder
from tests.contracts.mapping import MappingContract
from tests.contracts.source_records import KEY_CHARACTERS, amounts, days, instants, valid

keys = st.text(KEY_CHARACTERS.strip(), min_size=1, max_size=20)
counts = st.integers(0, 9_999)

promises = st.builds(
    PromiseHistoryEntry,
    key=keys.map(lambda key: f"{key}-0001"),
    account_number=keys,
    sequence=st.integers(1, 9_999),
    promised_for=days,
    amount=amounts(Decimal("0.01")),
    taken_on=days,
    taken_by=st.text(max_size=60),
    channel=st.sampled_from([channel.value for channel in ContactChannel]),
    first_seen_on=days,
    status=st.sampled_from(PromiseStatus),
    decided_on=st.none() | days,
    paid_amount=amounts(),
    last_paid_on=st.none() | days,
    reason=st.text(max_size=300),
    verdict_changes=counts,
)
summaries = st.builds(
    PromiseSummary,
    kept_count=counts,
    broken_count=counts,
    kept_rate=st.none() | st.decimals(0, 100, places=6),
    last_broken_on=st.none() | days,
    open_promise_for=st.none() | days,
    open_promise_amount=st.none() | amounts(),
)
standings = st.builds(
    AccountStanding,
    account_number=keys,
    lessee_number=keys,
    past_due_amount=amounts(),
    updated_at=instants,
    past_due_since=st.none() | days,
    next_due_date=st.none() | days,
    late_fees=amounts(),
    payment_amount=amounts(),
)
open_cases = st.builds(
    DelinquencyCase,
    key=keys.map(lambda key: f"{key}-D001"),
    account_number=keys,
    sequence=st.integers(1, 999),
    status=st.just(CaseStatus.OPEN),
    opened_on=days,
    closed_on=st.none(),
    close_reason=st.just(""),
    reopened_on=st.none() | days,
    times_reopened=counts,
)
closed_cases = st.builds(
    DelinquencyCase,
    key=keys.map(lambda key: f"{key}-D001"),
    account_number=keys,
    sequence=st.integers(1, 999),
    status=st.just(CaseStatus.CLOSED),
    opened_on=days,
    closed_on=days,
    close_reason=st.sampled_from(["Cured", "Paid Off"]),
    reopened_on=st.none() | days,
    times_reopened=counts,
)
assessments = st.builds(
    Assessment,
    account_number=keys,
    lessee_number=keys,
    as_of=days,
    days_past_due=st.integers(0, 99_999),
    bucket=st.sampled_from(BUCKETS),
    standing=standings,
    cases=st.just(()),
    promises=st.just(()),
    promise_summary=summaries,
)
positions = st.builds(
    Position,
    serial=st.just("PT0012345678"),
    vendor=st.sampled_from(["PassTime", "Spireon"]),
    at=instants,
    latitude=st.decimals(-90, 90, places=6),
    longitude=st.decimals(-180, 180, places=6),
    address=st.text(max_size=400),
    odometer=st.none() | st.integers(0, 9_999_999),
    speed_mph=st.none() | st.decimals(0, 999, places=2),
    heading=st.none() | st.integers(0, 360),
    battery_volts=st.none() | st.decimals(0, 999, places=2),
    moving=st.sampled_from([None, "Moving", "Idle", "Stopped"]),
)
reports = st.builds(
    DeviceReport,
    device=st.builds(
        Device,
        serial=st.just("PT0012345678"),
        vendor=st.sampled_from(["PassTime", "Spireon"]),
        vin=st.text("ABCDEFGH0123456789", max_size=17),
        account=st.just("") | keys,
        active=st.booleans(),
    ),
    position=st.none() | positions,
    vehicle=st.just("") | keys,
)
failures = st.builds(
    RecordFailure,
    object=st.sampled_from(["Payment__c", "Case"]),
    key=keys,
    code=st.text(max_size=200),
    message=st.text() | st.just("\n" * 100_000) | st.just("x\n" * 50_000),
    fields=st.lists(st.text(min_size=1, max_size=80), max_size=40).map(tuple),
    remedy=st.text() | st.just("x" * 9_000),
    first_failed_at=instants,
    last_failed_at=instants,
    attempts=st.integers(1, 999),
    shown_on=st.just((Reference("Lease_Account__c", "LW00000001"),)),
)

degrees = st.none() | st.floats(-90, 90)
alerts = st.builds(
    Alert,
    account=keys,
    sequence=st.integers(1, 99_999),
    device_key=keys.map(lambda serial: f"Spireon:{serial}"),
    case_key=st.just("") | keys.map(lambda key: f"{key}-D001"),
    raised_at=instants,
    episode=st.builds(
        Episode,
        kind=st.sampled_from(AlertKind),
        place=st.text(max_size=80),
        began_at=instants,
        why=st.text(max_size=400),
        latitude=degrees,
        longitude=degrees,
        ended_at=st.none() | instants,
        ended_why=st.text(max_size=400),
    ),
    withdrawn=st.booleans(),
)
verdicts = st.builds(
    Feasibility,
    account=keys,
    verdict=st.sampled_from(Verdict),
    reasons=st.lists(st.builds(Reason, st.sampled_from(Verdict), st.text(max_size=200)), max_size=9).map(tuple),
)


ids = st.text("ABCabc0123456789-:", min_size=1, max_size=40)
figures = st.decimals(Decimal(-99999999), Decimal(99999999), places=5)
moments = st.none() | instants
parts = st.builds(
    fleetrock.Part, task_part_id=ids, part_number=st.text(max_size=80), part_description=st.text(max_size=400),
    part_quantity=figures, part_price=figures, part_subtotal=figures, part_tax_rate=figures,
)  # fmt: skip
tasks = st.builds(
    fleetrock.Task, task_id=ids, labor_system_code=st.text(max_size=80), labor_complaint=st.text(max_size=400),
    labor_hours=figures, labor_hourly_rate=figures, labor_subtotal=figures, labor_tax_rate=figures,
    parts=st.lists(parts, max_size=1).map(tuple),
)  # fmt: skip
repair_orders = st.builds(
    fleetrock.RepairOrder, id=ids, vin=st.text(max_size=17), unit_number=st.text(max_size=40),
    vendor_name=st.text(max_size=255), vendor_city=st.text(max_size=80), vendor_state=st.text(max_size=40),
    odometer_miles=st.none() | figures, engine_hours=st.none() | figures, priority_code=st.text(max_size=80),
    tag=st.text(max_size=255), status=st.just("any"), stage=st.sampled_from(fleetrock.OrderStage),
    date_created=moments, date_started=moments, date_expected_finish=moments, date_finished=moments,
    date_invoiced=moments, date_invoice_paid=moments, po_number=st.text(max_size=80), labor_total=figures,
    part_total=figures, additional_charges=figures, tax_total=figures, credit_amount=figures, grand_total=figures,
    paid_amount=st.none() | figures, tasks=st.lists(tasks, max_size=1).map(tuple),
)  # fmt: skip
purchase_orders = st.builds(
    fleetrock.PurchaseOrder, id=ids, supplier_name=st.text(max_size=255), recipient_name=st.text(max_size=255),
    status=st.text(max_size=40), tag=st.text(max_size=255), invoice_number=st.text(max_size=80), date_created=moments,
    date_received=moments, date_closed=moments, subtotal=figures, tax_total=figures, shipping_total=figures,
    other_total=figures, grand_total=figures,
)  # fmt: skip


@pytest.mark.spec("P17")
class TestRepairOrder(MappingContract):
    module = fleetrock_order
    owner = "FleetRock"

    def sources(self) -> st.SearchStrategy[object]:
        audits = repair_orders.map(audit.audit_order) | st.just(audit.Audit(audit.Verdict.DIFFERS, ("x" * 3_000,)))
        return st.builds(fleetrock_order.JudgedOrder, repair_orders, st.none() | keys, audits)


@pytest.mark.spec("P17")
class TestRepairOrderLine(MappingContract):
    module = fleetrock_line
    owner = "FleetRock"

    def sources(self) -> st.SearchStrategy[object]:
        return st.builds(fleetrock_line.OrderLine, repair_orders, tasks, st.none() | parts)


class TestPurchaseOrder(MappingContract):
    module = fleetrock_purchase
    owner = "FleetRock"

    def sources(self) -> st.SearchStrategy[object]:
        return purchase_orders


@pytest.mark.spec("P22")
class TestCondition(MappingContract):
    module = repairs_condition
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.builds(repairs_condition.ConcludedCondition, keys, st.sampled_from(["In Repair", "Inventory"]))


@pytest.mark.spec("P25")
class TestLessee(MappingContract):
    module = leaseworks_lessee
    owner = "LeaseWorks"

    def sources(self) -> st.SearchStrategy[object]:
        return valid(leaseworks.Lessee)


@pytest.mark.spec("P01")
class TestAccount(MappingContract):
    module = leaseworks_account
    owner = "LeaseWorks"

    def sources(self) -> st.SearchStrategy[object]:
        return valid(leaseworks.LeaseAccount)


@pytest.mark.spec("P27")
class TestVehicle(MappingContract):
    module = leaseworks_vehicle
    owner = "LeaseWorks"

    def sources(self) -> st.SearchStrategy[object]:
        return valid(leaseworks.Vehicle)


@pytest.mark.spec("P01")
class TestPayment(MappingContract):
    module = leaseworks_payment
    owner = "LeaseWorks"

    def sources(self) -> st.SearchStrategy[object]:
        return valid(leaseworks.Payment)


@pytest.mark.spec("P03")
class TestNote(MappingContract):
    module = leaseworks_note
    owner = "LeaseWorks"

    def sources(self) -> st.SearchStrategy[object]:
        return valid(leaseworks.Note)


class TestDeparture(MappingContract):
    module = leaseworks_departure
    owner = "LeaseWorks"

    def sources(self) -> st.SearchStrategy[object]:
        return st.tuples(st.sampled_from(["lessees", "accounts", "vehicles"]), keys, days)

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        assert isinstance(source, tuple)
        entity, key, left_on = source
        return leaseworks_departure.to_salesforce(entity, key, left_on=left_on, now=now)


@pytest.mark.spec("P01", "P05")
class TestAccountConclusions(MappingContract):
    module = collections_account
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return assessments


@pytest.mark.spec("P05", "P26")
class TestPromise(MappingContract):
    module = collections_promise
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return promises


@pytest.mark.spec("P02")
class TestCase(MappingContract):
    module = collections_case
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.tuples(assessments, open_cases | closed_cases)

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        assert isinstance(source, tuple)
        return collections_case.to_salesforce(*source, now=now)


@pytest.mark.spec("P09", "P29")
class TestGpsAlert(MappingContract):
    module = gps_alert
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return alerts


@pytest.mark.spec("P09")
class TestGpsAlertTask(MappingContract):
    module = gps_alert_task
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.tuples(alerts, st.sampled_from(["", "casey@lender.example"]))

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        assert isinstance(source, tuple)
        return gps_alert_task.to_salesforce(*source, now=now)


@pytest.mark.spec("P08")
class TestRecovery(MappingContract):
    module = gps_recovery
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return verdicts


@pytest.mark.spec("P30")
class TestSyncError(MappingContract):
    module = sync_error
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return failures


@pytest.mark.spec("P07")
class TestGpsDevice(MappingContract):
    module = gps_device
    owner = "GPS"

    def sources(self) -> st.SearchStrategy[object]:
        return reports


@pytest.mark.spec("P07")
class TestGpsPosition(MappingContract):
    module = gps_position
    owner = "GPS"

    def sources(self) -> st.SearchStrategy[object]:
        return positions


@pytest.mark.spec("P07")
class TestGpsVehicle(MappingContract):
    module = gps_vehicle
    owner = "GPS"

    def sources(self) -> st.SearchStrategy[object]:
        return st.tuples(keys, positions)

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        assert isinstance(source, tuple)
        return gps_vehicle.to_salesforce(*source, now=now)


work_orders = st.builds(
    WorkOrder,
    number=keys,
    kind=st.sampled_from(KINDS),
    vehicle=keys,
    vendor=st.text(max_size=100),
    description=st.text(max_size=200),
    reference=st.text(max_size=80),
    estimate=st.none() | amounts(),
    amount=amounts(),
    expenses=amounts(),
    done_on=st.none() | days,
)
decisions = st.builds(Decision, st.sampled_from(["Approved", "Rejected"]), keys, instants)
kept_orders = st.builds(KeptWorkOrder, work_orders, instants, st.none() | decisions)
sales_made = st.builds(
    Sale,
    number=keys,
    vehicle=keys,
    account=keys,
    vin=keys,
    buyer=keys,
    channel=st.sampled_from(CHANNELS),
    price=amounts(),
    fee=amounts(),
    sold_on=days,
)


class TestWorkOrder(MappingContract):
    module, owner = resale_work_order, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.builds(resale_work_order.SourcedWorkOrder, work_orders, st.just("FleetRock"), instants)


class TestWorkOrderVerdict(MappingContract):
    module, owner = resale_work_order_verdict, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return kept_orders


class TestSale(MappingContract):
    module, owner = resale_sale, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.builds(KeptSale, sales_made, amounts(), keys, instants)


class TestRemarketingRequest(MappingContract):
    module, owner = remarketing_request, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        words = st.text(max_size=40)
        request = st.builds(
            RemarketingRequest, number=keys, sequence=st.integers(1, 9), requested_at=instants, status_at=instants,
            updated_at=instants, requested_by=st.text(min_size=1, max_size=200), current=st.booleans(),
            status=st.sampled_from(RemarketingStatus), priority=st.sampled_from(PRIORITIES),
            external_reference=words, comment=st.text(max_size=4_000),
            collateral=st.builds(
                Collateral, asset=keys, account=st.just("") | keys, vin=st.text(max_size=17),
                description=st.text(max_size=300), year=st.text(max_size=4), make=words, model=words,
            ),
            storage=st.builds(
                Storage, address=st.text(max_size=255), country=words, zip_code=st.text(max_size=20),
                state=st.text(max_size=20), contact=st.text(max_size=120), phone=words, fax=words,
            ),
            order=st.builds(
                AuctionOrder, number=keys, vendor=words, override_reason=st.text(max_size=255), collector=words,
                status=st.sampled_from(["OPEN", "CLOSED", "COMPLETED"]),
            ),
        )  # fmt: skip
        return st.builds(
            remarketing_request.StandingRequest, request, st.lists(words, max_size=9).map(tuple),
            st.dictionaries(words, st.text(max_size=255), max_size=9), st.sampled_from(["Drawbar", "Salesforce"]),
        )  # fmt: skip


class TestRemarketingStatus(MappingContract):
    module, owner = remarketing_status, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        change = st.builds(
            StatusChange, st.integers(1, 99), st.none() | st.sampled_from(RemarketingStatus),
            st.sampled_from(RemarketingStatus), st.text(min_size=1, max_size=200),
            st.sampled_from(["rest", "salesforce"]), instants, st.text(max_size=4_000), st.none() | instants,
        )  # fmt: skip
        return st.tuples(keys, change)

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        return remarketing_status.to_salesforce(*source, now=now)  # type: ignore[misc]


class TestOrigin(MappingContract):
    module, owner = resale_origin, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.tuples(st.sampled_from(["Sale__c", "Asset_Work_Order__c"]), keys, instants)

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        assert isinstance(source, tuple)
        return resale_origin.to_salesforce(*source, now=now)


class TestReview(MappingContract):
    module, owner = resale_review, "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        sold = st.builds(Sold, keys, keys, days, amounts(), amounts())
        entered = st.builds(Entered, amounts(), amounts())
        reviews = st.builds(
            review_account, keys, st.lists(sold, min_size=1, max_size=2), st.lists(kept_orders, max_size=4), entered
        )
        sign_offs = st.none() | st.builds(SignOff, st.just("Collect"), keys, instants)
        return st.builds(resale_review.StandingReview, reviews, instants, sign_offs)


facts = st.builds(
    RepoFacts,
    account=keys, asset=keys, lessee=keys, vehicle=st.text(max_size=300), vin=st.text(max_size=17),
    payments_made=counts, days_past_due=counts, past_due=amounts(), payoff=st.none() | amounts(),
    promises_kept=counts, promises_broken=counts, gps_verdict=st.sampled_from(["", "Good", "Poor"]),
    gps_reasons=st.text(max_size=300), last_location=st.text(max_size=300), last_seen_at=st.none() | instants,
    market_value=st.none() | amounts(), value_source=st.text(max_size=200), valued_on=st.none() | days,
    condition=st.text(max_size=300),
)  # fmt: skip
told = st.builds(
    CaseEvent,
    source=st.sampled_from(["rdn", "command line"]), event_id=st.uuids().map(str),
    kind=st.sampled_from([*RepoEvent, RepoNote.COMMENT, RepoNote.INVOICE]), at=instants, who=st.text(max_size=200),
    reason=st.text(max_size=300), order=keys,
    details=st.fixed_dictionaries({
        "amount": st.just("12.50"), "order_type": st.just("SKP"), "channel": st.just("mbsi"),
        "keys": st.text(max_size=200), "mileage": st.text(max_size=200), "staff": st.text(max_size=300),
        "date": st.sampled_from(["", "2026-03-01"]), "returned_quantity": st.sampled_from(["", "1"]),
    }),
)  # fmt: skip


@st.composite
def views(draw: st.DrawFn) -> CaseView:
    known, at = draw(facts), draw(instants)
    request = CaseEvent("leaseworks", "1", RepoEvent.REQUEST, at, draw(st.text(max_size=200)))
    later = [replace(each, at=max(each.at, at)) for each in draw(st.lists(told, max_size=12))]
    orders = tuple(PlacedOrder(each.order, "SKP", "mbsi", each.at) for each in later if each.kind is RepoEvent.ORDER)
    key = f"{draw(keys)}-R001"
    case = RepoCase(key, known.asset, known.account, 1, at, at, known, at, follow([request, *later]), orders, {})
    return CaseView(case, worth_of(known, RepossessionSettings()), tuple(draw(st.lists(st.text(), max_size=3))))


@pytest.mark.spec("P11", "P28")
class TestRepossession(MappingContract):
    module = repossession_case
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return views()


@pytest.mark.spec("P04")
class TestMessage(MappingContract):
    module = lessee_message
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.builds(
            Message, key=keys, account=keys, direction=st.sampled_from(["outbound", "inbound"]),
            channel=st.sampled_from(MessageChannel), status=st.sampled_from(MessageStatus), asked_at=instants,
            asked_by=st.just("ada"), status_at=instants, address=st.text(max_size=20), text=st.text(max_size=40),
            subject=st.sampled_from(["", "s" * 400]), why=st.sampled_from(["", "w" * 400]),
        )  # fmt: skip


@pytest.mark.spec("P31")
class TestHold(MappingContract):
    module = repossession_hold
    owner = "Drawbar"

    def sources(self) -> st.SearchStrategy[object]:
        return st.builds(
            Hold, reference=keys, account=keys, kind=st.sampled_from(HoldKind), from_on=days, until_on=st.none() | days,
            reason=st.text(max_size=400), set_by=st.text(min_size=1, max_size=200), set_at=instants,
            lifted_at=st.none() | instants,
        )  # fmt: skip
