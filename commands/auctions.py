"""`drawbar auctions`: remarketing requests to auctions, with their work orders and statuses."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from drawbar.commands.auction_invoices import invoice, invoices, proceeds, refund
from drawbar.commands.auctions_report import show_history, show_offer, show_request, show_requests
from drawbar.commands.session import console, json_option, print_json, session
from drawbar.middleware.errors import RecordRejected, StopRun
from drawbar.middleware.remarketing.requests import PRIORITIES, Storage
from drawbar.middleware.remarketing.statuses import SET_BY, RemarketingStatus, SetBy

if TYPE_CHECKING:
    from drawbar.jobs.remarketing_acts import RemarketingActs
    from drawbar.jobs.remarketing_told import RemarketingTold

Answer = TypeVar("Answer")
_SOURCE = "command line"
_SETTABLE = [each.value for each in RemarketingStatus if SET_BY[each] is not SetBy.HUB and each != "NEW"]

dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would come of it; change nothing.")
set_option = click.option(
    "--set", "places", multiple=True, metavar="NAME=TEXT",
    help="Of the storage place: address, zip_code, state, country, contact, phone or fax.",
)  # fmt: skip


class Refused(StopRun):
    """Something that the rules of remarketing do not allow."""


@click.group()
def auctions() -> None:
    """Remarketing: ask auctions to sell repossessed vehicles, and follow what they say.

    A request is named by its number, or by its vehicle for the current one. Every step obeys the same rules as in
    Salesforce and by REST. What changes is delivered by the job deliver.
    """


for each in (invoice, invoices, proceeds, refund):
    auctions.add_command(each)


@auctions.command()
@click.argument("vehicle")
@json_option
def vendors(vehicle: str, as_json: bool) -> None:
    """Explain which vendors are offered for VEHICLE where it stands, and which one is preselected."""
    from drawbar.jobs.remarketing_acts import offered_for  # noqa: PLC0415  (keeps `drawbar --help` fast)

    hub = session().hub
    found = _allowed(lambda: offered_for(hub, vehicle))
    if as_json:
        judged = [{"criterion": each.criterion.name, "misfit": each.misfit} for each in found.judged]
        print_json(
            {"vehicle": vehicle, "vendors": found.vendors, "preselected": found.preselected, "why": found.why,
             "criteria": judged}
        )  # fmt: skip
        return
    show_offer(console(), vehicle, found, hub.remarketing.vendor_names)


@auctions.command()
@click.argument("vehicle")
@click.option("--vendor", default="", help="Who shall sell it.  [default: the preselected vendor]")
@click.option("--override", default="", help="Why it is a vendor that is not offered.")
@click.option("--priority", type=click.Choice(PRIORITIES), default="NORMAL", show_default=True, help="How soon.")
@click.option("--collector", default="", help="Who looks after the work order.")
@click.option("--comment", default="", help="What there is to say.")
@set_option
@dry_run_option
@json_option
def request(
    vehicle: str, vendor: str, override: str, priority: str, collector: str, comment: str, places: tuple[str, ...],
    dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make VEHICLE's current remarketing request and its work order; it has to be repossessed and not sold."""
    from drawbar.middleware.remarketing.asked import NewRequest  # noqa: PLC0415

    asked = NewRequest(
        vendor=vendor, override_reason=override, priority=priority, comment=comment, collector=collector,
        storage=_places(places),
    )  # fmt: skip
    _print(_acted(lambda acts: acts.request(vehicle, asked, _act_id()), dry_run), dry_run=dry_run, as_json=as_json)


@auctions.command("list")
@click.option("--status", "statuses", multiple=True, type=click.Choice(list(RemarketingStatus)), help="Only these.")
@click.option("--vehicle", default="", help="Only those of a vehicle.")
@click.option("--current", is_flag=True, help="Only the current one of each vehicle.")
@json_option
def list_requests(statuses: tuple[str, ...], vehicle: str, current: bool, as_json: bool) -> None:
    """List remarketing requests, the oldest first."""
    from drawbar.jobs.remarketing import RemarketingOffice  # noqa: PLC0415
    from drawbar.jobs.remarketing_acts import shown  # noqa: PLC0415
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    hub = session().hub
    wanted = [*map(RemarketingStatus, statuses)]
    with reading(hub.engine) as connection:
        office = RemarketingOffice(hub, connection, hub.clock(), "")
        rows = office.book.listed(asset=vehicle, only_current=current, statuses=wanted)
        found = [shown(office, each) for each in rows]
    if as_json:
        print_json([each.model_dump() for each in found])
    else:
        show_requests(console(), found)


