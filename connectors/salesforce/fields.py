"""Fields of Salesforce objects, described once: type, meaning, unit, owner, source.

The records name them in `Annotated[...]`; the metadata, the permission sets, `docs/fields.md` and the checks before
delivery all come from them. Limits as in Salesforce's field reference (help.salesforce.com, read 2026-07).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

Owner = Literal["LeaseWorks", "FleetRock", "GPS", "Drawbar", "Salesforce"]
"""The one system that may change a field; the others only read it (P27). GPS is the maker of the truck's device."""

Sending = Literal["with the record", "on change"]
"""`on change`: sent only when the mapped value differs from the last one sent, so that people may change it between."""


Job = Literal["collector", "supervisor", "asset manager", "accounting"]
"""What somebody does at the lender; it decides which fields that person sees and may change."""

JOBS: tuple[Job, ...] = ("collector", "supervisor", "asset manager", "accounting")

SEE_PLACES: tuple[Job, ...] = ("collector", "supervisor", "asset manager")
"""Who sees where trucks and lessees are: nobody who does not need it for the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(ABC):
    """What is common to all fields.

    `help` is the sentence that a rep reads at the field, `unit` what a number counts, `source` the source column
    (`accounts.next_due_date`) or the rule that it comes from. `bookkeeping` fields tell of the delivery itself and
    are no reason to deliver. `secured_as` names the compound field whose permission counts (`BillingAddress`).
    `audience` names the jobs that see the field (None: all that see the object); `entered` says that people give it
    when they log a record themselves, although it is the owner's afterwards.
    `approval` fields are changed by people with the permission set Drawbar Approver alone.
    """

    type_name: ClassVar[str] = ""

    api_name: str
    help: str
    label: str = ""
    unit: str = ""
    owner: Owner = "LeaseWorks"
    source: str = ""
    tracked: bool = False
    required: bool = False
    bookkeeping: bool = False
    sending: Sending = "with the record"
    secured_as: str = ""
    audience: tuple[Job, ...] | None = None
    entered: bool = False
    approval: bool = False

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.api_name.removesuffix("__c").replace("_", " "))

    @property
    def custom(self) -> bool:
        return self.api_name.endswith("__c")

    @property
    def description(self) -> str:
        """What an administrator reads: the meaning, then unit, owner and source."""
        facts = (
            self.unit and f"Unit: {self.unit}.",
            f"Owned by {self.owner}.",
            self.source and f"Source: {self.source}.",
        )
        return " ".join(part for part in (self.help, *facts) if part)

    @property
    def type_text(self) -> str:
        """The type as people write it: `Text(20)`, `Currency(18, 2)`."""
        return self.type_name

    @abstractmethod
    def refusal(self, value: object) -> str:
        """Say why Salesforce would refuse the value ("" when it would take it); None is asked about by the caller."""


def _wrong_type(value: object, wanted: str) -> str:
    return f"is {type(value).__name__}, not {wanted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Field):
    """One line of text of at most `length` characters."""

    type_name: ClassVar[str] = "Text"

    length: int = 255
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False

    @property
    def type_text(self) -> str:
        marks = (self.external_id and "external id", self.unique and "unique")
        return ", ".join(part for part in (f"{self.type_name}({self.length})", *marks) if part)

    def refusal(self, value: object) -> str:
        if not isinstance(value, str):
            return _wrong_type(value, "text")
        return f"has {len(value)} characters, {self.length} fit" if len(value) > self.length else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalId(Text):
    """The key by which the hub finds the record: unique, and upper and lower case differ as they do at the source."""

    unique: bool = True
    case_sensitive: bool = True
    external_id: bool = True

    def refusal(self, value: object) -> str:
        if not isinstance(value, str):
            return _wrong_type(value, "text")
        if not value or not value.isprintable() or value != value.strip():
            return f"is {value!r}: a key has no blanks at its ends and no control characters"
        return f"has {len(value)} characters, {self.length} fit" if len(value) > self.length else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LongText(Text):
    """Text of several lines; Salesforce counts each line end as two characters."""

    type_name: ClassVar[str] = "LongTextArea"

    length: int = 32_768
    visible_lines: int = 5

    def refusal(self, value: object) -> str:
        if not isinstance(value, str):
            return _wrong_type(value, "text")
        counted = len(value) + value.count("\n") - value.count("\r\n")
        return f"has {counted} characters, {self.length} fit" if counted > self.length else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextArea(Text):
    """A standard field of several lines (`BillingStreet`)."""

    type_name: ClassVar[str] = "TextArea"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Text):
    """A telephone number as it was given; Salesforce takes any text of 40 characters."""

    type_name: ClassVar[str] = "Phone"

    length: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Url(Text):
    """A web address."""

    type_name: ClassVar[str] = "Url"


EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*/=?^_+\-`{|}~]+(\.[A-Za-z0-9!#$%&'*/=?^_+\-`{|}~]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""What Salesforce surely takes as an e-mail address; stricter than it is, so that a record never fails for one."""

