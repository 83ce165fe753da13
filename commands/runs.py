"""`drawbar jobs` and `runs`."""

from __future__ import annotations

import click

from drawbar.commands.run_report import run_as_json, show_run, show_runs
from drawbar.commands.session import console, json_option, print_json, session
from drawbar.jobs.catalogue import JOBS
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.runs import Runs


@click.command()
@json_option
def jobs(as_json: bool) -> None:
    """List the jobs and when they start."""
    settings = session().settings
    zone = settings.schedule.time_zone
    rows = [
        {"job": job.name, "purpose": job.purpose, "schedule": settings.cron(job.name), "zone": zone}
        for job in JOBS.values()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        when = f"{row['schedule']} ({row['zone']})" if row["schedule"] else "only when asked"
        click.echo(f"{row['job']:<16} {when:<36} {row['purpose']}")


@click.command()
@click.argument("run_id", required=False)
@click.option("--job", default="", help="Only runs of this job.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many, newest first.")
@json_option
def runs(run_id: str | None, job: str, limit: int, as_json: bool) -> None:
    """Show the latest runs; with RUN_ID what that run did and why."""
    with reading(session().hub.engine) as connection:
        if run_id is not None:
            one = Runs(connection).get(run_id)
            print_json(run_as_json(one)) if as_json else show_run(console(), one)
            return
        latest = Runs(connection).latest(job=job, limit=limit)
    print_json([run_as_json(each) for each in latest]) if as_json else show_runs(console(), latest)
