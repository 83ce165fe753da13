"""Shows failures: by cause, singly, or one with its whole story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drawbar.jobs.masking import masked_message
from drawbar.middleware.sync.dead_letters import DeadLetter
from drawbar.middleware.sync.failure_search import FailureGroup

Json = dict[str, Any]


def group_as_json(group: FailureGroup) -> Json:
    """Give a cause as a JSON object."""
    failure = group.example.failure
    return {
        "object": group.object, "code": group.code, "field": group.field, "count": group.count,
        "first_at": group.first_at, "last_at": group.last_at, "remedy": failure.remedy,
        "message": masked_message(failure.message, failure.field),
        "example": {"number": group.example.id, "key": failure.key, "row": failure.row_number or None},
    }  # fmt: skip


def show_groups(console: Console, groups: Sequence[FailureGroup]) -> None:
    """List causes, the most frequent first, each with what to do about it."""
    for group in groups:
        failure, where = group.example.failure, f", field {group.field}" if group.field else ""
        times = "once" if group.count == 1 else f"{group.count:,} times"
        console.print(Text(f"{group.object} {group.code}{where}: {times}", "bold"))
        click.echo(f"  from {_time(group.first_at)} to {_time(group.last_at)} UTC")
        newest = failure.key or f"row {failure.row_number}"
        click.echo(f"  newest: failure {group.example.id}, {newest}: {masked_message(failure.message, failure.field)}")
        if failure.remedy:
            click.echo(f"  what to do: {failure.remedy}")
        click.echo(f"  then: drawbar failures replay --object {group.object} --code {group.code}")
    click.echo("Each by itself: drawbar failures --flat" if groups else "No failures.")


def show_flat(console: Console, letters: Sequence[DeadLetter]) -> None:
    """List failures singly."""
    if not letters:
        click.echo("No failures.")
        return
    table = Table("No.", "Object", "Key", "Code", "What", "Tries", "State")
    for letter in letters:
        failure = letter.failure
        table.add_row(
            str(letter.id), failure.object, Text(failure.key or f"row {failure.row_number}"), failure.code,
            Text(masked_message(failure.message, failure.field)[:80]), str(failure.attempts), letter.state,
        )  # fmt: skip
    console.print(table)
    click.echo("More on one: drawbar failures show NUMBER")


def show_story(story: Mapping[str, Any], *, masked: bool) -> None:
    """Tell one failure: what is known of it, what the org answered, and what happened since."""
    for name, value in story.items():
        if name not in ("response", "timeline") and value not in ("", None):
            click.echo(f"{name.replace('_', ' '):<14} {value}")
    response = story["response"]
    if response is not None:
        click.echo(f"{'response':<14} {response['code']}: {response['message']} ({_time(response['at'])} UTC)")
    click.echo("timeline (UTC)")
    for each in story["timeline"]:
        by = f" by {each['by']}" if each["by"] else ""
        run = f" in run {each['run']} ({each.get('run_state', 'unknown')})" if each["run"] else ""
        detail = f": {each['detail']}" if each["detail"] else ""
        click.echo(f"  {_time(each['at'])}  {each['what']}{by}{run}{detail}")
    if masked:
        click.echo("Names, telephones, addresses and account numbers are masked; in full: --unmasked")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
