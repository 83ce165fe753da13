"""How repossessions and holds are shown to people and machines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import print_json
from drawbar.jobs.repo_told import told
from drawbar.middleware.repossession.cases import PlacedOrder
from drawbar.middleware.repossession.events import history_lines
from drawbar.middleware.repossession.view import CaseView


def show_cases(console: Console, found: Sequence[CaseView], *, as_json: bool) -> None:
    """List cases."""
    if as_json:
        print_json([told(each).model_dump() for each in found])
        return
    table = Table("Repossession", "Account", "Vehicle", "State", "Since", "Days late", "Would leave", "Blocked by")
    for each in found:
        case = each.case
        left = "" if each.worth.estimate is None else f"{each.worth.estimate:,}"
        since = f"{case.course.steps[-1].event.at:%Y-%m-%d}"
        cells = (case.key, case.account, case.facts.vehicle, case.course.state.value, since)
        table.add_row(*map(Text, cells), str(case.facts.days_past_due), left, Text("; ".join(each.blocked)))
    console.print(table if found else "There is none.")


def show_case(console: Console, seen: CaseView) -> None:
    """Tell the whole story of a case."""
    case, facts = seen.case, seen.case.facts
    lines = [
        f"Repossession {case.key}: {case.course.state.value}",
        f"  account {case.account}, {facts.days_past_due} days past due, {facts.past_due:,} US dollars past due, "
        f"{facts.payments_made} payments made",
        f"  vehicle {facts.vehicle or case.asset}, VIN {facts.vin}, condition {facts.condition or 'unknown'}",
        f"  promises kept {facts.promises_kept}, broken {facts.promises_broken}",
        f"  GPS {facts.gps_verdict or 'no verdict'}, last at {facts.last_location or 'no known place'}",
        f"  worth: {seen.worth.why}",
        *(f"  no order: {each}" for each in seen.blocked),
        *(f"  order {_order(each)}" for each in case.orders),
        *(f"  {each}" for each in history_lines(case.course.steps)),
        *(f"  led nowhere: {each.event.source} {each.event.kind.value}: {each.why}" for each in case.course.refusals),
    ]
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _order(order: PlacedOrder) -> str:
    end = f", {order.ended_as} {order.ended_at:%Y-%m-%d}" if order.ended_at else ", active"
    return f"{order.number} ({order.order_type}) by {order.channel} {order.ordered_at:%Y-%m-%d}{end}"
