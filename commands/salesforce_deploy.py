"""`drawbar salesforce deploy`: the package brought into an org, and compared with it then."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from drawbar.commands.package_folder import FOLDER
from drawbar.commands.progress import follow
from drawbar.commands.salesforce_cancel import deployment_id, give_up
from drawbar.commands.salesforce_diff import print_differences
from drawbar.commands.session import json_option, print_json, session
from drawbar.connectors.salesforce.assignments import Assigner, Assignment
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.deployment import ComponentProblem, Deployer, DeployResult
from drawbar.connectors.salesforce.installing import Done, Installer, OrgKind, Step, org_kind, steps
from drawbar.connectors.salesforce.known_deployments import KnownDeployments
from drawbar.connectors.salesforce.metadata.archive import SourceText, pack, read_sources
from drawbar.connectors.salesforce.metadata.comparison import OrgDifference, compare, hidden_fields
from drawbar.connectors.salesforce.metadata.org_parts import HubPlace, event_flow, org_parts
from drawbar.connectors.salesforce.metadata.source import read_package
from drawbar.jobs.wiring import Settings, open_org_client, outbound_address
from drawbar.middleware.errors import ConfigError

OWN_PERMISSION_SET = "Drawbar_Integration"
"""What the user gets that Drawbar runs as."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options of `deploy` ask for."""

    folder: Path
    apply: bool
    assign: dict[str, list[str]]
    activate_flows: bool
    confirmed: bool
    wait_minutes: int
    as_json: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a deployment came to; `hidden` are fields of the package that Drawbar's user does not see."""

    org: OrgKind
    done: tuple[Done, ...]
    assigned: tuple[Assignment, ...] = ()
    hidden: tuple[str, ...] = ()
    differences: tuple[OrgDifference, ...] = ()

    @property
    def refused(self) -> bool:
        return any(not each.result.success for each in self.done)


def _assignments(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for each in given:
        name, sign, user = each.partition("=")
        if not (name and sign and user):
            raise click.BadParameter(f"{each!r} is not like Drawbar_Collector=jo@example.com")
        found[name].append(user)
    return dict(found)


@click.command()
@FOLDER
@click.option("--apply/--check-only", default=False, show_default=True, help="Change the org, or only ask it.")
@click.option(
    "--assign",
    multiple=True,
    callback=_assignments,
    metavar="SET=USER",
    help="Assign a permission set, or a group of them, to a user name, or to the users of a public group as "
    "group:NAME. Repeatable; those of the settings come besides.",
)
@click.option(
    "--activate-flows",
    is_flag=True,
    help="Let the flows that tell Drawbar of people's changes run; without it they come as drafts. A production org "
    "has to allow it: Setup, Process Automation Settings, Deploy processes and flows as active.",
)
@click.option("--yes", "confirmed", is_flag=True, help="Do not ask before a production org is changed.")
@click.option(
    "--wait-minutes",
    type=click.IntRange(1, 24 * 60),
    default=60,
    show_default=True,
    help="How long to wait for one deployment. It goes on in the org; the same command waits on.",
)
@click.option(
    "--cancel",
    "cancelled",
    metavar="ID",
    callback=deployment_id,
    help="Only have the org give up this deployment, and wait until it has ended.",
)
@json_option
@click.pass_context
def deploy(
    context: click.Context,
    *,
    cancelled: str | None,
    folder: Path,
    apply: bool,
    assign: dict[str, list[str]],
    activate_flows: bool,
    confirmed: bool,
    wait_minutes: int,
    as_json: bool,
) -> None:
    """Bring the package into the org that the settings name, after the org has checked it.

    Without --apply the org only says what it would take or refuse. With it, the package is checked, installed,
    permission sets are assigned (Drawbar_Integration to the user of the settings, unless --assign names another), and
    what the org shows then is compared with the package. Where [salesforce.outbound] is set, the outbound messages to
    the hub and, in a second step, the flows that send them are deployed too. Interrupted, the same command goes on.
    Exits with 1 when the org refuses something, or Drawbar's user does not see a field. With --cancel nothing is sent;
    exits with 1 when the deployment ended before it could be given up.
    """
    if cancelled is not None:
        give_up(context, cancelled, wait_minutes=wait_minutes, as_json=as_json)
        return
    outcome = _run(Wishes(folder, apply, assign, activate_flows, confirmed, wait_minutes, as_json))
    if as_json:
        print_json(_as_json(outcome))
    else:
        _print(outcome)
    if outcome.refused or outcome.hidden:
        context.exit(1)


def _run(wishes: Wishes) -> Outcome:
    settings = session().settings
    client = open_org_client(settings)
    org = org_kind(client)
    if wishes.apply:
        _be_sure(org, wishes)
    sources = [*read_sources(wishes.folder), *_org_parts(settings, client, wishes)]
    archives = pack(sources, client.version)
    known = KnownDeployments(settings.data_folder, client.address)
    installer = Installer(Deployer(client), known, wishes.wait_minutes * 60.0)
    with follow(quiet=wishes.as_json) as report:

        def told(step: Step, result: DeployResult) -> None:
            report(f"{step.text}, {result.id} {result.status}", result.deployed, result.total)

        done = tuple(installer.run(steps(archives, apply=wishes.apply), told))
    outcome = Outcome(org, done)
    if outcome.refused or not wishes.apply:
        return outcome
    return _finished(outcome, client, wishes, settings.salesforce.assign if settings.salesforce else {})


def _org_parts(settings: Settings, client: SalesforceClient, wishes: Wishes) -> list[SourceText]:
    """Give what is made for this org: the flow that hears sync requests, and what tells the hub of changes."""
    heard = event_flow(active=wishes.activate_flows)
    address = outbound_address(settings)
    if not address:
        return [heard]
    return [heard, *org_parts(HubPlace(address, client.own_username(), wishes.activate_flows))]


def _be_sure(org: OrgKind, wishes: Wishes) -> None:
    """Change no production org without a person's word."""
    if not org.production or wishes.confirmed:
        return
    question = f"{org.text} is a production org. Deploy to it?"
    if wishes.as_json or not sys.stdin.isatty():
        raise ConfigError(f"{org.text} is a production org", remedy="Give --yes when you are sure.")
    click.confirm(question, abort=True)


def _finished(
    outcome: Outcome, client: SalesforceClient, wishes: Wishes, assign: Mapping[str, Sequence[str]]
) -> Outcome:
    """Assign permission sets, then look at the org as Drawbar's user sees it."""
    assigner = Assigner(client)
    wanted: dict[str, list[str]] = defaultdict(list)
    for asked in (assign, wishes.assign):
        for name, users in asked.items():
            wanted[name].extend(users)
    if OWN_PERMISSION_SET not in wanted:
        wanted[OWN_PERMISSION_SET] = [client.own_username()]
    assigned = assigner.assign(wanted)
    package = read_package(wishes.folder)
    described = client.describe_all(package.described)
    differences = compare(package, described, assigner.names())
    hidden = hidden_fields(package, described)
    return Outcome(outcome.org, outcome.done, tuple(assigned), tuple(hidden), tuple(differences))


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "org": {**asdict(outcome.org), "production": outcome.org.production},
        "deployments": [
            {
                "id": each.result.id,
                "step": each.step.number,
                "of": each.step.of,
                "check_only": each.step.check_only,
                "resumed": each.resumed,
                "status": each.result.status,
                "success": each.result.success,
                "components": each.result.total,
                "created": each.result.created,
                "error": each.result.error,
                "problems": [asdict(problem) for problem in each.result.problems],
            }
            for each in outcome.done
        ],
        "assigned": [asdict(each) for each in outcome.assigned],
        "hidden_fields": list(outcome.hidden),
        "differences": [asdict(each) for each in outcome.differences],
    }


