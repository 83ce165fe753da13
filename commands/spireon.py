"""`drawbar spireon`: ask a device where it is, and see the geofences of its truck."""

from __future__ import annotations

import click

from drawbar.commands.session import json_option, print_json, session


@click.group()
def spireon() -> None:
    """Spireon's devices."""


@spireon.command()
@click.argument("serial")
@json_option
def locate(serial: str, as_json: bool) -> None:
    """Have device SERIAL say where it is; its answer comes with a later reading."""
    from drawbar.jobs.gps_hand import locate_spireon  # noqa: PLC0415  (keeps `drawbar --help` fast)

    taken = locate_spireon(session().hub, serial)
    if as_json:
        print_json({"serial": serial, "command": taken.command, "id": taken.id})
    else:
        click.echo(f"{serial} was asked (command {taken.id}). See where it is: drawbar run gps-delinquent")


@spireon.command()
@click.argument("serial")
@json_option
def geofences(serial: str, as_json: bool) -> None:
    """List the geofences that Spireon holds for the truck of device SERIAL."""
    from drawbar.jobs.gps_hand import spireon_geofences  # noqa: PLC0415

    found = spireon_geofences(session().hub, serial)
    if as_json:
        print_json([each.model_dump() for each in found])
        return
    for each in found:
        one, two = each.shape.point1, each.shape.point2
        corners = f"{one.latitude}, {one.longitude} to {two.latitude}, {two.longitude}"
        click.echo(f"{each.id} {each.name}: {each.shape.type.lower()} from {corners}")
    if not found:
        click.echo(f"Spireon holds no geofence for {serial}.")
