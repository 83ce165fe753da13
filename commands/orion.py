"""`drawbar orion`: delivers the data sets of Orion, and compares its figures with what was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.table import Column, Table
from rich.text import Text

from drawbar.commands.run import exit_code_of, run_now
from drawbar.commands.run_report import run_as_json, show_data_sets, show_run
from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.connectors.orion.figures import Difference
from drawbar.jobs.orion import rehearse_orion
from drawbar.jobs.orion_figures import Agreement, reconcile_orion

_DAY = click.DateTime(["%Y-%m-%d"])
_EXIT_DIFFERENT = 5


@click.group()
def orion() -> None:
    """Orion's data sets: deliver them, compare its figures with them."""


@orion.command()
@click.option("--date", "day", type=_DAY, help="Only this business date.  [default: all that are due]")
@click.option("--again", is_flag=True, help="Also when it was delivered: all of it, under the next number.")
@click.option("--dry-run", is_flag=True, help="Show what would be delivered; write and send nothing.")
@json_option
@click.pass_context
def deliver(context: click.Context, day: datetime | None, again: bool, dry_run: bool, as_json: bool) -> None:
    """Deliver what is due: every business date once, by SFTP and to the database, as the settings say.

    `drawbar run orion` and the schedule do the same. --again without --date means the business date that was delivered
    last.
    """
    parameters = {"date": f"{day:%Y-%m-%d}" if day else "", "again": again}
    if dry_run:
        due = rehearse_orion(session().hub, parameters, utc_now())
        if as_json:
            print_json(due)
            return
        click.echo("Dry run; nothing was written or sent.")
        show_data_sets(console(), due)
        return
    done = run_now(session(), "orion", parameters, quiet=as_json)
    print_json(run_as_json(done)) if as_json else show_run(console(), done)
    context.exit(exit_code_of(done))


@orion.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sql", "by_sql", is_flag=True, help="Read the figures from Orion's database instead of FILE.")
@click.option("--date", "day", type=_DAY, required=True, help="The business date.")
@json_option
@click.pass_context
def reconcile(context: click.Context, file: Path | None, by_sql: bool, day: datetime, as_json: bool) -> None:
    """Compare Orion's figures of a business date with those that were delivered, to the cent.

    FILE is CSV with the columns business_date, data_set, group, figure and value, as figures.csv of every delivery.
    Exits with 5 when figures differ, with 0 when all are equal.
    """
    if (file is None) == (not by_sql):
        raise click.UsageError("Give either FILE or --sql.")
    found = reconcile_orion(session().hub, day.date(), file)
    print_json(_as_json(found)) if as_json else _show(found)
    context.exit(_EXIT_DIFFERENT if found.differences else 0)


def _show(found: Agreement) -> None:
    delivered = found.delivered
    click.echo(
        f"{delivered.name} of {delivered.business_date}: {found.compared:,} figures compared with {found.source}."
    )
    if not found.differences:
        click.echo("All figures are equal.")
        return
    numbers = (Column(each, justify="right") for each in ("delivered", "Orion", "Orion has more by"))
    table = Table("Data set", "Group", "Figure", *numbers)
    for each in found.differences:
        key = each.key
        table.add_row(
            key.data_set, Text(key.group), key.figure, _number(each.delivered), _number(each.orion), f"{each.by:+,}"
        )
    console().print(table)
    number = len(found.differences)
    click.echo("1 figure differs." if number == 1 else f"{number:,} figures differ.")


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,}"


def _as_json(found: Agreement) -> Mapping[str, Any]:
    return {
        "delivery": found.delivered.name, "business_date": found.delivered.business_date, "source": found.source,
        "compared": found.compared, "differences": _listed(found.differences),
    }  # fmt: skip


def _listed(differences: Sequence[Difference]) -> list[dict[str, object]]:
    return [
        {
            "data_set": each.key.data_set, "group": each.key.group, "figure": each.key.figure,
            "delivered": each.delivered, "orion": each.orion, "by": each.by,
        }
        for each in differences
    ]  # fmt: skip
