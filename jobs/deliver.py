"""Delivers what waits in the outbox: what a pause left, what was replayed."""

from __future__ import annotations

from dataclasses import dataclass

from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.middleware.engine import JobContext


@dataclass(frozen=True, slots=True)
class DeliverJob:
    """Empties the outbox once."""

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = RunSteps.begin(self.hub, context)
        summary: Json = {}
        try:
            summary["delivered"] = steps.deliver("what waits")
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        refused = any(tally["refused"] for tally in summary["delivered"]["objects"].values())
        steps.finish("incomplete" if refused else "succeeded", summary, "")
