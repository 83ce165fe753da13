"""`drawbar accounting`: what the rules post, for which event, and posting it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.jobs.books import Books, Queued
from drawbar.jobs.postings import gl_of, queue_gl
from drawbar.middleware.accounting.gl import GlRefusal
from drawbar.middleware.accounting.posting import entry_of, example, rule_of
from drawbar.middleware.accounting.records import AccountingEvent, Entry
from drawbar.middleware.accounting.rules import AccountingRules, load_rules
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading

Command = TypeVar("Command", bound=Callable[..., Any])
_RUN = "by hand"
_INCOMPLETE = 5
_TITLE = 100


@click.group()
def accounting() -> None:
    """What is posted to the books: events, their entries, the general ledger."""


@accounting.command()
@json_option
def events(as_json: bool) -> None:
    """List the events that the rules know, with the amounts that each takes."""
    found = _rules().events
    if as_json:
        print_json(
            [
                {
                    "event": name, "document": rule.document, "party": rule.party, "amounts": rule.amounts,
                    "purpose": rule.purpose,
                }
                for name, rule in found.items()
            ]
        )  # fmt: skip
        return
    table = Table("event", "document", "with", "amounts", "purpose")
    for name, rule in found.items():
        table.add_row(name, rule.document, rule.party, Text(", ".join(rule.amounts)), Text(rule.purpose))
    console().print(table)


def _event_options(command: Command) -> Command:
    """Give a command the options that describe an event."""
    options = (
        click.option(
            "--amount", "amounts", multiple=True, metavar="NAME=USD", help="An amount; may be given several times."
        ),
        click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="Date of the document.  [default: today]"),
        click.option("--party", default="", help="Vendor or customer, as QuickBooks names it."),
        click.option("--company", default="", help="LeaseWorks company."),
        click.option("--portfolio", default="", help="LeaseWorks portfolio."),
        click.option("--memo", default="", help="What the document says."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@accounting.command()
@click.argument("event")
@_event_options
@json_option
def explain(
    event: str, amounts: Sequence[str], on: datetime | None, party: str, company: str, portfolio: str, memo: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Show the entry that EVENT would post; without amounts, each is shown as 100.00.

    Example: `drawbar accounting explain sale_invoice --amount price=41500.00 --amount fee=350.00`.
    """
    rules = _rules()
    told = AccountingEvent(event, "EXAMPLE", _day(on), _amounts(amounts), company, portfolio, party, memo)
    entry = entry_of(rules, example(rule_of(rules, event), told))
    print_json(_entry_json(entry)) if as_json else _show(entry)


@accounting.group()
def post() -> None:
    """Queue entries for QuickBooks; `drawbar run postings` delivers them."""


