"""The commands for QuickBooks Desktop, below `drawbar quickbooks`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, get_args

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.connectors.quickbooks_desktop.qwc import qwc_file
from drawbar.connectors.quickbooks_desktop.settings import SYSTEM, QuickBooksDesktopSettings
from drawbar.jobs.wiring import quickbooks_address
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.sync.pickup import OPEN, Pickups, Task, TaskState

_STATES: Final = get_args(TaskState)


@click.command()
@click.argument("company")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.  [default: print it]")
@json_option
def qwc(company: str, out: Path | None, as_json: bool) -> None:
    """Make the .qwc file of a company, which its Web Connector opens once.

    It names the address of the server (soap.public_url) and the user; the password is typed into the Web Connector.
    """
    settings, address = _settings(), quickbooks_address(session().settings)
    file = qwc_file(settings, company, address)
    if out is not None:
        out.write_bytes(file)
    if as_json:
        user = settings.companies[company].user
        print_json({"company": company, "user": user, "address": address, "file": out, "content": file.decode()})
    elif out is None:
        click.echo(file.decode())
    else:
        click.echo(f"Wrote {out}. Open it in the Web Connector, and type in the password of {company}.")


@click.command()
@click.option("--company", default="", help="Only what is for this company.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(_STATES), help="Only what is in this state; may be repeated."
)
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1, 100_000), help="How many, oldest first."
)
@json_option
def queue(company: str, states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Show what waits for QuickBooks, is being asked, or has failed and why; with --state done, what stands there."""
    _settings()
    with reading(session().hub.engine) as connection:
        pickups = Pickups(connection, SYSTEM)
        found = pickups.tasks(place=company, states=states or (*OPEN, "failed"), limit=limit)
    if as_json:
        print_json([_as_json(each) for each in found])
        return
    table = Table("No.", "Company", "What", "State", "Tries", "Since", "Why and what to do")
    for each in found:
        why = " ".join(part for part in (each.message, each.remedy) if part) or each.reference
        what, since = f"{each.kind} {each.key}", f"{each.queued_at:%Y-%m-%d %H:%M}"
        table.add_row(*map(Text, (str(each.id), each.place, what, each.state, str(each.attempts), since, why)))
    console().print(table if found else "Nothing waits for QuickBooks.")


@click.command()
@click.argument("numbers", nargs=-1, type=int, required=True)
@click.option("--dry-run", is_flag=True, help="Check whether it could be done; change nothing.")
@json_option
def retry(numbers: tuple[int, ...], dry_run: bool, as_json: bool) -> None:
    """Let what has failed wait for QuickBooks again, by its numbers in `drawbar quickbooks queue`."""
    _settings()
    now, current = utc_now(), session()
    with current.hub.engine.connect() as connection:
        tasks = [Pickups(connection, SYSTEM).put_back(number, now) for number in sorted(set(numbers))]
        for task in tasks:
            subject, detail = f"{task.kind} {task.key}", {"company": task.place, "number": task.id, "code": task.code}
            Audit(connection).note(
                actor=current.actor, action="retry at QuickBooks", subject=subject, detail=detail, now=now
            )
        connection.rollback() if dry_run else connection.commit()
    if as_json:
        print_json({"dry_run": dry_run, "again": [_as_json(each) for each in tasks]})
        return
    for task in tasks:
        click.echo(f"{task.kind} {task.key} {'would wait' if dry_run else 'waits'} for QuickBooks again.")


def _as_json(task: Task) -> dict[str, Any]:
    return {name: value for name, value in asdict(task).items() if name not in {"payload", "memory", "step"}}


def _settings() -> QuickBooksDesktopSettings:
    found = session().settings.quickbooks_desktop
    if found is None:
        raise ConfigError("QuickBooks Desktop is not configured", remedy="Add [quickbooks_desktop] to drawbar.toml.")
    return found
