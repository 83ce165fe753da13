"""`drawbar repo`: repossessions, from the request to the review after the sale."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.repo_report import show_case, show_cases
from drawbar.commands.session import console, dry_run_option, json_option, print_json, session, stopped_when_refused
from drawbar.jobs.repo_told import told
from drawbar.middleware.errors import NotThere
from drawbar.middleware.repossession.recording import FAILED_REASONS, Recording, failed_attempt
from drawbar.middleware.repossession.states import PENDING, RepoEvent, RepoState

if TYPE_CHECKING:
    from drawbar.jobs.repo_acts import RepoActs
    from drawbar.middleware.repossession.view import CaseView

Answer = TypeVar("Answer")
_SOURCE = "command line"
_DAY = click.DateTime(["%Y-%m-%d"])
_EVENTS = [
    each.value
    for each in RepoEvent
    if each not in {RepoEvent.REQUEST, RepoEvent.APPROVE, RepoEvent.GIVE_CHANCE, RepoEvent.ORDER}
]

vehicle_option = click.option("--vehicle", default="", help="The vehicle, by its asset number, when there are several.")


@click.group()
def repo() -> None:
    """Repossessions: request, decide, order, record, follow up; the repo log.

    Every step obeys the same rules as in Salesforce and by REST. What changes is delivered by the job deliver.
    """


@repo.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(list(RepoState)), help="Only those that stand so.")
@click.option("--pending", is_flag=True, help="Only those that are still to be done.")
@click.option("--office", default="", help="Only those of an office (fulfilment centre).")
@json_option
def list_cases(states: tuple[str, ...], pending: bool, office: str, as_json: bool) -> None:
    """List repossessions, the oldest request first."""
    from drawbar.jobs.repo_acts import shown  # noqa: PLC0415  (keeps `drawbar --help` fast)
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415
    from drawbar.middleware.repossession.cases import RepoCases  # noqa: PLC0415

    hub = session().hub
    wanted = [*map(RepoState, states), *(PENDING if pending else ())]
    with reading(hub.engine) as connection:
        cases = [each for each in RepoCases(connection).listed(wanted) if office in ("", each.facts.office)]
        found = shown(hub, connection, cases, hub.clock())
    show_cases(console(), found, as_json=as_json)


@repo.command("show")
@click.argument("account")
@json_option
def show_account(account: str, as_json: bool) -> None:
    """Show the repossessions of ACCOUNT: decision, orders, every step, what blocks an order now."""
    from drawbar.jobs.repo_acts import shown  # noqa: PLC0415
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415
    from drawbar.middleware.repossession.cases import RepoCases  # noqa: PLC0415

    hub = session().hub
    with reading(hub.engine) as connection:
        found = shown(hub, connection, RepoCases(connection).of_account(account), hub.clock())
    if not found:
        raise NotThere(f"account {account} has no repossession", remedy="List them with: drawbar repo list")
    _print(found, as_json=as_json)


@repo.command("request")
@click.argument("account")
@vehicle_option
@click.option("--reason", default="", help="Why.")
@dry_run_option
@json_option
def request_repossession(account: str, vehicle: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Ask for the repossession of ACCOUNT's vehicles; each gets a Repossession Case in Salesforce."""
    from drawbar.jobs.repo_acts import Asked  # noqa: PLC0415

    asked = Asked(RepoEvent.REQUEST, _act_id(), reason)
    _print(_acted(lambda acts: acts.request(account, vehicle, asked), dry_run), as_json=as_json, dry_run=dry_run)


@repo.command()
@click.argument("account")
@click.argument("decision", type=click.Choice(["proceed", "another-chance"]))
@vehicle_option
@click.option("--reason", required=True, help="Why; kept with the decision.")
@click.option("--override", default="", help="Why it is to be repossessed although it is not worth recovering.")
@dry_run_option
@json_option
def decide(account: str, decision: str, vehicle: str, reason: str, override: str, dry_run: bool, as_json: bool) -> None:
    """Decide whether ACCOUNT's vehicle is repossessed (proceed), or the customer gets another chance."""
    kind = RepoEvent.APPROVE if decision == "proceed" else RepoEvent.GIVE_CHANCE
    _step(account, vehicle, kind, reason, {"override": override}, dry_run=dry_run, as_json=as_json)


