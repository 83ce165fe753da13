"""`drawbar sandbox deliver`, `leaseworks` and `edit`: the simulated LeaseWorks.

`drawbar sandbox` itself uses two of the functions: `deliver_days` makes the deliveries at start, and
`sandbox.leaseworks.sftp.serve_leaseworks` serves them beside the org, on the same event loop:

    home = leaseworks_home(data)
    deliver_days(home.files, chosen_plan(home.files, accounts, seed, start), day)
    async with serve_leaseworks(home.files, home.keys, open_login(home.keys, os.environ), port=2222) as server:
        show_server(server, home)
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import click
from rich.console import Console

from drawbar.commands.sandbox_addresses import where_leaseworks
from drawbar.sandbox.leaseworks.book import BookPlan, live_through
from drawbar.sandbox.leaseworks.delivery import IMPORTS, DeliveryError, read_manifest, remembered_plan, write_deliveries
from drawbar.sandbox.leaseworks.edits import EDITABLE, change_delivery, find_delivery
from drawbar.sandbox.leaseworks.home import LeaseWorksHome, leaseworks_home
from drawbar.sandbox.leaseworks.login import PASSWORD_FILE, PASSWORD_VARIABLE, open_login
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer, serve_leaseworks
from drawbar.sandbox.leaseworks.taking import add_what_was_taken, take_imports
from drawbar.sandbox.leaseworks.views import write_views

DEFAULT_DATA = Path("drawbar-data/sandbox")
DEFAULT_PORT = 2222

_Command = TypeVar("_Command", bound=Callable[..., Any])


def book_options(command: _Command) -> _Command:
    """Give a command the options `--accounts`, `--seed` and `--start` (all None when not given) of a lease book."""
    options = (
        click.option("--accounts", type=click.IntRange(1, 900_000), help="Accounts on day 1 (first time: 2,000)."),
        click.option("--seed", type=click.IntRange(0), help="Another seed makes another book (first time: 1)."),
        click.option(
            "--start", type=click.DateTime(["%Y-%m-%d"]), help="Business date of day 1 (first time: 2026-03-02)."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def data_option(command: _Command) -> _Command:
    """Give a command the option `--data`, the sandbox's data folder."""
    option = click.option(
        "--data",
        envvar="DRAWBAR_SANDBOX_DATA",
        type=click.Path(file_okay=False, path_type=Path),
        default=DEFAULT_DATA,
        show_default=True,
        help="The sandbox's data folder.",
    )
    return option(command)


def chosen_plan(files: Path, accounts: int | None, seed: int | None, start: datetime | date | None) -> BookPlan:
    """Give the book that the options choose; what they leave out is as in the book already delivered to `files`."""
    known = remembered_plan(files) or BookPlan()
    day = start.date() if isinstance(start, datetime) else start
    return BookPlan(
        accounts=known.accounts if accounts is None else accounts,
        seed=known.seed if seed is None else seed,
        start=day or known.start,
    )


def deliver_days(files: Path, plan: BookPlan, last_day: int) -> list[Path]:
    """Write the deliveries of days 1 to `last_day` that are not there yet, saying so; give their folders.

    Shows a spinner on a terminal. Raises ClickException when `files` holds the deliveries of another book.
    """
    console = Console(stderr=True)
    busy = console.status(f"LeaseWorks lives through its days up to day {last_day} …")
    try:
        with busy if console.is_terminal else nullcontext():
            if (files / IMPORTS).is_dir():
                take_imports(files, datetime.now(UTC))
            said = partial(click.echo, err=True)
            return write_deliveries(
                files, plan, last_day, lambda folder: said(_summary(folder)), partial(add_what_was_taken, files)
            )
    except DeliveryError as error:
        raise click.ClickException(str(error)) from error


def show_server(server: LeaseWorksServer, home: LeaseWorksHome) -> None:
    """Say where the running server is found and how one logs in; the password is named by its place only."""
    generated = home.keys / PASSWORD_FILE
    password = f"${PASSWORD_VARIABLE}" if os.environ.get(PASSWORD_VARIABLE) else str(generated)
    click.echo(f"LeaseWorks: sftp://{server.login.user}@{server.host}:{server.port} (files in {home.files})")
    click.echo(f"  password:    {password}")
    click.echo(f"  known_hosts: {server.known_hosts}")


