"""A task for the collector with each GPS alert, closed with the alert unless somebody has begun to work on it (P09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select

from drawbar.connectors.salesforce.records.gps_alert_task import OPEN_STATUS, TASK
from drawbar.connectors.salesforce.records.lease_account import LEASE_ACCOUNT
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.jobs.hub import Hub
from drawbar.mappings import gps_alert_task
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.gps.episodes import Alert
from drawbar.middleware.gps.kinds import AlertStatus
from drawbar.middleware.gps.tracks import Alerts
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.polled import PolledResult, PolledRun
from drawbar.middleware.sync.tables import derived_record

FEED: Final = "gps.tasks"
OPEN_PART, ENDED_PART = "alert task", "alert task ended"
"""Under these names the hub remembers tasks of alerts that go on, and of those that have ended."""

_COLLECTOR: Final = "Collector__c"
_CHUNK: Final = 200


def conclude_tasks(hub: Hub, run: PolledRun) -> PolledResult:
    """Queue a task for every alert that is open and has none, and tell the tasks of alerts that have ended.

    Salesforce is asked who the accounts' collectors are, and whether tasks of ended alerts were touched; a task that
    somebody has deleted stays deleted.
    """
    result = PolledResult(FEED, "GPS alerts")
    if not hub.gps.tasks:
        return result
    known = _keys(run, OPEN_PART)
    going_on = {each.key: each for each in Alerts(run.connection).find(open_only=True)}
    run.commit()
    for fresh in in_chunks([alert for key, alert in going_on.items() if key not in known], _CHUNK):
        _take(_raised(hub, fresh, run.now), ENDED_PART, run, result)
    for keys in in_chunks(sorted(known - going_on.keys()), _CHUNK):
        _take(_ended(hub, run, keys), OPEN_PART, run, result, gone=keys)
    return result


def _keys(run: PolledRun, part: str) -> set[str]:
    query = select(derived_record.c.key).where(
        derived_record.c.target == run.target,
        derived_record.c.object == TASK.api_name,
        derived_record.c.part == part,
    )
    return set(run.connection.execute(query).scalars())


def _raised(hub: Hub, alerts: Sequence[Alert], now: datetime) -> list[Conclusion]:
    users = _users(hub, sorted({each.account for each in alerts}))
    return [
        Conclusion(
            to_target(gps_alert_task.to_salesforce(each, users.get(each.account, ""), now=now)),
            part=OPEN_PART,
            why=f"alert raised: {each.episode.why}",
        )
        for each in alerts
    ]


def _users(hub: Hub, accounts: Sequence[str]) -> dict[str, str]:
    """Give the Salesforce user of the collector of each account, where the settings name one."""
    if not hub.gps.collectors:
        return {}
    found = hub.salesforce().read(LEASE_ACCOUNT.api_name, accounts, (_COLLECTOR,))
    users = {account: hub.gps.collectors.get(str(row[_COLLECTOR] or ""), "") for account, row in found.items()}
    return {account: user for account, user in users.items() if user}


def _ended(hub: Hub, run: PolledRun, keys: Sequence[str]) -> list[Conclusion]:
    alerts = _by_key(run.connection, keys)
    run.commit()
    held = hub.salesforce().read(TASK.api_name, keys, ("Status",))
    return [_end(alerts[key], held[key], run.now) for key in keys if key in held and key in alerts]


def _end(alert: Alert, held: Mapping[str, object], now: datetime) -> Conclusion:
    mapped = gps_alert_task.ended(alert, closes=held["Status"] == OPEN_STATUS, now=now)
    word = "withdrawn" if alert.status is AlertStatus.WITHDRAWN else "ended"
    return Conclusion(to_target(mapped), part=ENDED_PART, why=f"alert {word}: {alert.episode.ended_why}", own=False)


def _by_key(connection: Connection, keys: Sequence[str]) -> dict[str, Alert]:
    found: dict[str, Alert] = {}
    for account in {key.rpartition("-G")[0] for key in keys}:
        found.update({each.key: each for each in Alerts(connection).find(account=account)})
    return found


def _take(
    conclusions: Sequence[Conclusion], other: str, run: PolledRun, result: PolledResult, *, gone: Sequence[str] = ()
) -> None:
    """Queue what was concluded, and forget what was remembered of the same tasks under the `other` name."""
    derived = DerivedRecords(run.connection, run.target, run.bookkeeping)
    for counts in derived.conclude(conclusions, run_id=run.run_id, now=run.now).values():
        for name, count in asdict(counts).items():
            setattr(result, name, getattr(result, name) + count)
    keys = {*gone, *(each.record.key for each in conclusions)}
    run.connection.execute(
        delete(derived_record).where(
            derived_record.c.target == run.target,
            derived_record.c.object == TASK.api_name,
            derived_record.c.part == other,
            derived_record.c.key.in_(keys),
        )
    )
    result.read += len(keys)
    run.commit()
    run.progress(result.read)
