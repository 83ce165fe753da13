"""Shows what a database holds, what a move has copied, and what is in a backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.filesize import decimal
from rich.table import Column, Table
from rich.text import Text

from drawbar.commands.run_report import run_as_json
from drawbar.commands.settings_file import toml_value
from drawbar.jobs.backup import Backup
from drawbar.jobs.database_state import DatabaseState
from drawbar.jobs.in_flight import InFlight
from drawbar.jobs.moving import Compared


def state_as_json(state: DatabaseState) -> dict[str, Any]:
    """Give a look at a database as a JSON object."""
    flight = state.in_flight
    moved = state.moved.place if state.moved is not None and state.moved.went_away else None
    return {
        "database": state.place, "revision": state.revision, "bytes": state.size, "rows": state.rows, "moved_to": moved,
        "in_flight": {
            "runs": [run_as_json(each) for each in flight.runs], "waiting": flight.waiting, "claimed": flight.claimed,
            "claims": flight.claims, "bulk_jobs": [asdict(each) for each in flight.bulk_jobs],
        },
    }  # fmt: skip


def show_state(screen: Console, state: DatabaseState) -> None:
    """Tell what a database holds and what is in flight."""
    screen.print(f"{state.place}, revision {state.revision}, {decimal(state.size)}")
    if state.moved is not None:
        way = "has moved to" if state.moved.went_away else "came from"
        style = "red" if state.moved.went_away else ""
        screen.print(Text(f"The hub {way} {state.moved.place} at {state.moved.at:%Y-%m-%d %H:%M} UTC.", style))
    table = Table("Table", Column("Rows", justify="right"))
    for name, rows in state.rows.items():
        table.add_row(name, f"{rows:,}")
    screen.print(table)
    _show_flight(screen, state.in_flight)


def _show_flight(screen: Console, flight: InFlight) -> None:
    if not (flight.runs or flight.waiting or flight.claimed or flight.bulk_jobs):
        screen.print("Nothing is in flight.")
        return
    screen.print("In flight:")
    for run in flight.runs:
        screen.print(Text(f"  run {run.id}: {run.state} {run.phase}".rstrip()))
    screen.print(
        f"  outbox: {flight.waiting:,} rows wait, {flight.claimed:,} are being sent ({flight.claims:,} claims)"
    )
    for job in flight.bulk_jobs:
        how = "uploaded" if job.uploaded else "not uploaded yet"
        screen.print(Text(f"  bulk job {job.job_id or '(not known)'} of {job.object}, {how}, run {job.run_id}"))


def compared_as_json(each: Compared) -> dict[str, Any]:
    """Give a table of both databases as a JSON object."""
    return {"table": each.name, "source": asdict(each.source), "destination": asdict(each.destination)}


def show_compared(screen: Console, compared: Sequence[Compared]) -> None:
    """Tell what was copied, with the hashes of both sides."""
    table = Table("Table", Column("Rows", justify="right"), "Hash of source", "Hash of destination")
    for each in compared:
        table.add_row(each.name, f"{each.source.rows:,}", each.source.digest, each.destination.digest)
    screen.print(table)
    rows = sum(each.source.rows for each in compared)
    screen.print(f"{len(compared)} tables, {rows:,} rows: equal in number and content.")


def settings_for(place: str, *, with_password: bool) -> list[str]:
    """Give the lines for drawbar.toml that name a database; its password is only named."""
    lines = ["[database]", f"url = {toml_value(place)}"]
    return (
        [*lines, 'password = "env:NAME"  # or file:, keyring: where the password alone is'] if with_password else lines
    )


def backup_as_json(backup: Backup) -> dict[str, Any]:
    """Give what a backup holds as a JSON object."""
    return {"made_at": backup.made_at, "drawbar": backup.drawbar, "files": backup.files}


def show_backup(screen: Console, backup: Backup, what: str) -> None:
    """Tell what a backup holds."""
    made = f"made {backup.made_at:%Y-%m-%d %H:%M} UTC by Drawbar {backup.drawbar}"
    screen.print(Text(f"{what}: {made}, {len(backup.files)} files, {decimal(sum(backup.files.values()))}."))
