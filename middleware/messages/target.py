"""Messages as a target of the outbox: each goes once, whatever is lost on the way (P04).

A message is noted as under way before its channel is asked. When the answer is lost, the provider is asked for the
message before anything else happens; what it does not know becomes a failure that asks a person, and only the person's
replay sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import Connection, Engine

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected, RetryLater, StopRun
from drawbar.middleware.messages.book import MessageBook
from drawbar.middleware.messages.channel import MessageSender, OptedOut, OutcomeUnknown, Outgoing
from drawbar.middleware.messages.consent import Choice, Choices
from drawbar.middleware.messages.desk import MessageDesk
from drawbar.middleware.messages.records import Message, MessageChannel, MessageStatus
from drawbar.middleware.one_by_one import Lasting, OneByOne, refused
from drawbar.middleware.records import Outcome, Scalar, TargetRecord

MESSAGES: Final = "messages"
"""The name of the target."""

OUTCOME_UNKNOWN: Final = "OUTCOME_UNKNOWN"
_CHUNK: Final = 20
_LOOK_AGAIN: Final = timedelta(minutes=5)
_ENDED: Final = frozenset({MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.WAITING})
"""Nothing is to be sent of a message in one of these: it went, or waits once more."""

Desk = Callable[[Connection], MessageDesk]
Tell = Callable[[Connection, Message], None]


@dataclass(frozen=True, slots=True)
class MessageTarget(OneByOne):
    """Implements `RecordTarget`; the key of a record is the message's. `tell` hears of each change of a message."""

    engine: Engine
    senders: Mapping[MessageChannel, MessageSender]
    desk: Desk
    tell: Tell
    clock: Callable[[], datetime]
    name: str = MESSAGES
    chunk_size: int = _CHUNK
    stopped: dict[MessageChannel, StopRun] = field(default_factory=dict)
    """Channels that a person has to mend: their messages wait, those of the others go."""

    lasting: ClassVar[Lasting] = Lasting("SENT", "a message cannot be taken back", "Write to the lessee.")

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Send at most 20 messages, one after the other; what was sent before is not sent again."""
        self.must_fit(records)
        return [self._settled(record) for record in records]

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Say of messages that were sent where they stand, under `Status`; other fields are not given."""
        del object_name
        found: dict[str, dict[str, Scalar]] = {}
        with reading(self.engine) as connection:
            for key in keys:
                message = MessageBook(connection).find(key)
                if message is not None and message.sent_at is not None:
                    found[key] = {name: message.status.value if name == "Status" else None for name in fields}
        return found

    def _settled(self, record: TargetRecord) -> Outcome:
        try:
            message, went = self._once(record)
        except RecordRejected as error:
            return refused(record, error)
        except RetryLater as error:
            return Outcome(record.object, record.key, "retry", code="BUSY", message=error.message, remedy=error.remedy)
        return Outcome(record.object, record.key, "created" if went else "updated", target_id=message.provider_id)

    def _once(self, record: TargetRecord) -> tuple[Message, bool]:
        """Send a message unless it was sent; says whether it is now that it went."""
        known = self._known(record)
        if known.status in _ENDED:
            return known, False
        if known.status in (MessageStatus.SENDING, MessageStatus.UNKNOWN):
            found = self._found(known)
            if found:
                return self._note(known, MessageStatus.SENT, provider_id=found), True
            if known.status is MessageStatus.SENDING:
                self._note(known, MessageStatus.UNKNOWN, why="The answer was lost: it may have arrived.")
                raise _unknown(known)
        if known.channel in self.stopped:
            return self._wait(known, self.stopped[known.channel]), False
        begun = self._begin(known)
        if begun.status is MessageStatus.SENDING:
            sent = self._send(begun)
            return sent, sent.status is MessageStatus.SENT
        return begun, False

    def _found(self, message: Message) -> str:
        """Ask the provider for a message; gives its name of one that is no other of ours, "" when there is none."""
        sender = self.senders.get(message.channel)
        if sender is None or message.channel in self.stopped:
            raise RetryLater("nobody can be asked now whether it was sent", record=message.name)
        try:
            alike = sender.find(_outgoing(message))
        except StopRun as stop:
            self.stopped[message.channel] = stop
            raise RetryLater(stop.message, record=message.name, remedy=stop.remedy) from None
        with reading(self.engine) as connection:
            book = MessageBook(connection)
            return next((each for each in alike if book.by_provider_id(each) is None), "")

    def _known(self, record: TargetRecord) -> Message:
        with reading(self.engine) as connection:
            found = MessageBook(connection).find(record.key)
        if found is None:
            raise RecordRejected(
                "the hub knows no such message", record=f"message {record.key}", code="UNKNOWN_MESSAGE",
                remedy="Ask for it anew: drawbar message send",
            )  # fmt: skip
        return found

    def _begin(self, known: Message) -> Message:
        """Note that a message is under way, unless something came between; whoever opted out meanwhile gets nothing."""
        with self.engine.begin() as connection:
            desk, message = self.desk(connection), MessageBook(connection).get(known.key)
            verdict = desk.verdict(message)
            if verdict.refused or verdict.at is None or verdict.at > self.clock():
                kept = desk.put_back(message, verdict)
                self.tell(connection, kept)
            else:
                kept = replace(message, status=MessageStatus.SENDING, status_at=self.clock(), why="", code="")
                desk.book.keep(kept)
        return kept

    def _send(self, message: Message) -> Message:
        try:
            provider_id = self.senders[message.channel].send(_outgoing(message))
        except OutcomeUnknown as error:
            raise RetryLater(error.message, record=message.name, remedy=error.remedy) from None
        except OptedOut as error:
            return self._refused(message, error)
        except RecordRejected as error:
            self._refused(message, error)
            raise
        except RetryLater:
            self._note(message, MessageStatus.QUEUED)
            raise
        except StopRun as stop:
            self.stopped[message.channel] = stop
            return self._wait(message, stop)
        return self._note(message, MessageStatus.SENT, provider_id=provider_id)

    def _wait(self, message: Message, stop: StopRun) -> Message:
        """Put a message back whose channel has stopped; it is let go anew when somebody may have mended that."""
        why = " ".join(filter(None, (f"{stop.message}.", stop.remedy)))
        waiting = replace(
            message, status=MessageStatus.WAITING, status_at=self.clock(), released_at=None, why=why,
            code="CHANNEL_STOPPED", not_before=self.clock() + _LOOK_AGAIN,
        )  # fmt: skip
        with self.engine.begin() as connection:
            MessageBook(connection).keep(waiting)
            self.tell(connection, waiting)
        return waiting

    def _refused(self, message: Message, error: RecordRejected) -> Message:
        with self.engine.begin() as connection:
            if isinstance(error, OptedOut):
                source = f"the provider says so ({error.code})"
                choice = Choice(message.channel, message.address, False, self.clock(), source)
                Choices(connection).note(choice, by="provider", now=self.clock())
            why = " ".join(filter(None, (f"{error.message}.", error.remedy)))
            kept = replace(
                message, status=MessageStatus.REFUSED, status_at=self.clock(), released_at=None, why=why,
                code=error.code,
            )  # fmt: skip
            MessageBook(connection).keep(kept)
            self.tell(connection, kept)
        return kept

    def _note(self, message: Message, status: MessageStatus, *, provider_id: str = "", why: str = "") -> Message:
        sent_at = self.clock() if status is MessageStatus.SENT else message.sent_at
        noted = replace(
            message, status=status, status_at=self.clock(), provider_id=provider_id or message.provider_id,
            sent_at=sent_at, why=why, code=OUTCOME_UNKNOWN if status is MessageStatus.UNKNOWN else "",
        )  # fmt: skip
        with self.engine.begin() as connection:
            MessageBook(connection).keep(noted)
            self.tell(connection, noted)
        return noted


def _outgoing(message: Message) -> Outgoing:
    written_at = message.released_at or message.asked_at
    return Outgoing(message.key, message.address, message.subject, message.text, written_at)


def _unknown(message: Message) -> OutcomeUnknown:
    return OutcomeUnknown(
        "the answer was lost, and the provider does not know the message: it may have arrived", record=message.name,
        code=OUTCOME_UNKNOWN,
        remedy="Discard this failure when the lessee has it; replay it to send the message again.",
    )  # fmt: skip
