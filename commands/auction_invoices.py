"""`drawbar auctions invoice`, `invoices`, `proceeds` and `refund`: what auctions paid and kept, and what was posted."""

from __future__ import annotations

import secrets
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, json_option, print_json, session
from drawbar.middleware.auctions.settings import STATUSES, InvoiceStatus
from drawbar.middleware.units import whole_cents

if TYPE_CHECKING:
    from drawbar.jobs.auction_acts import AuctionActs
    from drawbar.jobs.auction_told import FeeTold, InvoiceTold, VehicleProceedsTold

_FILE = click.Path(dir_okay=False, path_type=Path)

by_option = click.option("--by", required=True, help="User name in Salesforce of who does it.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would come of it; change nothing.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")


@click.command("invoice")
@click.argument("file", type=_FILE)
@click.option("--vendor", required=True, help="The auction whose invoices these are.")
@dry_run_option
@json_option
def invoice(file: Path, vendor: str, dry_run: bool, as_json: bool) -> None:
    """Take in the invoices of FILE (JSON or CSV), all or none; an invoice that is known already changes nothing."""
    from drawbar.jobs.auction_told import told  # noqa: PLC0415  (keeps `drawbar --help` fast)
    from drawbar.middleware.auctions.sent import read_file  # noqa: PLC0415

    sent = read_file(file)
    found = _acts(dry_run).receive([each.invoice(vendor) for each in sent])
    if as_json:
        print_json([told(each.invoice).model_dump() for each in found])
        return
    for each in found:
        kept = each.invoice
        known = "known already, " if each.again else "would be " if dry_run else ""
        click.echo(f"{kept.number} ({kept.reference} of {kept.vendor}): {known}{kept.status}")
        for ruling in kept.rulings:
            if ruling.verdict != "APPROVED":
                click.echo(f"  {ruling.rule}: {' '.join(filter(None, (ruling.subject, ruling.reason)))}")


@click.group("invoices")
def invoices() -> None:
    """Invoices of auctions: list, show, accept, reject, post."""


@invoices.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only those of this status.")
@click.option("--vendor", default="", help="Only those of this auction.")
@json_option
def list_invoices(status: InvoiceStatus | None, vendor: str, as_json: bool) -> None:
    """List invoices, oldest first."""
    from drawbar.jobs.auction_told import told  # noqa: PLC0415
    from drawbar.middleware.auctions.book import InvoiceBook  # noqa: PLC0415
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    with reading(session().hub.engine) as connection:
        found = InvoiceBook(connection).listed(status=status, vendor=vendor)
    if as_json:
        print_json([told(each).model_dump() for each in found])
        return
    table = Table("Number", "Auction", "Reference", "Vehicles", "Gross", "Expense", "Status", "Posted")
    for each in found:
        posted = f"{each.posted_at:%Y-%m-%d}" if each.posted_at else ""
        cells = (
            each.number, each.vendor, each.reference, str(len(each.proceeds)), f"{each.total_gross:,}",
            f"{each.total_expense:,}", each.status, posted,
        )  # fmt: skip
        table.add_row(*map(Text, cells))
    console().print(table if found else "No invoice fits.")


@invoices.command("show")
@click.argument("number")
@json_option
def show_invoice(number: str, as_json: bool) -> None:
    """Show invoice NUMBER: its lines, what each rule decided and why, and what was posted."""
    from drawbar.jobs.auction_told import told  # noqa: PLC0415
    from drawbar.middleware.auctions.book import InvoiceBook  # noqa: PLC0415
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    with reading(session().hub.engine) as connection:
        found = told(InvoiceBook(connection).get(number))
    print_json(found.model_dump()) if as_json else _show(found)


