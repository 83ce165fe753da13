"""`drawbar metrics`: how the hub stands, in the text format of Prometheus."""

from __future__ import annotations

from pathlib import Path

import click

from drawbar.commands.session import json_option, print_json, session
from drawbar.jobs.wiring import open_metrics


def _prom_file(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix != ".prom":
        raise click.BadParameter("node-exporter reads only files whose names end with .prom")
    return path


@click.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), callback=_prom_file,
    help="Write them to this file (NAME.prom) for node-exporter's textfile collector.",
)  # fmt: skip
@json_option
def metrics(out: Path | None, as_json: bool) -> None:
    """Print metrics of the hub for Prometheus: what waits, failed and ran, and the API calls.

    What a worker counts while it works (calls, durations, rows) only that worker tells: see `drawbar worker
    --metrics-port`.
    """
    page = open_metrics(session().settings, session().hub)
    if out is not None:
        page.write(out)
    if as_json:
        print_json([{"name": name, "labels": labels, "value": value} for name, labels, value in page.samples()])
    elif out is None:
        click.echo(page.text(), nl=False)
