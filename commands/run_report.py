"""Shows runs: states in a list, or one run with what it counted and the first changes field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from drawbar.commands.reconcile_report import in_short, show_comparison
from drawbar.jobs.summaries import NOT_KNOWN
from drawbar.middleware.sync.runs import Run

_STYLES = {"succeeded": "green", "incomplete": "yellow", "paused": "yellow", "stopped": "red", "failed": "red"}
_SHOWN_FIELDS, _NEW_FIELDS = 12, 4


def run_as_json(run: Run) -> dict[str, Any]:
    """Give a run as a JSON object, with its summary."""
    return {
        "id": run.id, "job": run.job, "state": run.state, "requested_by": run.requested_by,
        "queued_at": run.queued_at, "started_at": run.started_at, "finished_at": run.finished_at,
        "phase": run.phase, "done": run.done, "total": run.total, "error": run.error, "summary": run.summary,
    }  # fmt: skip


def show_runs(console: Console, runs: Sequence[Run]) -> None:
    """List runs, newest first."""
    table = Table("Run", "State", "Started", "Seconds", "What")
    for run in runs:
        table.add_row(
            run.id, Text(run.state, _STYLES.get(run.state, "")),
            f"{run.started_at:%Y-%m-%d %H:%M:%S}" if run.started_at else "", _seconds(run), Text(_short(run)),
        )  # fmt: skip
    console.print(table if runs else "Nothing has run yet.")


def show_run(console: Console, run: Run) -> None:
    """Tell one run: its end, what it counted per object, what it sent, what is wrong, and examples of changes."""
    console.print(Text.assemble(f"Run {run.id}: ", (run.state, _STYLES.get(run.state, "")), f" {_seconds(run)} s"))
    if run.error:
        console.print(Text(run.error, "red"))
    if "plan" in run.summary:
        made = run.summary["plan"]
        console.print(Text(f"By plan {made['id']}, made {made['made_at'][:16]} UTC by {made['made_by']}"))
    _show_trouble(console, run.summary)
    for delivery in run.summary.get("deliveries", ()):
        console.print(f"\nDelivery {delivery['name']} of {delivery['business_date']}")
        _show_notices(console, delivery)
        console.print(objects_table(delivery["objects"], delivery["delivered"]["objects"]))
        _show_samples(console, delivery["samples"])
    if "compared" in run.summary:
        show_comparison(console, run.summary)
    if "read" in run.summary:
        console.print(_read_table(run.summary["read"]))
    if "imports" in run.summary:
        _show_imports(console, run.summary)
    if "data_sets" in run.summary:
        show_data_sets(console, run.summary["data_sets"])
    if "delivered" in run.summary:
        _show_leftovers(console, run.summary["delivered"]["objects"])


def show_rehearsal(console: Console, summary: Mapping[str, Any]) -> None:
    """Tell what a run would do."""
    if "read" in summary:
        console.print("Dry run; nothing was written.")
        console.print(_read_table(summary["read"]))
    else:
        _show_waiting(console, summary)
    _show_refusals(console, summary["refusals"])
    _show_samples(console, summary["samples"])


def show_data_sets(console: Console, deliveries: Sequence[Mapping[str, Any]]) -> None:
    """Tell the deliveries of data sets: which days each covers, by which ways it goes, and what is in it."""
    if not deliveries:
        console.print("Nothing is due; every business date was delivered.")
    for each in deliveries:
        days = " to ".join(dict.fromkeys((each["first_day"], each["business_date"])))
        console.print(f"\n{each['name']}, {days}, by {' and '.join(each['ways'])}")
        table = Table("Data set", _right("rows"), "totals")
        for name, contents in each["contents"].items():
            totals = ", ".join(f"{total} {amount}" for total, amount in contents["totals"].items())
            table.add_row(name, f"{contents['rows']:,}", totals)
        console.print(table)


def _show_waiting(console: Console, summary: Mapping[str, Any]) -> None:
    _show_trouble(console, summary)
    names = ", ".join(f"{each['name']} of {each['business_date']}" for each in summary["deliveries"])
    console.print(f"Dry run; nothing was written. Waiting: {names or 'no delivery'}.")
    for delivery in summary["deliveries"]:
        _show_notices(console, delivery)
    console.print(objects_table(summary["objects"], None))


def _read_table(read: Mapping[str, Any]) -> Table:
    """Give what each reading of a system came to."""
    counts = ("read", "created", "changed", "unchanged", "refused")
    table = Table("Read", *(_right(each) for each in counts), caption="\n".join(_notes(read)) or None)
    for name, result in read.items():
        table.add_row(name, *(f"{result[each]:,}" for each in counts))
    return table


def _notes(read: Mapping[str, Any]) -> list[str]:
    return [f"Note: {name}: {each}" for name, result in read.items() for each in result["notices"]]


def _show_imports(console: Console, summary: Mapping[str, Any]) -> None:
    """Tell what LeaseWorks answered, and what it was told now."""
    for each in summary.get("answers", ()):
        said = each["problem"] or f"{each['accepted']} accepted, {each['rejected']} rejected"
        console.print(Text(f"Answer to {each['name']}: {said}", "red" if each["problem"] else ""))
    for each in summary["imports"]:
        rows = ", ".join(f"{count} {kind}" for kind, count in each["rows"].items() if count)
        console.print(f"Import {each['name']}: {rows}")
    for name in summary.get("unanswered", ()):
        console.print(Text(f"Import {name} has no answer yet, and should have.", "red"))


def _show_refusals(console: Console, refusals: Sequence[Mapping[str, Any]]) -> None:
    if refusals:
        console.print("\nExamples of what would be refused, and why:")
    for each in refusals:
        place = f"row {each['row_number']} of {each['source']}{each['field'] and ', ' + each['field']}"
        console.print(Text(f"  {each['object']} {each['key']} ({place})", "bold"))
        console.print(Text(f"    {each['code']}: {each['message']} {each['remedy']}"))


def _show_trouble(console: Console, summary: Mapping[str, Any]) -> None:
    for notice in summary.get("notices", ()):
        console.print(Text(f"Note: {notice}", "yellow"))
    for refused in summary.get("refused_deliveries", ()):
        text = f"{refused['name']} is {refused['status']}: {refused['problem']}. {refused['remedy']}"
        console.print(Text(text, "yellow"))


def _show_notices(console: Console, delivery: Mapping[str, Any]) -> None:
    for entity, intake in delivery["entities"].items():
        for notice in intake.get("notices", ()):
            console.print(Text(f"Note: {entity}: {notice}", "yellow"))


def objects_table(objects: Mapping[str, Any], delivered: Mapping[str, Any] | None) -> Table:
    """Give the counts per object, with what was `delivered` where something was."""
    table = Table("Object", *(_right(each) for each in ("create", "change", "delete", "left", "refused")))
    if delivered is not None:
        for heading in ("written", "refused by org", "calls", "bulk jobs"):
            table.add_column(heading, justify="right")
    for name, counts in objects.items():
        cells = [counts[each] for each in ("created", "changed", "deleted", "left", "refused")]
        if delivered is not None:
            cells += _delivered_cells(delivered.get(name, {}))
        table.add_row(name, *(f"{cell:,}" for cell in cells))
    return table


def _delivered_cells(tally: Mapping[str, int]) -> list[int]:
    written = sum(tally.get(each, 0) for each in ("created", "updated", "deleted"))
    return [written, *(tally.get(each, 0) for each in ("refused", "calls", "bulk_jobs"))]


def _right(heading: str) -> Any:
    from rich.table import Column  # noqa: PLC0415

    return Column(heading, justify="right")


def _show_samples(console: Console, samples: Sequence[Mapping[str, Any]]) -> None:
    if samples:
        console.print("\nExamples of what changes, and why:")
    for sample in samples:
        verb = "new" if sample["creates"] else "changed"
        console.print(Text(f"  {sample['object']} {sample['key']} ({verb}; {sample['why']})", "bold"))
        shown = _NEW_FIELDS if sample["creates"] else _SHOWN_FIELDS
        for change in sample["fields"][:shown]:
            console.print(Text(f"    {in_words(change, creates=sample['creates'])}"))
        if len(sample["fields"]) > shown:
            console.print(f"    ... and {len(sample['fields']) - shown} more fields")


def in_words(change: Mapping[str, Any], *, creates: bool = False) -> str:
    """Give one field's change as people read it: `Late_Fees__c: 0.00 -> 12.00`."""
    after = _cell(change["after"])
    if creates:
        return f"{change['field']}: {after}"
    before = _cell(change["before"]) if change.get("before_known", True) else NOT_KNOWN
    return f"{change['field']}: {before} -> {after}"


def _cell(value: object) -> str:
    return "(empty)" if value is None else str(value)


def _show_leftovers(console: Console, objects: Mapping[str, Any]) -> None:
    if not objects:
        console.print("Nothing waited.")
    for name, tally in objects.items():
        console.print(f"{name}: {_delivered_cells(tally)[0]:,} written, {tally['refused']:,} refused")


def _seconds(run: Run) -> str:
    if run.started_at is None or run.finished_at is None:
        return ""
    return f"{(run.finished_at - run.started_at).total_seconds():.1f}"


def _short(run: Run) -> str:
    if run.error:
        return run.error[:100]
    if "compared" in run.summary:
        return in_short(run.summary)
    if "read" in run.summary:
        return ", ".join(f"{each['read']:,} {name}" for name, each in run.summary["read"].items())
    if "data_sets" in run.summary:
        return ", ".join(each["name"] for each in run.summary["data_sets"]) or "nothing was due"
    return run.phase or ", ".join(each["name"] for each in run.summary.get("deliveries", ()))
