"""Takes a stream in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def in_chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Give lists of `size` items, the last one shorter; like itertools.batched, which Python 3.11 lacks."""
    stream = iter(items)
    while chunk := list(islice(stream, size)):
        yield chunk
