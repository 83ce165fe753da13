"""`drawbar budget`: the API calls of the rolling 24 hours, used, left, and forecast."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from drawbar.commands.session import Session, console, json_option, print_json, session, utc_now
from drawbar.jobs.api_budget import HISTORY_RUNS, WINDOW, Calls, Outlook, outlook, ticks_ahead
from drawbar.jobs.catalogue import JOBS
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.sync.runs import ENDED, Runs


@click.command()
@json_option
@click.pass_context
def budget(context: click.Context, as_json: bool) -> None:
    """Show the API calls of the last 24 hours, and whether those of the next 24 will fit.

    Asks Salesforce once. What the next runs cost is concluded from the last ones. Exits with 1 when the forecast does
    not fit into what may be used.
    """
    ahead = _outlook(session())
    if as_json:
        print_json(_as_json(ahead))
    else:
        _show(console(), ahead)
    if not ahead.fits:
        context.exit(1)


def _outlook(current: Session) -> Outlook:
    settings, now = current.settings, utc_now()
    if settings.salesforce is None:
        raise ConfigError("Salesforce is not configured", remedy="Add [salesforce] to drawbar.toml.")
    with reading(current.hub.engine) as connection:
        ended = Runs(connection).ended_after(now - WINDOW)
        history = {
            job: [run for run in Runs(connection).latest(job=job, limit=HISTORY_RUNS) if run.state in ENDED]
            for job in JOBS
        }
    schedule = settings.schedule
    ticks = {job: ticks_ahead(settings.cron(job), schedule.time_zone, now) for job in JOBS}
    daily = current.hub.reader().daily_calls()
    calls = Calls(daily.used or 0, daily.allowed or 0, settings.salesforce.api_reserve_percent)
    return outlook(calls, ended, history, ticks, now)


def _as_json(ahead: Outlook) -> dict[str, Any]:
    return {**asdict(ahead), "left": ahead.left, "usable": ahead.usable, "fits": ahead.fits}


def _show(screen: Console, ahead: Outlook) -> None:
    screen.print(f"API calls of the last 24 hours: {ahead.used:,} of {ahead.allowed:,} used, {ahead.ours:,} by runs")
    screen.print(f"Left: {ahead.left:,}; {ahead.reserved:,} of all are reserved for people and other programs")
    if ahead.feeds:
        names = ("last 24 h", "per run", "runs ahead", "next 24 h")
        table = Table("Job", "Object", *(Column(name, justify="right") for name in names))
        for each in ahead.feeds:
            cells = (f"{each.last_day:,}", f"{each.per_run:,.1f}", f"{each.runs_ahead:,}", f"{each.expected:,}")
            table.add_row(each.job, each.object, *cells)
        screen.print(table)
    text = f"Forecast: at most {ahead.peak:,} in the window, at {ahead.peak_at:%Y-%m-%d %H:%M} UTC"
    if ahead.fits:
        screen.print(Text(f"{text}; {ahead.usable:,} may be used. It fits.", "green"))
        return
    screen.print(Text(f"{text}, but only {ahead.usable:,} may be used.", "red"))
    screen.print("Runs will pause, and go on when calls come free. Start jobs less often, lower sync.bulk_above or")
    screen.print("salesforce.api_reserve_percent, find who else spends calls (Setup, API Usage), or buy more.")
