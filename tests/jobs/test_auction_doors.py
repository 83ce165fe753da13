"""Auctions' invoices by REST, SOAP and the command line: the same rules behind every door."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zeep
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

from drawbar.commands import auction_invoices as commands
from drawbar.jobs.auction_invoices import AUCTION_INVOICE
from drawbar.jobs.auction_refunds import REFUND, RefundEdits
from drawbar.jobs.auction_routes import AuctionAccountingRoutes, AuctionInvoiceRoutes
from drawbar.jobs.auction_soap import invoice_service
from drawbar.middleware.auctions.settings import AuctionInvoiceSettings
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.server.callers import AUCTION_ACCOUNTING, AUCTION_INVOICES, Callers
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.server.soap.clients import ClientAccounts
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.server.soap.security import StoredNonces, UsernameTokenGate
from drawbar.middleware.server.tokens import Tokens, token_key
from tests.jobs.auction_house import RULES, VENDOR, Auction, requested, sent
from tests.jobs.books import serve_books
from tests.jobs.conftest import OpenWorld
from tests.jobs.people import AVERY, CASEY
from tests.jobs.test_resale import LENDER, command, notice, title
from tests.jobs.yard import ACCOUNT, VEHICLE, Yard
from tests.mail_server import serve_mail
from tests.middleware.server.served import served
from tests.middleware.server.soap.serving import served as soap_served

VENDORS = {VENDOR: {"client": "auction-house"}, "Other Auction": {"client": "other"}, "Third": {"client": "other"}}


@pytest.fixture
def auction(open_world: OpenWorld) -> Iterator[Auction]:
    with serve_books() as books, serve_mail() as mail:
        yard = Yard(open_world(), books, mail, **LENDER)
        yard.world.hub = replace(
            yard.world.hub, auction_invoices=AuctionInvoiceSettings.model_validate(RULES),
            remarketing=RemarketingSettings.model_validate({"vendors": VENDORS}),
        )  # fmt: skip
        yard.world.org.change("Lease_Account__c", ACCOUNT, Payoff_Amount__c=41000)
        yard.truck(Disposition__c="REMARKETING")
        requested(yard)
        title(yard, "Received", "Clear")
        notice(yard)
        yard.later(days=4)
        yield Auction(yard)


@pytest.mark.spec("R12", "R16", "R17", "R19", "R20")
def test_auctions_hand_in_and_see_their_own_invoices_and_accountants_decide_and_post_by_rest(
    auction: Auction, tmp_path: Path
) -> None:
    hub = auction.yard.world.hub
    gate = Gate(hub.engine, Tokens(token_key(None, tmp_path / "token.key"), 600), Quotas(10_000), hub.clock)
    routes = AuctionInvoiceRoutes(hub, gate).routes(), AuctionAccountingRoutes(hub, gate).routes()
    with served(hub.engine, tmp_path, *routes) as server:
        mine, other = (server.key(name, AUCTION_INVOICES) for name in ("auction-house", "other"))
        nobody, books = server.key("nobody", AUCTION_INVOICES), server.key("books", AUCTION_ACCOUNTING)

        def call(method: str, path: str, key: str, **options: Any) -> Any:
            return server.call(method, f"/v1{path}", key=key, **options)

        def hand_in(body: dict[str, Any], key: str = mine) -> Any:
            return call("POST", "/auction/invoices", key, json=body)

        bad = hand_in(sent(total_net="1.00"))
        strange = hand_in(sent(order="WO-77"))
        theirs = hand_in(sent(vendor="Third"), other)
        unnamed, unknown, no_scope = hand_in(sent(), other), hand_in(sent(), nobody), hand_in(sent(), books)
        handed = [hand_in(sent(fees=[], total_expense="0", external_reference="INV-1")) for _ in range(2)]
        conflict = hand_in(sent(external_reference="INV-1"))
        number = handed[0].json()["number"]
        seen = call("GET", "/auction/invoices", mine, params={"external_reference": "INV-1"})
        hidden = call("GET", "/auction/invoices", other, params={"number": number})
        forbidden = call("GET", "/auction-accounting/invoices", mine)
        decide = f"/auction-accounting/invoices/{number}/decision"
        early = call("POST", f"/auction-accounting/invoices/{number}/postings", books)
        unsure = call("POST", decide, books, json={"decision": "accept", "confirm": ""})
        accepted = call("POST", decide, books, json={"decision": "accept", "reason": "agreed", "confirm": number})
        posted = call("POST", f"/auction-accounting/invoices/{number}/postings", books)
        refund = {"vehicle": VEHICLE, "type": "INSURANCE", "amount": "120.00"}
        refunded = call("POST", "/auction-accounting/refunds", books, json=refund)
        brought = call("GET", f"/auction-accounting/proceeds/{VEHICLE}", books)
        (listed,) = call("GET", "/auction-accounting/invoices", books, params={"vendor": VENDOR}).json()
        shown = call("GET", f"/auction-accounting/invoices/{number}", books)

    assert (bad.status_code, bad.json()["field"]) == (422, "total_net")
    assert (strange.status_code, theirs.status_code) == (404, 404)
    assert [each.status_code for each in (unnamed, unknown, no_scope, forbidden)] == [403] * 4
    assert [each.status_code for each in handed] == [201, 200]
    assert (conflict.status_code, conflict.json()["code"]) == (409, "DUPLICATE_REFERENCE")
    assert seen.json() == handed[1].json() == handed[0].json()
    assert (seen.json()["status"], [each["reason"] for each in seen.json()["lines"]]) == ("FOR APPROVAL", [""])
    assert (hidden.status_code, early.status_code, early.json()["code"]) == (404, 422, "NOT_APPROVED")
    assert (unsure.status_code, unsure.json()["code"]) == (422, "NOT_CONFIRMED")
    assert (accepted.json()["status"], accepted.json()["decided_by"]) == ("APPROVED", "books")
    assert [each["state"] for each in posted.json()["transactions"]] == ["QUEUED"]
    assert refunded.status_code == 201
    assert (brought.json()["net_proceeds"], brought.json()["refunds"]) == ("29880.00", "120.00")
    assert listed == shown.json()


@pytest.mark.spec("R12", "R17")
def test_auctions_hand_in_and_ask_for_invoices_by_soap_as_by_rest(auction: Auction) -> None:
    hub = auction.yard.world.hub
    with hub.engine.begin() as connection:
        names = ("auction-house", "other")
        keys = {name: Callers(connection).add(name, [AUCTION_INVOICES], hub.clock()) for name in names}
    quotas = Quotas(1_000)
    accounts = ClientAccounts(hub.engine, AUCTION_INVOICES, {})
    gate = UsernameTokenGate(accounts, StoredNonces(hub.engine), quotas.count_call, quotas.count_refusal)
    host = invoice_service(hub, gate)
    with soap_served(lambda origin: [SoapHost(host, f"{origin}/auctions", hub.clock).route("/auctions")]) as origin:

        def service(name: str, version: str = "") -> Any:
            client = zeep.Client(f"{origin}/auctions?wsdl", wsse=UsernameToken(name, keys[name]))  # type: ignore[no-untyped-call]
            binding = f"{{urn:drawbar:auction-invoices:1}}AuctionInvoicesSoap{version}"
            return client.create_service(binding, f"{origin}/auctions")  # type: ignore[no-untyped-call]

        first, again = (service("auction-house", version).PostInvoice(**sent()) for version in ("", "12"))
        got = service("auction-house").GetInvoice(external_reference="INV-9")
        refusals = []
        asked: list[tuple[str, Callable[[Any], Any]]] = [
            ("auction-house", lambda it: it.PostInvoice(**sent(auction="another"))),
            ("auction-house", lambda it: it.PostInvoice(**sent(external_reference="X", total_net="0.01"))),
            ("other", lambda it: it.GetInvoice(number=first.number)),
        ]
        for name, ask in asked:
            with pytest.raises(Fault) as refused:
                ask(service(name))
            refusals.append(str(refused.value.message))

    assert (first.status, first.number) == ("APPROVED", again.number)
    assert (got.number, got.actual_net) == (first.number, first.actual_net)
    assert [(each.service or "", each.status) for each in got.lines] == [
        ("", "APPROVED"), ("TRANSPORT", "APPROVED"), ("SALE FEE", "APPROVED")
    ]  # fmt: skip
    for message, words in zip(
        refusals, ("the reference stands for another invoice", "its lines come to 29350.00", "there is no invoice"),
        strict=True,
    ):  # fmt: skip
        assert words in message


@pytest.mark.spec("R14", "R15", "R16", "R18", "R19", "R20")
def test_people_take_invoices_in_look_decide_and_post_at_the_keyboard(auction: Auction, tmp_path: Path) -> None:
    yard, file = auction.yard, tmp_path / "invoices.json"
    short = {"work_order": f"{VEHICLE}-M001-W1", "gross": "30000.00", "net": "29349.99"}
    file.write_text(json.dumps([sent(total_net="29349.99", proceeds=[short])]), encoding="utf-8")
    take = (commands.invoice, str(file), "--vendor", VENDOR)
    dry = command(yard, *take, "--dry-run").output
    none = command(yard, commands.invoices, "list").output
    taken = [command(yard, *take).output for _ in range(2)]
    (listed,) = json.loads(command(yard, commands.invoices, "list", "--status", "FOR APPROVAL", "--json").output)
    number = listed["number"]
    shown = command(yard, commands.invoices, "show", number).output
    refused = command(yard, commands.invoices, "post", number, "--by", AVERY)
    unsure = command(yard, commands.invoices, "accept", number, "--by", AVERY)
    accept = ("accept", number, "--by", AVERY, "--reason", "a cent", "--yes")
    accepted = [command(yard, commands.invoices, *accept, *more).output for more in (("--dry-run",), (), ())]
    early = command(yard, commands.proceeds, VEHICLE).error
    posted = [
        command(yard, commands.invoices, "post", number, "--by", AVERY, *more).output for more in (("--dry-run",), ())
    ]
    refund = ("--type", "INSURANCE", "--amount", "120", "--by", AVERY)
    recorded = command(yard, commands.refund, VEHICLE, *refund)
    wrong = command(yard, commands.refund, VEHICLE, *refund, "--type", "GIFT").error
    brought = json.loads(command(yard, commands.proceeds, VEHICLE, "--json").output)
    told = command(yard, commands.proceeds, VEHICLE).output

    assert dry.startswith(f"{number} (INV-9 of Auction House): would be FOR APPROVAL\n")
    assert "R18(4) proceeds: VH00000001-M001-W1 gross less net is 650.01, the details come to 650.00" in dry
    assert none == "No invoice fits.\n"
    assert "known already, FOR APPROVAL" in taken[1]
    for words in ("400.00 is within the estimate of 400.00", "SALE FEE on VH00000001: 250.00", "Nothing was posted."):
        assert words in shown
    assert isinstance(refused.error, RecordRejected)
    assert (unsure.exit_code, auction.kept(number).decision is not None) == (1, True)
    assert [each.split()[2:4] for each in accepted] == [["would", "be"], ["is", "APPROVED."], ["is", "already"]]
    assert isinstance(early, NotThere)
    assert [each.splitlines()[-1] for each in posted] == [
        f"Invoice {number}: would be APPROVED.", f"Invoice {number}: APPROVED."
    ]  # fmt: skip
    assert "120.00 INSURANCE of VH00000001 recorded." in recorded.output
    assert isinstance(wrong, RecordRejected)
    assert (brought["gross"], brought["expense"], brought["refunds"]) == ("30000.00", "650.00", "120.00")
    assert (brought["net_gain"], brought["recovery_percent"]) == ("-11770.00", "-28.71")
    assert "INSURANCE: 120.00 USD, settled by hand" in told
    yard.world.run("deliver")
    (made,) = yard.world.org.records(REFUND).values()
    assert (made["Amount__c"], made["Manual__c"], made["Source_System__c"]) == (120, True, "Drawbar")


@pytest.mark.spec("R14", "R15")
def test_refunds_that_people_enter_change_and_delete_in_salesforce_count_among_the_proceeds(auction: Auction) -> None:
    yard, org = auction.yard, auction.yard.world.org
    (received,) = auction.sends()
    auction.acts().post(received.invoice.number, AVERY)
    yard.world.run("deliver")
    vehicle = yard.id_of("Vehicle__c", VEHICLE)
    record_id = yard.create(REFUND, Vehicle__c=vehicle, Type__c="INSURANCE", Amount__c=120, Manual__c=True)
    yard.hear()
    (sale,) = org.records("Sale__c").values()
    assert (sale["Refunded__c"], sale["Net_Proceeds__c"]) == (120, 29230)
    assert "Refund INSURANCE: 120.00 USD, by hand" in sale["Expense_Details__c"]
    rule = RefundEdits(yard.world.hub)
    assert yard.tell(rule, record_id) == {"refund": yard.name_of(REFUND, record_id), "changed": False}

    yard.change(REFUND, record_id, Amount__c=100)
    yard.hear()
    assert org.records("Sale__c")[sale["Sale_Key__c"]]["Refunded__c"] == 100
    yard.refused(REFUND, "settled by hand", Id=record_id, Manual__c=False)
    yard._write("delete", REFUND, CASEY, {"Id": record_id})
    yard.hear()

    assert org.records("Sale__c")[sale["Sale_Key__c"]]["Refunded__c"] == 0
    assert org.record(AUCTION_INVOICE, received.invoice.number)["Status__c"] == "APPROVED"
