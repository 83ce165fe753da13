"""The dry run: all that the main job does short of delivering, in a transaction that is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import Hub
from drawbar.jobs.inbound import Lookout, Waiting, fetch, look_out, opened
from drawbar.jobs.summaries import object_counts, refusals, samples

Json = dict[str, Any]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What shall be rehearsed: these deliveries, as they are understood at `now`."""

    hub: Hub
    run_id: str
    now: datetime
    deliveries: Sequence[Waiting]
    accept_shrink: bool
    progress: Progress

    @contextmanager
    def opened(self) -> Iterator[DeliveryWork]:
        """Open the transaction; whatever happens in it is undone when the block ends."""
        with self.hub.engine.connect() as connection, TemporaryDirectory(prefix="drawbar-") as scratch:
            try:
                yield DeliveryWork(
                    self.hub, connection, self.run_id, self.now, self.accept_shrink, lambda: None, self.progress,
                    scratch=Path(scratch),
                )  # fmt: skip
            finally:
                connection.rollback()

    def perform(self, work: DeliveryWork) -> Json:
        """Take the deliveries in and let the rules conclude; gives deliveries, counts per object and examples."""
        deliveries: list[Json] = []
        derived: dict[str, Json] = {}
        for each in self.deliveries:
            inbound = (opened(self.hub, each.name) if each.is_reading else None) or fetch(self.hub, each)
            work.note(each, "taken", inbound.content)
            intakes = {entity: work.take(each, inbound, entity) for entity in inbound.entities}
            derived = work.assess(each.business_date)
            deliveries.append({**each.as_json(), "content": inbound.content, "entities": intakes})
        last = list(deliveries[-1]["entities"].values()) if deliveries else []
        return {
            "deliveries": deliveries,
            "objects": object_counts(work.connection, last, derived),
            "samples": samples(work.connection, SYNCED_OBJECTS, self.hub.sync.sample),
            "refusals": refusals(work.connection, SYNCED_OBJECTS, self.run_id, self.hub.sync.sample),
        }


def rehearse(hub: Hub, run_id: str, *, accept_shrink: bool, progress: Progress) -> Json:
    """Do everything that the job does short of delivering, then undo it: the dry run.

    Deliveries are fetched and stay where they are; the hub's database and Salesforce are as they were before.
    """
    now = hub.clock()
    lookout = look_out(hub, now, tidy=False)
    rehearsal = Rehearsal(hub, run_id, now, lookout.ready, accept_shrink, progress)
    with rehearsal.opened() as work:
        return rehearsal.perform(work) | told(lookout)


def told(lookout: Lookout) -> Json:
    """Give what cannot be taken, and what is odd, as JSON."""
    return {
        "refused_deliveries": [each.as_json() for each in lookout.refused],
        "notices": list(lookout.notices),
    }
