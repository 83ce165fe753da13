"""People at work in the local org: a collector, and an approver who is hired first, and the hub's own user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drawbar.sandbox.ids import new_id
from drawbar.sandbox.seeds import COLLECTOR_USER_ID, DEFAULT_USERNAME, INTEGRATION_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.world import ServedOrg

CASEY, AVERY, HUB = "collector@drawbar.example", "avery@drawbar.example", DEFAULT_USERNAME
_AVERY_ID = new_id("005", 77)
_IDS = {CASEY: COLLECTOR_USER_ID, AVERY: _AVERY_ID, HUB: INTEGRATION_USER_ID}


class People:
    """Casey, who collects, and Avery, who approves."""

    def __init__(self, org: ServedOrg) -> None:
        self._org = org
        self._hire_avery()

    def _hire_avery(self) -> None:
        with self._org.local.org.transaction() as transaction:
            cursor = transaction.connection.execute('SELECT * FROM "User" WHERE "Id" = ?', (COLLECTOR_USER_ID,))
            names = [each[0] for each in cursor.description]
            row = dict(zip(names, cursor.fetchone(), strict=True)) | {
                "Id": _AVERY_ID, "Username": AVERY, "Name": "Avery Approver", "LastName": "Approver",
            }  # fmt: skip
            marks = ", ".join("?" * len(row))
            transaction.connection.execute(f'INSERT OR IGNORE INTO "User" VALUES ({marks})', list(row.values()))

    def create(self, object_name: str, by: str = CASEY, **fields: Any) -> str:
        """Make a record as a person does; gives Salesforce's id."""
        return self._write("insert", object_name, by, fields)

    def change(self, object_name: str, record_id: str, by: str = CASEY, **fields: Any) -> None:
        self._write("update", object_name, by, {"Id": record_id, **fields})

    def refused(self, object_name: str, says: str, by: str = CASEY, **fields: Any) -> None:
        """Try to make or change a record (`Id`), which Salesforce refuses with these words."""
        (result,) = self._result("update" if "Id" in fields else "insert", object_name, by, fields)
        assert not result.success, fields
        assert says in str(result.errors)

    def _write(self, operation: Any, object_name: str, by: str, row: Mapping[str, object]) -> str:
        (result,) = self._result(operation, object_name, by, row)
        assert result.success, result.errors
        return str(result.id)

    def _result(self, operation: Any, object_name: str, by: str, row: Mapping[str, object]) -> Sequence[Any]:
        context = WriteContext(_IDS[by], auto_assign=False)
        return self._org.local.org.write(operation, object_name, [row], context=context)
