"""`make bench-gps`: what a night and a reading of delinquent trucks cost with a big fleet, in calls, pace and work.

Half of the trucks have a device of PassTime, half one of Spireon; both makers are the sandbox's, on loopback, in the
same process. Time passes only in the pace: "paced" are the seconds for which the connectors would have waited so as
not to call more often than the settings allow. Nothing is delivered to Salesforce.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Final

import click
from starlette.requests import Request

from drawbar.connectors.passtime.client import PassTimeClient
from drawbar.connectors.passtime.connector import PassTime
from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.connectors.spireon.client import SpireonClient
from drawbar.connectors.spireon.connector import Spireon
from drawbar.jobs.gps import GpsBookJob, GpsDelinquentJob
from drawbar.jobs.hub import Hub
from drawbar.jobs.polling import PollingJob
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.collections.records import AccountStanding
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.gps.devices import GpsDevices, LeaseVehicle
from drawbar.middleware.retry import Clocks
from drawbar.middleware.sync.polled import PolledRun
from drawbar.sandbox.gps.trucks import Maker, Truck, Yard
from drawbar.sandbox.leaseworks.vehicle_models import TRUCKS, make_vin
from drawbar.sandbox.passtime.vendor import DEALER, USER, PassTimeVendor, serial_of
from drawbar.sandbox.spireon import shapes
from drawbar.sandbox.spireon import vendor as spireon_vendor
from drawbar.sandbox.spireon.vendor import SpireonVendor
from tests.contracts.served_vendor import ServedVendor, serve_vendor

REPORT: Final = Path(__file__).parent.parent / "docs" / "gps-measured.md"
NOW: Final = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
_RULES: Final = frozenset({"alerts and recovery", "dispositions", "tasks"})
"""Readings that ask no maker."""


class Fleet(Yard):
    """Trucks that are made up, and not read from deliveries."""

    def __init__(self, maker: Maker, trucks: Sequence[Truck]) -> None:
        super().__init__(Path(), maker)
        self._all = tuple(trucks)

    def trucks(self) -> tuple[Truck, ...]:
        return self._all


class QuickPassTime(PassTimeVendor):
    """The simulated PassTime, which finds a device of many at once."""

    @cached_property
    def _known(self) -> dict[str, Truck]:
        return {serial_of(each): each for each in self.yard.trucks()}

    def _by_serial(self, serial: str) -> Truck | None:
        return self._known.get(serial)


class QuickSpireon(SpireonVendor):
    """The simulated Spireon, which finds a truck of many at once."""

    @cached_property
    def _known(self) -> dict[str, Truck]:
        return {shapes.asset_id(each): each for each in self.yard.trucks()}

    def _truck(self, request: Request) -> Truck | None:
        return self._known.get(request.path_params["id"])


@dataclass
class Pace:
    """Seconds for which the connectors wait, counted and not waited for."""

    seconds: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.seconds, lambda: NOW + timedelta(seconds=self.seconds), self.sleep)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one reading came to."""

    reading: str
    calls: int
    paced: float
    wall: float
    cpu: float
    read: int
    queued: int


@dataclass
class Scene:
    """The hub, and both makers with the calls that reached them."""

    hub: Hub
    makers: tuple[ServedVendor, ServedVendor]
    pace: Pace
    found: list[Figures] = field(default_factory=list)

    def read(self, job: PollingJob) -> None:
        """Do the readings of a job that ask makers, each in a run of its own."""
        for reading in job.readings(NOW):
            if reading.name not in _RULES:
                self._measure(reading.name, reading.take)

    def _measure(self, name: str, take: Callable[[PolledRun], object]) -> None:
        for maker in self.makers:
            maker.weather.clears()
        paced, wall, cpu = self.pace.seconds, time.monotonic(), time.process_time()
        with self.hub.engine.connect() as connection:
            run = PolledRun(
                connection, "salesforce", BOOKKEEPING, self.hub.reporter, f"run {name}", NOW, connection.commit,
                lambda _done: None,
            )  # fmt: skip
            result = take(run)
        calls = sum(len(each.weather.calls) for each in self.makers)
        counts = Counter({each: getattr(result, each) for each in ("read", "created", "changed")})
        self.found.append(
            Figures(
                name, calls, self.pace.seconds - paced, time.monotonic() - wall, time.process_time() - cpu,
                counts["read"], counts["created"] + counts["changed"],
            )
        )  # fmt: skip


