"""Where trucks are, into Salesforce: the whole book each night, trucks of delinquent accounts often (P07, P10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from drawbar.connectors.passtime.connector import PassTime, last_locates
from drawbar.connectors.salesforce.records.gps_device import GPS_DEVICE
from drawbar.connectors.salesforce.records.gps_position import GPS_POSITION
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.connectors.spireon.connector import Spireon, WantedTruck
from drawbar.jobs.gps_orders import ordered_accounts, read_orders
from drawbar.jobs.gps_rules import conclude_gps
from drawbar.jobs.gps_tasks import conclude_tasks
from drawbar.jobs.polling import PollingJob, Reading
from drawbar.jobs.vehicles import take_kept_vehicles
from drawbar.mappings import gps_device, gps_position, gps_vehicle
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.gps.devices import Directory, GpsDevices, KnownDevice
from drawbar.middleware.gps.intake import take_reports as take_for_rules
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.polled import PolledFeed, PolledResult, PolledRun, Refused

PART = "gps"
"""Under this name the hub remembers what was sent, whichever surface it came from."""

EXPORTS = "passtime.exports"
DEVICES = "passtime.devices"
BOOK = "spireon.book"
MOVEMENTS = "spireon.movements"

_OWN = frozenset({GPS_DEVICE.api_name, GPS_POSITION.api_name})


@dataclass(frozen=True, slots=True)
class GpsBookJob(PollingJob):
    """Reads every device: PassTime's portal exports and devices, Spireon's whole book."""

    def readings(self, now: datetime) -> Sequence[Reading]:
        passtime, spireon = _makers(self)
        found: list[Reading] = []
        if passtime and passtime.settings.portal.folder:
            found.append(Reading("PassTime exports", partial(self._exports, passtime)))
        if passtime and passtime.interface:
            found.append(Reading("PassTime devices", partial(self._devices, passtime, now)))
        if spireon:
            found.append(Reading("Spireon book", partial(self._book, spireon, now)))
        return [
            *found,
            Reading("alerts and recovery", partial(conclude_gps, self.hub)),
            Reading("tasks", partial(conclude_tasks, self.hub)),
        ]

    def _exports(self, passtime: PassTime, run: PolledRun) -> PolledResult:
        """Take the exports that came since the last reading, in their order."""
        last = run.cursor(EXPORTS)
        marks = {f"{path.stat().st_mtime_ns:020d} {path.name}": path for path in passtime.exports()}
        fresh = {mark: path for mark, path in marks.items() if mark > last}
        reports = (report for path in fresh.values() for report in passtime.export(path))
        names = ", ".join(path.name for path in fresh.values()) or "no new export"
        take_kept_vehicles(self.hub, run)
        return take_reports(run, EXPORTS, reports, source=names, cursor=max(fresh, default=last))

    def _devices(self, passtime: PassTime, now: datetime, run: PolledRun) -> PolledResult:
        """Ask PassTime's devices one by one, at most `nightly_calls` of them: those first that waited longest."""
        take_kept_vehicles(self.hub, run)
        known = [each for each in GpsDevices(run.connection).known("PassTime") if each.device.active]
        longest_first = sorted(known, key=lambda each: (each.last_read is not None, each.last_read or now))
        asked = [each.device for each in longest_first[: passtime.settings.nightly_calls]]
        run.commit()
        reports = last_locates(passtime.client, asked)
        result = take_reports(run, DEVICES, reports, source="PassTime", asked=now)
        if len(known) > len(asked):
            result.notices.append(f"{len(known) - len(asked)} devices were left for the next nights (nightly_calls)")
        return result

    def _book(self, spireon: Spireon, now: datetime, run: PolledRun) -> PolledResult:
        take_kept_vehicles(self.hub, run)
        return take_reports(run, BOOK, spireon.book(), source="Spireon", asked=now)


