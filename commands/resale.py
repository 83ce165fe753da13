"""`drawbar resale`: titles, notices, sales and final reviews of repossessed vehicles."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from drawbar.commands.session import console, json_option, print_json, session
from drawbar.jobs.notices import NoticeDesk, PublicSale, draft, letters
from drawbar.jobs.reviews import ReviewDesk, paper_of, told
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.paper import render
from drawbar.middleware.resale.notices import KeptNotice
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.review import ENDS, AccountReview, ReviewEnd, SignOff, review_lines
from drawbar.middleware.resale.sales_book import SalesBook
from drawbar.middleware.sync.papers import Papers
from drawbar.middleware.sync.runs import new_run_id

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def resale() -> None:
    """Titles, notices, sales and final reviews of vehicles."""


@resale.command("show")
@click.argument("vehicle")
@json_option
def show_vehicle(vehicle: str, as_json: bool) -> None:
    """Show where VEHICLE stands: title, notice, sale, work orders."""
    with reading(session().hub.engine) as connection:
        book = SalesBook(connection)
        title, notice, sale = book.title(vehicle), book.notice_of(vehicle), book.sale_of(vehicle)
        orders = WorkOrderBook(connection).listed(vehicle=vehicle)
    if title is None and notice is None and sale is None and not orders:
        raise NotThere(f"nothing is known of the resale of {vehicle}", remedy="Give an asset number of LeaseWorks.")
    shown: dict[str, Any] = {
        "vehicle": vehicle,
        "title": title.title.status or "not requested" if title else None,
        "title_since": title.since if title else None,
        "title_reminded_at": title.reminded_at if title else None,
        "notice": notice.notice.number if notice else None,
        "notice_sent_on": notice.sent_on if notice else None,
        "earliest_sale_on": notice.earliest_sale_on if notice else None,
        "sale": sale.sale.number if sale else None,
        "sold_on": sale.sale.sold_on if sale else None,
        "price": sale.sale.price if sale else None,
        "work_orders": [f"{each.order.number} ({each.status})" for each in orders],
    }
    _print(shown, as_json=as_json)


@resale.command("review")
@click.argument("account")
@click.option("--pdf", type=_FILE, help="Write the review as a PDF here.")
@json_option
def review(account: str, pdf: Path | None, as_json: bool) -> None:
    """Show the final review of ACCOUNT: costs, proceeds in the order of the law, deficiency or surplus."""
    hub = session().hub
    with reading(hub.engine) as connection:
        found = ReviewDesk(hub, connection, "", hub.clock()).review(account)
        sign_off = SalesBook(connection).signed(account)
    if pdf is not None:
        pdf.write_bytes(render(paper_of(found, sign_off)))
    if as_json:
        print_json(told(found, sign_off))
        return
    _show_review(found)
    if sign_off is not None:
        click.echo(f"Signed off: {sign_off.end}, by {sign_off.by} at {sign_off.at:%Y-%m-%d %H:%M} UTC.")
    elif found.open_orders:
        click.echo(f"Still open: {', '.join(found.open_orders)}.")


@resale.command("sign-off")
@click.argument("account")
@click.option("--end", type=click.Choice(ENDS), required=True, help="How the review ends.")
@click.option("--by", required=True, help="User name in Salesforce of who signs it off.")
@click.option("--dry-run", is_flag=True, help="Check, and show what would be posted; write nothing.")
@json_option
def sign_off(account: str, end: ReviewEnd, by: str, dry_run: bool, as_json: bool) -> None:
    """Sign the final review of ACCOUNT off; a write-off is posted to QuickBooks by the job postings."""
    current = session()
    hub, now = current.hub, current.hub.clock()
    with hub.engine.connect() as connection:
        desk = ReviewDesk(hub, connection, new_run_id("sign-off", now), now)
        done = desk.sign_off(account, SignOff(end, by, now), actor=current.actor)
        connection.rollback() if dry_run else connection.commit()
    if as_json:
        print_json(done)
        return
    if not done["changed"]:
        click.echo(f"The review of account {account} ended with {end} already.")
        return
    if posted := done["posted"]:
        click.echo(f"{posted['event']} {posted['key']}: {posted['amount']}")
    click.echo(f"The review of account {account} {'would end' if dry_run else 'ended'} with {end}.")


@resale.group("notices")
def notices() -> None:
    """Notices of disposition: who is told before a vehicle is sold."""


@notices.command("list")
@json_option
def list_notices(as_json: bool) -> None:
    """List notices, newest first."""
    with reading(session().hub.engine) as connection:
        found = SalesBook(connection).notices()
    if as_json:
        print_json([_notice(each) for each in found])
        return
    table = Table("Notice", "Vehicle", "Sale", "Recipients", "Made", "Sent", "Earliest sale")
    for each in found:
        notice = each.notice
        table.add_row(
            notice.number, notice.vehicle, notice.method, str(len(notice.recipients)), f"{notice.made_on}",
            f"{each.sent_on or ''}", f"{each.earliest_sale_on}",
        )  # fmt: skip
    console().print(table if found else "No notice has been made yet.")


@notices.command("make")
@click.argument("vehicle")
@click.option("--on", type=_DAY, help="Day of a public sale; without it the sale is private.")
@click.option("--time", "at", default="", help="Time of a public sale, such as 10:00 a.m. CST.")
@click.option("--place", default="", help="Place of a public sale.")
@click.option("--dry-run", is_flag=True, help="Show the words; keep nothing.")
@json_option
def make_notice(vehicle: str, on: datetime | None, at: str, place: str, dry_run: bool, as_json: bool) -> None:
    """Make the notice of disposition of VEHICLE: a PDF for the lessee and each further recipient."""
    if on is None and (at or place):
        raise click.UsageError("--time and --place are those of a public sale: give --on.")
    current = session()
    hub, now = current.hub, current.hub.clock()
    public = PublicSale(on.date(), at, place) if on else None
    drafted = draft(hub, vehicle, public, today=now.astimezone(hub.zone).date())
    if dry_run:
        words = letters(hub, drafted)
        print_json(list(words.values())) if as_json else click.echo("\n----\n".join(words.values()))
        return
    with hub.engine.begin() as connection:
        kept = NoticeDesk(hub, connection, new_run_id("notice", now), now).make(drafted, actor=current.actor)
    if as_json:
        print_json(_notice(kept))
        return
    click.echo(f"Made {kept.notice.number} for {len(kept.notice.recipients)} recipients.")
    click.echo(f"Write the PDFs with: drawbar resale notices write {kept.notice.number} --folder FOLDER")


@notices.command("write")
@click.argument("number")
@click.option("--folder", type=_FOLDER, required=True, help="Where the PDFs are written.")
@json_option
def write_notice(number: str, folder: Path, as_json: bool) -> None:
    """Write the PDFs of notice NUMBER into a folder, one for each recipient."""
    written = []
    with reading(session().hub.engine) as connection:
        kept = SalesBook(connection).notice(number)
        for place in range(1, len(kept.notice.recipients) + 1):
            path = folder / f"{number}-{place}.pdf"
            path.write_bytes(Papers(connection).get(path.name))
            written.append(str(path))
    print_json(written) if as_json else click.echo("\n".join(written))


@notices.command("sent")
@click.argument("number")
@click.option("--date", "on", type=_DAY, required=True, help="Day on which it was sent to all recipients.")
@click.option("--dry-run", is_flag=True, help="Say from when the vehicle may be sold; write nothing.")
@json_option
def sent_notice(number: str, on: datetime, dry_run: bool, as_json: bool) -> None:
    """Note that notice NUMBER was sent: from then on the days until the earliest sale count."""
    current = session()
    hub, now = current.hub, current.hub.clock()
    with hub.engine.connect() as connection:
        desk = NoticeDesk(hub, connection, new_run_id("notice", now), now)
        kept = desk.sent(number, on.date(), actor=current.actor)
        connection.rollback() if dry_run else connection.commit()
    if as_json:
        print_json(_notice(kept))
        return
    click.echo(f"{kept.notice.vehicle} may be sold from {kept.earliest_sale_on} on.")


def _notice(kept: KeptNotice) -> dict[str, Any]:
    notice = kept.notice
    return {
        "number": notice.number, "vehicle": notice.vehicle, "account": notice.account, "method": notice.method,
        "recipients": [{"role": each.role, "name": each.name} for each in notice.recipients],
        "made_on": notice.made_on, "sent_on": kept.sent_on, "earliest_sale_on": kept.earliest_sale_on,
    }  # fmt: skip


def _show_review(review: AccountReview) -> None:
    shared = review.distribution
    table = Table("Of the proceeds, in the order of the law", "Claimed", "Paid", "Unpaid")
    for each in review_lines(review):
        table.add_row(each.name, f"{each.claimed:,}", f"{each.paid:,}", f"{each.unpaid:,}")
    for sale in review.sales:
        click.echo(f"Sold {sale.sold_on}: {sale.vehicle} by {sale.sale} for {sale.price:,}")
    click.echo(f"Proceeds {shared.proceeds:,}; payoff before the first sale {review.payoff:,}")
    console().print(table)
    click.echo(f"Deficiency {shared.deficiency:,}, surplus {shared.surplus:,}")


def _print(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        words = ", ".join(value) if isinstance(value, list) else "" if value is None else value
        click.echo(f"{name.replace('_', ' '):<18} {words}")
