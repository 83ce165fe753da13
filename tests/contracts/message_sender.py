"""What every channel of messages to lessees must do, whoever carries them.

A test module subclasses `MessageSenderContract`, gives it a sender and a provider that behaves as a rule wants, and
every rule is a test.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime

import pytest

from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.messages.channel import MessageSender, OutcomeUnknown, Outgoing


class MessageSenderContract:
    """The rules. `address` is one that the provider takes."""

    address: str

    @abstractmethod
    def open_sender(self) -> MessageSender:
        """Open the channel afresh."""

    @abstractmethod
    def refuses(self) -> None:
        """Let the provider refuse the next message for good."""

    @abstractmethod
    def is_busy(self) -> None:
        """Let the provider take nothing for now."""

    @abstractmethod
    def loses_the_answer(self) -> None:
        """Let the provider take the next message, and its answer be lost."""

    @abstractmethod
    def taken(self) -> list[str]:
        """Give the texts of the messages that the provider has taken."""

    def outgoing(self, key: str = "LW1-M1", text: str = "hello") -> Outgoing:
        return Outgoing(key, self.address, "About your account", text, datetime.now(UTC))

    def test_each_message_has_a_name_of_its_own(self) -> None:
        sender = self.open_sender()
        names = {sender.send(self.outgoing(f"LW1-M{number}", f"text {number}")) for number in range(2)}
        assert len(names - {""}) == 2
        assert self.taken() == ["text 0", "text 1"]

    def test_a_refusal_names_the_message_and_a_remedy(self) -> None:
        self.refuses()
        with pytest.raises(RecordRejected) as refused:
            self.open_sender().send(self.outgoing())
        assert not isinstance(refused.value, OutcomeUnknown)
        assert refused.value.record == "message LW1-M1"
        assert refused.value.code
        assert refused.value.remedy
        assert self.taken() == []

    def test_a_busy_provider_is_tried_later(self) -> None:
        self.is_busy()
        with pytest.raises(RetryLater):
            self.open_sender().send(self.outgoing())
        assert self.taken() == []

    @pytest.mark.fault(12)
    def test_a_lost_answer_is_unknown_and_what_is_found_then_is_that_message(self) -> None:
        self.loses_the_answer()
        sender = self.open_sender()
        with pytest.raises(OutcomeUnknown):
            sender.send(self.outgoing())
        assert self.taken() == ["hello"]
        assert len(sender.find(self.outgoing())) <= 1
        assert list(sender.find(self.outgoing(text="another"))) == []
