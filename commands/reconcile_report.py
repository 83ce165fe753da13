"""Shows a comparison of hub and org: a line per object, then what cannot be compared, and examples of what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

Json = Mapping[str, Any]

_COUNTS = ("wanted", "held", "equal", "missing", "differing", "extra")
_HEADINGS = ("hub", "org", "equal", "missing in org", "differing", "extra in org")
_LONGEST = 60


def show_comparison(console: Console, summary: Json) -> None:
    """Tell a whole comparison."""
    compared = {name: each for name, each in summary["compared"].items() if "not_compared" not in each}
    table = Table("Object", *(Column(each, justify="right") for each in (*_HEADINGS, "queued")))
    for name, each in compared.items():
        table.add_row(name, *(f"{each[count]:,}" for count in (*_COUNTS, "queued")))
    console.print(table)
    for name, each in summary["compared"].items():
        _show_remarks(console, name, each)
    for name, each in compared.items():
        _show_examples(console, name, each)
    console.print(Text(in_short(summary), "green" if _is_equal(summary) else "yellow"))


def in_short(summary: Json) -> str:
    """Give the outcome in one line."""
    if _is_equal(summary):
        return "Hub and org are equal."
    totals = [(sum(each.get(count, 0) for each in summary["compared"].values()), word) for count, word in _WORDS]
    return ", ".join(f"{total:,} {word}" for total, word in totals if total) or "Not everything could be compared."


_WORDS = (
    ("missing", "missing in the org"), ("differing", "differing"), ("extra", "extra in the org"),
    ("queued", "of them queued for repair"),
)  # fmt: skip


def _is_equal(summary: Json) -> bool:
    def clean(each: Json) -> bool:
        if "not_compared" in each:
            return bool(each["expected"])
        return not (each["missing"] or each["differing"] or each["extra"])

    return all(map(clean, summary["compared"].values()))


def _show_remarks(console: Console, name: str, each: Json) -> None:
    if "not_compared" in each:
        console.print(Text(f"{name}: not compared: {each['not_compared']}", "" if each["expected"] else "yellow"))
        return
    for notice in each["notices"]:
        console.print(Text(f"{name}: {notice}", "yellow"))
    for why, count in each["unclear"].items():
        console.print(Text(f"{name}: {count:,} rows cannot be compared: {why}", "yellow"))
    for why, count in each["aside"].items():
        console.print(f"{name}: {count:,} records of the org are in order as they are: {why}")


def _show_examples(console: Console, name: str, each: Json) -> None:
    if each["fields"]:
        most = sorted(each["fields"].items(), key=lambda pair: -pair[1])
        console.print(f"\n{name}: differences by field: {', '.join(f'{field} {count:,}' for field, count in most)}")
    for example in each["examples"]["differing"]:
        console.print(Text(f"  {name} {example['key']} differs{_failure(example)}", "bold"))
        for field in example["fields"]:
            console.print(Text(f"    {field['field']}: hub {_cell(field['hub'])}, org {_cell(field['org'])}"))
    for example in each["examples"]["missing"]:
        console.print(Text(f"  {name} {example['key']} is missing in the org{_failure(example)}", "bold"))
    for key in each["extra_keys"]:
        console.print(Text(f"  {name} {key} is extra in the org: no source holds it", "bold"))


def _failure(example: Json) -> str:
    return f" (failure {example['failure']})" if example.get("failure") else ""


def _cell(value: object) -> str:
    text = "(empty)" if value is None else " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."
