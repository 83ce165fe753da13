"""E-mail as a channel of messages to lessees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drawbar.connectors.mail.sender import MailSender
from drawbar.middleware.mail import Mailer
from drawbar.middleware.mail_settings import MailSettings
from drawbar.middleware.messages.channel import MessageSender
from tests.contracts.message_sender import MessageSenderContract
from tests.mail_server import MailServer, serve_mail


@pytest.fixture(scope="module")
def served() -> Iterator[MailServer]:
    with serve_mail() as served:
        yield served


class TestMailSender(MessageSenderContract):
    address = "anna@example.com"

    @pytest.fixture(autouse=True)
    def _empty(self, served: MailServer) -> None:
        served.empty()
        self.server = served

    def open_sender(self) -> MessageSender:
        return MailSender(
            Mailer(MailSettings(host="127.0.0.1", port=self.server.port, security="none", sender="hub@lender.example"))
        )

    def refuses(self) -> None:
        self.server.replies[self.address] = "550 no such mailbox"

    def is_busy(self) -> None:
        self.server.reply = "451 later"

    def loses_the_answer(self) -> None:
        self.server.lose_answers = 1

    def taken(self) -> list[str]:
        return [letter.get_content().strip() for _, letter in self.server.letters]
