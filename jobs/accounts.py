"""The main job: every LeaseWorks delivery that waits, through the hub, into Salesforce (P01, P02, P05, P25-P27)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.inbound import Inbound, Lookout, Waiting, fetch, forget_old, look_out, opened, put_away
from drawbar.jobs.steps import RunEnded, RunSteps
from drawbar.jobs.summaries import object_counts, samples
from drawbar.middleware.engine import JobContext
from drawbar.middleware.observe import EntityTaken
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.intake import FATES
from drawbar.middleware.sync.runs import RunState

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AccountsJob:
    """Takes the waiting deliveries in order, each through all of its steps before the next."""

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        """Do the job as durable steps; whatever happens, the run's row tells the end."""
        steps = AccountsSteps.begin(self.hub, context)
        summary: Json = {"deliveries": [], "refused_deliveries": []}
        try:
            for waiting in steps.look(summary):
                summary["deliveries"].append(steps.delivery(waiting))
            if not summary["deliveries"]:
                summary["delivered"] = steps.deliver("what waits")
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
        else:
            steps.finish(state_of_end(summary), summary, "")


class AccountsSteps(RunSteps):
    """The steps of one run, each of them durable and safe to repeat."""

    def look(self, summary: Json) -> list[Waiting]:
        """See what waits; what cannot be taken goes into the summary."""
        found = self.guarded("look for deliveries", lambda: _found(look_out(self.hub, self.now)))
        summary |= {"refused_deliveries": found["refused"], "notices": found["notices"]}
        return [Waiting.from_json(each) for each in found["ready"]]

    def delivery(self, waiting: Waiting) -> Json:
        """Take one delivery from the source to the target."""
        name = waiting.name
        entities = self.guarded(f"fetch {name}", lambda: self._fetch(waiting))
        intakes = {each: self.guarded(f"take {each} of {name}", self._taking(waiting, each)) for each in entities}
        derived = self.guarded(f"assess {name}", lambda: self._assess(waiting.business_date))
        decided = self.guarded(f"sum up {name}", lambda: self._sum_up(list(intakes.values()), derived))
        delivered = self.deliver(name)
        self.guarded(f"put {name} away", lambda: self._put_away(waiting, entities))
        return {**waiting.as_json(), "entities": intakes, **decided, "delivered": delivered}

    def _work(self, connection: Connection) -> DeliveryWork:
        return DeliveryWork(
            hub=self.hub, connection=connection, run_id=self.context.run_id, now=self.now,
            accept_shrink=bool(self.context.parameters.get("accept_shrink")), commit=connection.commit,
            progress=self.progress,
        )  # fmt: skip

    def _fetch(self, waiting: Waiting) -> list[str]:
        self.progress(f"fetching {waiting.name}", 0, 0)
        inbound = fetch(self.hub, waiting)
        with self.hub.engine.connect() as connection:
            work = self._work(connection)
            work.note(waiting, "taken", inbound.content)
            work.examine(waiting, inbound)
        return list(inbound.entities)

    def _taking(self, waiting: Waiting, entity: str) -> Callable[[], Json]:
        def taking() -> Json:
            with self.hub.engine.connect() as connection:
                taken = self._work(connection).take(waiting, self._opened(waiting), entity)
            self.hub.observers.happened(EntityTaken(entity, {name: taken.get(name, 0) for name in FATES}))
            return taken

        return taking

    def _opened(self, waiting: Waiting) -> Inbound:
        return opened(self.hub, waiting.name) or fetch(self.hub, waiting)

    def _assess(self, business_date: date) -> dict[str, Json]:
        self.progress("assessing accounts", 0, 0)
        with self.hub.engine.connect() as connection:
            return self._work(connection).assess(business_date)

    def _sum_up(self, intakes: list[Json], derived: dict[str, Json]) -> Json:
        with self.hub.engine.connect() as connection:
            return {
                "objects": object_counts(connection, intakes, derived),
                "samples": samples(connection, SYNCED_OBJECTS, self.hub.sync.sample),
            }

    def _put_away(self, waiting: Waiting, entities: list[str]) -> None:
        with self.hub.engine.connect() as connection:
            self._work(connection).note(waiting, "done")
            for entity in entities:
                Feeds(connection, self.hub.fingerprints_folder).sweep(f"{SYSTEM}.{entity}")
        put_away(self.hub, waiting)
        forget_old(self.hub, self.now)


def state_of_end(summary: Json) -> RunState:
    """A run that left something for a person to mend is `incomplete`."""
    deliveries = summary["deliveries"]
    refused_rows = any(intake.get("refused") for each in deliveries for intake in each["entities"].values())
    tallies = [tally for each in deliveries for tally in each["delivered"]["objects"].values()]
    tallies += summary.get("delivered", {}).get("objects", {}).values()
    refused_records = any(tally["refused"] for tally in tallies)
    return "incomplete" if refused_rows or refused_records or summary["refused_deliveries"] else "succeeded"


def _found(lookout: Lookout) -> Json:
    return {
        "ready": [each.as_json() for each in lookout.ready],
        "refused": [each.as_json() for each in lookout.refused],
        "notices": list(lookout.notices),
    }
