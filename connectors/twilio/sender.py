"""Text messages by Twilio's Messages resource: created by one call that is never repeated by itself.

Twilio knows no key of ours by which a repeated call would be recognised. When the answer is lost, Twilio is asked for
the message: to the same number, with the same words, made since then.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from requests import Response

from drawbar.connectors.twilio.records import OPTED_OUT, OUR_SENDER, TwilioMessage
from drawbar.connectors.twilio.settings import SYSTEM, TwilioSettings
from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.messages.channel import OptedOut, OutcomeUnknown, Outgoing
from drawbar.middleware.observe import Observer
from drawbar.middleware.pace import Pace
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.middleware.vendor import CallRefused, Said, Vendor, VendorBusy, VendorStopped
from drawbar.middleware.vendor_answers import as_list, as_object, understood
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_login import FixedProof, Proof

NAME: Final = "Twilio"
_BURST: Final = 5
_PAGE: Final = "200"
_CLOCKS_APART: Final = timedelta(minutes=5)
"""How far Twilio's clock and ours may differ."""


class TwilioSender:
    """Implements `MessageSender`; `callback` is where Twilio shall tell what becomes of a message.

    Raises what `MessageSender` and `VendorApi` raise.
    """

    def __init__(
        self,
        settings: TwilioSettings,
        callback: str,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.settings = settings
        self._callback = callback
        clocks = clocks or Clocks()
        self._api = VendorApi(
            Vendor(SYSTEM, NAME, settings.url, settings.http, read_refusal), FixedProof(Proof(_basic(settings))),
            pace=Pace(settings.calls_per_minute, _BURST, clocks), policy=policy or RetryPolicy(), clocks=clocks,
            observer=observer,
        )  # fmt: skip

    def send(self, message: Outgoing) -> str:
        """Have a text message sent; gives Twilio's SID of it."""
        try:
            answer = self._api.post_form(f"{self._account}/Messages.json", self._form(message), repeatable=False)
        except VendorBusy as busy:
            if busy.maybe_done:
                raise OutcomeUnknown(busy.message) from None
            raise
        except CallRefused as refused:
            raise _refusal(message, refused) from None
        try:
            return understood(TwilioMessage, as_object(answer, NAME), record=message.key, vendor=NAME).sid
        except (RecordRejected, RetryLater) as odd:
            raise OutcomeUnknown(f"Twilio's answer cannot be understood: {odd.message}") from None

    def find(self, message: Outgoing) -> Sequence[str]:
        """Look for a message among those to its number since it was written; gives the SIDs of those that say the same.

        It looks at the newest 200. They are not asked for by DateSent, which a message that is queued does not have.
        """
        since = message.written_at - _CLOCKS_APART
        listed = self._listed({"To": message.address, "PageSize": _PAGE}, message.key)
        alike = (each for each in listed if each.body == message.text)
        return [each.sid for each in alike if each.date_created is None or each.date_created >= since]

    def check(self) -> str:
        """Ask for the account; gives its status in Twilio's word."""
        return str(as_object(self._api.get(f"{self._account}.json"), NAME).get("status", ""))

    @property
    def _account(self) -> str:
        return f"/2010-04-01/Accounts/{self.settings.account_sid}"

    def _form(self, message: Outgoing) -> dict[str, str]:
        settings = self.settings
        sender = (
            {"From": settings.sender} if settings.sender else {"MessagingServiceSid": settings.messaging_service_sid}
        )
        return {"To": message.address, "Body": message.text, "StatusCallback": self._callback, **sender}

    def _listed(self, asked: Mapping[str, str | list[str]], key: str) -> Iterator[TwilioMessage]:
        answer = as_object(self._api.get(f"{self._account}/Messages.json", asked), NAME)
        for each in as_list(answer.get("messages"), NAME):
            yield understood(TwilioMessage, each, record=key, vendor=NAME)


def _basic(settings: TwilioSettings) -> dict[str, str]:
    pair = f"{settings.account_sid}:{settings.auth_token.get_secret_value()}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _refusal(message: Outgoing, refused: CallRefused) -> RecordRejected | VendorStopped:
    record = f"message {message.key}"
    if refused.code == OPTED_OUT:
        return OptedOut(
            "the lessee has opted out at Twilio", record=record, field="address", code=refused.code,
            remedy="Ask for it again when the lessee has sent START.",
        )  # fmt: skip
    if refused.code in OUR_SENDER:
        return VendorStopped(refused.message, remedy="Correct sender or messaging_service_sid of [twilio].")
    return RecordRejected(
        refused.message, record=record, field="address", code=refused.code,
        remedy="Correct the lessee's mobile number in LeaseWorks.",
    )  # fmt: skip


def read_refusal(response: Response) -> Said:
    """Understand a refusal: JSON with `code` and `message` (twilio.com/docs/usage/twilios-response, read 2026-11)."""
    try:
        answer: object = json.loads(response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        return Said("", f"HTTP {response.status_code}")
    return Said(str(answer.get("code") or ""), str(answer.get("message") or f"HTTP {response.status_code}")[:300])
