"""Sends letters to the lender's people: each approved work order and each requested repossession, once (P11, P21)."""

from __future__ import annotations

from dataclasses import dataclass

from drawbar.connectors.mail.target import MailTarget
from drawbar.connectors.salesforce.records.case import CASE
from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.jobs.work_orders import ACCOUNTING_MAIL, WORK_ORDER
from drawbar.middleware.engine import JobContext


def accounting_mail(hub: Hub) -> MailTarget:
    """Give Accounting as a target; raises ConfigError when there is no mail server."""
    return MailTarget(ACCOUNTING_MAIL, hub.mail(), hub.engine, hub.clock, hub.resale.accounting_to)


@dataclass(frozen=True, slots=True)
class AccountingMailJob:
    """Delivers what waits for Accounting, and for those who hear of repossessions."""

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = RunSteps.begin(self.hub, context)
        summary: Json = {}
        try:
            summary["delivered"] = steps.send("letters", lambda: accounting_mail(self.hub), (WORK_ORDER, CASE.api_name))
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
            return
        refused = any(tally["refused"] for tally in summary["delivered"]["objects"].values())
        steps.finish("incomplete" if refused else "succeeded", summary, "")
