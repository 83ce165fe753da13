"""What QuickBooks Desktop is asked to hold: bills of vendors, in the hub's words.

Lengths are those of BillAdd in Intuit's reference (developer.intuit.com, QuickBooks Desktop API reference, BillAdd).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from drawbar.middleware.units import Usd

Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f\ufffe\uffff]*$")]
"""One line of text that XML can hold."""


class BillLine(BaseModel):
    """What is owed for: an expense account by its full name (`Repairs:Trucks`), and how much; credits are negative."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: Text = Field(min_length=1, max_length=159)
    amount: Usd
    memo: Text = Field("", max_length=4_095)
    accounting_class: Text = Field("", max_length=159)


class VendorBill(BaseModel):
    """A bill that the lender owes; `key` is the hub's own id for it, `number` the vendor's invoice number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Text = Field(min_length=1, max_length=60)
    vendor: Text = Field(min_length=1, max_length=41)
    number: Text = Field(min_length=1, max_length=20)
    dated: date
    due: date | None = None
    memo: Text = Field("", max_length=3_900)
    lines: tuple[BillLine, ...] = Field(min_length=1, max_length=500)

    @property
    def total(self) -> Decimal:
        """The sum of the lines in US dollars."""
        return sum((each.amount for each in self.lines), Decimal("0.00"))

    @property
    def mark(self) -> str:
        """What stands at the end of the memo in QuickBooks, so that the hub knows its own bill again."""
        return f"[Drawbar {self.key}]"
