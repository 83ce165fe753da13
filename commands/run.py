"""`drawbar run` and `worker`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from drawbar.commands.progress import follow
from drawbar.commands.run_report import run_as_json, show_rehearsal, show_run
from drawbar.commands.session import Session, console, json_option, print_json, session, utc_now
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.hub import Hub
from drawbar.jobs.plan_files import read_plan
from drawbar.jobs.polling import Rehearsed
from drawbar.jobs.rehearsal import rehearse
from drawbar.jobs.wiring import open_engine, open_metrics
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import QUEUES, JobEngine, Tick
from drawbar.middleware.sync.runs import ENDED, Run, Runs, new_run_id

_EXIT_CODES: Final = {"succeeded": 0, "incomplete": 5, "paused": 6, "stopped": 4, "failed": 1}


@click.command()
@click.argument("job", type=click.Choice(list(JOBS)))
@click.option("--dry-run", is_flag=True, help="Show what would be created, changed and refused; write nothing.")
@click.option("--accept-shrink", is_flag=True, help="Take a delivery although much of what was known is gone.")
@click.option(
    "--plan", "plan_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Do exactly what this plan says (see `drawbar plan`), or nothing when the world has moved.",
)  # fmt: skip
@json_option
@click.pass_context
def run(
    context: click.Context, job: str, dry_run: bool, accept_shrink: bool, plan_file: Path | None, as_json: bool
) -> None:
    """Run JOB now and wait for its end.

    A run that was interrupted is gone on with, not begun again, by the next `drawbar run` or `drawbar worker`.
    """
    if plan_file is not None and (dry_run or accept_shrink):
        raise click.UsageError("A plan has been rehearsed, and says itself whether it accepts a shrunken delivery.")
    if dry_run:
        _rehearse(session(), job, accept_shrink=accept_shrink, as_json=as_json)
        return
    parameters = {"accept_shrink": accept_shrink} if plan_file is None else _by_plan(job, plan_file)
    done = run_now(session(), job, parameters, quiet=as_json)
    print_json(run_as_json(done)) if as_json else show_run(console(), done)
    context.exit(exit_code_of(done))


def _by_plan(job: str, plan_file: Path) -> dict[str, Any]:
    if job != "accounts":
        raise click.UsageError("Only accounts can be run by a plan.")
    plan, _ = read_plan(plan_file)
    return {"accept_shrink": plan.accept_shrink, "plan": plan.as_json()}


def exit_code_of(ended: Run) -> int:
    """Give the command's exit code for a run that has ended."""
    return _EXIT_CODES[ended.state]


def _rehearse(current: Session, job: str, *, accept_shrink: bool, as_json: bool) -> None:
    hub = current.hub
    body: object = JOBS[job].body(hub)
    if job != "accounts" and not isinstance(body, Rehearsed):
        raise click.UsageError(f"{job} cannot be rehearsed.")
    with follow(quiet=as_json) as progress:
        if isinstance(body, Rehearsed):
            summary = body.rehearse("rehearsal", progress)
        else:
            summary = rehearse(hub, "rehearsal", accept_shrink=accept_shrink, progress=progress)
    print_json(summary) if as_json else show_rehearsal(console(), summary)


def run_now(current: Session, job: str, parameters: Mapping[str, Any], *, quiet: bool) -> Run:
    """Queue a run and work on the queue until it has ended, here or in another process."""
    hub = current.hub
    engine = open_engine(current.settings, hub)
    run_id = new_run_id(job, utc_now())
    with hub.engine.begin() as connection:
        Runs(connection).queue(run_id, job, parameters, by=current.actor, now=utc_now())
    engine.start()
    try:
        engine.submit(run_id, job, parameters)
        _wait(engine, run_id, current, quiet=quiet)
    finally:
        engine.stop()
    return _ended(hub, run_id)


