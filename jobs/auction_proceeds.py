"""What sold vehicles brought, by sales, auctions' invoices and refunds, shown on the sale (R14, R15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from drawbar.jobs.concluding import Concluding
from drawbar.mappings import resale_proceeds
from drawbar.mappings.resale_proceeds import SoldProceeds
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import NOTHING
from drawbar.middleware.auctions.kept import POSTABLE
from drawbar.middleware.auctions.proceeds import Expense, Proceeds
from drawbar.middleware.errors import NotThere
from drawbar.middleware.resale.sales_book import SalesBook


@dataclass(frozen=True, slots=True)
class ProceedsDesk:
    """Works proceeds out, inside the caller's transaction."""

    connection: Connection
    run_id: str
    now: datetime

    def of(self, vehicle: str) -> SoldProceeds:
        """Give what a vehicle brought; raises NotThere while it is not sold.

        Expenses are all details of invoices that were approved, collectible or not; refunds are those recorded.
        """
        kept = SalesBook(self.connection).sale_of(vehicle)
        if kept is None:
            raise NotThere(f"{vehicle} has not been sold", remedy="Post the auction's invoice, or submit the sale.")
        book = InvoiceBook(self.connection)
        expenses = tuple(
            Expense(line.service, line.amount or NOTHING)
            for invoice in book.of_vehicle(vehicle)
            if invoice.status in POSTABLE
            for line in invoice.fees
            if line.vehicle == vehicle
        )
        proceeds = Proceeds(kept.sale.price or NOTHING, expenses, book.refunds(vehicle), kept.payoff)
        return SoldProceeds(kept.sale.number, proceeds)

    def show(self, vehicle: str) -> None:
        """Have the proceeds of a vehicle stand in Salesforce as they are now; one that is not sold has none."""
        if SalesBook(self.connection).sale_of(vehicle) is None:
            return
        record = resale_proceeds.to_salesforce(self.of(vehicle), now=self.now)
        Concluding(self.connection, self.run_id, self.now).show(record, "proceeds", f"proceeds of {vehicle}")
