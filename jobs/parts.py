"""Parts of a run of the main job: a key range of one entity, compared or taken in by whichever worker is free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import Hub
from drawbar.jobs.inbound import Inbound, Waiting, brought_here, forget_old
from drawbar.jobs.steps import told
from drawbar.middleware.engine import PartBody, PartContext
from drawbar.middleware.sync.fingerprints import KeyRange

Json = dict[str, Any]
EXAMINE = "examine"
TAKE = "take"


@dataclass(frozen=True, slots=True)
class IntakePart:
    """What one worker shall do: a share of the keys of an entity, as understood at the run's `now`."""

    waiting: Waiting
    entity: str
    keys: KeyRange
    now: datetime
    generation: str = ""

    def as_json(self) -> Json:
        keys = [self.keys.number, self.keys.of]
        told = {"entity": self.entity, "keys": keys, "now": self.now.isoformat(), "generation": self.generation}
        return {**told, "waiting": self.waiting.as_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            Waiting.from_json(stored["waiting"]), stored["entity"], KeyRange(*stored["keys"]),
            datetime.fromisoformat(stored["now"]), stored["generation"],
        )  # fmt: skip


def intake_parts(hub: Hub) -> dict[str, PartBody]:
    """Give the bodies of the parts, by kind."""
    return {EXAMINE: _body(hub, _examine), TAKE: _body(hub, _take)}


def _body(hub: Hub, act: Callable[[DeliveryWork, IntakePart, Inbound], Json]) -> PartBody:
    def body(context: PartContext) -> Json:
        part = IntakePart.from_json(context.parameters)
        return told(lambda: _done(hub, context.run_id, part, act))

    return body


def _done(hub: Hub, run_id: str, part: IntakePart, act: Callable[[DeliveryWork, IntakePart, Inbound], Json]) -> Json:
    inbound = brought_here(hub, part.waiting)
    with hub.engine.connect() as connection:
        work = DeliveryWork(
            hub=hub, connection=connection, run_id=run_id, now=part.now, accept_shrink=False,
            commit=connection.commit, progress=lambda _phase, _done, _total: None,
        )  # fmt: skip
        answer = act(work, part, inbound)
    forget_old(hub, part.now)
    return answer


def _examine(work: DeliveryWork, part: IntakePart, inbound: Inbound) -> Json:
    return asdict(work.examine_part(part.waiting, inbound, part.entity, part.keys))


def _take(work: DeliveryWork, part: IntakePart, inbound: Inbound) -> Json:
    return work.take_part(part.waiting, inbound, part.entity, part.keys, part.generation)
