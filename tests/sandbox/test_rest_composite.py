"""Composite requests, batches and trees over REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.org_client import ROOT, OrgClient


def part(reference: str, method: str, path: str, body: object = None, **more: object) -> dict[str, object]:
    return {"referenceId": reference, "method": method, "url": ROOT + path, "body": body, **more}


def responses(org: OrgClient, *parts: dict[str, object], all_or_none: bool = False) -> list[dict[str, Any]]:
    answer = org.post("/composite", {"allOrNone": all_or_none, "compositeRequest": list(parts)})
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["compositeResponse"]
    return found


ACCOUNT = part("account", "POST", "/sobjects/Account", {"Name": "Acme"})
CONTACT = part("contact", "POST", "/sobjects/Contact", {"LastName": "Byron", "AccountId": "@{account.id}"})
BAD_CONTACT = part("bad", "POST", "/sobjects/Contact", {"LastName": "Byron", "Email": "nobody"})
HALTED = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
    }
]


def test_later_parts_refer_to_earlier_answers(org: OrgClient) -> None:
    account, contact, read, found = responses(
        org,
        ACCOUNT,
        CONTACT,
        part("read", "GET", "/sobjects/Contact/@{contact.id}/Account?fields=Name"),
        part("found", "GET", "/query?q=SELECT+Id+FROM+Contact+WHERE+AccountId='@{account.id}'"),
    )
    assert account == {
        "body": {"id": account["body"]["id"], "success": True, "errors": []},
        "httpHeaders": {"Location": f"{ROOT}/sobjects/Account/{account['body']['id']}"},
        "httpStatusCode": 201,
        "referenceId": "account",
    }
    assert org.row("Contact", contact["body"]["id"])["AccountId"] == account["body"]["id"]
    assert read["body"]["Name"] == "Acme"
    assert found["body"]["records"][0]["Id"] == contact["body"]["id"]


def test_references_reach_into_lists(org: OrgClient) -> None:
    org.create("Account", Name="Acme")
    _, created, changed = responses(
        org,
        part("found", "GET", "/query?q=SELECT+Id+FROM+Account"),
        part("made", "POST", "/sobjects/Contact", {"LastName": "B", "AccountId": "@{found.records[0].Id}"}),
        part(
            "all",
            "POST",
            "/composite/sobjects",
            {"records": [{"attributes": {"type": "Account"}, "Name": "@{made.id}"}]},
        ),
    )
    assert created["httpStatusCode"] == 201
    assert org.row("Account", changed["body"][0]["id"])["Name"] == created["body"]["id"]


def test_without_all_or_none_the_good_parts_stay(org: OrgClient) -> None:
    account, bad = responses(org, ACCOUNT, BAD_CONTACT)
    assert (account["httpStatusCode"], bad["httpStatusCode"]) == (201, 400)
    assert bad["body"] == [
        {"message": "Email: invalid email address: nobody", "errorCode": "INVALID_EMAIL_ADDRESS", "fields": ["Email"]}
    ]
    assert org.count("Account") == 1


def test_all_or_none_rolls_everything_back(org: OrgClient) -> None:
    account, contact, bad, later = responses(
        org, ACCOUNT, CONTACT, BAD_CONTACT, part("later", "GET", "/limits"), all_or_none=True
    )
    assert [each["body"] for each in (account, contact, later)] == [HALTED] * 3
    assert {each["httpStatusCode"] for each in (account, contact, bad, later)} == {400}
    assert bad["body"][0]["errorCode"] == "INVALID_EMAIL_ADDRESS"
    assert (org.count("Account"), org.count("Contact")) == (0, 0)


def test_a_row_that_fails_inside_a_collection_rolls_everything_back_too(org: OrgClient) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": name} for name in ("Acme", None)]
    account, collection = responses(
        org, ACCOUNT, part("rows", "POST", "/composite/sobjects", {"records": rows}), all_or_none=True
    )
    assert account["body"] == HALTED
    assert [each["success"] for each in collection["body"]] == [True, False]
    assert org.count("Account") == 0


def test_a_part_that_needs_a_failed_one_is_halted(org: OrgClient) -> None:
    _, child = responses(org, part("account", "POST", "/sobjects/Account", {}), CONTACT)
    assert (child["httpStatusCode"], child["body"]) == (
        400,
        [
            {
                "errorCode": "PROCESSING_HALTED",
                "message": "Invalid reference specified. No value for account.id found in account",
            }
        ],
    )


def test_five_parts_may_be_queries_or_collections(org: OrgClient) -> None:
    queries = [part(f"q{each}", "GET", "/query?q=SELECT+Id+FROM+Account") for each in range(5)]
    answers = responses(org, *queries, part("limits", "GET", "/limits"))
    assert [each["httpStatusCode"] for each in answers] == [200] * 6


def test_parts_may_carry_headers(org: OrgClient) -> None:
    headers = {"Sforce-Auto-Assign": "FALSE"}
    (case,) = responses(org, part("case", "POST", "/sobjects/Case", {"Subject": "x"}, httpHeaders=headers))
    assert str(org.row("Case", case["body"]["id"])["OwnerId"]).startswith("005")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part("a", "GET", "/limits")] * 26, "LIMIT_EXCEEDED"),
        ([part(f"q{each}", "GET", "/query?q=SELECT+Id+FROM+Account") for each in range(6)], "LIMIT_EXCEEDED"),
        ([part("a", "GET", "/limits")] * 2, "INVALID_INPUT"),
        ([part("a b", "GET", "/limits")], "INVALID_INPUT"),
        ([{"method": "GET", "url": "/x"}], "INVALID_INPUT"),
        ("x", "JSON_PARSER_ERROR"),
    ],
)
def test_a_request_that_is_not_well_formed_does_nothing(org: OrgClient, parts: object, code: str) -> None:
    answer = org.post("/composite", {"compositeRequest": parts})
    assert (answer.status, answer.json[0]["errorCode"]) == (400, code)


@pytest.mark.parametrize("path", ["/composite", "/composite/batch"])
def test_composites_do_not_nest(org: OrgClient, path: str) -> None:
    (answer,) = responses(org, part("inner", "POST", path, {}))
    assert answer["httpStatusCode"] == 404


def test_a_batch_does_each_part_for_itself(org: OrgClient) -> None:
    answer = org.post(
        "/composite/batch",
        {
            "batchRequests": [
                {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "Acme"}},
                {"method": "POST", "url": "/services/data/v67.0/sobjects/Account", "richInput": {}},
                {"method": "GET", "url": "v67.0/query?q=SELECT+COUNT()+FROM+Account"},
            ]
        },
    )
    assert answer.json["hasErrors"] is True
    assert [each["statusCode"] for each in answer.json["results"]] == [201, 400, 200]
    assert answer.json["results"][2]["result"]["totalSize"] == 1


def test_a_batch_may_stop_at_the_first_error(org: OrgClient) -> None:
    good = {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "Acme"}}
    answer = org.post(
        "/composite/batch", {"haltOnError": True, "batchRequests": [good, {**good, "richInput": {}}, good]}
    )
    assert [each["statusCode"] for each in answer.json["results"]] == [201, 400, 412]
    assert answer.json["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert org.count("Account") == 1


def node(reference: str, object_name: str, **fields: object) -> dict[str, object]:
    return {"attributes": {"type": object_name, "referenceId": reference}, **fields}


def test_a_tree_is_created_with_its_children(org: OrgClient) -> None:
    child = node("c1", "Contact", LastName="Byron")
    tree = node("a1", "Account", Name="Acme", Contacts={"records": [child]})
    answer = org.post("/composite/tree/Account", {"records": [tree, node("a2", "Account", Name="Other")]})
    assert (answer.status, answer.json["hasErrors"]) == (201, False)
    ids = {each["referenceId"]: each["id"] for each in answer.json["results"]}
    assert org.row("Contact", ids["c1"])["AccountId"] == ids["a1"]
    assert set(ids) == {"a1", "a2", "c1"}


def test_one_bad_record_undoes_the_tree(org: OrgClient) -> None:
    child = node("c1", "Contact", LastName="Byron", Email="nobody")
    answer = org.post(
        "/composite/tree/Account", {"records": [node("a1", "Account", Name="Acme", Contacts={"records": [child]})]}
    )
    assert answer.status == 400
    assert answer.json == {
        "hasErrors": True,
        "results": [
            {
                "referenceId": "c1",
                "errors": [
                    {
                        "statusCode": "INVALID_EMAIL_ADDRESS",
                        "message": "Email: invalid email address: nobody",
                        "fields": ["Email"],
                    }
                ],
            }
        ],
    }
    assert org.count("Account") == 0
