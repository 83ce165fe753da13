"""Our id on documents of QuickBooks, which has no external keys: in DocNumber, to be found by, and in PrivateNote."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Final

_SHORT: Final = re.compile(r"[A-Za-z0-9._/-]{1,21}")
_MARK: Final = re.compile(r"\n?\[Drawbar (.*)\]\Z", re.DOTALL)
_SPACE: Final = uuid.UUID("7d0e7a52-64a7-4f0a-8f5b-2a8c3c7f5f10")
"""The namespace of our request ids."""


def doc_number(key: str) -> str:
    """Give the DocNumber of a document: its key, or 21 characters made from a key that does not fit.

    Source: Intuit developer documentation, "Bill" (2026-11): DocNumber holds 21 characters.
    """
    if _SHORT.fullmatch(key) and not key.startswith("DB-"):
        return key
    return f"DB-{hashlib.sha256(key.encode()).hexdigest()[:18]}"


def marked_note(note: str | None, key: str) -> str:
    """Give a PrivateNote that ends with our id."""
    return f"{note}\n[Drawbar {key}]" if note else f"[Drawbar {key}]"


def plain_note(note: str) -> tuple[str | None, str | None]:
    """Take a PrivateNote apart into what it says and our id; either may be missing."""
    found = _MARK.search(note)
    if found is None:
        return note or None, None
    return note[: found.start()] or None, found[1]


def request_id(*parts: str) -> str:
    """Make the id of a request from what identifies it: the same parts give the same id, in every process."""
    return str(uuid.uuid5(_SPACE, "\x1f".join(parts)))
