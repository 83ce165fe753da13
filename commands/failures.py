"""`drawbar failures`: what could not go on, and what a person does about it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from drawbar.commands.failure_report import group_as_json, show_flat, show_groups, show_story
from drawbar.commands.moments import Moment
from drawbar.commands.progress import follow
from drawbar.commands.run import run_now
from drawbar.commands.run_report import run_as_json, show_run
from drawbar.commands.session import Session, console, json_option, print_json, session, utc_now
from drawbar.jobs.failure_story import as_json as failure_as_json
from drawbar.jobs.failure_story import failure_story
from drawbar.jobs.inbox import DELIVER_JOB, INBOX_JOB
from drawbar.jobs.replay import Replay, Replayed
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.pace import Pace
from drawbar.middleware.retry import Clocks
from drawbar.middleware.sync.dead_letters import DeadLetter
from drawbar.middleware.sync.failure_search import FailureFilter, find, groups
from drawbar.middleware.sync.runs import DONE, Run, new_run_id

Command = TypeVar("Command", bound=Callable[..., Any])
MANY: Final = 20
"""When more failures are meant than this, a person at a terminal is asked first."""


def _filters(command: Command) -> Command:
    options = (
        click.option("--object", "object_name", default="", help="Only failures of this object."),
        click.option("--code", default="", help="Only failures with this code."),
        click.option(
            "--since", type=Moment(), help="Only what failed last at this time (ISO, UTC) or later; `2h`, `3d`: ago."
        ),
        click.option("--until", type=Moment(), help="Only what failed last before this time; as --since."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _selection(command: Command) -> Command:
    options = (
        click.argument("numbers", nargs=-1, type=int),
        _filters,
        click.option("--key", default="", help="Only failures of the record with this key."),
        click.option("--yes", is_flag=True, help=f"Do not ask, also when more than {MANY} are meant."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@click.option("--flat", is_flag=True, help="List them singly.")
@_filters
@json_option
@click.pass_context
def failures(
    context: click.Context, flat: bool, object_name: str, code: str, since: datetime | None, until: datetime | None,
    as_json: bool,
) -> None:  # fmt: skip
    """What could not go on: list, show, replay, discard. Alone, it groups what is open by its cause."""
    if context.invoked_subcommand is not None:
        return
    wanted = FailureFilter(object=object_name, code=code, since=since, until=until)
    if flat:
        _list(wanted, None, as_json=as_json, masked=True)
        return
    with reading(session().hub.engine) as connection:
        found = groups(connection, wanted)
    print_json([group_as_json(each) for each in found]) if as_json else show_groups(console(), found)


@failures.command("list")
@click.option("--all", "ended_too", is_flag=True, help="Those that were settled as well.")
@_filters
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--unmasked", is_flag=True, help="Show payloads in full (--json).")
@json_option
def list_failures(
    ended_too: bool, object_name: str, code: str, since: datetime | None, until: datetime | None, limit: int,
    unmasked: bool, as_json: bool,
) -> None:  # fmt: skip
    """List failures singly, oldest first."""
    state = None if ended_too else "open"
    wanted = FailureFilter(object=object_name, code=code, since=since, until=until, state=state)  # type: ignore[arg-type]
    _list(wanted, limit, as_json=as_json, masked=not unmasked)


def _list(wanted: FailureFilter, limit: int | None, *, as_json: bool, masked: bool) -> None:
    with reading(session().hub.engine) as connection:
        letters = find(connection, wanted, limit)
    if as_json:
        print_json([failure_as_json(letter, masked=masked) for letter in letters])
    else:
        show_flat(console(), letters)


@failures.command("show")
@click.argument("number", type=int)
@click.option("--unmasked", is_flag=True, help="Show names, telephones, addresses and account numbers in full.")
@json_option
def show_failure(number: int, unmasked: bool, as_json: bool) -> None:
    """Show one failure with all that is needed to mend it: payload, response, and what happened since."""
    with reading(session().hub.engine) as connection:
        story = failure_story(connection, number, masked=not unmasked)
    print_json(story) if as_json else show_story(story, masked=not unmasked)


@failures.command("replay")
@_selection
@click.option("--all", "everything", is_flag=True, help="Every open failure.")
@click.option("--dry-run", is_flag=True, help="Only list what would be replayed.")
@click.option("--no-deliver", is_flag=True, help="Queue only; the next run delivers.")
@click.option("--rate", type=click.FloatRange(0.01, 10_000), help="Queue at most so many per second.")
@json_option
@click.pass_context
def replay_failures(
    context: click.Context, numbers: tuple[int, ...], object_name: str, code: str, since: datetime | None,
    until: datetime | None, key: str, yes: bool, everything: bool, dry_run: bool, no_deliver: bool,
    rate: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Send failures again: by NUMBERS, by a filter, or all, in the order in which they first failed.

    What the kept delivery holds is read anew, as layout and mapping are now; any other record is sent as it was.
    """
    current = session()
    letters = _chosen(current, FailureFilter(numbers, object_name, key, code, since, until), everything=everything)
    if dry_run:
        _print_results([Replayed(letter.id, queued=False, reason="would be replayed") for letter in letters], as_json)
        return
    _announce("replay", letters, yes=yes)
    with follow(quiet=as_json) as progress:
        pace = None if rate is None else Pace(rate * 60, 1, Clocks())

        def report(done: int, total: int) -> None:
            progress("replaying", done, total)
            if pace is not None:
                pace.wait()

        results = _replay(current).replay([letter.id for letter in letters], report)
    run = None if no_deliver else _go_on(current, results, quiet=as_json)
    if as_json:
        print_json({"replayed": [_result(each) for each in results], "run": run and run_as_json(run)})
    else:
        _print_results(results, as_json)
        if run is not None:
            show_run(console(), run)
    if not all(result.queued for result in results) or (run is not None and run.state != "succeeded"):
        context.exit(5)


