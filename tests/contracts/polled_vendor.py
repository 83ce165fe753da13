"""What every connector must do that asks a vendor for records, whatever the weather on the way.

A test module serves its simulated vendor in a fixture, subclasses `PolledVendorContract`, and every rule is a test:

    @pytest.fixture(scope="module")
    def running_vendor() -> Iterator[ServedVendor]:
        with serve_vendor(simulated.routes()) as served:
            yield served

    class TestPassTime(PolledVendorContract):
        records = "/api/*"
        secrets = ("the password",)

        def read(self, url: str, clocks: Clocks) -> list[object]: ...
"""

from __future__ import annotations

import logging
import shutil
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.jobs.reporter import SyncErrorReporter
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.errors import DrawbarError, RetryLater, StopRun
from drawbar.middleware.retry import Clocks
from drawbar.middleware.sync.polled import PolledResult, PolledRun
from drawbar.middleware.sync.tables import derived_record
from tests.contracts.served_vendor import (
    Instead,
    ServedVendor,
    half_an_answer,
    no_answer,
    not_json,
    refusal,
)
from tests.fake_time import FakeTime

PATIENCE = 60.0
"""Seconds of `Retry-After` that a connector sits out; longer ones end the run as paused."""

MANY = 20
"""More calls than a connector makes for one thing that fails."""


