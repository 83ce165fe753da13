"""Texts and code words on their way into Salesforce; nothing vanishes here without a trace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import TypeVar

from drawbar.middleware.errors import RecordRejected

Word = TypeVar("Word")

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
LINE_BREAKS = re.compile("[\t\n\r\u2028\u2029]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
NOON = time(12, tzinfo=UTC)


def line(text: str) -> str:
    """Give a text for a field of one line, with blanks for line breaks and tabs.

    Control characters, which Salesforce and CSV files do not carry, become the replacement character, so that a
    reader sees that something stood there.
    """
    if text.isprintable():  # nearly every text is, and neither pattern can find anything in it
        return text.strip()
    return UNPRINTABLE.sub(REPLACEMENT, LINE_BREAKS.sub(" ", text)).strip()


def optional_line(text: str) -> str | None:
    """Give a text for a field of one line, None for an empty one."""
    return line(text) or None


def optional_lines(text: str) -> str | None:
    """Give a text for a field of several lines: None for an empty one, control characters replaced."""
    return UNPRINTABLE.sub(REPLACEMENT, text).strip() or None


def shortened(text: str, limit: int, rest: str) -> str:
    """Cut a text to at most `limit` characters; the end then says how long it was and where the rest is."""
    if len(text) <= limit:
        return text
    tail = f" [... {len(text)} characters, whole text: {rest}]"
    return text[: limit - len(tail)] + tail


def our_word(words: Mapping[Word, str], word: Word, *, record: str, field: str) -> str:
    """Translate a code word; raise RecordRejected, with the word, for one that is not known."""
    if word not in words:
        raise RecordRejected(
            f"{word!s} is not known",
            record=record,
            field=field,
            remedy=f"Known are: {', '.join(map(str, words))}.",
            code="UNKNOWN_CODE",
        )
    return words[word]


def at_noon(day: date) -> datetime:
    """Give noon UTC of a day: the instant that lies on this day in every American time zone."""
    return datetime.combine(day, NOON)
