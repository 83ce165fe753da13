"""The list of jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drawbar.jobs.deliver import DeliverJob
from drawbar.jobs.fleetrock import FleetRockJob
from drawbar.jobs.gps import GpsBookJob, GpsDelinquentJob
from drawbar.jobs.gps_rules import GpsRulesJob
from drawbar.jobs.hub import Hub
from drawbar.jobs.inbox import InboxJob
from drawbar.jobs.orion import OrionJob
from drawbar.jobs.planned import AccountsByPlan
from drawbar.jobs.postings import PostingsJob
from drawbar.jobs.quickbooks import QuickBooksChanges
from drawbar.jobs.reconcile import ReconcileJob
from drawbar.middleware.engine import JobBody


@dataclass(frozen=True, slots=True)
class Job:
    """A job: what it is for, what may not run beside it (`lock`), and how its body is made.

    `needs` names tables of the settings of which one has to be there for the job to start by itself.
    A body that is a `PollingJob` can be rehearsed as well (`drawbar run JOB --dry-run`).
    """

    name: str
    purpose: str
    lock: str
    body: Callable[[Hub], JobBody]
    needs: tuple[str, ...] = ()


_GPS = ("passtime", "spireon")

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("accounts", "Take every LeaseWorks delivery that waits into Salesforce.", "leaseworks", AccountsByPlan),
        Job("deliver", "Deliver what waits in the outbox to Salesforce.", "leaseworks", DeliverJob),
        Job("inbox", "Handle what others have sent to the server.", "inbox", InboxJob),
        Job("fleetrock", "Read FleetRock's orders, and write back what was paid.", "leaseworks", FleetRockJob),
        Job("reconcile", "Compare what the hub says with what is in Salesforce.", "leaseworks", ReconcileJob),
        Job("orion", "Deliver Orion's data sets, each business date once.", "orion", OrionJob),
        Job("gps-book", "Ask PassTime and Spireon where all trucks are.", "gps", GpsBookJob, _GPS),
        Job("gps-delinquent", "Ask where the trucks of delinquent accounts went.", "gps", GpsDelinquentJob, _GPS),
        Job(
            "gps-alerts",
            "Raise and end GPS alerts and judge recovery, from what is known already.",
            "gps",
            GpsRulesJob,
            _GPS,
        ),
        Job("postings", "Post what is due to QuickBooks: the general ledger, and what waits.", "books", PostingsJob),
        Job("quickbooks", "Take note of what changed in QuickBooks.", "books", QuickBooksChanges),
    )
}
"""Every job, by name."""
