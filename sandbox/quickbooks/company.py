"""A simulated company of QuickBooks Online: its lists and documents, their versions, and what it refuses.

Behaves as Intuit documents it for minor version 75: SyncToken, requestid, sparse updates, batches of 30, changes of
the last 30 days with at most 1,000 objects over all entities that are asked for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from drawbar.sandbox.quickbooks.query import QueryProblem, parse_query

Document = dict[str, Any]

BATCH: Final = 30
CHANGES_AT_ONCE: Final = 1_000
LOOK_BACK: Final = timedelta(days=30)
_NAMES: Final = ("Vendor", "Customer", "Employee")
_LISTS: Final = (*_NAMES, "Account", "Class", "Department", "Item")
_DOCUMENTS: Final = (
    "Bill", "BillPayment", "VendorCredit", "Invoice", "Payment", "Deposit", "JournalEntry", "Purchase",
)  # fmt: skip
ENTITIES: Final = {name.lower(): name for name in (*_LISTS, *_DOCUMENTS)}
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "Vendor": ("DisplayName",),
    "Customer": ("DisplayName",),
    "Bill": ("VendorRef", "Line"),
    "Invoice": ("CustomerRef", "Line"),
    "Payment": ("CustomerRef", "TotalAmt"),
    "Deposit": ("DepositToAccountRef", "Line"),
    "JournalEntry": ("Line",),
}
_REFERS: Final[Mapping[str, str]] = {
    "VendorRef": "Vendor", "CustomerRef": "Customer", "AccountRef": "Account", "APAccountRef": "Account",
    "DepositToAccountRef": "Account", "ClassRef": "Class", "DepartmentRef": "Department", "ItemRef": "Item",
}  # fmt: skip
_HARDLY_FILTERED: Final = frozenset({"Deposit", "Payment"})
_ALWAYS_FILTERED: Final = frozenset({"Id", "TxnDate", "MetaData.LastUpdatedTime", "MetaData.CreateTime"})
"""The properties by which these few entities can be looked for."""

_LONGEST: Final[Mapping[str, int]] = {"DocNumber": 21, "PaymentRefNum": 21, "PrivateNote": 4_000, "DisplayName": 500}


class Refusal(Exception):
    """What the company refuses, as its Fault says it."""

    def __init__(self, code: str, message: str, detail: str, element: str = "") -> None:
        super().__init__(message)
        self.fault: Document = {
            "Error": [{"Message": message, "Detail": detail, "code": code, "element": element}],
            "type": "ValidationFault",
        }


class Company:
    """The books of one realm; thread-safe, kept in a file when one is named."""

    def __init__(
        self,
        realm_id: str,
        *,
        clock: Callable[[], datetime],
        seed: Mapping[str, Sequence[str]],
        kept: Path | None = None,
    ) -> None:
        self.realm_id = realm_id
        self.clock = clock
        self._kept = kept
        self._lock = threading.RLock()
        self._objects: dict[str, dict[str, Document]] = {}
        self._answers: dict[str, Document] = {}
        self._next = 1
        self.attachments: dict[str, bytes] = {}
        if kept is not None and kept.exists():
            self._load(json.loads(kept.read_text(encoding="utf-8"), parse_float=Decimal))
        else:
            for entity, names in seed.items():
                for name in names:
                    self._insert(entity, _seeded(entity, name))

    def objects(self, entity: str) -> list[Document]:
        """Give what is there of an entity, in the order in which it came."""
        with self._lock:
            return deepcopy([each for each in self._objects.get(entity, {}).values() if not _is_deleted(each)])

    def query(self, statement: str) -> Document:
        try:
            wanted = parse_query(statement)
        except QueryProblem as problem:
            raise Refusal("4000", "Error parsing query", f"QueryParserError: {problem}") from problem
        if wanted.entity not in ENTITIES.values():
            raise Refusal("4001", "Invalid query", f"QueryValidationError: no entity {wanted.entity}")
        hidden = sorted(wanted.fields - _ALWAYS_FILTERED) if wanted.entity in _HARDLY_FILTERED else []
        if hidden:
            raise Refusal("4001", "Invalid query", f"QueryValidationError: property '{hidden[0]}' is not queryable")
        rows = [
            each
            for each in self.objects(wanted.entity)
            if ("Active" in wanted.fields or each.get("Active", True)) and wanted.matches(each)
        ]
        page = rows[wanted.start - 1 : wanted.start - 1 + wanted.most]
        answer: Document = {wanted.entity: page, "startPosition": wanted.start, "maxResults": len(page)} if page else {}
        return {"QueryResponse": answer}

    def get(self, entity: str, number: str) -> Document:
        with self._lock:
            found = self._objects.get(entity, {}).get(number)
            if found is None or _is_deleted(found):
                raise Refusal(
                    "610",
                    "Object Not Found",
                    "Object Not Found : Something you're trying to use has been made inactive.",
                )
            return deepcopy(found)

    def once(self, request_id: str, action: Callable[[], Document]) -> Document:
        """Do something once per request id; a second time gives what the first said."""
        with self._lock:
            if request_id and request_id in self._answers:
                return deepcopy(self._answers[request_id])
            answer = action()
            if request_id:
                self._answers[request_id] = deepcopy(answer)
            self._save()
            return answer

    def write(self, entity: str, given: Document) -> Document:
        """Create an object, or change the one whose Id is given."""
        with self._lock:
            if "Id" not in given:
                self._check(entity, given)
                return deepcopy(self._insert(entity, given))
            there = self.get(entity, str(given["Id"]))
            self._check_version(there, given)
            kept = there if given.get("sparse") else {name: there[name] for name in ("Id", "MetaData")}
            changes = {name: value for name, value in given.items() if name != "sparse" and value is not None}
            changed = {**kept, **changes}
            self._check(entity, changed)
            changed["SyncToken"] = str(int(there["SyncToken"]) + 1)
            changed["MetaData"] = {**there["MetaData"], "LastUpdatedTime": self._now()}
            self._objects[entity][str(there["Id"])] = _with_totals(entity, changed)
            return deepcopy(changed)

    def delete(self, entity: str, given: Document) -> Document:
        with self._lock:
            if entity in _LISTS:
                raise Refusal("500", "Unsupported Operation", "Operation delete is not supported for names")
            there = self.get(entity, str(given.get("Id")))
            self._check_version(there, given)
            gone = {"Id": there["Id"], "status": "Deleted", "MetaData": {"LastUpdatedTime": self._now()}}
            self._objects[entity][str(there["Id"])] = gone
            return {"status": "Deleted", "domain": "QBO", "Id": there["Id"]}

    def batch(self, items: Sequence[Document]) -> Document:
        if len(items) > BATCH:
            raise Refusal("1040", "Max batch size exceeded", f"at most {BATCH} items")
        return {"BatchItemResponse": [self._batch_item(each) for each in items]}

    def _batch_item(self, item: Document) -> Document:
        entity = next((name for name in item if name in ENTITIES.values()), "")
        actions = {"create": self.write, "update": self.write, "delete": self.delete}
        action = actions.get(str(item.get("operation")))
        if not entity or action is None:
            unsupported = Refusal("2010", "Request has invalid or unsupported property", "no operation or entity")
            return {"bId": item.get("bId"), "Fault": unsupported.fault}
        try:
            return {"bId": item.get("bId"), entity: action(entity, item[entity])}
        except Refusal as refusal:
            return {"bId": item.get("bId"), "Fault": refusal.fault}

    def changes(self, entities: Sequence[str], since: datetime) -> Document:
        """Give what changed, oldest first, at most 1,000 objects over all entities."""
        if self.clock() - since > LOOK_BACK:
            raise Refusal("4000", "Invalid changedSince", "changedSince lies more than 30 days back")
        with self._lock:
            found = [
                (datetime.fromisoformat(each["MetaData"]["LastUpdatedTime"]), entity, each)
                for entity in entities
                for each in self._objects.get(entity, {}).values()
            ]
        recent = sorted((each for each in found if each[0] >= since), key=lambda each: each[0])[:CHANGES_AT_ONCE]
        answers = [{entity: [deepcopy(doc) for _, name, doc in recent if name == entity]} for entity in entities]
        return {"CDCResponse": [{"QueryResponse": [each if any(each.values()) else {} for each in answers]}]}

    def attach(self, metadata: Document, content: bytes) -> Document:
        with self._lock:
            attached = self._insert("Attachable", {**metadata, "Size": len(content)})
            self.attachments[str(attached["Id"])] = content
            return {"AttachableResponse": [{"Attachable": deepcopy(attached)}]}

    def _check_version(self, there: Document, given: Document) -> None:
        if str(given.get("SyncToken")) != there["SyncToken"]:
            raise Refusal(
                "5010",
                "Stale Object Error",
                "Stale Object Error : You and another user were working on the same thing.",
            )

    def _check(self, entity: str, given: Document) -> None:
        for name in _REQUIRED.get(entity, ()):
            if not given.get(name):
                raise Refusal(
                    "2020", "Required param missing, need to supply the required value for the API",
                    f"Required parameter {name} is missing in the request", name,
                )  # fmt: skip
        for name, longest in _LONGEST.items():
            if len(str(given.get(name) or "")) > longest:
                raise Refusal("2050", "String length is longer than allowed", f"{name} takes {longest} letters", name)
        self._check_references(given)
        if entity in _NAMES:
            self._check_name(given)
        if entity == "JournalEntry":
            _check_balance(given["Line"])

    def _check_references(self, given: object) -> None:
        if isinstance(given, list):
            for each in given:
                self._check_references(each)
        elif isinstance(given, Mapping):
            for name, value in given.items():
                if name in _REFERS and isinstance(value, Mapping):
                    there = self._objects.get(_REFERS[name], {})
                    if str(value.get("value")) not in there:
                        raise Refusal(
                            "2500", "Invalid Reference Id", f"Invalid Reference Id : {name} is not valid", name
                        )
                self._check_references(value)

    def _check_name(self, given: Document) -> None:
        taken = [each for name in _NAMES for each in self._objects.get(name, {}).values()]
        if any(each["DisplayName"] == given["DisplayName"] and each["Id"] != given.get("Id") for each in taken):
            raise Refusal(
                "6240",
                "Duplicate Name Exists Error",
                "The name supplied already exists. : Another vendor, customer or employee",
            )

    def _insert(self, entity: str, given: Document) -> Document:
        number, now = str(self._next), self._now()
        self._next += 1
        made = {name: value for name, value in given.items() if value is not None}
        made |= {"Id": number, "SyncToken": "0", "MetaData": {"CreateTime": now, "LastUpdatedTime": now}}
        made |= {"Active": True} if entity in _LISTS else {}
        self._objects.setdefault(entity, {})[number] = _with_totals(entity, made)
        return made

    def _now(self) -> str:
        return self.clock().isoformat(timespec="milliseconds")

    def _save(self) -> None:
        if self._kept is None:
            return
        state = {"objects": self._objects, "answers": self._answers, "next": self._next}
        unfinished = self._kept.with_suffix(".tmp")
        unfinished.write_text(json.dumps(state, default=float), encoding="utf-8")
        unfinished.replace(self._kept)

    def _load(self, state: Document) -> None:
        self._objects, self._answers, self._next = state["objects"], state["answers"], int(state["next"])


def _seeded(entity: str, name: str) -> Document:
    if entity in _NAMES:
        return {"DisplayName": name}
    number, _, word = name.partition(" ") if entity == "Account" else ("", "", name)
    shown = word or name
    return {"Name": shown, "FullyQualifiedName": shown, **({"AcctNum": number} if word else {})}


def _is_deleted(document: Document) -> bool:
    return document.get("status") == "Deleted"


def _with_totals(entity: str, document: Document) -> Document:
    if entity in _DOCUMENTS and "Line" in document and entity != "JournalEntry":
        total = sum((Decimal(str(line["Amount"])) for line in document["Line"]), Decimal(0))
        document["TotalAmt"] = total
        if entity in ("Bill", "Invoice"):
            document["Balance"] = total
    return document


def _check_balance(lines: Sequence[Document]) -> None:
    sides = {"Debit": Decimal(0), "Credit": Decimal(0)}
    for line in lines:
        sides[line["JournalEntryLineDetail"]["PostingType"]] += Decimal(str(line["Amount"]))
    if sides["Debit"] != sides["Credit"]:
        raise Refusal(
            "6000", "A business validation error has occurred while processing your request",
            "Business Validation Error: The debits must equal the credits.",
        )  # fmt: skip
