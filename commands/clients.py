"""`drawbar clients`: who may call the server, and with which key."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from drawbar.commands.session import Session, console, json_option, print_json, session, utc_now
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading
from drawbar.middleware.server.callers import SCOPES, Callers, Client

_DRY_RUN = click.option("--dry-run", is_flag=True, help="Check whether it could be done; change nothing.")
_SHOWN_ONCE = "It is not kept and cannot be shown again: hand it over safely."


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def clients(context: click.Context, as_json: bool) -> None:
    """Who may call the server: list, add, rotate, revoke. Alone, it lists them."""
    if context.invoked_subcommand is None:
        _list(as_json)


@clients.command("list")
@json_option
def list_clients(as_json: bool) -> None:
    """List who may call, and whose keys end when."""
    _list(as_json)


def _list(as_json: bool) -> None:
    with reading(session().hub.engine) as connection:
        found = Callers(connection).all()
    if as_json:
        print_json([asdict(each) for each in found])
        return
    table = Table("Client", "May", "Keys", "Since", "State")
    for each in found:
        state = "revoked" if each.revoked_at else "may call"
        cells = (each.name, ", ".join(each.scopes), _keys(each), f"{each.created_at:%Y-%m-%d}", state)
        table.add_row(*map(Text, cells))
    console().print(
        table if found else "Nobody may call yet. Add somebody with: drawbar clients add NAME --scope SCOPE"
    )


def _keys(client: Client) -> str:
    now = utc_now()
    good = [each for each in client.keys if each.ends_at is None or each.ends_at > now]
    return ", ".join(each.id + (f" until {each.ends_at:%Y-%m-%d %H:%M}" if each.ends_at else "") for each in good)


@clients.command("add")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(list(SCOPES)), help="What it may do."
)
@_DRY_RUN
@json_option
def add_client(name: str, scopes: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Let the system NAME call, and print its key."""
    current = session()
    with current.hub.engine.connect() as connection:
        key = Callers(connection).add(name, scopes, utc_now())
        if not dry_run:
            _note(connection, current, "add client", name, {"scopes": sorted(scopes)})
            connection.commit()
    _tell_key(name, key, dry_run=dry_run, as_json=as_json)


@clients.command("rotate")
@click.argument("name")
@click.option(
    "--keep-hours", default=24.0, show_default=True, type=click.FloatRange(0, 24 * 90),
    help="How long the old key stays good.",
)  # fmt: skip
@_DRY_RUN
@json_option
def rotate_key(name: str, keep_hours: float, dry_run: bool, as_json: bool) -> None:
    """Print a new key for NAME; the old one stays good for a while."""
    current = session()
    with current.hub.engine.connect() as connection:
        key = Callers(connection).rotate(name, timedelta(hours=keep_hours), utc_now())
        if not dry_run:
            _note(connection, current, "rotate client", name, {"keep_hours": keep_hours})
            connection.commit()
    _tell_key(name, key, dry_run=dry_run, as_json=as_json)


@clients.command("revoke")
@click.argument("name")
@click.option("--reason", required=True, help="Why; kept in the audit.")
@_DRY_RUN
@json_option
def revoke_client(name: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Let NAME call no more; its keys and tokens end now."""
    current = session()
    with current.hub.engine.connect() as connection:
        Callers(connection).revoke(name, utc_now())
        if not dry_run:
            _note(connection, current, "revoke client", name, {"reason": reason})
            connection.commit()
    if as_json:
        print_json({"client": name, "revoked": not dry_run})
    else:
        click.echo(f"{name} {'would be able to' if dry_run else 'can'} call no more.")


def _note(connection: Connection, current: Session, action: str, name: str, detail: dict[str, Any]) -> None:
    Audit(connection).note(actor=current.actor, action=action, subject=f"client {name}", detail=detail, now=utc_now())


def _tell_key(name: str, key: str, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({"client": name, "key": None if dry_run else key})
    elif dry_run:
        click.echo(f"{name} would get a key; nothing was changed.")
    else:
        click.echo(key)
        click.echo(f"This is the key of {name}. {_SHOWN_ONCE}", err=True)
