"""QuickBooks Online as a target of the outbox: what is posted is posted once, whatever happens on the way.

Three things together see to that. A document is looked for by our id before it is created. A creation carries a
`requestid` that is made from the record's identity, so that QuickBooks answers a second one with what the first made.
A change names the SyncToken that it was made against, so that it cannot go over somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from drawbar.connectors.quickbooks_online.attachments import Attachments
from drawbar.connectors.quickbooks_online.client import BATCH, Document, QuickBooksClient
from drawbar.connectors.quickbooks_online.errors import STALE, QuickBooksRefused, as_exception, as_fault
from drawbar.connectors.quickbooks_online.lists import CompanyLists
from drawbar.connectors.quickbooks_online.marks import doc_number, plain_note, request_id
from drawbar.connectors.quickbooks_online.records import KINDS, ObjectKind
from drawbar.connectors.quickbooks_online.settings import SYSTEM
from drawbar.connectors.quickbooks_online.wire import from_wire, holds, to_wire
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.ports import UNKNOWN_BUDGET, ApiBudget
from drawbar.middleware.records import Outcome, OutcomeStatus, Reference, Scalar, TargetRecord
from drawbar.middleware.vendor import VendorBusy

_ROUNDS: Final = 3
"""So often a document that somebody else changes at the same moments is read again before it waits for later."""

_REPLAYED_AFTER: Final = timedelta(minutes=10)
"""A document that is said to have been created longer ago was created by an earlier request with the same id."""


@dataclass(slots=True)
class _Work:
    """Records of one object on their way, and what became of each so far; `written` says that something was."""

    kind: ObjectKind
    there: dict[str, Document]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    written: bool = False

    def note(self, key: str, status: OutcomeStatus, document: Document) -> None:
        self.outcomes[key] = Outcome(self.kind.name, key, status, str(document["Id"]))
        self.written = True

    def refuse(self, key: str, error: RecordRejected) -> None:
        fields = (error.field,) if error.field else ()
        self.outcomes[key] = Outcome(
            self.kind.name, key, "refused", code=error.code, message=error.message, fields=fields, remedy=error.remedy
        )

    def postpone(self, key: str, error: VendorBusy) -> None:
        self.outcomes[key] = Outcome(
            self.kind.name, key, "retry", code="BUSY", message=error.message, remedy=error.remedy
        )


@dataclass(frozen=True, slots=True)
class QuickBooksTarget:
    """Implements `RecordTarget`; QuickBooks has no jobs for many records at once."""

    client: QuickBooksClient
    lists: CompanyLists
    papers: Callable[[str], bytes]
    name: str = SYSTEM
    chunk_size: int = BATCH

    @property
    def budget(self) -> ApiBudget:
        """Intuit sells no number of calls; it limits only how fast they come."""
        return UNKNOWN_BUDGET

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Write at most 30 records of one object; one outcome per record, in order."""
        self._fits(len(records))
        if not records:
            return []
        kind = _kind(records[0].object)
        if kind.shape == "file":
            return Attachments(self.client, self.papers, self._document).upsert(records)
        self.lists.begin()
        if kind.parent_object:
            parents = [each for record in records for each in record.references.values()]
            self.lists.prepare(kind.parent_object, [each.key for each in parents if each is not None])
        left = list(records)
        work = _Work(kind, {})
        for _ in range(_ROUNDS):
            left = self._round(work, left)
            if not left:
                break
        for record in left:
            work.postpone(record.key, VendorBusy("somebody changes the document again and again"))
        return [work.outcomes[record.key] for record in records]

    def _round(self, work: _Work, records: Sequence[TargetRecord]) -> list[TargetRecord]:
        """Look the records up and write them; gives those that somebody else changed in between."""
        work.there = self._found(work, [each.key for each in records])
        bodies = dict(self._bodies(work, [each for each in records if each.key not in work.outcomes]))
        changed = {key: _change(work.kind, work.there[key], body) for key, body in bodies.items() if key in work.there}
        for key, body in bodies.items():
            if key in work.there:
                if holds(work.there[key], body):
                    work.note(key, "updated", work.there[key])
                    del changed[key]
            elif key not in work.outcomes:
                self._create(work, key, body)
        stale = self._update(work, changed)
        return [each for each in records if each.key in stale]

    def _bodies(self, work: _Work, records: Sequence[TargetRecord]) -> Iterator[tuple[str, Document]]:
        for record in records:
            try:
                yield record.key, to_wire(record, self.lists)
            except QuickBooksRefused as error:
                work.refuse(record.key, error)

    def _create(self, work: _Work, key: str, body: Document) -> None:
        """Create one document by a call of its own: in a batch, single items could not be told from repeated ones."""
        if not work.kind.posts_money:
            body = {"Active": True, **body}
        # The mark tells whose it is, also where no note is set.
        if work.kind.posts_money and "PrivateNote" not in body:
            body = {**body, "PrivateNote": f"[Drawbar {key}]"}
        identity = (self.client.realm_id, work.kind.name, key, "create")
        try:
            made = self.client.write(work.kind.name, body, request_id(*identity))
            if self._is_gone(work.kind, made):
                made = self.client.write(work.kind.name, body, request_id(*identity, "after", str(made["Id"])))
            if not holds(made, body):
                made = self.client.write(
                    work.kind.name, _change(work.kind, made, body), request_id(*identity, str(made["SyncToken"]))
                )
            work.note(key, "created", made)
        except QuickBooksRefused as error:
            work.refuse(key, error)
        except VendorBusy as error:
            if not work.written:
                raise
            work.postpone(key, error)

    def _is_gone(self, kind: ObjectKind, made: Document) -> bool:
        """Say whether an answer is one of long ago, to an equal request, whose document was deleted since."""
        created = datetime.fromisoformat(str(made["MetaData"]["CreateTime"]))
        if self.client.clocks.now() - created < _REPLAYED_AFTER:
            return False
        return self.client.read(kind.name, str(made["Id"])) is None

    def _update(self, work: _Work, changes: dict[str, Document]) -> set[str]:
        """Change documents in one call; gives the keys of those that somebody else has changed since."""
        if not changes:
            return set()
        name, keys = work.kind.name, list(changes)
        identity = [f"{changes[key]['Id']}.{changes[key]['SyncToken']}.{hash_of(changes[key])}" for key in keys]
        answers = self.client.batch(
            [{"operation": "update", name: changes[key]} for key in keys],
            request_id(self.client.realm_id, name, "update", *identity),
        )
        stale: set[str] = set()
        for key, answer in zip(keys, answers, strict=True):
            if "Fault" not in answer:
                work.note(key, "updated", answer[name])
            elif as_fault(0, answer["Fault"]).code == STALE:
                stale.add(key)
            else:
                _settle_fault(work, key, answer["Fault"])
        return stale

    def delete(self, object_name: str, keys: Sequence[str]) -> list[Outcome]:
        """Delete documents, and make names inactive, by our ids; what is not there counts as deleted."""
        self._fits(len(keys))
        if not keys:
            return []
        work = _Work(_document_kind(object_name), {})
        work.there = self._found(work, keys)
        items = [self._removal(work.kind, each) for each in work.there.values()]
        if items:
            identity = [f"{each['Id']}.{each['SyncToken']}" for each in work.there.values()]
            answers = self.client.batch(items, request_id(self.client.realm_id, object_name, "delete", *identity))
            for key, answer in zip(work.there, answers, strict=True):
                if "Fault" in answer:
                    _settle_fault(work, key, answer["Fault"])
        gone = {key: Outcome(object_name, key, "deleted") for key in keys}
        return [work.outcomes.get(key, gone[key]) for key in keys]

    def _removal(self, kind: ObjectKind, document: Document) -> Document:
        place = {"Id": document["Id"], "SyncToken": document["SyncToken"]}
        if kind.posts_money:
            return {"operation": "delete", kind.name: place}
        return {"operation": "update", kind.name: {**place, "sparse": True, "Active": False}}

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Read fields of documents by our ids; keys that do not exist are left out."""
        if not keys:
            return {}
        kind = _document_kind(object_name)
        found: dict[str, Document] = {}
        for start in range(0, len(keys), BATCH):
            found.update(self._found(_Work(kind, {}), keys[start : start + BATCH]))
        return {key: from_wire(kind, document, fields) for key, document in found.items()}

    def _found(self, work: _Work, keys: Sequence[str]) -> dict[str, Document]:
        """Find documents by our ids; one that has the number but not the mark is somebody else's, and stops the key."""
        kind = work.kind
        if not kind.posts_money:
            there = {each["DisplayName"]: each for each in self.client.query(kind.name, "DisplayName", keys)}
            return {key: there[key] for key in keys if key in there}
        by_number = {doc_number(key): key for key in keys}
        wanted = (kind.number_field, list(by_number)) if kind.searched else ()
        found: dict[str, Document] = {}
        foreign: dict[str, Document] = {}
        for each in self.client.query(kind.name, *wanted):
            key = by_number.get(str(each.get(kind.number_field)), "")
            mine = plain_note(str(each.get("PrivateNote") or ""))[1] == key
            (found if mine else foreign)[key] = each
        if kind.searched:
            for key in foreign.keys() - found.keys():
                work.refuse(key, _foreign(kind, foreign[key]))
        return {key: found[key] for key in keys if key in found}

    def _document(self, reference: Reference) -> Document | None:
        """Give the document of ours that has a key, None while there is none."""
        return self._found(_Work(_kind(reference.object), {}), [reference.key]).get(reference.key)

    def _fits(self, count: int) -> None:
        if count > self.chunk_size:
            raise ValueError(f"a call takes {self.chunk_size} records, not {count}")


