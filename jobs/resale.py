"""What time brings about in resale: people are reminded of titles that wait too long (P19)."""

from __future__ import annotations

from dataclasses import dataclass

from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.jobs.titles import TitleDesk
from drawbar.middleware.engine import JobContext


@dataclass(frozen=True, slots=True)
class ResaleJob:
    """Reminds, and has Salesforce show it."""

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = RunSteps.begin(self.hub, context)
        summary: Json = {}
        try:
            summary["reminded"] = steps.guarded("remind of titles", lambda: self._remind(steps))
            summary["delivered"] = steps.deliver("what people are reminded of")
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        refused = any(tally["refused"] for tally in summary["delivered"]["objects"].values())
        steps.finish("incomplete" if refused else "succeeded", summary, "")

    def _remind(self, steps: RunSteps) -> int:
        with self.hub.engine.begin() as connection:
            desk = TitleDesk(connection, steps.context.run_id, steps.now)
            return desk.remind(self.hub.resale.title_days)
