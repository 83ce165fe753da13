"""Who may call the server, and what each of them sees."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import Engine, select

from drawbar.middleware.errors import NotThere, StopRun
from drawbar.middleware.server.callers import SYNC_REQUESTS, Callers
from drawbar.middleware.server.tables import api_key
from tests.middleware.server.served import Served, problem, rows

OPEN = {"/healthz", "/readyz", "/oauth/token", "/webhooks/{source}"}
"""Paths that ask for no key: a token is got by one, and webhooks are signed."""


def token(server: Served, key: str, name: str = "yard", **form: str) -> dict[str, object]:
    asked = {"grant_type": "client_credentials", "client_id": name, "client_secret": key} | form
    return dict(server.call("POST", "/oauth/token", data=asked).json())


@pytest.mark.parametrize("key", ["", "dbk_0123456789ab_" + "x" * 43, "no key", "eyJhbGciOiJub25lIn0.e30."])
def test_nothing_is_answered_to_who_has_no_good_key(server: Served, key: str) -> None:
    described = server.call("GET", "/openapi.json", key=server.key("yard")).json()["paths"]
    assert set(described) > OPEN

    for path in set(described) - OPEN | {"/openapi.json"}:
        for method in described.get(path, ["get"]):
            refused = server.call(method.upper(), path.replace("{request_id}", "1"), key=key)
            assert problem(refused)["title"] == "Unauthorized"
            assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_is_kept_as_a_hash_alone(server: Served) -> None:
    key = server.key("yard")

    kept = " ".join(str(tuple(row)) for row in rows(server.engine, select(api_key)))

    assert key.split("_")[1] in kept
    assert key.split("_", 2)[2] not in kept


def test_a_key_with_another_secret_or_another_name_opens_nothing(server: Served) -> None:
    mine, theirs = server.key("yard"), server.key("bank")
    name, secret = mine[:17], theirs[17:]

    for wrong in (name + secret, mine[:-1], mine[:-1] + ("A" if mine[-1] != "A" else "B"), f"{mine}x"):
        assert server.call("GET", "/openapi.json", key=wrong).status_code == 401


def test_a_caller_may_do_only_what_its_scopes_say(server: Served) -> None:
    with server.engine.begin() as connection:
        key = Callers(connection).add("guest", [], server.clock())

    refused = server.call("GET", "/v1/sync-requests/1", key=key)

    assert problem(refused)["detail"] == "guest may not do this: its key lacks the scope sync-requests"
    assert refused.status_code == 403


def test_a_key_gets_a_token_which_opens_what_the_key_opens_until_it_ends(server: Served) -> None:
    told = token(server, server.key("yard"))
    basic = base64.b64encode(f"yard:{server.key('yard')}".encode()).decode()
    by_header = server.call(
        "POST", "/oauth/token", headers={"Authorization": f"Basic {basic}"}, data={"grant_type": "client_credentials"}
    )

    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 900, SYNC_REQUESTS)
    assert by_header.headers["Cache-Control"] == "no-store"
    for each in (told, by_header.json()):
        assert server.call("GET", "/openapi.json", key=str(each["access_token"])).status_code == 200
    server.clock.turn(901)
    assert server.call("GET", "/openapi.json", key=str(told["access_token"])).status_code == 401


def test_a_token_is_given_for_name_and_key_together(server: Served) -> None:
    server.key("bank")

    assert token(server, server.key("yard"), "bank") == {"error": "invalid_client"}
    assert token(server, "dbk_" + "0" * 12 + "_" + "x" * 43) == {"error": "invalid_client"}
    assert token(server, server.key("yard"), grant_type="password") == {"error": "unsupported_grant_type"}


def test_a_token_of_another_signer_opens_nothing(server: Served) -> None:
    key_id = server.key("yard").split("_")[1]
    now = int(server.clock().timestamp())
    claims = {"iss": "drawbar", "sub": key_id, "iat": now, "exp": now + 900}
    forged = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("f" * 64))
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in ({"alg": "none"}, claims)
    )

    for each in (forged, f"{unsigned}."):
        assert server.call("GET", "/openapi.json", key=each).status_code == 401


def test_after_a_rotation_the_old_key_is_good_for_a_while_and_the_new_one_for_good(server: Served) -> None:
    old = server.key("roving")
    with server.engine.begin() as connection:
        new = Callers(connection).rotate("roving", timedelta(hours=1), server.clock())

    assert {server.call("GET", "/openapi.json", key=each).status_code for each in (old, new)} == {200}
    server.clock.turn(3_600)
    assert [server.call("GET", "/openapi.json", key=each).status_code for each in (old, new)] == [401, 200]


def test_who_is_revoked_is_out_at_once_with_keys_and_tokens(server: Served) -> None:
    key = server.key("leaving")
    issued = str(token(server, key, "leaving")["access_token"])
    with server.engine.begin() as connection:
        Callers(connection).revoke("leaving", server.clock())

    assert {server.call("GET", "/openapi.json", key=each).status_code for each in (key, issued)} == {401}
    with pytest.raises(StopRun, match="client leaving was revoked"), server.engine.begin() as connection:
        Callers(connection).rotate("leaving", timedelta(0), server.clock())


def test_routes_that_are_answered_directly_are_described_like_all_others(server: Served) -> None:
    told = server.call("GET", "/openapi.json", key=server.key("yard")).json()
    asked, webhook = told["paths"]["/v1/sync-requests"]["post"], told["paths"]["/webhooks/{source}"]["post"]

    assert {each["name"] for each in (*asked["parameters"], *webhook["parameters"])} == {"Idempotency-Key", "source"}
    assert set(asked["requestBody"]["content"]["application/json"]["schema"]["properties"]) == {"object", "key"}
    assert asked["responses"]["202"]["content"]["application/json"]["schema"]["$ref"].endswith("/SyncProgress")
    assert "422" not in webhook["responses"]
    assert asked["security"] == [{"HTTPBearer": []}]


def test_each_caller_sees_its_own_requests_alone(server: Served) -> None:
    place = server.ask("A1").headers["Location"]

    assert server.call("GET", place, key=server.key("yard")).json()["key"] == "A1"
    assert problem(server.call("GET", place, key=server.key("bank")))["status"] == 404


def test_clients_are_kept_by_name_with_all_their_keys(hub_engine: Engine, now: datetime) -> None:
    with hub_engine.begin() as connection:
        callers = Callers(connection)
        first = callers.add("yard", [SYNC_REQUESTS], now)
        second = callers.rotate("yard", timedelta(hours=1), now)

        (client,) = callers.all()
        by_id = {key.id: key.ends_at for key in client.keys}
        assert by_id == {first.split("_")[1]: now + timedelta(hours=1), second.split("_")[1]: None}
        with pytest.raises(StopRun, match=r"there is a client yard already.*drawbar clients rotate"):
            callers.add("yard", [SYNC_REQUESTS], now)
        with pytest.raises(StopRun, match="is no name for a client"):
            callers.add("the yard", [SYNC_REQUESTS], now)
        with pytest.raises(NotThere, match=r"there is no scope everything\. There is: sync-requests"):
            callers.add("bank", ["everything"], now)
        with pytest.raises(NotThere, match="there is no client bank"):
            callers.revoke("bank", now)
