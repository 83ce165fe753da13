"""Messages to lessees as the hub carries them: asked for, let go, sent once, and shown in Salesforce (P04, P31)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.mail.answers import Look, MailAnswers
from drawbar.connectors.salesforce.records.message import MESSAGE
from drawbar.jobs.account_holds import account_holds
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import Hub
from drawbar.jobs.lessee_facts import lessee_facts
from drawbar.jobs.polling import PollingJob, Progress, Reading
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.mappings import lessee_message
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.imap import Place
from drawbar.middleware.mail_settings import MailboxSettings
from drawbar.middleware.messages.book import MessageBook
from drawbar.middleware.messages.desk import Heard, MessageDesk, Told
from drawbar.middleware.messages.records import LesseeFacts, Message, MessageChannel, MessageStatus
from drawbar.middleware.messages.target import MESSAGES, MessageTarget
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.holds import HoldAction
from drawbar.middleware.sync.polled import PolledFeed, PolledResult, PolledRun

OBJECT: Final = MESSAGE.api_name
ANSWERS: Final = "mail.answers"


@dataclass(frozen=True, slots=True)
class MessageOffice:
    """Takes requests and answers, and shows them in Salesforce, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    @property
    def desk(self) -> MessageDesk:
        return message_desk(self.hub, self.connection, self.now)

    def ask(self, message: Message, facts: LesseeFacts) -> Message:
        """Take a request; what is decided of it is shown on its record. Raises as `MessageDesk.ask` does."""
        return self.show(self.desk.ask(message, facts))

    def refuse(self, message: Message, error: RecordRejected) -> Message:
        """Keep and show a request that nothing can come of."""
        why = " ".join(filter(None, (f"{error.message}.", error.remedy)))
        refused = replace(message, status=MessageStatus.REFUSED, status_at=self.now, why=why, code=error.code)
        self.desk.book.keep(refused)
        return self.show(refused)

    def release(self, message: Message, facts: LesseeFacts) -> Message:
        """Decide anew on a message that waited; one that may go now is queued for its channel."""
        seen = self.desk.release(message, facts)
        if seen.status is MessageStatus.QUEUED:
            self._concluding.send(MESSAGES, TargetRecord(OBJECT, seen.key, {}), f"asked for by {seen.asked_by}")
        return self.show(seen)

    def show(self, message: Message) -> Message:
        """Have a message stand in Salesforce as it is now."""
        record = lessee_message.to_salesforce(message, now=self.now)
        self._concluding.show(record, "message", f"{message.status} ({message.code or message.channel})", own=True)
        return message

    def name(self, record_id: str, key: str) -> None:
        """Give a record that a person made in Salesforce its key there."""
        self._concluding.name(OBJECT, record_id, key)

    @property
    def _concluding(self) -> Concluding:
        return Concluding(self.connection, self.run_id, self.now)


def message_desk(hub: Hub, connection: Connection, now: datetime) -> MessageDesk:
    """Give the desk, which asks the one policy of holds first."""

    def held(account: str, at: datetime) -> tuple[str, ...]:
        return account_holds(hub, connection).reasons(account, HoldAction.MESSAGE, at)

    return MessageDesk(connection, hub.messages, held, hub.senders.keys(), now)


def request(account: str, channel: MessageChannel, template: str, *, key: str, by: str, at: datetime) -> Message:
    """Give a request for a message, on which nothing is decided yet."""
    return Message(
        key=key, account=account, direction="outbound", channel=channel, status=MessageStatus.WAITING, asked_at=at,
        asked_by=by, status_at=at, template=template,
    )  # fmt: skip


def new_key(account: str) -> str:
    """Name a message that is asked for here: `LW00001234-M1f2e3d4c`."""
    return f"{account}-M{secrets.token_hex(4)}"


def message_target(hub: Hub, run_id: str) -> MessageTarget:
    """Give the channels as one target."""

    def tell(connection: Connection, message: Message) -> None:
        MessageOffice(hub, connection, run_id, hub.clock()).show(message)

    return MessageTarget(
        hub.engine, hub.senders, lambda connection: message_desk(hub, connection, hub.clock()), tell, hub.clock
    )


def carry_news(office: MessageOffice, news: Heard | Told) -> Json:
    """Keep an answer, or what became of a message, and show it; raises RetryLater for a message under way."""
    if isinstance(news, Heard):
        heard = office.show(office.desk.hear(news))
        return {"message": heard.key, "answer": heard.why or "kept"}
    told = office.desk.told(news)
    if told is None:
        return {"passed_over": "it is about no message of ours"}
    office.show(told)
    return {"message": told.key, "status": told.status.value}


