"""`drawbar audit`: who did what by hand, and whether the lines are all still there."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, json_option, print_json, session
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading


@click.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many, newest first.")
@json_option
@click.pass_context
def audit(context: click.Context, limit: int, as_json: bool) -> None:
    """Show who did what by hand, and check that no line was changed or taken out.

    Exits with 1 when the chain of lines is broken.
    """
    with reading(session().hub.engine) as connection:
        lines, broken_at = Audit(connection).lines(limit), Audit(connection).broken_at()
    if as_json:
        print_json({"broken_at": broken_at, "lines": [asdict(line) for line in lines]})
    else:
        table = Table("When", "Who", "What", "On", "Why")
        for line in lines:
            cells = (f"{line.at:%Y-%m-%d %H:%M:%S}", line.actor, line.action, line.subject, line.detail.get("reason"))
            table.add_row(*(Text(str(cell or "")) for cell in cells))
        console().print(table if lines else "Nothing was done by hand yet.")
    if broken_at is not None:
        click.echo(
            f"The chain is broken at line {broken_at}: it, or the line before, was changed or taken out.", err=True
        )
        context.exit(1)
