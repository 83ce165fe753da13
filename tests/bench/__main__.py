"""`python -m tests.bench`: makes the data, measures, prints the report and writes it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from tests.bench.book import Book
from tests.bench.measure import Bench, Crowd, Day, Run
from tests.bench.metered import REPOSITORY, Counter, counting_server
from tests.bench.report import report

_ENTITIES = 10
_RIVALS = ("bulk2", "dlt")


@click.command()
@click.option("--rows", default=1_000_000, envvar="DRAWBAR_BENCH_ROWS", show_default=True, type=click.IntRange(1_000))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Of the floor and the local step.")
@click.option("--rival", "rivals", multiple=True, default=_RIVALS, type=click.Choice([*_RIVALS, "none"]))
@click.option(
    "--sizes/--no-sizes", default=True, help="Also a hundredth and a tenth of the rows; ten entities at once."
)
@click.option("--largest", is_flag=True, help="Also five times the rows, which takes long.")
@click.option("--report", "path", default=REPOSITORY / "docs" / "benchmarks.md", type=click.Path(path_type=Path))
@click.option(
    "--place", type=click.Path(exists=True, file_okay=False), help="Where the accounts are made (10 GB a million rows)."
)
def main(
    rows: int, rounds: int, rivals: tuple[str, ...], sizes: bool, largest: bool, path: Path, place: str | None
) -> None:
    """Measure the main job beside the floor and beside other programs."""
    os.environ |= {"DRAWBAR_BENCH_SECRET": "counted", "RUNTIME__DLTHUB_TELEMETRY": "false"}
    with tempfile.TemporaryDirectory(prefix="drawbar-bench-", dir=place) as made:
        folder = Path(made)
        with counting_server(folder / "server") as counter:
            smaller, crowds = _smaller(rows, folder, counter, rounds) if sizes else ([], [])
            compared = _day(_bench(rows, folder, counter, rounds), rivals=rivals, variants=True)
            larger = [_day(_bench(5 * rows, folder, counter, rounds))] if largest else []
    text = report(Run([*smaller, compared, *larger], compared, crowds, rounds))
    click.echo(text)
    path.write_text(text, encoding="utf-8")


def _bench(rows: int, folder: Path, counter: Counter, rounds: int) -> Bench:
    return Bench(Book(rows), folder / str(rows), counter, rounds)


def _day(bench: Bench, rivals: Sequence[str] = (), *, variants: bool = False) -> Day:
    day = bench.day(rivals=rivals, variants=variants)
    bench.remove()
    return day


def _smaller(rows: int, folder: Path, counter: Counter, rounds: int) -> tuple[list[Day], list[Crowd]]:
    days, crowds = [], []
    for fewer in (rows // 100, rows // 10):
        bench = _bench(fewer, folder, counter, rounds)
        days.append(bench.day(rivals=(), variants=False))
        crowds.append(bench.crowd(_ENTITIES))
        bench.remove()
    return days, crowds


if __name__ == "__main__":
    main()
