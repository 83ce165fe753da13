"""`drawbar salesforce deploy --cancel`: a deployment that has not ended is given up."""

from __future__ import annotations

import re
from typing import Final

import click

from drawbar.commands.progress import follow
from drawbar.commands.session import print_json, session
from drawbar.connectors.salesforce.deployment import Deployer, DeployResult
from drawbar.connectors.salesforce.known_deployments import KnownDeployments
from drawbar.jobs.wiring import open_org_client

CANCELED: Final = "Canceled"
"""Salesforce's word for a deployment that was given up."""

_ID: Final = re.compile(r"0Af[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?")


def deployment_id(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    """Read the id of a deployment, of 15 or 18 characters."""
    if given is not None and not _ID.fullmatch(given):
        raise click.BadParameter(f"{given!r} is no id of a deployment: it begins with 0Af, as deploy prints it")
    return given


def give_up(context: click.Context, wanted: str, *, wait_minutes: int, as_json: bool) -> None:
    """Have the org give up a deployment, and say how it ended; exit with 1 when it ended otherwise."""
    settings = session().settings
    client = open_org_client(settings)
    with follow(quiet=as_json) as report:

        def told(result: DeployResult) -> None:
            report(f"{result.id} {result.status}", result.deployed, result.total)

        result = Deployer(client).give_up(wanted, told, wait_minutes * 60.0)
    KnownDeployments(settings.data_folder, client.address).drop(result.id)
    if as_json:
        print_json({"id": result.id, "status": result.status, "cancelled": result.status == CANCELED})
    else:
        ending = "Nothing of it was changed." if result.status == CANCELED else "It had ended before."
        click.echo(f"{result.id} {result.status}. {ending}")
    if result.status != CANCELED:
        context.exit(1)
