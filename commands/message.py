"""`drawbar message`: text messages and e-mail to lessees, what they chose, and what they answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, dry_run_option, json_option, print_json, session, stopped_when_refused
from drawbar.middleware.messages.records import MessageChannel

if TYPE_CHECKING:
    from drawbar.middleware.messages.records import Message

_CHANNEL = click.Choice([each.value for each in MessageChannel])
_SHORT = 60

channel_option = click.option("--channel", type=_CHANNEL, required=True, help="How it travels.")
template_option = click.option("--template", required=True, help="By its name: see drawbar message templates.")
source_option = click.option("--source", required=True, help="How we know: a call, a form, a letter.")


@click.group()
def message() -> None:
    """Text messages and e-mail to lessees: send, preview, list, and what lessees chose.

    Holds, choices, limits and hours are asked as for requests from Salesforce. What may go is sent by the job messages.
    """


@message.command("send")
@click.argument("account")
@channel_option
@template_option
@dry_run_option
@json_option
def send_message(account: str, channel: str, template: str, dry_run: bool, as_json: bool) -> None:
    """Ask for a message to the lessee of ACCOUNT; says whether it goes, waits until when, or is refused."""
    from drawbar.jobs.messages import new_key  # noqa: PLC0415  (keeps `drawbar --help` fast)

    asked = _asked(account, MessageChannel(channel), template, new_key(account), dry_run=dry_run)
    _print_message(asked, as_json=as_json, dry_run=dry_run)


@message.command()
@click.argument("account")
@channel_option
@template_option
@json_option
def preview(account: str, channel: str, template: str, as_json: bool) -> None:
    """Show the words that the lessee of ACCOUNT would read, and whether they may go; keeps nothing."""
    asked = _asked(account, MessageChannel(channel), template, f"{account}-preview", dry_run=True)
    _print_message(asked, as_json=as_json, dry_run=True)


@message.command("list")
@click.option("--account", default="", help="Only those of a lease account.")
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), help="At most so many.", show_default=True)
@json_option
def list_messages(account: str, limit: int, as_json: bool) -> None:
    """List messages and answers, newest first."""
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415
    from drawbar.middleware.messages.book import MessageBook  # noqa: PLC0415

    with reading(session().hub.engine) as connection:
        found = [_told(each) for each in MessageBook(connection).listed(account=account, limit=limit)]
    if as_json:
        print_json(found)
        return
    _print_table(("key", "account", "direction", "channel", "status", "asked_at", "why", "text"), found)


@message.command()
@json_option
def templates(as_json: bool) -> None:
    """List the templates, after checking each of them."""
    from drawbar.middleware.messages.templates import read_templates  # noqa: PLC0415

    read = read_templates(session().settings.messages)
    found = [
        {"name": each.name, "channel": each.channel.value, "text": each.source, "file": each.place}
        for each in read.values()
    ]
    if as_json:
        print_json(found)
        return
    _print_table(("name", "channel", "text"), found)


@message.command("opt-out")
@click.argument("channel", type=_CHANNEL)
@click.argument("address")
@source_option
@dry_run_option
@json_option
def opt_out(channel: str, address: str, source: str, dry_run: bool, as_json: bool) -> None:
    """Note that the owner of ADDRESS wants nothing more by CHANNEL; it counts at once."""
    _choose(MessageChannel(channel), address, source, agreed=False, dry_run=dry_run, as_json=as_json)


@message.command("opt-in")
@click.argument("channel", type=_CHANNEL)
@click.argument("address")
@source_option
@dry_run_option
@json_option
def opt_in(channel: str, address: str, source: str, dry_run: bool, as_json: bool) -> None:
    """Note that the owner of ADDRESS has agreed to be written to by CHANNEL."""
    _choose(MessageChannel(channel), address, source, agreed=True, dry_run=dry_run, as_json=as_json)


@message.command()
@json_option
def choices(as_json: bool) -> None:
    """List what lessees chose for their numbers and addresses, newest first."""
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415
    from drawbar.middleware.messages.addresses import masked  # noqa: PLC0415
    from drawbar.middleware.messages.consent import Choices  # noqa: PLC0415

    with reading(session().hub.engine) as connection:
        found = [asdict(each) | {"address": masked(each.address)} for each in Choices(connection).listed()]
    if as_json:
        print_json(found)
        return
    _print_table(("channel", "address", "agreed", "at", "source"), found)


def _asked(account: str, channel: MessageChannel, template: str, key: str, *, dry_run: bool) -> Message:
    from drawbar.jobs.lessee_facts import lessee_facts  # noqa: PLC0415
    from drawbar.jobs.messages import MessageOffice, request  # noqa: PLC0415
    from drawbar.middleware.sync.runs import new_run_id  # noqa: PLC0415

    hub, actor = session().hub, session().actor
    now = hub.clock()
    with stopped_when_refused():
        facts = lessee_facts(hub, account)
        with hub.engine.connect() as connection:
            office = MessageOffice(hub, connection, new_run_id("message", now), now)
            asked = office.ask(request(account, channel, template, key=key, by=actor, at=now), facts)
            connection.rollback() if dry_run else connection.commit()
    return asked


def _choose(channel: MessageChannel, address: str, source: str, *, agreed: bool, dry_run: bool, as_json: bool) -> None:
    from drawbar.middleware.messages.addresses import masked, usable  # noqa: PLC0415
    from drawbar.middleware.messages.consent import Choice, Choices  # noqa: PLC0415

    hub, actor = session().hub, session().actor
    written, now = usable(channel, address), hub.clock()
    if not written:
        raise click.BadParameter(f"is no address for {channel}", param_hint="ADDRESS")
    choice = Choice(channel, written, agreed, now, f"{source} ({actor})")
    with hub.engine.connect() as connection:
        changed = Choices(connection).note(choice, by=actor, now=now)
        connection.rollback() if dry_run else connection.commit()
    told = {"channel": channel.value, "address": masked(written), "agreed": agreed, "changed": changed}
    if as_json:
        print_json(told | {"dry_run": dry_run})
        return
    word = "opted in" if agreed else "opted out"
    click.echo(f"{told['address']}: {word}{'' if changed else ' already'}.")
    if dry_run:
        click.echo("Dry run; nothing was changed.")


def _told(each: Message) -> dict[str, Any]:
    from drawbar.middleware.messages.addresses import masked  # noqa: PLC0415

    return asdict(each) | {"address": masked(each.address)}


def _print_message(asked: Message, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        print_json(_told(asked) | {"dry_run": dry_run})
        return
    if asked.subject:
        click.echo(f"Subject: {asked.subject}\n")
    click.echo(asked.text.rstrip())
    at = f" until {asked.not_before:%Y-%m-%d %H:%M} UTC" if asked.why and asked.not_before else ""
    said = f"{asked.status.value}{at}: {asked.why}" if asked.why else "may go now"
    click.echo(f"\n{asked.name}: {said}")
    if dry_run:
        click.echo("Dry run; nothing was changed.")


def _print_table(names: Sequence[str], found: Sequence[dict[str, Any]]) -> None:
    table = Table(*(name.replace("_", " ").capitalize() for name in names))
    for each in found:
        table.add_row(*(Text(_shown(each[name])) for name in names))
    console().print(table if found else "There is none.")


def _shown(value: object) -> str:
    text = f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else " ".join(str(value).split())
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."
