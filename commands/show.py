"""`drawbar show`: the whole story of one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drawbar.commands.run_report import in_words
from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING, object_fields
from drawbar.jobs.delinquent import delinquent_accounts
from drawbar.jobs.story import account_story
from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.edit_log import EditLog

Json = Mapping[str, Any]


@click.group()
def show() -> None:
    """Tell the whole story of one record, list the delinquent ones, or changes that lost."""


@show.command("account")
@click.argument("number")
@click.option("--offline", is_flag=True, help="Do not ask Salesforce what it holds.")
@json_option
def show_account(number: str, offline: bool, as_json: bool) -> None:
    """Tell the story of lease account NUMBER: source, mapping, Salesforce, promises, cases, deliveries, failures."""
    story = account_story(session().hub, number, utc_now(), ask_salesforce=not offline)
    if as_json:
        print_json(story)
        return
    screen = console()
    screen.print(Text(f"Account {number}", "bold"))
    _show_values(screen, story)
    _show_collections(screen, story["collections"])
    _show_events(screen, story)


@show.command("delinquent")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@json_option
def show_delinquent(limit: int, as_json: bool) -> None:
    """List the delinquent accounts, longest past due first, as the hub last concluded them."""
    with reading(session().hub.engine) as connection:
        accounts = delinquent_accounts(connection)
    if as_json:
        print_json([asdict(each) for each in accounts[:limit]])
        return
    table = Table("Account", "Days past due", "Bucket", "Promises", "Broken", "Cases")
    for each in accounts[:limit]:
        table.add_row(*map(str, astuple(each)))
    console().print(table)
    click.echo(f"{len(accounts):,} accounts are delinquent.")


@show.command("conflicts")
@click.option("--object", "object_name", default="", help="Only of this object, such as Vehicle__c.")
@click.option("--key", default="", help="Only of the record with this key.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many, newest first."
)
@json_option
def show_conflicts(object_name: str, key: str, limit: int, as_json: bool) -> None:
    """List changes that lost because another system owns the field: both values, and who won."""
    with reading(session().hub.engine) as connection:
        found = EditLog(connection).conflicts(object_name=object_name, key=key, limit=limit)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    table = Table("When", "Record", "Field", "In Salesforce", "On the other side", "Won", "Changed by")
    for each in found:
        other, who = f"{each.source_value} ({each.source})", f"{each.edited_by or '?'}, {each.kind}"
        cells = (f"{each.object} {each.key}", each.field, each.target_value, other, each.winner, who)
        table.add_row(f"{each.at:%Y-%m-%d %H:%M}", *map(Text, cells))
    console().print(table if found else "No change has lost yet.")


def _show_values(screen: Console, story: Json) -> None:
    newest = story["sources"][0] if story["sources"] else {}
    inside = (story["salesforce"] or {}).get("record") or {}
    if story["salesforce"] and "error" in story["salesforce"]:
        screen.print(Text(f"Salesforce: {story['salesforce']['error']}", "red"))
    if newest:
        screen.print(f"\nSource: row {newest['row']} of {newest['delivery']}\n  {newest['raw']}")
    if "error" in newest:
        screen.print(Text(newest["error"], "red"))
    mapped = {**story["concluded"], **newest.get("mapped", {})}
    names = [name for name in dict.fromkeys([*mapped, *inside]) if not name.endswith("__r")]
    if names:
        columns = {"Source": _by_field(newest.get("values", {})), "Mapped": mapped}
        screen.print(_value_table(names, columns | ({"In Salesforce": inside} if story["salesforce"] else {})))
    for older in story["sources"][1:]:
        screen.print(f"Before: row {older['row']} of {older['delivery']}")


def _by_field(values: Json) -> Json:
    """Give the source's values under the names of the Salesforce fields that they go to."""
    origins = {field.api_name: field.source.removeprefix("accounts.") for field in object_fields("Lease_Account__c")}
    return {name: values[origin] for name, origin in origins.items() if origin in values}


def _value_table(names: Sequence[str], columns: Mapping[str, Json]) -> Table:
    table = Table("Field", *columns)
    for name in names:
        table.add_row(*map(Text, [name, *(_cell(values.get(name)) for values in columns.values())]))
    return table


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _show_collections(screen: Console, history: Json | None) -> None:
    if history is None:
        return
    for promise in history["promises"]:
        text = f"  {promise['key']}: {promise['amount']} by {promise['promised_for']}: {promise['status']}"
        screen.print(Text(f"{text}. {promise['reason']}"))
    for change in history["verdict_changes"]:
        screen.print(Text(f"    {change['as_of']}: {change['old'] or 'new'} -> {change['new']}. {change['why']}"))
    for case in history["cases"]:
        ended = f", closed {case['closed_on']} ({case['close_reason']})" if case["closed_on"] else ""
        screen.print(Text(f"  Case {case['key']}: opened {case['opened_on']}{ended}"))


def _show_events(screen: Console, story: Json) -> None:
    for each in story["deliveries"]:
        screen.print(Text(f"{each['at']:%Y-%m-%d %H:%M:%S} {each['status']:<8} {each['object']} {each['key']}", "bold"))
        screen.print(Text(f"    {each['why']} {each['code']} {each['message']}".rstrip()))
        for change in each["changes"]:
            if each["status"] == "updated" and change["field"] not in BOOKKEEPING[each["object"]]:
                screen.print(Text(f"    {in_words(change)}"))
    for each in story["waiting"]:
        screen.print(Text(f"waits    {each['object']} {each['key']}: {each['why']}", "yellow"))
    for each in story["failures"]:
        style = "red" if each["state"] == "open" else ""
        screen.print(Text(f"failure {each['number']} ({each['state']}): {each['code']} {each['message']}", style))
        screen.print(f"    {each['remedy']}")
