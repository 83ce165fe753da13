"""Progress of long work: a moving line on a terminal, a line per phase elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Report = Callable[[str, int, int], None]
"""Takes the phase, what is done and the total (0: not known)."""


@contextmanager
def follow(*, quiet: bool) -> Iterator[Report]:
    """Give a function that shows how far the work is, on standard error."""
    if quiet:
        yield lambda _phase, _done, _total: None
    elif sys.stderr.isatty():
        with _moving() as report:
            yield report
    else:
        yield _plain()


@contextmanager
def _moving() -> Iterator[Report]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("waiting", total=None)

        def report(phase: str, done: int, total: int) -> None:
            progress.update(task, description=phase or "waiting", completed=done, total=total or None)

        yield report


def _plain() -> Report:
    said = ""

    def report(phase: str, _done: int, _total: int) -> None:
        nonlocal said
        if phase and phase != said:
            said = phase
            click.echo(f"{phase} ...", err=True)

    return report
