"""`drawbar gps`: alerts, devices, whether a vehicle can be recovered, and a look at geofence files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import console, json_option, print_json, session, utc_now
from drawbar.jobs.gps_views import DeviceStory, RecoveryStory, alert_as_json, device_story, recovery_story
from drawbar.middleware.database.engine import reading
from drawbar.middleware.gps.episodes import Alert
from drawbar.middleware.gps.explained import alert_rules, tier_lines
from drawbar.middleware.gps.geofences import open_geofences
from drawbar.middleware.gps.tracks import Alerts


@click.group()
def gps() -> None:
    """GPS devices: alerts, recovery, geofences."""


@gps.command()
@click.option("--account", default="", help="Only those of one lease account.")
@click.option("--all", "with_ended", is_flag=True, help="Also those that have ended or were withdrawn.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@json_option
def alerts(account: str, with_ended: bool, limit: int, as_json: bool) -> None:
    """List the open alerts, those that began last first."""
    with reading(session().hub.engine) as connection:
        found = Alerts(connection).find(account=account, open_only=not with_ended)
    if as_json:
        print_json([alert_as_json(each) for each in found[:limit]])
        return
    _show_alerts(console(), found[:limit])
    click.echo(f"{len(found):,} {'alerts' if with_ended else 'alerts are open'}.")


@gps.command()
@click.argument("serial")
@json_option
def device(serial: str, as_json: bool) -> None:
    """Tell of the device SERIAL (or MAKER:SERIAL): where it was last, how often it is read, its alerts."""
    current = session()
    with reading(current.hub.engine) as connection:
        story = device_story(current.hub, connection, serial, utc_now())
    if as_json:
        print_json(story.as_json())
        return
    _show_device(console(), story)


@gps.command()
@click.argument("account")
@json_option
def feasibility(account: str, as_json: bool) -> None:
    """Judge whether the vehicle of lease account ACCOUNT can be recovered now, and say why."""
    current = session()
    with reading(current.hub.engine) as connection:
        story = recovery_story(current.hub, connection, account, utc_now())
    if as_json:
        print_json(story.as_json())
        return
    _show_recovery(console(), story)


@gps.command()
@json_option
def rules(as_json: bool) -> None:
    """Say when each kind of alert begins and ends, and how often devices are read, by the settings in force."""
    settings = session().settings.gps
    told, tiers = list(alert_rules(settings)), list(tier_lines(settings))
    if as_json:
        print_json({"alerts": [asdict(each) for each in told], "readings": [list(each) for each in tiers]})
        return
    table = Table("Alert", "Begins", "Ends", "")
    for each in told:
        table.add_row(each.kind.value, each.begins, each.ends, "" if each.raised else "switched off")
    console().print(table)
    for who, often in tiers:
        click.echo(f"{who}: read {often}")


@gps.group()
def geofences() -> None:
    """The lender's own places, as GeoJSON."""


@geofences.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@json_option
def check(file: Path, as_json: bool) -> None:
    """Show what is understood of FILE, or of all *.geojson in a folder; every mistake is named."""
    fences = open_geofences(file).fences
    if as_json:
        print_json([{"name": each.name, "kind": each.kind, "account": each.account} for each in fences])
        return
    table = Table("Kind", "Name", "Account")
    for each in fences:
        table.add_row(each.kind.value, Text(each.name), each.account)
    console().print(table)
    click.echo(f"{len(fences):,} geofences.")


def _show_alerts(screen: Console, found: list[Alert]) -> None:
    table = Table("Alert", "Status", "Kind", "Place", "Began (UTC)", "Ended (UTC)", "Why")
    for each in found:
        episode = each.episode
        ended = "" if episode.ended_at is None else f"{episode.ended_at:%Y-%m-%d %H:%M}"
        cells = (each.key, each.status.value, episode.kind.value, episode.place, f"{episode.began_at:%Y-%m-%d %H:%M}")
        table.add_row(*map(Text, (*cells, ended, f"{episode.why} {episode.ended_why}".strip())))
    screen.print(table)


def _show_device(screen: Console, story: DeviceStory) -> None:
    track = story.track
    screen.print(
        Text(f"Device {track.device_key}, VIN {track.vin or 'unknown'}, account {track.account or 'none'}", "bold")
    )
    if story.last_report_at is None:
        screen.print("It has not reported yet.")
    else:
        where = (
            f"{story.latitude}, {story.longitude} ({story.region or 'in no state'})" if story.latitude else "unknown"
        )
        volts = "" if story.volts is None else f", {story.volts:g} volts"
        screen.print(f"Last report {story.last_report_at:%Y-%m-%d %H:%M} UTC: {where}{volts}")
    often = f"every {story.every_minutes:,} minutes" if story.every_minutes else "each night"
    screen.print(f"It is read {often}; its account is {'' if story.watched else 'not '}watched.")
    if story.alerts:
        _show_alerts(screen, list(story.alerts))


def _show_recovery(screen: Console, story: RecoveryStory) -> None:
    judged = story.feasibility
    screen.print(Text(f"Account {judged.account}: {judged.verdict.value}", "bold"))
    for each in judged.reasons:
        screen.print(Text(f"  {each.verdict.value:<9} {each.text}"))
    devices = ", ".join(story.devices) or "none"
    screen.print(f"{story.situation.days_past_due} days past due. Devices: {devices}.")
    if not story.watched:
        screen.print("The account is not watched, so Salesforce shows no verdict.")
