"""Papers of the hub at documents of QuickBooks: each is attached once to the document that it belongs to.

An upload carries a `requestid` made from document and content, so that QuickBooks answers a second one with what the
first made. A paper whose document is not there yet is refused; it goes along as soon as the document is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from drawbar.connectors.quickbooks_online.client import Document, QuickBooksClient
from drawbar.connectors.quickbooks_online.errors import QuickBooksRefused
from drawbar.connectors.quickbooks_online.marks import request_id
from drawbar.connectors.quickbooks_online.records import PAPER
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Outcome, Reference, TargetRecord
from drawbar.middleware.vendor import VendorBusy

_PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class Attachments:
    """Attaches papers; `papers` gives their content by name, `document` finds a document of ours in QuickBooks."""

    client: QuickBooksClient
    papers: Callable[[str], bytes]
    document: Callable[[Reference], Document | None]

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Attach each paper by a call of its own; raises VendorBusy when nothing was attached yet."""
        outcomes: list[Outcome] = []
        for record in records:
            try:
                outcomes.append(self._attach(record))
            except RecordRejected as error:
                fields = (error.field,) if error.field else ()
                outcomes.append(
                    Outcome(
                        record.object, record.key, "refused", code=error.code, message=error.message, fields=fields,
                        remedy=error.remedy,
                    )
                )  # fmt: skip
            except VendorBusy as error:
                if not outcomes:
                    raise
                outcomes.append(
                    Outcome(record.object, record.key, "retry", code="BUSY", message=error.message, remedy=error.remedy)
                )
        return outcomes

    def _attach(self, record: TargetRecord) -> Outcome:
        (reference,) = record.references.values()
        if reference is None:
            raise QuickBooksRefused("is attached to nothing", code="ATTACHMENT", remedy="Post the event again.")
        document = self.document(reference)
        if document is None:
            raise QuickBooksRefused(
                f"there is no {reference.object} {reference.key} yet to attach it to", field="Document",
                code="NO_DOCUMENT", remedy="Mend what keeps the document out; the paper follows by itself.",
            )  # fmt: skip
        name = str(record.fields[PAPER])
        content = self.papers(name)
        identity = (self.client.realm_id, reference.object, str(document["Id"]), name)
        request = request_id(*identity, hashlib.sha256(content).hexdigest())
        number = self.client.attach(reference.object, str(document["Id"]), name, content, _PDF, request)
        return Outcome(record.object, record.key, "created", number)
