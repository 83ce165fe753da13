"""What of a record the rules look at, and whether a record as it stands is news to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drawbar.connectors.salesforce.fields import Formula
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS, object_fields
from drawbar.jobs.edits import EditRule
from drawbar.middleware.ports import FoundRecord
from drawbar.middleware.sync.edit_log import Seen, digest_of

DELETED = "IsDeleted"


@dataclass(frozen=True, slots=True)
class Sight:
    """The rules of one object together: which fields they look at."""

    object: str
    rules: tuple[EditRule, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for rule in self.rules for name in rule.fields))

    def of(self, record: FoundRecord) -> tuple[EditRule, ...]:
        """Give the rules that hear of a record: of a deleted one those that ask for deletions."""
        return tuple(rule for rule in self.rules if not record.deleted or DELETED in rule.fields)

    def digest(self, record: FoundRecord) -> str:
        """Hash what the rules look at; the key does not count, which the hub itself gives."""
        return digest_of({name: record.fields[name] for name in self.fields if name != EXTERNAL_IDS[self.object]})

    def is_news(self, record: FoundRecord, seen: Seen | None, own_user: str) -> bool:
        """Say whether the rules have to look: not at what they have seen, nor at what the hub alone has written.

        What a person has saved since is always looked at, as it may be what the rules saw before the hub wrote another.
        A record that the hub wrote last may hold a person's edit from just before, so that its fields decide: what
        people alone fill in is empty in a record that no person has touched.
        """
        if record.modified_by != own_user and (seen is None or seen.modified_at < record.modified_at):
            return True
        if seen is not None:
            return seen.digest != self.digest(record)
        if record.created_by != own_user:
            return True
        return any(record.fields[name] not in (None, False, "") for name in _peoples(self.object, self.fields))


def sight(object_name: str, rules: Sequence[EditRule]) -> Sight:
    return Sight(object_name, tuple(rule for rule in rules if rule.object == object_name))


def _peoples(object_name: str, names: Sequence[str]) -> list[str]:
    """Give those of some fields that people may change."""
    theirs = {
        each.api_name
        for each in object_fields(object_name)
        if not isinstance(each, Formula) and (each.owner == "Salesforce" or each.sending == "on change")
    }
    return [name for name in names if name in theirs]