@auctions.command()
@click.argument("name", metavar="NUMBER|VEHICLE")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a request: vehicle, storage place, work order, tracking attributes, every status."""
    _print(_found(name), as_json=as_json)


@auctions.command()
@click.argument("name", metavar="NUMBER|VEHICLE")
@json_option
def history(name: str, as_json: bool) -> None:
    """Show every status of a request: the one before, who set it, from when until when, and why."""
    found = _found(name).history
    if as_json:
        print_json([each.model_dump() for each in found])
    else:
        show_history(console(), found)


@auctions.command()
@click.argument("name", metavar="NUMBER|VEHICLE")
@click.argument("status", type=click.Choice(_SETTABLE))
@click.option("--comment", default="", help="Why, or what the auction shall know.")
@click.option("--reference", default="", help="The number that the auction gave when it accepted by telephone.")
@dry_run_option
@json_option
def status(name: str, status: str, comment: str, reference: str, dry_run: bool, as_json: bool) -> None:
    """Set the STATUS of a request, where the cycle table allows it; the auction is told.

    What an auction answers is for people to set only where its vendor has no client of the server.
    """
    from drawbar.jobs.remarketing_acts import Step  # noqa: PLC0415

    step = Step(RemarketingStatus(status), comment, reference)
    told = _acted(lambda acts: acts.step(name, step, _act_id()), dry_run)
    _print(told, dry_run=dry_run, as_json=as_json)


@auctions.command()
@click.argument("name", metavar="NUMBER|VEHICLE")
@click.argument("vendor")
@click.option("--reason", default="", help="Why; needed unless the work order had no vendor.")
@dry_run_option
@json_option
def vendor(name: str, vendor: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Give a request's work order to another VENDOR, while no auction has the vehicle."""
    _change(name, dry_run=dry_run, as_json=as_json, vendor=vendor, override_reason=reason)


@auctions.command()
@click.argument("name", metavar="NUMBER|VEHICLE")
@click.option("--priority", type=click.Choice(PRIORITIES), help="How soon it shall be sold.")
@click.option("--collector", default="", help="Who looks after the work order.")
@click.option("--comment", default="", help="What there is to say; a comment alone writes no history.")
@set_option
@click.option("--track", "attributes", multiple=True, metavar="NAME=TEXT", help="A tracking attribute.")
@dry_run_option
@json_option
def edit(
    name: str, priority: str | None, collector: str, comment: str, places: tuple[str, ...],
    attributes: tuple[str, ...], dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Change what is said on a request; the auction hears of it with the next status, such as UPDATE TO AUCTION."""
    own = {"priority": priority or "", "collector": collector}
    values = {key: text for key, text in own.items() if text} | _places(places)
    _change(name, dry_run=dry_run, as_json=as_json, comment=comment, values=values, attributes=_pairs(attributes))


def _change(name: str, *, dry_run: bool, as_json: bool, **changed: Any) -> None:
    from drawbar.jobs.remarketing_acts import Change  # noqa: PLC0415

    told = _acted(lambda acts: acts.change(name, Change(**changed), _act_id()), dry_run)
    _print(told, dry_run=dry_run, as_json=as_json)


def _found(name: str) -> RemarketingTold:
    from drawbar.jobs.remarketing import RemarketingOffice  # noqa: PLC0415
    from drawbar.jobs.remarketing_acts import named, shown  # noqa: PLC0415
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    hub = session().hub
    with reading(hub.engine) as connection:
        return shown(RemarketingOffice(hub, connection, hub.clock(), ""), named(connection, name))


def _acted(act: Callable[[RemarketingActs], RemarketingTold], dry_run: bool) -> RemarketingTold:
    from drawbar.jobs.remarketing_acts import RemarketingActs  # noqa: PLC0415
    from drawbar.jobs.repo_acts import Person  # noqa: PLC0415
    from drawbar.middleware.sync.runs import new_run_id  # noqa: PLC0415

    current = session()
    now = current.hub.clock()
    person = Person(current.actor, _SOURCE, current.hub.repossession.role_of(current.user))
    acts = RemarketingActs(current.hub, person, now, new_run_id("auctions", now), dry_run)
    return _allowed(lambda: act(acts))


def _allowed(act: Callable[[], Answer]) -> Answer:
    """Do something; a refusal of the rules ends the command as stopped."""
    try:
        return act()
    except RecordRejected as refused:
        raise Refused(refused.message, record=refused.record, field=refused.field, remedy=refused.remedy) from None


def _print(told: RemarketingTold, *, as_json: bool, dry_run: bool = False) -> None:
    if as_json:
        print_json(told.model_dump() | {"dry_run": dry_run})
        return
    show_request(console(), told)
    if dry_run:
        click.echo("Dry run; nothing was changed.")


def _act_id() -> str:
    return secrets.token_hex(8)


def _places(given: tuple[str, ...]) -> dict[str, str]:
    pairs, known = _pairs(given), [each.name for each in fields(Storage)]
    if unknown := next((name for name in pairs if name not in known), None):
        raise click.UsageError(f"{unknown!r} is no part of a storage place; there is {', '.join(known)}.")
    return pairs


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := next((name for name, equals, _ in pairs if not (name and equals)), None):
        raise click.UsageError(f"{wrong!r} is not NAME=TEXT.")
    return {name.strip(): text.strip() for name, _, text in pairs}