def open_target(client: QuickBooksClient, papers: Callable[[str], bytes], name: str = SYSTEM) -> QuickBooksTarget:
    """Give the target; `papers` gives the content of the hub's papers, which are attached to documents, by name."""
    return QuickBooksTarget(client, CompanyLists(client), papers, name)


def hash_of(document: Document) -> str:
    """Give a short name for what a document says."""
    return request_id(repr(sorted(document.items())))


def _kind(name: str) -> ObjectKind:
    if name not in KINDS:
        raise QuickBooksRefused(f"Drawbar writes no {name} to QuickBooks", remedy=f"Use one of {', '.join(KINDS)}.")
    return KINDS[name]


def _document_kind(name: str) -> ObjectKind:
    kind = _kind(name)
    if kind.shape == "file":
        raise QuickBooksRefused("attachments are neither read nor deleted", remedy="Do it in QuickBooks.")
    return kind


def _change(kind: ObjectKind, there: Document, body: Document) -> Document:
    """Give the change of a document against the version that was read: only what Drawbar sets, if that can be."""
    place = {"Id": there["Id"], "SyncToken": there["SyncToken"]}
    return {**body, **place, "sparse": True} if kind.sparse else {**there, **body, **place}


def _foreign(kind: ObjectKind, document: Document) -> QuickBooksRefused:
    number = document[kind.number_field]
    return QuickBooksRefused(
        f"{kind.name} {document['Id']} has {kind.number_field} {number}, but not Drawbar's mark in its memo",
        field=kind.number_field, code="NOT_OURS",
        remedy="Renumber it in QuickBooks if it is another document; if Drawbar posted it, put the mark back.",
    )  # fmt: skip


def _settle_fault(work: _Work, key: str, fault: Document) -> None:
    """Note what a fault of one item means; raises when nothing more will be taken."""
    error = as_exception(as_fault(0, fault))
    if isinstance(error, QuickBooksRefused):
        work.refuse(key, error)
    elif isinstance(error, VendorBusy):
        work.postpone(key, error)
    else:
        raise error
