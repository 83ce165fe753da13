"""Takes requests for messages, decides on them, lets them go, and hears what comes back (P04, P31)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from drawbar.middleware.errors import RetryLater
from drawbar.middleware.messages.addresses import usable
from drawbar.middleware.messages.book import MessageBook
from drawbar.middleware.messages.calls import Calls
from drawbar.middleware.messages.consent import Choice, Choices, wish_of
from drawbar.middleware.messages.policy import Circumstances, Verdict, judge
from drawbar.middleware.messages.records import LesseeFacts, Message, MessageChannel, MessageStatus
from drawbar.middleware.messages.settings import MessageSettings
from drawbar.middleware.messages.templates import choose, write

_FINAL: Final = frozenset({MessageStatus.DELIVERED, MessageStatus.FAILED})

Held = Callable[[str, datetime], tuple[str, ...]]
"""Gives every reason why the lessee of an account must not be written to at an instant."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that came in: the provider's name of it, and who wrote what, when."""

    provider_id: str
    channel: MessageChannel
    address: str
    text: str
    at: datetime
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider tells of a message, by its own name of it; `code` is why it failed, "" when it did not.

    `opted_out` says that it failed because the lessee opted out at the provider.
    """

    provider_id: str
    channel: MessageChannel
    address: str
    status: MessageStatus
    at: datetime
    code: str = ""
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class MessageDesk:
    """Works inside the caller's transaction; `channels` are those that the hub can use."""

    connection: Connection
    settings: MessageSettings
    held: Held
    channels: Collection[MessageChannel]
    now: datetime

    @property
    def book(self) -> MessageBook:
        return MessageBook(self.connection)

    @property
    def choices(self) -> Choices:
        return Choices(self.connection)

    def ask(self, message: Message, facts: LesseeFacts) -> Message:
        """Take a request and decide on it: it waits, perhaps for no time, or is refused; gives it as it is kept.

        Raises RecordRejected or ConfigError when there is no such template.
        """
        asked = self._decided(self._addressed(message, facts), facts)
        self.book.keep(asked)
        return asked

    def release(self, message: Message, facts: LesseeFacts) -> Message:
        """Decide anew on a message that has waited, with facts of today; what may go now is QUEUED."""
        seen = self._decided(self._addressed(message, facts), facts)
        if seen.status is MessageStatus.WAITING and seen.not_before is not None and seen.not_before <= self.now:
            seen = replace(
                seen, status=MessageStatus.QUEUED, released_at=self.now, status_at=self.now, not_before=None, why="",
                code="",
            )  # fmt: skip
        self.book.keep(seen)
        return seen

    def verdict(self, message: Message) -> Verdict:
        """Decide on a message as it is."""
        limit = self.settings.limit_for(message.portfolio)
        since = self.now - timedelta(days=limit.days)
        calls = Calls(self.connection).contacts(message.account, since) if limit.calls else ()
        seen = Circumstances(
            held=self.held(message.account, self.now),
            choice=self.choices.of(message.channel, message.address),
            contacts=sorted([*self.book.contacts(message.account, since, besides=message.key), *calls]),
        )
        if message.channel not in self.channels:
            why = f"the hub has no way for {message.channel} messages"
            return Verdict(True, None, why, "NO_CHANNEL", "Configure it: see docs/messages.md.")
        return judge(message, seen, self.settings, self.now)

    def put_back(self, message: Message, verdict: Verdict) -> Message:
        """Keep what was decided of a message that had been let go, and may not go any more."""
        kept = self._with(replace(message, released_at=None), verdict)
        self.book.keep(kept)
        return kept

    def hear(self, heard: Heard) -> Message:
        """Keep what a lessee wrote, once; one of the known words opts out or in at that moment."""
        known = self.book.by_provider_id(heard.provider_id)
        if known is not None:
            return known
        about = self.book.last_to(heard.channel, heard.address)
        wish = wish_of(heard.text)
        if wish == "start" and heard.channel is MessageChannel.EMAIL:
            wish = None  # anybody can write in another's name: who opted out is opted in by people alone
        message = Message(
            key=heard.provider_id, account=about.account if about else "", direction="inbound",
            channel=heard.channel, status=MessageStatus.RECEIVED, asked_at=heard.at, asked_by="", status_at=self.now,
            case_key=about.case_key if about else "", portfolio=about.portfolio if about else "",
            state=about.state if about else "", postal_code=about.postal_code if about else "",
            address=heard.address, subject=heard.subject, text=heard.text,
            why={"stop": "opted out", "start": "opted in", "help": "asked for help"}.get(wish or "", ""),
            sent_at=heard.at, provider_id=heard.provider_id,
        )  # fmt: skip
        self.book.keep(message)
        if wish in ("stop", "start"):
            choice = Choice(heard.channel, heard.address, wish == "start", heard.at, f"the lessee wrote {wish.upper()}")
            self.choices.note(choice, by="lessee", now=self.now)
        return message

    def told(self, news: Told) -> Message | None:
        """Keep what became of a message; None when it is none of ours. What is later in its life stays.

        Raises RetryLater while a message to that address is under way whose name at the provider we do not know yet.
        """
        known = self.book.by_provider_id(news.provider_id)
        if known is None:
            if self.book.is_under_way(news.channel, news.address):
                raise RetryLater("a message to this number is under way; it may be the one", record=news.provider_id)
            return None
        if news.opted_out:
            source = f"the provider says so ({news.code})"
            self.choices.note(Choice(news.channel, known.address, False, news.at, source), by="provider", now=self.now)
        if known.status in _FINAL or news.status is known.status:
            return known
        why = f"The provider could not deliver it: code {news.code or 'unknown'}."
        failed = news.status is MessageStatus.FAILED
        told = replace(
            known, status=news.status, status_at=news.at, why=why if failed else "", code=news.code if failed else "",
        )  # fmt: skip
        self.book.keep(told)
        return told

    def _addressed(self, message: Message, facts: LesseeFacts) -> Message:
        given = facts.mobile if message.channel is MessageChannel.TEXT else facts.email
        return replace(
            message, address=usable(message.channel, given), state=facts.state, postal_code=facts.postal_code,
            portfolio=facts.portfolio, case_key=facts.case_key or message.case_key,
        )  # fmt: skip

    def _decided(self, message: Message, facts: LesseeFacts) -> Message:
        template = choose(self.settings, message.template, message.channel, record=message.name)
        written = write(template, facts, self.settings)
        asked = replace(message, subject=written.subject, text=written.text)
        return self._with(asked, self.verdict(asked))

    def _with(self, message: Message, verdict: Verdict) -> Message:
        why = " ".join(filter(None, (verdict.why and f"{verdict.why}.", verdict.remedy)))
        status = MessageStatus.REFUSED if verdict.refused else MessageStatus.WAITING
        return replace(message, status=status, why=why, code=verdict.code, not_before=verdict.at, status_at=self.now)