@post.command("event")
@click.argument("event")
@click.option("--key", required=True, help="What identifies it, such as the work order's number: posted once per key.")
@_event_options
@click.option("--dry-run", is_flag=True, help="Show the entry and queue nothing.")
@json_option
def post_event(
    event: str, key: str, amounts: Sequence[str], on: datetime | None, party: str, company: str, portfolio: str,
    memo: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Queue the entry of EVENT; the same key with the same amounts again changes nothing."""
    rules = _rules()
    told = AccountingEvent(event, key, _day(on), _amounts(amounts), company, portfolio, party, memo)
    entry = entry_of(rules, told)
    hub, now = session().hub, utc_now()
    if dry_run:
        with reading(hub.engine) as connection:
            for refused in Books(hub, connection, _RUN, now).check([entry]).values():
                raise refused
        print_json(_entry_json(entry)) if as_json else _show(entry)
        return
    with hub.engine.begin() as connection:
        queued = Books(hub, connection, _RUN, now).queue([entry])
        _note(connection, f"{event} {key}", queued, now)
    _tell(queued, as_json=as_json)


@post.command("gl")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Business date of the summary.")
@click.option("--dry-run", is_flag=True, help="Show the entries and queue nothing.")
@json_option
@click.pass_context
def post_gl(context: click.Context, on: datetime, dry_run: bool, as_json: bool) -> None:
    """Queue LeaseWorks' general ledger summary of a business date as journal entries, one per company and portfolio.

    Exits with 5 when something of it cannot be posted; the rest can.
    """
    hub, now, day = session().hub, utc_now(), on.date()
    if dry_run:
        with reading(hub.engine) as connection:
            found = gl_of(connection, load_rules(hub.accounting.rules_file), day, day)
        _show_all(found, as_json=as_json)
        refused = any(isinstance(each, GlRefusal) for each in found)
    else:
        with hub.engine.begin() as connection:
            queued = queue_gl(hub, connection, day, day, run_id=_RUN, now=now)
            _note(connection, f"general ledger of {day}", queued, now)
        _tell(queued, as_json=as_json)
        refused = bool(queued.refused)
    if refused:
        context.exit(_INCOMPLETE)


def _rules() -> AccountingRules:
    return load_rules(session().settings.accounting.rules_file)


def _day(given: datetime | None) -> date:
    return given.date() if given else utc_now().date()


def _amounts(given: Sequence[str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each in given:
        name, equals, text = each.partition("=")
        try:
            found[name] = Decimal(text)
        except InvalidOperation:
            raise click.BadParameter(f"{each!r} is not NAME=USD, such as total=412.50") from None
        if not equals:
            raise click.BadParameter(f"{each!r} is not NAME=USD, such as total=412.50")
    return found


def _note(connection: Connection, subject: str, queued: Queued, now: datetime) -> None:
    detail = {"created": str(queued.created), "changed": str(queued.changed), "unchanged": str(queued.unchanged)}
    Audit(connection).note(actor=session().actor, action="post to books", subject=subject, detail=detail, now=now)


def _tell(queued: Queued, *, as_json: bool) -> None:
    if as_json:
        print_json(queued.as_json())
        return
    click.echo(f"Queued {queued.created} new and {queued.changed} changed; {queued.unchanged} stand already.")
    for each in queued.refused:
        click.echo(f"Refused {each.key}: {each.error}")
    if queued.created or queued.changed:
        click.echo("Next: drawbar run postings")


def _show_all(found: Sequence[Entry | GlRefusal], *, as_json: bool) -> None:
    if as_json:
        print_json([_found_json(each) for each in found])
        return
    for each in found:
        click.echo(f"Refused {each.key}: {each.error}") if isinstance(each, GlRefusal) else _show(each)
    if not found:
        click.echo("There is nothing to post.")


def _found_json(found: Entry | GlRefusal) -> Mapping[str, object]:
    if isinstance(found, GlRefusal):
        return {"key": found.key, "refused": str(found.error)}
    return _entry_json(found)


def _entry_json(entry: Entry) -> dict[str, object]:
    lines = [
        {
            "side": line.side, "account": line.account, "amount": line.amount, "item": line.item, "memo": line.memo,
            "class": line.class_name,
        }
        for line in entry.lines
    ]  # fmt: skip
    return {
        "event": entry.event, "document": entry.document, "key": entry.key, "date": entry.on, "due": entry.due,
        "party": entry.party, "location": entry.location, "books": entry.books, "memo": entry.memo, "lines": lines,
    }  # fmt: skip


def _show(entry: Entry) -> None:
    party = f" with {entry.party}" if entry.party else ""
    due = f", due {entry.due}" if entry.due else ""
    place = f", in the books of {entry.books}" if entry.books else ""
    table = Table(
        "account", "debit", "credit", "class", "memo", title_justify="left", min_width=_TITLE,
        title=Text(f"{entry.event} {entry.key}: {entry.document}{party} of {entry.on}{due}{place}"),
    )  # fmt: skip
    for line in entry.lines:
        debit, credit = (f"{line.amount:,.2f}" if line.side == side else "" for side in ("debit", "credit"))
        table.add_row(*(Text(each) for each in (line.account, debit, credit, line.class_name, line.memo)))
    table.add_row("", f"{entry.total('debit'):,.2f}", f"{entry.total('credit'):,.2f}", "", "")
    console().print(table)
