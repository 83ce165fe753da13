"""`drawbar init` and `drawbar doctor`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import Session, console, json_option, print_json, session, utc_now
from drawbar.commands.settings_file import sandbox_settings, settings_template
from drawbar.jobs.wiring import checks
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import require_current, upgrade
from drawbar.middleware.errors import ConfigError, DrawbarError
from drawbar.middleware.ports import Check


@click.command()
@click.option(
    "--sandbox",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Write settings for the sandbox with this data folder.",
)
@click.option("--force", is_flag=True, help="Overwrite a settings file that is there.")
@json_option
def init(sandbox: Path | None, force: bool, as_json: bool) -> None:
    """Write a commented drawbar.toml (unless there is one) and create or upgrade the database."""
    path = session().settings_file
    written = force or not path.exists()
    if sandbox is not None and not written:
        raise ConfigError(f"{path} is there already", remedy="Give --force to overwrite it.")
    if written:
        _write(path, sandbox_settings(sandbox) if sandbox else settings_template())
    settings = Session(path, explicit=True).settings
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.database_url)
    upgrade(database)
    require_current(database)
    place = database.url.render_as_string(hide_password=True)
    if as_json:
        print_json({"settings": str(path), "written": written, "database": place})
        return
    click.echo(f"Wrote {path}." if written else f"{path} is there and stays as it is.")
    click.echo(f"The database is ready: {place}")
    if sandbox is None:
        click.echo(f"Next: fill in [leaseworks] and [salesforce] in {path}, then run: drawbar doctor")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check settings, database and every configured system, and say what to do about each red line.

    Exits with 1 when a line is red.
    """
    lines = list(_all_checks(session()))
    if as_json:
        print_json([_as_json(line) for line in lines])
    else:
        table = Table("", "System", "What", "Found")
        for line in lines:
            mark = Text("ok", "green") if line.ok else Text("NO", "red")
            detail = Text(line.detail if line.ok else f"{line.detail}\n{line.remedy}")
            table.add_row(mark, line.system, line.name, detail)
        console().print(table)
    if not all(line.ok for line in lines):
        context.exit(1)


def _all_checks(current: Session) -> Iterator[Check]:
    try:
        settings = current.settings
    except ConfigError as error:
        yield Check("Drawbar", "settings", ok=False, detail=error.message, remedy=error.remedy)
        return
    there = current.settings_file.exists()
    yield Check("Drawbar", "settings", ok=True, detail=str(current.settings_file) if there else "no file: the defaults")
    yield _database_check(current)
    yield from checks(settings, utc_now())


def _database_check(current: Session) -> Check:
    database = open_database(current.settings.database_url)
    place = database.url.render_as_string(hide_password=True)
    try:
        require_current(database)
    except DrawbarError as error:
        return Check("Drawbar", "database", ok=False, detail=error.message, remedy=error.remedy)
    return Check("Drawbar", "database", ok=True, detail=place)


def _as_json(line: Check) -> dict[str, object]:
    return {"system": line.system, "name": line.name, "ok": line.ok, "detail": line.detail, "remedy": line.remedy}
