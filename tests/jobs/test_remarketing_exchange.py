"""Auctions and the lender's programs at the server: REST and SOAP, the same rules behind both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zeep
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

from drawbar.jobs.remarketing_routes import RemarketingRoutes
from drawbar.jobs.remarketing_soap import remarketing_service
from drawbar.middleware.log import configure_logging
from drawbar.middleware.server.callers import AUCTION
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.server.soap.clients import ClientAccounts
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.server.soap.security import StoredNonces, UsernameTokenGate
from drawbar.middleware.server.tokens import Tokens, token_key
from drawbar.middleware.settings import LogSettings
from tests.jobs.conftest import OpenWorld
from tests.jobs.lot import NUMBER, REQUEST, Lot
from tests.jobs.yard import VEHICLE
from tests.middleware.server.served import Served, served
from tests.middleware.server.soap.serving import served as soap_served


@pytest.fixture
def lot(open_world: OpenWorld) -> Lot:
    configure_logging(LogSettings(level="WARNING"))
    lot = Lot(open_world())
    lot.told("request", VEHICLE, "--comment", "sleeper cab", "--collector", "casey")
    return lot


@pytest.fixture
def server(lot: Lot, tmp_path: Path) -> Iterator[Served]:
    hub = lot.world.hub
    gate = Gate(hub.engine, Tokens(token_key(None, tmp_path / "token.key"), 600), Quotas(10_000), lot.world.clock)
    with served(hub.engine, tmp_path, RemarketingRoutes(hub, gate).routes()) as server:
        yield server


def auction(server: Served, method: str, path: str, name: str = "auction-a", **options: Any) -> Any:
    """Call as an auction does."""
    return server.call(method, f"/v1/auction{path}", key=server.key(name, AUCTION), **options)


def staff(server: Served, method: str, path: str, role: str = "repo-admin", **options: Any) -> Any:
    """Call as a program of the lender does."""
    return server.call(method, f"/v1/remarketing{path}", key=server.key(role, role), **options)


@pytest.mark.spec("R10", "R11", "R12", "R13")
def test_an_auction_fetches_accepts_and_updates_by_rest(lot: Lot, server: Served) -> None:
    lot.told("status", NUMBER, "SEND TO AUCTION", "--comment", "title is clear")

    told = auction(server, "GET", "/notifications").json()
    assert [(each["correlation_id"], each["number"], each["status"]) for each in told] == [
        (NUMBER, 1, "NEW"), (NUMBER, 2, "SEND TO AUCTION"),
    ]  # fmt: skip
    asked = told[1]["request"]
    assert (asked["vehicle"], asked["vin"], asked["storage_address"]) == (VEHICLE, "1FUJHHDR5LLAA0001", "Yard 1, Tulsa")
    assert (asked["work_order"], asked["comment"]) == (f"{NUMBER}-W1", "title is clear")
    accepts = {"status": "AUCTION ACCEPTED", "external_reference": "RB-77", "ack": 2}
    accepted = auction(server, "PUT", f"/remarketing/{NUMBER}", json=accepts)
    update = {"status": "RECEIVED UPDATE", "attributes": [{"name": "Run Number", "value": "114"}]}
    key = {"Idempotency-Key": "4711"}
    updated = [auction(server, "PUT", "/remarketing/RB-77", json=update, headers=key) for _ in range(2)]
    other = auction(server, "PUT", "/remarketing/RB-77", json=accepts, headers=key)
    lot.world.run("deliver")

    assert (accepted.status_code, accepted.json()["external_reference"]) == (200, "RB-77")
    assert auction(server, "GET", "/notifications").json() == []
    assert [each.status_code for each in updated] == [200, 200]
    assert updated[0].json()["attributes"] == [{"name": "Keys", "value": ""}, {"name": "Run Number", "value": "114"}]
    assert (other.status_code, other.json()["code"]) == (409, "KEY_USED")
    assert [each["status"] for each in lot.told("history", NUMBER)] == [
        "NEW", "SEND TO AUCTION", "AUCTION ACCEPTED", "RECEIVED UPDATE",
    ]  # fmt: skip
    shown = lot.world.org.record(REQUEST, NUMBER)
    assert (shown["Status__c"], shown["External_Reference__c"]) == ("RECEIVED UPDATE", "RB-77")


@pytest.mark.spec("R12")
def test_an_auction_sees_its_own_requests_alone_and_nothing_of_the_lenders(lot: Lot, server: Served) -> None:
    (mine,) = auction(server, "GET", "/remarketing").json()
    hidden = [
        auction(server, "GET", f"/remarketing/{NUMBER}", "auction-b"),
        auction(server, "PUT", f"/remarketing/{NUMBER}", "auction-b", json={"comment": "mine"}),
    ]

    assert mine["number"] == NUMBER
    assert not {"account", "requested_by", "collector", "override_reason", "history", "company"} & set(mine)
    assert "casey" not in str(mine)
    assert [each.status_code for each in hidden] == [404, 404]
    assert auction(server, "GET", "/remarketing", "auction-b").json() == []
    assert auction(server, "GET", "/notifications", "auction-b").json() == []
    assert auction(server, "GET", "/remarketing", "auction-c").status_code == 403
    assert server.call("GET", "/v1/auction/remarketing", key=server.key("yard")).status_code == 403
    assert server.call("GET", "/v1/auction/remarketing").status_code == 401
    assert server.call("GET", "/v1/remarketing", key=server.key("auction-a", AUCTION)).status_code == 403
    assert lot.request().comment == "sleeper cab"


@pytest.mark.spec("R08", "R12")
@pytest.mark.parametrize(
    ("put", "code"),
    [
        ({"status": "AUCTION ACCEPTED", "external_reference": "RB-77"}, "REFERENCE"),
        ({"status": "AUCTION REJECTED"}, "ILLEGAL_STEP"),
        ({"status": "VOID"}, "NOT_YOURS_TO_SET"),
        ({"status": "SOLD OFF"}, "UNKNOWN_CODE"),
        ({"attributes": [{"name": "Color", "value": "red"}]}, "UNKNOWN_ATTRIBUTE"),
        ({"ack": 7}, "UNKNOWN_MESSAGE"),
    ],
)
def test_what_an_auction_may_not_put_is_refused_by_name_and_leaves_nothing(
    lot: Lot, server: Served, put: dict[str, Any], code: str
) -> None:
    refused = auction(server, "PUT", f"/remarketing/{NUMBER}", json={"comment": "x", "ack": 1} | put)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert lot.request().comment == "sleeper cab"
    assert len(auction(server, "GET", "/notifications").json()) == 1


@pytest.mark.spec("R04", "R06", "R13")
def test_the_lenders_programs_do_by_rest_what_their_role_may(lot: Lot, server: Served) -> None:
    again = {"vehicle": VEHICLE, "vendor": "penske", "override_reason": "they have a buyer"}
    key = {"Idempotency-Key": "r-1"}
    made = [staff(server, "POST", "", json=again, headers=key) for _ in range(2)]
    number = made[0].json()["number"]
    changes = {"priority": "HIGH", "storage": {"phone": "918 555 0100"}, "attributes": {"Keys": "2"}}
    changed = staff(server, "PATCH", f"/{number}", json=changes)
    sent = staff(server, "POST", f"/{VEHICLE}/steps", json={"status": "SEND TO AUCTION"})
    refused = staff(server, "POST", f"/{number}/steps", json={"status": "UPDATE TO AUCTION"})
    small = staff(server, "POST", f"/{number}/steps", "repo-call-centre-basic", json={"status": "VOID"})

    assert [each.status_code for each in made] == [201, 201]
    assert (made[1].json(), number) == (made[0].json(), f"{VEHICLE}-M002")
    assert (changed.json()["priority"], changed.json()["storage"]["phone"]) == ("HIGH", "918 555 0100")
    assert changed.json()["attributes"] == {"Keys": "2", "Run Number": ""}
    assert sent.json()["status"] == "SEND TO AUCTION"
    assert [each["status"] for each in sent.json()["history"]] == ["NEW", "SEND TO AUCTION"]
    assert (refused.status_code, refused.json()["code"]) == (422, "ILLEGAL_STEP")
    assert (small.status_code, small.json()["code"]) == (422, "NOT_ALLOWED")
    listed = staff(server, "GET", "", params={"current": True}).json()
    assert [each["number"] for each in listed] == [number]


class Telephone:
    """An auction's SOAP client."""

    def __init__(self, url: str, keys: dict[str, str]) -> None:
        self._url, self._keys = url, keys
        self._client = zeep.Client(f"{url}?wsdl")  # type: ignore[no-untyped-call]

    def service(self, name: str = "auction-a") -> Any:
        self._client.wsse = UsernameToken(name, self._keys[name])  # type: ignore[no-untyped-call]
        binding = "{urn:drawbar:remarketing:1}RemarketingServiceSoap"
        return self._client.create_service(binding, self._url)  # type: ignore[no-untyped-call]


