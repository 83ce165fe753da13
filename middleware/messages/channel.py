"""What the messages ask of a channel; they know no more of any provider than this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drawbar.middleware.errors import RecordRejected


class OutcomeUnknown(RecordRejected):
    """The answer was lost when a message was under way: the provider may have taken it."""


class OptedOut(RecordRejected):
    """The provider refuses a message because its recipient opted out there."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a channel takes it; `key` is the same whenever it is sent, `written_at` when it was written."""

    key: str
    address: str
    subject: str
    text: str
    written_at: datetime


class MessageSender(Protocol):
    """A channel that carries messages."""

    def send(self, message: Outgoing) -> str:
        """Hand a message over; gives the provider's name of it.

        Raises RecordRejected (it was not taken, and will not be), OptedOut, RetryLater (it was not taken now),
        OutcomeUnknown, or StopRun.
        """
        ...

    def find(self, message: Outgoing) -> Sequence[str]:
        """Ask the provider for a message that may have been taken; gives its names of all that look like it.

        None means that it knows no such, or cannot say. Raises RetryLater or StopRun.
        """
        ...
