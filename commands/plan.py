"""`drawbar plan`: everything that a run would do, for a person to approve."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from drawbar.commands.progress import follow
from drawbar.commands.run_report import objects_table
from drawbar.commands.session import console, json_option, print_json, session
from drawbar.jobs.plan_changes import PlannedChange
from drawbar.jobs.plan_files import WRITERS, cell, write_json, write_plan, write_to
from drawbar.jobs.plans import OpenPlan, planning
from drawbar.jobs.summaries import NOT_KNOWN


@click.command()
@click.argument("job", type=click.Choice(["accounts"]))
@click.option(
    "--out", "files", multiple=True, type=click.Path(dir_okay=False, path_type=Path),
    help="Write the plan here, as .json (to be run), .csv (for Excel) or .html (to be printed); repeatable.",
)  # fmt: skip
@click.option(
    "--masked/--unmasked", default=None,
    help="Blot out names, telephones, addresses and free text.  [default: masked on the screen, not in files]",
)  # fmt: skip
@click.option("--accept-shrink", is_flag=True, help="Plan a delivery although much of what was known is gone.")
@json_option
def plan(job: str, files: tuple[Path, ...], masked: bool | None, accept_shrink: bool, as_json: bool) -> None:  # noqa: ARG001
    """Show every record that JOB would create, change or delete now, field by field; write nothing but the files.

    Approve the plan, then carry out exactly it with `drawbar run accounts --plan FILE.json`. Files that are written
    together tell the same plan; they are readable by you alone. A masked plan cannot be run.
    """
    _check_endings(files)
    current = session()
    with follow(quiet=as_json) as progress:
        opened = planning(current.hub, by=current.actor, accept_shrink=accept_shrink, progress=progress)
        with opened as found:
            written = {path: write_plan(found, path, masked=bool(masked)) for path in files}
            if not files and as_json:
                write_to(found, sys.stdout, write_json, masked=masked is not False)
            elif not as_json:
                _show(found, listed=not files, masked=masked is not False)
    if files and as_json:
        print_json({"plan": found.plan.as_json(), "files": {str(path): digest for path, digest in written.items()}})
    elif files:
        _show_files(written, masked=bool(masked))


def _check_endings(files: tuple[Path, ...]) -> None:
    for path in files:
        if path.suffix.lower() not in WRITERS:
            raise click.BadParameter(f"{path.name} must end in {', '.join(WRITERS)}", param_hint="--out")
        if not path.absolute().parent.is_dir():
            raise click.BadParameter(f"there is no folder {path.absolute().parent}", param_hint="--out")


def _show(found: OpenPlan, *, listed: bool, masked: bool) -> None:
    made = found.plan
    names = ", ".join(f"{each['name']} of {each['business_date']}" for each in made.deliveries)
    click.echo(f"Plan {made.id}: {made.records:,} records; nothing was written. Waiting: {names or 'no delivery'}.")
    for notice in made.notices:
        click.echo(f"Note: {notice}")
    for refused in made.refused_deliveries:
        click.echo(f"{refused['name']} is {refused['status']}: {refused['problem']}. {refused['remedy']}")
    console().print(objects_table(made.objects, None))
    for change in found.changes() if listed else ():
        _show_change(change.masked() if masked else change)


def _show_change(change: PlannedChange) -> None:
    click.echo(f"{change.object} {change.key} ({change.action}; {change.why})")
    for each in change.fields:
        before = "" if change.action == "create" else f"{_told(each.before) if each.known else NOT_KNOWN} -> "
        click.echo(f"  {each.name}: {before}{_told(each.after)}")


def _told(value: Any) -> str:
    return "(empty)" if value is None else cell(value)


def _show_files(written: dict[Path, str], *, masked: bool) -> None:
    for path, digest in written.items():
        click.echo(f"Written: {path} (SHA-256 {digest})")
    runnable = [path for path in written if path.suffix.lower() == ".json" and not masked]
    if runnable:
        click.echo(f"Carry it out with: drawbar run accounts --plan {runnable[0]}")
