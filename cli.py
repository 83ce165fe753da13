"""The command line: finds the command, hands it the session, and turns errors into messages and exit codes."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

from drawbar.commands.session import Session
from drawbar.middleware.errors import ConfigError, DrawbarError, NotThere, RetryLater, StopRun

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("drawbar.commands.demo", "Show Drawbar at work against a local sandbox."),
    "init": ("drawbar.commands.setup", "Write drawbar.toml and create the database."),
    "doctor": ("drawbar.commands.setup", "Check every configured system and say what to do."),
    "jobs": ("drawbar.commands.runs", "List the jobs and when they start."),
    "plan": ("drawbar.commands.plan", "Show all that a run would do, for approval."),
    "run": ("drawbar.commands.run", "Run a job now, or show what it would do."),
    "runs": ("drawbar.commands.runs", "Show what ran, how it went, and what it changed."),
    "worker": ("drawbar.commands.run", "Run jobs by the clock, until stopped."),
    "serve": ("drawbar.commands.serve", "Take messages in from other systems, until stopped."),
    "clients": ("drawbar.commands.clients", "Who may call the server, and with which key."),
    "reconcile": ("drawbar.commands.reconcile", "Compare hub and Salesforce record by record, and repair."),
    "report": ("drawbar.commands.report", "Efforts, payments, promises, repossessions, sales, work orders."),
    "metrics": ("drawbar.commands.metrics", "How the hub stands, for Prometheus."),
    "budget": ("drawbar.commands.budget", "The API calls that are left, and a forecast."),
    "show": ("drawbar.commands.show", "Tell the whole story of one record."),
    "failures": ("drawbar.commands.failures", "What could not go on: list, show, replay, discard."),
    "database": ("drawbar.commands.database", "The hub's database: show, move, backup, restore."),
    "audit": ("drawbar.commands.audit", "Who did what by hand."),
    "repo": ("drawbar.commands.repo", "Repossessions: request, decide, order, record, log."),
    "hold": ("drawbar.commands.hold", "Holds on accounts: set, lift, list."),
    "message": ("drawbar.commands.message", "Messages to lessees: send, preview, list, opt out."),
    "gps": ("drawbar.commands.gps", "GPS devices: alerts, recovery, geofences."),
    "agents": ("drawbar.commands.agents", "Repo agents: channels, orders, and what an order looks like."),
    "leaseworks": ("drawbar.commands.leaseworks", "LeaseWorks' exports: files, deliveries, manifests."),
    "orion": ("drawbar.commands.orion", "Orion's data sets: deliver them, compare its figures."),
    "fleetrock": ("drawbar.commands.fleetrock", "FleetRock's repair orders: look at one, mark one as paid."),
    "work-orders": ("drawbar.commands.work_orders", "Work orders of repossessed vehicles: list, show, approve."),
    "auctions": ("drawbar.commands.auctions", "Remarketing by auctions: vendors, requests, statuses, invoices."),
    "resale": ("drawbar.commands.resale", "Titles, notices, sales and final reviews of vehicles."),
    "passtime": ("drawbar.commands.passtime", "PassTime's devices: map, locate, starter commands."),
    "spireon": ("drawbar.commands.spireon", "Spireon's devices: locate, geofences."),
    "accounting": ("drawbar.commands.accounting", "What is posted to the books, by which rules."),
    "quickbooks": ("drawbar.commands.quickbooks", "What waits for QuickBooks, and how it is connected."),
    "salesforce": ("drawbar.commands.salesforce", "The package that is installed in the Salesforce org."),
    "sandbox": ("drawbar.commands.sandbox", "A local Salesforce and simulated vendors."),
}
"""Every command: where it lives, and its one line of help. It is imported only when it is used."""

EXIT_CODES: Final = """
\b
Exit codes:
  0  done
  1  an error in Drawbar, or a check that found something
  2  the command line is wrong, or names what is not there
  3  the settings are wrong or incomplete
  4  stopped: a person has to decide or mend something
  5  done, but some records failed (see `drawbar failures`), or hub and Salesforce differ
  6  paused: goes on with the next run
"""
EXIT_USAGE, EXIT_CONFIG, EXIT_STOPPED, EXIT_PAUSED = 2, 3, 4, 6


class LazyGroup(click.Group):
    """A group that knows its commands by name and help, and imports one when it is used."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[name][0])
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="DRAWBAR_SETTINGS",
    help="The settings file.  [default: drawbar.toml here, when there is one]",
)
@click.version_option(version("drawbar"), prog_name="drawbar")
@click.pass_context
def drawbar(context: click.Context, settings: Path | None) -> None:
    """Couple Salesforce to the systems of a commercial truck lender."""
    context.obj = Session(settings or Path("drawbar.toml"), explicit=settings is not None)


def main() -> None:
    """Run the command line; the only place where an error becomes a message and an exit code."""
    try:
        drawbar.main(prog_name="drawbar", standalone_mode=True)
    except DrawbarError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(exit_code(error))


def exit_code(error: DrawbarError) -> int:
    """Give the exit code of an error."""
    kinds = (
        (NotThere, EXIT_USAGE), (ConfigError, EXIT_CONFIG), (RetryLater, EXIT_PAUSED), (StopRun, EXIT_STOPPED),
    )  # fmt: skip
    return next((code for kind, code in kinds if isinstance(error, kind)), 1)
