"""`drawbar quickbooks`: connect a company of QuickBooks Online; the queue for QuickBooks Desktop."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from cryptography.fernet import Fernet

from drawbar.commands.quickbooks_desktop import queue, qwc, retry
from drawbar.commands.session import json_option, print_json, session, utc_now
from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline
from drawbar.jobs.wiring import open_quickbooks_online
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.migrate import require_current
from drawbar.middleware.errors import NotThere


@click.group()
def quickbooks() -> None:
    """QuickBooks Online: connect the company that money is posted to. QuickBooks Desktop: what waits for it."""


@quickbooks.command()
@json_option
def key(as_json: bool) -> None:
    """Print a new key for quickbooks_online.encryption_key; keep it where secrets are kept."""
    made = Fernet.generate_key().decode()
    print_json({"key": made}) if as_json else click.echo(made)


@quickbooks.command()
@click.option(
    "--file",
    "token_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the refresh token.  [default: standard input]",
)
@click.option("--company", default="", help="A further company, by its name in the settings.  [default: the first one]")
@json_option
def connect(token_file: Path | None, company: str, as_json: bool) -> None:
    """Take a refresh token over, which an administrator of the company got by signing in.

    It comes from standard input or a file, never as an option's value: those show in the list of processes. It is used
    at once, so that Drawbar holds the only good one from then on.
    """
    given = token_file.read_text(encoding="utf-8") if token_file else _typed()
    token = given.strip()
    if not token:
        raise click.UsageError("There is no refresh token in what was given.")
    books = _company(company)
    require_current(books.vault.engine)
    now = utc_now()
    name = books.connect(token, now=now)
    with books.vault.engine.begin() as connection:
        Audit(connection).note(
            actor=session().actor, action="connect QuickBooks Online", subject=name,
            detail={"realm": books.client.realm_id}, now=now,
        )  # fmt: skip
    if as_json:
        print_json({"company": name, "realm_id": books.client.realm_id})
        return
    click.echo(f"Connected to {name}.")


def _company(name: str) -> QuickBooksOnline:
    found = open_quickbooks_online(session().settings)
    if name not in found:
        known = ", ".join(sorted(each for each in found if each)) or "none but the first"
        raise NotThere(f"there is no company {name!r} in the settings", remedy=f"There are: {known}.")
    return found[name]


def _typed() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Refresh token", hide_input=True)
        return typed
    return sys.stdin.read()


for each in (qwc, queue, retry):
    quickbooks.add_command(each)
