"""The lists of a company that documents refer to: accounts, classes, locations, items, vendors, customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from drawbar.connectors.quickbooks_online.client import BATCH, Document, QuickBooksClient
from drawbar.connectors.quickbooks_online.errors import QuickBooksRefused
from drawbar.middleware.chunks import in_chunks

_WHOLE: Final = ("Account", "Class", "Department", "Item")
"""Lists that are read whole: they are short."""

_WORDS: Final = {"Department": "location"}


class CompanyLists:
    """Finds QuickBooks' ids by the names that people know; a list is read again for a name that it lacks."""

    def __init__(self, client: QuickBooksClient) -> None:
        self._client = client
        self._ids: dict[str, dict[str, str]] = {}
        self._read: set[str] = set()

    def begin(self) -> None:
        """Let each list be read once more from now on, should a name be missing."""
        self._read.clear()

    def prepare(self, entity: str, names: Iterable[str]) -> None:
        """Look vendors or customers up together, before they are asked for one by one."""
        known = self._ids.setdefault(entity, {})
        for some in in_chunks(sorted({name for name in names if name} - known.keys()), BATCH):
            found = self._client.query(entity, "DisplayName", list(some))
            known.update({each["DisplayName"]: str(each["Id"]) for each in found})

    def reference(self, entity: str, name: str, field: str) -> Document:
        """Give the reference to a record by its name; QuickBooksRefused, which names it, when it is not there."""
        number = self._id(entity, name)
        if number is None:
            word = _WORDS.get(entity, entity.lower())
            raise QuickBooksRefused(
                f"there is no active {word} {name!r} in QuickBooks", field=field, code="NO_SUCH_REFERENCE",
                remedy=f"Add the {word} in QuickBooks, or name another one in the accounting rules.",
            )  # fmt: skip
        return {"value": number}

    def _id(self, entity: str, name: str) -> str | None:
        if entity not in _WHOLE:
            self.prepare(entity, [name])
            return self._ids[entity].get(name)
        known = self._ids.get(entity, {})
        if name not in known and entity not in self._read:
            known = self._ids[entity] = _by_name(list(self._client.query(entity)))
            self._read.add(entity)
        return known.get(name)


def _by_name(found: Sequence[Document]) -> dict[str, str]:
    """Give ids by name, by full name (`Repairs:Trucks`) and by account number; the fuller word wins."""
    ids: dict[str, str] = {}
    for word in ("Name", "AcctNum", "FullyQualifiedName"):
        ids.update({str(each[word]): str(each["Id"]) for each in found if each.get(word)})
    return ids
