"""Notices of disposition: who has to be told before a vehicle is sold, with what words, and how long before; pure.

Source: Uniform Commercial Code 9-611 (who is told: debtor, secondary obligors, other claimants and lienholders), 9-612
(ten days before the earliest disposition is timely), 9-613 (what the notice says), read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal, get_args

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from drawbar.middleware.errors import ConfigError, RecordRejected
from drawbar.middleware.units import Days

NoticeMethod = Literal["private", "public"]
Role = Literal["debtor", "guarantor", "lienholder", "claimant"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
_PARTS: Final = 3

DEFAULT_TEMPLATE: Final = """\
NOTICE OF OUR PLAN TO SELL PROPERTY

{{ lender }}
{{ lender_address }}

Date: {{ made_on }}

To: {{ recipient.name }} ({{ recipient.role }})
{{ recipient.address }}

Debtor: {{ debtor.name }}
Secured party: {{ lender }}
Lease account: {{ account }}
Collateral: {{ vehicle }}, VIN {{ vin }}

We have the collateral because promises in our agreement were not kept.

{% if method == "public" %}We will sell it at a public sale on {{ sale_on }} at {{ sale_time }} at {{ place }}. \
You may attend and bring bidders.{% else %}We will sell it at a private sale some time after {{ after }}.{% endif %}

The money that we get from the sale, after our costs, reduces what is owed. If we get less than is owed, the debtor \
still owes the difference. If we get more, the debtor gets the extra money, unless we must pay it to someone else.

You can get the property back at any time before we sell it by paying the full amount owed, with our expenses. For \
the exact amount, or for an accounting of what is owed, write to us at the address above{% if phone %} or call \
{{ phone }}{% endif %}. There is {% if charge %}a charge of {{ charge }} US dollars{% else %}no charge{% endif %} for \
the accounting.
"""
"""The words of a notice when the lender has no template of his own; have counsel look at them first."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who has to be told."""

    role: Role
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice for one vehicle: to whom, and by which kind of sale it is sold; a public one has a day and a place."""

    number: str
    vehicle: str
    account: str
    vin: str
    described: str
    method: NoticeMethod
    recipients: tuple[Recipient, ...]
    made_on: date
    public_sale_on: date | None = None
    public_sale_time: str = ""
    place: str = ""

    @property
    def record(self) -> str:
        return f"notice {self.number}"


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A notice as the hub keeps it; `earliest_sale_on` is the first day on which the vehicle may be sold."""

    notice: Notice
    sent_on: date | None
    earliest_sale_on: date


@dataclass(frozen=True, slots=True)
class Sender:
    """The secured party as a notice names it."""

    name: str
    address: str
    phone: str = ""
    accounting_charge: str = ""


def earliest_sale(notice: Notice, sent_on: date, *, days: Days) -> date:
    """Give the first day on which the vehicle may be sold when the notice is sent on a day; that of a public sale.

    RecordRejected says that a public sale would come too soon after the notice.
    """
    first = sent_on + timedelta(days=days)
    if notice.public_sale_on is None:
        return first
    if notice.public_sale_on < first:
        raise RecordRejected(
            f"a public sale on {notice.public_sale_on} comes less than {days} days after {sent_on}",
            record=notice.record, field="on", remedy=f"Hold it on {first} or later.", code="TOO_SOON",
        )  # fmt: skip
    return notice.public_sale_on


def read_recipients(text: str, *, record: str) -> tuple[Recipient, ...]:
    """Read recipients that people entered, one a line: `role; name; address`; RecordRejected names a wrong line."""
    found = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        parts = [part.strip() for part in line.split(";", _PARTS - 1)]
        role = next((each for each in ROLES if parts and each == parts[0].casefold()), None)
        if role is None or len(parts) < _PARTS or not all(parts):
            raise RecordRejected(
                f"line {number} is not: role; name; address", record=record, field="Notice_Recipients__c",
                remedy=f"Write one recipient a line; roles: {', '.join(ROLES)}.", code="RECIPIENTS",
            )  # fmt: skip
        found.append(Recipient(role, parts[1], parts[2]))
    return tuple(found)


def check_notice(notice: Notice) -> None:
    """Raise RecordRejected for a notice that would not count: to no debtor, or of a public sale without a place."""
    if not any(each.role == "debtor" for each in notice.recipients):
        raise RecordRejected(
            "the lessee has no name or address", record=notice.record, field="recipients",
            remedy="Complete the lessee in LeaseWorks.", code="NO_DEBTOR",
        )  # fmt: skip
    if notice.method == "public" and not (notice.public_sale_on and notice.public_sale_time and notice.place):
        raise RecordRejected(
            "a public sale needs a day, a time and a place", record=notice.record, field="place",
            remedy="Give --on, --time and --place.", code="NO_PLACE",
        )  # fmt: skip


def worded(notice: Notice, recipient: Recipient, sender: Sender, *, earliest: date, template: str) -> str:
    """Write the notice to one recipient; raises ConfigError for a template that cannot be filled in.

    Templates run in a sandbox: they can name what the notice holds, and do nothing else.
    """
    debtor = next(each for each in notice.recipients if each.role == "debtor")
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    try:
        return environment.from_string(template).render(
            lender=sender.name, lender_address=sender.address, phone=sender.phone, charge=sender.accounting_charge,
            made_on=notice.made_on, recipient=recipient, debtor=debtor, account=notice.account, vin=notice.vin,
            vehicle=notice.described, method=notice.method, after=earliest - timedelta(days=1),
            sale_on=notice.public_sale_on, sale_time=notice.public_sale_time, place=notice.place,
        )  # fmt: skip
    except TemplateError as error:
        raise ConfigError(
            f"the template of notices cannot be filled in: {error}", remedy="Mend the file of resale.notice_template."
        ) from None


def read_template(path: Path | None) -> str:
    """Give the lender's template, or the default one; ConfigError when the file cannot be read."""
    if path is None:
        return DEFAULT_TEMPLATE
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read ({type(error).__name__})", remedy="Set resale.notice_template."
        ) from None