@dataclass(frozen=True, slots=True)
class GpsDelinquentJob(PollingJob):
    """Reads the devices of delinquent accounts' trucks, with their movement history."""

    def readings(self, now: datetime) -> Sequence[Reading]:
        passtime, spireon = _makers(self)
        found: list[Reading] = []
        if passtime and passtime.interface:
            found.append(Reading("PassTime delinquent", partial(self._passtime, passtime, now)))
        if spireon:
            found.append(Reading("Spireon delinquent", partial(self._spireon, spireon, now)))
        return [
            *found,
            Reading("alerts and recovery", partial(conclude_gps, self.hub)),
            Reading("dispositions", partial(read_orders, self.hub)),  # last: a Salesforce that rests keeps nothing back
            Reading("tasks", partial(conclude_tasks, self.hub)),
        ]

    def _passtime(self, passtime: PassTime, now: datetime, run: PolledRun) -> PolledResult:
        known = GpsDevices(run.connection).known("PassTime")
        wanted = [each.device for each in self._due(run.connection, known, now)]
        run.commit()
        reports = last_locates(passtime.client, wanted)
        return take_reports(run, DEVICES, reports, source="PassTime", asked=now, history=True)

    def _spireon(self, spireon: Spireon, now: datetime, run: PolledRun) -> PolledResult:
        known = GpsDevices(run.connection).known("Spireon")
        wanted = [
            WantedTruck(each.device, each.reference, each.read_until) for each in self._due(run.connection, known, now)
        ]
        run.commit()
        reports = spireon.movements(wanted, len(known), now)
        return take_reports(run, MOVEMENTS, reports, source="Spireon", asked=now, history=True)

    def _due(self, connection: Connection, known: Sequence[KnownDevice], now: datetime) -> list[KnownDevice]:
        """Give the devices that are due now, by how late their accounts are; a history counts from where it ended."""
        plan = self.hub.gps.reading_plan
        today = now.astimezone(self.hub.zone).date()
        late = CollectionsBook(connection, self.hub.collections).delinquent(today)
        ordered = ordered_accounts(connection)
        return [
            each
            for each in known
            if (account := each.device.account) in late
            and plan.due(each.device, late[account], _read_at(each), now, ordered=account in ordered)
        ]


def _read_at(known: KnownDevice) -> datetime | None:
    """Say until when all is known of a device: Spireon has a movement history, which the nightly reading leaves out."""
    return known.read_until if known.device.vendor == "Spireon" else known.last_read


def _makers(job: PollingJob) -> tuple[PassTime | None, Spireon | None]:
    passtime, spireon = job.hub.passtime, job.hub.spireon
    if passtime is None and spireon is None:
        raise ConfigError("no GPS maker is configured", remedy="Add [passtime] or [spireon] to drawbar.toml.")
    return passtime, spireon


def take_reports(
    run: PolledRun,
    feed: str,
    reports: Iterable[DeviceReport | Refused],
    *,
    source: str,
    asked: datetime | None = None,
    history: bool = False,
    cursor: str = "",
) -> PolledResult:
    """Take reports in, completed by what the hub knows of trucks and devices; `history` keeps every position.

    `asked` is when the devices were asked for; none for exports, which say what was known when they were made.
    """
    directory = GpsDevices(run.connection).directory()
    run.commit()  # no transaction stays open while a maker is waited for
    polled = PolledFeed(
        name=feed,
        concerns=GPS_DEVICE.api_name,
        key_of=lambda report: report.device.key,
        to_targets=partial(_targets, history=history),
        own=_OWN,
        absorb=partial(_absorb, asked),
        part=PART,
        known_as=lambda report: [report.reference] if report.reference else [],
    )
    return run.take(polled, _completed(directory, reports), source=source, cursor=lambda: cursor)


def _absorb(asked: datetime | None, connection: Connection, reports: Sequence[DeviceReport]) -> None:
    GpsDevices(connection).absorb(reports, asked=asked)
    take_for_rules(connection, reports, asked_at=asked)


def _completed(directory: Directory, reports: Iterable[DeviceReport | Refused]) -> Iterator[DeviceReport | Refused]:
    for each in reports:
        yield each if isinstance(each, Refused) else directory.complete(each)


def _targets(report: DeviceReport, now: datetime, *, history: bool) -> Iterator[TargetRecord]:
    yield to_target(gps_device.to_salesforce(report, now=now))
    if report.position is not None and report.vehicle and report.leads:
        yield to_target(gps_vehicle.to_salesforce(report.vehicle, report.position, now=now))
    for position in report.track if history else ():
        yield to_target(gps_position.to_salesforce(position, now=now))
