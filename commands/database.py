"""`drawbar database`: what the hub's database holds, a move to another one, backup and restore."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from drawbar.commands.database_report import (
    backup_as_json,
    compared_as_json,
    settings_for,
    show_backup,
    show_compared,
    show_state,
    state_as_json,
)
from drawbar.commands.progress import follow
from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.jobs.backup import BackupDesk
from drawbar.jobs.database_state import database_state
from drawbar.jobs.hub import HubDatabase
from drawbar.jobs.moving import Move
from drawbar.jobs.wiring import open_hub_database
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.settings import resolve_secret

ARCHIVE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


def _url_named(given: str) -> str:
    """Give the URL that was typed, or that the named secret holds; one that is typed may hold no password."""
    try:
        found = str(resolve_secret(given))
    except ValueError as error:
        raise ConfigError(str(error), remedy="Set it to the URL, or mend --to.") from None
    try:
        url = make_url(found)
    except ArgumentError:
        raise click.BadParameter(
            "is not a database URL such as postgresql://drawbar@db.example.internal/drawbar", param_hint="--to"
        ) from None
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise click.BadParameter("is neither postgresql:// nor sqlite:///", param_hint="--to")
    if found == given and (url.password is not None or "password" in url.query):
        raise click.BadParameter(
            "holds a password, which others can see in the list of processes; put the URL into a variable and give "
            "env:NAME",
            param_hint="--to",
        )
    return found


@click.group()
def database() -> None:
    """The hub's database: show, move, backup, restore."""


@database.command("show")
@json_option
def show_database(as_json: bool) -> None:
    """Show which database it is, its revision, rows per table and size, and what is in flight."""
    with _configured() as configured:
        state = database_state(configured)
    print_json(state_as_json(state)) if as_json else show_state(console(), state)


@database.command("move")
@click.option(
    "--to", "named", metavar="URL", required=True,
    help="Where to: a URL without password, or env:NAME, file:PATH or keyring:SERVICE/USER that holds one with it.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only see whether it could begin, and what it would copy.")
@click.option("--undo", is_flag=True, help="Take a move to that database back, when nothing was done there since.")
@json_option
def move_database(named: str, dry_run: bool, undo: bool, as_json: bool) -> None:
    """Move the whole hub, with all that is in flight, to another database (SQLite to PostgreSQL, or back).

    The other one must be empty, or the one from which the hub came. Stop the worker first. Rows and hashes of both
    are compared, and nothing is kept unless all are equal. Afterwards no command works on the former database any
    more.
    """
    if dry_run and undo:
        raise click.UsageError("--undo cannot be rehearsed.")
    url = _url_named(named)
    with _configured() as source, _opened(url) as destination:
        move = Move(source, destination)
        if dry_run:
            _rehearse(move, as_json=as_json)
        elif undo:
            move.undo(actor=session().actor, now=utc_now())
            _tell_undone(source, as_json=as_json)
        else:
            _carry_out(move, url, as_json=as_json)


def _rehearse(move: Move, *, as_json: bool) -> None:
    rows, state = move.look(), database_state(move.source)
    if as_json:
        print_json({**_places(move), "dry_run": True, "rows": rows, "in_flight": state_as_json(state)["in_flight"]})
        return
    show_state(console(), state)
    click.echo(f"Dry run; nothing was written. {sum(rows.values()):,} rows would go to {move.destination.place}.")


def _carry_out(move: Move, url: str, *, as_json: bool) -> None:
    with follow(quiet=as_json) as progress:
        compared = move.carry_out(actor=session().actor, now=utc_now(), progress=progress)
    lines = settings_for(move.destination.place, with_password=make_url(url).password is not None)
    if as_json:
        tables = [compared_as_json(each) for each in compared]
        print_json({**_places(move), "dry_run": False, "tables": tables, "settings": lines})
        return
    if compared:
        show_compared(console(), compared)
    else:
        click.echo("An earlier move had come to its end; nothing was left to copy.")
    click.echo(f"The hub is in {move.destination.place} now. Nothing works on {move.source.place} any more.")
    click.echo("\nWrite this into drawbar.toml:\n")
    click.echo("\n".join(lines))
    if "DRAWBAR_DATABASE__URL" in os.environ:
        click.echo("\nThe variable DRAWBAR_DATABASE__URL wins over the file: change it too.")
    click.echo("\nThen run: drawbar doctor")


def _tell_undone(source: HubDatabase, *, as_json: bool) -> None:
    if as_json:
        print_json({"undone": True, "database": source.place})
    else:
        click.echo(f"The hub is in {source.place} again. Next: drawbar doctor")


def _places(move: Move) -> dict[str, Any]:
    return {"source": move.source.place, "destination": move.destination.place}


@database.command("backup")
@ARCHIVE
@json_option
def backup_database(file: Path, as_json: bool) -> None:
    """Write a backup of a hub on SQLite to FILE, also while a worker runs: both of its databases.

    For PostgreSQL use pg_dump.
    """
    with _desk() as desk:
        made = desk.back_up(file, utc_now())
    print_json(backup_as_json(made)) if as_json else show_backup(console(), made, f"Wrote {file}")


@database.command("restore")
@ARCHIVE
@json_option
def restore_database(file: Path, as_json: bool) -> None:
    """Restore a hub on SQLite from FILE into a data folder that holds none."""
    with _desk() as desk:
        made = desk.restore(file)
    if as_json:
        print_json(backup_as_json(made))
        return
    show_backup(console(), made, "Restored")
    click.echo("Next: move deliveries that were taken since from LeaseWorks' archive back to outbound, then run:")
    click.echo("drawbar run accounts")


@contextmanager
def _desk() -> Iterator[BackupDesk]:
    with _configured() as configured:
        yield BackupDesk(session().settings.data_folder, configured)


def _configured() -> Any:
    return _opened(session().settings.database_url)


@contextmanager
def _opened(url: str) -> Iterator[HubDatabase]:
    opened = open_hub_database(session().settings, url)
    try:
        yield opened
    finally:
        opened.close()
