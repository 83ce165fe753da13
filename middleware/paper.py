"""Papers: a title, facts, a table and paragraphs; the same words always give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What stands on a paper, from top to bottom: facts as pairs of name and value, more of them under heads of their
    own (`sections`), a table, then text.

    The first row of `table` is its head and the last cell of each row an amount; "" is no table. Empty lines part
    the paragraphs of `text`.
    """

    title: str
    facts: Sequence[tuple[str, str]] = ()
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()
    table: Sequence[Sequence[str]] = ()
    text: str = ""


def render(paper: Paper) -> bytes:
    """Give the paper as PDF, US letter."""
    from drawbar.middleware.pdf import pdf_of  # noqa: PLC0415  (few runs make papers, and all would wait for it)

    return pdf_of(paper)
