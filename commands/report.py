"""`drawbar report`: what Orion is given, for people: on the screen, as a page with charts, as a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.table import Column, Table
from rich.text import Text

from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.connectors.orion.figures import Group
from drawbar.connectors.orion.shape import DataSet, written
from drawbar.jobs.report_files import words, write_csv, write_excel, write_html
from drawbar.jobs.reports import REPORTS, Report, make_report

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("name", type=click.Choice(list(REPORTS)))
@click.option("--from", "first", type=_DAY, help="First day.  [default: the last one]")
@click.option("--to", "last", type=_DAY, help="Last day.  [default: the newest business date that was taken]")
@click.option("--by", multiple=True, help="Count and sum by this column instead; repeatable.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0), help="Rows on the screen.")
@click.option("--html", type=_FILE, help="Write a page with figures, charts and all rows here.")
@click.option("--excel", type=_FILE, help="Write a workbook (.xlsx) here.")
@click.option("--csv", type=_FILE, help="Write all rows here, exactly as Orion is given them (never masked).")
@click.option(
    "--masked/--unmasked", default=None,
    help="Blot out names.  [default: masked on the screen and in the page, not in the workbook]",
)  # fmt: skip
@json_option
def report(
    name: str, first: datetime | None, last: datetime | None, by: tuple[str, ...], limit: int, html: Path | None,
    excel: Path | None, csv: Path | None, masked: bool | None, as_json: bool,
) -> None:  # fmt: skip
    """Show data set NAME of chosen days: how many rows, and the sums, by collector and more, then the rows.

    repo-log, post-sale and open-work-orders show how things stand now. `drawbar report efforts --by day --by collector`
    counts by other columns; docs/data-sets.md lists them.
    """
    data_set = REPORTS[name]
    _check(data_set, by, (html, excel, csv), first, last)
    begin, end = (each.date() if each else None for each in (first, last))
    made = make_report(session().hub, data_set, begin, end, by, utc_now())
    _write(made, html, excel, csv, masked)
    shown = replace(made, masked=masked is not False)
    if as_json:
        print_json(_as_json(shown))
    else:
        _show(shown, limit)
        for path in filter(None, (html, excel, csv)):
            click.echo(f"Written: {path}")


def _check(
    data_set: DataSet, by: Sequence[str], files: Sequence[Path | None], first: datetime | None, last: datetime | None
) -> None:
    for each in by:
        if each not in data_set.header:
            raise click.BadParameter(f"{each!r} is none of {', '.join(data_set.header)}", param_hint="--by")
    for path in filter(None, files):
        if not path.absolute().parent.is_dir():
            raise click.UsageError(f"There is no folder {path.absolute().parent}.")
    if first and last and first > last:
        raise click.BadParameter("is after --to", param_hint="--from")


def _write(made: Report, html: Path | None, excel: Path | None, csv: Path | None, masked: bool | None) -> None:
    if html is not None:
        write_html(replace(made, masked=masked is not False), html)
    if excel is not None:
        write_excel(replace(made, masked=bool(masked)), excel)
    if csv is not None:
        write_csv(made, csv)


def _show(made: Report, limit: int) -> None:
    out = console()
    out.print(Text(made.title, "bold"))
    table = Table(*map(words, made.by), *(Column(words(each), justify="right") for each in made.measures))
    for each in made.groups:
        table.add_row(*map(Text, each.values), *_numbers(each))
    table.add_section()
    table.add_row("All", *("" for _ in made.by[1:]), *_numbers(made.total))
    out.print(table)
    if limit and made.rows:
        rows = Table(*map(words, made.data_set.screen))
        for row in islice(made.shown_rows(made.data_set.screen), limit):
            rows.add_row(*(Text(written(cell)) for cell in row))
        out.print(rows)
    if left := max(0, len(made.rows) - limit):
        click.echo(f"{left:,} more rows; all of them and all columns: --html, --excel or --csv FILE.")


def _numbers(group: Group) -> list[str]:
    return [f"{group.rows:,}", *(f"{value:,}" for value in group.sums.values())]


def _as_json(made: Report) -> Mapping[str, Any]:
    header = made.data_set.header
    return {
        "data_set": made.data_set.name, "from": made.period.first, "to": made.period.last, "masked": made.masked,
        "made_at": made.made_at,
        "groups": [{**dict(zip(made.by, each.values, strict=True)), "rows": each.rows, **each.sums}
                   for each in made.groups],
        "all": {"rows": made.total.rows, **made.total.sums},
        "rows": [dict(zip(header, row, strict=True)) for row in made.shown_rows()],
    }  # fmt: skip
