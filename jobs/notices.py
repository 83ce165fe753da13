"""Notices of disposition: made for a vehicle, a paper for each recipient, and noted as sent (P19, P20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import Hub
from drawbar.mappings import resale_vehicle
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import ConfigError, NotThere, RecordRejected
from drawbar.middleware.paper import Paper, render
from drawbar.middleware.records import Scalar
from drawbar.middleware.resale.notices import (
    KeptNotice,
    Notice,
    NoticeMethod,
    Recipient,
    Sender,
    check_notice,
    earliest_sale,
    read_recipients,
    read_template,
    worded,
)
from drawbar.middleware.resale.sales_book import SalesBook
from drawbar.middleware.sync.papers import Papers

VEHICLE: Final = "Vehicle__c"
_ACCOUNT: Final = "Lease_Account__r"
_LESSEE: Final = f"{_ACCOUNT}.Lessee__r"
_ADDRESS: Final = ("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode")
_FIELDS: Final = (
    "VIN__c", "Year_Make_Model__c", "Notice_Recipients__c", f"{_ACCOUNT}.LeaseWorks_Id__c", f"{_LESSEE}.Name",
    *(f"{_LESSEE}.{name}" for name in _ADDRESS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicSale:
    """When and where a public sale is held."""

    on: date
    time: str
    place: str


def draft(hub: Hub, vehicle: str, sale: PublicSale | None, *, today: date) -> Notice:
    """Ask Salesforce for the vehicle, its lessee and further recipients, and give the notice, without a number yet.

    Raises NotThere for a vehicle that Salesforce does not have, RecordRejected when nobody could be told, ConfigError
    when the settings do not say who the secured party is.
    """
    if not (hub.resale.lender and hub.resale.lender_address):
        raise ConfigError(
            "a notice has to name the secured party", remedy="Set resale.lender and resale.lender_address."
        )
    row = hub.salesforce().read(VEHICLE, [vehicle], _FIELDS).get(vehicle)
    if row is None:
        raise NotThere(f"Salesforce has no vehicle {vehicle}", remedy="Give its asset number in LeaseWorks.")
    others = read_recipients(_text(row, "Notice_Recipients__c"), record=f"vehicle {vehicle}")
    method: NoticeMethod = "public" if sale else "private"
    notice = Notice(
        number="", vehicle=vehicle, account=_text(row, f"{_ACCOUNT}.LeaseWorks_Id__c"), vin=_text(row, "VIN__c"),
        described=_text(row, "Year_Make_Model__c") or vehicle, method=method, recipients=(*_debtor(row), *others),
        made_on=today, public_sale_on=sale.on if sale else None, public_sale_time=sale.time if sale else "",
        place=sale.place if sale else "",
    )  # fmt: skip
    check_notice(notice)
    return notice


def letters(hub: Hub, notice: Notice) -> dict[str, str]:
    """Give the words of the notice to each recipient, by the name of the paper."""
    settings = hub.resale
    sender = Sender(settings.lender, settings.lender_address, settings.lender_phone, settings.accounting_charge)
    earliest = earliest_sale(notice, notice.made_on, days=settings.notice_days)
    template = read_template(settings.notice_template)
    return {
        f"{notice.number}-{place}.pdf": worded(notice, each, sender, earliest=earliest, template=template)
        for place, each in enumerate(notice.recipients, 1)
    }


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """Keeps notices, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    def make(self, drafted: Notice, *, actor: str) -> KeptNotice:
        """Give a draft its number, and keep it with a paper for each recipient."""
        book = SalesBook(self.connection)
        count = sum(each.notice.vehicle == drafted.vehicle for each in book.notices())
        notice = replace(drafted, number=f"ND-{drafted.vehicle}-{count + 1}")
        for name, text in letters(self.hub, notice).items():
            content = render(Paper(title="Notice of disposition", text=text))
            Papers(self.connection).keep(name, content, now=self.now)
        earliest = earliest_sale(notice, notice.made_on, days=self.hub.resale.notice_days)
        kept = KeptNotice(notice, None, earliest)
        book.keep_notice(kept, now=self.now)
        self._note("make notice", notice, {"recipients": str(len(notice.recipients))}, actor)
        return kept

    def sent(self, number: str, on: date, *, actor: str) -> KeptNotice:
        """Note the day on which a notice went out: the vehicle may be sold so many days later, and not before the day
        that the notice names.
        """
        book = SalesBook(self.connection)
        kept = book.notice(number)
        today = self.now.astimezone(self.hub.zone).date()
        if not kept.notice.made_on <= on <= today:
            raise RecordRejected(
                f"was made on {kept.notice.made_on}, and today is {today}: it was not sent on {on}",
                record=kept.notice.record, field="date", remedy="Give the day on which it was sent.", code="DATE",
            )  # fmt: skip
        again = earliest_sale(kept.notice, on, days=self.hub.resale.notice_days)
        earliest = max(kept.earliest_sale_on, again)
        book.sent(number, on, earliest)
        shown = resale_vehicle.notice(kept.notice.vehicle, on, earliest, now=self.now)
        Concluding(self.connection, self.run_id, self.now).show(shown, "notice", f"{number} was sent on {on}")
        self._note("note notice as sent", kept.notice, {"sent_on": str(on), "earliest_sale_on": str(earliest)}, actor)
        return KeptNotice(kept.notice, on, earliest)

    def _note(self, action: str, notice: Notice, detail: Mapping[str, str], actor: str) -> None:
        Audit(self.connection).note(actor=actor, action=action, subject=notice.record, detail=detail, now=self.now)


def _debtor(row: Mapping[str, Scalar]) -> tuple[Recipient, ...]:
    street, city, state, code = (_text(row, f"{_LESSEE}.{name}") for name in _ADDRESS)
    name, address = _text(row, f"{_LESSEE}.Name"), f"{street}\n{city}, {state} {code}".strip(", \n")
    return (Recipient("debtor", name, address),) if name and street and city else ()


def _text(row: Mapping[str, Scalar], name: str) -> str:
    return str(row.get(name) or "").strip()
