"""JSON on the way to vendors and back: amounts keep the digits that they have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal


def to_json(document: Mapping[str, object]) -> bytes:
    """Write a document; amounts become JSON numbers with the digits that they have.

    Raises ValueError for an amount that JSON cannot hold, TypeError for what has no place in JSON.
    """
    return json.dumps(document, default=_number).encode()


def read_json(content: bytes) -> object:
    """Read an answer, None for an empty one; numbers with a point become Decimal. Raises ValueError."""
    if not content:
        return None
    answer: object = json.loads(content, parse_float=Decimal)
    return answer


def _number(value: object) -> float:
    """Give a number that JSON writes with the same digits: so it is for all amounts below ten trillion dollars."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    number = float(value)
    if Decimal(repr(number)) != value:
        raise ValueError(f"{value} has too many digits for JSON")
    return number
