"""Whether a message may go now, must wait, or is refused, and why: one decision for all channels (P04, P31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from drawbar.middleware.messages.consent import Choice
from drawbar.middleware.messages.records import Message, MessageChannel
from drawbar.middleware.messages.settings import MessageSettings
from drawbar.middleware.messages.zones import ZONES_OF_STATE, allowed_from, zones_of

_NAMES: Final = {MessageChannel.TEXT: "text messages", MessageChannel.EMAIL: "e-mail"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided of a message: it may go at `at`; or is refused, with `code` and, where that is known, from when
    on it may be asked for again. `why` says why it waits or is refused, "" for one that may go at once.
    """

    refused: bool
    at: datetime | None
    why: str = ""
    code: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision is made from: reasons that hold the account, what the lessee chose for the address, and when
    messages about the account were let go, and calls made, within the days that count, oldest first.
    """

    held: Sequence[str]
    choice: Choice | None
    contacts: Sequence[datetime]


def judge(message: Message, seen: Circumstances, settings: MessageSettings, now: datetime) -> Verdict:
    """Decide on a message: holds come first, then what the lessee chose, then how often and at what hour."""
    refusal = _refusal(message, seen, settings)
    if refusal is not None:
        return refusal
    free, limit_why = _by_limit(message, seen.contacts, settings, now)
    hours = settings.hours_in(message.state)
    at = allowed_from(zones_of(message.state, message.postal_code), hours.first, hours.last, free)
    night = f"messages go from {hours.first:%H:%M} to {hours.last:%H:%M} where the lessee lives ({message.state})"
    why = "; ".join(filter(None, (limit_why, night if at > free else "")))
    if at > message.asked_at + timedelta(hours=settings.wait_hours):
        late = f"{why or 'it has waited for long'}; nothing waits longer than {settings.wait_hours} hours"
        return Verdict(True, at, late, "TOO_LATE", f"Ask for it again at {at:%Y-%m-%d %H:%M} UTC.")
    return Verdict(False, at, why, "WAITS" if at > now else "")


def _refusal(message: Message, seen: Circumstances, settings: MessageSettings) -> Verdict | None:
    if seen.held:
        why = f"the account is held: {'; '.join(seen.held)}"
        return Verdict(True, None, why, "HOLD", "Ask for it again when the hold has ended.")
    if not message.address:
        field = "mobile number" if message.channel is MessageChannel.TEXT else "e-mail address"
        return Verdict(True, None, f"the lessee has no usable {field}", "NO_ADDRESS", "Enter one in LeaseWorks.")
    if seen.choice is not None and not seen.choice.agreed:
        why = f"the lessee opted out of {_NAMES[message.channel]} on {seen.choice.at:%Y-%m-%d} ({seen.choice.source})"
        return Verdict(True, None, why, "OPTED_OUT", "Ask for it again when the lessee has opted in: with START.")
    if seen.choice is None and message.channel is MessageChannel.TEXT and settings.text_needs_consent:
        remedy = "Ask the lessee, and note the consent: drawbar message opt-in"
        return Verdict(True, None, "nobody has noted that the lessee agreed to text messages", "NO_CONSENT", remedy)
    if message.state not in ZONES_OF_STATE:
        why = f"{message.state or 'nothing'} is no state, so that nobody knows the lessee's time of day"
        return Verdict(True, None, why, "NO_STATE", "Correct the lessee's address in LeaseWorks.")
    return None


def _by_limit(
    message: Message, contacts: Sequence[datetime], settings: MessageSettings, now: datetime
) -> tuple[datetime, str]:
    """Give from when on another message keeps the limit, and why not now."""
    limit = settings.limit_for(message.portfolio)
    what = "messages and calls" if limit.calls else "messages"
    if len(contacts) < limit.messages:
        return now, ""
    free = contacts[-limit.messages] + timedelta(days=limit.days)
    return max(free, now), f"there were {len(contacts)} {what} in {limit.days} days, {limit.messages} may be"
