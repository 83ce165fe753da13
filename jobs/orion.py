"""Delivers Orion's data sets, each business date once (P06, P16, P23)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from drawbar.connectors.orion.bundle import Bundle, open_bundle, write_bundle
from drawbar.connectors.orion.connector import Orion, Way
from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.connectors.orion.figures import ALL, ROWS, FigureKey, Figures, figures, grouped
from drawbar.jobs.hub import Hub
from drawbar.jobs.orion_due import Due, due_deliveries
from drawbar.jobs.orion_facts import Period
from drawbar.jobs.orion_rows import rows_of
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import JobContext
from drawbar.middleware.errors import ConfigError, StopRun
from drawbar.middleware.sync.data_sets import DataSetDelivery, DataSetLog

_NAME_OF_DATE: Final = slice(len("ORION-"), len("ORION-20260302"))


@dataclass(frozen=True, slots=True)
class OrionJob:
    """Delivers every business date that LeaseWorks has delivered since the last time; the newest one at the first time.

    Parameters: `date` (only that business date), `again` (also when it was delivered, under its next number). A
    delivery that was sent one way is not sent that way again, however often the run is gone on with.
    """

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = RunSteps.begin(self.hub, context)
        summary: Json = {"data_sets": []}
        try:
            for each in steps.guarded("see what is due", lambda: _due(self.hub, context.parameters)):
                summary["data_sets"].append(_delivered(steps, Due.from_json(each)))
            steps.guarded("forget old files", lambda: _forget_old(self.hub, steps.now))
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
        else:
            steps.finish("succeeded", summary, "")


def rehearse_orion(hub: Hub, parameters: Mapping[str, Any], now: datetime) -> list[Json]:
    """Say what a run would deliver, with counts and totals; writes and sends nothing."""
    return [
        {**_told(each, _figures(_rows(hub, each.period, now))), "ways": list(orion_of(hub).ways)}
        for each in due_deliveries(hub, parameters)
    ]


def orion_of(hub: Hub) -> Orion:
    """Give the Orion connector; raises ConfigError when the settings have none."""
    if hub.orion is None:
        raise ConfigError("Orion is not configured", remedy="Add [orion.sftp] or [orion.sql] to drawbar.toml.")
    return hub.orion


def _due(hub: Hub, parameters: Mapping[str, Any]) -> list[Json]:
    orion_of(hub)
    return [each.as_json() for each in due_deliveries(hub, parameters)]


def _delivered(steps: RunSteps, due: Due) -> Json:
    """Make one delivery, and send it by every way; each is a step of its own."""
    shipment = Shipment(steps.hub, due, steps.context.run_id, steps.now)
    made = steps.guarded(f"make {due.name}", shipment.make)
    ways = orion_of(steps.hub).ways
    for way in ways:
        steps.guarded(f"send {due.name} by {way}", _sending(shipment, way))
    steps.guarded(f"complete {due.name}", shipment.complete)
    return {**made, "ways": list(ways)}


def _sending(shipment: Shipment, way: Way) -> Callable[[], None]:
    return lambda: shipment.send(way)


@dataclass(frozen=True, slots=True)
class Shipment:
    """One delivery on its way: every step is safe to repeat, on this machine and on another."""

    hub: Hub
    due: Due
    run_id: str
    now: datetime

    def make(self) -> Json:
        """Make the files and note them with their figures; what was made before is left as it is."""
        self._bundle()
        with reading(self.hub.engine) as connection:
            noted = self._noted(DataSetLog(connection))
            places = DataSetLog(connection).figures(noted) if noted is not None else {}
        return _told(self.due, {FigureKey(*place): value for place, value in places.items()})

    def send(self, way: Way) -> None:
        """Send the files one way, unless they were sent that way."""
        bundle = self._bundle()
        with reading(self.hub.engine) as connection:
            if way in DataSetLog(connection).sent(self.due.name):
                return
        orion_of(self.hub).send(way, bundle, self.now)
        with self.hub.engine.begin() as connection:
            DataSetLog(connection).note_sent(self.due.name, way, self.hub.clock())

    def complete(self) -> None:
        """Note that the delivery was sent by every way."""
        with self.hub.engine.begin() as connection:
            DataSetLog(connection).complete(self.due.name)

    def _bundle(self) -> Bundle:
        with reading(self.hub.engine) as connection:
            log = DataSetLog(connection)
            noted, sent = self._noted(log), log.sent(self.due.name)
        if noted is not None:
            bundle = open_bundle(_folder(self.hub), self.due.name, self.due.business_date, noted.digest)
            if bundle is not None:
                return bundle
        if sent:
            raise StopRun(
                f"was sent by {', '.join(sorted(sent))}, but its files are not in {_folder(self.hub)} any more",
                record=self.due.name,
                remedy=f"Deliver anew: drawbar orion deliver --date {self.due.business_date} --again",
            )
        return self._written()

    def _written(self) -> Bundle:
        due = self.due
        rows = _rows(self.hub, due.period, self.now)
        bundle, found = write_bundle(_folder(self.hub), due.name, due.business_date, rows)
        noted = DataSetDelivery(
            due.business_date, due.number, due.name, due.period.first, bundle.digest, self.now, self.run_id
        )
        with self.hub.engine.begin() as connection:
            DataSetLog(connection).note(noted, {_place(key): value for key, value in found.items()})
        return bundle

    def _noted(self, log: DataSetLog) -> DataSetDelivery | None:
        noted = log.last(self.due.business_date)
        return noted if noted is not None and noted.number == self.due.number else None


def _rows(hub: Hub, period: Period, now: datetime) -> dict[str, list[Any]]:
    return {name: rows_of(hub, data_set, period, now) for name, data_set in DATA_SETS.items()}


def _figures(rows: Mapping[str, list[Any]]) -> dict[FigureKey, Decimal]:
    return {
        key: value
        for name, data_set in DATA_SETS.items()
        for key, value in figures(data_set, grouped(data_set, rows[name])).items()
    }


def _told(due: Due, found: Figures) -> Json:
    """Tell a delivery: what is in each data set, in all."""
    contents = {
        name: {
            "rows": int(found[FigureKey(name, ALL, ROWS)]),
            "totals": {total: str(found[FigureKey(name, ALL, total)]) for total in data_set.totals},
        }
        for name, data_set in DATA_SETS.items()
    }
    first, last = due.period.first.isoformat(), due.period.last.isoformat()
    return {"name": due.name, "business_date": last, "first_day": first, "contents": contents}


def _place(key: FigureKey) -> tuple[str, str, str]:
    return key.data_set, key.group, key.figure


def _folder(hub: Hub) -> Path:
    return hub.data_folder / "orion"


def _forget_old(hub: Hub, now: datetime) -> int:
    """Remove the files of deliveries older than fetched deliveries are kept; the figures stay."""
    oldest = f"{(now - timedelta(days=hub.sync.keep_days)).date():%Y%m%d}"
    old = [path for path in _folder(hub).glob("ORION-*") if path.name[_NAME_OF_DATE] < oldest]
    for path in old:
        shutil.rmtree(path)
    return len(old)
