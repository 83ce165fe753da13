"""A caller that was known a moment ago is not looked up again, and has nothing stored once it may not send any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from drawbar.middleware.server.callers import Callers
from drawbar.middleware.server.tables import api_client
from drawbar.middleware.sync.tables import inbox_message
from tests.middleware.server.served import Served, rows


def token(server: Served, name: str) -> str:
    asked = {"grant_type": "client_credentials", "client_id": name, "client_secret": server.key(name)}
    return str(server.call("POST", "/oauth/token", data=asked).json()["access_token"])


def test_who_was_known_a_moment_ago_has_nothing_stored_once_it_is_revoked(server: Served) -> None:
    key = server.key("gone")
    issued = token(server, "gone")
    asked = {"object": "Account", "key": "R1"}

    def answers() -> list[int]:
        return [server.call("POST", "/v1/sync-requests", key=each, json=asked).status_code for each in (key, issued)]

    assert answers() == [202, 202]
    with server.engine.begin() as connection:
        Callers(connection).revoke("gone", server.clock())
    assert answers() + answers() == [401] * 4
    assert len(rows(server.engine, select(inbox_message.c.id).where(inbox_message.c.sender == "gone"))) == 2


def test_a_key_that_ends_and_a_token_that_ends_store_nothing_any_more(server: Served) -> None:
    old = server.key("turning")
    issued = token(server, "turning")
    asked = {"object": "Account", "key": "R2"}

    def status(credential: str) -> int:
        return server.call("POST", "/v1/sync-requests", key=credential, json=asked).status_code

    server.clock.turn(895)
    assert [status(old), status(issued)] == [202, 202]
    with server.engine.begin() as connection:
        new = Callers(connection).rotate("turning", timedelta(seconds=3), server.clock())
    assert [status(old), status(new)] == [202, 202]
    server.clock.turn(5)
    assert [status(each) for each in (old, issued, new)] == [401, 401, 202]


def test_a_caller_that_lost_a_scope_a_moment_ago_has_nothing_stored(server: Served) -> None:
    server.ask("R3", name="narrowed")
    with server.engine.begin() as connection:
        connection.execute(update(api_client).where(api_client.c.name == "narrowed").values(scopes=""))

    assert server.ask("R3", name="narrowed").status_code == 401
    assert server.ask("R3", name="narrowed").status_code == 403