@click.command()
@click.option("--day", type=click.IntRange(1, 2_000), default=1, show_default=True, help="Deliver up to this day.")
@book_options
@data_option
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Write here instead of below --data.")
@click.option(
    "--sql",
    "sql_url",
    envvar="DRAWBAR_SANDBOX_SQL_URL",
    help="Also put the last day into this database (SQLAlchemy URL; give one with a password by environment).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def deliver(
    *,
    day: int,
    accounts: int | None,
    seed: int | None,
    start: datetime | None,
    data: Path,
    into: Path | None,
    sql_url: str | None,
    as_json: bool,
) -> None:
    """Write the deliveries of day 1 up to a day that are not there yet.

    Example: `drawbar sandbox deliver --accounts 2000 --day 2`.
    """
    files = into or leaseworks_home(data).files
    plan = chosen_plan(files, accounts, seed, start)
    written = deliver_days(files, plan, day)
    if sql_url:
        write_views(sql_url, next(live_through(plan, day, day)))
    if as_json:
        click.echo(json.dumps([_manifest(folder) for folder in written]))
    elif not written:
        click.echo(f"Day {day} and all before it have been delivered already.")


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, show_default=True, help="0: a free one.")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print as JSON where it is found, once it is.")
def leaseworks(port: int, data: Path, as_json: bool) -> None:
    """Serve LeaseWorks' deliveries over SFTP on 127.0.0.1, until Ctrl-C.

    User and password are taken from DRAWBAR_SANDBOX_SFTP_USER and DRAWBAR_SANDBOX_SFTP_PASSWORD, public keys from the
    file that DRAWBAR_SANDBOX_SFTP_AUTHORIZED_KEYS names; without them the user is `drawbar` and a password is made up.
    """
    try:
        asyncio.run(_serve(port, leaseworks_home(data), as_json=as_json))
    except (OSError, asyncssh.KeyImportError) as error:
        raise click.ClickException(f"LeaseWorks cannot be served: {error}.") from error


async def _serve(port: int, home: LeaseWorksHome, *, as_json: bool) -> None:
    stopped = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, stopped.set)
    async with serve_leaseworks(home.files, home.keys, open_login(home.keys, os.environ), port=port) as server:
        click.echo(json.dumps(where_leaseworks(server, home))) if as_json else show_server(server, home)
        await stopped.wait()


@click.command()
@click.argument("key", metavar="ACCOUNT")
@click.argument("values", metavar="FIELD=VALUE...", nargs=-1, required=True)
@click.option("--delivery", help="Its name, such as LW-20260303-001; without it the newest.")
@click.option(
    "--entity",
    type=click.Choice([entity.name for entity in EDITABLE]),
    default="accounts",
    show_default=True,
    help="What the key and the columns belong to.",
)
@data_option
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Look here instead of below --data.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def edit(
    key: str, values: tuple[str, ...], delivery: str | None, entity: str, data: Path, into: Path | None, as_json: bool
) -> None:
    """Change values in a delivery, and make its manifest true again.

    A delivery that was fetched already is delivered once more, under the next number of its day, with the change.
    Instead of an account the key of another entity may be given, such as a payment's number.

    Example: `drawbar sandbox edit LW00000042 PAST_DUE_AMT=0.00 OLDEST_UNPAID_DT= MISSED_PMTS=0`.
    """
    files = into or leaseworks_home(data).files
    try:
        folder, edits = change_delivery(files, find_delivery(files, delivery), entity, key, _assignments(values))
    except DeliveryError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"delivery": folder.name, "edits": [asdict(each) for each in edits]}))
        return
    for each in edits:
        click.echo(
            f"{folder.name} {entity} {key}: {each.column} {each.before or '(empty)'} -> {each.after or '(empty)'}"
        )
    if not edits:
        click.echo(f"{folder.name} {entity} {key} has these values already.")


LEASEWORKS_COMMANDS: tuple[click.Command, ...] = (deliver, leaseworks, edit)
"""What `drawbar sandbox` takes up as its commands."""


def _assignments(values: tuple[str, ...]) -> Mapping[str, str]:
    pairs = [value.partition("=") for value in values]
    wrong = [field for field, equals, _ in pairs if not equals or not field]
    if wrong:
        message = f"{', '.join(wrong)} is not of the form FIELD=VALUE."
        raise click.UsageError(message)
    return {field.upper(): value for field, _, value in pairs}


def _manifest(folder: Path) -> dict[str, object]:
    rows = {line.file.removesuffix(".csv"): line.rows for line in read_manifest(folder)}
    return {"delivery": folder.name, "folder": str(folder), "rows": rows}


def _summary(folder: Path) -> str:
    counts = [f"{line.rows:,} {line.file.removesuffix('.csv').replace('_', ' ')}" for line in read_manifest(folder)]
    return f"{folder.name}: {', '.join(counts)}"
