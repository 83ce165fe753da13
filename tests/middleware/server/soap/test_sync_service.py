"""Sync requests by SOAP are those of REST: one inbox, one answer; callers are the server's clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zeep
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, select
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

from drawbar.middleware.server.callers import SYNC_REQUESTS, Callers
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.server.soap.clients import ClientAccounts
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.server.soap.security import StoredNonces, UsernameTokenGate
from drawbar.middleware.server.soap.settings import SoapSettings
from drawbar.middleware.server.soap.sync_service import sync_service
from drawbar.middleware.server.sync_requests import KIND, SyncRequests
from drawbar.middleware.sync.inbox_writer import InboxWriter
from drawbar.middleware.sync.tables import inbox_message
from tests.middleware.server.served import Hand, prepared, rows
from tests.middleware.server.soap.serving import served

DIGEST_PASSWORD = "a password for digests"


class Yard:
    """A server with two clients, and the way to call it."""

    def __init__(self, engine: Engine, url: str, keys: dict[str, str]) -> None:
        self.engine, self.url, self.keys = engine, url, keys
        self._client = zeep.Client(f"{url}?wsdl")  # type: ignore[no-untyped-call]

    def service(self, name: str = "yard", password: str = "", *, digest: bool = False, version: str = "") -> Any:
        self._client.wsse = UsernameToken(name, password or self.keys.get(name, ""), use_digest=digest)  # type: ignore[no-untyped-call]
        return self._client.create_service(f"{{urn:drawbar:sync:1}}SyncServiceSoap{version}", self.url)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    engine, clock = prepared(tmp_path_factory.mktemp("yard") / "hub.db"), Hand()
    with engine.begin() as connection:
        callers = Callers(connection)
        keys = {name: callers.add(name, [SYNC_REQUESTS], clock()) for name in ("yard", "other", "gone")}
        callers.revoke("gone", clock())
    writer, quotas = InboxWriter(engine, clock), Quotas(1_000)
    accounts = ClientAccounts(engine, SYNC_REQUESTS, dict.fromkeys(("yard", "gone"), SecretStr(DIGEST_PASSWORD)))
    gate = UsernameTokenGate(accounts, StoredNonces(engine), quotas.count_call, quotas.count_refusal)
    service = sync_service(SyncRequests(engine, "salesforce", ("Account", "Case"), writer), gate)
    writer.start()
    with served(lambda origin: [SoapHost(service, f"{origin}/sync", clock).route("/sync")]) as origin:
        yield Yard(engine, f"{origin}/sync", keys)
    writer.close()
    engine.dispose()


@pytest.mark.parametrize("version", ["", "12"])
def test_what_is_asked_by_soap_is_in_the_inbox_as_what_is_asked_by_rest(yard: Yard, version: str) -> None:
    told = yard.service(version=version).RequestSync("Account", f"LW{version}")

    (row,) = rows(yard.engine, select(inbox_message).where(inbox_message.c.id == told.id))
    assert (row.sender, row.kind, row.body) == ("yard", KIND, f'{{"object":"Account","key":"LW{version}"}}'.encode())
    assert (told.object, told.key, told.state, told.ended_at) == ("Account", f"LW{version}", "waiting", None)
    assert _cells(yard.service(version=version).GetSyncRequest(told.id)) == _cells(told)


def _cells(told: Any) -> dict[str, Any]:
    return {name: told[name] for name in told}


def test_a_request_that_is_repeated_under_its_id_is_the_first_one(yard: Yard) -> None:
    first, again = (yard.service().RequestSync("Account", "LW1", "r-1") for _ in range(2))

    assert again.id == first.id
    with pytest.raises(Fault, match="another message was sent under this id"):
        yard.service().RequestSync("Account", "LW2", "r-1")


def test_only_who_asked_is_told(yard: Yard) -> None:
    told = yard.service().RequestSync("Case", "C1")

    with pytest.raises(Fault, match="there is no message"):
        yard.service("other").GetSyncRequest(told.id)


def test_an_unknown_object_is_refused_by_name(yard: Yard) -> None:
    with pytest.raises(Fault, match="'Acount' is no object"):
        yard.service().RequestSync("Acount", "LW1")


def test_a_client_may_send_a_digest_of_the_password_that_is_set_for_it(yard: Yard) -> None:
    assert yard.service(password=DIGEST_PASSWORD, digest=True).RequestSync("Account", "LW9").state == "waiting"


@pytest.mark.parametrize(
    ("name", "password", "digest"),
    [
        ("yard", "dbk_000000000000_" + "x" * 43, False), ("gone", "", False), ("nobody", "x", False),
        ("yard", DIGEST_PASSWORD, False), ("gone", DIGEST_PASSWORD, True), ("other", DIGEST_PASSWORD, True),
        ("yard", "", True),
    ],
)  # fmt: skip
def test_who_cannot_prove_who_he_is_is_refused(yard: Yard, name: str, password: str, digest: bool) -> None:
    with pytest.raises(Fault, match="user name or password is wrong"):
        yard.service(name, password, digest=digest).RequestSync("Account", "LW1")


def test_a_key_of_another_client_opens_nothing(yard: Yard) -> None:
    with pytest.raises(Fault, match="user name or password is wrong"):
        yard.service("other", yard.keys["yard"]).RequestSync("Account", "LW1")


@pytest.mark.parametrize("url", ["hub.example.com", "ftp://hub", "https://ada:secret@hub", "https://hub/?x=1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        SoapSettings(public_url=url)
    with pytest.raises(ValidationError, match="16 characters"):
        SoapSettings(digest_passwords={"yard": SecretStr("short")})
    assert SoapSettings(public_url="https://hub.example.com/").public_url == "https://hub.example.com"


@pytest.mark.fault(27)
def test_who_guesses_passwords_is_put_off(yard: Yard) -> None:
    guesser = yard.service(password="guess")

    def guess() -> str:
        with pytest.raises(Fault) as refused:
            guesser.RequestSync("Account", "LW1")
        return str(refused.value.message)

    said = [guess() for _ in range(31)]

    assert said[0] == "user name or password is wrong"
    assert said[-1] == "more than 30 calls in a minute"
