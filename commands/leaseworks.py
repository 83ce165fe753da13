"""`drawbar leaseworks`: look at a file before it is read, at the deliveries that wait, and write a manifest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drawbar.commands.leaseworks_imports import imports, resend
from drawbar.commands.session import console
from drawbar.connectors.leaseworks.check import FileReport, check_file
from drawbar.connectors.leaseworks.connector import LeaseWorks
from drawbar.connectors.leaseworks.delivery import Delivery
from drawbar.connectors.leaseworks.manifest_writer import write_manifest
from drawbar.connectors.leaseworks.pgp import PgpBox
from drawbar.connectors.leaseworks.records import ENTITIES
from drawbar.connectors.leaseworks.settings import LeaseWorksSettings
from drawbar.middleware.errors import ConfigError


class _Settings(Protocol):
    @property
    def leaseworks(self) -> LeaseWorksSettings | None: ...


class _Context(Protocol):
    @property
    def settings(self) -> _Settings: ...


def _settings() -> LeaseWorksSettings:
    context: _Context = click.get_current_context().obj
    if context.settings.leaseworks is None:
        raise ConfigError("LeaseWorks is not configured.", remedy="Add [leaseworks] to drawbar.toml.")
    return context.settings.leaseworks


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def leaseworks() -> None:
    """LeaseWorks' exports (files, deliveries, manifests), and imports into it."""


@leaseworks.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--entity", type=click.Choice(list(ENTITIES)), help="What the file holds; else its name or columns tell.")
@_as_json
def check(file: Path, entity: str | None, as_json: bool) -> None:
    """Show what would be understood of FILE and what not, and settings that would help.

    Exits with 1 when a run would not take every row as it is.
    """
    report = check_file(file, _settings().layouts, entity, datetime.now(UTC).date())
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        _show_report(report, console())
    if not report.readable:
        click.get_current_context().exit(1)


@leaseworks.command()
@_as_json
def deliveries(as_json: bool) -> None:
    """List the deliveries that wait, with what is wrong with each, and those in the archive."""
    connector = LeaseWorks(_settings())
    archived = connector.archived()
    waiting = connector.deliveries(max(archived, default=None))
    if as_json:
        rows = [_delivery_json(delivery) for delivery in waiting]
        click.echo(json.dumps({"waiting": rows, "archived": [name.text for name in archived]}, indent=2))
        return
    table = _table(f"Deliveries in {connector.description}", "delivery", "status", "rows", "what to know")
    for name in archived:
        table.add_row(name.text, "archived", "", "")
    for delivery in waiting:
        table.add_row(delivery.name.text, delivery.status, str(_rows(delivery)), Text(_remarks(delivery)))
    console().print(table)


@leaseworks.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_as_json
def manifest(folder: Path, as_json: bool) -> None:
    """Write MANIFEST.csv for the files in FOLDER, with their rows and hashes."""
    settings = _settings()
    written = write_manifest(folder, settings.layouts, PgpBox(settings.pgp) if settings.pgp else None)
    if as_json:
        rows = [{"file": entry.file, "rows": entry.rows, "sha256": entry.sha256} for entry in written.entries]
        click.echo(json.dumps(rows, indent=2))
        return
    table = _table(f"MANIFEST.csv of {folder}", "file", "rows", "sha256")
    for entry in written.entries:
        table.add_row(entry.file, str(entry.rows), entry.sha256)
    console().print(table)


def _rows(delivery: Delivery) -> int:
    return sum(entry.rows for entry in delivery.manifest.entries)


def _remarks(delivery: Delivery) -> str:
    problem = f"{delivery.problem}. {delivery.remedy}" if delivery.problem else ""
    return " ".join([problem, *(f"{notice}." for notice in delivery.notices)]).strip()


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "name": delivery.name.text,
        "date": delivery.name.date.isoformat(),
        "sequence": delivery.name.sequence,
        "status": delivery.status,
        "problem": delivery.problem,
        "remedy": delivery.remedy,
        "notices": list(delivery.notices),
        "files": {entry.file: entry.rows for entry in delivery.manifest.entries},
    }


_NEVER_BROKEN = frozenset({"field", "our field", "delivery", "status"})
"""Columns with words to be copied into drawbar.toml, or looked for; the others may be broken in narrow windows."""


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title), title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _NEVER_BROKEN)
    return table


def _kind(report: FileReport) -> str:
    if report.json_lines != report.layout_json_lines:
        return f"{'JSON lines' if report.json_lines else 'no JSON lines'} (the layout says otherwise)"
    if report.json_lines:
        return "JSON lines"
    return f"delimiter {report.delimiter!r}{_differs(report.delimiter, report.layout_delimiter)}"


def _show_report(report: FileReport, screen: Console) -> None:
    lines = [
        f"{report.file}: {report.entity}, {report.understood} of {report.rows} rows understood",
        f"encoding {report.encoding}{_differs(report.encoding, report.layout_encoding)}, {_kind(report)}",
    ]
    screen.print(Text("\n".join(lines)))
    _show_columns(report, screen)
    _show_problems(report, screen)
    _show_sample(report, screen)
    if report.suggestion:
        screen.print(Text(f"\nSuggested for drawbar.toml (look at it before you use it):\n\n{report.suggestion}"))


def _differs(found: str, expected: str) -> str:
    return f" (the layout says {expected!r})" if found != expected else ""


def _show_columns(report: FileReport, screen: Console) -> None:
    table = _table("\nColumns", "our field", "their column", "")
    for bound in report.bound:
        table.add_row(bound.field, Text(bound.column), "only guessed: bind it" if bound.guessed else "")
    for missing in report.missing:
        table.add_row(missing.field, Text(missing.column), "missing")
    for name in report.unused:
        table.add_row("", Text(name), "not used")
    screen.print(table)


def _show_problems(report: FileReport, screen: Console) -> None:
    if report.problems:
        table = _table("\nProblems", "rows", "problem", "field", "first", "example")
        for problem in report.problems:
            place = Text(f"{problem.field} ({problem.column})" if problem.field else problem.column)
            table.add_row(str(problem.rows), problem.code, place, f"row {problem.first_row}", Text(problem.example))
        screen.print(table)
    for name, codes in report.unknown_codes.items():
        counted = ", ".join(f"{code!r} {count} times" for code, count in codes.items())
        screen.print(Text(f"Unknown codes of {name}: {counted}"))


def _show_sample(report: FileReport, screen: Console) -> None:
    if not report.sample:
        return
    table = _table("\nRows as understood", "field", *(f"row {number}" for number, _ in enumerate(report.sample, 1)))
    for name in report.sample[0]:
        table.add_row(name, *(Text(row[name]) for row in report.sample))
    screen.print(table)


for command in (imports, resend):
    leaseworks.add_command(command)
