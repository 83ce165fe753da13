"""Reads Orion's figures back and compares them with what it was given (P06)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from drawbar.connectors.orion.figures import Difference, FigureKey, differences, read_figures
from drawbar.jobs.hub import Hub
from drawbar.jobs.orion import orion_of
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.sync.data_sets import DataSetDelivery, DataSetLog


@dataclass(frozen=True, slots=True)
class Agreement:
    """How Orion's figures, read from `source`, compare with a delivery's: how many, and those that differ."""

    delivered: DataSetDelivery
    source: str
    compared: int
    differences: tuple[Difference, ...]


def reconcile_orion(hub: Hub, business_date: date, file: Path | None) -> Agreement:
    """Compare the last delivery of a business date with the figures of a file, or of Orion's database without one.

    Raises NotThere when that date was not delivered, StopRun for a file that cannot be understood.
    """
    with reading(hub.engine) as connection:
        log = DataSetLog(connection)
        delivered = log.last(business_date)
        if delivered is None or not delivered.complete:
            raise NotThere(
                f"nothing of {business_date} was delivered to Orion in full",
                remedy=f"Deliver it first: drawbar orion deliver --date {business_date}",
            )
        ours = {FigureKey(*place): value for place, value in log.figures(delivered).items()}
    theirs = orion_of(hub).figures(business_date) if file is None else read_figures(file, business_date)
    source = "Orion's database" if file is None else file.name
    return Agreement(delivered, source, len(ours.keys() | theirs.keys()), tuple(differences(ours, theirs)))
