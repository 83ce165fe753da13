"""`drawbar salesforce diff`: the package compared with an org, by describe calls and by a retrieval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from drawbar.commands.package_folder import FOLDER
from drawbar.commands.session import json_option, print_json, session
from drawbar.connectors.salesforce.assignments import Assigner
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.metadata.archive import pack, read_sources
from drawbar.connectors.salesforce.metadata.comparison import OrgDifference, compare
from drawbar.connectors.salesforce.metadata.file_comparison import compare_files, compared_members
from drawbar.connectors.salesforce.metadata.org_parts import HubPlace, event_flow, org_parts
from drawbar.connectors.salesforce.metadata.source import read_package
from drawbar.connectors.salesforce.metadata.unzipping import read_zip
from drawbar.connectors.salesforce.retrieval import Retriever
from drawbar.jobs.wiring import Settings, open_org_client, outbound_address
from drawbar.middleware.retry import Clocks

RETRIEVAL_SECONDS: Final = 600.0
"""How long the command waits for what it retrieves."""


@click.command()
@FOLDER
@click.option(
    "--describe-only",
    is_flag=True,
    help="Leave out what only a retrieval shows: pages, components, actions, rules, list views, reports, flows. It "
    "needs Modify Metadata Through Metadata API Functions.",
)
@json_option
@click.pass_context
def diff(context: click.Context, *, folder: Path, describe_only: bool, as_json: bool) -> None:
    """Show how the org differs from the package: what is missing or hidden, extra, or said otherwise.

    Changes nothing. Extra are fields of Drawbar's own objects and Drawbar's permission sets that the package does not
    have. Pages, components, actions, rules, list views and reports are retrieved; what the org says in them beyond the
    package is no difference. Exits with 1 when something differs.
    """
    settings = session().settings
    client = open_org_client(settings)
    package = read_package(folder)
    differences = compare(package, client.describe_all(package.described), Assigner(client).names())
    if not describe_only:
        differences += _retrieved_differences(settings, client, folder)
    if as_json:
        print_json([asdict(each) for each in differences])
    else:
        print_differences(differences)
    if differences:
        context.exit(1)


def _retrieved_differences(settings: Settings, client: SalesforceClient, folder: Path) -> list[OrgDifference]:
    """Compare what only a retrieval shows; flows too where the settings have the org send messages to the hub."""
    address = outbound_address(settings)
    parts = org_parts(HubPlace(address, client.own_username(), active=False)) if address else ()
    archives = pack([*read_sources(folder), event_flow(active=False), *parts], client.version)
    members: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    for archive in archives:
        members |= archive.members
        files |= read_zip(archive.content)
    held = Retriever(client, Clocks(), RETRIEVAL_SECONDS).retrieve(compared_members(members))
    return compare_files(files, held)


def print_differences(differences: Sequence[OrgDifference]) -> None:
    """Say for people what differs."""
    for each in differences:
        click.echo(f"{each.kind:10} {each.what}: {each.detail}")
    click.echo(f"{len(differences)} differences between org and package.")
