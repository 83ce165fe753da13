"""`drawbar work-orders`: what repossessed vehicles need done, and who approved it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from rich.table import Table
from sqlalchemy import Connection, or_, select

from drawbar.commands.session import console, json_option, print_json, session
from drawbar.connectors.quickbooks_online.settings import SYSTEM as BOOKS
from drawbar.jobs.hub import Hub
from drawbar.jobs.work_orders import WorkOrderDesk
from drawbar.middleware.database.engine import reading
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.work_orders import STATUSES, Decision, KeptWorkOrder, WorkStatus
from drawbar.middleware.sync.runs import new_run_id
from drawbar.middleware.sync.sent_mail import SentMail
from drawbar.middleware.sync.tables import delivery


@click.group("work-orders")
def work_orders() -> None:
    """Work orders of repossessed vehicles: list, show, approve."""


@work_orders.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only those of this status.")
@click.option("--vehicle", default="", help="Only those of this vehicle, by its asset number.")
@json_option
def list_orders(status: WorkStatus | None, vehicle: str, as_json: bool) -> None:
    """List work orders, oldest first."""
    with reading(session().hub.engine) as connection:
        found = WorkOrderBook(connection).listed(status=status, vehicle=vehicle)
    if as_json:
        print_json([_told(each) for each in found])
        return
    table = Table("Number", "Kind", "Vehicle", "Vendor", "Estimate", "Amount", "Status", "Decided by")
    for each in found:
        order, by = each.order, each.decision.by if each.decision else ""
        amounts = ("" if amount is None else f"{amount:,}" for amount in (order.estimate, order.amount))
        table.add_row(order.number, order.kind, order.vehicle, order.vendor, *amounts, each.status, by)
    console().print(table if found else "No work order fits.")


@work_orders.command("show")
@click.argument("number")
@json_option
def show_order(number: str, as_json: bool) -> None:
    """Show work order NUMBER, and whether Accounting has its letter and QuickBooks its bill."""
    with reading(session().hub.engine) as connection:
        kept = WorkOrderBook(connection).get(number)
        told = _told(kept) | _paid(connection, number)
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        click.echo(f"{name.replace('_', ' '):<14} {'' if value is None else value}")


@work_orders.command("approve")
@click.argument("number")
@click.option("--by", required=True, help="User name in Salesforce of who approves it.")
@click.option("--dry-run", is_flag=True, help="Show the letter and the bill; write nothing.")
@json_option
def approve(number: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Approve work order NUMBER: Accounting gets a letter, QuickBooks a bill, each once.

    The rules are those of an approval in Salesforce. What is queued goes with the jobs accounting-mail and postings.
    """
    current = session()
    now = current.hub.clock()
    told = _decided(current.hub, number, Decision("Approved", by, now), actor=current.actor, dry_run=dry_run)
    if as_json:
        print_json(told)
        return
    if not told["changed"]:
        click.echo(f"Work order {number} is approved already.")
        return
    letter, bill = told["letter"], told["bill"]
    click.echo(f"Letter: {letter['Subject']}")
    for line in bill["lines"]:
        click.echo(f"Bill {number} of {bill['date']}, {line['side']} {line['account']}: {line['amount']}")
    click.echo(f"Work order {number}: {'would be approved' if dry_run else 'approved'}.")


def _decided(hub: Hub, number: str, decision: Decision, *, actor: str, dry_run: bool) -> dict[str, Any]:
    with hub.engine.connect() as connection:
        run_id = new_run_id("work-order", decision.at)
        told = WorkOrderDesk(hub, connection, run_id, decision.at).decide(number, decision, actor=actor)
        connection.rollback() if dry_run else connection.commit()
    return told


def _told(kept: KeptWorkOrder) -> dict[str, Any]:
    order, decision = kept.order, kept.decision
    return {
        "number": order.number, "status": kept.status, "kind": order.kind, "vehicle": order.vehicle, "vin": order.vin,
        "account": order.account, "vendor": order.vendor, "reference": order.reference, "estimate": order.estimate,
        "amount": order.amount, "expenses": order.expenses, "over_estimate": order.over_estimate,
        "done_on": order.done_on, "made_by": order.made_by or "Drawbar", "made_at": kept.made_at,
        "decided_by": decision.by if decision else None, "decided_at": decision.at if decision else None,
    }  # fmt: skip


def _paid(connection: Connection, number: str) -> dict[str, datetime | None]:
    letters = SentMail(connection).recipients(number).values()
    mine = select(delivery.c.at).where(
        or_(delivery.c.target == BOOKS, delivery.c.target.startswith(f"{BOOKS}.")), delivery.c.object == "Bill",
        delivery.c.key == number,
        delivery.c.status.in_(("created", "updated")),
    )  # fmt: skip
    bills = connection.execute(mine).scalars().all()
    return {"letter_sent": min(letters, default=None), "bill_posted": min(bills, default=None)}
