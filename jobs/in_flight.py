"""What is under way in a hub: runs that have not ended, records that wait or are being sent, open bulk jobs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from drawbar.middleware.sync.runs import Run, Runs
from drawbar.middleware.sync.tables import bulk_job, outbox


@dataclass(frozen=True, slots=True)
class OpenBulkJob:
    """A bulk job that is not settled; `job_id` is "" when Salesforce was asked for one and no answer was stored."""

    object: str
    job_id: str
    uploaded: bool
    run_id: str


@dataclass(frozen=True, slots=True)
class InFlight:
    """What would have to be gone on with: `waiting` and `claimed` count rows of the outbox."""

    runs: list[Run]
    waiting: int
    claimed: int
    claims: int
    bulk_jobs: list[OpenBulkJob]


def in_flight(connection: Connection) -> InFlight:
    """Look at what is under way."""
    claims = connection.execute(select(outbox.c.claim, func.count()).group_by(outbox.c.claim)).all()
    sent = {claim: rows for claim, rows in claims if claim}
    jobs = select(bulk_job.c.object, bulk_job.c.job_id, bulk_job.c.uploaded, bulk_job.c.run_id)
    return InFlight(
        runs=Runs(connection).unfinished(), waiting=sum(rows for claim, rows in claims if not claim),
        claimed=sum(sent.values()), claims=len(sent),
        bulk_jobs=[OpenBulkJob(*row) for row in connection.execute(jobs.order_by(bulk_job.c.created_at))],
    )  # fmt: skip
