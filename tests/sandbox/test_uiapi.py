"""GraphQL as components ask it, against Drawbar's own org."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.seeds import DEFAULT_USERNAME
from drawbar.sandbox.source import load_schema
from tests.sandbox.conftest import START
from tests.sandbox.org_client import Clock, OrgClient, Reply, call_app


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrgClient]:
    """An org with five accounts of two collectors."""
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    local = LocalOrg(tmp_path_factory.mktemp("book"), load_schema(), client, clock=Clock(START))
    org = OrgClient(local)
    org.create("Account", Name="Ruiz", LeaseWorks_Id__c="LS1")
    for number in range(5):
        org.create(
            "Lease_Account__c",
            Name=f"LW{number}",
            LeaseWorks_Id__c=f"LW{number}",
            Lessee__r={"LeaseWorks_Id__c": "LS1"},
            Days_Past_Due__c=number * 10,
            Past_Due_Amount__c=1234.5,
            Next_Due_Date__c=f"2026-03-1{number}" if number else None,
            Collector__c="A" if number % 2 else "B",
            Last_Synced__c="2026-03-02T05:30:00Z",
        )
    yield org
    local.close()


def post(org: OrgClient, body: bytes, **headers: str) -> Reply:
    given = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    return call_app(org.local.app, "POST", "/pages/graphql", body, given)


def ask(org: OrgClient, query: str, **variables: object) -> Any:
    return post(org, json.dumps({"query": query, "variables": variables}).encode()).json


def accounts(org: OrgClient, arguments: str, fields: str = "Name { value }", **variables: object) -> Any:
    """Ask for accounts and give the connection; it must be answered."""
    declared = "query q($days: Double, $filter: Lease_Account__c_Filter, $after: String)"
    parts = f"totalCount pageInfo {{ hasNextPage hasPreviousPage endCursor }} edges {{ cursor node {{ Id {fields} }} }}"
    reply = ask(org, f"{declared} {{ uiapi {{ query {{ Lease_Account__c{arguments} {{ {parts} }} }} }} }}", **variables)
    assert reply["errors"] == []
    return reply["data"]["uiapi"]["query"]["Lease_Account__c"]


def names(connection: Any) -> list[str]:
    return [edge["node"]["Name"]["value"] for edge in connection["edges"]]


def refused(org: OrgClient, query: str, **variables: object) -> str:
    reply = ask(org, query, **variables)
    assert reply["data"] is None
    return str(reply["errors"][0]["message"])


def test_values_come_as_they_are_and_as_people_read_them(book: OrgClient) -> None:
    fields = "Past_Due_Amount__c { value displayValue } Next_Due_Date__c { displayValue } Lessee__r { Name { value } }"
    found = accounts(book, '(where: {Name: {eq: "LW3"}})', fields)

    (node,) = [edge["node"] for edge in found["edges"]]
    assert node["Past_Due_Amount__c"] == {"value": 1234.5, "displayValue": "$1,234.50"}
    assert node["Next_Due_Date__c"] == {"displayValue": "3/13/2026"}
    assert node["Lessee__r"] == {"Name": {"value": "Ruiz"}}
    assert node["Id"].startswith(book.sobject("Lease_Account__c").key_prefix)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{Days_Past_Due__c: {gt: 10, lte: 30}}", ["LW2", "LW3"]),
        ('{Collector__c: {ne: "B"}}', ["LW1", "LW3"]),
        ('{Name: {in: ["LW0", "LW4"]}}', ["LW0", "LW4"]),
        ('{Name: {nin: ["LW0", "LW4"]}}', ["LW1", "LW2", "LW3"]),
        ('{Name: {like: "%3"}}', ["LW3"]),
        ("{Next_Due_Date__c: {eq: null}}", ["LW0"]),
        ('{Next_Due_Date__c: {gte: {value: "2026-03-13"}}}', ["LW3", "LW4"]),
        ('{Last_Synced__c: {lt: {value: "2026-03-02T05:30:01Z"}}, Name: {eq: "LW1"}}', ["LW1"]),
        ("{Is_Past_Due__c: {eq: false}}", ["LW0"]),
        ('{or: [{Name: {eq: "LW0"}}, {Days_Past_Due__c: {eq: 40}}]}', ["LW0", "LW4"]),
        ('{and: [{Lessee__r: {Name: {eq: "Ruiz"}}}, {not: {Days_Past_Due__c: {lt: 40}}}]}', ["LW4"]),
        ("{Days_Past_Due__c: {eq: $days}}", ["LW2"]),
        ("{and: [{Days_Past_Due__c: {gt: 0}}, $filter]}", ["LW2", "LW4"]),
        ("{}", ["LW0", "LW1", "LW2", "LW3", "LW4"]),
    ],
)
def test_a_filter_means_what_it_says(book: OrgClient, where: str, expected: list[str]) -> None:
    arguments = f"(where: {where}, orderBy: {{Name: {{order: ASC}}}})"
    found = accounts(book, arguments, days=20, filter={"Collector__c": {"eq": "B"}})
    assert names(found) == expected
    assert found["totalCount"] == len(expected)


def test_nulls_stand_where_they_are_wanted(book: OrgClient) -> None:
    last = accounts(book, "(orderBy: {Next_Due_Date__c: {order: DESC, nulls: LAST}})")
    first = accounts(book, "(orderBy: {Next_Due_Date__c: {order: DESC}})")
    assert (names(last)[0], names(last)[-1], names(first)[0]) == ("LW4", "LW0", "LW0")


def test_pages_follow_one_another_until_the_last(book: OrgClient) -> None:
    seen, after = [], None
    for _ in range(3):
        page = accounts(book, "(orderBy: {Name: {order: ASC}}, first: 2, after: $after)", after=after)
        seen.append((names(page), page["totalCount"], page["pageInfo"]["hasNextPage"]))
        after = page["pageInfo"]["endCursor"]

    assert seen == [(["LW0", "LW1"], 5, True), (["LW2", "LW3"], 5, True), (["LW4"], 5, False)]


def test_groups_name_each_value_once(book: OrgClient) -> None:
    arguments = "(where: {Days_Past_Due__c: {gt: 0}}, groupBy: {Collector__c: {group: true}})"
    query = f"{{ uiapi {{ aggregate {{ Lease_Account__c{arguments} "
    query += "{ edges { node { aggregate { Collector__c { value } } } } } } } }"
    edges = ask(book, query)["data"]["uiapi"]["aggregate"]["Lease_Account__c"]["edges"]
    assert [each["node"]["aggregate"]["Collector__c"]["value"] for each in edges] == ["A", "B"]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("Truck__c { totalCount }", "'Truck__c' in type 'RecordQuery' is undefined"),
        ("Lease_Account__c { edges { node { Truck__c { value } } } }", "'Truck__c' in type 'Lease_Account__c'"),
        ("Lease_Account__c { edges { node { days_past_due__c { value } } } }", "'days_past_due__c' in type"),
        ("Lease_Account__c { edges { node { Name } } }", "'Name' needs the parts"),
        ("Lease_Account__c { edges { node { Name { price } } } }", "'price' in 'Name' is undefined"),
        ("Lease_Account__c(where: {Name: {near: 1}}) { totalCount }", "Operator 'near'"),
        ("Lease_Account__c(where: {Name: {eq: 5}}) { totalCount }", "'5' is no value for field 'Name'"),
        ("Lease_Account__c(where: {Days_Past_Due__c: {eq: true}}) { totalCount }", "'True' is no value"),
        ('Lease_Account__c(where: {Next_Due_Date__c: {eq: "2026-01-01"}}) { totalCount }', "takes an object"),
        ("Lease_Account__c(first: 2001) { totalCount }", "first takes a number from 1 to 2000"),
        ('Lease_Account__c(after: "x!") { totalCount }', "'x!' is no cursor"),
        ("Lease_Account__c(size: 1) { totalCount }", "Argument 'size'"),
        ("Lease_Account__c(orderBy: {Name: {order: UP}}) { totalCount }", "orderBy of 'Name'"),
        ("Lease_Account__c { ...everything }", "Fragments and directives"),
        ("Lease_Account__c { totalCount", "Syntax Error"),
    ],
)
def test_what_the_org_does_not_know_is_refused_by_name(book: OrgClient, inside: str, reason: str) -> None:
    assert reason in refused(book, f"{{ uiapi {{ query {{ {inside} }} }} }}")


def test_only_one_query_is_answered(book: OrgClient) -> None:
    assert "Only queries" in refused(book, "mutation { uiapi { query { Case { totalCount } } } }")
    assert "one query" in refused(book, "query a { uiapi { query { Case { totalCount } } } } query b { uiapi { x } }")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {"content-length": "100001"}, 413),
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"query": "x"}', {}, 400),
    ],
)
def test_a_body_that_is_no_question_is_refused(
    book: OrgClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert post(book, body, **headers).status == status


def test_questions_are_answered_only_on_loopback(book: OrgClient) -> None:
    body = json.dumps({"query": "{ uiapi { query { Case { totalCount } } } }", "variables": {}}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    assert call_app(book.local.app, "POST", "/pages/graphql", body, headers, client="192.0.2.1").status == 403
