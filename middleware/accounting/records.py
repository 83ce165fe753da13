"""What happened, and the entries that it leads to; an entry whose sides differ cannot be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from drawbar.middleware.accounting.rules import DocumentKind, Party, Side
from drawbar.middleware.errors import RecordRejected


@dataclass(frozen=True, slots=True)
class AccountingEvent:
    """Something that has to be posted, once: `key` is its identity in the books (at most one entry per key).

    `amounts` are US dollars by the names that the event's rule has for them; `party` is the vendor or customer by name.
    """

    name: str
    key: str
    on: date
    amounts: Mapping[str, Decimal]
    company: str = ""
    portfolio: str = ""
    party: str = ""
    memo: str = ""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One line: an amount above zero on one side of an account, named as the books name it."""

    side: Side
    account: str
    amount: Decimal
    memo: str = ""
    item: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document to be posted; debits equal credits to the cent, or it is not made."""

    event: str
    document: DocumentKind
    key: str
    on: date
    lines: tuple[EntryLine, ...]
    party: str = ""
    party_kind: Party = ""
    due: date | None = None
    memo: str = ""
    location: str = ""
    books: str = ""
    """The company of QuickBooks that it goes to, by its name in the settings; "" is the first one."""

    def __post_init__(self) -> None:
        debited, credited = self.total("debit"), self.total("credit")
        if debited != credited:
            raise RecordRejected(
                f"debits of {debited} do not equal credits of {credited}",
                record=f"{self.event} {self.key}", field="amounts", code="UNBALANCED",
                remedy="Mend the amounts at the source, or the lines of the event in the accounting rules.",
            )  # fmt: skip

    def total(self, side: Side) -> Decimal:
        """Sum one side up, in US dollars."""
        return sum((line.amount for line in self.lines if line.side == side), Decimal("0.00"))
