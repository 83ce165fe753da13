"""Alerts out of what devices report, on both databases (P09, P29)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, func, select

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.gps.accounts import AccountSituation
from drawbar.middleware.gps.book import ELSEWHERE, NOT_WATCHED, SWITCHED_OFF, GpsBook
from drawbar.middleware.gps.episodes import WITHDRAWN, Alert
from drawbar.middleware.gps.intake import take_reports
from drawbar.middleware.gps.kinds import AlertKind, AlertStatus
from drawbar.middleware.gps.records import DeviceEvent, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.gps.tables import gps_reading
from drawbar.middleware.gps.tracks import Alerts
from tests.middleware.gps.samples import (
    ACCOUNT,
    DEVICE,
    HOME,
    HOUSTON,
    LAREDO,
    LATE,
    NUEVO_LAREDO,
    PORT,
    SHREVEPORT,
    TABLES,
    TULSA,
    YARD,
    at,
    east_of,
    event,
    hours,
    scene,
)
from tests.postgres import create_database

NO_HOME = scene(with_home=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """One database of each kind for all tests that roll back."""
    on_sqlite = request.param == "sqlite"
    engine = open_database("sqlite://" if on_sqlite else create_database(request.getfixturevalue("postgres")))
    metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(shared_engine: Engine) -> Iterator[Connection]:
    with shared_engine.connect() as connection:
        yield connection
        connection.rollback()


class Hub:
    """The book, with what a job does around it."""

    def __init__(self, connection: Connection, settings: GpsSettings | None = None) -> None:
        self.connection = connection
        self.settings = settings or GpsSettings()
        self.situations = {ACCOUNT: LATE}

    def hears(
        self,
        *reports: Position | DeviceEvent,
        now: float,
        situation: AccountSituation | None = None,
        with_home: bool = False,
    ) -> list[Alert]:
        """Take reports and conclude at an hour; gives the alerts that the rules have to tell of."""
        positions = [each for each in reports if isinstance(each, Position)]
        events = [each for each in reports if isinstance(each, DeviceEvent)]
        book = GpsBook(self.connection, self.settings)
        report = DeviceReport(DEVICE, track=tuple(positions), events=tuple(events))
        take_reports(self.connection, [report], asked_at=hours(now))
        situations = self.situations if situation is None else {situation.account: situation}
        told = book.conclude(situations, scene(with_home=with_home), hours(now))
        return [alert for some in told for alert in some]

    def all(self) -> list[tuple[str, str, AlertStatus]]:
        """Give kind, place and status of every alert, by number."""
        found = sorted(Alerts(self.connection).find(account=ACCOUNT), key=lambda each: each.sequence)
        return [(each.episode.kind.value, each.episode.place, each.status) for each in found]


@pytest.fixture
def hub(connection: Connection) -> Hub:
    return Hub(connection)


@pytest.mark.spec("P09", "P29")
def test_a_vehicle_that_leaves_its_home_state_raises_one_alert_until_it_is_back(hub: Hub) -> None:
    assert hub.hears(at(HOUSTON, 0), now=0) == []

    (raised,) = hub.hears(at(TULSA, 6), now=6)
    assert (raised.key, raised.case_key, raised.status) == (f"{ACCOUNT}-G0001", LATE.case_key, AlertStatus.OPEN)
    assert raised.episode.why == "In OK, 155 miles from TX."
    assert raised.episode.began_at == hours(6)

    (same,) = hub.hears(at(SHREVEPORT, 9), now=9)
    assert same == raised
    (ended,) = hub.hears(at(HOUSTON, 12), now=12)
    assert (ended.key, ended.status, ended.episode.ended_at) == (raised.key, AlertStatus.ENDED, hours(12))
    assert hub.hears(at(HOUSTON, 13), now=13) == []


@pytest.mark.spec("P09")
def test_driving_along_a_border_between_states_does_not_make_an_alert_flap(hub: Hub) -> None:
    just_outside, well_outside = (SHREVEPORT, TULSA)
    line = replace(SHREVEPORT, longitude=-94.0435)  # Texas ends there
    to_and_fro = [at(east_of(line, miles), hour) for hour, miles in enumerate([-2, 3, -1, 4, -2, 4.5, 2])]

    assert hub.hears(*to_and_fro, now=7) == []

    (out,) = hub.hears(at(just_outside, 8), now=8)
    hub.hears(*(at(east_of(line, miles), 9 + hour) for hour, miles in enumerate([3, 8, 1, 7])), now=14)
    assert hub.all() == [("left_state", "", AlertStatus.OPEN)]
    assert out.episode.began_at == hours(8)
    hub.hears(at(well_outside, 20), now=20)
    assert hub.all() == [("left_state", "", AlertStatus.OPEN)]


@pytest.mark.spec("P09")
def test_leaving_home_and_entering_a_watched_area_are_told_by_name(hub: Hub) -> None:
    assert hub.hears(at(HOME, 0), now=0, with_home=True) == []

    away = hub.hears(at(PORT, 3), now=3, with_home=True)

    assert [(each.episode.kind, each.episode.place) for each in away] == [
        (AlertKind.ENTERED_GEOFENCE, "Port of Houston"),
        (AlertKind.LEFT_GEOFENCE, ""),
    ]
    assert "miles from Lessee's lot" in away[1].episode.why
    back = hub.hears(at(HOME, 5), now=5, with_home=True)
    assert {each.status for each in back} == {AlertStatus.ENDED}


@pytest.mark.spec("P08", "P09")
def test_a_device_that_says_nothing_for_long_enough_is_silent_until_it_reports(hub: Hub) -> None:
    hub.hears(at(HOUSTON, 0), now=0)
    assert hub.hears(now=47.9) == []

    (silent,) = hub.hears(now=48)
    assert (silent.episode.kind, silent.episode.began_at) == (AlertKind.SILENT, hours(0))
    assert hub.hears(now=60) == [silent]

    (ended,) = hub.hears(at(HOUSTON, 70), now=70)
    assert (ended.status, ended.episode.ended_at) == (AlertStatus.ENDED, hours(70))
    assert hub.hears(now=118) != []
    assert hub.all() == [("silent", "", AlertStatus.ENDED), ("silent", "", AlertStatus.OPEN)]


def test_a_device_is_not_silent_because_nobody_asked(hub: Hub) -> None:
    hub.hears(at(HOUSTON, 0), now=1)
    book = GpsBook(hub.connection, hub.settings)

    assert [each for some in book.conclude(hub.situations, NO_HOME, hours(200)) for each in some] == []


@pytest.mark.spec("P09")
def test_a_silence_that_late_reports_contradict_is_withdrawn_and_told(hub: Hub) -> None:
    hub.hears(at(HOUSTON, 0), now=0)
    hub.hears(now=50)

    (withdrawn,) = hub.hears(at(HOUSTON, 20), now=51)

    assert (withdrawn.status, withdrawn.episode.ended_why) == (AlertStatus.WITHDRAWN, WITHDRAWN)


@pytest.mark.spec("P08", "P09")
def test_low_and_lost_power_begin_and_end_with_a_margin(hub: Hub) -> None:
    volts = [12.6, 11.4, 11.6, 11.3, 5.0, 6.2, 5.9, 12.5]
    hub.hears(*(at(HOUSTON, hour, volts=each) for hour, each in enumerate(volts[:7])), now=7)
    assert hub.all() == [("power_low", "", AlertStatus.OPEN), ("power_lost", "", AlertStatus.OPEN)]

    hub.hears(at(HOUSTON, 7, volts=volts[7]), now=8)

    assert hub.all() == [("power_low", "", AlertStatus.ENDED), ("power_lost", "", AlertStatus.ENDED)]


@pytest.mark.spec("P09")
def test_an_event_of_low_power_is_enough(hub: Hub) -> None:
    (alert,) = hub.hears(event("power_low", 1, "e-1"), now=2)
    assert (alert.episode.kind, alert.episode.latitude) == (AlertKind.POWER_LOW, None)


@pytest.mark.spec("P09")
def test_a_vehicle_that_moves_after_days_of_standing_is_told_once(hub: Hub) -> None:
    for day in range(8):
        assert hub.hears(at(HOUSTON, 24 * day), now=24 * day) == []

    (moving,) = hub.hears(at(east_of(HOUSTON, 3), 180), at(east_of(HOUSTON, 30), 181), now=181)
    assert moving.episode.why == "Stood for 7 days, then moved 3.0 miles."
    hub.hears(at(east_of(HOUSTON, 60), 184), now=184)
    hub.hears(at(east_of(HOUSTON, 60), 190), now=190)
    assert hub.all() == [("moving_again", "", AlertStatus.OPEN)]
    hub.hears(at(east_of(HOUSTON, 60), 197), now=197)
    assert hub.all() == [("moving_again", "", AlertStatus.ENDED)]


@pytest.mark.spec("P09")
def test_parking_at_a_yard_or_near_a_border_takes_an_hour(hub: Hub) -> None:
    hub.hears(at(YARD, 0), at(HOUSTON, 0.5), at(YARD, 1), at(YARD, 1.5), now=2)
    assert hub.all() == []

    hub.hears(at(YARD, 2), now=3)
    hub.hears(at(LAREDO, 10), at(LAREDO, 12), now=12)

    assert hub.all() == [
        ("parked_at_yard", "Harris Yard", AlertStatus.ENDED),
        ("parked_near_border", "MEX", AlertStatus.OPEN),
    ]
    hub.hears(at(NUEVO_LAREDO, 13), now=13)
    assert hub.all()[1] == ("parked_near_border", "MEX", AlertStatus.OPEN)


@pytest.mark.spec("P09")
def test_only_accounts_whose_state_warrants_it_are_watched(hub: Hub) -> None:
    early = replace(LATE, days_past_due=0)
    assert hub.hears(at(TULSA, 0), now=0, situation=early) == []

    (raised,) = hub.hears(now=1)
    assert raised.status is AlertStatus.OPEN

    (ended,) = hub.hears(now=2, situation=early)
    assert (ended.status, ended.episode.ended_why) == (AlertStatus.ENDED, NOT_WATCHED)
    assert hub.hears(now=3, situation=early) == []
    without_case = replace(LATE, case_key="")
    for warranting in (replace(without_case, ordered=True), replace(without_case, charged_off=True)):
        hub.hears(now=4, situation=warranting)
        assert hub.all() == [("left_state", "", AlertStatus.OPEN)]
        hub.hears(now=5, situation=early)


def test_a_kind_that_is_switched_off_ends_its_alerts(connection: Connection) -> None:
    Hub(connection).hears(at(TULSA, 0), now=0)

    (ended,) = Hub(connection, GpsSettings(alerts=(AlertKind.SILENT,))).hears(at(TULSA, 1), now=1)

    assert (ended.status, ended.episode.ended_why) == (AlertStatus.ENDED, SWITCHED_OFF)


def test_a_device_that_changes_vehicles_ends_the_alerts_of_the_former(hub: Hub) -> None:
    hub.hears(at(TULSA, 0), now=0)
    book = GpsBook(hub.connection, hub.settings)
    take_reports(hub.connection, [DeviceReport(replace(DEVICE, account="LW00000002"))], asked_at=hours(1))

    ((ended,),) = book.conclude(hub.situations, NO_HOME, hours(1))

    assert (ended.account, ended.episode.ended_why) == (ACCOUNT, ELSEWHERE)


@pytest.mark.fault(24)
def test_older_reports_never_take_an_alert_back_once_they_are_beyond_the_overlap(hub: Hub) -> None:
    hub.hears(at(HOUSTON, 0), at(HOUSTON, 100), now=100)

    assert hub.hears(at(TULSA, 70), now=101) == []
    (late_but_in_time,) = hub.hears(at(TULSA, 90), now=102)
    assert (late_but_in_time.status, late_but_in_time.episode.ended_at) == (AlertStatus.ENDED, hours(100))


def test_only_the_reports_of_the_overlap_are_kept(hub: Hub) -> None:
    for hour in range(0, 240, 12):
        hub.hears(at(HOUSTON, hour), now=hour)

    kept = hub.connection.execute(select(func.count()).select_from(gps_reading)).scalar_one()
    assert kept == 2


def test_the_same_position_told_twice_with_other_values_counts_once(hub: Hub) -> None:
    versions: Sequence[Position] = [at(HOUSTON, 1, volts=12.6), at(HOUSTON, 1, volts=5)]
    hub.hears(*versions, now=2)
    first = hub.all()

    hub.hears(*reversed(versions), now=3)

    assert hub.all() == first
