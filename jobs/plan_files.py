"""Plans as files: JSON to be run, CSV for Excel and HTML to be read, approved and printed; all written as a stream."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TextIO

from drawbar.jobs.plan_changes import PlannedChange, Tally
from drawbar.jobs.plan_page import PAGE
from drawbar.jobs.plans import FORMAT, OpenPlan, Plan
from drawbar.jobs.summaries import NOT_KNOWN
from drawbar.middleware.errors import StopRun

Json = dict[str, Any]
_MAKE_ANEW: Final = "Make a new plan with: drawbar plan accounts --out FILE.json"
_END: Final = '"sha256": "'
_AROUND: Final = frozenset({'"changes": [\n', "],\n", "\n"})
_FORMULA = re.compile(r"^[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


class PlanRefused(StopRun):
    """A plan is not carried out: it is not what was made, or the world has moved."""


def write_plan(opened: OpenPlan, path: Path, *, masked: bool) -> str:
    """Write a plan as the ending of the file's name says, readable by its owner alone; gives the file's SHA-256.

    The file is there whole or not at all. Raises KeyError for another ending than those of `WRITERS`.
    """
    write = WRITERS[path.suffix.lower()]
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600, exist_ok=False)
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            write_to(opened, file, write, masked=masked)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_to(opened: OpenPlan, file: TextIO, write: Writer, *, masked: bool) -> None:
    """Write a plan to an open file, with or without the values that tell who somebody is."""
    changes = opened.changes()
    write(file, replace(opened.plan, masked=masked), (each.masked() for each in changes) if masked else changes)


def write_json(file: TextIO, plan: Plan, changes: Iterable[PlannedChange]) -> None:
    """Write JSON, one line per record; the last line is the SHA-256 of all lines before it."""
    digest = hashlib.sha256()

    def line(text: str) -> None:
        file.write(f"{text}\n")
        digest.update(f"{text}\n".encode("utf-8", "surrogatepass"))

    line(f'{{"plan": {json.dumps(plan.as_json(), ensure_ascii=True)},')
    line('"changes": [')
    following = ""
    for change in changes:
        if following:
            line(f"{following},")
        following = change.line
    line(following)
    line("],")
    file.write(f'{_END}{digest.hexdigest()}"}}\n')


def write_csv(file: TextIO, plan: Plan, changes: Iterable[PlannedChange]) -> None:
    """Write CSV for a spreadsheet: what the plan is, then one line per field; nothing in it becomes a formula."""
    file.write("\ufeff")
    table = csv.writer(file)
    table.writerows([[safe(cell) for cell in row] for row in _head(plan)])
    table.writerow([])
    table.writerow(["Object", "Key", "Action", "Field", "Before", "After", "Why"])
    for change in changes:
        for row in _field_rows(change):
            table.writerow([safe(cell) for cell in row])


def write_html(file: TextIO, plan: Plan, changes: Iterable[PlannedChange]) -> None:
    """Write one page that can be printed and loads nothing; every value is escaped."""
    from jinja2 import Environment  # noqa: PLC0415  (every run would wait for it)

    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(PAGE)
    rows = ((change, list(_field_rows(change))) for change in changes)
    file.writelines(page.generate(plan=plan, head=_head(plan), changes=rows))


Writer = Callable[[TextIO, Plan, Iterable[PlannedChange]], None]
WRITERS: Final[Mapping[str, Writer]] = {".json": write_json, ".csv": write_csv, ".html": write_html}
"""How a plan is written, by the ending of the file's name."""


def safe(value: object) -> str:
    """Give a cell that no spreadsheet takes for a formula: an apostrophe goes before what could be one.

    As OWASP says under "CSV Injection" (read 2026-07); plain numbers stay as they are.
    """
    text = cell(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def cell(value: object) -> str:
    """Give a value as text, as people read it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _head(plan: Plan) -> Iterator[tuple[str, ...]]:
    yield "Plan", plan.id
    yield "Made", f"{plan.made_at:%Y-%m-%d %H:%M:%S} UTC by {plan.made_by} with Drawbar {plan.drawbar}"
    for each in plan.deliveries:
        yield "Delivery", each["name"], f"of {each['business_date']}", f"content {each['content'] or 'of the views'}"
    for name, counts in plan.objects.items():
        yield name, *(f"{counts[verb]} {verb}" for verb in ("created", "changed", "deleted", "left", "refused"))
    yield "Records", str(plan.records)
    yield "SHA-256 of all changes", plan.digest
    for name, digest in plan.state.items():
        yield f"SHA-256 of {name}", digest
    yield "Not listed", ", ".join(plan.not_listed), "say only when Drawbar wrote"
    if plan.masked:
        yield "Masked", "Names, telephones, addresses and free text are blotted out."
    yield "Note", "A cell that a spreadsheet would take for a formula begins with an apostrophe."
    for each in plan.refused_deliveries:
        yield "Not taken", each["name"], each["status"], each["problem"]


def _field_rows(change: PlannedChange) -> Iterator[tuple[object, ...]]:
    for each in change.fields:
        before = each.before if each.known else NOT_KNOWN
        yield change.object, change.key, change.action, each.name, before, each.after, change.why
    if not change.fields:
        yield change.object, change.key, change.action, "", "", "", change.why


def read_plan(path: Path) -> tuple[Plan, str]:
    """Give a plan that was written as JSON, and the SHA-256 of its file; raise PlanRefused when it is another.

    Reads line by line: the size of the file does not matter.
    """
    digest, total, records = hashlib.sha256(), Tally(), 0
    plan, last = None, ""
    with path.open("rb") as file:
        for raw in file:
            text = raw.decode("utf-8", "replace")
            if text.startswith(_END):
                last = text
                break
            digest.update(raw)
            if plan is None:
                plan = _head_of(path, text)
            elif text.startswith('{"action"'):
                total.add(text.rstrip("\n").removesuffix(","))
                records += 1
            elif text not in _AROUND:
                raise _not_a_plan(path)
        rest = file.read(1)
    if plan is None:
        raise _not_a_plan(path)
    if rest or last != f'{_END}{digest.hexdigest()}"}}\n':
        raise PlanRefused("was changed after it had been made", record=path.name, remedy=_MAKE_ANEW)
    if plan.masked:
        raise PlanRefused("has masked values, so it cannot be checked", record=path.name, remedy=_MAKE_ANEW)
    if (total.hex, records) != (plan.digest, plan.records):
        raise PlanRefused("lists other changes than its head says", record=path.name, remedy=_MAKE_ANEW)
    return plan, digest.hexdigest()


def _head_of(path: Path, line: str) -> Plan:
    try:
        stored = json.loads(line.removeprefix('{"plan": ').removesuffix(",\n"))
        plan = Plan.from_json(stored)
    except (ValueError, KeyError, TypeError):
        raise _not_a_plan(path) from None
    if plan.format != FORMAT:
        raise PlanRefused(f"has format {plan.format}, not {FORMAT}", record=path.name, remedy=_MAKE_ANEW)
    return plan


def _not_a_plan(path: Path) -> PlanRefused:
    return PlanRefused("is not a plan that can be run", record=path.name, remedy=_MAKE_ANEW)
