"""The list of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawbar.jobs.hub import Hub
    from drawbar.middleware.engine import JobBody


@dataclass(frozen=True, slots=True)
class Job:
    """A job: what it is for, what may not run beside it (`lock`), and the class of its body (`module:Class`).

    The module is imported when the job runs: each brings what its systems need, which no other command should wait for.
    `needs` names tables of the settings of which one has to be there for the job to start by itself. `empties` names
    the target whose outbox is delivered by this job, whoever put something into it.
    A body that is a `PollingJob` can be rehearsed as well (`drawbar run JOB --dry-run`).
    """

    name: str
    purpose: str
    lock: str
    place: str
    needs: tuple[str, ...] = ()
    empties: str = ""

    def body(self, hub: Hub) -> JobBody:
        """Give what the job does."""
        module, _, name = self.place.partition(":")
        made: JobBody = getattr(import_module(f"drawbar.jobs.{module}"), name)(hub)
        return made


_GPS = ("passtime", "spireon")

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job(
            "accounts",
            "Take every LeaseWorks delivery that waits into Salesforce.",
            "leaseworks",
            "planned:AccountsByPlan",
        ),
        Job(
            "deliver",
            "Deliver what waits in the outbox to Salesforce.",
            "leaseworks",
            "deliver:DeliverJob",
            empties="salesforce",
        ),
        Job("edits", "Find what people changed in Salesforce.", "edits", "sweep:EditsJob"),
        Job("inbox", "Handle what others have sent to the server.", "inbox", "inbox:InboxJob"),
        Job(
            "fleetrock",
            "Read FleetRock's orders, and write back what was paid.",
            "leaseworks",
            "fleetrock:FleetRockJob",
            empties="fleetrock",
        ),
        Job(
            "leaseworks-import",
            "Tell LeaseWorks what people changed in Salesforce.",
            "leaseworks",
            "leaseworks_import:LeaseWorksImportJob",
            ("leaseworks_imports",),
            empties="leaseworks",
        ),
        Job(
            "reconcile", "Compare what the hub says with what is in Salesforce.", "leaseworks", "reconcile:ReconcileJob"
        ),
        Job("prune", "Forget what is older than the settings keep.", "prune", "prune:PruneJob"),
        Job("orion", "Deliver Orion's data sets, each business date once.", "orion", "orion:OrionJob"),
        Job("gps-book", "Ask PassTime and Spireon where all trucks are.", "gps", "gps:GpsBookJob", _GPS),
        Job("gps-delinquent", "Ask where the trucks of delinquent accounts went.", "gps", "gps:GpsDelinquentJob", _GPS),
        Job(
            "gps-alerts",
            "Raise and end GPS alerts and judge recovery, from what is known already.",
            "gps",
            "gps_rules:GpsRulesJob",
            _GPS,
        ),
        Job(
            "repossessions",
            "Ask for repossessions of accounts in default, and look at the open ones anew.",
            "leaseworks",
            "repossession_rounds:RepossessionRounds",
        ),
        Job(
            "postings",
            "Post the general ledger, and what waits, to QuickBooks.",
            "books",
            "postings:PostingsJob",
            empties="quickbooks_online",
        ),
        Job(
            "accounting-mail",
            "Send the letters that wait: to Accounting, and of requested repossessions.",
            "mail",
            "accounting_mail:AccountingMailJob",
            ("mail",),
            empties="accounting_mail",
        ),
        Job("resale", "Remind people of titles that wait too long.", "leaseworks", "resale:ResaleJob"),
        Job("rdn", "Place cases at RDN, and hear what happens to them.", "agents", "agents:RdnJob", ("rdn",), "rdn"),
        Job(
            "mbsi", "Place orders at MBSi, and see what becomes of them.", "agents", "agents:MbsiJob", ("mbsi",), "mbsi"
        ),
        Job(
            "agent-mail",
            "Send orders to repo agents by e-mail, and read their answers.",
            "agents",
            "agents:AgentMailJob",
            ("agent_mail",),
            "agent_mail",
        ),
        Job(
            "messages",
            "Send messages to lessees that may go now, and read their answers.",
            "messages",
            "messages:MessagesJob",
            ("twilio", "mail"),
            "messages",
        ),
        Job("quickbooks", "Take note of what changed in QuickBooks.", "books", "quickbooks:QuickBooksChanges"),
    )
}
"""Every job, by name."""


def job_that_empties(target: str) -> str:
    """Name the job that delivers what waits for a target."""
    return next(job.name for job in JOBS.values() if job.empties and job.empties in (target, target.partition(".")[0]))
