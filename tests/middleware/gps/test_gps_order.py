"""Whatever order reports come in, and however often: the same alerts; and no alert flaps within its margin (P09)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.gps.book import GpsBook
from drawbar.middleware.gps.episodes import Episode
from drawbar.middleware.gps.intake import take_reports
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.readings import in_order, of_position
from drawbar.middleware.gps.records import DeviceEvent, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.gps.signals import Signals, Watched
from drawbar.middleware.gps.tracks import Alerts
from drawbar.middleware.gps.trail import Trail
from tests.middleware.gps.samples import (
    ACCOUNT,
    DEVICE,
    HOME,
    HOUSTON,
    LAREDO,
    LATE,
    PORT,
    SHREVEPORT,
    TABLES,
    TULSA,
    YARD,
    at,
    event,
    hours,
    scene,
)

Report = Position | DeviceEvent
CALM = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

positions = st.builds(
    at,
    st.sampled_from([HOUSTON, TULSA, SHREVEPORT, LAREDO, YARD, PORT, HOME]),
    st.integers(0, 40).map(lambda half: half / 2),
    volts=st.sampled_from([None, 12.6, 11.7, 11.3, 6.2, 5.0]),
)
events = st.builds(
    event, st.sampled_from(["power_low", "moving"]), st.integers(0, 20), st.sampled_from(["e-1", "e-2", "e-3"])
)
reports = st.lists(positions | events, min_size=1, max_size=10)


@pytest.fixture(scope="module")
def engine_of_rules() -> Iterator[Engine]:
    engine = open_database("sqlite://")
    metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


def alerts_after(engine: Engine, told: Sequence[Sequence[Report]], now: float) -> set[Episode]:
    """Give the spells of all alerts that stand once the groups have been taken, the rules looking after each."""
    rules = GpsSettings(silent_hours=30)
    with engine.connect() as connection:
        book = GpsBook(connection, rules)
        for some in told:
            found = tuple(each for each in some if isinstance(each, Position))
            happened = tuple(each for each in some if isinstance(each, DeviceEvent))
            take_reports(connection, [DeviceReport(DEVICE, track=found, events=happened)], asked_at=hours(now))
            for _ in book.conclude({ACCOUNT: LATE}, scene(), hours(now)):
                pass
        standing = {each.episode for each in Alerts(connection).find(account=ACCOUNT) if not each.withdrawn}
        connection.rollback()
    return standing


@pytest.mark.spec("P09")
@pytest.mark.fault(24)
@settings(max_examples=20, deadline=None, suppress_health_check=CALM)
@given(told=reports, data=st.data(), now=st.sampled_from([20, 35, 60]))
def test_reports_in_any_order_and_number_give_the_same_alerts(
    engine_of_rules: Engine, told: list[Report], data: st.DataObject, now: float
) -> None:
    expected = alerts_after(engine_of_rules, [told], now)

    again = data.draw(st.lists(st.sampled_from(told), max_size=4))
    shuffled = data.draw(st.permutations([*told, *again]))
    cut = sorted(data.draw(st.sets(st.integers(1, len(shuffled)), max_size=3)))
    groups = [shuffled[begin:end] for begin, end in zip([0, *cut], [*cut, len(shuffled)], strict=True)]

    assert alerts_after(engine_of_rules, groups, now) == expected


def followed(spots: Sequence[float]) -> list[Episode]:
    """Follow a vehicle on the road from Texas to Shreveport, at so many miles beyond the border; give its spells."""
    rules = GpsSettings()
    line = SHREVEPORT.longitude - LINE_MILES / MILES_PER_DEGREE
    readings = [
        of_position(at(type(SHREVEPORT)(SHREVEPORT.latitude, line + miles / MILES_PER_DEGREE), hour))
        for hour, miles in enumerate(spots)
    ]
    trail = Trail(None)
    trail.follow(in_order(readings), Signals(Watched(ACCOUNT, frozenset({"TX"})), scene(with_home=False), rules))
    return [each for each in trail.episodes if each.kind is AlertKind.LEFT_STATE]


MILES_PER_DEGREE = 58.3
LINE_MILES = 17.0
"""Shreveport's distance from Texas."""

inside = st.floats(-30, -1)
margin = st.floats(0.5, 4.5)
outside = st.floats(5.5, 60)


@pytest.mark.spec("P09")
@settings(max_examples=25, deadline=None)
@given(spots=st.lists(inside | margin, min_size=1, max_size=12))
def test_no_way_within_the_margin_raises_an_alert(spots: list[float]) -> None:
    assert followed(spots) == []


@pytest.mark.spec("P09")
@settings(max_examples=25, deadline=None)
@given(first=outside, spots=st.lists(margin | outside, max_size=12))
def test_no_way_that_never_comes_back_inside_ends_an_alert_or_raises_a_second(first: float, spots: list[float]) -> None:
    (alert,) = followed([first, *spots])
    assert (alert.began_at, alert.ended_at) == (hours(0), None)