def _go_on(current: Session, results: Sequence[Replayed], *, quiet: bool) -> Run | None:
    """Run the jobs that go on with what was queued again, as long as they end well.

    Gives the first run that did not succeed, else the last; None when nothing was queued.
    """
    runs: list[Run] = []
    for job in jobs_after({result.job for result in results if result.queued}):
        runs.append(run_now(current, job, {}, quiet=quiet))
        if runs[-1].state not in DONE:
            break
    return next((run for run in runs if run.state != "succeeded"), runs[-1] if runs else None)


def jobs_after(queued: Collection[str]) -> list[str]:
    """Give the jobs in the order in which they run: Salesforce last, for failures of all systems are shown there."""
    others = sorted(set(queued) - {INBOX_JOB, DELIVER_JOB})
    return [*({INBOX_JOB} & set(queued)), *others, DELIVER_JOB] if queued else []


def _announce(what: str, letters: Sequence[DeadLetter], *, yes: bool) -> None:
    """Say what will be done when it concerns many; ask where there is somebody to ask."""
    if len(letters) <= MANY or yes:
        return
    causes = Counter((each.failure.object, each.failure.code) for each in letters)
    click.echo(f"This will {what} {len(letters):,} failures, oldest first:", err=True)
    for (name, code), count in causes.most_common():
        click.echo(f"  {count:>7,}  {name} {code}", err=True)
    if sys.stdin.isatty():
        click.confirm("Go on?", abort=True, err=True)


@failures.command("discard")
@_selection
@click.option("--reason", required=True, help="Why it may be forgotten; kept in the audit.")
@click.option("--dry-run", is_flag=True, help="Only list what would be discarded.")
@json_option
def discard_failures(
    numbers: tuple[int, ...], object_name: str, code: str, since: datetime | None, until: datetime | None, key: str,
    yes: bool, reason: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Give failures up, by NUMBERS or by a filter."""
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    current = session()
    letters = _chosen(current, FailureFilter(numbers, object_name, key, code, since, until), everything=False)
    if dry_run:
        results = [Replayed(letter.id, queued=False, reason="would be discarded") for letter in letters]
    else:
        _announce("discard", letters, yes=yes)
        results = _replay(current).discard([letter.id for letter in letters], reason)
    _print_results(results, as_json)


def _replay(current: Session) -> Replay:
    return Replay(current.hub, current.actor, new_run_id("replay", utc_now()), utc_now())


def _chosen(current: Session, wanted: FailureFilter, *, everything: bool) -> list[DeadLetter]:
    if not (wanted.chooses or everything):
        raise click.UsageError("Say which: NUMBERS, a filter, or (for replay) --all.")
    with reading(current.hub.engine) as connection:
        letters = find(connection, wanted)
    missing = sorted(set(wanted.numbers) - {letter.id for letter in letters})
    if missing:
        raise NotThere(
            f"there is no open failure {', '.join(map(str, missing))}", remedy="List them with: drawbar failures"
        )
    return letters


def _print_results(results: Sequence[Replayed], as_json: bool) -> None:
    if as_json:
        print_json([_result(each) for each in results])
        return
    for each in results:
        click.echo(f"failure {each.number}: {f'queued again: {each.used}' if each.queued else each.reason}")
    if not results:
        click.echo("Nothing matches.")


def _result(each: Replayed) -> dict[str, object]:
    return {"failure": each.number, "queued": each.queued, "reason": each.reason, "used": each.used}
