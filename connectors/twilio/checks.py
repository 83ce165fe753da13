"""What `drawbar doctor` asks of Twilio: the account, and whether it can reach us."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from drawbar.connectors.twilio.sender import NAME, TwilioSender
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.http import is_safe_origin
from drawbar.middleware.ports import Check

_ACTIVE: Final = "active"


@dataclass(frozen=True, slots=True)
class TwilioChecks:
    """Implements `Checkable`, at the cost of one call; sends nothing."""

    sender: TwilioSender
    callback: str

    def checks(self, now: datetime) -> Iterator[Check]:
        """Ask for the account, and look at the address for webhooks."""
        del now
        yield self._account()
        safe = is_safe_origin(self.callback)
        remedy = "" if safe else "Set soap.public_url to the https address that Twilio shall call."
        yield Check(NAME, "webhooks", ok=safe, detail=f"{NAME} is told to call {self.callback}", remedy=remedy)

    def _account(self) -> Check:
        try:
            status = self.sender.check()
        except DrawbarError as error:
            return Check(NAME, "account", ok=False, detail=error.message, remedy=error.remedy)
        remedy = "" if status == _ACTIVE else "See Twilio's console."
        return Check(NAME, "account", ok=status == _ACTIVE, detail=f"Twilio says that it is {status}", remedy=remedy)
