"""Text whatever its case, beyond the ASCII letters that SQLite knows."""

from __future__ import annotations


def fold(text: str) -> str:
    """Give the form of a text in which letters of both cases are alike."""
    return text.lower()


def folded(stored: object) -> str | None:
    """Fold what a column holds; the SQL function `soql_fold`."""
    return None if stored is None else fold(str(stored))
