"""Every metric of Drawbar: what the documents, the example rules and the collectors agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Source = Literal["hub", "process"]
Kind = Literal["gauge", "counter", "histogram"]

_CALL_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_STEP_SECONDS: Final = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 10800, 21600)


@dataclass(frozen=True, slots=True)
class Described:
    """A metric: its name as Prometheus has it, what kind it is, whence it comes, its labels, and what it says."""

    name: str
    kind: Kind
    source: Source
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


METRICS: Final[dict[str, Described]] = {
    each.name: each
    for each in (
        Described("drawbar_build_info", "gauge", "hub", ("version",), "Always 1; the release that tells."),
        Described("drawbar_database_up", "gauge", "hub", (), "1: the hub's database answers; 0: no more is told."),
        Described("drawbar_outbox_rows", "gauge", "hub", ("object", "state"),
                  "Records that are to be written: waiting, or under_way in a call or bulk job."),
        Described("drawbar_outbox_lag_seconds", "gauge", "hub", ("object",),
                  "Age of the oldest record that is to be written; 0 when there is none."),
        Described("drawbar_bulk_jobs", "gauge", "hub", ("object",), "Bulk jobs that are not settled yet."),
        Described("drawbar_bulk_job_age_seconds", "gauge", "hub", ("object",),
                  "Age of the oldest bulk job that is not settled; 0 when there is none."),
        Described("drawbar_failures_open", "gauge", "hub", ("object", "code"),
                  "Open failures by cause; beyond 50 causes the rarer ones are counted as other."),
        Described("drawbar_runs", "gauge", "hub", ("job_name", "state"), "Runs that the database knows, by state."),
        Described("drawbar_job_last_state", "gauge", "hub", ("job_name", "state"),
                  "1 for the state in which the job's last run ended, 0 for the others."),
        Described("drawbar_job_last_success_timestamp_seconds", "gauge", "hub", ("job_name",),
                  "When the job's last run ended that was done (succeeded or incomplete); 0: never."),
        Described("drawbar_job_due_timestamp_seconds", "gauge", "hub", ("job_name",),
                  "When the schedule starts the job, or should have, for the first time after its last success."),
        Described("drawbar_run_silence_seconds", "gauge", "hub", ("job_name",),
                  "Since when a run that is under way has shown no progress; 0 when none is under way."),
        Described("drawbar_run_queued_seconds", "gauge", "hub", ("job_name",),
                  "Age of the oldest run that has not begun; 0 when there is none."),
        Described("drawbar_feed_rows", "gauge", "hub", ("feed",), "Records that the feed's fingerprints hold."),
        Described("drawbar_feed_taken_timestamp_seconds", "gauge", "hub", ("feed",),
                  "When the feed was last taken in."),
        Described("drawbar_feed_business_day_timestamp_seconds", "gauge", "hub", ("feed",),
                  "Business day (midnight UTC) of the delivery that was last taken in."),
        Described("drawbar_api_calls_used", "gauge", "hub", ("system",),
                  "API calls of the last 24 hours that the system counted when a run was last told."),
        Described("drawbar_api_calls_allowed", "gauge", "hub", ("system",), "API calls that it allows in 24 hours."),
        Described("drawbar_api_calls_reserved", "gauge", "hub", ("system",),
                  "API calls among the allowed that Drawbar leaves to people and other programs."),
        Described("drawbar_api_calls_told_timestamp_seconds", "gauge", "hub", ("system",),
                  "When a run was last told these figures."),
        Described("drawbar_runs_in_progress", "gauge", "process", ("job_name",), "Runs that this process works on."),
        Described("drawbar_step_duration_seconds", "histogram", "process", ("job_name", "step", "end"),
                  "Time that steps took, by verb (fetch, take, deliver); end: ok, or how it ended its run.",
                  _STEP_SECONDS),
        Described("drawbar_http_request_duration_seconds", "histogram", "process", ("system", "method", "status"),
                  "Time until an answer began; status 0: nobody answered.", _CALL_SECONDS),
        Described("drawbar_http_retries_total", "counter", "process", ("system",), "Calls that were made once more."),
        Described("drawbar_http_retry_after_total", "counter", "process", ("system",),
                  "Answers that asked, by Retry-After, not to be called for a while."),
        Described("drawbar_http_retry_after_seconds_total", "counter", "process", ("system",),
                  "Seconds that those answers asked for."),
        Described("drawbar_logins_total", "counter", "process", ("system", "result"),
                  "Log-ins (new tokens): accepted, refused or unanswered."),
        Described("drawbar_rows_total", "counter", "process", ("entity", "result"),
                  "Rows taken in: unchanged, created, changed, refused, gone."),
        Described("drawbar_records_total", "counter", "process", ("object", "outcome"),
                  "Records delivered: created, updated, deleted, retried, refused."),
    )
}  # fmt: skip
"""Every metric of Drawbar. Labels name what the product knows beforehand: never a record, a person, or a path.

None is called `job` or `instance`: Prometheus sets these itself when it scrapes.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric of the hub, with the values of its labels in their order."""

    name: str
    labels: tuple[str, ...]
    value: float
