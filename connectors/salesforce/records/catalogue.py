"""All synced objects, in the order in which they are delivered, and what is known of their fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drawbar.connectors.salesforce.fields import Field, Owner
from drawbar.connectors.salesforce.records.account import ACCOUNT, Lessee, LesseeDeparture
from drawbar.connectors.salesforce.records.account_review import (
    ACCOUNT_REVIEW,
    AccountReviewCare,
    AccountReviewRecord,
)
from drawbar.connectors.salesforce.records.asset_work_order import (
    ASSET_WORK_ORDER,
    AssetWorkOrder,
    AssetWorkOrderCare,
    AssetWorkOrderOrigin,
    AssetWorkOrderVerdict,
)
from drawbar.connectors.salesforce.records.auction_invoice import (
    AUCTION_INVOICE,
    AuctionInvoiceCare,
    AuctionInvoiceRecord,
)
from drawbar.connectors.salesforce.records.auction_invoice_line import AUCTION_INVOICE_LINE, AuctionInvoiceLine
from drawbar.connectors.salesforce.records.case import CASE, CaseRecord, OpenCaseRecord
from drawbar.connectors.salesforce.records.collection_note import COLLECTION_NOTE, CollectionNote
from drawbar.connectors.salesforce.records.field_visit import (
    FIELD_VISIT,
    FieldVisit,
    FieldVisitOrigin,
    FieldVisitPromise,
)
from drawbar.connectors.salesforce.records.geofence import GEOFENCE, GeofenceRecord, GeofenceRemoval
from drawbar.connectors.salesforce.records.gps_alert import GPS_ALERT, GpsAlert
from drawbar.connectors.salesforce.records.gps_alert_task import (
    TASK,
    AssignedGpsAlertTask,
    ClosedGpsAlertTask,
    EndedGpsAlertTask,
    GpsAlertTask,
)
from drawbar.connectors.salesforce.records.gps_device import GPS_DEVICE, GpsDevice, LocatedGpsDevice
from drawbar.connectors.salesforce.records.gps_position import GPS_POSITION, GpsPosition
from drawbar.connectors.salesforce.records.hold import HOLD, HoldRecord
from drawbar.connectors.salesforce.records.lease_account import (
    LEASE_ACCOUNT,
    LeaseAccount,
    LeaseAccountCollections,
    LeaseAccountDeparture,
)
from drawbar.connectors.salesforce.records.lease_account_recovery import LeaseAccountRecovery
from drawbar.connectors.salesforce.records.message import MESSAGE, MessageRecord
from drawbar.connectors.salesforce.records.payment import PAYMENT, Payment
from drawbar.connectors.salesforce.records.promise_to_pay import PROMISE_TO_PAY, PromiseToPay
from drawbar.connectors.salesforce.records.purchase_order import PURCHASE_ORDER, PurchaseOrder
from drawbar.connectors.salesforce.records.refund import REFUND, RefundCare, RefundOrigin
from drawbar.connectors.salesforce.records.remarketing import REMARKETING, RemarketingRecord
from drawbar.connectors.salesforce.records.remarketing_status import (
    REMARKETING_STATUS,
    RemarketingStatusCare,
    RemarketingStatusRecord,
)
from drawbar.connectors.salesforce.records.repair_order import REPAIR_ORDER, RepairOrder
from drawbar.connectors.salesforce.records.repair_order_line import (
    REPAIR_ORDER_LINE,
    RepairOrderLine,
    RepairOrderLineRemoval,
)
from drawbar.connectors.salesforce.records.repossession_case import RepossessionCase, RepossessionEntries
from drawbar.connectors.salesforce.records.sale import SALE, SaleCare, SaleOrigin, SaleVerdict
from drawbar.connectors.salesforce.records.sale_proceeds import SaleProceeds
from drawbar.connectors.salesforce.records.sobject import SalesforceRecord, SObject, record_fields
from drawbar.connectors.salesforce.records.sync_ask import CaseAsk, LeaseAccountAsk, VehicleAsk
from drawbar.connectors.salesforce.records.sync_error import SYNC_ERROR, SyncError
from drawbar.connectors.salesforce.records.vehicle import (
    VEHICLE,
    Vehicle,
    VehicleCare,
    VehicleCondition,
    VehicleDeparture,
    VehiclePosition,
)
from drawbar.connectors.salesforce.records.vehicle_title import VehicleNotice, VehicleTitle, VehicleTitleReminder

OBJECTS: tuple[SObject, ...] = (
    ACCOUNT,
    LEASE_ACCOUNT,
    VEHICLE,
    GEOFENCE,
    GPS_DEVICE,
    GPS_POSITION,
    PAYMENT,
    COLLECTION_NOTE,
    PROMISE_TO_PAY,
    HOLD,
    CASE,
    FIELD_VISIT,
    MESSAGE,
    REPAIR_ORDER,
    REPAIR_ORDER_LINE,
    PURCHASE_ORDER,
    ASSET_WORK_ORDER,
    REMARKETING,
    REMARKETING_STATUS,
    SALE,
    AUCTION_INVOICE,
    AUCTION_INVOICE_LINE,
    REFUND,
    ACCOUNT_REVIEW,
    GPS_ALERT,
    TASK,
    SYNC_ERROR,
)
"""Every object, parents before children."""

RECORDS: tuple[type[SalesforceRecord], ...] = (
    Lessee,
    LesseeDeparture,
    LeaseAccount,
    LeaseAccountDeparture,
    LeaseAccountCollections,
    LeaseAccountRecovery,
    LeaseAccountAsk,
    Vehicle,
    VehicleDeparture,
    VehicleCare,
    VehicleCondition,
    VehiclePosition,
    VehicleTitle,
    VehicleTitleReminder,
    VehicleNotice,
    VehicleAsk,
    GeofenceRecord,
    GeofenceRemoval,
    GpsDevice,
    LocatedGpsDevice,
    GpsPosition,
    Payment,
    CollectionNote,
    PromiseToPay,
    HoldRecord,
    OpenCaseRecord,
    CaseRecord,
    RepossessionCase,
    RepossessionEntries,
    FieldVisit,
    FieldVisitOrigin,
    FieldVisitPromise,
    MessageRecord,
    CaseAsk,
    RepairOrder,
    RepairOrderLine,
    RepairOrderLineRemoval,
    PurchaseOrder,
    AssetWorkOrder,
    AssetWorkOrderOrigin,
    AssetWorkOrderVerdict,
    AssetWorkOrderCare,
    RemarketingRecord,
    RemarketingStatusRecord,
    RemarketingStatusCare,
    SaleOrigin,
    SaleVerdict,
    SaleCare,
    SaleProceeds,
    AuctionInvoiceRecord,
    AuctionInvoiceCare,
    AuctionInvoiceLine,
    RefundOrigin,
    RefundCare,
    AccountReviewRecord,
    AccountReviewCare,
    GpsAlert,
    GpsAlertTask,
    AssignedGpsAlertTask,
    EndedGpsAlertTask,
    ClosedGpsAlertTask,
    SyncError,
)
"""Every record class; several may describe parts of one object."""

SYNCED_OBJECTS: tuple[str, ...] = tuple(each.api_name for each in OBJECTS)
"""The names of all objects in delivery order: parents before children."""

EXTERNAL_IDS: dict[str, str] = {each.api_name: each.key for each in OBJECTS}
"""The field by which a record of each object is found."""

KEYS: dict[str, str] = {**EXTERNAL_IDS, "User": "Username"}
"""The same, with the objects that records only refer to."""


def object_fields(api_name: str) -> tuple[Field, ...]:
    """Give all fields of an object that Drawbar knows: those of its record classes, then its formulas."""
    found: dict[str, Field] = {}
    for record_class in RECORDS:
        if record_class.sobject.api_name == api_name:
            for each in record_fields(record_class).values():
                found.setdefault(each.api_name, each)
    formulas = {each.api_name: each for model in OBJECTS if model.api_name == api_name for each in model.formulas}
    provenance_last = sorted(found.values(), key=lambda each: each.api_name in _PROVENANCE)
    return (*provenance_last, *formulas.values())


_PROVENANCE = frozenset({"Source_System__c", "Source_Updated__c", "Last_Synced__c", "Left_Source_Date__c"})


def _names(wanted: Callable[[Field], bool]) -> dict[str, frozenset[str]]:
    return {name: frozenset(each.api_name for each in object_fields(name) if wanted(each)) for name in SYNCED_OBJECTS}


BOOKKEEPING: dict[str, frozenset[str]] = _names(lambda each: each.bookkeeping)
"""Per object, the fields that say when Drawbar wrote; a record that differs only in them is not sent."""

SENT_ON_CHANGE: dict[str, frozenset[str]] = _names(lambda each: each.sending == "on change")
"""Per object, the fields that are sent only when their mapped value differs from the last one sent."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who alone may change a field, and the source column or rule that its value comes from."""

    object: str
    field: str
    owner: Owner
    source: str


def ownership() -> tuple[Ownership, ...]:
    """Give the owner of every field of every synced object, in delivery order (P27)."""
    return tuple(
        Ownership(name, each.api_name, each.owner, each.source)
        for name in SYNCED_OBJECTS
        for each in object_fields(name)
    )
