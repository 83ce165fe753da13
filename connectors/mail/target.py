"""E-mail as a target of the outbox: a letter is handed over once to each recipient, also when it is replayed.

A process that dies after the server has taken a letter, and before that is noted, sends it again: under the same
Message-ID, by which mail programs and archives know it for the same letter. SMTP offers no more (RFC 5321, 4.5.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import Engine

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.mail import Letter, Mailer, Post, PutOff
from drawbar.middleware.mail_settings import check_address
from drawbar.middleware.one_by_one import Lasting, OneByOne, refused
from drawbar.middleware.records import Outcome, Scalar, TargetRecord
from drawbar.middleware.sync.papers import Papers
from drawbar.middleware.sync.sent_mail import SentMail

TO: Final = "To"
SUBJECT: Final = "Subject"
TEXT: Final = "Text"
PAPERS: Final = "Papers"
FIELDS: Final = (TO, SUBJECT, TEXT, PAPERS)
"""What a letter has: recipients (one a line), subject, text, and names of papers that go along (one a line).

Without recipients of its own it goes to those of the target, as they are when it is sent.
"""

CHUNK: Final = 20
BUSY: Final = "BUSY"
"""The code of a letter that the server does not take now."""


@dataclass(frozen=True, slots=True)
class MailTarget(OneByOne):
    """Implements `RecordTarget`. The key of a record is the letter's identity; its object is what it is about."""

    name: str
    mailer: Mailer
    engine: Engine
    clock: Callable[[], datetime]
    recipients: tuple[str, ...] = ()
    chunk_size: int = CHUNK

    lasting: ClassVar[Lasting] = Lasting("SENT", "a letter cannot be taken back", "Write to its recipients.")

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Send at most 20 letters over one connection.

        Raises StopRun, and RetryLater when there is none, or when the server takes no letter at all yet: it may put
        senders off for longer than single letters are tried again (greylisting, RFC 6647).
        """
        self.must_fit(records)
        if not records:
            return []
        with self.mailer.post() as post:
            outcomes = [self._send(post, record) for record in records]
        if all(each.code == BUSY for each in outcomes):
            raise RetryLater(outcomes[0].message, record=outcomes[0].key, remedy=outcomes[0].remedy)
        return outcomes

    def _send(self, post: Post, record: TargetRecord) -> Outcome:
        try:
            letter = self._letter(record)
            if not letter.to:
                return Outcome(record.object, record.key, "updated")
            self._hand_over(post, letter)
        except RecordRejected as error:
            return refused(record, error)
        except RetryLater as error:
            code = BUSY if isinstance(error, PutOff) else "BROKE_OFF"
            return Outcome(record.object, record.key, "retry", code=code, message=error.message, remedy=error.remedy)
        return Outcome(record.object, record.key, "created")

    def _hand_over(self, post: Post, letter: Letter) -> None:
        not_taken = post.send(letter)
        taken = [address for address in letter.to if address not in not_taken]
        with self.engine.begin() as connection:
            SentMail(connection).note(letter.identity, taken, self.clock())
        for address, why in not_taken.items():
            raise RecordRejected(
                f"the mail server refuses {address}: {why}", record=letter.identity, field=TO, code="RECIPIENT",
                remedy="Correct the address in drawbar.toml; the others have the letter, a replay goes to this one.",
            )  # fmt: skip

    def _letter(self, record: TargetRecord) -> Letter:
        """Make the letter for those recipients that do not have it yet."""
        unknown = sorted(set(record.fields) - set(FIELDS))
        recipients = _lines(record.fields.get(TO)) or list(self.recipients)
        if unknown or not recipients:
            raise RecordRejected(
                f"a letter has no {unknown[0]}" if unknown else "the letter goes to nobody", record=record.key,
                field=unknown[0] if unknown else TO, code="LETTER", remedy="Set who gets it in drawbar.toml; replay.",
            )  # fmt: skip
        with reading(self.engine) as connection:
            have = SentMail(connection).recipients(record.key)
            papers = {name: Papers(connection).get(name) for name in _lines(record.fields.get(PAPERS))}
        to = tuple(_address(each, record) for each in recipients if each not in have)
        subject, text = str(record.fields.get(SUBJECT) or ""), str(record.fields.get(TEXT) or "")
        return Letter(record.key, to, subject, text, papers, self.clock())

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Say to whom letters went, in the field To; other fields are not kept, letters that were not sent left out."""
        del object_name
        found: dict[str, dict[str, Scalar]] = {}
        with reading(self.engine) as connection:
            for key in keys:
                if have := SentMail(connection).recipients(key):
                    found[key] = {name: "\n".join(have) if name == TO else None for name in fields}
        return found


def _lines(value: Scalar) -> list[str]:
    return str(value or "").split("\n") if value else []


def _address(text: str, record: TargetRecord) -> str:
    try:
        return check_address(text)
    except ValueError as error:
        raise RecordRejected(
            str(error), record=record.key, field=TO, code="ADDRESS", remedy="Correct it in drawbar.toml, and replay."
        ) from None
