"""Assigns permission sets and groups of them to users; without one, a deployed field is invisible to everyone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drawbar.connectors.salesforce.client import COLLECTION_SIZE, SalesforceClient, about_no_record
from drawbar.connectors.salesforce.errors import as_org_error
from drawbar.connectors.salesforce.soql import key_chunks, select
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import NotThere, StopRun

GROUP_MARK: Final = "group:"
"""Begins the name of a public group, whose users are meant."""

_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "PermissionSet": ("Name", "PermissionSetId"),
    "PermissionSetGroup": ("DeveloperName", "PermissionSetGroupId"),
}
"""Object → the field with its name, the field of an assignment that refers to it."""


_OURS: Final[Mapping[str, str]] = {
    "Name": r"SELECT Name FROM PermissionSet WHERE Name LIKE 'Drawbar\_%'",
    "DeveloperName": r"SELECT DeveloperName FROM PermissionSetGroup WHERE DeveloperName LIKE 'Drawbar\_%'",
}
"""Field with the name → the query for those that are Drawbar's."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A permission set, or a group of them, and the user who gets it; `new` when the user did not have it."""

    permission_set: str
    username: str
    new: bool


class Assigner:
    """Assignments of one org."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client

    def assign(self, wanted: Mapping[str, Sequence[str]]) -> list[Assignment]:
        """Assign each permission set (by API name) to users, by user name or as `group:NAME` of a public group.

        Raises NotThere for a set, user or group that the org does not have, before anything is assigned.
        """
        sets = self._sets(wanted)
        pairs = [(name, user) for name, users in wanted.items() for user in self._users(users).items()]
        held = self._held({user_id for _, (_, user_id) in pairs})
        missing = [
            {"attributes": {"type": "PermissionSetAssignment"}, "AssigneeId": user_id, sets[name][0]: sets[name][1]}
            for name, (_, user_id) in pairs
            if (sets[name][1], user_id) not in held
        ]
        for part in in_chunks(missing, COLLECTION_SIZE):
            self._create(part)
        return [Assignment(name, username, (sets[name][1], user_id) not in held) for name, (username, user_id) in pairs]

    def names(self) -> set[str]:
        """Give the names of all permission sets and groups that begin with Drawbar's."""
        return {str(row[name]) for name, query in _OURS.items() for row in self._client.query(query)}

    def _sets(self, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Give for each name the field of an assignment that takes it, and its id."""
        wanted = sorted(set(names))
        found: dict[str, tuple[str, str]] = {}
        for kind, (name, reference) in _KINDS.items():
            rows = self._by_name(["Id", name], kind, name, wanted)
            found |= {str(each[name]): (reference, str(each["Id"])) for each in rows}
        _require(wanted, found, "permission set", "Deploy the package first: drawbar salesforce deploy --apply.")
        return found

    def _users(self, names: Sequence[str]) -> dict[str, str]:
        """Give the users that are meant, by user name → id."""
        plain = [each for each in names if not each.startswith(GROUP_MARK)]
        rows = self._by_name(["Id", "Username"], "User", "Username", plain)
        found = {str(each["Username"]): str(each["Id"]) for each in rows}
        known = {each.lower() for each in found}
        _require([each for each in plain if each.lower() not in known], (), "user", "Give the user name, as at log-in.")
        for each in names:
            if each.startswith(GROUP_MARK):
                found |= self._members(each.removeprefix(GROUP_MARK))
        return found

    def _members(self, group: str) -> dict[str, str]:
        groups = self._by_name(["Id", "DeveloperName"], "Group", "DeveloperName", [group])
        _require([group], {str(each["DeveloperName"]) for each in groups}, "public group", "Give its API name.")
        rows = self._by_name(["UserOrGroupId"], "GroupMember", "GroupId", [str(each["Id"]) for each in groups])
        users = self._by_name(["Id", "Username"], "User", "Id", [str(each["UserOrGroupId"]) for each in rows])
        return {str(each["Username"]): str(each["Id"]) for each in users}

    def _held(self, users: set[str]) -> set[tuple[str, str]]:
        """Give which sets the users have already: (id of the set or group, id of the user)."""
        fields = ["AssigneeId", "PermissionSetId", "PermissionSetGroupId"]
        rows = self._by_name(fields, "PermissionSetAssignment", "AssigneeId", sorted(users))
        return {(str(each[field]), str(each["AssigneeId"])) for each in rows for field in fields[1:] if each.get(field)}

    def _by_name(
        self, fields: list[str], object_name: str, key: str, values: Sequence[str]
    ) -> list[Mapping[str, object]]:
        return [
            row for part in key_chunks(values) for row in self._client.query(select(fields, object_name, key, part))
        ]

    def _create(self, records: Sequence[Mapping[str, object]]) -> None:
        with about_no_record():
            answers = self._client.call(
                "POST", "composite/sobjects", body={"allOrNone": True, "records": list(records)}
            ).json()
        errors = [error for each in answers for error in each.get("errors") or ()]
        if errors:
            first = as_org_error(0, errors[0])
            raise StopRun(
                f"a permission set could not be assigned: {first.code}: {first.message}",
                remedy="Give the user that Drawbar runs as the permission Assign Permission Sets.",
            )


def _require(wanted: Iterable[str], found: Iterable[str], what: str, remedy: str) -> None:
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise NotThere(f"the org has no {what} {', '.join(missing)}", remedy=remedy)
