"""`drawbar passtime`: which device is in which truck, where a device is now, and starter commands."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, json_option, print_json, session, utc_now

if TYPE_CHECKING:
    from drawbar.jobs.starter import StarterCommands
    from drawbar.middleware.gps.starter import StarterAction, StarterRequest


@click.group()
def passtime() -> None:
    """PassTime's devices, and commands to them."""


@passtime.command("map")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read the file and count; keep nothing.")
@json_option
@click.pass_context
def map_devices(context: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Learn from FILE (CSV or Excel) which device is in which truck.

    FILE needs the columns of passtime.portal.columns for serial number and VIN; others are left alone. Exits with 5
    when rows could not be understood.
    """
    from drawbar.jobs.gps_hand import map_file  # noqa: PLC0415  (keeps `drawbar --help` fast)

    learnt = map_file(session().hub, file, dry_run=dry_run)
    if as_json:
        print_json({"file": str(file), "kept": not dry_run, **asdict(learnt)})
    else:
        verb = "would be kept" if dry_run else "kept"
        click.echo(f"{file.name}: {learnt.devices} devices {verb}, {learnt.on_lease} of them in a truck on lease.")
        for refusal in learnt.refused:
            click.echo(f"  {refusal}", err=True)
    context.exit(5 if learnt.refused else 0)


@passtime.command()
@click.argument("serial")
@json_option
def locate(serial: str, as_json: bool) -> None:
    """Have device SERIAL say where it is, and wait for the answer (passtime.locate_patience_seconds).

    Salesforce gets the position with the next reading.
    """
    from drawbar.jobs.gps_hand import locate_passtime  # noqa: PLC0415

    found = locate_passtime(session().hub, serial)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(f"{serial}: {found.latitude}, {found.longitude} at {found.at:%Y-%m-%d %H:%M:%S} UTC")


@passtime.group()
def starter() -> None:
    """Keep a truck from starting, or let it start again: asked for by one person, approved by another.

    Off unless passtime.starter_interrupt is set.
    """


@starter.command()
@click.argument("serial")
@click.argument("action", type=click.Choice(["disable", "enable"]))
@click.option("--reason", required=True, help="Why; kept in the audit.")
@click.option("--dry-run", is_flag=True, help="Say whether it could be asked for; ask for nothing.")
@json_option
def request(serial: str, action: StarterAction, reason: str, dry_run: bool, as_json: bool) -> None:
    """Ask that the truck with device SERIAL cannot start (disable), or can start again (enable)."""
    made = _commands().request(serial, action, reason, utc_now(), dry_run=dry_run)
    if as_json:
        print_json(_shown(made) | {"dry_run": dry_run})
    elif dry_run:
        click.echo(f"Could be asked for: {action} {serial} (account {made.account}).")
    else:
        click.echo(
            f"Request {made.id}: {action} {serial} (account {made.account}). Another person approves it until "
            f"{made.expires_at:%Y-%m-%d %H:%M} UTC: drawbar passtime starter approve {made.id}"
        )


@starter.command()
@click.argument("number", type=int)
@click.option("--dry-run", is_flag=True, help="Say whether it could be approved; send nothing.")
@json_option
def approve(number: int, dry_run: bool, as_json: bool) -> None:
    """Approve request NUMBER of another person, and send it to PassTime at once."""
    after = _commands().approve(number, utc_now(), dry_run=dry_run)
    if as_json:
        print_json(_shown(after) | {"dry_run": dry_run})
    elif dry_run:
        click.echo(f"Request {number} could be approved: {after.action} {after.serial} (account {after.account}).")
    else:
        click.echo(f"Request {number} is {after.state}: {after.outcome}.")


@starter.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many, newest first.")
@json_option
def list_requests(limit: int, as_json: bool) -> None:
    """List what was asked for, by whom, and what became of it."""
    found = _commands().listed(limit)
    if as_json:
        print_json([_shown(each) for each in found])
        return
    table = Table("", "What", "Device", "Account", "Asked by", "Until", "State", "Decided by", "Outcome")
    for each in found:
        cells = (
            str(each.id), each.action, each.serial, each.account, each.requested_by,
            f"{each.expires_at:%Y-%m-%d %H:%M}", each.state_at(utc_now()), each.decided_by, each.outcome,
        )  # fmt: skip
        table.add_row(*map(Text, cells))
    console().print(table if found else "Nothing was asked for yet.")


def _commands() -> StarterCommands:
    from drawbar.jobs.starter import StarterCommands  # noqa: PLC0415

    return StarterCommands(session().hub, session().actor)


def _shown(each: StarterRequest) -> dict[str, Any]:
    return asdict(each) | {"state": each.state_at(utc_now())}
