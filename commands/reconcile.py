"""`drawbar reconcile`: is what Salesforce holds what the hub says it should hold?"""

from __future__ import annotations

import click

from drawbar.commands.run import exit_code_of, run_now
from drawbar.commands.run_report import run_as_json, show_run
from drawbar.commands.session import console, json_option, print_json, session
from drawbar.jobs.reconcile import EXAMPLES, RECONCILED


@click.command()
@click.argument("what", type=click.Choice(["accounts"]))
@click.option("--object", "objects", multiple=True, type=click.Choice(RECONCILED), help="Only this object; repeatable.")
@click.option("--repair", is_flag=True, help="Send what is missing or differs; what is extra is only reported.")
@click.option("--dry-run", is_flag=True, help="With --repair: show what would be sent, and send nothing.")
@click.option(
    "--limit", default=EXAMPLES, show_default=True, type=click.IntRange(0, 1_000), help="Examples of each kind."
)
@json_option
@click.pass_context
def reconcile(
    context: click.Context, what: str, objects: tuple[str, ...], repair: bool, dry_run: bool, limit: int, as_json: bool
) -> None:  # fmt: skip
    """Compare every record of WHAT in Salesforce with what the hub says it should be, by Bulk query.

    Compared are the fields that Drawbar sets and answers for, never those that people own. Exits with 5 when
    differences remain, with 0 when all is equal.
    """
    parameters = {"what": what, "objects": list(objects), "repair": repair and not dry_run, "limit": limit}
    done = run_now(session(), "reconcile", parameters, quiet=as_json)
    if as_json:
        print_json(run_as_json(done))
    else:
        show_run(console(), done)
        if dry_run:
            click.echo("Dry run; nothing was sent. All that is missing or differs would be.")
    context.exit(exit_code_of(done))