def answer_feed(hub: Hub, run: PolledRun) -> PolledFeed[Heard | Told]:
    """Give how what came by e-mail is taken in: into the book, which shows it in Salesforce itself."""

    def absorb(connection: Connection, found: Sequence[Heard | Told]) -> None:
        for news in found:
            carry_news(MessageOffice(hub, connection, run.run_id, run.now), news)

    return PolledFeed(ANSWERS, OBJECT, lambda news: news.provider_id, _nothing, frozenset(), absorb)


def _refuse_stopped(target: MessageTarget) -> None:
    for stop in target.stopped.values():
        raise stop


def _nothing(_news: Heard | Told, _now: datetime) -> Sequence[TargetRecord]:
    return ()


def _wrote_to(book: MessageBook, address: str) -> Message | None:
    return book.last_to(MessageChannel.EMAIL, address)


@dataclass(frozen=True, slots=True)
class MessagesJob(PollingJob):
    """Lets go what may go now, sends it, and shows in Salesforce what became of it."""

    def hand_on(self, steps: RunSteps) -> Json:
        """Let messages go once the answers are known, so that who has just opted out gets nothing; then tell of all."""
        told: Json = {}
        end: RunEnded | None = None
        try:
            self._go(steps, told)
        except RunEnded as early:
            end = early
        told |= PollingJob.hand_on(self, steps)  # `super()` does not know a class with slots
        if end is not None:
            raise end
        return told

    def _go(self, steps: RunSteps, told: Json) -> None:
        told["released"] = steps.guarded("let messages go", lambda: self._release(steps))
        target = message_target(self.hub, steps.context.run_id)
        told["sent"] = steps.send("messages", lambda: target, (OBJECT,))
        steps.guarded("look whether a channel has stopped", lambda: _refuse_stopped(target))

    def readings(self, now: datetime) -> tuple[Reading, ...]:
        del now
        mailbox = self.hub.mailer.settings.imap if self.hub.mailer else None
        return () if mailbox is None else (Reading("answers", partial(self._answers, mailbox)),)

    def _answers(self, mailbox: MailboxSettings, run: PolledRun) -> PolledResult:
        look = Look(Place.read(run.cursor(ANSWERS)))
        run.commit()  # no transaction stays open while the mail server is waited for
        answers = MailAnswers(mailbox, self._knows(MessageBook.by_provider_id), self._knows(_wrote_to))
        source = f"mailbox {mailbox.folder} at {mailbox.host}"
        feed = answer_feed(self.hub, run)
        result = run.take(feed, answers.told(look, run.now), source=source, cursor=lambda: look.place.written)
        if look.foreign:
            result.notices.append(f"{look.foreign} messages are of nobody that was written to, and are left to people")
        return result

    def _knows(self, ask: Callable[[MessageBook, str], Message | None]) -> Callable[[str], bool]:
        """Look in a transaction of its own: the answers stream while the run's own transactions come and go."""

        def known(name: str) -> bool:
            with reading(self.hub.engine) as connection:
                return ask(MessageBook(connection), name) is not None

        return known

    def rehearse(self, run_id: str, progress: Progress) -> Json:
        """Say of every message that may be looked at now whether it would go; what was read is rehearsed as well."""
        told = PollingJob.rehearse(self, run_id, progress)
        with self.hub.engine.connect() as connection:
            try:
                judged = [self._judged(connection, each, run_id) for each in self._due()]
            finally:
                connection.rollback()
        counts = Counter(each.status for each in judged)
        result = PolledResult(
            MESSAGES, "what waits", read=len(judged), changed=counts[MessageStatus.QUEUED],
            unchanged=counts[MessageStatus.WAITING], refused=counts[MessageStatus.REFUSED],
            notices=[f"{each.name}: {each.why or 'goes'}" for each in judged],
        )  # fmt: skip
        told["read"][MESSAGES] = asdict(result)
        return told

    def _release(self, steps: RunSteps) -> Json:
        counts = dict.fromkeys(("queued", "waiting", "refused"), 0)
        for message in self._due():
            with self.hub.engine.connect() as connection:
                counts[self._judged(connection, message, steps.context.run_id).status.value] += 1
                connection.commit()
        return counts

    def _due(self) -> list[Message]:
        with reading(self.hub.engine) as connection:
            return MessageBook(connection).due(self.hub.clock())

    def _judged(self, connection: Connection, message: Message, run_id: str) -> Message:
        office = MessageOffice(self.hub, connection, run_id, self.hub.clock())
        try:
            return office.release(message, lessee_facts(self.hub, message.account))
        except RecordRejected as error:
            return office.refuse(message, error)