@contextmanager
def _scene(folder: Path, devices: int, delinquent: int, nightly: int) -> Iterator[Scene]:
    trucks = [Truck(make_vin(TRUCKS[0], 2021, each), "Volvo", "VNL", 2021, "White") for each in range(1, devices + 1)]
    passtime = QuickPassTime(folder / "passtime", Fleet("PassTime", trucks[::2]), clock=lambda: NOW)
    spireon = QuickSpireon(folder / "spireon", Fleet("Spireon", trucks[1::2]), clock=lambda: NOW)
    passtime.write_export()
    with serve_vendor(passtime.routes()) as first, serve_vendor(spireon.routes()) as second:
        settings = Settings.model_validate({
            "data_folder": folder, "leaseworks": {"surface": "folder", "folder": {"path": folder}},
            "passtime": {
                "url": first.url, "dealer_number": DEALER, "username": USER, "password": passtime.password(),
                "portal": {"folder": passtime.exports}, "nightly_calls": nightly,
            },
            "spireon": {
                "url": second.url + spireon_vendor.BASE, "identity_url": second.url, "app_token": spireon.app_token(),
                "username": spireon_vendor.USER, "password": spireon.password(),
            },
        })  # fmt: skip
        hub, pace = open_hub(settings), Pace()
        upgrade(hub.engine)
        _take_book(hub, trucks, delinquent)
        yield Scene(_at_this_pace(hub, settings, pace), (first, second), pace)
        hub.engine.dispose()


def _at_this_pace(hub: Hub, settings: Settings, pace: Pace) -> Hub:
    assert settings.passtime is not None
    assert settings.spireon is not None
    return replace(
        hub, clock=lambda: NOW,
        passtime=PassTime(settings.passtime, PassTimeClient(settings.passtime, clocks=pace.clocks)),
        spireon=Spireon(settings.spireon, SpireonClient(settings.spireon, clocks=pace.clocks)),
    )  # fmt: skip


def _take_book(hub: Hub, trucks: Sequence[Truck], delinquent: int) -> None:
    """Know every truck's account, and let the first accounts be delinquent."""
    leased = [LeaseVehicle(f"VH{number:08d}", each.vin, f"LW{number:08d}") for number, each in enumerate(trucks, 1)]
    late = [
        AccountStanding(
            f"LW{number:08d}", f"LS{number:08d}", "TRK", True, date(2026, 1, 1), Decimal("500.00"), Decimal("0.00"), 1,
            None, Decimal("500.00"), NOW,
        )
        for number in range(1, delinquent + 1)
    ]  # fmt: skip
    with hub.engine.begin() as connection:
        GpsDevices(connection).take_vehicles(leased)
        book = CollectionsBook(connection, hub.collections)
        book.take_standings(late)
        assert sum(1 for _ in book.assess(NOW.date(), NOW)) == delinquent


def _report(found: Sequence[Figures], devices: int, delinquent: int) -> str:
    loads = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    lines = [
        "# GPS readings, as measured",
        "",
        f"Written by `make bench-gps`: {devices:,} devices, half of each maker, {delinquent:,} accounts delinquent, at "
        f"the pace that the settings have by default. {platform.machine()}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}, SQLite; hub and both simulated makers are one process; load averages {loads} at "
        "the end. `paced` is how long the connectors would have waited so as not to call too often, and is what a "
        "reading takes in the end; wall and CPU are the work of all three. Nothing was delivered to Salesforce.",
        "",
        "| Reading | calls | paced min | wall s | CPU s | records read | records queued |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.reading} | {each.calls:,} | {each.paced / 60:.1f} | {each.wall:.1f} | {each.cpu:.1f} "
        f"| {each.read:,} | {each.queued:,} |"
        for each in found
    ]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--devices", default=100_000, show_default=True, type=click.IntRange(100))
@click.option("--delinquent", default=5_000, show_default=True, type=click.IntRange(1))
@click.option("--nightly", default=2_000, show_default=True, help="PassTime devices that are asked in the night.")
@click.option("--report", "path", default=REPORT, type=click.Path(path_type=Path))
def main(devices: int, delinquent: int, nightly: int, path: Path) -> None:
    """Read the whole book once, and the delinquent trucks once; print the figures and write them."""
    with (
        tempfile.TemporaryDirectory(prefix="drawbar-bench-") as made,
        _scene(Path(made), devices, delinquent, nightly) as scene,
    ):
        scene.read(GpsBookJob(scene.hub))
        scene.read(GpsDelinquentJob(scene.hub))
        text = _report(scene.found, devices, delinquent)
    click.echo(text)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