@invoices.command("accept")
@click.argument("number")
@by_option
@click.option("--reason", default="", help="Why.")
@yes_option
@dry_run_option
@json_option
def accept(number: str, by: str, reason: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Accept invoice NUMBER, which waits for approval; then it may be posted."""
    _decide(number, "APPROVED", by=by, reason=reason, yes=yes, dry_run=dry_run, as_json=as_json)


@invoices.command("reject")
@click.argument("number")
@by_option
@click.option("--reason", required=True, help="Why; the auction has to send it anew under another reference.")
@yes_option
@dry_run_option
@json_option
def reject(number: str, by: str, reason: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Reject invoice NUMBER, of which nothing was posted."""
    _decide(number, "REJECTED", by=by, reason=reason, yes=yes, dry_run=dry_run, as_json=as_json)


@invoices.command("post")
@click.argument("number")
@by_option
@dry_run_option
@json_option
def post(number: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Post what invoice NUMBER leads to and does not stand yet: sales, and collectible details as expenses.

    What is queued travels with the jobs postings, deliver and leaseworks-import; what failed can be posted again.
    """
    from drawbar.jobs.auction_told import told  # noqa: PLC0415

    found = told(_acts(dry_run).post(number, by))
    if as_json:
        print_json(found.model_dump())
        return
    _show_transactions(found)
    click.echo(f"Invoice {number}: {'would be ' if dry_run else ''}{found.status}.")


@click.command("proceeds")
@click.argument("vehicle")
@json_option
def proceeds(vehicle: str, as_json: bool) -> None:
    """Show what VEHICLE brought: gross, expense, refunds, net, gain or loss, and the recovery in percent."""
    from drawbar.jobs.auction_proceeds import ProceedsDesk  # noqa: PLC0415
    from drawbar.jobs.auction_told import proceeds_told  # noqa: PLC0415
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    hub = session().hub
    with reading(hub.engine) as connection:
        found = proceeds_told(vehicle, ProceedsDesk(connection, "", hub.clock()).of(vehicle))
    print_json(found.model_dump()) if as_json else _show_proceeds(found)


@click.command("refund")
@click.argument("vehicle")
@click.option("--type", "kind", required=True, help="What is refunded; auction_invoices.refund_types lists them.")
@click.option("--amount", required=True, help="US dollars.")
@click.option("--note", default="", help="What people should know of it.")
@by_option
@dry_run_option
@json_option
def refund(vehicle: str, kind: str, amount: str, note: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Record a refund for VEHICLE; it counts among the proceeds, and people settle it by hand."""
    from drawbar.middleware.auctions.proceeds import Refund  # noqa: PLC0415

    acts = _acts(dry_run)
    made = Refund(
        number=f"RF-{secrets.token_hex(6)}", vehicle=vehicle, kind=kind, amount=_usd(amount), entered_by=by,
        at=acts.now, note=note,
    )  # fmt: skip
    acts.refund(made)
    if as_json:
        print_json({"number": made.number, "vehicle": vehicle, "type": kind, "amount": str(made.amount)})
        return
    click.echo(f"{made.number}: {made.amount:,} {kind} of {vehicle} {'would be recorded' if dry_run else 'recorded'}.")


def _acts(dry_run: bool) -> AuctionActs:
    from drawbar.jobs.auction_acts import AuctionActs  # noqa: PLC0415
    from drawbar.middleware.sync.runs import new_run_id  # noqa: PLC0415

    current = session()
    now = current.hub.clock()
    return AuctionActs(current.hub, new_run_id("auction", now), now, current.actor, rehearsal=dry_run)


def _decide(
    number: str, wanted: InvoiceStatus, *, by: str, reason: str, yes: bool, dry_run: bool, as_json: bool
) -> None:
    from drawbar.jobs.auction_told import told  # noqa: PLC0415

    if not (yes or dry_run):
        click.confirm(f"Invoice {number} becomes {wanted}. Is that meant?", abort=True, err=True)
    done = _acts(dry_run).decide(number, wanted, by, reason)
    if as_json:
        print_json(told(done.invoice).model_dump())
        return
    would = "is already" if done.again else "would be" if dry_run else "is"
    click.echo(f"Invoice {number} {would} {done.invoice.status}.")


def _usd(text: str) -> Decimal:
    try:
        return whole_cents(Decimal(text))
    except (InvalidOperation, ValueError):
        raise click.BadParameter(f"{text!r} is no amount such as 120.00", param_hint="--amount") from None


def _show(found: InvoiceTold) -> None:
    click.echo(f"{found.number}: invoice {found.external_reference} of {found.vendor}, auction {found.auction}")
    click.echo(f"{found.type}, funds received {found.funds_received_on}, {found.status}")
    click.echo(
        f"Gross {found.total_gross:,}, net {found.total_net:,}, expense {found.total_expense:,}, "
        f"actual net {found.actual_net:,}"
    )
    if found.decided_by:
        click.echo(f"Decided by {found.decided_by} at {found.decided_at:%Y-%m-%d %H:%M} UTC: {found.decision_reason}")
    _show_lines(found)
    table = Table("Rule", "On", "Verdict", "Why")
    for each in found.rulings:
        table.add_row(*map(Text, (each.rule, each.subject, each.verdict, each.reason)))
    console().print(table)
    _show_transactions(found)
    _show_by_hand(found.manual_accounting)


def _show_lines(found: InvoiceTold) -> None:
    table = Table("Work order", "Vehicle", "What", "Estimate", "US dollars", "Net", "Collectible", "Status")
    for sold in found.proceeds:
        cells = (sold.work_order, sold.vehicle, "proceeds", "", f"{sold.gross:,}", f"{sold.net:,}", "", sold.status)
        table.add_row(*map(Text, cells))
    for fee in found.fees:
        estimate = "" if fee.estimate is None else f"{fee.estimate:,}"
        collectible = "yes" if fee.collectible else "no"
        cells = (
            fee.work_order, fee.vehicle, fee.service, estimate, f"{fee.amount:,}", "", collectible, fee.status
        )  # fmt: skip
        table.add_row(*map(Text, cells))
    console().print(table)


def _show_transactions(found: InvoiceTold) -> None:
    if not found.transactions:
        click.echo("Nothing was posted.")
        return
    table = Table("Transaction", "What", "State", "Error")
    for each in found.transactions:
        what = " ".join(filter(None, (each.kind, each.service, each.vehicle)))
        table.add_row(*map(Text, (each.key, what, each.state, each.error)))
    console().print(table)


def _show_by_hand(details: list[FeeTold]) -> None:
    if details:
        click.echo("Not collectible; account for these by hand:")
    for each in details:
        click.echo(f"  {each.service} on {each.vehicle}: {each.amount:,}")


def _show_proceeds(found: VehicleProceedsTold) -> None:
    percent = "" if found.recovery_percent is None else f"{found.recovery_percent} %"
    for name, value in (
        ("sale", found.sale), ("sales (gross)", f"{found.gross:,}"), ("expense", f"{found.expense:,}"),
        ("refunds", f"{found.refunds:,}"), ("net proceeds", f"{found.net_proceeds:,}"),
        ("balance", f"{found.balance:,}"), ("net gain or loss", f"{found.net_gain:,}"), ("recovery", percent),
    ):  # fmt: skip
        click.echo(f"{name:<18} {value}".rstrip())
    for each in (*found.expenses, *found.refund_details):
        settled = ", settled by hand" if "manual" in each else ""
        click.echo(f"  {each['type']}: {each['amount']} {each['currency']}{settled}")
