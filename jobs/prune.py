"""Forgets what is older than the settings keep: positions of trucks, deliveries, settled failures, messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from drawbar.connectors.salesforce.records.gps_position import GPS_POSITION
from drawbar.connectors.salesforce.records.message import MESSAGE
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.middleware.engine import JobContext
from drawbar.middleware.messages.pruning import forget_calls, forget_messages
from drawbar.middleware.settings import CONTACTS_COUNT_DAYS
from drawbar.middleware.sync.pruning import (
    forget_attempts,
    forget_attempts_on,
    forget_dated,
    forget_settled_failures,
)

Forget = Callable[[datetime, Callable[[int], None]], int]


@dataclass(frozen=True, slots=True)
class PruneJob:
    """Deletes in the hub alone; nothing is deleted in Salesforce. A number of days that is 0 keeps for good."""

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = RunSteps.begin(self.hub, context)
        summary: Json = {"forgotten": {}}
        try:
            for name, (days, forget) in self._kinds().items():
                if days:
                    summary["forgotten"][name] = steps.guarded(f"forget {name}", self._doing(name, days, forget, steps))
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        steps.finish("succeeded", summary, "")

    def _kinds(self) -> dict[str, tuple[int, Forget]]:
        keep, engine = self.hub.retention, self.hub.engine
        position, message = GPS_POSITION.api_name, MESSAGE.api_name
        return {
            "positions": (keep.positions_days, lambda before, told: forget_dated(engine, position, before, told)),
            "deliveries of positions": (
                keep.positions_days, lambda before, told: forget_attempts_on(engine, position, before, told)
            ),
            "deliveries": (keep.deliveries_days, lambda before, told: forget_attempts(engine, TARGET, before, told)),
            "messages": (
                keep.messages_days, lambda before, told: forget_messages(engine, message, before, told)
            ),
            "deliveries of messages": (
                keep.messages_days, lambda before, told: forget_attempts_on(engine, message, before, told)
            ),
            "calls": (
                keep.messages_days or CONTACTS_COUNT_DAYS, lambda before, told: forget_calls(engine, before, told)
            ),
            "failures": (keep.failures_days, lambda before, told: forget_settled_failures(engine, before, told)),
        }  # fmt: skip

    def _doing(self, name: str, days: int, forget: Forget, steps: RunSteps) -> Callable[[], Json]:
        before = steps.now - timedelta(days=days)
        return lambda: {"rows": forget(before, lambda done: steps.progress(f"forgetting {name}", done, 0))}