LOCAL_PART = 64
"""The most characters that an e-mail address may have before the @."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Text):
    """An e-mail address that Salesforce takes as one."""

    type_name: ClassVar[str] = "Email"

    length: int = 80

    def refusal(self, value: object) -> str:
        if not isinstance(value, str):
            return _wrong_type(value, "text")
        if len(value) > self.length:
            return f"has {len(value)} characters, {self.length} fit"
        usable = EMAIL.fullmatch(value) and value.index("@") <= LOCAL_PART
        return "" if usable else "is not an e-mail address that Salesforce takes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Field):
    """A number of at most `precision` digits, `scale` of them after the point; a new record has `default`."""

    type_name: ClassVar[str] = "Number"

    precision: int = 18
    scale: int = 0
    default: int | None = None

    @property
    def type_text(self) -> str:
        return f"{self.type_name}({self.precision}, {self.scale})"

    def refusal(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return _wrong_type(value, "a number")
        if not (isinstance(value, int) or value.is_finite()):
            return "is not a number"
        if abs(value) >= 10 ** (self.precision - self.scale):
            return f"is too large for {self.precision - self.scale} digits before the point"
        exponent = value.normalize().as_tuple().exponent if isinstance(value, Decimal) else 0
        return f"has more than {self.scale} decimals" if -int(exponent) > self.scale else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency(Number):
    """An amount of money, in the unit that `unit` says."""

    type_name: ClassVar[str] = "Currency"

    scale: int = 2
    unit: str = "US dollars"


@dataclass(frozen=True, slots=True, kw_only=True)
class Percent(Number):
    """A share in percent: 62.5 means 62.5 %."""

    type_name: ClassVar[str] = "Percent"

    precision: int = 5
    scale: int = 2
    unit: str = "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Date(Field):
    """A calendar day."""

    type_name: ClassVar[str] = "Date"

    def refusal(self, value: object) -> str:
        if isinstance(value, datetime) or not isinstance(value, date):
            return _wrong_type(value, "a date")
        return _year_refusal(value.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTime(Field):
    """An instant, aware of its zone."""

    type_name: ClassVar[str] = "DateTime"

    def refusal(self, value: object) -> str:
        if not isinstance(value, datetime):
            return _wrong_type(value, "an instant")
        return _year_refusal(value.year) if value.tzinfo else "has no time zone"


def _year_refusal(year: int) -> str:
    """Salesforce keeps dates from 1700 to 4000."""
    return "" if 1700 <= year <= 4000 else f"lies in the year {year}; Salesforce keeps 1700 to 4000"  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkbox(Field):
    """Yes or no; new records start with `default`."""

    type_name: ClassVar[str] = "Checkbox"

    default: bool = False

    def refusal(self, value: object) -> str:
        return "" if isinstance(value, bool) else _wrong_type(value, "yes or no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picklist(Field):
    """One of `values`; a restricted one takes no other through any door."""

    type_name: ClassVar[str] = "Picklist"

    values: tuple[str, ...]
    restricted: bool = True
    default: str = ""

    @property
    def type_text(self) -> str:
        return f"{self.type_name}: {', '.join(self.values)}"

    def refusal(self, value: object) -> str:
        if not isinstance(value, str):
            return _wrong_type(value, "text")
        return "" if value in self.values else f"is {value!r}, none of {', '.join(self.values)}"


OnDelete = Literal["SetNull", "Restrict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Field):
    """A record of `to`, named by that object's own key; the value in a record is the key, as text.

    `children` names the list of these records at the parent (`Payments`). Standard lookups (`AccountId`) have none.
    """

    type_name: ClassVar[str] = "Lookup"

    to: str
    children: str = ""
    on_delete: OnDelete = "SetNull"

    @property
    def relationship(self) -> str:
        """The name by which a parent's key is given: `Lease_Account__r`, `Account`, `RecordType`."""
        return self.api_name.removesuffix("__c") + "__r" if self.custom else self.api_name.removesuffix("Id")

    @property
    def type_text(self) -> str:
        return f"{self.type_name}({self.to})"

    def refusal(self, value: object) -> str:
        return "" if isinstance(value, str) and value else "names no record"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterDetail(Lookup):
    """A parent that the record cannot be without: it is deleted, shared and locked with it."""

    type_name: ClassVar[str] = "MasterDetail"

    reparentable: bool = True


FormulaType = Literal["Checkbox", "Text", "Number", "Date"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula(Field):
    """Worked out by Salesforce whenever it is read; never sent."""

    type_name: ClassVar[str] = "Formula"

    result: FormulaType
    formula: str
    owner: Owner = "Salesforce"

    @property
    def type_text(self) -> str:
        return f"{self.type_name}({self.result})"

    def refusal(self, value: object) -> str:
        return f"is worked out by Salesforce and takes no {type(value).__name__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoNumber:
    """A record name that Salesforce counts: `ERR-{000000}`."""

    label: str
    display_format: str