def _ended(hub: Hub, run_id: str) -> Run:
    """Give a run that has ended; one that broke before it could say so is noted as failed."""
    with hub.engine.begin() as connection:
        done = Runs(connection).get(run_id)
        if done.state not in ENDED:
            broke = "The job broke off; the log says where."
            Runs(connection).finish(run_id, "failed", {}, error=broke, now=utc_now())
            done = Runs(connection).get(run_id)
    return done


def _wait(engine: JobEngine, run_id: str, current: Session, *, quiet: bool) -> None:
    ended = threading.Event()

    def watch() -> None:
        with follow(quiet=quiet) as progress:
            while not ended.wait(0.2):
                with reading(current.hub.engine) as connection:
                    now = Runs(connection).get(run_id)
                progress(now.phase, now.done, now.total)

    watcher = threading.Thread(target=watch, name="drawbar-progress", daemon=True)
    watcher.start()
    try:
        engine.wait(run_id)
    finally:
        ended.set()
        watcher.join(timeout=5)


@click.command()
@click.option("--concurrency", default=2, show_default=True, type=click.IntRange(1, 32), help="Runs at the same time.")
@click.option(
    "--queues", default=",".join(QUEUES), show_default=True, callback=lambda _context, _option, text: _queues(text),
    help="What to work on: runs of jobs, parts of runs (one at a time), or both.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print as JSON what is scheduled, once it works.")
@click.option(
    "--metrics-port", type=click.IntRange(1, 65_535),
    help="Serve /metrics for Prometheus at this port.  [default: metrics.port]",
)  # fmt: skip
def worker(concurrency: int, queues: tuple[str, ...], as_json: bool, metrics_port: int | None) -> None:
    """Run jobs by the clock and what others queue, until stopped; steps that run may end first (30 s).

    Several workers share one PostgreSQL database, on as many machines as you like; a big file is taken by all of them.
    """
    current = session()
    hub, settings = current.hub, current.settings
    watched = _serve_metrics(current, metrics_port or settings.metrics.port)
    engine = open_engine(settings, hub, concurrency=concurrency, queues=queues, announce=True)
    ticks = [Tick(job, settings.cron(job), settings.schedule.time_zone) for job in JOBS if settings.cron(job)]
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())

    def on_tick(job: str, at: datetime) -> str:
        run_id = tick_run_id(job, at)
        with hub.engine.begin() as connection:
            Runs(connection).queue(run_id, job, {}, by="schedule", now=utc_now())
        return run_id

    engine.start()
    for run in _left_queued(hub):
        engine.submit(run.id, run.job, run.parameters)
    engine.schedule(ticks, on_tick)
    if as_json:
        print_json({"concurrency": concurrency, "queues": queues, "scheduled": {tick.job: tick.cron for tick in ticks}})
    click.echo(
        f"drawbar worker: {len(ticks)} scheduled jobs, {concurrency} runs at a time, queues {', '.join(queues)}"
        f"{watched}. Stop with Ctrl-C.",
        err=True,
    )
    stopped.wait()
    click.echo("drawbar worker: stopping; what runs is gone on with at the next start.", err=True)
    engine.stop()


def _serve_metrics(current: Session, port: int) -> str:
    """Serve metrics where a port is given; gives the address, as the end of a sentence."""
    if not port:
        return ""
    page, address = open_metrics(current.settings, current.hub), current.settings.metrics.address
    current.hub.observers.join(page.listener())
    page.serve(address, port)
    return f", metrics at http://{address}:{port}/metrics"


def _queues(text: str) -> tuple[str, ...]:
    names = tuple(each.strip() for each in text.split(","))
    for name in names:
        if name not in QUEUES:
            raise click.BadParameter(f"{name!r} is no queue; there are {' and '.join(QUEUES)}.")
    return names


def tick_run_id(job: str, at: datetime) -> str:
    """Name the run of a tick by its instant in UTC: local times come twice when daylight saving ends."""
    return f"{job}-{at.astimezone(UTC):%Y%m%dT%H%M%S}-tick"


def _left_queued(hub: Hub) -> list[Run]:
    """Find runs that were noted but perhaps never handed to the engine: their process ended in between."""
    with reading(hub.engine) as connection:
        return Runs(connection).queued()
