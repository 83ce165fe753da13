"""`drawbar passtime` and `drawbar spireon`, and a rehearsal of reading all trucks, by the real command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.gps.devices import GpsDevices
from drawbar.middleware.gps.records import Device
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.sandbox.passtime.vendor import PassTimeVendor, serial_of
from drawbar.sandbox.spireon import shapes
from drawbar.sandbox.spireon.vendor import SpireonVendor
from drawbar.sandbox.vendors import Vendor
from tests.commands.story import Done
from tests.connectors.gps_vendors import simulated_passtime, simulated_spireon, some_trucks
from tests.contracts.served_vendor import serve_vendor
from tests.processes import typed


def _table(vendor: Vendor, url: str) -> str:
    """Give a vendor's table of drawbar.toml as `drawbar init --sandbox` writes it."""
    lines = [f"[{vendor.section}]"]
    for name, value in vendor.where_found(url).items():
        inner = f"{{ folder = {json.dumps(value['folder'])} }}" if isinstance(value, dict) else json.dumps(value)
        lines.append(f"{name} = {inner}")
    return "\n".join(lines)


def _say(folder: Path, commands: dict[str, list[str]]) -> dict[str, Done]:
    """Type commands one after the other."""
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "COLUMNS": "160"}
    answers = {name: typed(*words, folder=folder, variables=environment) for name, words in commands.items()}
    return {name: Done(each.args, each.returncode, each.stdout, each.stderr) for name, each in answers.items()}


def _hub(folder: Path, tables: list[str], device: DeviceReport) -> None:
    """Write settings, and a database that knows one Spireon device."""
    settings = [f"data_folder = {json.dumps(str(folder))}", '[leaseworks]\nsurface = "folder"']
    settings += [f"[leaseworks.folder]\npath = {json.dumps(str(folder / 'leaseworks'))}", *tables]
    (folder / "drawbar.toml").write_text("\n".join(settings), encoding="utf-8")
    engine = open_database(f"sqlite:///{folder / 'drawbar.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        GpsDevices(connection).absorb([device], asked=None)
    engine.dispose()


@pytest.fixture
def makers(tmp_path: Path) -> tuple[PassTimeVendor, SpireonVendor]:
    files = some_trucks(tmp_path / "leaseworks")
    return simulated_passtime(tmp_path, files), simulated_spireon(tmp_path, files)


def test_devices_are_mapped_asked_and_rehearsed_by_command(
    tmp_path: Path, makers: tuple[PassTimeVendor, SpireonVendor]
) -> None:
    passtime, spireon = makers
    truck, held = spireon.yard.trucks()[0], passtime.yard.trucks()
    known = DeviceReport(
        Device(shapes.serial_of(truck), "Spireon", truck.vin, "", True), reference=shapes.asset_id(truck)
    )
    file = str(passtime.write_export())
    with serve_vendor(passtime.routes()) as first, serve_vendor(spireon.routes()) as second:
        _hub(tmp_path, [_table(passtime, first.url), _table(spireon, second.url)], known)
        done = _say(
            tmp_path,
            {
                "rehearsed map": ["passtime", "map", file, "--dry-run", "--json"],
                "nothing mapped": ["passtime", "starter", "request", serial_of(held[0]), "disable", "--reason", "late"],
                "mapped": ["passtime", "map", file],
                "asked for": ["passtime", "starter", "list", "--json"],
                "fences": ["spireon", "geofences", known.device.serial],
                "fences as JSON": ["spireon", "geofences", known.device.serial, "--json"],
                "asked": ["spireon", "locate", known.device.serial, "--json"],
                "nobody": ["spireon", "locate", "BSH0"],
                "rehearsed": ["run", "gps-book", "--dry-run", "--json"],
                "jobs": ["jobs", "--json"],
            },
        )

    assert (done["rehearsed map"].json["devices"], done["rehearsed map"].json["kept"]) == (len(held), False)
    assert (done["nothing mapped"].code, "starter commands are off" in done["nothing mapped"].err) == (3, True)
    assert f"{len(held)} devices kept" in done["mapped"].out
    assert done["asked for"].json == []
    assert "Home of" in done["fences"].out
    assert len(done["fences as JSON"].json) == 1
    assert done["asked"].json["command"] == "locate"
    assert (done["nobody"].code, "drawbar run gps-book" in done["nobody"].err) == (2, True)
    read = done["rehearsed"].json["read"]
    assert read["PassTime devices"]["read"] == len(held)
    assert read["Spireon book"]["created"] == len(spireon.yard.trucks())
    assert {each["job"]: each["schedule"] for each in done["jobs"].json}["gps-book"] == "0 1 * * *"
