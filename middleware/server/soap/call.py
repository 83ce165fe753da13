"""One call as a service sees it: the message, and what the way that it came by tells of who sent it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drawbar.middleware.server.soap.envelope import Envelope


def _nobody(_name: str) -> None:
    """Nobody wants to know who calls."""


@dataclass(frozen=True, slots=True)
class SoapCall:
    """A message with the time at which it came.

    `peer` is the address that sent it, `path` the parts of its path by name, `headers` are those of HTTP in small
    letters. `identify` is told the name of the caller once it is proven, for the log of the server.
    """

    envelope: Envelope
    now: datetime
    peer: str = ""
    path: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    identify: Callable[[str], None] = _nobody
