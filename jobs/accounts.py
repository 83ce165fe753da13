"""The main job: every LeaseWorks delivery that waits, through the hub, into Salesforce (P01, P02, P05, P25-P27)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add
from typing import Any, TypeVar

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import Hub
from drawbar.jobs.inbound import Inbound, Lookout, Waiting, brought_here, fetch, forget_old, look_out, put_away
from drawbar.jobs.parts import EXAMINE, TAKE, IntakePart
from drawbar.jobs.steps import RunEnded, RunSteps
from drawbar.jobs.summaries import object_counts, samples, summed
from drawbar.middleware.engine import JobContext
from drawbar.middleware.sync.feeds import new_generation
from drawbar.middleware.sync.fingerprints import KeyRange
from drawbar.middleware.sync.runs import RunState
from drawbar.middleware.sync.survey import Balance

Json = dict[str, Any]
Answer = TypeVar("Answer")


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
        intakes, derived = self.take_in(waiting)
        decided = self.guarded(f"sum up {name}", lambda: self._sum_up(list(intakes.values()), derived))
        delivered = self.deliver(name)
        self.guarded(f"put {name} away", lambda: self._put_away(waiting))
        return {**waiting.as_json(), "entities": intakes, **decided, "delivered": delivered}

    def take_in(self, waiting: Waiting) -> tuple[dict[str, Json], dict[str, Json]]:
        """Take everything of a delivery in and let the rules conclude; gives the counts of both."""
        intakes = self.take_entities(waiting)
        return intakes, self.guarded(f"assess {waiting.name}", lambda: self._assess(waiting.business_date))

    def take_entities(self, waiting: Waiting) -> dict[str, Json]:
        """Take every entity of a delivery in; big ones are cut into parts for all workers.

        All of them have been examined before the first one is taken.
        """
        parts = self.guarded(f"fetch {waiting.name}", lambda: self._fetch(waiting))
        for entity, number in parts:
            if number > 1:
                self._examine(waiting, entity, number)
        return {entity: self._take(waiting, entity, number) for entity, number in parts}

    def _examine(self, waiting: Waiting, entity: str, number: int) -> None:
        name = f"{entity} of {waiting.name}"
        found = self.in_parts(EXAMINE, f"examine {name}", self._cut(waiting, entity, number))
        whole = reduce(add, (Balance(**each) for each in found))
        judged = self._working(waiting, lambda work, inbound: work.judge(waiting, inbound, entity, whole))
        self.guarded(f"judge {name}", judged)

    def _take(self, waiting: Waiting, entity: str, number: int) -> Json:
        name = f"{entity} of {waiting.name}"
        if number == 1:
            whole = self._working(waiting, lambda work, inbound: work.take(waiting, inbound, entity))
            return self.guarded(f"take {name}", whole)
        generation = self.guarded(f"begin {name}", new_generation)
        taken = self.in_parts(TAKE, f"take {name}", self._cut(waiting, entity, number, generation))
        joined = self._working(waiting, lambda work, inbound: work.join(waiting, inbound, entity, generation))
        self.guarded(f"join {name}", joined)
        return summed(taken)

    def _cut(self, waiting: Waiting, entity: str, number: int, generation: str = "") -> list[Json]:
        ranges = (KeyRange(each, number) for each in range(number))
        return [IntakePart(waiting, entity, keys, self.now, generation).as_json() for keys in ranges]

    def _working(self, waiting: Waiting, action: Callable[[DeliveryWork, Inbound], Answer]) -> Callable[[], Answer]:
        def working() -> Answer:
            inbound = brought_here(self.hub, waiting)
            with self.hub.engine.connect() as connection:
                return action(self._work(connection), inbound)

        return working

    def _work(self, connection: Connection) -> DeliveryWork:
        return DeliveryWork(
            hub=self.hub, connection=connection, run_id=self.context.run_id, now=self.now,
            accept_shrink=bool(self.context.parameters.get("accept_shrink")), commit=connection.commit,
            progress=self.progress,
        )  # fmt: skip

    def _fetch(self, waiting: Waiting) -> list[tuple[str, int]]:
        self.progress(f"fetching {waiting.name}", 0, 0)
        inbound = fetch(self.hub, waiting)
        with self.hub.engine.connect() as connection:
            work = self._work(connection)
            work.note(waiting, "taken", inbound.content)
            work.examine(waiting, inbound)
            return work.parts(waiting, inbound)

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

    def _put_away(self, waiting: Waiting) -> None:
        with self.hub.engine.connect() as connection:
            self._work(connection).note(waiting, "done")
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
