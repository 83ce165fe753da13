"""What Drawbar writes to QuickBooks Online: objects, their fields, and the lines of documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from drawbar.connectors.quickbooks_online.errors import QuickBooksRefused
from drawbar.middleware.units import Usd

Shape = Literal["name", "bill", "invoice", "journal", "payment", "deposit", "file"]


class Line(BaseModel):
    """A line of a document; `side` matters in journal entries alone. `name` is a vendor's or customer's name.

    Accounts, classes, locations and items are named as the company names them (accounts: full name or number).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Usd
    account: str = ""
    item: str = ""
    side: Literal["debit", "credit"] = "debit"
    memo: str = ""
    class_name: str = ""
    location: str = ""
    name: str = ""
    name_kind: Literal["", "Vendor", "Customer"] = ""


_LINES: Final = TypeAdapter(tuple[Line, ...])


def lines_text(lines: Sequence[Line]) -> str:
    """Write lines as one field of a record: equal lines give equal text."""
    return json.dumps([line.model_dump(mode="json", exclude_defaults=True) for line in lines], ensure_ascii=False)


def read_lines(text: str) -> tuple[Line, ...]:
    """Read what `lines_text` wrote; QuickBooksRefused when it is something else."""
    try:
        return _LINES.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise QuickBooksRefused(
            f"the lines cannot be read ({first['msg']})", field="Lines", code="LINES",
            remedy="Post the event again.",
        ) from None  # fmt: skip


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """An object of QuickBooks: how it is written, the parent that it names, and where its account is written.

    `number_field` holds our short id; where it is not `searched`, QuickBooks filters by date alone, so that all objects
    are read to find one. One that is not `sparse` is changed as a whole.
    """

    name: str
    shape: Shape
    parent_field: str = ""
    parent_object: str = ""
    account_field: str = ""
    number_field: str = "DocNumber"
    searched: bool = True
    sparse: bool = True

    @property
    def posts_money(self) -> bool:
        """Whether it is a transaction, found by its number and mark; names are found by DisplayName."""
        return self.shape not in ("name", "file")


KINDS: Final[Mapping[str, ObjectKind]] = {
    kind.name: kind
    for kind in (
        ObjectKind("Vendor", "name"),
        ObjectKind("Customer", "name"),
        ObjectKind("Bill", "bill", "VendorRef", "Vendor", "APAccountRef"),
        ObjectKind("Invoice", "invoice", "CustomerRef", "Customer"),
        ObjectKind(
            "Payment", "payment", "CustomerRef", "Customer", "DepositToAccountRef", "PaymentRefNum", searched=False
        ),
        ObjectKind("Deposit", "deposit", account_field="DepositToAccountRef", searched=False, sparse=False),
        ObjectKind("JournalEntry", "journal"),
        ObjectKind("Attachable", "file"),
    )
}
"""Every object that Drawbar writes, parents before children."""

ORDER: Final = tuple(KINDS)
PAPER: Final = "Paper"
"""The field of an Attachable that names the paper of the hub that is attached to a document."""

NAME_FIELDS: Final = frozenset({"CompanyName", "PrintOnCheckName", "Notes"})
"""Text fields of vendors and customers that Drawbar may set."""
