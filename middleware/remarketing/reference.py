"""`docs/remarketing-statuses.md`: the statuses of a request as diagram and table, from what the hub goes by."""

from __future__ import annotations

from collections.abc import Iterator

from drawbar.middleware.remarketing.statuses import DEFAULT_CYCLE, SET_BY, RemarketingStatus

HEADER = """\
# The statuses of a remarketing request

Generated from `middleware/remarketing/statuses.py` (`make docs`): the table as it is without `[remarketing.cycle]` in
the settings. What it means for people: [remarketing.md](remarketing.md).
"""


def remarketing_reference() -> str:
    """Give the document as Markdown."""
    return "\n".join([HEADER, *_diagram(), *_table()]) + "\n"


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from (f'    state "{each.value}" as {_id(each)}' for each in RemarketingStatus)
    yield f"    [*] --> {_id(RemarketingStatus.NEW)}"
    for before in RemarketingStatus:
        yield from (f"    {_id(before)} --> {_id(after)}" for after in DEFAULT_CYCLE[before])
    yield from (f"    {_id(each)} --> [*]" for each in RemarketingStatus if not DEFAULT_CYCLE[each])
    yield "```"
    yield ""


def _table() -> Iterator[str]:
    yield "| Status | Set by | What may follow |"
    yield "|---|---|---|"
    for each in RemarketingStatus:
        after = ", ".join(DEFAULT_CYCLE[each]) or "nothing"
        yield f"| {each.value} | {SET_BY[each].value} | {after} |"


def _id(status: RemarketingStatus) -> str:
    return status.name.lower()
