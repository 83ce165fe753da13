"""How remarketing requests and offered vendors are shown to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from drawbar.jobs.remarketing_told import ChangeTold, RemarketingTold
from drawbar.middleware.remarketing.allocation import Offer


def show_requests(console: Console, found: Sequence[RemarketingTold]) -> None:
    """List requests."""
    table = Table("Number", "Vehicle", "Status", "Since", "Vendor", "Auction's number", "Work order", "Current")
    for each in found:
        order = each.work_order
        cells = (
            each.number, each.collateral.asset, each.status, f"{each.status_at:%Y-%m-%d}", order.vendor,
            each.external_reference, order.status, "yes" if each.current else "no",
        )  # fmt: skip
        table.add_row(*map(Text, cells))
    console.print(table if found else "There is none.")


def show_request(console: Console, seen: RemarketingTold) -> None:
    """Tell all that is known of a request."""
    order, storage, vehicle = seen.work_order, seen.storage, seen.collateral
    place = ", ".join(filter(None, (storage.address, storage.zip_code, storage.state, storage.country)))
    people = ", ".join(filter(None, (storage.contact, storage.phone, storage.fax and f"fax {storage.fax}")))
    lines = [
        f"Remarketing {seen.number}: {seen.status}{'' if seen.current else ' (a later request has taken its place)'}",
        f"  vehicle {vehicle.asset}, {vehicle.description or 'not described'}, VIN {vehicle.vin}",
        f"  stored at {place or 'no known place'}{people and f' ({people})'}",
        f"  work order {order.number} ({order.channel}, {order.order_type}): {order.status}, "
        f"vendor {order.vendor or 'none yet'}{order.override_reason and f', because {order.override_reason}'}",
        f"  offered: {', '.join(seen.vendors_offered) or 'no vendor'}",
        f"  auction's number {seen.external_reference or 'not given yet'}, priority {seen.priority}",
        *([f"  comment: {seen.comment}"] if seen.comment else []),
        *(f"  {name}: {value or 'not set'}" for name, value in seen.attributes.items()),
        *(f"  {_change(each)}" for each in seen.history),
    ]
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def show_history(console: Console, history: Sequence[ChangeTold]) -> None:
    """List the changes of a status."""
    table = Table("No.", "Before", "Status", "Set by", "From", "Until", "Comment")
    for each in history:
        until = f"{each.ended_at:%Y-%m-%d %H:%M}" if each.ended_at else ""
        cells = (str(each.number), each.before, each.status, each.who, f"{each.started_at:%Y-%m-%d %H:%M}", until)
        table.add_row(*map(Text, cells), Text(each.comment))
    console.print(table)


def show_offer(console: Console, vehicle: str, offered: Offer, names: Mapping[str, str]) -> None:
    """Explain which vendors are offered for a vehicle."""
    console.print(Text(f"{vehicle}: {offered.why}"), soft_wrap=True)
    for place, vendor in enumerate(offered.vendors, 1):
        mark = " (preselected)" if vendor == offered.preselected else ""
        console.print(Text(f"  {place}. {vendor}: {names[vendor]}{mark}"), soft_wrap=True)
    for each in offered.judged:
        console.print(Text(f"  criterion {each.criterion.name}: {each.misfit or 'fits'}"), soft_wrap=True)


def _change(change: ChangeTold) -> str:
    comment = f": {change.comment}" if change.comment else ""
    return f"{change.started_at:%Y-%m-%d %H:%M} {change.status} by {change.who}{comment}"
