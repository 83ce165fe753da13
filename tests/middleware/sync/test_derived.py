from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from drawbar.middleware.records import Reference, TargetRecord
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords, DerivedResult
from drawbar.middleware.sync.tables import outbox


class Rules:
    """Concludes cases and forgets, before each time, what still waited."""

    def __init__(self, hub: Engine, now: datetime) -> None:
        self._hub = hub
        self._now = now

    def conclude(self, *, own: bool = True, **fields: object) -> tuple[DerivedResult, list[dict[str, object]]]:
        parents = {"Account": Reference("Account", "A1")}
        record = TargetRecord("Case", "C1", fields, parents, "A1")  # type: ignore[arg-type]
        with self._hub.begin() as connection:
            connection.execute(outbox.delete())
            derived = DerivedRecords(connection, "salesforce", {"Case": frozenset({"Synced"})})
            results = derived.conclude([Conclusion(record, "case", "late", own)], run_id="r", now=self._now)
            rows = connection.execute(select(outbox)).all()
        sent = [{"fields": decode(row.fields), "before": row.before, "creates": row.creates} for row in rows]
        return results["Case"], sent


@pytest.fixture
def rules(hub: Engine, now: datetime) -> Rules:
    return Rules(hub, now)


def test_a_first_conclusion_is_sent_whole(rules: Rules) -> None:
    result, sent = rules.conclude(Status="New", Days=5)

    assert result == DerivedResult(created=1)
    assert sent[0]["fields"] == {"Status": "New", "Days": 5, "Account": Reference("Account", "A1")}
    assert sent[0]["creates"] is True


@pytest.mark.spec("P27")
def test_only_what_differs_is_sent_so_that_people_may_change_the_rest(rules: Rules) -> None:
    rules.conclude(Status="New", Days=5)

    result, sent = rules.conclude(Status="New", Days=6)

    assert result == DerivedResult(changed=1)
    assert sent[0]["fields"] == {"Days": 6}
    assert decode(str(sent[0]["before"])) == {"Days": 5}


def test_the_same_conclusion_sends_nothing(rules: Rules) -> None:
    rules.conclude(Status="New", Days=5)

    assert rules.conclude(Status="New", Days=5) == (DerivedResult(unchanged=1), [])


def test_bookkeeping_alone_is_no_reason_to_send_but_goes_along(rules: Rules) -> None:
    rules.conclude(Status="New", Synced=1)

    assert rules.conclude(Status="New", Synced=2)[1] == []
    assert rules.conclude(Status="Closed", Synced=3)[1][0]["fields"] == {"Status": "Closed", "Synced": 3}


def test_a_value_that_is_no_longer_concluded_is_sent_when_it_is_again(rules: Rules) -> None:
    rules.conclude(Status="New", Days=5)
    rules.conclude(Status="Closed")

    assert rules.conclude(Status="New", Days=5)[1][0]["fields"] == {"Status": "New", "Days": 5}


def test_fields_added_to_a_record_of_a_source_do_not_create_it(rules: Rules) -> None:
    result, sent = rules.conclude(own=False, Days=5)

    assert (result, sent[0]["creates"]) == (DerivedResult(changed=1), False)
