"""`drawbar hold`: what keeps orders, messages, starter commands and sales of an account from happening."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, dry_run_option, json_option, print_json, session, stopped_when_refused
from drawbar.middleware.repossession.holds import BLOCKS, Hold, HoldKind
from drawbar.middleware.repossession.roles import refuse_unless_allowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawbar.jobs.repossessions import RepoOffice

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def hold() -> None:
    """Holds on accounts: bankruptcy, SCRA, cure letter, cease contact, attorney, dispute.

    Whatever would touch the account asks for them. Those that people set in Salesforce count alike, and are lifted
    there.
    """


@hold.command("set")
@click.argument("account")
@click.argument("kind", type=click.Choice(list(HoldKind)))
@click.option("--from", "first", type=_DAY, help="First day, such as 2026-03-02.  [default: today]")
@click.option("--until", "last", type=_DAY, help="Last day; a cure letter needs one.  [default: until it is lifted]")
@click.option("--reason", required=True, help="What it rests on: court and number, letter, request.")
@dry_run_option
@json_option
def set_hold(
    account: str, kind: str, first: datetime | None, last: datetime | None, reason: str, dry_run: bool, as_json: bool
) -> None:
    """Set a hold on ACCOUNT; it shows on the account in Salesforce."""
    hub, actor = session().hub, session().actor
    today = hub.clock().astimezone(hub.zone).date()

    def act(office: RepoOffice) -> Hold:
        made = Hold(
            office.holds.next_reference(account), account, HoldKind(kind), first.date() if first else today,
            last.date() if last else None, reason, actor, office.now,
        )  # fmt: skip
        office.set_hold(made, by=actor)
        return made

    _show([_done(act, account, dry_run=dry_run)], as_json=as_json, dry_run=dry_run)


@hold.command()
@click.argument("reference")
@dry_run_option
@json_option
def lift(reference: str, dry_run: bool, as_json: bool) -> None:
    """Lift hold REFERENCE, as `drawbar hold list` shows it."""
    actor = session().actor
    lifted = _done(lambda office: office.lift_hold(reference, by=actor), reference, dry_run=dry_run)
    _show([lifted], as_json=as_json, dry_run=dry_run)


@hold.command("list")
@click.option("--account", default="", help="All holds of an account, past ones too.")
@json_option
def list_holds(account: str, as_json: bool) -> None:
    """List the holds that are in force."""
    from drawbar.jobs.account_holds import account_holds  # noqa: PLC0415  (keeps `drawbar --help` fast)
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    hub = session().hub
    with reading(hub.engine) as connection:
        holds = account_holds(hub, connection)
        found = holds.of(account) if account else holds.listed(hub.clock().astimezone(hub.zone).date())
    _show(found, as_json=as_json)


def _done(act: Callable[[RepoOffice], Hold], record: str, *, dry_run: bool) -> Hold:
    from drawbar.jobs.repossessions import RepoOffice  # noqa: PLC0415
    from drawbar.middleware.sync.runs import new_run_id  # noqa: PLC0415

    current = session()
    hub, now = current.hub, current.hub.clock()
    with stopped_when_refused():
        role = hub.repossession.role_of(current.user)
        refuse_unless_allowed(role, "hold", who=current.actor, record=record)
        with hub.engine.connect() as connection:
            done = act(RepoOffice(hub, connection, now, new_run_id("hold", now)))
            connection.rollback() if dry_run else connection.commit()
    return done


def _show(found: list[Hold], *, as_json: bool, dry_run: bool = False) -> None:
    if as_json:
        print_json([asdict(each) | {"blocks": sorted(BLOCKS[each.kind]), "dry_run": dry_run} for each in found])
        return
    table = Table("Hold", "Account", "Kind", "From", "Until", "Lifted", "Blocks", "Reason")
    for each in found:
        lifted = f"{each.lifted_at:%Y-%m-%d}" if each.lifted_at else ""
        days = (str(each.from_on), str(each.until_on or ""), lifted)
        blocks = ", ".join(sorted(BLOCKS[each.kind]))
        table.add_row(*map(Text, (each.reference, each.account, each.kind.value, *days, blocks, each.reason)))
    console().print(table if found else "There is none.")
    if dry_run:
        click.echo("Dry run; nothing was changed.")
