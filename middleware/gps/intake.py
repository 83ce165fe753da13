"""Takes in what makers' systems say of devices, for the rules: each report once, in whatever order they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.gps.readings import Reading, in_order, of_event, of_position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.gps.tracks import Track, Tracks

_CHUNK: Final = 200


def take_reports(connection: Connection, reports: Sequence[DeviceReport], *, asked_at: datetime | None) -> None:
    """Take what a maker said of some devices when it was asked at `asked_at`.

    Without `asked_at` (an export of a time that nobody knows) it counts as asked when the newest of these reports was
    made. The same report again changes nothing. One that is older than the device's newest by more than `overlap_hours`
    comes too late for alerts once the rules have looked.
    """
    asked = asked_at or max((each.newest.at for each in reports if each.newest is not None), default=None)
    tracks = Tracks(connection)
    for chunk in in_chunks(reports, _CHUNK):
        known = _meet(tracks, chunk, asked)
        readings = [each for report in chunk for each in _readings(report)]
        for some in in_chunks(readings, _CHUNK):
            news = tracks.add([each for each in some if _in_time(each, known[each.device_key])])
            tracks.save([replace(known[key], fresh=True) for key in sorted(news)], known.keys())


def _meet(tracks: Tracks, reports: Sequence[DeviceReport], asked_at: datetime | None) -> dict[str, Track]:
    before = tracks.load({each.device.key for each in reports})
    after = dict(before)
    for device in (each.device for each in reports):
        known = after.get(device.key) or Track(device.key, device.vin, device.account, device.active, fresh=False)
        asked = max((each for each in (known.asked_at, asked_at) if each is not None), default=None)
        after[device.key] = replace(
            known, vin=device.vin or known.vin, account=device.account, active=device.active, asked_at=asked
        )
    tracks.save(list(after.values()), before.keys())
    return after


def _readings(report: DeviceReport) -> list[Reading]:
    positions = (*report.track, *((report.position,) if report.position is not None else ()))
    return in_order([*map(of_position, positions), *map(of_event, report.events)])


def _in_time(reading: Reading, track: Track) -> bool:
    return track.followed_until is None or reading.at > track.followed_until