@repo.command()
@click.argument("account")
@vehicle_option
@click.option(
    "--type", "order_type", default="IRP", show_default=True,
    type=click.Choice(["DRK", "IIR", "VRP", "IVR", "SKP", "IRP"]), help="What is ordered.",
)  # fmt: skip
@click.option("--by", "channel", type=click.Choice(["agent_mail", "rdn", "mbsi"]), help="The way that it goes.")
@click.option("--instructions", default="", help="What the agent shall know.")
@dry_run_option
@json_option
def order(
    account: str, vehicle: str, order_type: str, channel: str | None, instructions: str, dry_run: bool, as_json: bool
) -> None:
    """Send the order for ACCOUNT's vehicle to an agent; nothing goes out under a hold."""
    details = {"order_type": order_type, "channel": channel or "", "instructions": instructions}
    _step(account, vehicle, RepoEvent.ORDER, "", details, dry_run=dry_run, as_json=as_json)


@repo.command()
@click.argument("account")
@click.argument("event", type=click.Choice(_EVENTS))
@vehicle_option
@click.option("--reason", default="", help="Why.")
@click.option("--date", "day", type=_DAY, help="The day on which it happened, such as 2026-03-02.  [default: today]")
@click.option("--detail", "details", multiple=True, metavar="NAME=TEXT", help="Such as storage_place=... or keys=...")
@dry_run_option
@json_option
def event(
    account: str, event: str, vehicle: str, reason: str, day: datetime | None, details: tuple[str, ...], dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Tell what happened to ACCOUNT's repossession, and move it on."""
    details_told = {**_details(details), **({"date": f"{day:%Y-%m-%d}"} if day else {})}
    _step(account, vehicle, RepoEvent(event), reason, details_told, dry_run=dry_run, as_json=as_json)


@repo.command()
@click.argument("account")
@vehicle_option
@click.option("--reason", required=True, type=click.Choice(list(FAILED_REASONS)), help="Why.")
@click.option("--promised-for", type=_DAY, help="The day by which the customer promised to pay.")
@click.option("--comments", default="", help="What else there is to say.")
@dry_run_option
@json_option
def failed(
    account: str, vehicle: str, reason: str, promised_for: datetime | None, comments: str, dry_run: bool, as_json: bool
) -> None:
    """Record an attempt on ACCOUNT's vehicle that failed; the repossession stays pending."""
    with stopped_when_refused():
        why, details = failed_attempt(reason, comments, _date(promised_for))
    _step(account, vehicle, RepoEvent.FAILED, why, details, dry_run=dry_run, as_json=as_json)


@repo.command()
@click.argument("account")
@vehicle_option
@click.option("--reason", required=True, help="Why: paid, set by mistake.")
@dry_run_option
@json_option
def cancel(account: str, vehicle: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Cancel ACCOUNT's pending repossession; agents who have an order are told."""
    _step(account, vehicle, RepoEvent.CANCEL, reason, {}, dry_run=dry_run, as_json=as_json)


@repo.command()
@click.argument("account")
@click.option("--date", "day", type=_DAY, required=True, help="The day of the repossession, such as 2026-03-02.")
@click.option("--staff", required=True, help="Who did it.")
@click.option("--unit", required=True, help="The unit number.")
@click.option("--condition", required=True, help="The condition of what was returned.")
@click.option(
    "--returned", multiple=True, metavar="VEHICLE=QUANTITY", help="What came back; a vehicle not named is lost."
)
@click.option("--detail", "details", multiple=True, metavar="NAME=TEXT", help="Such as storage_place=... or keys=...")
@dry_run_option
@json_option
def record(
    account: str, day: datetime, staff: str, unit: str, condition: str, returned: tuple[str, ...],
    details: tuple[str, ...], dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Record the repossession of ACCOUNT's vehicles."""
    quantities = {name: _whole(name, text) for name, text in _details(returned).items()}
    recording = Recording(day.date(), staff, unit, condition, quantities, _details(details))
    found = _acted(lambda acts: acts.record(account, recording, _act_id()), dry_run)
    _print(found, as_json=as_json, dry_run=dry_run)


@repo.command()
@click.option("--state", "states", multiple=True, type=click.Choice(list(RepoState)), help="Only those that stand so.")
@click.option("--excel", type=click.Path(dir_okay=False, path_type=Path), help="Write the workbook FILE (.xlsx).")
@json_option
def log(states: tuple[str, ...], excel: Path | None, as_json: bool) -> None:
    """Give the repo log: every repossession with all columns of the Repossession Case."""
    from drawbar.jobs.repo_log import log_rows, write_log  # noqa: PLC0415

    hub = session().hub
    rows = list(log_rows(hub, [*map(RepoState, states)], hub.clock()))
    if excel is not None:
        write_log(excel, rows)
    if as_json:
        print_json(rows)
    elif excel is not None:
        click.echo(f"{excel}: {len(rows)} repossessions.")
    else:
        table = Table("Repossession", "Account", "Vehicle", "Stage", "Requested", "Order", "Repossessed")
        for row in rows:
            cells = (row[name] for name in ("case_key", "lease_account", "vehicle", "stage"))
            dates = (f"{row['requested_at']:%Y-%m-%d}", row["order_number"] or "", str(row["repossessed_date"] or ""))
            table.add_row(*(Text(str(each)) for each in (*cells, *dates)))
        console().print(table if rows else "No repossession has been asked for yet.")


@repo.group()
def values() -> None:
    """Market values of vehicles that decisions go by; one entered on the vehicle in Salesforce comes first."""


@values.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@dry_run_option
@json_option
@click.pass_context
def import_file(context: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Take market values in from FILE: CSV with the columns asset_number, market_value, valued_on and source.

    Of several values of a vehicle the newest counts. Exits with 5 when rows could not be understood.
    """
    from drawbar.jobs.repo_values import import_values  # noqa: PLC0415

    taken = import_values(session().hub, file, dry_run=dry_run)
    if as_json:
        print_json({"file": str(file), "kept": not dry_run, **asdict(taken)})
    else:
        verb = "would be kept" if dry_run else "kept"
        click.echo(f"{file.name}: {taken.read} rows read, {taken.taken} values {verb}.")
        for refusal in taken.refused:
            click.echo(f"  {refusal}", err=True)
    context.exit(5 if taken.refused else 0)


def _step(
    account: str, vehicle: str, kind: RepoEvent, reason: str, details: Mapping[str, str], *, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    from drawbar.jobs.repo_acts import Asked  # noqa: PLC0415

    asked = Asked(kind, _act_id(), reason, {name: text for name, text in details.items() if text})
    found = _acted(lambda acts: [acts.step(account, vehicle, asked)], dry_run)
    _print(found, as_json=as_json, dry_run=dry_run)


def _acted(act: Callable[[RepoActs], list[CaseView]], dry_run: bool) -> list[CaseView]:
    from drawbar.jobs.repo_acts import Person, RepoActs  # noqa: PLC0415
    from drawbar.middleware.sync.runs import new_run_id  # noqa: PLC0415

    current = session()
    now = current.hub.clock()
    role = current.hub.repossession.role_of(current.user)
    acts = RepoActs(current.hub, Person(current.actor, _SOURCE, role), now, new_run_id("repo", now), dry_run)
    with stopped_when_refused():
        return act(acts)


def _print(found: list[CaseView], *, as_json: bool, dry_run: bool = False) -> None:
    if as_json:
        print_json([told(each).model_dump() | {"dry_run": dry_run} for each in found])
        return
    for each in found:
        show_case(console(), each)
    if dry_run:
        click.echo("Dry run; nothing was changed.")


def _act_id() -> str:
    return secrets.token_hex(8)


def _date(day: datetime | None) -> date | None:
    return day.date() if day else None


def _details(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := next((name for name, equals, text in pairs if not (name and equals and text)), None):
        raise click.UsageError(f"{wrong!r} is not NAME=TEXT.")
    return {name.strip(): text.strip() for name, _, text in pairs}


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise click.UsageError(f"{text!r} of {name} is not a whole number.") from None
