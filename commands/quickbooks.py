"""`drawbar quickbooks`: connect a company of QuickBooks Online; the queue for QuickBooks Desktop."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from cryptography.fernet import Fernet

from drawbar.commands.quickbooks_desktop import queue, qwc, retry
from drawbar.commands.session import json_option, print_json, session, utc_now
from drawbar.jobs.wiring import open_quickbooks_online
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.migrate import require_current


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
@json_option
def connect(token_file: Path | None, as_json: bool) -> None:
    """Take a refresh token over, which an administrator of the company got by signing in.

    It comes from standard input or a file, never as an option's value: those show in the list of processes. It is used
    at once, so that Drawbar holds the only good one from then on.
    """
    given = token_file.read_text(encoding="utf-8") if token_file else _typed()
    token = given.strip()
    if not token:
        raise click.UsageError("There is no refresh token in what was given.")
    company = open_quickbooks_online(session().settings)
    require_current(company.vault.engine)
    now = utc_now()
    name = company.connect(token, now=now)
    with company.vault.engine.begin() as connection:
        Audit(connection).note(
            actor=session().actor, action="connect QuickBooks Online", subject=name,
            detail={"realm": company.client.realm_id}, now=now,
        )  # fmt: skip
    if as_json:
        print_json({"company": name, "realm_id": company.client.realm_id})
        return
    click.echo(f"Connected to {name}.")


def _typed() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Refresh token", hide_input=True)
        return typed
    return sys.stdin.read()


for each in (qwc, queue, retry):
    quickbooks.add_command(each)