class PolledVendorContract:
    """The rules. `records` is a glob of the paths that give records, as opposed to the log-in."""

    records: str = "*"
    secrets: Sequence[str] = ()

    @abstractmethod
    def read(self, url: str, clocks: Clocks) -> list[object]:
        """Log in at a vendor as a new process does and read everything once, by the real connector.

        The time-out for an answer is to be short (0.3 s): one rule waits for it.
        """

    @pytest.fixture
    def vendor(self, running_vendor: ServedVendor) -> Iterator[ServedVendor]:
        running_vendor.weather.clears()
        yield running_vendor
        running_vendor.weather.clears()

    @pytest.fixture
    def fake_time(self) -> FakeTime:
        return FakeTime()

    def storm(self, vendor: ServedVendor, *instead: Instead) -> None:
        """Let things happen to the next calls for records."""
        vendor.weather.comes(*instead, only=self.records)

    def calm(self, vendor: ServedVendor) -> list[object]:
        """Give what is read when nothing goes wrong."""
        return self.read(vendor.url, FakeTime().clocks)

    def test_reading_twice_gives_the_same_records(self, vendor: ServedVendor) -> None:
        first = self.calm(vendor)

        assert first
        assert self.calm(vendor) == first

    @pytest.mark.parametrize(
        "once",
        [
            pytest.param(refusal(401), id="token refused"),
            pytest.param(refusal(429), id="too many calls"),
            pytest.param(refusal(500), id="server error"),
            pytest.param(refusal(503), id="unavailable"),
            pytest.param(not_json(), id="no JSON"),
            pytest.param(half_an_answer(), id="half an answer"),
            pytest.param(no_answer(), id="time-out"),
        ],
    )
    def test_what_fails_once_costs_no_record(self, vendor: ServedVendor, fake_time: FakeTime, once: Instead) -> None:
        expected = self.calm(vendor)
        self.storm(vendor, once)

        assert self.read(vendor.url, fake_time.clocks) == expected

    @pytest.mark.fault(13)
    def test_retry_after_is_waited_for_to_the_second(self, vendor: ServedVendor, fake_time: FakeTime) -> None:
        expected = self.calm(vendor)
        self.storm(vendor, refusal(429, retry_after="7"))

        assert self.read(vendor.url, fake_time.clocks) == expected
        assert 7.0 in fake_time.slept

    def test_without_retry_after_the_waits_grow_and_stay_short(self, vendor: ServedVendor, fake_time: FakeTime) -> None:
        self.storm(vendor, refusal(429), refusal(429), refusal(429))

        self.read(vendor.url, fake_time.clocks)

        waits = [each for each in fake_time.slept if each > 0]
        assert len(waits) >= 3
        assert max(waits) <= 30

    def test_a_long_retry_after_pauses_the_run_and_says_how_long(
        self, vendor: ServedVendor, fake_time: FakeTime
    ) -> None:
        self.storm(vendor, refusal(429, retry_after="3600"))

        with pytest.raises(RetryLater) as paused:
            self.read(vendor.url, fake_time.clocks)

        assert paused.value.after_seconds == 3600
        assert max(fake_time.slept, default=0) <= PATIENCE

    @pytest.mark.parametrize(
        "always",
        [
            pytest.param(refusal(500), id="server error"),
            pytest.param(refusal(429), id="too many calls"),
            pytest.param(not_json(), id="no JSON"),
            pytest.param(half_an_answer(), id="half an answer"),
        ],
    )
    def test_what_fails_again_and_again_pauses_the_run(
        self, vendor: ServedVendor, fake_time: FakeTime, always: Instead
    ) -> None:
        self.storm(vendor, *[always] * MANY)

        with pytest.raises(RetryLater):
            self.read(vendor.url, fake_time.clocks)

    def test_a_log_in_that_is_refused_for_good_stops_the_run_and_locks_nobody_out(
        self, vendor: ServedVendor, fake_time: FakeTime
    ) -> None:
        self.storm(vendor, *[refusal(401)] * MANY)

        with pytest.raises(StopRun) as stopped:
            self.read(vendor.url, fake_time.clocks)

        assert stopped.value.remedy
        assert len(vendor.weather.calls) <= 5

    def test_no_secret_is_told(
        self,
        vendor: ServedVendor,
        fake_time: FakeTime,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        told: list[str] = []
        with caplog.at_level(logging.DEBUG):
            for always in (refusal(401), refusal(403), refusal(500), not_json()):
                vendor.weather.clears()
                self.storm(vendor, *[always] * MANY)
                with pytest.raises(DrawbarError) as error:
                    self.read(vendor.url, fake_time.clocks)
                told += [str(error.value), repr(error.value)]
        captured = capfd.readouterr()
        everything = "\n".join([*told, caplog.text, captured.out, captured.err])
        assert [secret for secret in self.secrets if secret in everything] == []

    def test_the_zone_of_this_machine_does_not_matter(
        self, vendor: ServedVendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = self.calm(vendor)
        try:
            for zone in ("Asia/Kolkata", "America/Los_Angeles"):
                monkeypatch.setenv("TZ", zone)
                time.tzset()
                assert self.calm(vendor) == expected
        finally:
            monkeypatch.undo()
            time.tzset()


class TakenAnswersContract:
    """What becomes of answers that come twice, or in another order than things happened."""

    @abstractmethod
    def answers(self) -> Sequence[object]:
        """Give answers of which some are about the same record at different times, oldest first."""

    @abstractmethod
    def take(self, run: PolledRun, answers: Sequence[object]) -> PolledResult:
        """Take answers in as the vendor's job does."""

    def known(self, database: Engine, answers: Sequence[object]) -> dict[tuple[str, str], str]:
        """Give what is known of each record once answers have been taken by an empty hub."""
        now = FakeTime().now()
        with database.connect() as connection:
            run = PolledRun(
                connection, "salesforce", BOOKKEEPING, SyncErrorReporter(), "run-1", now, connection.commit,
                lambda _done: None,
            )  # fmt: skip
            self.take(run, answers)
            rows = connection.execute(select(derived_record)).all()
        return {(row.object, row.key): row.fields for row in rows}

    @pytest.mark.fault(24)
    def test_answers_twice_and_backwards_say_the_same_as_once_and_in_order(
        self, hub_engine: Engine, hub_on_sqlite: Path, tmp_path: Path
    ) -> None:
        answers = self.answers()
        shutil.copy(hub_on_sqlite, tmp_path / "other.db")
        other = open_database(f"sqlite:///{tmp_path / 'other.db'}")

        in_order = self.known(other, answers)
        other.dispose()

        assert in_order
        assert self.known(hub_engine, [*reversed(answers), *answers[:1], *reversed(answers)]) == in_order
