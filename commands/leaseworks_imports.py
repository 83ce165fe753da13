"""`drawbar leaseworks imports` and `resend`: what LeaseWorks was told of people's changes, and what it said."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.jobs.import_desk import ImportDesk
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.handover import Handover


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many, newest first.")
@json_option
def imports(limit: int, as_json: bool) -> None:
    """List what LeaseWorks was told of changes in Salesforce: sent, accepted, rejected, and what waits."""
    with reading(session().hub.engine) as connection:
        desk = ImportDesk(connection)
        latest, waiting = desk.latest(limit), desk.waiting()
        reasons = {each.name: desk.rejections(each.name) for each in latest if each.rejected}
    if as_json:
        print_json({"imports": [_told(each, reasons) for each in latest], "waiting": waiting})
        return
    table = Table("Import", "Rows", "State", "Accepted", "Rejected", "Sent", "Answered")
    for each in latest:
        counts = (str(each.accepted), str(each.rejected)) if each.state == "answered" else ("", "")
        table.add_row(each.name, str(each.rows), each.state, *counts, _moment(each.sent_at), _moment(each.answered_at))
    screen = console()
    screen.print(table if latest else "Nothing was sent yet.")
    for name, found in reasons.items():
        for reason in found:
            screen.print(Text(f"{name}: {reason['object']} {reason['key']}: {reason['reason']}", "red"))
    counted = ", ".join(f"{count} of {name}" for name, count in waiting.items())
    click.echo(f"For the next import: {counted or 'nothing'}.")


@click.command()
@click.argument("name", metavar="IMPORT")
@click.option("--dry-run", is_flag=True, help="Say what would be sent again; change nothing.")
@json_option
def resend(name: str, dry_run: bool, as_json: bool) -> None:
    """Let the rows of IMPORT wait for the next one: LeaseWorks says that it never had it.

    What is found as its answer later counts for nothing.
    """
    current = session()
    with current.hub.engine.connect() as connection:
        rows = ImportDesk(connection).resend(name, current.hub, actor=current.actor, now=utc_now())
        if dry_run:
            connection.rollback()
        else:
            connection.commit()
    if as_json:
        print_json({"import": name, "rows": rows, "dry_run": dry_run})
        return
    said = "would go" if dry_run else "go"
    click.echo(f"{rows} rows of {name} {said} with the next import.")


def _moment(at: Any) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"


def _told(handed: Handover, reasons: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    return {**asdict(handed), "state": handed.state, "rejections": reasons.get(handed.name, [])}
