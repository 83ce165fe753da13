"""`docs/repossession-states.md`: the way of a repossession as diagram and tables, from what the hub goes by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drawbar.middleware.repossession.holds import BLOCKS, HoldAction
from drawbar.middleware.repossession.roles import ACT_OF, MAY
from drawbar.middleware.repossession.states import FINAL, TRANSITIONS, Effect, RepoState, Transition

HEADER = """\
# The way of a repossession

Generated from `middleware/repossession/` (`make docs`). What it means for people: [repossession.md](repossession.md).
"""


def repossession_reference() -> str:
    """Give the document as Markdown."""
    lines = [HEADER, *_diagram(), *_steps(), *_holds(), *_roles()]
    return "\n".join(lines).rstrip("\n") + "\n"


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from (f'    state "{each.value}" as {_id(each)}' for each in RepoState)
    yield f"    [*] --> {_id(RepoState.REQUESTED)}: request"
    for each in TRANSITIONS:
        if each.to is not None:  # a way back from a hold for every way into it would hide the rest
            yield from (f"    {_id(source)} --> {_id(each.to)}: {each.event.value}" for source in each.sources)
    yield from (f"    {_id(each)} --> [*]" for each in RepoState if each in FINAL)
    yield "```"
    yield ""


def _id(state: RepoState) -> str:
    return state.name.lower()


def _steps() -> Iterator[str]:
    yield "## Steps"
    yield ""
    yield "A step from another state is refused, with the reason. `resume` (not in the diagram) leads back from a hold."
    yield ""
    yield from _table(("Event", "From", "To", "Asks for", "Brings about"), [_step(each) for each in TRANSITIONS])


def _step(each: Transition) -> tuple[str, ...]:
    effects = ", ".join(Effect(effect).value for effect in each.effects)
    to = each.to.value if each.to else "the state before the hold"
    sources = ", ".join(source.value for source in each.sources)
    return f"`{each.event.value}`", sources, to, ", ".join(guard.value for guard in each.guards), effects


def _holds() -> Iterator[str]:
    yield "## Holds"
    yield ""
    marks = [
        (kind.value, *("refused" if action in blocked else "" for action in HoldAction))
        for kind, blocked in BLOCKS.items()
    ]
    yield from _table(("Hold", *(each.value for each in HoldAction)), marks)


def _roles() -> Iterator[str]:
    acts = tuple(dict.fromkeys(ACT_OF.values()))
    yield "## Roles"
    yield ""
    yield from _table(
        ("Role", *acts), [(role, *("yes" if act in may else "" for act in acts)) for role, may in MAY.items()]
    )
    yield "Events by act: " + "; ".join(
        f"**{act}** {', '.join(f'`{event.value}`' for event, of in ACT_OF.items() if of == act)}" for act in acts
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