@pytest.fixture
def telephone(lot: Lot, server: Served) -> Iterator[Telephone]:
    keys = {name: server.key(name, AUCTION) for name in ("auction-a", "auction-b")} | {"yard": server.key("yard")}
    hub, quotas = lot.world.hub, Quotas(1_000)
    accounts = ClientAccounts(hub.engine, AUCTION, {})
    gate = UsernameTokenGate(accounts, StoredNonces(hub.engine), quotas.count_call, quotas.count_refusal)
    service = remarketing_service(hub, gate)
    with soap_served(lambda origin: [SoapHost(service, f"{origin}/r", server.clock).route("/r")]) as origin:
        yield Telephone(f"{origin}/r", keys)


@pytest.mark.spec("R10", "R11", "R12", "R13")
def test_what_is_put_by_soap_is_what_is_put_by_rest(lot: Lot, server: Served, telephone: Telephone) -> None:
    lot.told("status", NUMBER, "SEND TO AUCTION")
    service = telephone.service()

    told = service.GetNotifications()
    accepted = service.PutRemarketing(
        number=NUMBER, request_id="s-1", status="AUCTION ACCEPTED", external_reference="RB-77",
        attributes=[{"name": "Keys", "value": "2"}], ack=told[-1].number,
    )  # fmt: skip
    (by_reference,) = service.GetRemarketing(number="RB-77")
    (listed,) = service.GetRemarketing(only_current=True)

    assert [(each.correlation_id, each.status) for each in told] == [(NUMBER, "NEW"), (NUMBER, "SEND TO AUCTION")]
    assert told[0].request.vin == "1FUJHHDR5LLAA0001"
    assert (accepted.status, accepted.external_reference) == ("AUCTION ACCEPTED", "RB-77")
    assert [(each.name, each.value) for each in by_reference.attributes] == [("Keys", "2"), ("Run Number", None)]
    assert listed.number == NUMBER
    assert not service.GetNotifications()
    by_rest = auction(server, "GET", f"/remarketing/{NUMBER}").json()
    assert {name: by_rest[name] for name in ("status", "work_order", "storage_state", "current")} == {
        name: by_reference[name] for name in ("status", "work_order", "storage_state", "current")
    }
    with pytest.raises(Fault, match="another request came under this id"):
        service.PutRemarketing(number=NUMBER, request_id="s-1", comment="other")


@pytest.mark.spec("R08", "R12")
def test_soap_refuses_strangers_others_requests_and_illegal_steps(lot: Lot, telephone: Telephone) -> None:
    with pytest.raises(Fault):
        telephone.service("yard").GetRemarketing()
    with pytest.raises(Fault, match=f"there is no remarketing request {NUMBER}"):
        telephone.service("auction-b").PutRemarketing(number=NUMBER, comment="mine")
    with pytest.raises(Fault, match="the request is NEW and cannot become AUCTION REJECTED"):
        telephone.service().PutRemarketing(number=NUMBER, status="AUCTION REJECTED")

    assert lot.request().comment == "sleeper cab"