def _print(outcome: Outcome) -> None:
    click.echo(f"Org: {outcome.org.text}")
    for each in outcome.done:
        _print_done(each)
    for assigned in outcome.assigned:
        word = "assigned to" if assigned.new else "was assigned to"
        click.echo(f"{assigned.permission_set} {word} {assigned.username}")
    applied = outcome.done and not outcome.done[-1].step.check_only
    if outcome.refused:
        return
    if not applied:
        _print_what_follows(outcome.done)
        return
    print_differences(outcome.differences)
    if outcome.hidden:
        click.echo(f"Drawbar's user does not see {len(outcome.hidden)} fields: {', '.join(outcome.hidden)}")
    else:
        click.echo("Drawbar's user sees every field of the package.")


def _print_what_follows(done: Sequence[Done]) -> None:
    """Say what a check has left open."""
    if done and done[-1].step.of > done[-1].step.number:
        click.echo("Later steps build on this one and are checked when it is in the org.")
    click.echo("Nothing was changed. To install it: drawbar salesforce deploy --apply")


def _print_done(done: Done) -> None:
    result = done.result
    resumed = ", taken up again" if done.resumed else ""
    click.echo(f"Step {done.step.text.removeprefix('step ')}")
    counts = f": {result.created} new, {result.total - result.created} known" if result.success else ""
    click.echo(f"  {result.id} {result.status}{resumed}{counts}")
    if result.error:
        click.echo(f"  {result.error}")
    for each in result.problems:
        click.echo(f"  {_problem_line(each)}")
    if result.problems:
        click.echo(f"{len(result.problems)} problems. Nothing of this step was changed.")


def _problem_line(problem: ComponentProblem) -> str:
    source = problem.source
    place = f"{source.path}:{source.line}" if source.line else source.path
    what = " ".join(part for part in (problem.component_type, problem.name) if part)
    return f"{place}: {what}: {problem.problem} ({problem.file} {problem.line}:{problem.column})"
