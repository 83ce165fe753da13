"""`drawbar fleetrock`: repair orders as they are in FleetRock, and what is written back to it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from drawbar.commands.session import console, json_option, print_json, session
from drawbar.connectors.fleetrock.audit import audit_order
from drawbar.connectors.fleetrock.connector import is_whole
from drawbar.connectors.fleetrock.records import RepairOrder
from drawbar.connectors.fleetrock.settings import SYSTEM
from drawbar.connectors.fleetrock.target import paid_on
from drawbar.jobs.repair_payments import LONGEST_PO_NUMBER, FieldChange, RepairPayment, changes, queue, send_payments
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.repairs.book import RepairBook
from drawbar.middleware.sync.runs import new_run_id

REFUSED, PAUSED = 5, 6


@click.group()
def fleetrock() -> None:
    """FleetRock's repair orders: look at one, mark one as paid."""


@fleetrock.command("orders")
@click.option("--open", "only_open", is_flag=True, help="Only those on which work is left.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 1_000_000), help="How many, latest first."
)
@json_option
def list_orders(only_open: bool, limit: int, as_json: bool) -> None:
    """List the repair orders that were read last, with their vehicles, as the hub knows them."""
    with reading(session().hub.engine) as connection:
        found = RepairBook(connection, SYSTEM).listed(only_open=only_open, limit=limit)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    table = Table("Order", "Vehicle", "VIN", "Work", "Read", "Still to come")
    for each in found:
        to_come = f"since {each.watched_since:%Y-%m-%d %H:%M}" if each.watched_since else ""
        table.add_row(each.order, each.vehicle, each.vin, each.stands, f"{each.read_at:%Y-%m-%d %H:%M}", to_come)
    console().print(table if found else "No repair order has been read yet.")


@fleetrock.command("order")
@click.argument("repair_order")
@json_option
def show_order(repair_order: str, as_json: bool) -> None:
    """Show REPAIR_ORDER as it is in FleetRock now, and whether its totals add up."""
    found = session().hub.fleetrock().order(repair_order)
    if found is None:
        raise NotThere(f"FleetRock has no repair order {repair_order}", remedy="Give an order by its id in FleetRock.")
    told = _told(found)
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        shown = "; ".join(value) if isinstance(value, list) else value
        click.echo(f"{name.replace('_', ' '):<12} {'' if shown is None else shown}")


def _told(order: RepairOrder) -> dict[str, Any]:
    audit = audit_order(order, settled=is_whole(order))
    return {
        "order": order.id, "vin": order.vin, "status": str(order.stage), "lines": order.lines,
        "labor": order.labor_total, "parts": order.part_total, "total": order.grand_total,
        "invoiced": order.date_invoiced, "paid_on": paid_on(order), "po_number": order.po_number,
        "audit": str(audit.verdict), "differences": list(audit.differences),
    }  # fmt: skip


@fleetrock.command()
@click.argument("repair_order")
@click.option(
    "--date", "paid", type=click.DateTime(["%Y-%m-%d"]), help="Day of the payment, US Eastern, such as 2026-03-02."
)
@click.option("--po", "po_number", default="", help="Number of the purchase order.")
@click.option("--dry-run", is_flag=True, help="Say what would be changed; write nothing.")
@json_option
@click.pass_context
def pay(
    context: click.Context, repair_order: str, paid: datetime | None, po_number: str, dry_run: bool, as_json: bool
) -> None:
    """Write the paid date, the purchase order number or both of REPAIR_ORDER to FleetRock.

    The hub keeps what is to be written until FleetRock has it; when that does not answer, the job fleetrock goes on.
    """
    if paid is None and not po_number:
        raise click.UsageError("Give --date, --po or both.")
    if len(po_number) > LONGEST_PO_NUMBER or not po_number.isprintable():
        raise click.UsageError(f"--po takes one line of up to {LONGEST_PO_NUMBER} characters.")
    current, payment = session(), RepairPayment(repair_order, paid.date() if paid else None, po_number or None)
    found = changes(current.hub, payment)
    if dry_run or not found:
        _report(payment, found, "would be changed" if found else "is so already", as_json=as_json)
        return
    now = current.hub.clock()
    run_id = new_run_id("fleetrock-pay", now)
    queue(current.hub, payment, actor=current.actor, run_id=run_id, now=now)
    result = send_payments(current.hub, run_id)
    end = PAUSED if result.paused else REFUSED if any(tally.refused for tally in result.objects.values()) else 0
    said = {0: "written", REFUSED: "refused: see drawbar failures", PAUSED: f"waiting: {result.paused}"}
    _report(payment, found, said[end], as_json=as_json)
    context.exit(end)


def _report(payment: RepairPayment, found: list[FieldChange], end: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"order": payment.order, "result": end, "changes": [asdict(each) for each in found]})
        return
    for each in found:
        click.echo(f"{payment.order} {each.field}: {each.before or '(empty)'} -> {each.after}")
    click.echo(f"Repair order {payment.order}: {end}.")
