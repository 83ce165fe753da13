"""What people ask for in Salesforce: a Message__c with account, channel and template (P04)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.lessee_facts import lessee_facts
from drawbar.jobs.messages import OBJECT, MessageOffice, request
from drawbar.mappings.lessee_message import CHANNEL
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.messages.book import MessageBook
from drawbar.middleware.messages.records import LesseeFacts, Message
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json

_ACCOUNT: Final = "Lease_Account__r.LeaseWorks_Id__c"
_MADE_BY: Final = "CreatedBy.Username"
_CHANNEL_OF: Final = {word: channel for channel, word in CHANNEL.items()}


@dataclass(frozen=True, slots=True)
class MessageEdits:
    """Implements `EditRule` for messages: one that a person made is a request, and is decided once."""

    hub: Hub
    object: str = OBJECT
    fields: tuple[str, ...] = ("Name", _ACCOUNT, "Channel__c", "Template__c", _MADE_BY)

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Take a request; what is refused of it stands on the record itself."""
        key = str(edited.fields["Name"])
        with reading(self.hub.engine) as connection:
            known = MessageBook(connection).find(edited.key or key)
        if edited.key or known is not None:
            return None
        asked = _asked(key, edited)
        facts = self._facts(asked)

        def act(connection: Connection) -> Json:
            office = MessageOffice(self.hub, connection, handling.run_id, handling.now)
            kept = office.refuse(asked, facts) if isinstance(facts, RecordRejected) else _taken(office, asked, facts)
            office.name(edited.id, key)
            return {"message": key, "status": kept.status.value}

        return act

    def _facts(self, asked: Message) -> LesseeFacts | RecordRejected:
        try:
            return lessee_facts(self.hub, asked.account)
        except RecordRejected as error:
            return error


def _taken(office: MessageOffice, asked: Message, facts: LesseeFacts) -> Message:
    try:
        return office.ask(asked, facts)
    except RecordRejected as error:
        return office.refuse(asked, error)


def _asked(key: str, edited: EditedRecord) -> Message:
    fields = EditedFields(f"message {key}", edited.fields)
    word = fields.text("Channel__c")
    if word not in _CHANNEL_OF:
        raise RecordRejected(
            f"{word or 'nothing'} is no channel", record=f"message {key}", field="Channel__c", code="CHANNEL",
            remedy=f"It is one of {', '.join(_CHANNEL_OF)}.",
        )  # fmt: skip
    return request(
        fields.text(_ACCOUNT), _CHANNEL_OF[word], fields.text("Template__c"), key=key,
        by=fields.text(_MADE_BY) or edited.modified_by, at=edited.modified_at,
    )  # fmt: skip
