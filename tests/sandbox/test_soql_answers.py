"""What queries find, and how their answers look."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import new_id
from drawbar.sandbox.soql.compiler import compile_query
from tests.sandbox.soql_org import NOW, QUEUE, SCHEMA, USER, SoqlOrg

RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture(scope="module")
def org() -> SoqlOrg:
    """Three accounts, four leases (one deleted), payments and a Case with each kind of owner."""
    org = SoqlOrg()
    acme = org.add("Account", Name="Acme", OwnerId=USER, BillingCity="Oslo", CreatedDate="2026-03-18T01:00:00.000+0000")
    beta = org.add("Account", Name="beta", ParentId=acme, CreatedDate="2025-12-31T23:59:59.000+0000")
    org.add("Account", Name="Émile 100%_\\", CreatedDate="2026-02-28T10:00:00.000+0000")
    first = org.add(
        "Lease_Account__c",
        Name="L1",
        LeaseWorks_Id__c="LW1",
        Code__c="abc",
        Account__c=acme,
        Status__c="Open",
        Colours__c="red;blue",
        Active__c=1,
        Days_Past_Due__c=45.0,
        Balance__c=1000.5,
        Due__c="2026-03-17",
        Seen__c="2026-03-17T23:30:00.000+0000",
    )
    second = org.add(
        "Lease_Account__c",
        Name="L2",
        LeaseWorks_Id__c="LW2",
        Code__c="ABC",
        Account__c=acme,
        Status__c="New",
        Colours__c="green",
        Days_Past_Due__c=10.0,
        Balance__c=250.0,
        Due__c="2026-03-18",
        Seen__c="2026-03-18T00:00:00.000+0000",
    )
    org.add("Lease_Account__c", Name="L3", LeaseWorks_Id__c="LW3", Account__c=beta, Active__c=1)
    org.add("Lease_Account__c", Name="L4", LeaseWorks_Id__c="LW4", Account__c=beta, IsDeleted=1)
    for name, lease, amount, paid in (
        ("P1", first, 100.0, "2026-01-15"),
        ("P2", first, 50.0, "2026-02-15"),
        ("P3", first, 75.0, "2026-03-15"),
        ("P4", second, 20.0, "2026-03-01"),
    ):
        org.add("Payment__c", Name=name, Lease_Account__c=lease, Amount__c=amount, Paid__c=paid)
    org.add("Case", Subject="One", OwnerId=USER, AccountId=acme)
    org.add("Case", Subject="Two", OwnerId=QUEUE)
    return org


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("LeaseWorks_Id__c = 'lw1'", "L1"),
        ("LeaseWorks_Id__c != 'LW1'", "L2 L3"),
        ("LeaseWorks_Id__c <> 'lw1' AND Name != 'L2'", "L3"),
        ("Code__c = 'ABC'", "L2"),
        ("Code__c != 'ABC'", "L1 L3"),
        ("Name > 'l1'", "L2 L3"),
        ("Name LIKE 'l_'", "L1 L2 L3"),
        ("Name LIKE '%1'", "L1"),
        ("NOT Name LIKE '%1'", "L2 L3"),
        ("Status__c IN ('open', 'Done')", "L1"),
        ("Status__c NOT IN ('Open')", "L2 L3"),
        ("Status__c IN ('Open', null)", "L1 L3"),
        ("Status__c = null", "L3"),
        ("Status__c = ''", "L3"),
        ("Status__c != null", "L1 L2"),
        ("NOT (Status__c = 'Open')", "L2 L3"),
        ("Balance__c > 250", "L1"),
        ("Balance__c >= 250", "L1 L2"),
        ("Balance__c = 1000.50", "L1"),
        ("Balance__c < 1e3", "L2"),
        ("Balance__c != 250", "L1 L3"),
        ("NOT (Balance__c > 300)", "L2 L3"),
        ("Active__c = TRUE", "L1 L3"),
        ("Active__c = false", "L2"),
        ("Active__c != true", "L2"),
        ("Colours__c INCLUDES ('blue;red')", "L1"),
        ("Colours__c INCLUDES ('blue;green', 'green')", "L2"),
        ("Colours__c EXCLUDES ('red')", "L2 L3"),
        ("Due__c = 2026-03-17", "L1"),
        ("Due__c = TODAY", "L2"),
        ("Due__c = YESTERDAY", "L1"),
        ("Due__c < TODAY", "L1"),
        ("Due__c <= TODAY", "L1 L2"),
        ("Due__c > YESTERDAY", "L2"),
        ("Due__c != TODAY", "L1 L3"),
        ("Due__c IN (TODAY, YESTERDAY)", "L1 L2"),
        ("Due__c = LAST_N_DAYS:1", "L1 L2"),
        ("Due__c = THIS_WEEK", "L1 L2"),
        ("Seen__c = YESTERDAY", "L1"),
        ("Seen__c >= 2026-03-18T01:00:00+01:00", "L2"),
        ("Seen__c < 2026-03-18T00:00:00Z", "L1"),
        ("DAY_ONLY(Seen__c) = 2026-03-17", "L1"),
        ("DAY_ONLY(convertTimezone(Seen__c)) = TODAY", "L2"),
        ("CALENDAR_YEAR(Due__c) = 2026 AND DAY_IN_MONTH(Due__c) = 18", "L2"),
        ("HOUR_IN_DAY(Seen__c) = 23", "L1"),
        ("DAY_IN_WEEK(Due__c) = 4", "L2"),
        ("Account__r.Name = 'ACME'", "L1 L2"),
        ("Account__r.Parent.Name = 'Acme'", "L3"),
        ("Account__r.Parent.Name = null", "L1 L2"),
        ("Account__c IN (SELECT Id FROM Account WHERE Name = 'beta')", "L3"),
        ("Id IN (SELECT Lease_Account__c FROM Payment__c WHERE Amount__c >= 100)", "L1"),
        ("Id NOT IN (SELECT Lease_Account__c FROM Payment__c)", "L3"),
        ("(Status__c = 'New' OR Active__c = true) AND Balance__c > 0", "L1 L2"),
        ("Lease_Account__c.Name = 'L1'", "L1"),
    ],
)
def test_conditions_find_what_a_real_org_finds(org: SoqlOrg, condition: str, found: str) -> None:
    assert " ".join(org.names(f"SELECT Name FROM Lease_Account__c WHERE {condition} ORDER BY Name")) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Name LIKE 'É%'", True),
        ("Name LIKE 'éMILE%'", True),
        ("Name = 'ÉMILE 100%_\\\\'", True),
        ("Name IN ('x', 'émile 100%_\\\\')", True),
        ("Name LIKE '%100\\%\\_\\\\'", True),
        ("Name LIKE '%100\\_%'", False),
        ("Name = '\\u00c9mile 100%_\\\\'", True),
    ],
)
def test_letters_beyond_ascii_and_escapes_compare_as_text(org: SoqlOrg, condition: str, found: bool) -> None:
    assert bool(org.names(f"SELECT Name FROM Account WHERE {condition}")) is found


def test_ids_match_in_both_lengths_and_lost_case(org: SoqlOrg) -> None:
    long = new_id("a00", 1)
    for written in (long, long[:15], long.lower()):
        assert org.names(f"SELECT Name FROM Lease_Account__c WHERE Id = '{written}'") == ["L1"]
        assert org.names(f"SELECT Name FROM Lease_Account__c WHERE Id IN ('{written}')") == ["L1"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("Balance__c", "L3 L2 L1"),
        ("Balance__c DESC", "L3 L1 L2"),
        ("Balance__c DESC NULLS LAST", "L1 L2 L3"),
        ("Balance__c ASC NULLS LAST", "L2 L1 L3"),
        ("Status__c", "L3 L2 L1"),
        ("Account__r.Name DESC, Name DESC", "L3 L2 L1"),
        ("Name DESC LIMIT 2", "L3 L2"),
        ("Name LIMIT 1 OFFSET 1", "L2"),
        ("Name OFFSET 2", "L3"),
    ],
)
def test_order_puts_nulls_first_and_picklists_in_their_own_order(org: SoqlOrg, order: str, found: str) -> None:
    assert " ".join(org.names(f"SELECT Name FROM Lease_Account__c ORDER BY {order}")) == found


def test_the_recycle_bin_shows_only_when_asked_for(org: SoqlOrg) -> None:
    query = "SELECT Name, IsDeleted FROM Lease_Account__c WHERE IsDeleted = true"
    assert org.query(query) == []
    assert [each["Name"] for each in org.query(query, include_deleted=True)] == ["L4"]
    assert org.names(f"{query} ALL ROWS") == ["L4"]


def test_an_answer_names_its_type_and_address_and_keeps_the_order_of_the_fields(org: SoqlOrg) -> None:
    record = org.query(
        "select days_past_due__c, name, balance__C, Active__c, Due__c, Seen__c, Id from lease_account__c limit 1"
    )[0]
    assert list(record.items()) == [
        (
            "attributes",
            {"type": "Lease_Account__c", "url": f"/services/data/v67.0/sobjects/Lease_Account__c/{new_id('a00', 1)}"},
        ),
        ("Days_Past_Due__c", 45),
        ("Name", "L1"),
        ("Balance__c", 1000.5),
        ("Active__c", True),
        ("Due__c", "2026-03-17"),
        ("Seen__c", "2026-03-17T23:30:00.000+0000"),
        ("Id", new_id("a00", 1)),
    ]
    assert isinstance(record["Days_Past_Due__c"], int)


def test_parents_are_objects_or_null(org: SoqlOrg) -> None:
    query = "SELECT Name, Account__r.Name, Account__r.Parent.Owner.Name FROM Lease_Account__c ORDER BY Name"
    first, _, third = org.query(query)
    assert first["Account__r"]["attributes"]["type"] == "Account"
    assert first["Account__r"]["Parent"] is None
    assert third["Account__r"]["Name"] == "beta"
    assert third["Account__r"]["Parent"]["Owner"]["Name"] == "Ann Agent"
    assert org.query("SELECT AccountId, Account.Name FROM Case WHERE Subject = 'Two'")[0]["Account"] is None


def test_a_polymorphic_owner_is_a_name_of_its_type(org: SoqlOrg) -> None:
    first, second = org.query("SELECT Owner.Name, Owner.Type FROM Case ORDER BY Subject")
    assert first["Owner"] == {
        "attributes": {"type": "Name", "url": f"/services/data/v67.0/sobjects/User/{USER}"},
        "Name": "Ann Agent",
        "Type": "User",
    }
    assert (second["Owner"]["Name"], second["Owner"]["Type"]) == ("Collections", "Group")
    assert org.size("SELECT COUNT() FROM Case WHERE Owner.Type = 'Group'") == 1


def test_children_come_with_their_parent_and_their_own_clauses(org: SoqlOrg) -> None:
    query = (
        "SELECT Name, (SELECT Name, Amount__c FROM Payments__r WHERE Amount__c > 20 ORDER BY Paid__c DESC LIMIT 2) "
        "FROM Lease_Account__c ORDER BY Name"
    )
    first, second, third = org.query(query)
    assert first["Payments__r"]["totalSize"] == 2
    assert first["Payments__r"]["done"] is True
    assert [each["Name"] for each in first["Payments__r"]["records"]] == ["P3", "P2"]
    assert first["Payments__r"]["records"][0]["attributes"]["type"] == "Payment__c"
    assert second["Payments__r"] is None
    assert third["Payments__r"] is None


def test_children_of_children_and_offsets_count_for_each_parent(org: SoqlOrg) -> None:
    query = (
        "SELECT Name, (SELECT Name, (SELECT Name FROM Payments__r ORDER BY Name LIMIT 1 OFFSET 1) "
        "FROM Lease_Accounts__r ORDER BY Name) FROM Account WHERE Name = 'Acme'"
    )
    leases = org.query(query)[0]["Lease_Accounts__r"]["records"]
    assert [each["Name"] for each in leases] == ["L1", "L2"]
    assert [each["Name"] for each in leases[0]["Payments__r"]["records"]] == ["P2"]
    assert leases[1]["Payments__r"] is None


def test_children_are_read_for_many_parents_at_once() -> None:
    org = SoqlOrg()
    for number in range(1200):
        lease = org.add("Lease_Account__c", Name=f"L{number:04}", LeaseWorks_Id__c=f"LW{number}")
        org.add("Payment__c", Name=f"P{number}", Lease_Account__c=lease)
    statements: list[str] = []
    compiled = compile_query(
        "SELECT Name, (SELECT Name FROM Payments__r LIMIT 3) FROM Lease_Account__c", SCHEMA, now=NOW, user_id=USER
    )
    org.connection.set_trace_callback(statements.append)
    records: list[dict[str, Any]] = list(compiled.records(org.connection))
    org.connection.set_trace_callback(None)
    assert all(
        each["Payments__r"]["records"][0]["Name"] == "P" + each["Name"][1:].lstrip("0").rjust(1, "0")
        for each in records
    )
    assert len(statements) == 4


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("SELECT COUNT(Id) FROM Lease_Account__c", [{"expr0": 3}]),
        ("SELECT COUNT(Balance__c) c, COUNT_DISTINCT(Account__c) FROM Lease_Account__c", [{"c": 2, "expr0": 2}]),
        (
            "SELECT SUM(Balance__c), AVG(Balance__c), MIN(Due__c), MAX(Days_Past_Due__c) FROM Lease_Account__c",
            [{"expr0": 1250.5, "expr1": 625.25, "expr2": "2026-03-17", "expr3": 45}],
        ),
        ("SELECT SUM(Balance__c) FROM Lease_Account__c WHERE Name = 'none'", [{"expr0": None}]),
        (
            "SELECT Account__r.Name, COUNT(Id) n FROM Lease_Account__c "
            "GROUP BY Account__r.Name ORDER BY COUNT(Id) DESC",
            [{"Name": "Acme", "n": 2}, {"Name": "beta", "n": 1}],
        ),
        (
            "SELECT Account__r.Name a FROM Lease_Account__c GROUP BY Account__r.Name HAVING COUNT(Id) > 1",
            [{"a": "Acme"}],
        ),
        (
            "SELECT CALENDAR_MONTH(Paid__c) m, SUM(Amount__c) FROM Payment__c "
            "GROUP BY CALENDAR_MONTH(Paid__c) ORDER BY CALENDAR_MONTH(Paid__c)",
            [{"m": 1, "expr0": 100.0}, {"m": 2, "expr0": 50.0}, {"m": 3, "expr0": 95.0}],
        ),
        (
            "SELECT Status__c FROM Lease_Account__c GROUP BY Status__c ORDER BY Status__c NULLS LAST LIMIT 1",
            [{"Status__c": "New"}],
        ),
        (
            "SELECT Status__c, Active__c, COUNT(Id) FROM Lease_Account__c WHERE Status__c = 'Open' "
            "GROUP BY Status__c, Active__c",
            [{"Status__c": "Open", "Active__c": True, "expr0": 1}],
        ),
    ],
)
def test_aggregates_answer_with_groups(org: SoqlOrg, query: str, groups: list[Mapping[str, object]]) -> None:
    answer = org.query(query)
    assert all(each.pop("attributes") == {"type": "AggregateResult"} for each in answer)
    assert answer == groups


def test_money_is_summed_to_the_cent() -> None:
    org = SoqlOrg()
    for _ in range(10):
        org.add("Payment__c", Amount__c=0.1)
    (answer,) = org.query("SELECT SUM(Amount__c) s FROM Payment__c")
    assert answer["s"] == 1.0
    assert len(org.query("SELECT SUM(Amount__c) FROM Payment__c GROUP BY Paid__c HAVING SUM(Amount__c) = 1")) == 1


def test_counting_gives_a_size_and_no_records(org: SoqlOrg) -> None:
    assert org.query("SELECT COUNT() FROM Lease_Account__c") == []
    assert org.size("SELECT COUNT() FROM Lease_Account__c") == 3
    assert org.size("SELECT COUNT() FROM Lease_Account__c LIMIT 2") == 2


def test_all_fields_can_be_selected_together(org: SoqlOrg) -> None:
    record = org.query("SELECT FIELDS(ALL) FROM Account WHERE Name = 'Acme' LIMIT 200")[0]
    assert record["BillingAddress"] == {"city": "Oslo", "country": None}
    assert set(record) - {"attributes"} == {each.name for each in SCHEMA.get("Account").fields}  # type: ignore[union-attr]
    standard = org.query("SELECT FIELDS(STANDARD) FROM Lease_Account__c WHERE Name = 'L1'")[0]
    assert "Name" in standard
    assert "Balance__c" not in standard


def test_display_functions_change_how_a_value_is_shown(org: SoqlOrg) -> None:
    record = org.query(
        "SELECT toLabel(Status__c), FORMAT(Balance__c) shown, FORMAT(Seen__c) seen, convertCurrency(Balance__c) "
        "FROM Lease_Account__c WHERE Name = 'L2'"
    )[0]
    assert record["Status__c"] == "Brand new"
    assert record["shown"] == "$250.00"
    assert record["seen"] == "3/18/2026, 12:00 AM"
    assert record["Balance__c"] == 250.0


@pytest.mark.parametrize(
    "clauses",
    [
        "FOR VIEW",
        "FOR REFERENCE",
        "FOR UPDATE",
        "WITH SECURITY_ENFORCED",
        "WITH USER_MODE",
        "UPDATE TRACKING",
        "FOR VIEW ALL ROWS",
    ],
)
def test_clauses_that_change_no_answer_are_accepted(org: SoqlOrg, clauses: str) -> None:
    assert org.names(f"SELECT Name FROM Account USING SCOPE everything WHERE Name = 'Acme' {clauses}") == ["Acme"]


def test_the_scope_mine_shows_the_own_records(org: SoqlOrg) -> None:
    assert org.names("SELECT Name FROM Account USING SCOPE mine") == ["Acme"]


def test_formula_fields_are_selected_filtered_sorted_and_reached_through_parents(org: SoqlOrg) -> None:
    record = org.query("SELECT Summary__c, Late__c, Interest__c FROM Lease_Account__c WHERE Late__c = true")[0]
    assert (record["Summary__c"], record["Late__c"], record["Interest__c"]) == ("Acme: late", True, 0.0)
    assert org.names("SELECT Name FROM Lease_Account__c ORDER BY Summary__c DESC LIMIT 1") == ["L3"]
    assert org.names("SELECT Name FROM Lease_Account__c WHERE Summary__c = 'ACME: LATE'") == ["L1"]
    assert org.size("SELECT COUNT() FROM Payment__c WHERE Lease_Account__r.Summary__c LIKE '%late'") == 3


@pytest.mark.parametrize(
    "condition",
    [
        "LeaseWorks_Id__c = 'lw1'",
        "LeaseWorks_Id__c IN ('LW1', 'LW2')",
        f"Id = '{new_id('a00', 1)}'",
        f"Id IN ('{new_id('a00', 1)}', '{new_id('a00', 2)}')",
        f"Account__c = '{new_id('001', 1)}'",
        "SystemModstamp >= 2026-03-01T00:00:00Z",
    ],
)
def test_look_ups_use_an_index(org: SoqlOrg, condition: str) -> None:
    plan = org.plan(f"SELECT Name, Account__r.Name FROM Lease_Account__c WHERE {condition}")
    assert "SCAN" not in plan, plan


def test_paging_by_modification_uses_the_index_for_the_order(org: SoqlOrg) -> None:
    plan = org.plan(
        "SELECT Id FROM Lease_Account__c WHERE SystemModstamp >= 2026-03-01T00:00:00Z ORDER BY SystemModstamp, Id"
    )
    assert "TEMP B-TREE" not in plan, plan


@pytest.mark.parametrize(
    "text",
    ["x' OR Name != '", "x'; DROP TABLE Account; --", "%' OR 1=1 --", "a\\' OR \\'1\\'=\\'1", '"', "?", "\\\\"],
)
def test_injections_stay_text(org: SoqlOrg, text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    assert org.names(f"SELECT Name FROM Account WHERE Name = '{quoted}' OR Name LIKE '{quoted}'") == []
    lease = SoqlOrg()
    lease.add("Account", Name=text)
    assert lease.names(f"SELECT Name FROM Account WHERE Name = '{quoted}'") == [text]


def test_a_flat_file_has_a_column_per_path_and_text_as_bulk_writes_it(org: SoqlOrg) -> None:
    compiled = compile_query(
        "SELECT Name, Account__r.Name, Balance__c, Days_Past_Due__c, Active__c, Seen__c, Status__c "
        "FROM Lease_Account__c WHERE Name != 'L2' ORDER BY Name",
        SCHEMA,
        now=NOW,
        user_id=USER,
    )
    assert compiled.csv_header == (
        "Name",
        "Account__r.Name",
        "Balance__c",
        "Days_Past_Due__c",
        "Active__c",
        "Seen__c",
        "Status__c",
    )
    assert list(compiled.csv_rows(org.connection)) == [
        ("L1", "Acme", "1000.5", "45", "true", "2026-03-17T23:30:00.000Z", "Open"),
        ("L3", "beta", "", "", "true", "", ""),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(Id) FROM Account",
        "SELECT COUNT() FROM Account",
        "SELECT BillingAddress FROM Account",
        "SELECT Id, (SELECT Id FROM Lease_Accounts__r) FROM Account",
    ],
)
def test_what_a_flat_file_cannot_hold_is_refused(query: str) -> None:
    with pytest.raises(SalesforceError) as refusal:
        _ = compile_query(query, SCHEMA, now=NOW, user_id=USER).csv_header
    assert refusal.value.code == "FUNCTIONALITY_NOT_ENABLED"


def _shape(value: object) -> object:
    """The structure of a JSON value: the keys that every answer has, and the kinds of what they hold."""
    if isinstance(value, dict):
        fixed = {"attributes", "totalSize", "done", "records", "type", "url"}
        return {key: _shape(item) for key, item in value.items() if key in fixed}
    return [_shape(item) for item in value] if isinstance(value, list) else type(value).__name__


def test_records_with_parents_and_children_look_like_recorded_ones(org: SoqlOrg) -> None:
    recorded = json.loads((RECORDED / "query_success_response.json").read_text())["records"][0]
    ours = org.query(
        "SELECT Name, Account__r.Name, (SELECT Name FROM Payments__r) FROM Lease_Account__c WHERE Name = 'L2'"
    )[0]
    assert _shape(ours) == _shape(recorded)
    assert _shape(ours["Account__r"]) == _shape(recorded["ParentWhizbang__r"])
    assert _shape(ours["Payments__r"]) == _shape(recorded["Whizbangs__r"])


def test_groups_look_like_recorded_ones(org: SoqlOrg) -> None:
    recorded = json.loads((RECORDED / "query_aggregate_success_response.json").read_text())["records"]
    ours = org.query("SELECT Account__c, SUM(Balance__c) FROM Lease_Account__c GROUP BY Account__c")
    assert _shape(ours[0]) == _shape(recorded[0])
    assert [key for key in recorded[0] if key.startswith("expr")] == [key for key in ours[0] if key.startswith("expr")]
