"""The main job by an approved plan: exactly what the plan says, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from drawbar.jobs.accounts import AccountsJob, AccountsSteps, state_of_end
from drawbar.jobs.hub import Hub
from drawbar.jobs.inbound import look_out
from drawbar.jobs.plan_changes import outbox_tally
from drawbar.jobs.plan_files import PlanRefused
from drawbar.jobs.plans import Plan, database_of, rehearsed, state_of
from drawbar.jobs.rehearsal import Rehearsal
from drawbar.jobs.steps import RunEnded
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import JobContext

Json = dict[str, Any]
_AGAIN = "Nothing was done. Make a new plan and have it approved."


@dataclass(frozen=True, slots=True)
class AccountsByPlan:
    """Runs the main job: by the plan that the run was given, else with whatever waits."""

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        """Do the job as durable steps; whatever happens, the run's row tells the end."""
        given = context.parameters.get("plan")
        if given is None:
            AccountsJob(self.hub)(context)
            return
        plan = Plan.from_json(dict(given))
        begun = PlannedSteps.begin(self.hub, context)
        # The rules see the moment at which the plan was made: what depends on the time comes out as it was approved.
        steps = replace(begun, now=plan.made_at)
        made = {"id": plan.id, "made_at": plan.made_at.isoformat(), "made_by": plan.made_by, "digest": plan.digest}
        summary: Json = {"plan": made, "deliveries": [], "refused_deliveries": [], "notices": []}
        try:
            steps.carry_out(plan, summary)
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
        else:
            steps.finish(state_of_end(summary), summary, "")


class PlannedSteps(AccountsSteps):
    """The steps of a run by plan: all deliveries are taken first, then everything is sent once."""

    def carry_out(self, plan: Plan, summary: Json) -> None:
        """Check that the world is still the plan's, then do what the plan says; raises RunEnded when it is not."""
        content = self.guarded("check the plan", lambda: self._check(plan))
        taken = [self.take_in(each) for each in plan.waiting]
        intakes, derived = taken[-1] if taken else ({}, {})
        decided = self.guarded("sum up the plan", lambda: self._sum_up(list(intakes.values()), derived))
        self.guarded("compare with the plan", lambda: self._compare(content))
        delivered = self.deliver(f"plan {plan.id}")
        for waiting, (entities, _) in zip(plan.waiting, taken, strict=True):
            self.guarded(f"put {waiting.name} away", partial(self._put_away, waiting))
            nothing: Json = {"objects": {}, "samples": [], "delivered": {"objects": {}}}
            summary["deliveries"].append({**waiting.as_json(), "entities": entities, **nothing})
        if taken:
            summary["deliveries"][-1] |= {**decided, "delivered": delivered}
        else:
            summary["delivered"] = delivered

    def _check(self, plan: Plan) -> str:
        """Raise PlanRefused when the run would not be the plan; gives the digest of what is to be sent.

        What moved is named where that is known. Proof is a second rehearsal, which has to come to the same changes.
        """
        self.progress("checking the plan", 0, 0)
        if plan.database != database_of(self.hub):
            raise PlanRefused("was made for another database", record=f"plan {plan.id}", remedy=_AGAIN)
        self._check_order(plan)
        with reading(self.hub.engine) as connection:
            now = state_of(connection)
        moved = [name for name, digest in plan.state.items() if now.get(name) != digest]
        if moved:
            raise _moved(plan, f"since it was made, {' and '.join(moved)} changed")
        # Without progress: that is noted by another connection, which SQLite would let wait for this transaction.
        rehearsal = Rehearsal(
            self.hub, self.context.run_id, self.now, plan.waiting, plan.accept_shrink, lambda *_: None
        )
        with rehearsed(rehearsal, plan.made_by) as (again, _):
            _compare_plans(plan, again)
            return again.content

    def _check_order(self, plan: Plan) -> None:
        if any(each.is_reading for each in plan.waiting):
            return
        lookout = look_out(self.hub, self.now, tidy=False)
        ready = [each.name for each in lookout.ready]
        wanted = [each.name for each in plan.waiting]
        missing = [name for name in wanted if name not in ready]
        if missing:
            raise _moved(plan, f"delivery {missing[0]} does not wait any more, or cannot be taken now")
        if ready[: len(wanted)] != wanted:
            other = next(name for name, planned in zip(ready, wanted, strict=False) if name != planned)
            raise _moved(plan, f"delivery {other} stands before {wanted[ready.index(other)]}")

    def _compare(self, content: str) -> None:
        with reading(self.hub.engine) as connection:
            if outbox_tally(connection) != content:
                raise PlanRefused(
                    "what waits to be sent is not what the plan says: something was queued while the run worked",
                    remedy="Nothing was sent; what waits goes with the next run. Look at it: drawbar plan accounts",
                )


def _compare_plans(plan: Plan, again: Plan) -> None:
    for planned, found in zip(plan.deliveries, again.deliveries, strict=True):
        if planned["content"] != found["content"]:
            raise _moved(plan, f"delivery {planned['name']} has another content than the plan was made from")
    if plan.digest != again.digest:
        numbers = f"{again.records:,} records, planned {plan.records:,}"
        why = "settings, mapping or the release are others, or the plan was rewritten"
        raise _moved(plan, f"the same deliveries now lead to other changes ({numbers}): {why}")


def _moved(plan: Plan, reason: str) -> PlanRefused:
    return PlanRefused(f"is not carried out: {reason}", record=f"plan {plan.id}", remedy=_AGAIN)
