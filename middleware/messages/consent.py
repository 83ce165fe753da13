"""What people chose for a number or an e-mail address: to be written to, or not (P31)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, Row, insert, select, update

from drawbar.middleware.audit import Audit
from drawbar.middleware.messages.addresses import comparable, masked
from drawbar.middleware.messages.records import MessageChannel
from drawbar.middleware.messages.tables import contact_choice

Wish = Literal["stop", "start", "help"]

_WISHES: Final[dict[str, Wish]] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), "stop"),
    **dict.fromkeys(("START", "YES", "UNSTOP"), "start"),
    **dict.fromkeys(("HELP", "INFO"), "help"),
}
"""The words that carriers and Twilio know (twilio.com/docs/messaging/tutorials/advanced-opt-out, read 2026-11)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen last for an address; `source` says how we know."""

    channel: MessageChannel
    address: str
    agreed: bool
    at: datetime
    source: str


def wish_of(text: str) -> Wish | None:
    """Understand an answer that is one of the known words alone, in letters of any size."""
    return _WISHES.get(re.sub(r"[^A-Z]", "", text.upper())) if len(text.split()) <= _WORDS else None


_WORDS: Final = 2
"""`STOP ALL` and `OPT OUT` are written in two."""


@dataclass(frozen=True, slots=True)
class Choices:
    """All choices, inside the caller's transaction."""

    connection: Connection

    def of(self, channel: MessageChannel, address: str) -> Choice | None:
        """Give what was chosen last, None when nothing ever was."""
        mine = select(contact_choice).where(
            contact_choice.c.channel == channel.value, contact_choice.c.address == comparable(address)
        )
        row = self.connection.execute(mine).one_or_none()
        return None if row is None else _choice(row)

    def note(self, choice: Choice, *, by: str, now: datetime) -> bool:
        """Keep a choice, unless a later one is known; says whether anything changed by it."""
        known = self.of(choice.channel, choice.address)
        if known is not None and (known.at > choice.at or known.agreed == choice.agreed):
            return False
        address = comparable(choice.address)
        values = {"agreed": choice.agreed, "at": choice.at, "source": choice.source}
        mine = (contact_choice.c.channel == choice.channel.value, contact_choice.c.address == address)
        if known is None:
            self.connection.execute(
                insert(contact_choice).values(channel=choice.channel.value, address=address, **values)
            )
        else:
            self.connection.execute(update(contact_choice).where(*mine).values(values))
        Audit(self.connection).note(
            actor=by, action="opt in" if choice.agreed else "opt out",
            subject=f"{choice.channel} {masked(address)}", detail={"source": choice.source}, now=now,
        )  # fmt: skip
        return True

    def listed(self) -> list[Choice]:
        """Give all choices, newest first."""
        query = select(contact_choice).order_by(contact_choice.c.at.desc(), contact_choice.c.address)
        return [_choice(row) for row in self.connection.execute(query)]


def _choice(row: Row[tuple[object, ...]]) -> Choice:
    return Choice(MessageChannel(row.channel), row.address, row.agreed, row.at, row.source)
