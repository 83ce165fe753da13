"""The faults that Drawbar has to outlive: what is done about each, which tests elsewhere prove it, what was seen.

`docs/reliability.md` is made of this table and of the `fault` marks of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One fault by its number; `also` names tests elsewhere (`path::name` below tests/), `seen` a measurement."""

    fault: str
    answer: str
    also: tuple[str, ...] = ()
    seen: str = ""


ENGINE, JOBS, MIDDLEWARE = "jobs/test_engine.py", "jobs/test_failures.py", "middleware/sync"
SESSION, TOKEN = "connectors/salesforce/test_session.py", "connectors/salesforce/test_token.py"
DELIVERY, TRANSPORTS = "connectors/leaseworks/test_delivery.py", "connectors/leaseworks/test_transports.py"
SQL = "connectors/leaseworks/test_sql.py"

FAULTS: dict[int, FaultEntry] = {
    1: FaultEntry(
        "A process is killed (`kill -9`) at random moments",
        "Steps and parts are recorded and safe to repeat; whatever leaves the hub is an upsert by external id",
        seen="2026-11-21, two busy cores: 3 kills each, 725 and 698 records, 50 and 29 sent twice, none doubled",
    ),
    2: FaultEntry(
        "A process is killed at each boundary by name",
        "A row of the outbox and the fingerprint that makes it known are one transaction; a bulk job's claim is noted "
        "before the job, its id before the upload; a job that runs in Salesforce is waited for, not repeated",
        (f"{MIDDLEWARE}/test_deliver.py::test_a_bulk_job_that_a_crash_left_is_finished_and_not_repeated",
         f"{MIDDLEWARE}/test_deliver.py::test_a_call_that_a_crash_cut_off_is_made_again"),
        "2026-11-21: 18 deaths of one run, one after the other: all agrees",
    ),
    3: FaultEntry(
        "All workers are killed together",
        "Locks end with their process; a sweeper that twice obtains the lock of another takes its runs over",
        (f"{ENGINE}::test_a_run_whose_process_is_killed_is_finished_by_the_next_without_repeating_recorded_steps",),
        "2026-11-21: three killed, done 2.5 s (SQLite) and 3.0 s (PostgreSQL) after three others had started",
    ),
    4: FaultEntry(
        "A process is frozen and wakes again",
        "It keeps its lock while it is frozen, so nobody takes its work over; what it did is not done twice. One that "
        "was cut off from the database meanwhile has lost its work to others: its commits are refused",
        (f"{ENGINE}::test_a_frozen_process_keeps_its_run_until_it_dies",),
    ),
    5: FaultEntry(
        "PostgreSQL crashes and comes back",
        "Steps are repeated for a minute while the database is away; a process that lost its lock with its connection "
        "takes it again within a second. Both ends of a connection notice within 11 seconds that the other is away",
        seen="2026-11-21: 2 crashes in one run: it succeeded",
    ),
    6: FaultEntry(
        "The disk is full",
        "Nothing half-written is committed; the step is tried for a minute, and gone on with by the next process. "
        "Shown with a limit on the size of files (`RLIMIT_FSIZE`), which SQLite meets as it does a full disk. The "
        "server answers 503 and acknowledges nothing",
    ),
    7: FaultEntry(
        "The power fails while SQLite is written",
        "Write-ahead log with `synchronous=FULL`. Images of the files, taken at random moments while their process "
        "stands still, are whole and hold what had been committed; loss of what a disk had not flushed is not shown",
    ),
    8: FaultEntry("A worker is asked to stop (SIGTERM)", "What runs may end (30 s), the rest goes on later"),
    9: FaultEntry(
        "A new release is deployed with runs in flight",
        "The engine's version is pinned to the format of runs, so that the new release goes on with old runs; "
        "another mapping sends what it maps differently",
        (f"{MIDDLEWARE}/test_intake.py::test_another_mapping_sends_what_it_maps_differently_and_nothing_else",),
    ),
    10: FaultEntry(
        "One record can never be written", "It becomes a failure with a remedy; all others go on",
        (f"{JOBS}::test_what_a_validation_rule_of_the_org_refuses_is_shown_and_mended_by_the_source",),
    ),
    11: FaultEntry(
        "The clock jumps, or changes for daylight saving", "A tick is known by the instant that it is for (UTC)",
        (f"{ENGINE}::test_each_tick_starts_one_run_although_two_processes_watch_the_clock",
         f"{SQL}::test_the_hour_that_comes_twice_when_clocks_go_back_is_read_again"),
    ),
    12: FaultEntry(
        "Answers are lost after the commit (20 % of all writes)", "Every write may be made again (upserts)",
        (f"{JOBS}::test_trouble_on_the_way_neither_loses_nor_doubles_a_record",),
    ),
    13: FaultEntry(
        "429 with `Retry-After`", "A gate that all threads share stays shut so long; beyond a minute the run pauses",
        (f"{SESSION}::test_no_thread_calls_inside_the_window_of_a_retry_after",
         f"{SESSION}::test_a_long_retry_after_is_handed_back_and_holds_for_the_next_call_too"),
    ),
    14: FaultEntry("7 of 10,000 rows are refused", "9,993 are written, 7 become failures; a replay writes the 7"),
    15: FaultEntry(
        "5 % of the rows are locked", "They are tried again after 1, 2, 4 ... seconds, at most 5 times",
        (f"{MIDDLEWARE}/test_deliver.py::test_a_row_lock_is_tried_again_and_converges",),
    ),
    16: FaultEntry(
        "The token expires under 16 threads", "One of them renews it, the others wait",
        (f"{SESSION}::test_sixteen_threads_whose_token_expires_together_cause_one_refresh",
         f"{TOKEN}::test_sixteen_threads_whose_token_expires_together_log_in_once"),
    ),
    17: FaultEntry(
        "A vendor hangs",
        "Its time-out ends the run as paused; the next run finds everything as it was. A process that hangs in a call "
        "without end is ended by its watchdog",
        (f"{TRANSPORTS}::test_a_server_that_says_nothing_is_tried_again_later",
         f"{TRANSPORTS}::test_a_server_that_answers_too_slowly_is_tried_again_later"),
    ),
    18: FaultEntry(
        "10,000 rows have one time stamp", "The cursor reads an overlap and orders by key",
        (f"{SQL}::test_ten_thousand_rows_of_one_instant_all_come_once",),
    ),
    19: FaultEntry(
        "A source is suddenly empty, or lost 60 % of its keys", "Nothing of it is taken until a person accepts it",
        (f"{MIDDLEWARE}/test_intake.py::test_a_source_that_lost_half_its_rows_stops_and_changes_nothing",
         f"{MIDDLEWARE}/test_intake.py::test_an_empty_source_stops_too_unless_a_person_accepts_it"),
    ),
    20: FaultEntry(
        "A column is missing, new or renamed", "A missing one stops by name; a new one is mentioned",
        (f"{SQL}::test_a_view_that_lacks_a_column_stops_by_name",
         f"{JOBS}::test_an_extra_column_is_taken_and_mentioned"),
    ),
    21: FaultEntry(
        "Odd text, money, dates, encodings", "Equal in Salesforce, or a failure that names row, column and reason",
        (f"{JOBS}::test_hostile_text_stays_text", f"{JOBS}::test_bad_bytes_hold_up_their_row_alone",
         f"{JOBS}::test_bad_cells_hold_up_their_rows_alone_and_are_shown_on_their_accounts_until_they_are_right"),
    ),
    22: FaultEntry(
        "The server is killed (`kill -9`) under load",
        "A message is acknowledged after its commit, and known by its sender's id: who got no answer sends it again",
        seen="2026-11-30, two busy cores: 4 kills, 54 messages acknowledged, 54 stored, each handled once",
    ),
    23: FaultEntry(
        "The same message comes a thousand times at once",
        "Sender and message id are unique; the effect and the note that it was handled are one transaction. Another "
        "body under the same id is a conflict (409)",
        ("middleware/server/test_webhooks.py::test_another_body_under_the_same_id_is_a_conflict",),
    ),
    24: FaultEntry(
        "Versions of a record are put, sent, refused, replayed in any order",
        "One row per record waits; what comes later joins it and wins, also over what is under way",
        (f"{MIDDLEWARE}/test_outbox.py::test_a_replayed_record_does_not_overwrite_a_newer_change_that_waits",),
        "2026-11-21: 60 histories; with the order of joining reversed it fails",
    ),
    25: FaultEntry(
        "Hostile XML: entities, bombs, references to files and addresses, depth, hundreds of thousands of attributes",
        "expat refuses it before lxml builds anything; bytes are counted while they come; nothing is ever loaded",
        seen="2026-11-30, two busy cores: 51 attacks, 100 MB at most, nothing read or called",
    ),
    26: FaultEntry(
        "A webhook is replayed, comes more than five minutes off, or with one bit changed",
        "The signature covers id, time and body and counts for five minutes; within them a replay is known by its id. "
        "SOAP log-ins with a digest likewise, by their nonce",
    ),
    27: FaultEntry(
        "One caller floods the server",
        "Calls are counted by caller: 429 with `Retry-After`, and the others are served",
    ),
    28: FaultEntry(
        "Two people replay the same failure at once", "One does; both stand in the audit",
        (f"{JOBS}::test_of_two_who_replay_the_same_failure_at_once_one_does_and_both_are_audited",),
    ),
    29: FaultEntry(
        "A backup of the hub is restored, and the sync goes on",
        "`drawbar database backup` takes one moment of the hub, and the engine's records of just before, "
        "while a worker runs; what is sent again are upserts of the same records",
        ("commands/test_database.py::test_a_damaged_backup_restores_nothing",),
    ),
    30: FaultEntry(
        "The hub moves from SQLite to PostgreSQL, or back, with runs and bulk jobs in flight",
        "The engine's records go along; one transaction, then rows and hashes of every table are compared; the former "
        "database is closed before the new one opens, and refuses all work after",
        ("commands/test_database.py::test_a_move_is_refused_while_a_worker_lives_and_a_backup_is_not",
         "commands/test_database.py::test_no_command_works_on_a_database_from_which_the_hub_has_moved"),
        "2026-11-25, two busy cores: a run that died at 18 places, its hub moved to and fro after each death: 18 moves "
        "of 27 tables, all hashes equal, all agrees in the end; 200,000 rows moved in 73 s, with 145 MB at most",
    ),
}  # fmt: skip

RELIABILITY = (
    "Promise: what was taken is never lost, what is delivered is never doubled, what is refused is explained. After "
    "every fault a checker compares the deliveries, the hub and the org record by record: fields, doubles, children "
    "without parents, one open case per delinquent account, fingerprints, outbox, bulk jobs, failures, audit. It finds "
    "whatever is planted (`tests/faults/test_checker.py`).",
    "",
    "`make test` runs the suite short, `make test-faults` long. A stateful test "
    "(`tests/faults/test_agreement.py`) lets the source change, people edit in Salesforce, calls fail, processes die "
    "at any commit or call, and failures be replayed, in any order; in the end all agree.",
    "",
    "All figures below are of short runs. The long form has not been run to its end yet.",
)
