"""Who may ask is told what the hub knows of a record, with people's data blotted out unless they may see that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from drawbar.middleware.records import Reference, TargetRecord
from drawbar.middleware.server.callers import PERSONAL_RECORDS, RECORDS, SYNC_REQUESTS
from drawbar.middleware.sync.codec import encode
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import delivery
from tests.middleware.server.served import Served, problem

MORNING = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
KEY = "A/1"
"""A key may hold what an address cannot."""


@pytest.fixture(scope="module", autouse=True)
def known(server: Served) -> None:
    """An account that was written three times, once refused, with a change that waits and a failure."""
    told: list[tuple[str, dict[str, Any]]] = [
        ("created", {"Name": "Acme", "Limit__c": Decimal("10.00"), "Parent": Reference("Account", "A0")}),
        ("updated", {"Limit__c": Decimal("12.50")}),
        ("refused", {"Name": "A name that was never written"}),
    ]
    rows = [
        {"target": "salesforce", "object": "Account", "key": KEY, "operation": "upsert", "status": status,
         "target_id": "001000000000001" if status == "created" else "", "fields": encode(fields),
         "why": f"row {number}", "run_id": f"run-{number}", "at": MORNING + timedelta(hours=number)}
        for number, (status, fields) in enumerate(told)
    ]  # fmt: skip
    waits = Change(TargetRecord("Account", KEY, {"Name": "Acme Haulage"}), creates=False, why="row 7")
    failure = Failure(
        kind="record", place="salesforce", object="Account", key=KEY, row_number=0, source="delivery", code="TOO_LONG",
        field="Name", message="Acme Haulage is too long", remedy="Shorten it.", payload="{}",
    )  # fmt: skip
    with server.engine.begin() as connection:
        connection.execute(insert(delivery), rows)
        Outbox(connection, "salesforce").put([waits], run_id="run-7", now=MORNING)
        DeadLetters(connection).add([failure], run_id="run-2", now=MORNING)


def ask(server: Served, name: str, *scopes: str, key: str = "A%2F1", object_name: str = "Account") -> Any:
    return server.call("GET", f"/v1/records/{object_name}/{key}", key=server.key(name, *scopes))


def test_each_field_is_told_as_it_was_last_sent_with_time_and_reason(server: Served) -> None:
    told = ask(server, "reader", RECORDS, PERSONAL_RECORDS).json()

    values = {each["name"]: (each["value"], each["sent_at"], each["why"]) for each in told["fields"]}
    assert values == {
        "Name": ("Acme", "2026-03-02T06:00:00Z", "row 0"), "Parent": ("A0", "2026-03-02T06:00:00Z", "row 0"),
        "Limit__c": ("12.50", "2026-03-02T07:00:00Z", "row 1"),
    }  # fmt: skip
    assert (told["target_id"], told["deleted"], told["masked"]) == ("001000000000001", False, False)
    assert [(each["name"], each["value"]) for each in told["waiting"]] == [("Name", "Acme Haulage")]
    assert [(each["code"], each["message"]) for each in told["failures"]] == [("TOO_LONG", "Acme Haulage is too long")]


def test_without_the_scope_for_people_s_data_it_is_blotted_out_wherever_it_stands(server: Served) -> None:
    answer = ask(server, "auditor", RECORDS)

    assert answer.json()["masked"] is True
    assert "Acme Haul" not in answer.text
    assert "12.50" in answer.text


def test_another_scope_does_not_open_records(server: Served) -> None:
    refused = ask(server, "yard", SYNC_REQUESTS)
    personal = ask(server, "half", PERSONAL_RECORDS)

    assert [refused.status_code, personal.status_code] == [403, 403]
    assert RECORDS in problem(refused)["detail"]
    assert server.call("GET", "/v1/records/Account/A%2F1").status_code == 401


@pytest.mark.parametrize(("object_name", "key"), [("Account", "A2"), ("Contact", "A%2F1"), ("Account", "x" * 256)])
def test_what_is_not_known_is_said_to_be_so(server: Served, object_name: str, key: str) -> None:
    answer = ask(server, "reader", RECORDS, PERSONAL_RECORDS, key=key, object_name=object_name)

    assert answer.status_code == (422 if len(key) > 255 else 404)
    assert problem(answer)["remedy"]


def test_the_description_for_programs_has_the_route(server: Served) -> None:
    described = server.call("GET", "/openapi.json", key=server.key("reader", RECORDS, PERSONAL_RECORDS)).json()

    assert "KnownRecord" in str(described["paths"]["/v1/records/{object}/{key}"]["get"]["responses"]["200"])
