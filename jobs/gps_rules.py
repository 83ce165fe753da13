"""The GPS rules at work: alerts and verdicts on recovery, out of what makers' systems said (P08, P09, P29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select

from drawbar.connectors.salesforce.records.geofence import GEOFENCE
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.jobs.gps_accounts import account_situations, take_kept_lessees
from drawbar.jobs.gps_orders import read_orders
from drawbar.jobs.gps_tasks import conclude_tasks
from drawbar.jobs.hub import Hub
from drawbar.jobs.polling import PollingJob, Reading
from drawbar.mappings import gps_alert, gps_geofence, gps_recovery
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.gps.book import GpsBook
from drawbar.middleware.gps.boundaries import open_boundaries
from drawbar.middleware.gps.episodes import Alert
from drawbar.middleware.gps.feasibility import Feasibility
from drawbar.middleware.gps.geofences import Geofences, open_geofences
from drawbar.middleware.gps.scene import Scene
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.polled import PolledResult, PolledRun
from drawbar.middleware.sync.tables import derived_record

FEED = "gps.rules"
RECOVERY_PART = "recovery"
FENCE_PART = "fence"
_CHUNK = 500


def open_scene(settings: GpsSettings) -> Scene:
    """Read boundaries and geofences; raises ConfigError that says what is wrong with a geofence."""
    return Scene(open_boundaries(), open_geofences(settings.geofences))


def conclude_gps(hub: Hub, run: PolledRun) -> PolledResult:
    """Raise and end alerts, judge recovery, and queue what differs; the last reading of every job that reads devices.

    `read` counts the alerts and accounts that were looked at. It may be done again: what is concluded already stays as
    it is, and what was not committed when the process died is concluded then.
    """
    result = PolledResult(FEED, "GPS reports and collections")
    scene = open_scene(hub.gps)
    take_kept_lessees(hub, run.connection)
    _show_fences(scene.geofences, run, result)
    situations = account_situations(hub, run.connection, run.now)
    book = GpsBook(run.connection, hub.gps)
    for alerts in book.conclude(situations, scene, run.now):
        _take([_alert_conclusion(each, run.now) for each in alerts], run, result)
    judged: set[str] = set()
    for chunk in in_chunks(book.recovery(situations, scene, run.now), _CHUNK):
        _take([_recovery_conclusion(each, run.now) for each in chunk], run, result)
        judged |= {each.account for each in chunk}
    before = _concluded(run, LEASE_ACCOUNT.api_name, RECOVERY_PART)
    for gone in in_chunks((each for each in before if each not in judged), _CHUNK):
        _take([_no_recovery(each, run.now) for each in gone], run, result)
    return result


def _take(conclusions: Sequence[Conclusion], run: PolledRun, result: PolledResult) -> None:
    derived = DerivedRecords(run.connection, run.target, run.bookkeeping)
    for counts in derived.conclude(conclusions, run_id=run.run_id, now=run.now).values():
        for name, count in asdict(counts).items():
            setattr(result, name, getattr(result, name) + count)
    result.read += len(conclusions)
    run.commit()
    run.progress(result.read)


def _alert_conclusion(alert: Alert, now: datetime) -> Conclusion:
    why = f"{alert.status.value}: {alert.episode.ended_why or alert.episode.why}"
    return Conclusion(to_target(gps_alert.to_salesforce(alert, now=now)), part="alert", why=why)


def _recovery_conclusion(feasibility: Feasibility, now: datetime) -> Conclusion:
    mapped = to_target(gps_recovery.to_salesforce(feasibility, now=now))
    return Conclusion(mapped, part=RECOVERY_PART, why=feasibility.reasons[0].text, own=False)


def _no_recovery(account: str, now: datetime) -> Conclusion:
    mapped = to_target(gps_recovery.none_for(account, now=now))
    return Conclusion(mapped, part=RECOVERY_PART, why="the account is no longer watched", own=False)


def _concluded(run: PolledRun, object_name: str, part: str) -> list[str]:
    """Name the records that former runs have concluded something of."""
    query = select(derived_record.c.key).where(
        derived_record.c.target == run.target, derived_record.c.object == object_name, derived_record.c.part == part
    )
    return list(run.connection.execute(query.order_by(derived_record.c.key)).scalars())


def _show_fences(geofences: Geofences, run: PolledRun, result: PolledResult) -> None:
    """Show the places on maps; those that the files lack by now are hidden."""
    mapped = [to_target(gps_geofence.to_salesforce(each, now=run.now)) for each in geofences.fences]
    there = {each.key for each in mapped}
    gone = [key for key in _concluded(run, GEOFENCE.api_name, FENCE_PART) if key not in there]
    hidden = [to_target(gps_geofence.removed(key, now=run.now)) for key in gone]
    for chunk in in_chunks([*mapped, *hidden], _CHUNK):
        _take([Conclusion(each, part=FENCE_PART, why="as the geofence files say") for each in chunk], run, result)


@dataclass(frozen=True, slots=True)
class GpsRulesJob(PollingJob):
    """Concludes without asking makers: time alone makes a device silent, and another account watched."""

    def readings(self, now: datetime) -> Sequence[Reading]:  # noqa: ARG002  (each reading is told its run's time)
        return [
            Reading("dispositions", partial(read_orders, self.hub)),
            Reading("alerts and recovery", partial(conclude_gps, self.hub)),
            Reading("tasks", partial(conclude_tasks, self.hub)),
        ]
